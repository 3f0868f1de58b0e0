//! A person in a Slack workspace who writes to our app.

use super::ids::{self, MessageName};
use super::{SIGNATURE, TIMESTAMP, emoji, sign, stage, text};
use crate::kit::signatures::{mac_sha256, sha256_hex};
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Value, json};

pub struct Customer;

/// The app's own user, where the settings name none.
pub const BOT: &str = "U0SIMBOT";
const APP: &str = "A0SIMAPP";

impl Simulator for Customer {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let body = envelope(account, say, now).to_string().into_bytes();
        let secret = account.settings.text("signing_secret").unwrap_or_default();
        let timestamp = now.div_euclid(1_000).to_string();
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (SIGNATURE.to_ascii_lowercase(), sign(secret, &timestamp, &body)),
            (TIMESTAMP.to_ascii_lowercase(), timestamp),
        ];
        RawDelivery { method: "POST".into(), path: "/api/webhooks/slack".into(), headers, body, received_at: now, peer: None }
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}/api/webhooks/slack", account.public_url)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        stage::answer(account, request, serial, now)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        let refuse = |status: u16, error: &str| Answered::json(status, &json!({"ok": false, "error": error}), None).response;
        match fault {
            Fault::RateLimit => {
                let mut response = refuse(429, "ratelimited");
                response.headers.push(("retry-after".into(), "2".into()));
                response
            }
            Fault::Outage => refuse(503, "service_unavailable"),
            Fault::ExpiredToken => refuse(200, "token_expired"),
        }
    }
}

/// The channel of a person's direct messages.
pub fn direct(person: &str) -> String {
    match person.get(1..).filter(|_| ids::is_person(person)) {
        Some(rest) => format!("D{rest}"),
        None => format!("D{}", sha256_hex(person.as_bytes())[..10].to_uppercase()),
    }
}

/// A timestamp that is the same for the same thing said at the same time.
fn timestamp(seed: &str, now: Millis) -> String {
    let mac = mac_sha256(b"slack", &[seed.as_bytes()]);
    let fraction = u32::from_be_bytes([mac[0], mac[1], mac[2], mac[3]]) % 1_000_000;
    format!("{}.{fraction:06}", now.div_euclid(1_000))
}

fn envelope(account: &Account, say: &Simulated, now: Millis) -> Value {
    let team = account.settings.text("team_id").unwrap_or("T0SIM");
    let bot = account.settings.text("bot_user_id").unwrap_or(BOT);
    json!({
        "token": "simulated",
        "team_id": team,
        "api_app_id": APP,
        "type": "event_callback",
        "event_id": format!("Ev{}", sha256_hex(say.external_id.as_bytes())[..10].to_uppercase()),
        "event_time": now.div_euclid(1_000),
        "authorizations": [{"team_id": team, "user_id": bot, "is_bot": true}],
        "event": event(say, team, now),
    })
}

fn event(say: &Simulated, team: &str, now: Millis) -> Value {
    let ts = timestamp(&say.external_id, now);
    let channel = direct(&say.from);
    let answered = say.answers.as_deref().and_then(MessageName::parse);
    let mut message = json!({"type": "message", "channel": channel, "channel_type": "im", "user": say.from, "ts": ts, "event_ts": ts,
        "team": team, "text": text::escape(&say.text)});
    if let Some(name) = &say.from_name {
        message["user_profile"] = json!({"real_name": name, "display_name": name, "team": team});
    }
    match (&say.doing, answered) {
        (Doing::Say, answered) => {
            if let Some(answered) = answered.filter(|a| ids::is_ts(&a.ts)) {
                message["thread_ts"] = answered.ts.into();
            }
            let files: Vec<Value> = say.files.iter().enumerate().map(|(n, f)| stage::file(f, &say.external_id, n, team)).collect();
            if !files.is_empty() {
                message["subtype"] = "file_share".into();
                message["files"] = files.into();
            }
            message
        }
        (Doing::React, Some(to)) => {
            let kind = if say.text.is_empty() { "reaction_removed" } else { "reaction_added" };
            let name = emoji::name(&say.text).unwrap_or_else(|| "+1".into());
            json!({"type": kind, "user": say.from, "reaction": name, "event_ts": ts,
                "item": {"type": "message", "channel": to.channel, "ts": to.ts}})
        }
        (Doing::Edit, Some(of)) => {
            message["ts"] = of.ts.as_str().into();
            message["edited"] = json!({"user": say.from, "ts": ts});
            let mut before = message.clone();
            before["text"] = format!("{} ", message["text"].as_str().unwrap_or_default()).into();
            json!({"type": "message", "subtype": "message_changed", "hidden": true, "channel": of.channel, "channel_type": "im",
                "ts": ts, "event_ts": ts, "message": message, "previous_message": before})
        }
        (Doing::Delete, Some(of)) => {
            message["ts"] = of.ts.as_str().into();
            json!({"type": "message", "subtype": "message_deleted", "hidden": true, "channel": of.channel, "channel_type": "im",
                "ts": ts, "event_ts": ts, "deleted_ts": of.ts, "previous_message": message})
        }
        // Slack says nothing of the rest: something comes that is left out.
        _ => json!({"type": "app_home_opened", "user": say.from, "channel": channel, "tab": "messages", "event_ts": ts}),
    }
}
