//! A contact in a respond.io workspace, and the workspace's webhooks.

use super::SIGNATURE_HEADER;
use super::provider::{self, MAILBOX, WHATSAPP};
use crate::kit::signatures::{mac_sha256, sha256_hex};
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, SimulatedFile, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Value, json};

pub struct Customer;

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![("signing_keys", format!("{unique:016x}-in {unique:016x}-out"))]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let id = number(&say.external_id);
        let contact = contact(say, now);
        if say.doing != Doing::Say {
            // respond.io tells nothing of reactions, edits and read marks; the nearest thing it does tell is that a contact changed.
            let body = json!({"event_id": event_id(&say.external_id), "event_type": "contact.updated", "contact": contact});
            return deliver(account, &body, now);
        }
        let content = said(say);
        let mail = content["type"] == "email";
        let channel = if mail { MAILBOX } else { WHATSAPP };
        let body = json!({
            "event_id": event_id(&say.external_id),
            "event_type": "message.received",
            "contact": contact,
            "message": {
                "messageId": id, "channelMessageId": format!("wamid.{}", say.external_id), "contactId": contact["id"], "channelId": channel,
                "traffic": "incoming", "message": content, "timestamp": now,
            },
            "channel": channel_of(channel),
        });
        deliver(account, &body, now)
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}{}", account.public_url, delivery.path)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    /// Only that a message has left, or could not: respond.io has no webhook for what follows.
    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        let entry = match status {
            MessageStatus::Sent => json!({"value": "sent", "timestamp": now / 1_000}),
            MessageStatus::Failed => {
                json!({"value": "failed", "timestamp": now / 1_000, "message": "The number is not reachable on this channel."})
            }
            _ => return None,
        };
        let id = external_id.parse::<i64>().map_or_else(|_| Value::from(external_id), Value::from);
        let contact = contact(&Simulated { from: to.to_owned(), ..Simulated::default() }, now);
        let body = json!({
            "event_id": event_id(&format!("{external_id}-{status}")),
            "event_type": "message.sent",
            "source": "api",
            "contact": contact,
            "message": {
                "messageId": id, "contactId": contact["id"], "channelId": WHATSAPP, "traffic": "outgoing",
                "message": {"type": "text", "text": "…"}, "timestamp": now, "status": [entry],
            },
            "channel": channel_of(WHATSAPP),
        });
        Some(deliver(account, &body, now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        provider::answer(account, request, serial, now)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        match fault {
            Fault::RateLimit => {
                let mut response = provider::error(429, "Rate limit exceeded.");
                let limits = [("retry-after", "2"), ("x-ratelimit-limit", "5"), ("x-ratelimit-remaining", "0")];
                response.headers.extend(limits.map(|(n, v)| (n.to_owned(), v.to_owned())));
                response
            }
            Fault::Outage => provider::error(503, "Service Unavailable"),
            Fault::ExpiredToken => provider::error(401, "Unauthorized"),
        }
    }
}

/// Ids of messages are numbers of 16 digits; the same text always gives the same.
fn number(external_id: &str) -> i64 {
    external_id.parse::<i64>().unwrap_or_else(|_| {
        let spread = i64::from_str_radix(&sha256_hex(external_id.as_bytes())[..12], 16).unwrap_or(0);
        1_700_000_000_000_000 + spread
    })
}
fn event_id(seed: &str) -> String {
    let hex = sha256_hex(seed.as_bytes());
    format!("{}-{}-4{}-9{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30])
}

fn contact(say: &Simulated, now: Millis) -> Value {
    let (given, family) = say.from_name.as_deref().map_or(("", ""), |n| n.split_once(' ').unwrap_or((n, "")));
    let id = say.from.parse::<i64>().map_or_else(|_| Value::from(say.from.as_str()), Value::from);
    let digits: Vec<char> = say.from.chars().filter(char::is_ascii_digit).collect();
    let end: String = digits[digits.len().saturating_sub(4)..].iter().collect();
    let phone = (end.len() == 4).then(|| format!("+2782555{end}"));
    json!({
        "id": id, "firstName": given, "lastName": family, "phone": phone, "email": null, "language": "en", "profilePic": null,
        "countryCode": "ZA", "status": "open", "assignee": {"id": null, "firstName": null, "lastName": null, "email": null},
        "lifecycle": null, "created_at": now / 1_000 - 86_400,
    })
}
fn channel_of(id: i64) -> Value {
    let (name, source) = if id == MAILBOX { ("Mailbox", "other_email") } else { ("Main WhatsApp", "whatsapp_cloud") };
    json!({"id": id, "name": name, "source": source, "meta": null, "created_at": 1_768_000_000})
}

/// One file by itself is an attachment; with words, or with others, only a mail carries them.
fn said(say: &Simulated) -> Value {
    match say.files.as_slice() {
        [] => json!({"type": "text", "text": say.text}),
        [one] if say.text.is_empty() => {
            let mut part = file(one);
            part["mimeType"] = one.content_type.as_str().into();
            part["size"] = one.bytes.len().into();
            json!({"type": "attachment", "attachment": part})
        }
        all => {
            let subject = say.subject.clone().unwrap_or_else(|| "(no subject)".into());
            json!({"type": "email", "subject": subject, "text": say.text, "cc": [], "bcc": [], "attachments": all.iter().map(file).collect::<Vec<_>>()})
        }
    }
}
fn file(file: &SimulatedFile) -> Value {
    let main = file.content_type.split('/').next().unwrap_or_default();
    let kind = if matches!(main, "image" | "video" | "audio") { main } else { "file" };
    json!({"type": kind, "url": file.url, "fileName": file.name})
}

fn deliver(account: &Account, body: &Value, now: Millis) -> RawDelivery {
    let body = body.to_string().into_bytes();
    let keys = account.settings.text("signing_keys").unwrap_or_default();
    let key = keys.split([' ', ',', ';', '\n']).find(|k| !k.is_empty()).unwrap_or_default();
    let signature = data_encoding::BASE64.encode(&mac_sha256(key.as_bytes(), &[&body]));
    let headers = vec![("content-type".into(), "application/json".into()), (SIGNATURE_HEADER.into(), signature)];
    RawDelivery { method: "POST".into(), path: "/api/webhooks/respondio".into(), headers, body, received_at: now, peer: None }
}
