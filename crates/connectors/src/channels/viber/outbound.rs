//! Messages out: text, pictures with words, videos, files, and keyboards.

use super::errors;
use super::form::NAME;
use super::inbound::token;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, Button, Edge, Outbound, OutboundFile, Receipt, SendError};
use kernel::message::MessageStatus;
use serde_json::{Map, Value, json};

/// Largest picture that every phone shows; larger ones go as files.
const PICTURE_BYTES: usize = 1_000_000;
const VIDEO_BYTES: usize = 26_000_000;
/// Characters under a picture.
const CAPTION: usize = 512;
/// Characters that come back with the person's next message.
const TRACKING: usize = 4_000;

fn permanent(detail: &str) -> SendError {
    SendError::Permanent { detail: detail.into() }
}
fn policy(code: &str, detail: &str) -> SendError {
    SendError::Policy { code: code.into(), detail: detail.into() }
}

/// The name over our messages.
pub fn sender_name(account: &Account) -> String {
    let name = account.settings.text("sender_name").unwrap_or(&account.name);
    let name = shorten(name, NAME);
    if name.is_empty() { "Support".into() } else { name }
}

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let receiver = message.thread_key.as_deref().or_else(|| message.to.first().map(|a| a.address.as_str())).unwrap_or_default();
    if !is_id(receiver) {
        return Err(permanent("This is not the id of a Viber user. The person has to write to the bot first."));
    }
    let mut body = content(message)?;
    body.insert("receiver".into(), receiver.into());
    body.insert("min_api_version".into(), 1.into());
    body.insert("sender".into(), json!({"name": sender_name(account)}));
    if !message.buttons.is_empty() {
        keyboard(&mut body, &message.buttons)?;
    }
    let answer = errors::call(edge, account, "send_message", &Value::Object(body)).await?;
    let detail = token(&answer).is_none().then(|| "Viber named no message token".to_owned());
    Ok(Receipt { external_id: token(&answer), detail, status: Some(MessageStatus::Sent) })
}

/// Base64 of 16 bytes, as a rule; never an address or a number.
fn is_id(id: &str) -> bool {
    (8..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_'))
}

fn content(message: &Outbound) -> Result<Map<String, Value>, SendError> {
    if message.template.is_some() {
        return Err(permanent("Viber bots have no templates. Write the text instead."));
    }
    let text = message.text.trim_end();
    let value = match message.files.as_slice() {
        [] if text.trim().is_empty() => return Err(permanent("There is nothing to send.")),
        [] => json!({"type": "text", "text": text}),
        [file] => match kind(file) {
            "picture" if text.chars().count() > CAPTION => {
                return Err(policy("policy.split", "The text under a picture may have 512 characters. Send the text by itself."));
            }
            "picture" => json!({"type": "picture", "text": text, "media": linked(file)?}),
            _ if !text.trim().is_empty() => {
                return Err(policy("policy.split", "Viber takes text under pictures only. Send the text by itself."));
            }
            "video" => json!({"type": "video", "media": linked(file)?, "size": file.bytes.len()}),
            _ => json!({"type": "file", "media": linked(file)?, "size": file.bytes.len(), "file_name": file_name(&file.name)}),
        },
        _ => return Err(policy("policy.split", "Viber takes one file with each message.")),
    };
    match value {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}

/// How Viber shows a file. Pictures and videos need the right ending in their address.
fn kind(file: &OutboundFile) -> &'static str {
    let mime = file.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let path = file.url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|e| path.ends_with(e));
    match mime.as_str() {
        "image/jpeg" | "image/jpg" if ends(&[".jpg", ".jpeg"]) && file.bytes.len() <= PICTURE_BYTES => "picture",
        "image/png" if ends(&[".png"]) && file.bytes.len() <= PICTURE_BYTES => "picture",
        "video/mp4" if ends(&[".mp4"]) && file.bytes.len() <= VIDEO_BYTES => "video",
        _ => "file",
    }
}

/// At most 256 characters, with the ending, by which phones know what it is.
fn file_name(name: &str) -> String {
    let name = shorten(name, 2_000);
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 20 => format!("{}.{ending}", shorten(stem, 235)),
        _ => shorten(&name, 256),
    }
}

/// Viber fetches the file itself.
fn linked(file: &OutboundFile) -> Result<&str, SendError> {
    match file.url.starts_with("https://") && file.url.len() <= 2_000 {
        true => Ok(&file.url),
        false => Err(permanent("Viber fetches files over https only. Give this installation a public https address.")),
    }
}

/// A pressed button speaks its title for the person; its id comes back in the tracking data.
fn keyboard(body: &mut Map<String, Value>, buttons: &[Button]) -> Result<(), SendError> {
    if buttons.len() > 12 || buttons.iter().any(|b| b.title.trim().is_empty() || b.title.chars().count() > 250) {
        return Err(policy("policy.buttons", "Viber takes up to 12 buttons, each with a title of 1 to 250 characters."));
    }
    let keys: Vec<Value> = buttons
        .iter()
        .map(|b| {
            let (action, value) = match &b.url {
                Some(url) => ("open-url", url.as_str()),
                None => ("reply", b.title.trim()),
            };
            json!({"Columns": 6, "Rows": 1, "ActionType": action, "ActionBody": value, "Text": escaped(b.title.trim())})
        })
        .collect();
    body.insert("keyboard".into(), json!({"Type": "keyboard", "DefaultHeight": false, "Buttons": keys}));
    let ids: Map<String, Value> =
        buttons.iter().filter(|b| b.url.is_none()).map(|b| (b.title.trim().to_owned(), b.id.clone().into())).collect();
    let tracked = json!({ "buttons": ids }).to_string();
    if tracked.chars().count() > TRACKING {
        return Err(policy("policy.buttons", "The titles and ids of the buttons are too long together for Viber."));
    }
    body.insert("tracking_data".into(), tracked.into());
    Ok(())
}

/// The words on a button may hold HTML.
fn escaped(title: &str) -> String {
    title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = file_name(&format!("{}.pdf", "x".repeat(400)));
        assert!(name.ends_with(".pdf") && name.chars().count() <= 256);
        assert_eq!(file_name("invoice 7.pdf"), "invoice 7.pdf");
    }

    #[test]
    fn ids_are_told_from_addresses() {
        assert!(is_id("01234567890A=") && is_id("E4Ux8N0j3HcXEbrzF+nK5Q=="));
        assert!(!is_id("ann@customer.example") && !is_id("") && !is_id("+27 82 555"));
    }
}
