//! How often a visitor or an address may ask: fixed windows in memory, by the injected clock.

use kernel::time::{MINUTE, Millis};
use kernel::{Error, Result};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub struct Limits {
    windows: Mutex<HashMap<String, (Millis, u32)>>,
}

impl Limits {
    /// Counts one use of `key`; more than `most` within a minute is refused.
    pub fn count(&self, key: String, most: u32, now: Millis) -> Result<()> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() > 50_000 {
            windows.retain(|_, (start, _)| now - *start < MINUTE);
        }
        let entry = windows.entry(key).or_insert((now, 0));
        if now - entry.0 >= MINUTE {
            *entry = (now, 0);
        }
        entry.1 += 1;
        if entry.1 > most {
            return Err(Error::too_many("widget.too_many", MINUTE - (now - entry.0), "That was a lot at once. Wait a minute."));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_window_is_a_minute() {
        let l = Limits::default();
        assert!((0..3).all(|_| l.count("a".into(), 3, 0).is_ok()));
        assert!(l.count("a".into(), 3, 10).is_err());
        assert!(l.count("b".into(), 3, 10).is_ok());
        assert!(l.count("a".into(), 3, MINUTE).is_ok());
    }
}
