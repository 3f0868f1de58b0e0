//! Cursor pagination: `{data, next_cursor}` with `?limit&cursor`.

use crate::{Error, Result};
use data_encoding::BASE64URL_NOPAD;
use serde::{Serialize, de::DeserializeOwned};

pub const DEFAULT_LIMIT: i64 = 25;
pub const MAX_LIMIT: i64 = 100;

/// One page of a list. `next_cursor` is null on the last page.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// From rows of which one more than `limit` was asked for; `cursor` names the last row kept.
    pub fn cut<C: Serialize>(mut rows: Vec<T>, limit: i64, cursor: impl Fn(&T) -> C) -> Self {
        let more = rows.len() as i64 > limit;
        rows.truncate(limit as usize);
        let next_cursor = if more { rows.last().map(|row| encode(&cursor(row))) } else { None };
        Self { data: rows, next_cursor }
    }
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}

/// Opaque text for a position in a list.
pub fn encode<C: Serialize>(cursor: &C) -> String {
    BASE64URL_NOPAD.encode(&serde_json::to_vec(cursor).unwrap_or_default())
}

/// The position back; anything we did not make is `cursor.invalid`.
pub fn decode<C: DeserializeOwned>(text: &str) -> Result<C> {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| Error::field("cursor", "invalid", "This cursor was not given out by this list. Start without one."))
}

/// Checks `?limit`: 1 to 100, 25 when absent.
pub fn limit(asked: Option<i64>) -> Result<i64> {
    match asked {
        None => Ok(DEFAULT_LIMIT),
        Some(n) if (1..=MAX_LIMIT).contains(&n) => Ok(n),
        Some(_) => Err(Error::field("limit", "out_of_range", format!("Give a limit from 1 to {MAX_LIMIT}."))),
    }
}
