//! The shape of a view, and what makes a sound one.

use crate::conversations::Sort;
use crate::filters::{self, CONVERSATIONS, Filter};
use kernel::error::FieldError;
use kernel::time::{Millis, wire};
use kernel::{Error, MemberId, Result, ViewId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who sees a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewScope {
    /// Its maker.
    Mine,
    /// Everybody in the workspace.
    All,
}
impl ViewScope {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::All => "all",
        }
    }
    /// A scope that this version does not know is nobody else's business.
    pub fn parse(text: &str) -> Self {
        if text == "all" { Self::All } else { Self::Mine }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct View {
    #[schema(value_type = String)]
    pub id: ViewId,
    #[schema(value_type = String)]
    pub owner_id: MemberId,
    pub scope: ViewScope,
    pub team_id: Option<String>,
    pub name: String,
    pub icon: String,
    /// Degrees on the colour circle; without one it is grey.
    pub hue: Option<i64>,
    /// See `/filters/fields`.
    #[schema(value_type = Object)]
    pub filter: Value,
    pub sort: Sort,
    pub descending: bool,
    /// What its rows show besides who and what; null for the usual.
    pub columns: Option<Vec<String>>,
    /// Whether the caller may change it.
    pub editable: bool,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct NewView {
    pub name: String,
    /// `mine` without it.
    pub scope: Option<ViewScope>,
    pub icon: Option<String>,
    pub hue: Option<i64>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub filter: Value,
    /// `activity` without it.
    pub sort: Option<Sort>,
    /// Without it: the newest, the most pressing, the longest waiting first.
    pub descending: Option<bool>,
    pub columns: Option<Vec<String>>,
}

/// What is not named stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct ViewPatch {
    pub name: Option<String>,
    pub scope: Option<ViewScope>,
    pub icon: Option<String>,
    /// Null takes the colour away.
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<i64>)]
    pub hue: Option<Option<i64>>,
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Value>,
    pub sort: Option<Sort>,
    pub descending: Option<bool>,
    /// Null brings the usual ones back.
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<Vec<String>>)]
    pub columns: Option<Option<Vec<String>>>,
}
/// Null is not absent.
fn some<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(d).map(Some)
}

/// What a view may be marked with.
pub const ICONS: &[&str] = &[
    "inbox",
    "star",
    "flag",
    "flame",
    "clock",
    "calendar",
    "tag",
    "user",
    "users",
    "building",
    "globe",
    "heart",
    "bell",
    "bug",
    "card",
    "cart",
    "truck",
    "phone",
    "mail",
    "message",
    "shield",
    "key",
    "book",
    "briefcase",
];
/// What a row can show besides who and what.
pub const COLUMNS: &[&str] =
    &["preview", "tags", "priority", "assignee", "status", "channel", "waiting_since", "created_at", "message_count", "number"];
const MOST_NAME: usize = 60;

/// A view whose parts have been looked at.
#[derive(Debug, Clone)]
pub struct Checked {
    pub name: Option<String>,
    pub icon: Option<String>,
    pub hue: Option<Option<i64>>,
    pub filter: Option<Filter>,
    pub columns: Option<Option<Vec<String>>>,
}

/// Everything that is wrong at once.
pub fn check(patch: &ViewPatch) -> Result<Checked> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut bad = |field: String, code: &str, detail: String| wrong.push(FieldError { field, code: code.into(), detail });
    let name = patch.name.as_deref().map(|n| n.trim().to_owned());
    match name.as_deref() {
        Some("") => bad("name".into(), "required", "Give a name.".into()),
        Some(n) if n.chars().count() > MOST_NAME => bad("name".into(), "too_long", format!("Use at most {MOST_NAME} characters.")),
        Some(n) if n.chars().any(char::is_control) => bad("name".into(), "invalid", "Leave out line breaks.".into()),
        _ => {}
    }
    if patch.icon.as_deref().is_some_and(|i| !ICONS.contains(&i)) {
        bad("icon".into(), "not_an_option", format!("Choose one of: {}.", ICONS.join(", ")));
    }
    if patch.hue.flatten().is_some_and(|h| !(0..360).contains(&h)) {
        bad("hue".into(), "out_of_range", "A hue is 0 to 359 degrees.".into());
    }
    for (i, column) in patch.columns.iter().flatten().flatten().enumerate() {
        if !COLUMNS.contains(&column.as_str()) {
            bad(format!("columns.{i}"), "not_an_option", format!("Choose from: {}.", COLUMNS.join(", ")));
        }
    }
    let filter = match patch.filter.as_ref().map(|f| filters::parse(&CONVERSATIONS, f, "filter")).transpose() {
        Ok(filter) => filter,
        Err(error) => {
            if let kernel::ErrorKind::Invalid(fields) = error.kind {
                wrong.extend(fields);
            }
            None
        }
    };
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    let columns = patch.columns.clone().map(|all| {
        all.map(|mut list| {
            let mut seen = Vec::new();
            list.retain(|c| {
                !seen.contains(c) && {
                    seen.push(c.clone());
                    true
                }
            });
            list
        })
    });
    Ok(Checked { name, icon: patch.icon.clone(), hue: patch.hue, filter, columns })
}
