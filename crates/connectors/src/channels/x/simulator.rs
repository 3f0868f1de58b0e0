//! A person in X who writes to the account.

use super::inbound::is_id;
use super::{SIGNATURE, sign, stage};
use crate::kit::signatures::mac_sha256;
use data_encoding::BASE64URL_NOPAD;
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, SimulatedFile, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Value, json};

pub struct Customer;

/// Files up to this size travel inside their name, since the stage has no memory; names have 50 characters at most.
const CARRIED: usize = 30;

/// A snowflake of this time that is the same for the same seed.
pub fn number(seed: &str, now: Millis) -> String {
    let mac = mac_sha256(b"x", &[seed.as_bytes()]);
    let low = u64::from(u32::from_be_bytes([0, mac[0], mac[1], mac[2]]) & 0x3f_ffff);
    let time = u64::try_from(now - 1_288_834_974_657).unwrap_or(1);
    ((time << 22) | low).to_string()
}

fn me(account: &Account) -> &str {
    account.settings.text("user_id").unwrap_or("1")
}

/// An activity event with this payload.
fn delivery(account: &Account, kind: &str, payload: &Value, seed: &str, now: Millis) -> RawDelivery {
    let event = json!({"event_uuid": number(&format!("uuid {seed}"), now), "filter": {"user_id": me(account)}, "event_type": kind,
        "tag": "switchboard", "payload": payload});
    let body = json!({ "data": event }).to_string().into_bytes();
    let secret = account.settings.text("consumer_secret").unwrap_or_default();
    let headers = vec![("content-type".to_owned(), "application/json".to_owned()), (SIGNATURE.to_owned(), sign(secret, &body))];
    RawDelivery { method: "POST".into(), path: "/api/webhooks/x".into(), headers, body, received_at: now, peer: None }
}

fn read(account: &Account, person: &str, last: &str, now: Millis) -> RawDelivery {
    let event = json!({"type": "mark_read", "sender_id": person, "target": {"recipient_id": me(account)}, "last_read_event_id": last,
        "created_timestamp": now.to_string()});
    delivery(account, "dm.read", &json!({ "direct_message_mark_read_events": [event] }), &format!("read {last}"), now)
}

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![("user_id", format!("11{unique}"))]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let person = if is_id(&say.from) { say.from.clone() } else { number(&format!("person {}", say.from), 1_288_834_974_658) };
        match say.doing {
            Doing::Say => {}
            Doing::Read => return read(account, &person, say.answers.as_deref().unwrap_or("1"), now),
            // X tells nothing of the rest: something comes that is left out.
            _ => {
                let event = json!({"sender_id": person, "target": {"recipient_id": me(account)}, "created_timestamp": now.to_string()});
                let payload = json!({ "direct_message_indicate_typing_events": [event] });
                return delivery(account, "dm.indicate_typing", &payload, &say.external_id, now);
            }
        }
        let id = number(&say.external_id, now);
        let mut data = json!({"text": say.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"), "entities": {"urls": []}});
        if let Some(file) = say.files.first() {
            data["attachment"] = json!({"type": "media", "media": medium(file, &id)});
        }
        let event = json!({"type": "message_create", "id": id, "created_timestamp": now.to_string(), "message_create": {
            "target": {"recipient_id": me(account)}, "sender_id": person, "message_data": data}});
        let name = say.from_name.as_deref().unwrap_or("Somebody");
        let user = json!({"data": {"id": person, "username": format!("user{person}"), "name": name}});
        let payload = json!({"direct_message_events": [event], "users": {person.as_str(): user}});
        delivery(account, "dm.received", &payload, &say.external_id, now)
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}/api/webhooks/x", account.public_url)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        (status == MessageStatus::Read).then(|| read(account, to, external_id, now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        stage::answer(account, request, serial, now)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        let (status, title) = match fault {
            Fault::RateLimit => (429, "Too Many Requests"),
            Fault::Outage => (503, "Service Unavailable"),
            Fault::ExpiredToken => (401, "Unauthorized"),
        };
        stage::problem(status, title, title).response
    }
}

fn medium(file: &SimulatedFile, message: &str) -> Value {
    let carried = match file.bytes.len() {
        ..=CARRIED => BASE64URL_NOPAD.encode(&file.bytes),
        // Larger ones are named by the last part of their address, where it can be a name.
        _ => {
            let last = file.url.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
            let fits = (1..=40).contains(&last.len()) && last.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if fits { last.to_owned() } else { "sample".to_owned() }
        }
    };
    let ending = file.content_type.rsplit('/').next().unwrap_or_default();
    let url = format!("https://ton.twitter.com/1.1/ton/data/dm/{message}/7/{carried}.{ending}");
    if file.content_type.starts_with("video/") {
        return json!({"id": 7, "id_str": "7", "type": "video", "video_info": {"variants": [{"content_type": "video/mp4", "bitrate": 1, "url": url}]}});
    }
    json!({"id": 7, "id_str": "7", "type": "photo", "media_url_https": url, "url": "https://t.co/sim"})
}
