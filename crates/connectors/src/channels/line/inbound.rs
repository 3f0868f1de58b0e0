//! Events: messages, pressed buttons, and people who come and go.

use super::form::FETCHED_BYTES;
use crate::kit::verdicts::shorten;
use crate::kit::{forms, people};
use kernel::channel::{Account, FileSource, Handle, Inbound, InboundFile, InboundMessage, ParseError};
use kernel::message::ContentType;
use serde_json::{Map, Value, json};

const MOST_EVENTS: usize = 1_000;
/// Names in the data of our own buttons, which carry their title along: LINE gives back the data only.
pub const BUTTON_ID: &str = "button_id";
pub const BUTTON_TITLE: &str = "button_title";

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let body: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
    let events = body.get("events").and_then(Value::as_array).ok_or_else(|| ParseError("The body has no list of events.".into()))?;
    if events.len() > MOST_EVENTS {
        return Err(ParseError(format!("One delivery may carry {MOST_EVENTS} events.")));
    }
    if events.is_empty() {
        return Ok(vec![ignore("A check of the console without events.")]);
    }
    events.iter().map(|event| one(account, event)).collect()
}

fn ignore(why: impl Into<String>) -> Inbound {
    Inbound::Ignored { why: why.into() }
}
fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|t| !t.is_empty())
}

/// Where an event happened.
struct Source {
    /// The person, or a group that does not say who.
    person: String,
    /// The person again, or the group, or the room.
    thread: String,
    group: bool,
}
fn source(event: &Value) -> Option<Source> {
    let user = text(event, "/source/userId");
    let group = match text(event, "/source/type")? {
        "user" => None,
        "group" => Some(text(event, "/source/groupId")?),
        "room" => Some(text(event, "/source/roomId")?),
        _ => return None,
    };
    let thread = group.or(user)?;
    Some(Source { person: user.unwrap_or(thread).to_owned(), thread: thread.to_owned(), group: group.is_some() })
}

fn one(account: &Account, event: &Value) -> Result<Inbound, ParseError> {
    let kind = text(event, "/type").unwrap_or_default();
    match kind {
        "botSuspended" => {
            let words = "LINE has suspended the account. Look into LINE Official Account Manager.".to_owned();
            return Ok(Inbound::Account { broken: Some(words.clone()), detail: words });
        }
        "botResumed" => return Ok(Inbound::Account { broken: None, detail: "LINE has lifted the account's suspension.".into() }),
        "message" | "postback" | "unsend" | "follow" | "unfollow" | "join" | "leave" => {}
        other => return Ok(ignore(format!("An event of a kind that we do not use: “{}”.", shorten(other, 60)))),
    }
    let Some(source) = source(event) else {
        return Err(ParseError(format!("The {kind} event does not say where it comes from.")));
    };
    if source.group && !account.settings.flag("groups") {
        return Ok(ignore("Said in a group; groups are switched off for this channel."));
    }
    let at = event.get("timestamp").and_then(Value::as_i64);
    let handle = |id: &str| people::handle(account, id);
    match kind {
        "message" => message(account, event, &source),
        "postback" => postback(account, event, &source),
        "unsend" => {
            let id = text(event, "/unsend/messageId").ok_or_else(|| ParseError("The unsend event names no message.".into()))?;
            Ok(Inbound::Deleted { external_id: id.to_owned(), at })
        }
        "follow" => Ok(reachable(handle(&source.person), None)),
        "unfollow" => Ok(reachable(handle(&source.person), Some("The person has blocked the account, or removed it."))),
        "join" => Ok(reachable(handle(&source.thread), None)),
        _ => Ok(reachable(handle(&source.thread), Some("The account was removed from the group."))),
    }
}

fn reachable(handle: Handle, blocked: Option<&str>) -> Inbound {
    Inbound::Reachable { handle, blocked: blocked.map(str::to_owned) }
}

/// What every event that can be answered carries for later.
fn tokens(event: &Value, source: &Source) -> Map<String, Value> {
    let mut out = Map::new();
    for (key, pointer) in
        [("reply_token", "/replyToken"), ("quote_token", "/message/quoteToken"), ("mark_as_read_token", "/message/markAsReadToken")]
    {
        out.extend(text(event, pointer).filter(|t| t.len() <= 500).map(|t| (key.to_owned(), t.into())));
    }
    if source.group {
        out.insert("group".into(), json!({"id": source.thread}));
    }
    out
}

fn message(account: &Account, event: &Value, source: &Source) -> Result<Inbound, ParseError> {
    let message = event.get("message").ok_or_else(|| ParseError("The message event has no message.".into()))?;
    let id = text(message, "/id").filter(|id| id.len() <= 500).ok_or_else(|| ParseError("The message has no id.".into()))?;
    let sender = people::sender(account, &source.person, None);
    let mut out = InboundMessage::text(id, &source.thread, sender, "");
    out.metadata = tokens(event, source);
    out.sent_at = event.get("timestamp").and_then(Value::as_i64);
    out.thread.answers.extend(text(message, "/quotedMessageId").map(str::to_owned));
    content(&mut out, message, id);
    Ok(Inbound::Message(Box::new(out)))
}

fn content(out: &mut InboundMessage, message: &Value, id: &str) {
    let short = |pointer: &str| text(message, pointer).map(|t| shorten(t, 300)).filter(|t| !t.is_empty());
    match text(message, "/type").unwrap_or_default() {
        "text" => out.text = text(message, "/text").unwrap_or_default().replace('\0', ""),
        "image" => file(out, message, id, ContentType::Image, "image.jpg", "image/jpeg"),
        "video" => file(out, message, id, ContentType::Video, "video.mp4", "video/mp4"),
        "audio" => file(out, message, id, ContentType::Audio, "audio.m4a", "audio/mp4"),
        "file" => file(out, message, id, ContentType::File, "file", "application/octet-stream"),
        "location" => {
            out.content_type = ContentType::Location;
            let degrees = |key: &str| message.get(key).and_then(Value::as_f64);
            let (name, address) = (short("/title"), short("/address"));
            let mut place = Map::new();
            let mut shown: Vec<String> = name.iter().chain(&address).cloned().collect();
            if let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) {
                shown.push(format!("{latitude}, {longitude}"));
                place.insert("latitude".into(), latitude.into());
                place.insert("longitude".into(), longitude.into());
            }
            place.extend(name.map(|n| ("name".to_owned(), n.into())));
            place.extend(address.map(|a| ("address".to_owned(), a.into())));
            out.text = format!("Location: {}", shown.join(", "));
            out.metadata.insert("location".into(), place.into());
        }
        "sticker" => {
            out.content_type = ContentType::Sticker;
            let words = message.get("keywords").and_then(Value::as_array);
            let words: Vec<_> = words.into_iter().flatten().filter_map(Value::as_str).take(3).map(|w| shorten(w, 40)).collect();
            // A message sticker carries what the person wrote on it.
            out.text = match (short("/text"), words.is_empty()) {
                (Some(text), _) => format!("Sticker: {text}"),
                (None, false) => format!("Sticker: {}", words.join(", ")),
                (None, true) => "Sticker".into(),
            };
            out.metadata.insert("sticker".into(), json!({"package_id": short("/packageId"), "sticker_id": short("/stickerId")}));
        }
        _ => out.text = "A message of a kind that cannot be shown here. It can be seen in LINE only.".into(),
    }
    if let Some(set) = short("/imageSet/id") {
        out.metadata.insert("album".into(), set.into());
    }
    if out.text.trim().is_empty() && out.files.is_empty() {
        out.text = "An empty message.".into();
    }
}

fn file(out: &mut InboundMessage, message: &Value, id: &str, kind: ContentType, name: &str, mime: &str) {
    out.content_type = kind;
    let given = text(message, "/fileName").and_then(|n| n.rsplit(['/', '\\']).next()).map(|n| shorten(n, 200)).filter(|n| !n.is_empty());
    let name = given.unwrap_or_else(|| name.to_owned());
    let size = message.get("fileSize").and_then(Value::as_i64).unwrap_or_default();
    if size > FETCHED_BYTES {
        out.text = format!("[{name} ({} MB: too large to be fetched. Ask for it another way)]", size / 1_000_000);
        return;
    }
    // Sent by a website's button: it lies elsewhere, open to everybody.
    let elsewhere = text(message, "/contentProvider/originalContentUrl").filter(|u| u.starts_with("https://"));
    let source = match text(message, "/contentProvider/type") {
        Some("external") => match elsewhere {
            Some(url) => FileSource::Url(url.to_owned()),
            None => {
                out.text = format!("[{name} (LINE named no address for it)]");
                return;
            }
        },
        _ => FileSource::Provider(id.to_owned()),
    };
    out.files.push(InboundFile { name, content_type: mime.to_owned(), source, content_id: None, inline: false });
}

fn postback(account: &Account, event: &Value, source: &Source) -> Result<Inbound, ParseError> {
    let id = text(event, "/webhookEventId").filter(|id| id.len() <= 500).ok_or_else(|| ParseError("The event has no id.".into()))?;
    let data = text(event, "/postback/data").unwrap_or_default();
    let pairs = forms::pairs(data.as_bytes());
    let (payload, title) = match (forms::first(&pairs, BUTTON_ID), forms::first(&pairs, BUTTON_TITLE)) {
        (Some(id), Some(title)) => (id.to_owned(), shorten(title, 300)),
        _ => {
            // A picker's date and time, or what a menu says.
            let params = event.pointer("/postback/params").and_then(Value::as_object);
            let chosen = params.and_then(|p| ["datetime", "date", "time"].iter().find_map(|k| p.get(*k)?.as_str()));
            (data.to_owned(), shorten(chosen.unwrap_or(data), 300))
        }
    };
    if title.is_empty() {
        return Ok(ignore("A pressed button without data."));
    }
    let mut out = InboundMessage::text(id, &source.thread, people::sender(account, &source.person, None), &title);
    out.content_type = ContentType::Interactive;
    out.sent_at = event.get("timestamp").and_then(Value::as_i64);
    out.metadata = tokens(event, source);
    out.metadata.insert("interactive".into(), json!({"kind": "button", "id": payload, "title": title, "payload": payload}));
    Ok(Inbound::Message(Box::new(out)))
}
