//! Text, one file, a place or a template; and showing that somebody is writing.

use super::{PREFIX, templates};
use crate::kit::calls;
use crate::kit::twilio::{call, product_url, sending, status_callback};
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Act, Edge, Outbound, Place, Receipt, SendError};

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let mut pairs = vec![("To", recipient(message)?), sending::from(account, PREFIX)?];
    match &message.template {
        Some(template) => pairs.extend(templates::filled(template)?),
        None => pairs.extend(content(message)?),
    }
    pairs.extend(status_callback(account, &message.message_id).map(|url| ("StatusCallback", url)));
    sending::post(edge, account, &pairs).await
}

/// A number, or an id of WhatsApp's, which is passed on as it came.
fn recipient(message: &Outbound) -> Result<String, SendError> {
    let given = message.to.first().map(|a| a.address.trim()).unwrap_or_default();
    let given = given.strip_prefix(PREFIX).unwrap_or(given);
    let id = given.contains('.') && !given.contains('@') && given.len() <= 200 && given.bytes().all(|b| b.is_ascii_graphic());
    if id && !given.starts_with('+') {
        return Ok(format!("{PREFIX}{given}"));
    }
    sending::recipient(Some(given)).map(|number| format!("{PREFIX}{number}"))
}

fn content(message: &Outbound) -> Result<Vec<(&'static str, String)>, SendError> {
    let split = |detail: &str| Err(SendError::Policy { code: "policy.split".into(), detail: detail.into() });
    if !message.buttons.is_empty() {
        let detail = "Buttons under a message need a template with Twilio.".into();
        return Err(SendError::Policy { code: "policy.buttons".into(), detail });
    }
    let text = message.text.trim();
    match message.files.as_slice() {
        [] => Ok(match place(text) {
            Some(action) => vec![("Body", words_of_place(text)), ("PersistentAction", action)],
            None => vec![("Body", message.text.clone())],
        }),
        [file] if text.is_empty() => Ok(vec![("MediaUrl", file.url.clone())]),
        [file] => {
            let kind = file.content_type.to_ascii_lowercase();
            if kind.starts_with("image/") && kind != "image/webp" || kind.starts_with("video/") {
                return Ok(vec![("Body", message.text.clone()), ("MediaUrl", file.url.clone())]);
            }
            split("Only pictures and films carry words on WhatsApp. Send the text and the file one after the other.")
        }
        _ => split("WhatsApp takes one file in each message."),
    }
}

/// A text that is nothing but a `geo:` address (RFC 5870), with the place's name on the lines below, goes out as a place on the map.
fn place(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    let point = lines.next()?.strip_prefix("geo:")?.split([';', '?']).next()?;
    let mut parts = point.split(',').map(|p| p.trim().parse::<f64>());
    let (Some(Ok(latitude)), Some(Ok(longitude))) = (parts.next(), parts.next()) else { return None };
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        return None;
    }
    let label = lines.map(|l| shorten(l, 300)).collect::<Vec<_>>().join(", ").replace('|', " ");
    Some(if label.is_empty() { format!("geo:{latitude},{longitude}") } else { format!("geo:{latitude},{longitude}|{label}") })
}
fn words_of_place(text: &str) -> String {
    let words = text.lines().skip(1).map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(", ");
    if words.is_empty() { "Location".into() } else { words }
}

/// Twilio shows that we write for 25 seconds, and marks the message as read; it cannot take either back.
pub async fn act(edge: Edge<'_>, account: &Account, place: &Place, act: &Act) -> Result<(), SendError> {
    match act {
        Act::Typing { on: true } => {
            let sid = place.last_inbound_id.as_deref().filter(|s| s.starts_with("SM") || s.starts_with("MM"));
            let Some(sid) = sid else { return Ok(()) };
            let url = product_url(account, "messaging", "/v2/Indicators/Typing.json");
            call(edge, account, calls::form("POST", url, &[("messageId", sid), ("channel", "whatsapp")])).await.map(|_| ())
        }
        Act::Typing { on: false } => Ok(()),
        _ => Err(SendError::Permanent { detail: "Twilio cannot do that on WhatsApp.".into() }),
    }
}
