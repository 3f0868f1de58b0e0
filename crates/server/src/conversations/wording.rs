//! What a message says: the words that were written, the writer's signature, and what is quoted or forwarded below. The parts that
//! were not written can be told from those that were, by their marks and by the plain text that is kept apart.

use super::actions::Reply;
use super::model::Message;
use crate::channels::Entry;
use crate::signatures;
use connectors::kit::markup::escape;
use db::Tx;
use jiff::{Timestamp, tz::TimeZone};
use kernel::message::Address;
use kernel::time::Millis;
use kernel::{MemberId, Result};

/// What stands below the words, in both forms. Both are safe as they are.
#[derive(Debug, Clone, Default)]
pub struct Below {
    pub text: String,
    pub html: String,
}

/// A message's words, put together.
#[derive(Debug, Clone, Default)]
pub struct Wording {
    pub text: String,
    pub html: Option<String>,
    /// What was written, when there is more.
    pub written: Option<String>,
    pub signed: bool,
}

/// Plain text as HTML that looks the same.
pub fn as_html(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().map(escape).collect();
    format!("<div style=\"white-space:pre-wrap\">{}</div>", lines.join("<br>"))
}

/// The words of a reply on its channel, with the signature of whoever writes it where they want one.
pub fn put_together(tx: &mut Tx<'_>, entry: &Entry, r: &Reply, member: Option<MemberId>) -> Result<Wording> {
    let capabilities = &entry.connector.descriptor().capabilities;
    let html = r.html.as_deref().filter(|_| capabilities.html).map(connectors::sanitise_html);
    let text = match (&html, r.text.trim().is_empty()) {
        (Some(html), true) => connectors::html_to_text(html),
        _ => r.text.clone(),
    };
    let nothing = text.trim().is_empty() && r.attachments.is_empty() && r.copies.is_empty();
    let below = r.below.clone().filter(|_| capabilities.recipients);
    let plain =
        r.part_of.is_some() || r.template.is_some() || r.location.is_some() || !capabilities.recipients || (nothing && below.is_none());
    let signature = match member.filter(|_| r.signature && !plain && r.automated_by.is_none()) {
        Some(member) => signatures::on(tx, member, entry.id)?,
        None => None,
    };
    if plain || (signature.is_none() && below.is_none()) {
        return Ok(Wording { text, html, ..Default::default() });
    }
    let written = text.trim_end().to_owned();
    let mut whole = written.clone();
    let mut shown = html.unwrap_or_else(|| if written.is_empty() { String::new() } else { as_html(&written) });
    let mut add = |text: &str| {
        if !whole.is_empty() {
            whole.push_str("\n\n");
        }
        whole.push_str(text);
    };
    let signed = signature.is_some();
    if let Some((html, text)) = signature {
        // The channel's own signature brings the line that separates both.
        let separated = entry.account.settings.text("signature").is_some();
        add(&if separated { text } else { format!("-- \n{text}") });
        shown.push_str(&format!("<br><div id=\"sb-signature\" class=\"gmail_signature\">{html}</div>"));
    }
    if let Some(below) = below {
        add(&below.text);
        shown.push_str(&format!("<br><div id=\"sb-quote\" class=\"gmail_quote\">{}</div>", below.html));
    }
    Ok(Wording { text: whole, html: Some(shown).filter(|_| capabilities.html), written: Some(written), signed })
}

/// The words of a changed message, with what stood below them.
pub fn rewritten(m: &Message, text: &str, html: Option<String>) -> (String, Option<String>, Option<String>) {
    let Some(before) = m.stripped_text.as_deref().filter(|b| m.text.starts_with(b)) else { return (text.to_owned(), html, None) };
    let written = text.trim_end().to_owned();
    let below = m.text[before.len()..].trim_start_matches('\n');
    let whole = if written.is_empty() { below.to_owned() } else { format!("{written}\n\n{below}") };
    let marked = m.html.as_deref().and_then(|h| {
        let at = ["<br><div id=\"sb-signature\"", "<br><div id=\"sb-quote\""].iter().filter_map(|mark| h.find(mark)).min()?;
        Some(&h[at..])
    });
    let html = marked.map(|rest| html.unwrap_or_else(|| as_html(&written)) + rest);
    (whole, html, Some(written))
}

/// `Fri, 20 Nov 2026 at 14:05 CET`
pub fn moment(at: Millis, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let when = Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(zone);
    when.strftime("%a, %-d %b %Y at %H:%M %Z").to_string()
}

/// An address that says something to somebody else: of mail, or a number.
fn is_telling(address: &str) -> bool {
    address.contains('@') || address.starts_with('+')
}

/// `Chloé Moreau <chloe@…>`; of an id that only a provider knows, the name alone.
pub fn named(a: &Address) -> String {
    let name = a.name.as_deref().map(str::trim).filter(|n| !n.is_empty() && *n != a.address);
    match (name, is_telling(&a.address)) {
        (Some(name), true) => format!("{name} <{}>", a.address),
        (Some(name), false) => name.to_owned(),
        (None, _) => a.address.clone(),
    }
}

/// Who wrote a message, as mails say it.
pub fn writer(m: &Message) -> String {
    match (&m.sender_name, &m.from) {
        (Some(name), Some(address)) if is_telling(address) && name != address => format!("{name} <{address}>"),
        (Some(name), _) => name.clone(),
        (None, Some(address)) => address.clone(),
        (None, None) => "Unknown".into(),
    }
}

/// A message as an answer quotes it.
pub fn quoted(m: &Message, zone: &str) -> Below {
    let said = m.stripped_text.as_deref().unwrap_or(&m.text).trim_end();
    let intro = format!("On {}, {} wrote:", moment(m.sent_at.unwrap_or(m.created_at), zone), writer(m));
    let lines: Vec<String> = said.lines().map(|l| format!("> {l}")).collect();
    // With its history the formatted form would say everything again.
    let inner = m.html.clone().filter(|_| m.stripped_text.is_none()).unwrap_or_else(|| as_html(said));
    Below {
        text: format!("{intro}\n{}", lines.join("\n")),
        html: format!(
            "<div class=\"gmail_attr\">{}</div><blockquote class=\"gmail_quote\" style=\"margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex\">{inner}</blockquote>",
            escape(&intro)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_named_without_ids_that_say_nothing() {
        let a = |name: Option<&str>, address: &str| named(&Address { name: name.map(str::to_owned), address: address.into() });
        assert_eq!(a(Some("Anna"), "anna@home.example"), "Anna <anna@home.example>");
        assert_eq!(a(Some("Anna"), "visitor-81"), "Anna");
        assert_eq!(a(Some("+491"), "+491"), "+491");
        assert_eq!(a(None, "visitor-81"), "visitor-81");
    }

    #[test]
    fn moments_are_those_of_the_zone() {
        assert_eq!(moment(1_795_186_800_000, "Europe/Berlin"), "Fri, 20 Nov 2026 at 16:00 CET");
        assert_eq!(moment(1_795_186_800_000, "nowhere"), "Fri, 20 Nov 2026 at 15:00 UTC");
    }
}
