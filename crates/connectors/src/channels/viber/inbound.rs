//! Events: messages, what became of ours, and people who come and go.

use crate::kit::people;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, FileSource, Inbound, InboundFile, InboundMessage, ParseError, StatusReport};
use kernel::message::{ContentType, MessageStatus};
use serde_json::{Map, Value, json};

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let event: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
    one(account, &event).map(|inbound| vec![inbound])
}

fn ignore(why: impl Into<String>) -> Inbound {
    Inbound::Ignored { why: why.into() }
}
fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|t| !t.is_empty())
}
fn needed<'a>(event: &'a Value, pointer: &str) -> Result<&'a str, ParseError> {
    let name = pointer.trim_start_matches('/').replace('/', ".");
    text(event, pointer).filter(|t| t.len() <= 500).ok_or_else(|| ParseError(format!("The event has no {name}.")))
}
/// A message's number has 64 bits, more than many readers of JSON keep: some senders write it as text.
pub fn token(value: &Value) -> Option<String> {
    match value.get("message_token")? {
        Value::Number(n) if n.is_u64() || n.is_i64() => Some(n.to_string()),
        Value::String(t) if !t.is_empty() && t.len() <= 100 => Some(t.clone()),
        _ => None,
    }
}

fn one(account: &Account, event: &Value) -> Result<Inbound, ParseError> {
    let at = event.get("timestamp").and_then(Value::as_i64);
    let named = || token(event).ok_or_else(|| ParseError("The event has no message_token.".into()));
    let status = |status, error| {
        named().map(|external_id| Inbound::Status(StatusReport { external_id, message_id: None, status, at, error, bounced: false }))
    };
    match text(event, "/event").unwrap_or_default() {
        "message" => message(account, event, named()?),
        "delivered" => status(MessageStatus::Delivered, None),
        "seen" => status(MessageStatus::Read, None),
        "failed" => status(MessageStatus::Failed, Some(shorten(text(event, "/desc").unwrap_or("Viber gave no reason."), 300))),
        "subscribed" => Ok(Inbound::Reachable { handle: people::handle(account, needed(event, "/user/id")?), blocked: None }),
        "unsubscribed" => {
            let handle = people::handle(account, needed(event, "/user_id")?);
            Ok(Inbound::Reachable { handle, blocked: Some("The person has left the bot.".into()) })
        }
        "conversation_started" => {
            let id = needed(event, "/user/id")?;
            if event.get("subscribed").and_then(Value::as_bool) == Some(true) {
                return Ok(Inbound::Reachable { handle: people::handle(account, id), blocked: None });
            }
            let who = people::named(text(event, "/user/name")).unwrap_or_else(|| "Somebody".into());
            Ok(ignore(format!("{who} has opened the bot's chat, and has not written yet.")))
        }
        "webhook" => Ok(ignore("A check of the webhook.")),
        other => Ok(ignore(format!("An event of a kind that we do not use: “{}”.", shorten(other, 60)))),
    }
}

fn message(account: &Account, event: &Value, token: String) -> Result<Inbound, ParseError> {
    let id = needed(event, "/sender/id")?;
    let message = event.get("message").ok_or_else(|| ParseError("The event has no message.".into()))?;
    let mut out = InboundMessage::text(token, id, people::sender(account, id, text(event, "/sender/name")), "");
    out.sent_at = event.get("timestamp").and_then(Value::as_i64);
    for (key, pointer) in [("language", "/sender/language"), ("country", "/sender/country")] {
        out.metadata.extend(text(event, pointer).map(|t| (key.to_owned(), shorten(t, 20).into())));
    }
    content(&mut out, message);
    Ok(Inbound::Message(Box::new(out)))
}

fn content(out: &mut InboundMessage, message: &Value) {
    let short = |pointer: &str| text(message, pointer).map(|t| shorten(t, 300)).filter(|t| !t.is_empty());
    out.text = text(message, "/text").unwrap_or_default().replace('\0', "");
    match text(message, "/type").unwrap_or_default() {
        "text" => pressed(out, message),
        "picture" => file(out, message, ContentType::Image, "picture.jpg", "image/jpeg"),
        "video" => file(out, message, ContentType::Video, "video.mp4", "video/mp4"),
        "file" => file(out, message, ContentType::File, "file", "application/octet-stream"),
        "sticker" => {
            out.content_type = ContentType::Sticker;
            out.text = "Sticker".into();
            let id = message.get("sticker_id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
            out.metadata.insert("sticker".into(), json!({"sticker_id": id.map(|id| shorten(&id, 60))}));
            if text(message, "/media").is_some() {
                file(out, message, ContentType::Sticker, "sticker.png", "image/png");
            }
        }
        "url" => {
            let url = text(message, "/media").map(|u| shorten(u, 2_000)).unwrap_or_default();
            out.text = if out.text.is_empty() || out.text == url { url } else { format!("{}\n{url}", out.text) };
        }
        "location" => {
            out.content_type = ContentType::Location;
            let degrees = |keys: [&str; 2]| {
                let place = message.get("location")?;
                let value = keys.iter().find_map(|k| place.get(*k))?;
                value.as_f64().or_else(|| value.as_str()?.parse().ok())
            };
            let mut place = Map::new();
            let address = short("/location/address").or_else(|| short("/address"));
            let mut shown: Vec<String> = address.iter().cloned().collect();
            if let (Some(latitude), Some(longitude)) = (degrees(["lat", "latitude"]), degrees(["lon", "longitude"])) {
                shown.push(format!("{latitude}, {longitude}"));
                place.insert("latitude".into(), latitude.into());
                place.insert("longitude".into(), longitude.into());
            }
            place.extend(address.map(|a| ("address".to_owned(), a.into())));
            out.text = format!("Location: {}", shown.join(", "));
            out.metadata.insert("location".into(), place.into());
        }
        "contact" => {
            out.content_type = ContentType::Contact;
            let (name, number) = (short("/contact/name"), short("/contact/phone_number"));
            let number = number.map(|n| people::phone(&n).map_or(n, |h| h.value));
            out.text = format!("Contact: {}", name.iter().chain(&number).cloned().collect::<Vec<_>>().join(", "));
            let phones: Vec<String> = number.into_iter().collect();
            out.metadata.insert("contacts".into(), json!([{"name": name, "phones": phones, "emails": []}]));
        }
        _ => {
            let words = "A message of a kind that cannot be shown here. It can be seen in Viber only.";
            out.text = if out.text.is_empty() { words.into() } else { format!("{}\n[{words}]", out.text) };
        }
    }
    if out.text.trim().is_empty() && out.files.is_empty() {
        out.text = "An empty message.".into();
    }
}

/// A pressed button says its title; which button that was came along in the tracking data of the message that carried it.
fn pressed(out: &mut InboundMessage, message: &Value) {
    let Some(tracked) = text(message, "/tracking_data").and_then(|t| serde_json::from_str::<Value>(t).ok()) else { return };
    let Some(id) = tracked.get("buttons").and_then(|b| b.get(&out.text)?.as_str()) else { return };
    out.content_type = ContentType::Interactive;
    out.metadata.insert("interactive".into(), json!({"kind": "button", "id": id, "title": out.text, "payload": id}));
}

fn file(out: &mut InboundMessage, message: &Value, kind: ContentType, name: &str, mime: &str) {
    out.content_type = kind;
    let given = text(message, "/file_name").and_then(|n| n.rsplit(['/', '\\']).next()).map(|n| shorten(n, 200)).filter(|n| !n.is_empty());
    let name = given.unwrap_or_else(|| name.to_owned());
    match text(message, "/media").filter(|u| u.starts_with("https://") || u.starts_with("http://")) {
        Some(url) => {
            let source = FileSource::Url(url.to_owned());
            out.files.push(InboundFile { name, content_type: mime.to_owned(), source, content_id: None, inline: false });
        }
        None => {
            let note = format!("[{name} (Viber named no address for it)]");
            out.text = if out.text.is_empty() { note } else { format!("{}\n{note}", out.text) };
        }
    }
}
