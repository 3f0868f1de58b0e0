//! A person in Viber, and Viber's side of what we send.

use super::SIGNATURE;
use super::form::NAME;
use crate::kit::signatures::mac_sha256;
use data_encoding::HEXLOWER;
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Seen, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Value, json};

pub struct Customer;

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![("auth_token", format!("{unique:016x}-{unique:016x}-{unique:016x}")), ("uri", format!("simulated{unique}"))]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        signed(account, &event(say, now), now)
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}/api/webhooks/viber", account.public_url)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        let kind = match status {
            MessageStatus::Delivered => "delivered",
            MessageStatus::Read => "seen",
            MessageStatus::Failed => "failed",
            _ => return None,
        };
        let mut event =
            json!({"event": kind, "timestamp": now, "chat_hostname": HOST, "message_token": number(external_id), "user_id": to});
        if kind == "failed" {
            event["desc"] = "Keyboard is not valid".into();
        }
        Some(signed(account, &event, now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, _now: Millis) -> Answered {
        provider(account, request, serial)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        match fault {
            Fault::RateLimit => status(12, "tooManyRequests").response,
            Fault::Outage => HttpResponse { status: 503, headers: Vec::new(), body: b"Service Unavailable".to_vec() },
            Fault::ExpiredToken => status(2, "invalidAuthToken").response,
        }
    }
}

const HOST: &str = "SN-CHAT-01_";

fn signed(account: &Account, event: &Value, now: Millis) -> RawDelivery {
    let body = event.to_string().into_bytes();
    let token = account.settings.text("auth_token").unwrap_or_default();
    let signature = HEXLOWER.encode(&mac_sha256(token.as_bytes(), &[&body]));
    let headers = vec![("content-type".to_owned(), "application/json".to_owned()), (SIGNATURE.to_ascii_lowercase(), signature)];
    RawDelivery { method: "POST".into(), path: "/api/webhooks/viber".into(), headers, body, received_at: now, peer: None }
}

/// A token as Viber writes it: a number of 64 bits.
fn number(token: &str) -> Value {
    token.parse::<u64>().map_or_else(|_| token.into(), Value::from)
}
/// A token that is the same for the same text.
fn made(seed: &str) -> u64 {
    let mac = mac_sha256(b"viber", &[seed.as_bytes()]);
    4_000_000_000_000_000_000 + mac[..7].iter().fold(0u64, |n, b| n << 8 | u64::from(*b))
}

fn event(say: &Simulated, now: Millis) -> Value {
    let mut out = json!({"timestamp": now, "chat_hostname": HOST, "message_token": made(&say.external_id)});
    match (&say.doing, &say.answers) {
        (Doing::Say, _) => {
            let name = say.from_name.as_deref().unwrap_or("Subscriber");
            out["event"] = "message".into();
            out["sender"] = json!({"id": say.from, "name": name, "language": "en", "country": "ZA", "api_version": 10});
            out["message"] = match say.files.first() {
                None => json!({"type": "text", "text": say.text}),
                Some(file) => {
                    let kind = match file.content_type.split('/').next() {
                        Some("image") => "picture",
                        Some("video") => "video",
                        _ => "file",
                    };
                    let mut message = json!({"type": kind, "media": file.url, "file_name": file.name, "size": file.bytes.len()});
                    if !say.text.is_empty() {
                        message["text"] = say.text.as_str().into();
                    }
                    message
                }
            };
            out["silent"] = false.into();
        }
        (Doing::Read, Some(seen)) => {
            out["event"] = "seen".into();
            out["message_token"] = number(seen);
            out["user_id"] = say.from.as_str().into();
        }
        // Viber tells bots nothing of the rest: something comes that is left out.
        _ => {
            out["event"] = "client_status".into();
            out["user"] = json!({ "id": say.from });
        }
    }
    out
}

fn status(status: i64, message: &str) -> Answered {
    Answered::json(200, &json!({"status": status, "status_message": message, "chat_hostname": HOST}), None)
}

fn provider(account: &Account, request: &HttpRequest, serial: u64) -> Answered {
    let token = account.settings.text("auth_token").unwrap_or_default();
    let given = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("x-viber-auth-token")).map(|(_, v)| v.as_str());
    if token.is_empty() || given != Some(token) {
        return status(2, "invalidAuthToken");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return status(3, "badData") };
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    match request.url.split('?').next().unwrap_or_default() {
        "/pa/send_message" => message(&body, serial),
        "/pa/set_webhook" if !text("url").starts_with("http") => status(1, "invalidUrl"),
        "/pa/set_webhook" => {
            let events = body.get("event_types").cloned().unwrap_or_else(|| json!([]));
            Answered::json(200, &json!({"status": 0, "status_message": "ok", "chat_hostname": HOST, "event_types": events}), None)
        }
        "/pa/get_account_info" => {
            let uri = account.settings.text("uri").unwrap_or("simulated");
            let webhook = format!("{}/api/webhooks/viber", account.public_url);
            let info = json!({"status": 0, "status_message": "ok", "chat_hostname": HOST, "id": "pa:75346594275468546724",
                "name": account.name, "uri": uri, "webhook": webhook, "subscribers_count": 1});
            Answered::json(200, &info, None)
        }
        "/pa/get_user_details" if text("id").is_empty() => status(4, "missingData"),
        "/pa/get_user_details" => {
            let user = json!({"id": text("id"), "name": "Subscriber", "language": "en", "country": "ZA", "api_version": 10});
            Answered::json(200, &json!({"status": 0, "status_message": "ok", "chat_hostname": HOST, "user": user}), None)
        }
        _ => Answered { response: HttpResponse { status: 404, headers: Vec::new(), body: Vec::new() }, seen: None },
    }
}

fn message(body: &Value, serial: u64) -> Answered {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if text("/receiver").is_empty() || text("/sender/name").is_empty() || text("/type").is_empty() {
        return status(4, "missingData");
    }
    if text("/sender/name").chars().count() > NAME || body.to_string().len() > 30_000 || text("/tracking_data").chars().count() > 4_000 {
        return status(3, "badData");
    }
    let media = text("/media");
    let path = media.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let sized = body.get("size").and_then(Value::as_u64).is_some_and(|s| s > 0);
    let fine = match text("/type") {
        "text" => (1..=7_000).contains(&text("/text").chars().count()),
        "picture" => {
            let endings = [".jpg", ".jpeg", ".png", ".gif"];
            body.get("text").is_some() && text("/text").chars().count() <= 512 && endings.iter().any(|e| path.ends_with(e))
        }
        "video" => sized && path.ends_with(".mp4"),
        "file" => sized && (1..=256).contains(&text("/file_name").chars().count()) && media.starts_with("http"),
        _ => false,
    };
    let keys = body.pointer("/keyboard/Buttons").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let has = |key: &Value, name: &str| key.get(name).and_then(Value::as_str).is_some_and(|t| !t.is_empty());
    if !fine || keys.iter().any(|k| !has(k, "ActionType") || !has(k, "ActionBody")) {
        return status(3, "badData");
    }
    let token = 5_000_000_000_000_000_000 + serial;
    let files = Some(media.to_owned()).filter(|m| !m.is_empty()).into_iter().collect();
    let seen = Seen { external_id: token.to_string(), to: text("/receiver").to_owned(), text: text("/text").to_owned(), files };
    Answered::json(200, &json!({"status": 0, "status_message": "ok", "message_token": token, "chat_hostname": HOST}), Some(seen))
}
