//! `{{contact.first_name|there}}`: what may stand in a text, and what it becomes in one conversation.

use crate::contacts;
use crate::conversations::Conversation;
use crate::people;
use connectors::kit::markup::escape;
use db::Tx;
use kernel::{MemberId, Result};
use std::collections::BTreeMap;

/// Every name that may stand between the braces, with an example; besides `contact.custom.` and the name of a custom attribute.
pub const NAMES: &[(&str, &str)] = &[
    ("contact.name", "Chloé Moreau"),
    ("contact.first_name", "Chloé"),
    ("contact.last_name", "Moreau"),
    ("contact.email", "chloe@atelier.example"),
    ("contact.phone", "+33 1 99 00 12 34"),
    ("contact.company", "Atelier Moreau"),
    ("agent.name", "Mara Lindt"),
    ("agent.first_name", "Mara"),
    ("agent.email", "mara@northwind.example"),
    ("conversation.number", "1042"),
    ("conversation.subject", "Broken lamp"),
    ("workspace.name", "Northwind Studio"),
];
const CUSTOM: &str = "contact.custom.";

/// What is known about one conversation, by variable.
#[derive(Debug, Clone, Default)]
pub struct Facts(BTreeMap<String, String>);

/// A text with what is known filled in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filled {
    pub text: String,
    /// Names that stayed as they were, each once.
    pub missing: Vec<String>,
}

/// The facts of a conversation, as this member would tell them.
pub fn facts(tx: &mut Tx<'_>, c: &Conversation, member: Option<MemberId>, workspace_name: &str) -> Result<Facts> {
    let mut all = BTreeMap::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()) {
            all.insert(name.to_owned(), value);
        }
    };
    put("conversation.number", Some(c.number.to_string()));
    put("conversation.subject", c.subject.clone());
    put("workspace.name", Some(workspace_name.to_owned()));
    let contact = c.contact_id.map(|id| contacts::find(tx, id)).transpose()?.flatten();
    if let Some(contact) = contact {
        // Nobody is called after their address or number.
        if !contacts::is_made_up(&contact.name) && !contact.handles.iter().any(|h| h.value.eq_ignore_ascii_case(&contact.name)) {
            let (first, last) = first_and_last(&contact.name);
            put("contact.name", Some(contact.name.clone()));
            put("contact.first_name", Some(first));
            put("contact.last_name", last);
        }
        let of = |kind: &str| contact.handles.iter().find(|h| h.kind == kind).map(|h| h.value.clone());
        put("contact.email", of("email"));
        put("contact.phone", of("phone"));
        put("contact.company", contact.company_name.clone());
        for (name, value) in &contact.custom_attributes {
            let value = match value {
                serde_json::Value::String(text) => Some(text.clone()),
                serde_json::Value::Number(n) => Some(n.to_string()),
                serde_json::Value::Bool(b) => Some(b.to_string()),
                _ => None,
            };
            put(&format!("{CUSTOM}{name}"), value);
        }
    }
    let agent = member.map(|id| people::member(tx, id)).transpose()?.flatten();
    if let Some(agent) = agent {
        put("agent.first_name", Some(first_and_last(&agent.name).0));
        put("agent.name", Some(agent.name));
        put("agent.email", Some(agent.email));
    }
    Ok(Facts(all))
}

/// "Dr. Ada King Lovelace" → Ada, Lovelace. A single word is a first name; "King, Ada" is turned round.
fn first_and_last(name: &str) -> (String, Option<String>) {
    const TITLES: &[&str] = &["dr", "prof", "mr", "mrs", "ms", "mx", "herr", "frau", "mme", "m", "mlle", "sr", "sra"];
    let turned = match name.split_once(',') {
        Some((last, first)) if !first.trim().is_empty() => format!("{} {}", first.trim(), last.trim()),
        _ => name.to_owned(),
    };
    let mut words: Vec<&str> = turned.split_whitespace().collect();
    while words.len() > 1 && TITLES.contains(&words[0].trim_end_matches('.').to_lowercase().as_str()) {
        words.remove(0);
    }
    let first = words.first().copied().unwrap_or_default().to_owned();
    let last = if words.len() > 1 { words.last().map(|w| (*w).to_owned()) } else { None };
    (first, last)
}

/// One `{{name|fallback}}` of a text: where it begins and ends, its name, its fallback.
struct Place<'a> {
    start: usize,
    end: usize,
    name: &'a str,
    fallback: Option<&'a str>,
}

fn places(text: &str) -> Vec<Place<'_>> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("{{").map(|i| from + i) {
        let Some(close) = text[open..].find("}}").map(|i| open + i) else { break };
        // Of "{{{x}}" the inner pair counts.
        let open = text[open..close].rfind("{{").map_or(open, |i| open + i);
        let inner = &text[open + 2..close];
        let (name, fallback) = match inner.split_once('|') {
            Some((name, fallback)) => (name.trim(), Some(fallback.trim())),
            None => (inner.trim(), None),
        };
        out.push(Place { start: open, end: close + 2, name, fallback });
        from = close + 2;
    }
    out
}

/// The first name in a text that stands for nothing.
pub fn unknown(text: &str) -> Option<&str> {
    let known = |name: &str| NAMES.iter().any(|(n, _)| *n == name) || name.strip_prefix(CUSTOM).is_some_and(|rest| !rest.is_empty());
    places(text).into_iter().map(|p| p.name).find(|name| !known(name))
}

impl Facts {
    /// Plain words.
    pub fn fill(&self, text: &str) -> Filled {
        self.fill_as(text, str::to_owned)
    }
    /// Formatted words: what is filled in is text, whatever it looks like.
    pub fn fill_html(&self, html: &str) -> Filled {
        self.fill_as(html, escape)
    }

    fn fill_as(&self, text: &str, dress: impl Fn(&str) -> String) -> Filled {
        let mut out = Filled::default();
        let mut from = 0;
        for p in places(text) {
            out.text.push_str(&text[from..p.start]);
            from = p.end;
            match (self.0.get(p.name), p.fallback) {
                (Some(value), _) => out.text.push_str(&dress(value)),
                // A fallback was written as part of the text and is dressed already.
                (None, Some(fallback)) => out.text.push_str(fallback),
                (None, None) => {
                    out.text.push_str(&text[p.start..p.end]);
                    if !out.missing.iter().any(|m| m == p.name) {
                        out.missing.push(p.name.to_owned());
                    }
                }
            }
        }
        out.text.push_str(&text[from..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let pairs = [("contact.first_name", "Zoë <b>"), ("conversation.number", "7"), ("contact.custom.plan", "Gold")];
        Facts(pairs.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
    }

    #[test]
    fn what_is_known_is_filled_in_and_what_is_not_falls_back_or_stays() {
        let filled = facts().fill(
            "Hi {{contact.first_name}}, {{ contact.company | your team }} #{{conversation.number}} {{contact.phone}}{{contact.phone}}",
        );
        assert_eq!(filled.text, "Hi Zoë <b>, your team #7 {{contact.phone}}{{contact.phone}}");
        assert_eq!(filled.missing, ["contact.phone"]);
        assert_eq!(facts().fill("{{contact.custom.plan}} {{contact.company|}}!").text, "Gold !");
    }

    #[test]
    fn a_name_is_never_markup() {
        assert_eq!(facts().fill_html("<p>Hi {{contact.first_name}}</p>").text, "<p>Hi Zoë &lt;b&gt;</p>");
        // What was filled in is not looked at again.
        let sly = Facts([("contact.name".to_owned(), "{{agent.email}}".to_owned())].into());
        assert_eq!(sly.fill("{{contact.name}}"), Filled { text: "{{agent.email}}".into(), missing: vec![] });
    }

    #[test]
    fn braces_that_are_not_closed_are_text() {
        for text in ["{{", "a {{contact.name", "}} {{", "{ {contact.name} }"] {
            assert_eq!(facts().fill(text), Filled { text: text.into(), missing: vec![] }, "{text}");
        }
        assert_eq!(facts().fill("{{{conversation.number}}}").text, "{7}");
    }

    #[test]
    fn a_misspelt_name_is_found() {
        assert_eq!(unknown("Hi {{contact.fist_name|you}}"), Some("contact.fist_name"));
        assert_eq!(unknown("Hi {{contact.first_name|you}} {{contact.custom.x}}"), None);
        assert_eq!(unknown("{{contact.custom.}}"), Some("contact.custom."));
    }

    #[test]
    fn people_are_called_by_their_first_name() {
        let of = |name: &str| first_and_last(name);
        assert_eq!(of("Dr. Ada King Lovelace"), ("Ada".into(), Some("Lovelace".into())));
        assert_eq!(of("Moreau, Chloé"), ("Chloé".into(), Some("Moreau".into())));
        assert_eq!(of("Cher"), ("Cher".into(), None));
        assert_eq!(of("Dr."), ("Dr.".into(), None));
    }
}
