//! A form that was sent, as a message.

use super::content::{Content, ID, PAGE};
use crate::kit::signatures::sha256_hex;
use crate::kit::verdicts::shorten;
use crate::kit::{addresses, people};
use kernel::channel::{Account, FileSource, Handle, Inbound, InboundFile, InboundMessage, ParseError, RawDelivery, Sender, ThreadHint};
use kernel::message::{ContentType, HandleEvidence};
use kernel::time::MINUTE;
use serde_json::{Map, Value};

const TEXT_CHARS: usize = 50_000;
const VALUE_CHARS: usize = 2_000;
const MOST_FURTHER: usize = 60;

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    let content = Content::read(raw)?;
    let ignored = |why: &str| Ok(vec![Inbound::Ignored { why: why.into() }]);
    let trap = account.settings.text("honeypot").unwrap_or("website").trim();
    if content.exact(trap).is_some() {
        return ignored("Spam: a field that people do not see was filled in.");
    }
    let further: Vec<(String, String)> =
        content.further().take(MOST_FURTHER).map(|(name, value)| (shorten(name, 100), value.chars().take(VALUE_CHARS).collect())).collect();
    let said: String = content.known("message").unwrap_or_default().chars().take(TEXT_CHARS).collect();
    if said.is_empty() && further.is_empty() && content.files.is_empty() {
        return ignored("The form was sent empty.");
    }
    let external_id = external_id(raw, &content);
    let (handle, more) = handles(account, &content, &external_id);
    let lines = further.iter().map(|(name, value)| format!("{}: {value}", label(name))).collect::<Vec<_>>().join("\n");
    let text = [said, lines].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n\n");

    let mut metadata = Map::new();
    let mut note = |name: &str, value: Option<&str>| {
        if let Some(value) = value.map(|v| shorten(v, VALUE_CHARS)).filter(|v| !v.is_empty()) {
            metadata.insert(name.to_owned(), value.into());
        }
    };
    note("page_url", content.exact(PAGE).filter(|p| p.starts_with("http")).or_else(|| raw.header("referer")));
    note("user_agent", raw.header("user-agent"));
    // As typed: what is no address may still tell a person something.
    note("email_typed", content.known("email").filter(|e| addresses::clean(e).is_none()));
    note("phone_typed", content.known("phone"));
    if !further.is_empty() {
        let fields = further.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        metadata.insert("form".into(), Value::Object(fields));
    }
    let subject = content.known("subject").or_else(|| account.settings.text("default_subject"));
    let files: Vec<InboundFile> = content.files.iter().enumerate().map(|(n, f)| file(n, f)).collect();
    let message = InboundMessage {
        thread: ThreadHint::default(),
        subject: subject.map(|s| shorten(s, 300)).filter(|s| !s.is_empty()),
        content_type: ContentType::Text,
        files,
        metadata,
        ..InboundMessage::text(external_id, "", Sender { handle, name: name(&content), more }, text)
    };
    Ok(vec![Inbound::Message(Box::new(message))])
}

/// The same content of the same shown form is the same message: a button pressed twice. Without a signed time it is so for ten minutes.
fn external_id(raw: &RawDelivery, content: &Content) -> String {
    let facts = match (content.exact(ID), content.exact(super::content::TOKEN)) {
        (Some(id), _) => format!("id {id}"),
        (None, Some(_)) => content.digest(),
        (None, None) => format!("{} {}", raw.received_at.div_euclid(10 * MINUTE), content.digest()),
    };
    format!("form-{}", &sha256_hex(facts.as_bytes())[..32])
}

/// Everything is as typed. Somebody without an address is a person of their own.
fn handles(account: &Account, content: &Content, external_id: &str) -> (Handle, Vec<Handle>) {
    let claimed = |kind: &str, value: String| Handle { kind: kind.into(), value, evidence: HandleEvidence::Claimed };
    let email = content.known("email").and_then(addresses::clean).map(|value| claimed("email", value));
    let digits = |p: &str| p.chars().filter(char::is_ascii_digit).count();
    let phone = content.known("phone").filter(|p| (6..=20).contains(&digits(p)) && p.len() <= 60);
    let mut all = email.into_iter().chain(phone.map(|p| claimed("phone", p.to_owned())));
    match all.next() {
        Some(first) => (first, all.collect()),
        None => (people::handle(account, external_id), Vec::new()),
    }
}

fn name(content: &Content) -> Option<String> {
    let parts = [content.known("first_name"), content.known("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    people::named(content.known("name").or(Some(&parts)))
}

/// `order_number` as people write it: `Order number`.
fn label(name: &str) -> String {
    let words = name.trim_end_matches("[]").replace(['_', '-'], " ");
    let mut letters = words.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn file(n: usize, f: &super::content::File) -> InboundFile {
    let name = shorten(f.name.rsplit(['/', '\\']).next().unwrap_or_default(), 200);
    InboundFile {
        name: if name.is_empty() { format!("file-{}", n + 1) } else { name },
        content_type: f.content_type.clone(),
        source: FileSource::Bytes(f.bytes.clone()),
        content_id: None,
        inline: false,
    }
}
