//! Discord's text: people, channels, roles, emoji and times stand in angle brackets.

use kernel::time::rfc3339;
use serde_json::Value;

/// A text as a person reads it. `mentions` are the users that the message names.
pub fn plain(text: &str, mentions: &Value) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 1..];
        // Marks are short and hold no others.
        let end = inner.bytes().take(200).position(|b| matches!(b, b'<' | b'>')).filter(|e| inner.as_bytes()[*e] == b'>');
        match end.and_then(|end| mark(&inner[..end], mentions).map(|words| (end, words))) {
            Some((end, words)) => {
                out.push_str(&words);
                rest = &inner[end + 1..];
            }
            None => {
                out.push('<');
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out.replace('\0', "")
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

fn mark(inner: &str, mentions: &Value) -> Option<String> {
    if let Some(role) = inner.strip_prefix("@&") {
        return digits(role).map(|r| format!("@role-{r}"));
    }
    if let Some(user) = inner.strip_prefix("@!").or_else(|| inner.strip_prefix('@')) {
        let id = digits(user)?;
        let known = mentions.as_array().and_then(|l| l.iter().find(|m| m.get("id").and_then(Value::as_str) == Some(id)));
        return Some(format!("@{}", known.and_then(name).unwrap_or(id)));
    }
    if let Some(channel) = inner.strip_prefix('#') {
        return digits(channel).map(|c| format!("#{c}"));
    }
    if let Some(emoji) = inner.strip_prefix("a:").or_else(|| inner.strip_prefix(':')) {
        let (name, id) = emoji.split_once(':')?;
        return digits(id).map(|_| format!(":{name}:"));
    }
    if let Some(time) = inner.strip_prefix("t:") {
        let seconds = time.split(':').next().unwrap_or_default().parse::<i64>().ok()?;
        let text = rfc3339(seconds.checked_mul(1_000)?);
        return Some(format!("{} UTC", text.get(..16)?.replace('T', " ")));
    }
    let (command, id) = inner.strip_prefix('/')?.rsplit_once(':')?;
    digits(id).map(|_| format!("/{command}"))
}

/// The name a user shows.
pub fn name(user: &Value) -> Option<&str> {
    ["global_name", "username"].iter().find_map(|k| user.get(k)?.as_str().filter(|n| !n.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn marks_become_words() {
        let mentions = json!([{"id": "5", "username": "ada", "global_name": "Ada"}, {"id": "6", "username": "bob", "global_name": null}]);
        for (discord, words) in [
            ("<@5> and <@!6> and <@7>", "@Ada and @bob and @7"),
            ("in <#12> for <@&13>", "in #12 for @role-13"),
            ("<:party:99> <a:dance:98> <:x>", ":party: :dance: <:x>"),
            ("at <t:1700000000:R> <t:1700000000> <t:x>", "at 2023-11-14 22:13 UTC 2023-11-14 22:13 UTC <t:x>"),
            ("try </support:55>", "try /support"),
            ("1 < 2 <https://x.example> a<b", "1 < 2 <https://x.example> a<b"),
            ("<<@5>", "<@Ada"),
            ("<@ü>", "<@ü>"),
        ] {
            assert_eq!(plain(discord, &mentions), words, "{discord}");
        }
        let _ = plain(&"<".repeat(1_000_000), &mentions);
        let _ = plain(&"<t:9223372036854775807>".repeat(1_000), &mentions);
    }
}
