//! A person in Discord who writes to our bot, as the gateway would tell it.

use super::ids::is_snowflake;
use super::{proof, stage};
use crate::kit::signatures::mac_sha256;
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, Simulator};
use kernel::http::HttpResponse;
use kernel::time::{Millis, rfc3339};
use serde_json::{Value, json};

pub struct Customer;

const PEOPLE: u64 = 300_000_000_000_000_000;
/// A person's direct messages lie this far from the person.
const DIRECT: u64 = 100_000_000_000_000_000;

pub fn person(n: u32) -> String {
    (PEOPLE + u64::from(n)).to_string()
}
/// The channel of a person's direct messages.
pub fn direct(person: &str) -> String {
    match person.parse::<u64>() {
        Ok(n) if (PEOPLE..PEOPLE + DIRECT).contains(&n) => (n + DIRECT).to_string(),
        _ => number(&format!("direct {person}"), 0),
    }
}
/// Whose direct messages these are.
pub fn of_direct(channel: &str) -> String {
    match channel.parse::<u64>() {
        Ok(n) if (PEOPLE + DIRECT..PEOPLE + 2 * DIRECT).contains(&n) => (n - DIRECT).to_string(),
        _ => channel.to_owned(),
    }
}

/// A snowflake of this time that is the same for the same seed.
pub fn number(seed: &str, now: Millis) -> String {
    let mac = mac_sha256(b"discord", &[seed.as_bytes()]);
    let low = u64::from(u32::from_be_bytes([0, mac[0], mac[1], mac[2]]) & 0x3f_ffff);
    let time = u64::try_from(now - 1_420_070_400_000).unwrap_or(u64::from(mac[3]) << 20);
    ((time << 22) | low).to_string()
}

impl Simulator for Customer {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let (kind, data) = event(account, say, now);
        let me = account.settings.text("application_id").unwrap_or_default();
        let body = json!({"op": 0, "t": kind, "s": 1, "d": data, "me": me}).to_string().into_bytes();
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (proof::GATEWAY.to_owned(), proof::of_gateway(account, &body)),
        ];
        RawDelivery { method: proof::METHOD.into(), path: "/gateway".into(), headers, body, received_at: now, peer: None }
    }

    fn provider(&self, account: &Account, request: &kernel::http::HttpRequest, serial: u64, now: Millis) -> Answered {
        stage::answer(account, request, serial, now)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        let (status, body) = match fault {
            Fault::RateLimit => (429, json!({"message": "You are being rate limited.", "retry_after": 1.337, "global": false})),
            Fault::Outage => (503, json!({"message": "503: Service Unavailable", "code": 0})),
            Fault::ExpiredToken => (401, json!({"message": "401: Unauthorized", "code": 0})),
        };
        Answered::json(status, &body, None).response
    }
}

fn event(account: &Account, say: &Simulated, now: Millis) -> (&'static str, Value) {
    let person = if is_snowflake(&say.from) { say.from.clone() } else { number(&format!("person {}", say.from), 0) };
    let channel = direct(&person);
    let answered = say.answers.as_deref().filter(|a| is_snowflake(a));
    let name = say.from_name.as_deref();
    let author = json!({"id": person, "username": name.unwrap_or("somebody").to_lowercase().replace(' ', "_"), "global_name": name,
        "discriminator": "0", "avatar": null});
    let mut message = json!({"id": number(&say.external_id, now), "channel_id": channel, "author": author, "content": say.text,
        "timestamp": rfc3339(now), "edited_timestamp": null, "type": 0, "attachments": [], "embeds": [], "mentions": [],
        "components": [], "flags": 0});
    match (&say.doing, answered) {
        (Doing::Say, answered) => {
            if let Some(answered) = answered {
                message["type"] = 19.into();
                message["message_reference"] = json!({"type": 0, "message_id": answered, "channel_id": channel});
            }
            let files = say.files.iter().enumerate().map(|(n, f)| {
                json!({"id": number(&format!("{} {n}", say.external_id), now), "filename": f.name, "content_type": f.content_type,
                    "size": f.bytes.len(), "url": f.url, "proxy_url": f.url})
            });
            message["attachments"] = files.collect::<Vec<_>>().into();
            ("MESSAGE_CREATE", message)
        }
        (Doing::React, Some(to)) => {
            let kind = if say.text.is_empty() { "MESSAGE_REACTION_REMOVE" } else { "MESSAGE_REACTION_ADD" };
            let emoji = if say.text.is_empty() { "👍" } else { say.text.as_str() };
            (kind, json!({"user_id": person, "channel_id": channel, "message_id": to, "emoji": {"id": null, "name": emoji}}))
        }
        (Doing::Edit, Some(of)) => {
            message["id"] = of.into();
            message["edited_timestamp"] = rfc3339(now).into();
            ("MESSAGE_UPDATE", message)
        }
        (Doing::Delete, Some(of)) => ("MESSAGE_DELETE", json!({"id": of, "channel_id": channel})),
        // Discord says nothing of the rest: something comes that is left out.
        _ => ("TYPING_START", json!({"user_id": person, "channel_id": channel, "timestamp": now / 1_000, "me": account.name})),
    }
}
