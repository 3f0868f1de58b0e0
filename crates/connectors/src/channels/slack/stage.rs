//! The Web API as the simulator plays it: strict about the token and the fields, without memory.

use super::form::SCOPES;
use super::ids::{self, Spot};
use super::simulator::{BOT, direct};
use super::{emoji, text};
use crate::kit::{forms, signatures::sha256_hex};
use data_encoding::BASE64URL_NOPAD;
use kernel::channel::{Account, Answered, Seen, SimulatedFile};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Map, Value, json};

/// Files up to this size travel inside their address, since the stage has no memory.
const CARRIED: usize = 4_096;

/// A file as an event names it.
pub fn file(file: &SimulatedFile, seed: &str, n: usize, team: &str) -> Value {
    let id = format!("F{}", sha256_hex(format!("{seed} {n}").as_bytes())[..10].to_uppercase());
    let held = match file.bytes.len() {
        ..=CARRIED => format!("bytes-{}", BASE64URL_NOPAD.encode(&file.bytes)),
        // Whoever plays the provider serves its files by the last part of their address.
        _ => file.url.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    let url = format!("https://files.slack.com/files-pri/{team}-{id}/{held}");
    json!({"id": id, "name": file.name, "title": file.name, "mimetype": file.content_type, "size": file.bytes.len(), "mode": "hosted",
        "is_external": false, "file_access": "visible", "url_private": url, "url_private_download": url})
}

fn ok(mut body: Value, seen: Option<Seen>) -> Answered {
    body["ok"] = true.into();
    Answered::json(200, &body, seen)
}
fn refuse(error: &str) -> Answered {
    Answered::json(200, &json!({"ok": false, "error": error}), None)
}
fn raw(status: u16, header: (&str, String), body: Vec<u8>) -> Answered {
    Answered { response: HttpResponse { status, headers: vec![(header.0.to_owned(), header.1)], body }, seen: None }
}

/// Fields of a call, wherever they stand.
struct Call(Map<String, Value>);
impl Call {
    fn read(request: &HttpRequest) -> Option<Self> {
        let kind =
            request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("content-type")).map(|(_, v)| v.as_str()).unwrap_or_default();
        let pairs = |bytes: &[u8]| forms::pairs(bytes).into_iter().map(|(n, v)| (n, v.into())).collect::<Map<String, Value>>();
        if request.method == "GET" {
            return Some(Self(request.url.split_once('?').map(|(_, q)| pairs(q.as_bytes())).unwrap_or_default()));
        }
        match kind.split(';').next().unwrap_or_default() {
            "application/json" => serde_json::from_slice(&request.body).ok().map(Self),
            _ => Some(Self(pairs(&request.body))),
        }
    }
    fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }
}

pub fn answer(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let path = request.url.split('?').next().unwrap_or_default();
    // Whoever has the address may upload; it is its own key.
    if let Some(id) = path.strip_prefix("/upload/v1/") {
        return match ids::is_file(id) && request.method == "POST" && !request.body.is_empty() {
            true => raw(200, ("content-type", "text/plain".into()), format!("OK - {}", request.body.len()).into_bytes()),
            false => raw(400, ("content-type", "text/plain".into()), Vec::new()),
        };
    }
    let token = account.settings.text("access_token").unwrap_or_default();
    let wanted = format!("Bearer {token}");
    let authorised = request.headers.iter().any(|(n, v)| n.eq_ignore_ascii_case("authorization") && *v == wanted);
    if let Some(rest) = path.strip_prefix("/files-pri/") {
        return if authorised { download(rest) } else { raw(200, ("content-type", "text/html".into()), b"<html>Sign in</html>".to_vec()) };
    }
    if !authorised {
        let none = !request.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("authorization"));
        return refuse(if none { "not_authed" } else { "invalid_auth" });
    }
    let Some(call) = Call::read(request) else { return refuse("invalid_json") };
    method(account, path.trim_start_matches('/'), &call, serial, now)
}

fn method(account: &Account, name: &str, call: &Call, serial: u64, now: Millis) -> Answered {
    let known = ids::is_channel(call.text("channel"));
    match name {
        "auth.test" => {
            let team = account.settings.text("team_id").unwrap_or("T0SIM");
            let user = account.settings.text("bot_user_id").unwrap_or(BOT);
            let me = json!({"url": "https://simulated.slack.com/", "team": account.name, "team_id": team, "user": "bot", "user_id": user,
                "bot_id": "B0SIMBOT"});
            let mut answered = ok(me, None);
            answered.response.headers.push(("x-oauth-scopes".into(), SCOPES.join(",")));
            answered
        }
        "chat.postMessage" => post(call, serial, now),
        "chat.update" | "chat.delete" if !known => refuse("channel_not_found"),
        "chat.update" | "chat.delete" if !ids::is_ts(call.text("ts")) => refuse("message_not_found"),
        "chat.update" if call.text("text").is_empty() => refuse("no_text"),
        "chat.update" => ok(json!({"channel": call.text("channel"), "ts": call.text("ts"), "text": call.text("text")}), None),
        "chat.delete" => ok(json!({"channel": call.text("channel"), "ts": call.text("ts")}), None),
        "conversations.open" if ids::is_person(call.text("users")) => ok(json!({"channel": {"id": direct(call.text("users"))}}), None),
        "conversations.open" => refuse("user_not_found"),
        "conversations.join" | "conversations.history" | "conversations.replies" if !known => refuse("channel_not_found"),
        "conversations.join" => ok(json!({"channel": {"id": call.text("channel")}}), None),
        "conversations.history" | "conversations.replies" => ok(json!({"messages": [], "has_more": false}), None),
        "users.info" if ids::is_person(call.text("user")) => {
            let id = call.text("user");
            let profile = json!({"real_name": format!("Person {id}"), "email": format!("{}@customer.example", id.to_lowercase())});
            ok(json!({"user": {"id": id, "name": id.to_lowercase(), "is_bot": false, "locale": "en-GB", "profile": profile}}), None)
        }
        "users.info" => refuse("user_not_found"),
        "files.info" => refuse("file_not_found"),
        "files.getUploadURLExternal" if call.text("filename").is_empty() => refuse("invalid_arguments"),
        "files.getUploadURLExternal" if !call.text("length").parse::<u64>().is_ok_and(|l| l > 0) => refuse("invalid_arguments"),
        "files.getUploadURLExternal" => {
            let id = format!("F{serial:010}");
            ok(json!({"upload_url": format!("https://files.slack.com/upload/v1/{id}"), "file_id": id}), None)
        }
        "files.completeUploadExternal" => complete(call, serial, now),
        "reactions.get" | "reactions.add" | "reactions.remove" if !known => refuse("channel_not_found"),
        "reactions.get" | "reactions.add" | "reactions.remove" if !ids::is_ts(call.text("timestamp")) => refuse("message_not_found"),
        "reactions.get" => ok(json!({"type": "message", "message": {"type": "message", "reactions": []}}), None),
        "reactions.add" | "reactions.remove" if !call.text("name").bytes().all(|b| emoji::is_name(b) || b == b':') => {
            refuse("invalid_name")
        }
        "reactions.add" | "reactions.remove" => ok(json!({}), None),
        _ => refuse("unknown_method"),
    }
}

/// Whom a channel belongs to, for the customer's side.
fn to(channel: &str) -> String {
    match channel.strip_prefix('D') {
        Some(rest) => format!("U{rest}"),
        None => channel.to_owned(),
    }
}
fn stamp(serial: u64, now: Millis) -> String {
    format!("{}.{:06}", now.div_euclid(1_000), serial % 1_000_000)
}
fn wrong_place(channel: &str, thread: Option<&Value>) -> Option<&'static str> {
    if !matches!(Spot::parse(channel), Some(Spot::Channel { thread: None, .. })) {
        return Some("channel_not_found");
    }
    thread.is_some_and(|t| !t.as_str().is_some_and(ids::is_ts)).then_some("invalid_thread_ts")
}

fn post(call: &Call, serial: u64, now: Millis) -> Answered {
    let (channel, words) = (call.text("channel"), call.text("text"));
    if let Some(error) = wrong_place(channel, call.0.get("thread_ts")) {
        return refuse(error);
    }
    if words.trim().is_empty() && call.0.get("blocks").is_none() {
        return refuse("no_text");
    }
    if words.chars().count() > 40_000 {
        return refuse("msg_too_long");
    }
    if call.0.get("blocks").is_some_and(|b| !fits(b)) {
        return refuse("invalid_blocks");
    }
    let ts = stamp(serial, now);
    let seen = Seen {
        external_id: format!("{channel}:{ts}"),
        to: to(channel),
        text: text::plain(words, &text::Around::default()),
        files: Vec::new(),
    };
    let message = json!({"type": "message", "text": words, "user": BOT, "bot_id": "B0SIMBOT", "ts": ts});
    ok(json!({"channel": channel, "ts": ts, "message": message}), Some(seen))
}

/// Are these blocks as Slack takes them?
fn fits(blocks: &Value) -> bool {
    let length = |v: Option<&Value>| v.and_then(Value::as_str).map_or(0, |t| t.chars().count());
    let block = |b: &Value| match b.get("type").and_then(Value::as_str) {
        Some("section") => (1..=3_000).contains(&length(b.pointer("/text/text"))),
        Some("actions") => b.get("elements").and_then(Value::as_array).is_some_and(|e| {
            let fine = |e: &Value| (1..=75).contains(&length(e.pointer("/text/text"))) && length(e.get("value")) <= 2_000;
            (1..=25).contains(&e.len()) && e.iter().all(fine)
        }),
        _ => false,
    };
    blocks.as_array().is_some_and(|l| (1..=50).contains(&l.len()) && l.iter().all(block))
}

fn complete(call: &Call, serial: u64, now: Millis) -> Answered {
    let channel = call.text("channel_id");
    if let Some(error) = wrong_place(channel, call.0.get("thread_ts")) {
        return refuse(error);
    }
    let list: Vec<&Value> = call.0.get("files").and_then(Value::as_array).into_iter().flatten().collect();
    let id = |f: &Value| f.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if list.is_empty() || list.iter().any(|f| !ids::is_file(&id(f))) {
        return refuse("file_not_found");
    }
    let ts = stamp(serial, now);
    let names: Vec<String> = list.iter().map(|f| f.get("title").and_then(Value::as_str).unwrap_or("file").to_owned()).collect();
    let shared: Vec<Value> = list
        .iter()
        .zip(&names)
        .map(|(f, name)| json!({"id": id(f), "title": name, "shares": {"private": {channel: [{"ts": ts}]}}}))
        .collect();
    let seen = Seen {
        external_id: format!("{channel}:{ts}"),
        to: to(channel),
        text: text::plain(call.text("initial_comment"), &text::Around::default()),
        files: names,
    };
    ok(json!({ "files": shared }), Some(seen))
}

fn download(rest: &str) -> Answered {
    let held = rest.rsplit('/').next().unwrap_or_default();
    match held.strip_prefix("bytes-").and_then(|t| BASE64URL_NOPAD.decode(t.as_bytes()).ok()) {
        Some(bytes) => raw(200, ("content-type", "application/octet-stream".into()), bytes),
        None => raw(404, ("content-type", "text/plain".into()), Vec::new()),
    }
}
