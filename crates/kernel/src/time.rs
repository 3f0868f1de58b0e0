//! Unix milliseconds inside, RFC 3339 in UTC on the wire.

use jiff::Timestamp;

/// Unix time in milliseconds.
pub type Millis = i64;
pub const SECOND: Millis = 1_000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;

/// `2026-11-21T06:53:11.000Z`; a time out of range becomes the epoch.
pub fn rfc3339(ms: Millis) -> String {
    let t = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{t:.3}")
}

/// Reads an RFC 3339 time with any offset.
pub fn parse_rfc3339(text: &str) -> Option<Millis> {
    text.parse::<Timestamp>().ok().map(|t| t.as_millisecond())
}

/// For `#[serde(with = "kernel::time::wire")]` on a `Millis` field.
pub mod wire {
    use super::*;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    pub fn serialize<S: Serializer>(ms: &Millis, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&rfc3339(*ms))
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Millis, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        parse_rfc3339(&text).ok_or_else(|| D::Error::custom("expected a time such as 2026-11-21T09:30:00Z"))
    }
}

/// For `#[serde(default, with = "kernel::time::wire_opt")]` on an `Option<Millis>` field.
pub mod wire_opt {
    use super::*;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    pub fn serialize<S: Serializer>(ms: &Option<Millis>, s: S) -> Result<S::Ok, S::Error> {
        match ms {
            Some(ms) => s.serialize_str(&rfc3339(*ms)),
            None => s.serialize_none(),
        }
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Millis>, D::Error> {
        match Option::<std::borrow::Cow<str>>::deserialize(d)? {
            None => Ok(None),
            Some(text) => parse_rfc3339(&text).map(Some).ok_or_else(|| D::Error::custom("expected a time such as 2026-11-21T09:30:00Z")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn wire_form_is_utc_with_milliseconds() {
        assert_eq!(rfc3339(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(parse_rfc3339("2023-11-14T23:13:20.123+01:00"), Some(1_700_000_000_123));
        assert_eq!(parse_rfc3339("yesterday"), None);
    }
}
