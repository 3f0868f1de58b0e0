//! Small values that webhooks and answers share: ids, times, people, and which channel stands behind.

use crate::kit::people;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Handle, Inbound, Profile, Sender};
use kernel::message::{ChannelWord, MessageStatus};
use kernel::time::{Millis, parse_rfc3339};
use serde_json::{Map, Value};

/// The text at a path, empty when there is none.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
/// The first text that is not blank.
pub fn first<'a>(value: &'a Value, pointers: &[&str]) -> Option<&'a str> {
    pointers.iter().map(|p| text(value, p)).find(|t| !t.trim().is_empty())
}
/// The list at a path.
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
/// An id, which is a number (larger than 32 bits) or a text.
pub fn id(value: &Value, pointer: &str) -> Option<String> {
    let found = match value.pointer(pointer)? {
        Value::String(s) => s.trim().to_owned(),
        Value::Number(n) => match n.as_f64() {
            // Written as 1.7683002e15 by programs that know only one kind of number.
            Some(f) if !n.is_i64() && !n.is_u64() && f.fract() == 0.0 => format!("{f:.0}"),
            _ => n.to_string(),
        },
        _ => return None,
    };
    (!found.is_empty() && found.len() <= 300).then_some(found)
}

/// A time in seconds, milliseconds or microseconds, told apart by their size, or by RFC 3339.
pub fn time(value: &Value) -> Option<Millis> {
    let number = match value {
        Value::String(s) => match s.trim().parse::<i64>() {
            Ok(n) => n,
            Err(_) => return parse_rfc3339(s.trim()),
        },
        other => other.as_i64().or_else(|| other.as_f64().map(|f| f as i64))?,
    };
    let ms = match number {
        n if n > 100_000_000_000_000 => n / 1_000,
        n if n > 100_000_000_000 => n,
        n => n.checked_mul(1_000)?,
    };
    (ms > 0 && ms < 253_402_300_800_000).then_some(ms)
}

/// A number in international form however it is spaced; others are no number we could trust.
fn phone(number: &str) -> Option<Handle> {
    let flat: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    flat.starts_with('+').then(|| people::phone(&flat))?
}

/// A contact of theirs: the id is the handle, what respond.io knows besides are further ones.
pub fn sender(account: &Account, id: &str, name: Option<&str>, mail: &str, number: &str) -> Sender {
    let mut sender = people::sender(account, id, name);
    sender.more.extend(people::email(mail));
    sender.more.extend(phone(number));
    sender
}

/// Everything that a contact's record says of them.
pub fn profile(account: &Account, id: &str, contact: &Value) -> Profile {
    let name = format!("{} {}", text(contact, "/firstName"), text(contact, "/lastName"));
    let sender = sender(account, id, Some(&name), text(contact, "/email"), text(contact, "/phone"));
    Profile {
        name: people::named(sender.name.as_deref()),
        handles: sender.more,
        picture_url: first(contact, &["/profilePic"]).filter(|u| u.starts_with("https://")).map(str::to_owned),
        language: first(contact, &["/language"]).map(|l| shorten(l, 20)),
    }
}

/// Our word for a `source` of theirs.
pub fn channel_word(source: &str) -> ChannelWord {
    match source {
        "facebook" => ChannelWord::Facebook,
        "instagram" => ChannelWord::Instagram,
        "twilio" | "message_bird" | "nexmo" | "sms" => ChannelWord::Sms,
        "gmail" | "other_email" | "email" => ChannelWord::Email,
        "linkedin" => ChannelWord::Linkedin,
        other if other.contains("whatsapp") => ChannelWord::Whatsapp,
        _ => ChannelWord::Other,
    }
}

/// Which channel a message came over, for the screen and for the answer.
pub fn about_channel(source: &str, id: Option<&str>, name: &str) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("channel".into(), channel_word(source).as_str().into());
    let mut note = |key: &str, value: &str| {
        let value = shorten(value, 200);
        if !value.is_empty() {
            out.insert(key.into(), value.into());
        }
    };
    note("source", source);
    note("channel_id", id.unwrap_or_default());
    note("channel_name", name);
    out
}

pub fn status(word: &str) -> Option<MessageStatus> {
    Some(match word {
        "pending" => MessageStatus::Pending,
        "sent" => MessageStatus::Sent,
        "delivered" => MessageStatus::Delivered,
        "read" => MessageStatus::Read,
        "failed" => MessageStatus::Failed,
        _ => return None,
    })
}

/// A message that went out through the Developer API is ours, unless the account sends nothing or says that others do too.
pub fn is_ours(account: &Account, source: &str) -> bool {
    source == "api" && !read_only(account) && !account.settings.flag("others_use_api")
}

pub fn read_only(account: &Account) -> bool {
    account.settings.values().get("read_only").and_then(Value::as_bool).unwrap_or(true)
}

pub fn ignored(why: impl Into<String>) -> Inbound {
    Inbound::Ignored { why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_told_apart_by_their_size() {
        for value in [json!(1_768_300_200), json!(1_768_300_200_000_i64), json!(1_768_300_200_000_000_i64), json!("2026-01-13T10:30:00Z")] {
            assert_eq!(time(&value), Some(1_768_300_200_000), "{value}");
        }
        assert_eq!(time(&json!("1768300200")), Some(1_768_300_200_000));
        assert_eq!(time(&json!(i64::MAX)), None);
        assert_eq!(time(&json!(-5)), None);
        assert_eq!(time(&json!("soon")), None);
    }

    #[test]
    fn ids_are_numbers_or_texts() {
        let body = json!({"a": 1_768_300_200_000_000_i64, "b": "wamid.X", "c": null, "d": 1.7683002e15});
        assert_eq!(id(&body, "/a").as_deref(), Some("1768300200000000"));
        assert_eq!(id(&body, "/b").as_deref(), Some("wamid.X"));
        assert_eq!(id(&body, "/c"), None);
        assert_eq!(id(&body, "/d").as_deref(), Some("1768300200000000"));
    }

    #[test]
    fn only_international_numbers_are_trusted() {
        assert_eq!(phone("+27 82 123-4567").map(|h| h.value).as_deref(), Some("+27821234567"));
        assert_eq!(phone("082 123 4567"), None);
        assert_eq!(phone(""), None);
    }
}
