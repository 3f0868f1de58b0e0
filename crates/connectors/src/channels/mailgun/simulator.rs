//! A customer who writes to a Mailgun domain, and Mailgun reporting on our mail.

use super::provider;
use crate::kit::mail::simulated;
use crate::kit::message_ids;
use crate::kit::signatures::{mac_sha256, sha256_hex};
use data_encoding::HEXLOWER;
use kernel::channel::{Account, Answered, Doing, Fault, OutboundFile, RawDelivery, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use serde_json::{Value, json};

pub struct Customer;

impl Simulator for Customer {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        match say.doing {
            Doing::Say => mail(account, say, now),
            Doing::Read => post_event(account, event(account, say.answers.as_deref().unwrap_or_default(), &say.from, "opened", now), now),
            // Mail knows nothing of these; an event of no name is ignored.
            _ => post_event(account, json!({"event": ""}), now),
        }
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}{}", account.public_url, delivery.path)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        let word = match status {
            MessageStatus::Sent => "accepted",
            MessageStatus::Delivered => "delivered",
            MessageStatus::Read => "opened",
            MessageStatus::Failed => "failed",
            _ => return None,
        };
        Some(post_event(account, event(account, external_id, to, word, now), now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        provider::answer(account, request, serial, now)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        provider::fault(fault)
    }
}

/// The three values that prove a delivery. Tokens have 50 characters.
fn sign(account: &Account, seed: &[u8], now: Millis) -> [(&'static str, String); 3] {
    let timestamp = now.div_euclid(1_000).to_string();
    let token = sha256_hex(seed)[..50].to_owned();
    let key = account.settings.text("signing_key").unwrap_or_default();
    let signature = HEXLOWER.encode(&mac_sha256(key.as_bytes(), &[timestamp.as_bytes(), token.as_bytes()]));
    [("timestamp", timestamp), ("token", token), ("signature", signature)]
}

fn mail(account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
    let raw = simulated::write(account, say, now);
    let recipient = simulated::recipient(account, say);
    let from = say.from_name.as_ref().map_or_else(|| say.from.clone(), |name| format!("{name} <{}>", say.from));
    let subject = say.subject.clone().unwrap_or_default();
    let signed = sign(account, say.external_id.as_bytes(), now);
    let mut fields: Vec<(&str, &str)> =
        vec![("recipient", &recipient), ("sender", &say.from), ("from", &from), ("subject", &subject), ("Subject", &subject)];
    fields.extend(signed.iter().map(|(name, value)| (*name, value.as_str())));
    let file = OutboundFile { name: "message.mime".into(), content_type: "message/rfc822".into(), bytes: raw, url: String::new() };
    let request = crate::kit::calls::multipart("POST", "", &say.external_id, &fields, &[("body-mime", &file)]);
    let headers = request.headers.into_iter().filter(|(n, _)| n == "content-type").collect();
    RawDelivery {
        method: "POST".into(),
        path: "/api/webhooks/mailgun?mime".into(),
        headers,
        body: request.body,
        received_at: now,
        peer: None,
    }
}

/// An event as Mailgun tells it of mail that [`super::outbound`] sent.
fn event(account: &Account, external_id: &str, to: &str, word: &str, now: Millis) -> Value {
    let mut marks = json!({"account_id": account.identifier, "external_id": external_id});
    if let Some((message, _)) = message_ids::read_own(external_id) {
        marks["message_id"] = message.to_string().into();
    }
    let mut out = json!({
        "event": word,
        "id": &sha256_hex(format!("{external_id}{word}").as_bytes())[..22],
        "timestamp": now as f64 / 1_000.0,
        "recipient": to,
        "recipient-domain": to.rsplit('@').next(),
        "message": {"headers": {"message-id": external_id, "from": account.identifier, "to": to}, "size": 512},
        "user-variables": marks,
        "tags": [],
    });
    match word {
        "delivered" => out["delivery-status"] = json!({"code": 250, "message": "OK", "tls": true, "attempt-no": 1}),
        "opened" => out["client-info"] = json!({"client-type": "browser", "bot": "", "device-type": "desktop"}),
        "failed" => {
            out["severity"] = "permanent".into();
            out["reason"] = "bounce".into();
            out["delivery-status"] = json!({"code": 550, "enhanced-code": "5.1.1", "message": "5.1.1 No such user", "attempt-no": 1});
        }
        _ => {}
    }
    out
}

fn post_event(account: &Account, event: Value, now: Millis) -> RawDelivery {
    let seed = format!("{event}{now}");
    let signed: serde_json::Map<String, Value> =
        sign(account, seed.as_bytes(), now).into_iter().map(|(n, v)| (n.to_owned(), v.into())).collect();
    let body = json!({"signature": signed, "event-data": event}).to_string().into_bytes();
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    RawDelivery { method: "POST".into(), path: "/api/webhooks/mailgun".into(), headers, body, received_at: now, peer: None }
}
