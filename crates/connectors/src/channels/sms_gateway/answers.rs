//! What a gateway's answer says, in whatever form it comes: JSON, XML, `name=value`, or words in a row.

use super::settings;
use crate::kit::verdicts::{judge_http, shorten};
use kernel::channel::{Account, Receipt, SendError};
use kernel::http::HttpResponse;
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::Value;

/// Whether the gateway took the message.
pub fn judge(account: &Account, response: &HttpResponse, now: Millis) -> Result<Receipt, SendError> {
    let text = String::from_utf8_lossy(&response.body);
    let at = |name: &str| account.settings.text(name).and_then(|path| pick(&text, path));
    let said = at("error_field").or_else(|| words(&text)).map(|s| shorten(&s, 250)).filter(|s| !s.is_empty());
    if !(200..300).contains(&response.status) {
        return Err(judge_http(response, said.as_deref(), now));
    }
    let field = account.settings.text("success_field");
    if !account.settings.words("success_values").is_empty() {
        let Some(value) = field.map_or_else(|| Some(text.trim().to_owned()), |path| pick(&text, path)) else {
            let detail =
                format!("The gateway’s answer has no “{}”: {}", field.unwrap_or_default(), said.unwrap_or_else(|| "(empty)".into()));
            return Err(SendError::Uncertain { detail });
        };
        let listed = |name: &str| match field {
            Some(_) => settings::lists(account, name, &value),
            None => account.settings.words(name).iter().any(|word| begins(&value, word)),
        };
        if !listed("success_values") {
            let detail = format!("The gateway refused: {}", said.unwrap_or_else(|| shorten(&value, 250)));
            return Err(match () {
                () if listed("retry_values") => SendError::Retry { after_ms: None, detail },
                () if listed("account_values") => SendError::Account { detail },
                () => SendError::Permanent { detail },
            });
        }
    }
    Ok(Receipt {
        external_id: at("id_field").filter(|id| id.len() <= 200),
        detail: Some(format!("HTTP {}", response.status)),
        status: Some(MessageStatus::Sent),
    })
}

/// The answer itself, when a person can read it.
fn words(text: &str) -> Option<String> {
    let page = text.trim_start().get(..1).is_some_and(|c| c == "<") && text.to_ascii_lowercase().contains("<html");
    (!page && text.chars().count() <= 2_000 && !text.contains('\0')).then(|| text.to_owned())
}

/// Does the text begin with this word, as a whole word?
fn begins(text: &str, word: &str) -> bool {
    let Some(start) = text.get(..word.len()) else { return false };
    start.eq_ignore_ascii_case(word) && !text[word.len()..].starts_with(char::is_alphanumeric)
}

/// A value of an answer or a delivery: `messages.0.status` in JSON, `<status>` in XML, `status=` or `status:` in text, `#2` for the second
/// word.
pub fn pick(text: &str, path: &str) -> Option<String> {
    if path.is_empty() {
        return None;
    }
    if let Some(n) = path.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()) {
        let divides = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '|' | '=');
        return text.split(divides).filter(|w| !w.is_empty()).nth(n.checked_sub(1)?).map(str::to_owned);
    }
    if let Ok(value) = serde_json::from_str::<Value>(text)
        && (value.is_object() || value.is_array())
    {
        return at(&value, path).and_then(scalar);
    }
    element(text, path).or_else(|| pair(text, path)).filter(|v| !v.is_empty())
}

/// A value of JSON by its path. A list without a place in it gives its first item; names may differ in case.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|p| !p.is_empty()).try_fold(value, |value, part| match value {
        Value::Array(list) => match part.parse::<usize>() {
            Ok(n) => list.get(n),
            Err(_) => named(list.first()?, part),
        },
        other => named(other, part),
    })
}
fn named<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let map = value.as_object()?;
    map.get(name).or_else(|| map.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(list) => scalar(list.first()?),
        _ => None,
    }
}

fn element(text: &str, name: &str) -> Option<String> {
    let mut from = 0;
    let open = format!("<{name}");
    while let Some(at) = text.get(from..)?.find(&open).map(|n| from + n) {
        let after = &text[at + open.len()..];
        if after.starts_with(|c: char| c == '>' || c.is_whitespace()) {
            let inner = &after[after.find('>')? + 1..];
            let value = &inner[..inner.find(&format!("</{name}"))?];
            let value = value.trim();
            if let Some(quoted) = value.strip_prefix("<![CDATA[").and_then(|v| v.strip_suffix("]]>")) {
                return Some(quoted.to_owned());
            }
            // An element that holds elements is no value; one of them may have the same name.
            if !value.contains('<') {
                let plain = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
                return Some(plain.replace("&amp;", "&"));
            }
        }
        from = at + open.len();
    }
    None
}

/// `name=value`, `name: value`, `name="value"`.
fn pair(text: &str, name: &str) -> Option<String> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find(name).map(|n| from + n) {
        let whole = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
        let after = text[at + name.len()..].trim_start_matches(' ');
        if let Some(value) = after.strip_prefix(['=', ':']).filter(|_| whole) {
            let value = value.trim_start_matches(' ');
            return Some(match value.strip_prefix('"') {
                Some(quoted) => quoted[..quoted.find('"').unwrap_or(quoted.len())].to_owned(),
                None => value[..value.find(|c: char| c.is_whitespace() || matches!(c, '&' | ',' | ';' | '|' | '<')).unwrap_or(value.len())]
                    .to_owned(),
            });
        }
        from = at + name.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_every_form() {
        let json = r#"{"messages":[{"status":0,"message-id":"x-1"}],"Error":{"text":"no"},"list":["a"],"null":null}"#;
        let get = |path: &str| pick(json, path);
        assert_eq!((get("messages.0.status").as_deref(), get("messages.message-id").as_deref()), (Some("0"), Some("x-1")));
        assert_eq!(
            (get("error.text").as_deref(), get("list").as_deref(), get("null"), get("messages.9")),
            (Some("no"), Some("a"), None, None)
        );
        let xml = "<?xml version=\"1.0\"?><r><statuscode>9</statuscode><status type=\"x\">OK &amp; fine</status><id/></r>";
        assert_eq!((pick(xml, "status").as_deref(), pick(xml, "type").as_deref(), pick(xml, "id")), (Some("OK & fine"), Some("x"), None));
        assert_eq!(
            (pick("OK: 12345", "#2").as_deref(), pick("1701|27|x-9", "#3").as_deref(), pick("OK", "#0")),
            (Some("12345"), Some("x-9"), None)
        );
        let text = "msgid=1; id=77&status: sent later";
        assert_eq!((pick(text, "id").as_deref(), pick(text, "status").as_deref(), pick(text, "other")), (Some("77"), Some("sent"), None));
        assert!(begins("ok: 5", "OK") && begins("0", "0") && !begins("0123", "0") && !begins("OKAY", "ok") && !begins("é", "ok"));
    }
}
