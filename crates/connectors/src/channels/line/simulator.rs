//! A LINE user, and LINE's side of what we send.

use super::SIGNATURE;
use crate::kit::signatures::{mac_sha256, sha256_hex};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Seen, Simulated, SimulatedFile, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Value, json};

pub struct Customer;

/// Files up to this size travel inside their id, since nothing is remembered here.
const CARRIED: usize = 256;

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![("basic_id", format!("@sim{unique}"))]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let body = json!({"destination": format!("U{:032x}", 1), "events": [event(say, now)]}).to_string().into_bytes();
        let secret = account.settings.text("channel_secret").unwrap_or_default();
        let signature = BASE64.encode(&mac_sha256(secret.as_bytes(), &[&body]));
        let headers = vec![
            ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
            (SIGNATURE.to_ascii_lowercase(), signature),
            ("user-agent".to_owned(), "LineBotWebhook/2.0".to_owned()),
        ];
        RawDelivery { method: "POST".into(), path: "/api/webhooks/line".into(), headers, body, received_at: now, peer: None }
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}/api/webhooks/line", account.public_url)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, _now: Millis) -> Answered {
        provider(account, request, serial)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        let (status, message) = match fault {
            Fault::RateLimit => (429, "The API rate limit has been exceeded. Try again later."),
            Fault::Outage => (500, "Internal Server Error"),
            Fault::ExpiredToken => (401, UNAUTHORISED),
        };
        Answered::json(status, &json!({ "message": message }), None).response
    }
}

const UNAUTHORISED: &str = "Authentication failed. Confirm that the access token in the authorization header is valid.";

/// A LINE message id that is the same for the same text.
fn number(seed: &str) -> String {
    let mac = mac_sha256(b"line", &[seed.as_bytes()]);
    let n = mac[..7].iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    (400_000_000_000_000_000 + n).to_string()
}

fn event(say: &Simulated, now: Millis) -> Value {
    let mut out = json!({
        "type": "message",
        "mode": "active",
        "timestamp": now,
        "source": {"type": "user", "userId": say.from},
        "webhookEventId": format!("01{}", sha256_hex(say.external_id.as_bytes())[..24].to_uppercase()),
        "deliveryContext": {"isRedelivery": false},
    });
    match (&say.doing, &say.answers) {
        (Doing::Say, answers) => {
            out["replyToken"] = sha256_hex(format!("reply {}", say.external_id).as_bytes())[..32].into();
            let mut message = match say.files.first() {
                Some(file) => sent(file, &say.external_id),
                None => json!({"type": "text", "id": number(&say.external_id), "text": say.text}),
            };
            message["quoteToken"] = sha256_hex(format!("quote {}", say.external_id).as_bytes())[..40].into();
            message["markAsReadToken"] = sha256_hex(format!("read {}", say.external_id).as_bytes())[..40].into();
            if let Some(answered) = answers {
                message["quotedMessageId"] = answered.as_str().into();
            }
            out["message"] = message;
        }
        (Doing::Delete, Some(gone)) => {
            out["type"] = "unsend".into();
            out["unsend"] = json!({ "messageId": gone });
        }
        // LINE tells accounts nothing of the rest: something comes that is left out.
        _ => {
            out["type"] = "beacon".into();
            out["beacon"] = json!({"hwid": "0000000000", "type": "enter"});
        }
    }
    out
}

fn sent(file: &SimulatedFile, seed: &str) -> Value {
    let kind = file.content_type.split('/').next().unwrap_or_default();
    if matches!(kind, "image" | "video" | "audio") && file.url.starts_with("https://") {
        let content = json!({"type": "external", "originalContentUrl": file.url, "previewImageUrl": file.url});
        return json!({"type": kind, "id": number(seed), "contentProvider": content});
    }
    let id = match file.bytes.len() {
        ..=CARRIED => format!("bytes-{}", BASE64URL_NOPAD.encode(&file.bytes)),
        _ => format!("url-{}", BASE64URL_NOPAD.encode(file.url.as_bytes())),
    };
    match kind {
        "image" | "video" | "audio" => json!({"type": kind, "id": id, "contentProvider": {"type": "line"}}),
        _ => json!({"type": "file", "id": id, "fileName": file.name, "fileSize": file.bytes.len()}),
    }
}

fn refuse(status: u16, message: &str) -> Answered {
    Answered::json(status, &json!({ "message": message }), None)
}
fn wrong(property: &str, message: &str) -> Answered {
    let body = json!({"message": "The request body has 1 error(s)", "details": [{"message": message, "property": property}]});
    Answered::json(400, &body, None)
}

fn provider(account: &Account, request: &HttpRequest, serial: u64) -> Answered {
    let header = |name: &str| request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let token = account.settings.text("channel_access_token").unwrap_or_default();
    if token.is_empty() || header("authorization") != Some(format!("Bearer {token}").as_str()) {
        return refuse(401, UNAUTHORISED);
    }
    let path = request.url.split('?').next().unwrap_or_default();
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let fine = || Answered::json(200, &json!({}), None);
    match (request.method, path) {
        ("POST", "/v2/bot/message/push") => match header("x-line-retry-key").is_some_and(|k| uuid::Uuid::parse_str(k).is_err()) {
            true => refuse(400, "The retry key is invalid. Confirm that the retry key is a UUID in hexadecimal format."),
            false if text("to").is_empty() => wrong("to", "May not be empty"),
            false => taken(&body, text("to"), serial),
        },
        ("POST", "/v2/bot/message/reply") if text("replyToken").is_empty() => refuse(400, "Invalid reply token"),
        ("POST", "/v2/bot/message/reply") => taken(&body, "", serial),
        ("GET", "/v2/bot/info") => {
            let basic = account.settings.text("basic_id").unwrap_or("@simulated");
            let basic = if basic.starts_with('@') { basic.to_owned() } else { format!("@{basic}") };
            let info = json!({"userId": format!("U{:032x}", 1), "basicId": basic, "displayName": account.name, "chatMode": "bot", "markAsReadMode": "auto"});
            Answered::json(200, &info, None)
        }
        ("GET", "/v2/bot/channel/webhook/endpoint") => {
            let endpoint = format!("{}/api/webhooks/line", account.public_url);
            Answered::json(200, &json!({"endpoint": endpoint, "active": true}), None)
        }
        ("PUT", "/v2/bot/channel/webhook/endpoint") if !text("endpoint").starts_with("http") => wrong("endpoint", "invalid uri"),
        ("PUT", "/v2/bot/channel/webhook/endpoint") => fine(),
        ("POST", "/v2/bot/chat/loading/start") if text("chatId").is_empty() => wrong("chatId", "May not be empty"),
        ("POST", "/v2/bot/chat/loading/start") => Answered::json(202, &json!({}), None),
        ("POST", "/v2/bot/chat/markAsRead") if text("markAsReadToken").is_empty() => refuse(400, "Invalid token"),
        ("POST", "/v2/bot/chat/markAsRead") => fine(),
        ("GET", _) if path.starts_with("/v2/bot/profile/") => {
            let id = path.rsplit('/').next().unwrap_or_default();
            let name = format!("LINE user {}", id.trim_start_matches(['U', '0']));
            Answered::json(200, &json!({"displayName": name, "userId": id, "language": "en"}), None)
        }
        ("GET", _) => match path.strip_prefix("/data/v2/bot/message/").and_then(|p| p.strip_suffix("/content")) {
            Some(id) => content(id),
            None => refuse(404, "Not found"),
        },
        _ => refuse(404, "Not found"),
    }
}

fn content(id: &str) -> Answered {
    let decode = |t: &str| BASE64URL_NOPAD.decode(t.as_bytes()).ok();
    let response = |status, header: (&str, String), body| HttpResponse { status, headers: vec![(header.0.to_owned(), header.1)], body };
    if let Some(bytes) = id.strip_prefix("bytes-").and_then(decode) {
        return Answered { response: response(200, ("content-type", "application/octet-stream".into()), bytes), seen: None };
    }
    match id.strip_prefix("url-").and_then(decode).and_then(|b| String::from_utf8(b).ok()) {
        Some(url) => Answered { response: response(302, ("location", url), Vec::new()), seen: None },
        None => refuse(404, "Not found"),
    }
}

/// One to five messages, each complete.
fn taken(body: &Value, to: &str, serial: u64) -> Answered {
    let list = body.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !(1..=5).contains(&list.len()) {
        return wrong("messages", "Size must be between 1 and 5");
    }
    let mut seen = Seen { external_id: (461_230_966_842_000_000 + serial).to_string(), to: to.to_owned(), ..Seen::default() };
    for (n, message) in list.iter().enumerate() {
        let text = |key: &str| message.get(key).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "text" if text("text").is_empty() => return wrong(&format!("messages[{n}].text"), "May not be empty"),
            "text" if text("text").encode_utf16().count() > 5_000 => {
                return wrong(&format!("messages[{n}].text"), "Length must be between 0 and 5000");
            }
            "text" => seen.text.push_str(text("text")),
            "image" if !(text("originalContentUrl").starts_with("https://") && text("previewImageUrl").starts_with("https://")) => {
                return wrong(&format!("messages[{n}].originalContentUrl"), "invalid uri scheme");
            }
            "image" => seen.files.push(text("originalContentUrl").to_owned()),
            _ => return wrong(&format!("messages[{n}].type"), "Must be one of the following values: [text, image]"),
        }
        let items = message.pointer("/quickReply/items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let label = |i: &Value| i.pointer("/action/label").and_then(Value::as_str).map_or(0, |l| l.chars().count());
        if items.len() > 13 || items.iter().any(|i| !(1..=20).contains(&label(i))) {
            return wrong(&format!("messages[{n}].quickReply"), "invalid quick reply");
        }
    }
    let sent = json!({"sentMessages": [{"id": seen.external_id, "quoteToken": "q3Plxr4AgKd"}]});
    Answered::json(200, &sent, Some(seen))
}
