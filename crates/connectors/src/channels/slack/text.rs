//! Slack's text: `& < >` are escaped, mentions and links stand in angle brackets, emoji are written as their names.

use super::emoji;
use serde_json::Value;
use std::collections::HashMap;

/// What must not be taken for Slack's own marks.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What is known of the message around a text.
#[derive(Default)]
pub struct Around {
    /// Our app's own users, and the name they are shown by.
    pub own: Vec<String>,
    pub name: String,
    /// Emoji that the message itself explains.
    pub emoji: HashMap<String, String>,
}

/// A text as a person reads it.
pub fn plain(text: &str, around: &Around) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        words(&rest[..at], around, &mut out);
        let inner = &rest[at + 1..];
        match inner.find(['<', '>']) {
            Some(end) if inner.as_bytes()[end] == b'>' => {
                out.push_str(&reference(&inner[..end], around));
                rest = &inner[end + 1..];
            }
            _ => {
                out.push('<');
                rest = inner;
            }
        }
    }
    words(rest, around, &mut out);
    out.replace('\0', "")
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// `<…>`: a person, a channel, a group, a date or a link.
fn reference(inner: &str, around: &Around) -> String {
    let (target, label) = match inner.split_once('|') {
        Some((target, label)) => (target, Some(unescape(label)).filter(|l| !l.is_empty())),
        None => (inner, None),
    };
    if let Some(id) = target.strip_prefix('@') {
        let name = if around.own.iter().any(|o| o == id) { Some(around.name.clone()) } else { label };
        return at(&name.unwrap_or_else(|| id.to_owned()));
    }
    if let Some(id) = target.strip_prefix('#') {
        return format!("#{}", label.as_deref().unwrap_or(id).trim_start_matches('#'));
    }
    if let Some(special) = target.strip_prefix('!') {
        return match (special.split('^').next().unwrap_or_default(), label) {
            ("date", Some(fallback)) => fallback,
            ("here" | "channel" | "everyone", _) => at(special),
            (_, Some(label)) => at(&label),
            (_, None) => at(special.rsplit('^').next().unwrap_or_default()),
        };
    }
    let target = unescape(target);
    let bare = target.strip_prefix("mailto:").or_else(|| target.strip_prefix("tel:")).unwrap_or(&target);
    match label {
        Some(label) if same_address(&label, bare) => {
            if bare == target {
                target
            } else {
                label
            }
        }
        Some(label) => format!("{label} ({bare})"),
        None => bare.to_owned(),
    }
}

fn at(name: &str) -> String {
    format!("@{}", name.trim_start_matches('@'))
}

/// `acme.example` for `http://acme.example/` says nothing besides.
fn same_address(label: &str, target: &str) -> bool {
    let core = |t: &str| {
        let t = t.trim();
        t.strip_prefix("https://").or_else(|| t.strip_prefix("http://")).unwrap_or(t).trim_end_matches('/').to_owned()
    };
    core(label) == core(target)
}

/// Unescapes, and turns `:wave:` into what it means.
fn words(text: &str, around: &Around, out: &mut String) {
    let text = unescape(text);
    let mut rest = text.as_str();
    while let Some(at) = rest.find(':') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        let length = after.bytes().take(emoji::LONGEST).take_while(|b| emoji::is_name(*b)).count();
        let name = &after[..length];
        let known = around.emoji.get(name).map(String::as_str).or_else(|| emoji::of(name));
        match known.filter(|_| after.as_bytes().get(length) == Some(&b':')) {
            Some(emoji) => {
                out.push_str(emoji);
                rest = &after[length + 1..];
            }
            None => {
                out.push(':');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

/// How deep blocks are looked into.
const DEPTH: u8 = 12;

/// The emoji that rich text spells out (`{"type":"emoji","name":"wave","unicode":"1f44b"}`).
pub fn explained(blocks: &Value) -> HashMap<String, String> {
    let mut found = HashMap::new();
    walk(blocks, DEPTH, &mut |map| {
        let part = |key: &str| map.get(key).and_then(Value::as_str);
        if part("type") == Some("emoji")
            && let (Some(name), Some(code)) = (part("name"), part("unicode"))
            && let Some(emoji) =
                code.split('-').map(|c| u32::from_str_radix(c, 16).ok().and_then(char::from_u32)).collect::<Option<String>>()
        {
            found.insert(name.to_owned(), emoji);
        }
    });
    found
}

/// The words in blocks, for messages that have no text of their own.
pub fn of_blocks(blocks: &Value) -> String {
    let mut found: Vec<String> = Vec::new();
    walk(blocks, DEPTH, &mut |map| {
        let part = |key: &str| map.get(key).and_then(Value::as_str).filter(|t| !t.trim().is_empty());
        let text = match part("type") {
            Some("text" | "mrkdwn" | "plain_text" | "markdown") => part("text"),
            Some("link") => part("text").or_else(|| part("url")),
            Some("image") => part("alt_text"),
            _ => None,
        };
        found.extend(text.map(|t| t.trim().to_owned()));
    });
    found.join("\n")
}

fn walk(value: &Value, depth: u8, seen: &mut dyn FnMut(&serde_json::Map<String, Value>)) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    match value {
        Value::Array(list) => list.iter().for_each(|v| walk(v, deeper, seen)),
        Value::Object(map) => {
            seen(map);
            map.values().filter(|v| v.is_object() || v.is_array()).for_each(|v| walk(v, deeper, seen));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> String {
        plain(text, &Around { own: vec!["U0BOT".into()], name: "Acme".into(), emoji: HashMap::new() })
    }

    #[test]
    fn marks_become_words() {
        for (slack, words) in [
            ("a &amp; b &lt;c&gt; &amp;lt;", "a & b <c> &lt;"),
            ("<@U0BOT> hello <@U1|ann> <@U2>", "@Acme hello @ann @U2"),
            ("<#C1|general> <#C2> <#C3|>", "#general #C2 #C3"),
            ("<!here> <!channel|channel> <!subteam^S1|@crew> <!subteam^S1>", "@here @channel @crew @S1"),
            ("<!date^1700000000^{date}|14 Nov>", "14 Nov"),
            ("<https://x.example/a?b=1&amp;c=2|the page>", "the page (https://x.example/a?b=1&c=2)"),
            ("<https://x.example/> <http://x.example|x.example>", "https://x.example/ http://x.example"),
            ("<mailto:a@b.example|a@b.example> <tel:+2711|011>", "a@b.example 011 (+2711)"),
            ("at 10:30:45 :wave::skin-tone-2: :+1:!", "at 10:30:45 👋🏻 👍!"),
            (":unknown_thing: a:b: ::", ":unknown_thing: a:b: ::"),
            ("1 < 2 <broken <@U1|x>", "1 < 2 <broken @x"),
            ("<", "<"),
        ] {
            assert_eq!(read(slack), words, "{slack}");
        }
        assert_eq!(read(&escape("<@U1> & <!channel> a>b")), "<@U1> & <!channel> a>b");
        let _ = read(&"<".repeat(1_000_000));
        let _ = read(&":".repeat(1_000_000));
    }

    #[test]
    fn blocks_explain_emoji_and_hold_words() {
        let blocks = json!([{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
            {"type": "text", "text": "hi "}, {"type": "emoji", "name": "woman-raising-hand", "unicode": "1f64b-200d-2640-fe0f"},
            {"type": "emoji", "name": "party"}, {"type": "emoji", "name": "odd", "unicode": "zz"}]}]}]);
        let emoji = explained(&blocks);
        assert_eq!(emoji.len(), 1);
        assert_eq!(plain(":woman-raising-hand: :party:", &Around { emoji, ..Around::default() }), "🙋‍♀️ :party:");
        assert_eq!(of_blocks(&blocks), "hi");
        assert_eq!(of_blocks(&json!([{"type": "section", "text": {"type": "mrkdwn", "text": "*Build* done"}}])), "*Build* done");
    }
}
