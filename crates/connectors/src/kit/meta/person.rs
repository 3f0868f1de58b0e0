//! A customer of a Page or an Instagram account, and the Send API, as simulators play them.

use super::messaging::Surface;
use super::{path_below, play};
use kernel::channel::{Account, Answered, Doing, RawDelivery, Seen, Simulated, SimulatedFile};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Value, json};

/// Something that a customer does, as a signed delivery.
pub fn delivery(account: &Account, surface: Surface, say: &Simulated, now: Millis) -> RawDelivery {
    let instagram = surface.object == "instagram";
    let answers = say.answers.clone().unwrap_or_default();
    let mid = format!("m_{}", say.external_id.trim_start_matches("m_"));
    let events = match say.doing {
        Doing::Say => said(say, &mid),
        Doing::React if say.text.is_empty() => vec![json!({"reaction": {"mid": answers, "action": "unreact"}})],
        Doing::React => vec![json!({"reaction": {"mid": answers, "action": "react", "reaction": "other", "emoji": say.text}})],
        Doing::Edit => vec![json!({"message_edit": {"mid": answers, "text": say.text, "num_edit": 1}})],
        Doing::Delete if instagram => vec![json!({"message": {"mid": answers, "is_deleted": true}})],
        // Messenger does not tell that somebody took a message back.
        Doing::Delete => Vec::new(),
        Doing::Read if instagram && answers.is_empty() => Vec::new(),
        Doing::Read if instagram => vec![json!({"read": {"mid": answers}})],
        Doing::Read => vec![json!({"read": {"watermark": now}})],
    };
    deliver(account, surface, events, &say.from, now)
}

/// What became of a message of ours; `None` where the platform says nothing.
pub fn report(account: &Account, surface: Surface, id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
    let event = match (status, surface.object) {
        (MessageStatus::Delivered, "page") => json!({"delivery": {"mids": [id], "watermark": now}}),
        (MessageStatus::Read, "page") => json!({"read": {"watermark": now}}),
        (MessageStatus::Read, _) => json!({"read": {"mid": id}}),
        _ => return None,
    };
    Some(deliver(account, surface, vec![event], to, now))
}

fn deliver(account: &Account, surface: Surface, events: Vec<Value>, person: &str, now: Millis) -> RawDelivery {
    let messaging: Vec<Value> = events
        .into_iter()
        .map(|mut event| {
            event["sender"] = json!({"id": person});
            event["recipient"] = json!({"id": account.identifier});
            event["timestamp"] = now.into();
            event
        })
        .collect();
    let entry = json!({"id": account.identifier, "time": now, "messaging": messaging});
    play::delivery(account, play::escaped(&json!({"object": surface.object, "entry": [entry]})), now)
}

fn said(say: &Simulated, mid: &str) -> Vec<Value> {
    let mut message = json!({"mid": mid});
    if !say.text.is_empty() {
        message["text"] = say.text.as_str().into();
    }
    if let Some(answers) = say.answers.as_ref().filter(|a| !a.is_empty()) {
        message["reply_to"] = json!({"mid": answers});
    }
    if !say.files.is_empty() {
        message["attachments"] = say.files.iter().map(attachment).collect();
    }
    vec![json!({"message": message})]
}
fn attachment(file: &SimulatedFile) -> Value {
    let main = file.content_type.split('/').next().unwrap_or_default();
    let kind = if matches!(main, "image" | "video" | "audio") { main } else { "file" };
    json!({"type": kind, "payload": {"url": file.url}})
}

/// What the Send API of this platform checks.
#[derive(Debug, Clone, Copy)]
pub struct Checks {
    pub page: bool,
    pub text_chars: usize,
    pub text_bytes: usize,
}

/// An answer of the Send API (`POST /{account}/messages`), and what the customer saw.
pub fn messages(request: &HttpRequest, checks: Checks, serial: u64, now: Millis) -> Answered {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let person = body.pointer("/recipient/id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Err(detail) = check(&body, checks) {
        return play::unseen(play::error(400, 100, 0, &format!("(#100) {detail}"), ""));
    }
    if !person.bytes().all(|b| b.is_ascii_digit()) {
        return play::unseen(play::error(400, 100, if checks.page { 2_018_001 } else { 2_534_014 }, "(#100) No matching user found", ""));
    }
    if body.get("sender_action").is_some() {
        return play::unseen(play::answer(200, &json!({"recipient_id": person})));
    }
    let id = format!("m_{}", data_encoding::BASE64URL_NOPAD.encode(format!("sim-{now}-{serial}").as_bytes()));
    let message = &body["message"];
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let buttons = message.pointer("/attachment/payload/buttons").or_else(|| message.get("quick_replies")).and_then(Value::as_array);
    let titles: Vec<String> = buttons.into_iter().flatten().filter_map(|b| b["title"].as_str().map(|t| format!("[{t}]"))).collect();
    let titles = titles.join(" ");
    let words = [text("/text"), text("/attachment/payload/text"), titles.as_str()];
    let words: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
    let files = Some(text("/attachment/payload/url")).filter(|u| !u.is_empty()).map(str::to_owned).into_iter().collect();
    let seen = Seen { external_id: id.clone(), to: person.clone(), text: words.join("\n"), files };
    Answered { response: play::answer(200, &json!({"recipient_id": person, "message_id": id})), seen: Some(seen) }
}

fn check(body: &Value, checks: Checks) -> Result<(), String> {
    let needed = |ok: bool, name: &str| if ok { Ok(()) } else { Err(format!("Param {name} is required or wrong.")) };
    let only = |value: &Value, names: &[&str]| match value.as_object().and_then(|o| o.keys().find(|k| !names.contains(&k.as_str()))) {
        Some(odd) => Err(format!("Invalid keys \"{odd}\" were found in param.")),
        None => Ok(()),
    };
    only(
        body,
        &["recipient", "message", "messaging_type", "tag", "reply_to", "sender_action", "payload", "persona_id", "notification_type"],
    )?;
    needed(body.pointer("/recipient/id").is_some_and(Value::is_string), "recipient")?;
    if let Some(action) = body["sender_action"].as_str() {
        needed(body.get("message").is_none(), "sender_action without message")?;
        let known = ["typing_on", "typing_off", "mark_seen", "react", "unreact"];
        needed(known.contains(&action), "sender_action")?;
        return needed(!action.ends_with("react") || body.pointer("/payload/message_id").is_some(), "payload[message_id]");
    }
    let message = body.get("message").filter(|m| m.is_object()).ok_or("Param message is required.")?;
    only(
        message,
        if checks.page { &["text", "attachment", "quick_replies", "metadata"] } else { &["text", "attachment", "quick_replies"] },
    )?;
    let kind = body["messaging_type"].as_str();
    needed(!checks.page || matches!(kind, Some("RESPONSE" | "UPDATE" | "MESSAGE_TAG")), "messaging_type")?;
    needed(kind != Some("MESSAGE_TAG") || body["tag"] == "HUMAN_AGENT", "tag")?;
    needed(message.get("text").is_some() != message.get("attachment").is_some(), "message: text or attachment")?;
    if let Some(text) = message["text"].as_str() {
        let fits = text.chars().count() <= checks.text_chars && (checks.text_bytes == 0 || text.len() <= checks.text_bytes);
        needed(!text.is_empty() && fits, "message[text]: Length of param message[text] must be less than or equal to the limit")?;
    }
    needed(message["metadata"].as_str().is_none_or(|m| m.len() <= 1_000), "message[metadata]")?;
    let titled = |b: &Value| b["title"].as_str().is_some_and(|t| (1..=20).contains(&t.chars().count()));
    if let Some(replies) = message.get("quick_replies") {
        let replies = replies.as_array().cloned().unwrap_or_default();
        needed((1..=13).contains(&replies.len()) && replies.iter().all(titled), "message[quick_replies]")?;
    }
    let Some(attachment) = message.get("attachment") else { return Ok(()) };
    let payload = &attachment["payload"];
    match attachment["type"].as_str() {
        Some("image" | "video" | "audio" | "file") => {
            needed(payload["url"].as_str().is_some_and(|u| u.starts_with("http")), "payload[url]")
        }
        Some("template") => {
            let buttons = payload["buttons"].as_array().cloned().unwrap_or_default();
            needed(payload["template_type"] == "button", "template_type")?;
            needed(payload["text"].as_str().is_some_and(|t| (1..=640).contains(&t.chars().count())), "text")?;
            needed((1..=3).contains(&buttons.len()) && buttons.iter().all(titled), "buttons")
        }
        _ => needed(false, "attachment[type]"),
    }
}

/// The id and the edge of a request's path: `123/messages`.
pub fn place(request: &HttpRequest) -> (String, String) {
    let path = path_below(&request.url);
    let (id, edge) = path.split_once('/').unwrap_or((path, ""));
    (id.to_owned(), edge.to_owned())
}

pub fn unknown(id: &str) -> HttpResponse {
    let words = format!("Unsupported request. Object with ID '{id}' does not exist or cannot be loaded due to missing permissions.");
    play::error(400, 100, 33, &words, "")
}

/// `POST /{account}/subscribed_apps`
pub fn subscribing(request: &HttpRequest) -> HttpResponse {
    match play::query(request, "subscribed_fields") {
        Some(_) => play::answer(200, &json!({"success": true})),
        None => play::error(400, 100, 0, "(#100) The parameter subscribed_fields is required.", ""),
    }
}
