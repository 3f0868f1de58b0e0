//! Messages out, the small acts, and files in.

use super::errors::{self, Bot, Failure};
use super::form::{CAPTION, FETCHED_BYTES};
use super::ids::{MessageName, Spot};
use crate::kit::{calls, places};
use kernel::channel::{Account, Act, Button, Edge, Fetched, Outbound, OutboundFile, Place, Receipt, SendError};
use kernel::message::MessageStatus;
use serde_json::{Map, Value, json};

const UPLOAD_MS: u64 = 120_000;
/// Largest picture that is shown as one; larger ones go as documents.
const PICTURE_BYTES: usize = 10_000_000;

fn permanent(detail: &str) -> SendError {
    SendError::Permanent { detail: detail.into() }
}
fn policy(code: &str, detail: &str) -> SendError {
    SendError::Policy { code: code.into(), detail: detail.into() }
}

/// The chat, from the thread or, without one, from the person.
fn spot(thread: Option<&str>, person: Option<&str>) -> Result<Spot, SendError> {
    let found = thread.and_then(Spot::parse).or_else(|| person.and_then(Spot::parse));
    found.ok_or_else(|| permanent("This is not the id of a Telegram chat. The person has to write to the bot first."))
}

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let bot = Bot::of(account)?;
    let mut spot = spot(message.thread_key.as_deref(), message.to.first().map(|a| a.address.as_str()))?;
    check(message)?;
    let sent = match deliver(edge, &bot, &spot, message).await {
        // Nothing was sent yet: the group lives on under another id.
        Err(Failure { moved_to: Some(chat), .. }) if chat != spot.chat => {
            spot = Spot { chat, topic: None, business: None };
            deliver(edge, &bot, &spot, message).await?
        }
        other => other?,
    };
    let chat = sent.pointer("/chat/id").and_then(Value::as_i64).unwrap_or(spot.chat);
    let Some(number) = sent.get("message_id").and_then(Value::as_i64) else {
        return Ok(Receipt { external_id: None, detail: Some("Telegram named no message id".into()), status: Some(MessageStatus::Sent) });
    };
    let name = MessageName { chat, number, business: spot.business };
    Ok(Receipt { external_id: Some(name.text()), detail: None, status: Some(MessageStatus::Sent) })
}

fn check(message: &Outbound) -> Result<(), SendError> {
    if message.template.is_some() {
        return Err(permanent("Telegram has no templates. Write the text instead."));
    }
    if message.files.len() > 1 {
        return Err(policy("policy.split", "Telegram takes one file with each message."));
    }
    if message.files.is_empty() && message.text.trim().is_empty() {
        return Err(permanent("There is nothing to send."));
    }
    if !message.files.is_empty() && message.text.encode_utf16().count() > CAPTION {
        return Err(policy("policy.split", "The text under a file may have 1,024 characters. Send the text by itself."));
    }
    if message.buttons.iter().any(|b| b.title.trim().is_empty() || (b.url.is_none() && !(1..=64).contains(&b.id.len()))) {
        return Err(policy("policy.buttons", "Each button needs a title, and an id of 1 to 64 bytes."));
    }
    Ok(())
}

async fn deliver(edge: Edge<'_>, bot: &Bot, spot: &Spot, message: &Outbound) -> Result<Value, Failure> {
    let mut body = target(spot);
    // Between two, an answer to what was said last needs no quotation; among many, it says who is meant.
    let last = message.in_reply_to.is_some() && message.in_reply_to == message.last_inbound_id && spot.chat > 0;
    let answered = message.in_reply_to.as_deref().filter(|_| !last).and_then(MessageName::parse).filter(|a| a.chat == spot.chat);
    if let Some(answered) = answered {
        body.insert("reply_parameters".into(), json!({"message_id": answered.number, "allow_sending_without_reply": true}));
    }
    if !message.buttons.is_empty() {
        body.insert("reply_markup".into(), keyboard(&message.buttons));
    }
    if let Some(spot) = places::read(&message.text).filter(|_| message.files.is_empty()) {
        body.insert("latitude".into(), spot.latitude.into());
        body.insert("longitude".into(), spot.longitude.into());
        // A venue has both a title and an address.
        let method = match (spot.name, spot.address) {
            (Some(name), address) => {
                body.insert("title".into(), name.clone().into());
                body.insert("address".into(), address.unwrap_or(name).into());
                "sendVenue"
            }
            (None, _) => "sendLocation",
        };
        return errors::call(edge, bot, method, &Value::Object(body)).await;
    }
    let Some(file) = message.files.first() else {
        body.insert("text".into(), message.text.clone().into());
        return errors::call(edge, bot, "sendMessage", &Value::Object(body)).await;
    };
    if !message.text.trim().is_empty() {
        body.insert("caption".into(), message.text.clone().into());
    }
    let (method, part) = carrier(file);
    match upload(edge, bot, &message.message_id, method, part, &body, file).await {
        // Too narrow, too tall, or not a picture after all: it goes as it is.
        Err(failure) if method == "sendPhoto" && refused_as_picture(&failure.said) => {
            upload(edge, bot, &message.message_id, "sendDocument", "document", &body, file).await
        }
        other => other,
    }
}

fn target(spot: &Spot) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("chat_id".into(), spot.chat.into());
    body.extend(spot.topic.map(|t| ("message_thread_id".to_owned(), t.into())));
    body.extend(spot.business.clone().map(|b| ("business_connection_id".to_owned(), b.into())));
    body
}

fn keyboard(buttons: &[Button]) -> Value {
    let rows: Vec<Value> = buttons
        .iter()
        .map(|b| match &b.url {
            Some(url) => json!([{"text": b.title, "url": url}]),
            None => json!([{"text": b.title, "callback_data": b.id}]),
        })
        .collect();
    json!({ "inline_keyboard": rows })
}

/// The method that shows this kind of file best, and the name of its part.
fn carrier(file: &OutboundFile) -> (&'static str, &'static str) {
    let mime = file.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match mime.as_str() {
        "image/jpeg" | "image/png" | "image/webp" if file.bytes.len() <= PICTURE_BYTES => ("sendPhoto", "photo"),
        "image/gif" => ("sendAnimation", "animation"),
        "video/mp4" => ("sendVideo", "video"),
        "audio/mpeg" | "audio/mp3" | "audio/mp4" | "audio/x-m4a" => ("sendAudio", "audio"),
        "audio/ogg" => ("sendVoice", "voice"),
        _ => ("sendDocument", "document"),
    }
}

fn refused_as_picture(said: &str) -> bool {
    ["photo_invalid_dimensions", "photo_save_file_invalid", "photo_ext_invalid", "image_process_failed", "too big for a photo"]
        .iter()
        .any(|w| said.contains(w))
}

async fn upload(
    edge: Edge<'_>,
    bot: &Bot,
    seed: &str,
    method: &str,
    part: &str,
    body: &Map<String, Value>,
    file: &OutboundFile,
) -> Result<Value, Failure> {
    // Fields of a form are texts; objects in them are JSON.
    let fields: Vec<(&str, String)> =
        body.iter().map(|(k, v)| (k.as_str(), v.as_str().map_or_else(|| v.to_string(), str::to_owned))).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let mut request = calls::multipart("POST", bot.method(method), seed, &fields, &[(part, file)]);
    request.timeout_ms = UPLOAD_MS;
    errors::send(edge, bot, request).await
}

pub async fn act(edge: Edge<'_>, account: &Account, place: &Place, act: &Act) -> Result<(), SendError> {
    let bot = Bot::of(account)?;
    let named = |id: &str| MessageName::parse(id).ok_or_else(|| permanent("This message has no Telegram id yet."));
    match act {
        Act::Typing { on: false } | Act::MarkRead { .. } => Ok(()),
        Act::Typing { on: true } => {
            let mut body = target(&spot(place.thread_key.as_deref(), Some(&place.to.address))?);
            body.insert("action".into(), "typing".into());
            done(errors::call(edge, &bot, "sendChatAction", &Value::Object(body)).await)
        }
        Act::React { external_id, emoji } => {
            let name = named(external_id)?;
            if name.business.is_some() {
                return Err(permanent("Telegram has no reactions for a business account's chats."));
            }
            let list: Vec<Value> = emoji.iter().map(|e| json!({"type": "emoji", "emoji": e})).collect();
            let body = json!({"chat_id": name.chat, "message_id": name.number, "reaction": list});
            done(errors::call(edge, &bot, "setMessageReaction", &body).await)
        }
        Act::Edit { external_id, text } => edit(edge, &bot, &named(external_id)?, text).await,
        Act::Delete { external_id } => {
            let name = named(external_id)?;
            let outcome = match &name.business {
                Some(business) => {
                    let body = json!({"business_connection_id": business, "message_ids": [name.number]});
                    errors::call(edge, &bot, "deleteBusinessMessages", &body).await
                }
                None => errors::call(edge, &bot, "deleteMessage", &json!({"chat_id": name.chat, "message_id": name.number})).await,
            };
            match outcome {
                // Gone already is what was wanted.
                Err(failure) if failure.said.contains("message to delete not found") => Ok(()),
                other => done(other),
            }
        }
    }
}

fn done(outcome: Result<Value, Failure>) -> Result<(), SendError> {
    outcome.map(|_| ()).map_err(SendError::from)
}

async fn edit(edge: Edge<'_>, bot: &Bot, name: &MessageName, text: &str) -> Result<(), SendError> {
    let mut body = json!({"chat_id": name.chat, "message_id": name.number});
    if let Some(business) = &name.business {
        body["business_connection_id"] = business.as_str().into();
    }
    let with = |key: &str| {
        let mut body = body.clone();
        body[key] = text.into();
        body
    };
    let unchanged = |failure: &Failure| failure.said.contains("message is not modified");
    match errors::call(edge, bot, "editMessageText", &with("text")).await {
        Err(failure) if unchanged(&failure) => Ok(()),
        // A file: its text is the caption.
        Err(failure) if failure.said.contains("no text in the message") => {
            match errors::call(edge, bot, "editMessageCaption", &with("caption")).await {
                Err(failure) if unchanged(&failure) => Ok(()),
                other => done(other),
            }
        }
        other => done(other),
    }
}

/// Asks where a file lies, then for its bytes.
pub async fn fetch(edge: Edge<'_>, account: &Account, reference: &str) -> Result<Fetched, SendError> {
    let bot = Bot::of(account)?;
    let found = errors::call(edge, &bot, "getFile", &json!({"file_id": reference})).await;
    let found = found.map_err(SendError::from).map_err(calls::before_sending)?;
    let path =
        found.get("file_path").and_then(Value::as_str).filter(|p| !p.is_empty() && !p.split('/').any(|s| matches!(s, "" | "." | "..")));
    let Some(path) = path else {
        return Err(permanent("Telegram does not give this file to bots any more."));
    };
    let mut request = kernel::http::HttpRequest::new("GET", bot.file(path));
    request.timeout_ms = UPLOAD_MS;
    request.max_response_bytes = FETCHED_BYTES as usize + (1 << 20);
    let response = errors::exchange(edge, &bot, request).await.map_err(calls::before_sending)?;
    match response.status {
        200..=299 => {
            // Telegram calls every file octets; the message knew better.
            let mime = response.header("content-type").map(|t| t.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
            let content_type = mime.filter(|t| !t.is_empty() && t != "application/octet-stream");
            Ok(Fetched { name: None, content_type, bytes: response.body })
        }
        404 | 410 => Err(permanent("Telegram no longer has this file.")),
        _ => Err(crate::kit::verdicts::judge_http(&response, None, edge.clock.now())),
    }
}
