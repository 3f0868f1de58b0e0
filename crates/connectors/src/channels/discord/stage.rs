//! Discord's API as the simulator plays it: strict about the token, the client's name and the fields, without memory.

use super::form::TEXT;
use super::ids::is_snowflake;
use super::inbound::at;
use super::simulator::{direct, number, of_direct};
use crate::kit::forms;
use kernel::channel::{Account, Answered, Seen};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::{Millis, rfc3339};
use serde_json::{Value, json};

fn ok(body: Value, seen: Option<Seen>) -> Answered {
    Answered::json(200, &body, seen)
}
fn done() -> Answered {
    Answered { response: HttpResponse { status: 204, headers: Vec::new(), body: Vec::new() }, seen: None }
}
fn refuse(status: u16, code: i64, message: &str) -> Answered {
    Answered::json(status, &json!({"message": message, "code": code}), None)
}
fn invalid(field: &str, code: &str, message: &str) -> Answered {
    let errors = json!({field: {"_errors": [{"code": code, "message": message}]}});
    Answered::json(400, &json!({"message": "Invalid Form Body", "code": 50035, "errors": errors}), None)
}

pub fn answer(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let header =
        |name: &str| request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).unwrap_or_default();
    if !header("user-agent").starts_with("DiscordBot (") {
        return refuse(403, 40333, "internal network error");
    }
    let token = account.settings.text("bot_token").unwrap_or_default();
    if header("authorization") != format!("Bot {token}") {
        return refuse(401, 0, "401: Unauthorized");
    }
    let path = request.url.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (request.method, parts.as_slice()) {
        ("GET", ["oauth2", "applications", "@me"]) => application(account),
        ("PATCH", ["applications", "@me"]) => application(account),
        ("GET", ["gateway", "bot"]) => {
            let limit = json!({"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1});
            ok(json!({"url": "wss://gateway.discord.gg", "shards": 1, "session_start_limit": limit}), None)
        }
        ("POST", ["users", "@me", "channels"]) => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            match at(&body, "/recipient_id") {
                id if is_snowflake(id) => ok(json!({"id": direct(id), "type": 1, "recipients": [{"id": id}]}), None),
                _ => invalid("recipient_id", "BASE_TYPE_REQUIRED", "This field is required"),
            }
        }
        ("GET", ["users", id]) if is_snowflake(id) => {
            ok(json!({"id": id, "username": format!("person{id}"), "global_name": format!("Person {id}"), "avatar": null}), None)
        }
        (_, ["channels", id, ..]) if !is_snowflake(id) => invalid("channel_id", "NUMBER_TYPE_COERCE", "Value is not snowflake."),
        ("PATCH", ["channels", id]) => ok(json!({"id": id, "thread_metadata": {"archived": false}}), None),
        ("POST", ["channels", _, "typing"]) => done(),
        ("POST", ["channels", channel, "messages"]) => message(channel, request, header("content-type"), serial, now),
        (_, ["channels", _, "messages", id, ..]) if !is_snowflake(id) => refuse(404, 10008, "Unknown Message"),
        ("GET", ["channels", channel, "messages", id]) => ok(json!({"id": id, "channel_id": channel, "reactions": []}), None),
        ("PATCH", ["channels", channel, "messages", id]) => ok(json!({"id": id, "channel_id": channel}), None),
        ("DELETE", ["channels", _, "messages", _]) => done(),
        ("PUT" | "DELETE", ["channels", _, "messages", _, "reactions", emoji, "@me"]) if !emoji.is_empty() => done(),
        _ => refuse(404, 0, "404: Not Found"),
    }
}

fn application(account: &Account) -> Answered {
    let id = account.settings.text("application_id").unwrap_or("0");
    let key = account.settings.text("public_key").unwrap_or_default();
    ok(json!({"id": id, "name": account.name, "verify_key": key, "flags": 1 << 19, "interactions_endpoint_url": null}), None)
}

fn message(channel: &str, request: &HttpRequest, kind: &str, serial: u64, now: Millis) -> Answered {
    let mut files = Vec::new();
    let body: Value = if kind.starts_with("multipart/") {
        let Ok(parts) = forms::multipart(kind, &request.body) else { return refuse(400, 50109, "The request body contains invalid JSON.") };
        files.extend(parts.iter().filter(|p| p.name.starts_with("files[")).filter_map(|p| p.filename.clone()));
        let payload = parts.iter().find(|p| p.name == "payload_json").map(|p| p.bytes.as_slice()).unwrap_or_default();
        serde_json::from_slice(payload).unwrap_or_default()
    } else {
        serde_json::from_slice(&request.body).unwrap_or_default()
    };
    if !body.is_object() {
        return refuse(400, 50109, "The request body contains invalid JSON.");
    }
    let content = at(&body, "/content");
    if content.trim().is_empty() && files.is_empty() {
        return refuse(400, 50006, "Cannot send an empty message");
    }
    if content.chars().count() > TEXT {
        return invalid("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.");
    }
    if at(&body, "/nonce").chars().count() > 25 {
        return invalid("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
    }
    if body.pointer("/message_reference/message_id").is_some_and(|m| !m.as_str().is_some_and(is_snowflake)) {
        return invalid("message_reference", "NUMBER_TYPE_COERCE", "Value is not snowflake.");
    }
    let files_named = body.get("attachments").and_then(Value::as_array).into_iter().flatten();
    if files_named.map(|f| at(f, "/id")).any(|id| !is_snowflake(id)) {
        return invalid("attachments", "NUMBER_TYPE_COERCE", "Value is not snowflake.");
    }
    let rows = body.get("components").and_then(Value::as_array);
    if rows.is_some_and(|r| r.len() > 5 || r.iter().any(|row| row.get("components").and_then(Value::as_array).is_none_or(|b| b.len() > 5)))
    {
        return invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
    }
    let id = number(&format!("sent {serial}"), now);
    let seen = Seen { external_id: id.clone(), to: of_direct(channel), text: content.to_owned(), files };
    let answer = json!({"id": id, "channel_id": channel, "type": 0, "content": content, "timestamp": rfc3339(now),
        "nonce": body.get("nonce"), "attachments": [], "embeds": [], "mentions": []});
    ok(answer, Some(seen))
}
