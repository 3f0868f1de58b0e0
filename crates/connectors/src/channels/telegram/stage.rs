//! The Bot API as the simulator plays it: strict about the token and the fields, without memory.

use super::form::CAPTION;
use super::ids::MessageName;
use crate::kit::forms;
use data_encoding::BASE64URL_NOPAD;
use kernel::channel::{Account, Answered, Seen, SimulatedFile};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Map, Value, json};

/// Files up to this size travel inside their id, since the stage has no memory.
const CARRIED: usize = 4_096;

/// An id that leads back to the file.
pub fn file_id(file: &SimulatedFile) -> String {
    match file.bytes.len() {
        ..=CARRIED => format!("bytes-{}", BASE64URL_NOPAD.encode(&file.bytes)),
        // Whoever plays the provider serves its files by the last part of their address.
        _ => file.url.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

fn ok(result: Value, seen: Option<Seen>) -> Answered {
    Answered::json(200, &json!({"ok": true, "result": result}), seen)
}
fn refuse(code: u16, description: &str) -> Answered {
    Answered::json(code, &json!({"ok": false, "error_code": code, "description": description}), None)
}
fn bad(description: &str) -> Answered {
    refuse(400, &format!("Bad Request: {description}"))
}

pub fn answer(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let path = request.url.split('?').next().unwrap_or_default();
    let token = account.settings.text("bot_token").unwrap_or_default();
    if let Some(rest) = path.strip_prefix("/file/bot") {
        return match rest.split_once('/') {
            Some((given, file)) if given == token => bytes(file),
            _ => refuse(404, "Not Found"),
        };
    }
    let Some((given, method)) = path.strip_prefix("/bot").and_then(|r| r.split_once('/')) else {
        return refuse(404, "Not Found");
    };
    if given != token {
        return refuse(401, "Unauthorized");
    }
    let (body, file) = match fields(request) {
        Some(read) => read,
        None => return bad("can't parse the request"),
    };
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| body.get(key).and_then(Value::as_i64);
    match method {
        "getMe" => {
            let id = token.split(':').next().and_then(|t| t.parse::<i64>().ok()).unwrap_or(1);
            let username = account.settings.text("username").unwrap_or("simulated_bot").trim_start_matches('@');
            ok(json!({"id": id, "is_bot": true, "first_name": account.name, "username": username, "can_join_groups": true}), None)
        }
        "getWebhookInfo" => {
            let url = format!("{}/api/webhooks/telegram", account.public_url);
            ok(json!({"url": url, "has_custom_certificate": false, "pending_update_count": 0, "max_connections": 40}), None)
        }
        "setWebhook" if !text("url").starts_with("http") => bad("bad webhook: An HTTPS URL must be provided for webhook"),
        "setWebhook" | "deleteWebhook" | "answerCallbackQuery" => ok(true.into(), None),
        "getUpdates" => ok(json!([]), None),
        "getFile" if text("file_id").is_empty() => bad("invalid file_id"),
        "getFile" => {
            ok(json!({"file_id": text("file_id"), "file_unique_id": "u", "file_path": format!("documents/{}", text("file_id"))}), None)
        }
        "sendChatAction" if text("action").is_empty() => bad("wrong parameter action in request"),
        "sendChatAction" if number("chat_id").is_some() => ok(true.into(), None),
        "setMessageReaction" | "deleteMessage" if number("chat_id").is_none() || number("message_id").is_none() => {
            bad("message identifier is not specified")
        }
        "setMessageReaction" | "deleteMessage" => ok(true.into(), None),
        "deleteBusinessMessages" if body.get("message_ids").is_some_and(Value::is_array) => ok(true.into(), None),
        "editMessageText" | "editMessageCaption" => match (number("chat_id"), number("message_id")) {
            (Some(chat), Some(id)) => ok(json!({"message_id": id, "chat": {"id": chat, "type": "private"}, "date": now / 1_000}), None),
            _ => bad("message identifier is not specified"),
        },
        "sendMessage" => message(&body, None, serial, now),
        "sendLocation" | "sendVenue" => {
            let degrees = |name: &str| body.get(name).and_then(Value::as_f64);
            let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) else {
                return bad("invalid coordinates specified");
            };
            if method == "sendVenue" && (text("title").is_empty() || text("address").is_empty()) {
                return bad("title and address must be non-empty");
            }
            let mut shown = body.clone();
            let words = if text("title").is_empty() { format!("{latitude}, {longitude}") } else { text("title").to_owned() };
            shown.insert("text".into(), words.into());
            message(&shown, None, serial, now)
        }
        "sendPhoto" | "sendDocument" | "sendVideo" | "sendAnimation" | "sendAudio" | "sendVoice" => {
            let part = method.trim_start_matches("send").to_ascii_lowercase();
            match file {
                Some((name, filename)) if name == part => message(&body, Some(filename), serial, now),
                _ => bad(&format!("there is no {part} in the request")),
            }
        }
        _ => refuse(404, "Not Found: method not found"),
    }
}

/// What a request holds, and the part and name of its file.
type Fields = (Map<String, Value>, Option<(String, String)>);

fn fields(request: &HttpRequest) -> Option<Fields> {
    let kind = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("content-type")).map(|(_, v)| v.as_str()).unwrap_or_default();
    if !kind.starts_with("multipart/") {
        return match serde_json::from_slice(&request.body).ok()? {
            Value::Object(map) => Some((map, None)),
            _ => None,
        };
    }
    let (mut map, mut file) = (Map::new(), None);
    for part in forms::multipart(kind, &request.body).ok()? {
        match &part.filename {
            Some(filename) => file = Some((part.name, filename.clone())),
            // Numbers and JSON come as texts in a form; captions stay what they are.
            None if part.name == "caption" => drop(map.insert(part.name.clone(), part.text().into())),
            None => {
                let text = part.text();
                let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
                map.insert(part.name, value);
            }
        }
    }
    Some((map, file))
}

fn message(body: &Map<String, Value>, file: Option<String>, serial: u64, now: Millis) -> Answered {
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let Some(chat) = body.get("chat_id").and_then(Value::as_i64) else { return bad("chat_id is empty") };
    let (words, most) = if file.is_some() { (text("caption"), CAPTION) } else { (text("text"), 4_096) };
    if file.is_none() && words.trim().is_empty() {
        return bad("message text is empty");
    }
    if words.encode_utf16().count() > most {
        return bad(if file.is_some() { "message caption is too long" } else { "message is too long" });
    }
    if body.get("reply_parameters").is_some_and(|r| r.get("message_id").and_then(Value::as_i64).is_none()) {
        return bad("message to be replied not found");
    }
    let rows = body.get("reply_markup").and_then(|m| m.get("inline_keyboard")?.as_array());
    for key in rows.into_iter().flatten().filter_map(Value::as_array).flatten() {
        let data = key.get("callback_data").and_then(Value::as_str).unwrap_or_default();
        if data.len() > 64 || (data.is_empty() && key.get("url").is_none()) {
            return bad("BUTTON_DATA_INVALID");
        }
    }
    let number = i64::try_from(serial).unwrap_or(1);
    let business = body.get("business_connection_id").and_then(Value::as_str).map(str::to_owned);
    let name = MessageName { chat, number, business };
    let kind = if chat < 0 { "supergroup" } else { "private" };
    let mut result = json!({"message_id": number, "date": now / 1_000, "chat": {"id": chat, "type": kind}});
    result[if file.is_some() { "caption" } else { "text" }] = words.into();
    let seen = Seen { external_id: name.text(), to: chat.to_string(), text: words.to_owned(), files: file.into_iter().collect() };
    ok(result, Some(seen))
}

fn bytes(path: &str) -> Answered {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.strip_prefix("bytes-").and_then(|t| BASE64URL_NOPAD.decode(t.as_bytes()).ok()) {
        Some(body) => {
            let headers = vec![("content-type".to_owned(), "application/octet-stream".to_owned())];
            Answered { response: HttpResponse { status: 200, headers, body }, seen: None }
        }
        None => refuse(404, "Not Found"),
    }
}
