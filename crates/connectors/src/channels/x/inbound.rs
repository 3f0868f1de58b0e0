//! Direct messages as X tells of them: activity events (XAA), account activity (AAA, its predecessor), and what asking brings.

use super::media;
use crate::kit::{people, verdicts::shorten};
use kernel::channel::{Account, Inbound, InboundFile, InboundMessage, ParseError, ThreadHint};
use kernel::message::{ContentType, MessageStatus};
use kernel::time::{Millis, parse_rfc3339};
use serde_json::{Map, Value, json};

const MOST: usize = 500;
/// Of an encrypted message only the envelope is seen.
const ENCRYPTED: &str = "An encrypted chat message (XChat): only X's own apps hold the keys to read it.";

/// A text below a value; empty when there is none.
pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
fn ignored(why: impl Into<String>) -> Inbound {
    Inbound::Ignored { why: why.into() }
}
/// Decimal and at most 64 bits; kept as text, since it does not fit into a JSON number.
pub fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_ok()
}
fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten().take(MOST)
}

/// The events under `data`, one or several.
fn activities(body: &Value) -> Vec<&Value> {
    match body.get("data") {
        Some(Value::Array(list)) => list.iter().take(MOST).collect(),
        Some(one) if one.is_object() => vec![one],
        _ => Vec::new(),
    }
}

/// The accounts that a delivery is for.
pub fn addressees(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut out: Vec<String> = Vec::new();
    for id in activities(&body).into_iter().map(|a| at(a, "/filter/user_id")).chain([at(&body, "/for_user_id")]) {
        if !id.is_empty() && !out.iter().any(|o| o == id) {
            out.push(id.to_owned());
        }
    }
    out
}

pub fn parse(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let body: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
    if !body.is_object() {
        return Err(ParseError("The body has to be an object.".into()));
    }
    let me = account.settings.text("user_id").unwrap_or_default();
    if !at(&body, "/for_user_id").is_empty() {
        return match at(&body, "/for_user_id") == me {
            true => events(account, &body, me),
            false => Ok(vec![ignored("It is for another account.")]),
        };
    }
    let mut out = Vec::new();
    for one in activities(&body) {
        match (at(one, "/event_type"), at(one, "/filter/user_id")) {
            (_, other) if !other.is_empty() && other != me => out.push(ignored("It is for another account.")),
            (kind, _) if kind.starts_with("chat.") => out.push(ignored(ENCRYPTED)),
            ("dm.indicate_typing", _) => out.push(ignored("Somebody is writing.")),
            (kind, _) if kind.starts_with("dm.") => out.extend(events(account, one.get("payload").unwrap_or(&Value::Null), me)?),
            ("MessageCreate", _) => out.push(asked(account, one, body.get("includes").unwrap_or(&Value::Null), me)?),
            ("ParticipantsJoin" | "ParticipantsLeave", _) => out.push(ignored("Somebody came into a group or left it.")),
            (kind, _) => out.push(ignored(format!("The event “{}” says nothing to an inbox.", shorten(kind, 60)))),
        }
    }
    if out.is_empty() {
        out.push(ignored("The delivery holds no event of a direct message."));
    }
    Ok(out)
}

/// What stands below `direct_message_events` and its neighbours, the same in both kinds of delivery.
fn events(account: &Account, body: &Value, me: &str) -> Result<Vec<Inbound>, ParseError> {
    let mut out = Vec::new();
    for event in list(body, "direct_message_events") {
        match at(event, "/type") {
            "message_create" => out.push(message(account, event, body.get("users").unwrap_or(&Value::Null), me)?),
            other => out.push(ignored(format!("The event “{}” says nothing to an inbox.", shorten(other, 60)))),
        }
    }
    for event in list(body, "direct_message_mark_read_events") {
        let reader = at(event, "/sender_id");
        out.push(match millis(event.get("created_timestamp")).or_else(|| time(at(event, "/last_read_event_id"))) {
            _ if reader == me => ignored("We have read."),
            Some(at) if is_id(reader) => Inbound::UpTo { handle: people::handle(account, reader), at, status: MessageStatus::Read },
            _ => return Err(ParseError("Who has read what cannot be told.".into())),
        });
    }
    if list(body, "direct_message_indicate_typing_events").next().is_some() {
        out.push(ignored("Somebody is writing."));
    }
    if out.is_empty() {
        out.push(ignored("The delivery holds no event of a direct message."));
    }
    Ok(out)
}

fn millis(value: Option<&Value>) -> Option<Millis> {
    let value = value?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).filter(|ms| *ms > 0)
}

/// The time in an id (a snowflake; they count from 2010-11-04T01:42:54.657Z).
pub fn time(id: &str) -> Option<Millis> {
    let ms = i64::try_from(id.parse::<u64>().ok()? >> 22).ok()?;
    (ms > 0).then_some(ms + 1_288_834_974_657)
}

/// One message, with the other person as its thread.
struct Told<'a> {
    id: &'a str,
    sender: &'a str,
    /// The other person, or `group-…`.
    key: String,
    text: String,
    attached: media::Attached,
    sent_at: Option<Millis>,
    user: Option<&'a Value>,
    metadata: Map<String, Value>,
}

fn told(account: &Account, told: Told<'_>, me: &str) -> Inbound {
    let echo = told.sender == me;
    let group = told.key.starts_with("group-");
    if echo && group {
        return ignored("A message of our own in a group.");
    }
    let mut metadata = told.metadata;
    let name = told.user.and_then(|u| people::named(Some(at(u, "/name"))));
    let username = told.user.map(|u| if at(u, "/username").is_empty() { at(u, "/screen_name") } else { at(u, "/username") });
    if let Some(username) = people::named(username) {
        metadata.insert("username".into(), username.into());
    }
    let mut text = told.text;
    for line in told.attached.lines {
        text = if text.trim().is_empty() { line } else { format!("{text}\n{line}") };
    }
    if text.trim().is_empty() && told.attached.files.is_empty() {
        text = "(A message that only X can show.)".into();
    }
    let kind = told.attached.files.first().map(|f: &InboundFile| media::kind(&f.content_type));
    let kind = if metadata.contains_key("interactive") { Some(ContentType::Interactive) } else { kind };
    // The thread is found by the customer, also when we wrote with X's own app.
    let person = if echo { told.key.as_str() } else { told.sender };
    let sender = people::sender(account, person, name.as_deref());
    Inbound::Message(Box::new(InboundMessage {
        thread: ThreadHint { key: Some(told.key.clone()), ..ThreadHint::default() },
        content_type: kind.unwrap_or(ContentType::Text),
        files: told.attached.files,
        sent_at: told.sent_at,
        echo,
        metadata,
        ..InboundMessage::text(told.id, "", sender, text)
    }))
}

fn message(account: &Account, event: &Value, users: &Value, me: &str) -> Result<Inbound, ParseError> {
    let (id, sender) = (at(event, "/id"), at(event, "/message_create/sender_id"));
    let recipient = at(event, "/message_create/target/recipient_id");
    if !is_id(id) || !is_id(sender) || !is_id(recipient) {
        return Err(ParseError("The message has no id, or does not say from whom to whom.".into()));
    }
    let data = event.pointer("/message_create/message_data").unwrap_or(&Value::Null);
    let other = if sender == me { recipient } else { sender };
    let user = users.get(other).map(|u| u.get("data").unwrap_or(u));
    let attachment = data.pointer("/attachment/media");
    let mut metadata = Map::new();
    if at(data, "/quick_reply_response/type") == "options" {
        let id = shorten(at(data, "/quick_reply_response/metadata"), 1_000);
        metadata.insert(
            "interactive".into(),
            json!({"kind": "quick_reply", "id": id, "title": shorten(at(data, "/text"), 200), "payload": id}),
        );
    }
    Ok(told(
        account,
        Told {
            id,
            sender,
            key: other.to_owned(),
            text: words(at(data, "/text"), data.get("entities"), attachment.map(|m| at(m, "/url"))),
            attached: media::attached(id, attachment.into_iter()),
            sent_at: millis(event.get("created_timestamp")).or_else(|| time(id)),
            user,
            metadata,
        },
        me,
    ))
}

/// An event as `GET /2/dm_events` tells it.
fn asked(account: &Account, event: &Value, includes: &Value, me: &str) -> Result<Inbound, ParseError> {
    let (id, sender, conversation) = (at(event, "/id"), at(event, "/sender_id"), at(event, "/dm_conversation_id"));
    if !is_id(id) || !is_id(sender) || conversation.is_empty() {
        return Err(ParseError("The message has no id, no sender or no conversation.".into()));
    }
    let key = match conversation.split_once('-') {
        Some((a, b)) if is_id(a) && is_id(b) => if a == me { b } else { a }.to_owned(),
        None if is_id(conversation) => format!("group-{conversation}"),
        _ => return Err(ParseError("The conversation cannot be told.".into())),
    };
    let shown = if sender == me { key.as_str() } else { sender };
    let user = list(includes, "users").find(|u| at(u, "/id") == shown);
    let keys: Vec<&str> =
        event.pointer("/attachments/media_keys").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let found = list(includes, "media").filter(|m| keys.contains(&at(m, "/media_key")));
    Ok(told(
        account,
        Told {
            id,
            sender,
            text: words(at(event, "/text"), event.get("entities"), (!keys.is_empty()).then_some("")),
            attached: media::attached(id, found),
            sent_at: parse_rfc3339(at(event, "/created_at")).or_else(|| time(id)),
            user,
            key: key.clone(),
            metadata: Map::new(),
        },
        me,
    ))
}

/// A text with its links written out. X shortens every link; the one that stands for the attachment (`media`, or the last one
/// when it is empty) is left out.
fn words(text: &str, entities: Option<&Value>, media: Option<&str>) -> String {
    let mut out = text.to_owned();
    let urls: Vec<&Value> = entities.map(|e| list(e, "urls").take(100).collect()).unwrap_or_default();
    for url in urls {
        let (short, long) = (at(url, "/url"), at(url, "/expanded_url"));
        if !short.starts_with("https://t.co/") || long.is_empty() {
            continue;
        }
        let attached = media.is_some() && (long.contains("/messages/media/") || long.contains("/i/web/status/media"));
        out = out.replace(short, if attached { "" } else { long });
    }
    if let Some(media) = media {
        let trimmed = out.trim_end();
        let last = trimmed.rsplit(char::is_whitespace).next().unwrap_or_default();
        let stands = if media.is_empty() { last.starts_with("https://t.co/") } else { last == media };
        if stands {
            out = trimmed[..trimmed.len() - last.len()].to_owned();
        }
    }
    let out = out.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace('\0', "");
    if media.is_some() { out.trim().to_owned() } else { out }
}
