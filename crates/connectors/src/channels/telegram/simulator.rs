//! A person in Telegram, and their side of the bot's chat.

use super::SECRET_HEADER;
use super::ids::{MessageName, Spot};
use super::stage;
use crate::kit::signatures::mac_sha256;
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Value, json};

pub struct Customer;

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![("bot_token", format!("{unique}:AAsimulated-token-{unique:026}")), ("username", format!("simulated{unique}_bot"))]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let secret = account.settings.text("webhook_secret").unwrap_or_default();
        let headers =
            vec![("content-type".to_owned(), "application/json".to_owned()), (SECRET_HEADER.to_ascii_lowercase(), secret.to_owned())];
        let body = update(say, now).to_string().into_bytes();
        RawDelivery { method: "POST".into(), path: "/api/webhooks/telegram".into(), headers, body, received_at: now, peer: None }
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}/api/webhooks/telegram", account.public_url)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        stage::answer(account, request, serial, now)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        let refuse = |code: u16, description: &str, parameters: Value| {
            let mut body = json!({"ok": false, "error_code": code, "description": description});
            if !parameters.is_null() {
                body["parameters"] = parameters;
            }
            Answered::json(code, &body, None).response
        };
        match fault {
            Fault::RateLimit => refuse(429, "Too Many Requests: retry after 2", json!({"retry_after": 2})),
            Fault::Outage => refuse(502, "Bad Gateway", Value::Null),
            Fault::ExpiredToken => refuse(401, "Unauthorized", Value::Null),
        }
    }
}

/// A positive number that is the same for the same text.
fn number(seed: &str) -> i64 {
    let mac = mac_sha256(b"telegram", &[seed.as_bytes()]);
    i64::from(u32::from_be_bytes([mac[0], mac[1], mac[2], mac[3]]) >> 2) + 1_000_000
}

fn update(say: &Simulated, now: Millis) -> Value {
    let person = say.from.parse::<i64>().unwrap_or_else(|_| number(&say.from));
    let (first, last) = say.from_name.as_deref().unwrap_or("Somebody").split_once(' ').unzip();
    let first = first.or(say.from_name.as_deref()).unwrap_or("Somebody");
    let mut user = json!({"id": person, "is_bot": false, "first_name": first, "language_code": "en"});
    let mut chat = json!({"id": person, "type": "private", "first_name": first});
    if let Some(last) = last {
        user["last_name"] = last.into();
        chat["last_name"] = last.into();
    }
    let seconds = now.div_euclid(1_000);
    let answered = say.answers.as_deref().and_then(MessageName::parse);
    let mut out = json!({"update_id": number(&format!("update {}", say.external_id))});
    let mut message = json!({"message_id": number(&say.external_id), "from": user, "chat": chat, "date": seconds});
    match (&say.doing, answered) {
        (Doing::Say, answered) => {
            if let Some(answered) = answered {
                message["reply_to_message"] = json!({"message_id": answered.number, "chat": chat, "date": seconds});
            }
            match say.files.first() {
                None => message["text"] = say.text.as_str().into(),
                Some(file) => {
                    if !say.text.is_empty() {
                        message["caption"] = say.text.as_str().into();
                    }
                    let (id, size) = (stage::file_id(file), file.bytes.len());
                    if file.content_type == "image/jpeg" {
                        message["photo"] = json!([{"file_id": id, "file_unique_id": "u", "width": 1, "height": 1, "file_size": size}]);
                    } else {
                        message["document"] = json!({"file_id": id, "file_unique_id": "u", "file_name": file.name,
                            "mime_type": file.content_type, "file_size": size});
                    }
                }
            }
            out["message"] = message;
        }
        (Doing::React, Some(to)) => {
            let new: Vec<Value> =
                Some(&say.text).filter(|t| !t.is_empty()).map(|t| json!({"type": "emoji", "emoji": t})).into_iter().collect();
            out["message_reaction"] = json!({"chat": chat, "message_id": to.number, "user": user, "date": seconds,
                "old_reaction": [], "new_reaction": new});
        }
        (Doing::Edit, Some(of)) => {
            message["message_id"] = of.number.into();
            message["edit_date"] = seconds.into();
            message["text"] = say.text.as_str().into();
            out["edited_message"] = message;
        }
        // Only business accounts hear of what was deleted.
        (Doing::Delete, Some(MessageName { number, business: Some(business), .. })) => {
            out["deleted_business_messages"] = json!({"business_connection_id": business, "chat": chat, "message_ids": [number]});
        }
        // Telegram tells bots nothing of the rest: something comes that is left out.
        _ => {
            let spot = Spot { chat: person, topic: None, business: None };
            out["chat_boost"] = json!({"chat": {"id": spot.chat}});
        }
    }
    out
}
