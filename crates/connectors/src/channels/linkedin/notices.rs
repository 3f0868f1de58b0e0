//! LinkedIn's mails told apart: messages of members become messages, everything else is ignored with words.

use super::is_linkedins;
use super::letter::{self, Around, Letter, NO_WORDS};
use super::links;
use crate::kit::headers::{self, Headers};
use crate::kit::verdicts::shorten;
use crate::kit::{addresses, mail, people};
use kernel::channel::{Account, Inbound, InboundMessage, ParseError, RawDelivery, ThreadHint};
use kernel::message::ContentType;
use serde_json::{Map, Value};

/// Senders of message notices, where the headers that name the kind were lost on the way.
const SENDERS: &[&str] =
    &["inmail-hit-reply", "hit-reply", "hit-reply-premium-inmail", "inmails-noreply", "messaging-digest-noreply", "messaging-noreply"];

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    // Nothing of the HTML is shown: addresses are looked for in it.
    let read = match mail::parse_words(account, raw)?.into_iter().next() {
        Some(Inbound::Message(read)) => *read,
        Some(Inbound::Ignored { why }) => return Ok(vec![Inbound::Ignored { why }]),
        _ => return Ok(vec![ignored("A report of a mail server.")]),
    };
    let headers = headers::read(&raw.body);
    let subject = read.subject.clone().unwrap_or_default();
    // The address itself stands last; a name may hold another.
    let from = headers.first("from").and_then(|v| addresses::find_all(v).pop()).unwrap_or_else(|| read.sender.handle.value.clone());
    if !is_linkedins(&from) {
        // A mailbox that asks whether it may forward has its code in the subject.
        return Ok(vec![ignored(format!("A mail from {}, not of LinkedIn: “{}”.", shorten(&from, 100), shorten(&subject, 200)))]);
    }
    let html = read.html.as_deref().unwrap_or_default();
    let template = headers.first("x-linkedin-template").unwrap_or_default().to_ascii_lowercase();
    if !is_message(&headers, &template, &from, &read.text, html) {
        return Ok(vec![ignored(format!("A notification of LinkedIn that is no message: “{}”.", shorten(&subject, 200)))]);
    }
    let name = read.sender.name.as_deref().and_then(person);
    let inmail = template.contains("inmail") || headers.first("x-linkedin-class").is_some_and(|c| c.eq_ignore_ascii_case("inmail"));
    let several = template.contains("digest") || (template.is_empty() && name.is_none());
    let mut letters = letter::read(&read.text, &Around { name: name.as_deref(), subject: &subject, several });
    // The address may be in the HTML only.
    if let ([one], [id]) = (letters.as_mut_slice(), links::threads(html).as_slice())
        && one.thread.is_none()
    {
        one.thread = Some(id.clone());
    }
    letters.retain(|l| l.thread.is_some() || l.name.is_some());
    if letters.is_empty() {
        return Ok(vec![ignored(format!("A mail of LinkedIn about messages that names nobody: “{}”.", shorten(&subject, 200)))]);
    }
    let profile = match links::profiles(&format!("{} {html}", read.text)).as_slice() {
        [one] if letters.len() == 1 => Some(one.clone()),
        _ => None,
    };
    let titled = inmail && letters.len() == 1;
    let mut out = Vec::new();
    for (n, letter) in letters.into_iter().enumerate() {
        let mut metadata = about(&letter, profile.as_deref(), &template);
        if inmail {
            metadata.insert("inmail".into(), true.into());
        }
        let external = if n == 0 { read.external_id.clone() } else { format!("{}#{}", read.external_id, n + 1) };
        out.push(Inbound::Message(Box::new(InboundMessage {
            subject: read.subject.clone().filter(|_| titled),
            to: read.to.clone(),
            sent_at: read.sent_at,
            // Advertisements in the shape of messages.
            automatic: template.contains("sponsored"),
            metadata,
            ..message(account, external, letter)
        })));
    }
    Ok(out)
}

fn ignored(why: impl Into<String>) -> Inbound {
    Inbound::Ignored { why: why.into() }
}

/// LinkedIn names the kind of each mail in headers; without them the sender and an address of a conversation decide.
fn is_message(headers: &Headers, template: &str, from: &str, text: &str, html: &str) -> bool {
    let class = headers.first("x-linkedin-class").unwrap_or_default().to_ascii_uppercase();
    if template.contains("invite") || template.contains("invitation") {
        return false;
    }
    if matches!(class.as_str(), "INMAIL" | "MBR-TO-MBR") {
        return true;
    }
    if !template.is_empty() {
        return template.contains("messag") || template.contains("inmail");
    }
    let local = from.split('@').next().unwrap_or_default();
    let leads = || !links::threads(text).is_empty() || !links::threads(html).is_empty();
    SENDERS.contains(&local) || (matches!(local, "messages-noreply" | "member") && leads())
}

/// “Ann Lee via LinkedIn” is Ann Lee; “LinkedIn” is nobody.
fn person(name: &str) -> Option<String> {
    const BETWEEN: &[&str] = &["via", "über", "par", "por", "a través de", "através do", "tramite", "på", "przez"];
    let flat = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = flat.as_str();
    if let Some(before) = rest.strip_suffix("LinkedIn") {
        rest = before.trim_end();
        if let Some(shorter) = BETWEEN.iter().find_map(|w| rest.strip_suffix(w).filter(|r| r.is_empty() || r.ends_with(' '))) {
            rest = shorter.trim_end();
        }
    }
    (!rest.contains("LinkedIn")).then(|| people::named(Some(rest)))?
}

/// The person is known by the conversation with them; without one, by name only.
fn message(account: &Account, external: String, letter: Letter) -> InboundMessage {
    let key = letter.thread.unwrap_or_else(|| {
        let name = letter.name.as_deref().unwrap_or_default().to_lowercase();
        format!("name:{name}")
    });
    let sender = people::sender(account, key.clone(), letter.name.as_deref());
    let stripped_text = Some(letter.text.clone());
    InboundMessage {
        thread: ThreadHint { key: Some(key.clone()), ..ThreadHint::default() },
        content_type: ContentType::Text,
        stripped_text,
        ..InboundMessage::text(external, key, sender, letter.text)
    }
}

fn about(letter: &Letter, profile: Option<&str>, template: &str) -> Map<String, Value> {
    let mut out = Map::new();
    let mut note = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            out.insert(name.into(), value.into());
        }
    };
    note("thread_url", letter.thread.as_deref().map(links::thread_url));
    note("profile_url", profile.map(|p| format!("https://www.linkedin.com/in/{}", crate::kit::calls::encode(p))));
    note("headline", letter.headline.clone());
    note("template", Some(shorten(template, 100)));
    if letter.text == NO_WORDS {
        out.insert("words_left_out".into(), true.into());
    }
    out
}
