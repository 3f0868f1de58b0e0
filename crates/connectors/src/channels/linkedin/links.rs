//! Addresses in LinkedIn's mails. Mail gateways rewrite them into addresses of their own, so that they are looked for in the encoded
//! text, too; what follows the id (tracking, sign-in tokens) is dropped.

use std::borrow::Cow;

/// The longest id of a conversation or name of a profile that is believed.
const LONGEST: usize = 200;

/// What an address in a line leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// A conversation, by its id.
    Thread(String),
    /// A profile, by its public name.
    Profile(String),
    /// Another page of LinkedIn's.
    Other,
}

/// The first address of LinkedIn's in a piece of text.
pub fn find(text: &str) -> Option<Link> {
    if !text.contains("linkedin.com") {
        return None;
    }
    let mut view = Cow::Borrowed(text);
    // Encoded once inside another address, twice where two gateways were at work.
    for _ in 0..3 {
        if let Some(id) = after(&view, "/messaging/thread/") {
            return Some(Link::Thread(id));
        }
        if !view.contains('%') {
            break;
        }
        let decoded = decode(&view).into_owned();
        if decoded == view {
            break;
        }
        view = Cow::Owned(decoded);
    }
    match after(&view, "/in/") {
        Some(slug) => Some(Link::Profile(slug)),
        None => Some(Link::Other),
    }
}

/// Every conversation that a text (HTML, too) leads to, each once.
pub fn threads(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for piece in pieces(text) {
        if let Some(Link::Thread(id)) = find(piece)
            && !out.contains(&id)
        {
            out.push(id);
        }
    }
    out
}
/// Every profile that a text leads to, each once.
pub fn profiles(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for piece in pieces(text) {
        if let Some(Link::Profile(slug)) = find(piece)
            && !out.contains(&slug)
        {
            out.push(slug);
        }
    }
    out
}
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '\n', '\t', '"', '\'', '<', '>', '(', ')']).filter(|p| p.contains("linkedin.com")).take(2_000)
}

/// The segment behind `mark` in an address of LinkedIn's.
fn after(text: &str, mark: &str) -> Option<String> {
    let host = text.find("linkedin.com")?;
    let at = text[host..].find(mark)? + host + mark.len();
    let end = text[at..].find(['/', '?', '&', '#', ' ', '"', '\'', '<', '>', ')']).map_or(text.len(), |n| at + n);
    let id = decode(&text[at..end]);
    let id = id.trim_end_matches('.');
    let fine = (3..=LONGEST).contains(&id.len()) && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '=' | '.' | '%'));
    (fine && id != "undefined").then(|| id.to_owned())
}

/// Percent-encoding undone; what is none stays.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |b: Option<&u8>| b.and_then(|b| (*b as char).to_digit(16));
        match (bytes[at], hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The address of a conversation as LinkedIn shows it in the browser.
pub fn thread_url(id: &str) -> String {
    format!("https://www.linkedin.com/messaging/thread/{}/", crate::kit::calls::encode(id).replace("%3D", "="))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "2-N2M3MmEwNDMtZDU4YS00NWEyLTkyOWMtNzI2MzAxYzZjNGY1XzEwMA==";

    #[test]
    fn a_conversation_is_found_however_its_address_is_written() {
        for text in [
            "https://www.linkedin.com/messaging/thread/2-N2M3MmEwNDMtZDU4YS00NWEyLTkyOWMtNzI2MzAxYzZjNGY1XzEwMA==/",
            "View message: https://www.linkedin.com/comm/messaging/thread/2-N2M3MmEwNDMtZDU4YS00NWEyLTkyOWMtNzI2MzAxYzZjNGY1XzEwMA%3D%3D/?midToken=AQ&trk=eml",
            "https://de.linkedin.com/comm/messaging/thread/2-N2M3MmEwNDMtZDU4YS00NWEyLTkyOWMtNzI2MzAxYzZjNGY1XzEwMA==?x=1",
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.linkedin.com%2Fcomm%2Fmessaging%2Fthread%2F2-N2M3MmEwNDMtZDU4YS00NWEyLTkyOWMtNzI2MzAxYzZjNGY1XzEwMA%253D%253D%2F%3FmidToken%3DAQ&data=05",
        ] {
            assert_eq!(find(text), Some(Link::Thread(ID.into())), "{text}");
        }
        assert_eq!(thread_url(ID), format!("https://www.linkedin.com/messaging/thread/{ID}/"));
    }

    #[test]
    fn other_addresses_are_told_apart() {
        assert_eq!(find("https://www.linkedin.com/comm/in/ada-lovelace-12?x"), Some(Link::Profile("ada-lovelace-12".into())));
        assert_eq!(find("Help: https://www.linkedin.com/help/linkedin/answer/67?lang=en"), Some(Link::Other));
        assert_eq!(find("https://www.linkedin.com/messaging/thread/2-mailbox/undefined/"), Some(Link::Thread("2-mailbox".into())));
        assert_eq!(find("https://www.linkedin.com/messaging/thread/undefined/"), Some(Link::Other));
        assert_eq!(find("https://example.com/messaging/thread/2-abc"), None);
        assert_eq!(
            threads(
                "<a href=\"https://www.linkedin.com/comm/messaging/thread/2-abc/?x\">a</a> https://www.linkedin.com/messaging/thread/2-abc"
            ),
            ["2-abc"]
        );
    }
}
