//! A caller who leaves a voice message, as a telephone system would report it.

use crate::kit::signatures::sign_timestamped;
use kernel::channel::{Account, Doing, RawDelivery, Simulated, Simulator};
use kernel::http::HttpRequest;
use kernel::time::{Millis, rfc3339};
use serde_json::{Value, json};

pub struct Caller;

impl Simulator for Caller {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let body = match say.doing {
            Doing::Say => record(account, say, now),
            // Callers can do nothing else.
            Doing::React | Doing::Edit | Doing::Delete | Doing::Read => json!({ "calls": [] }),
        };
        let body = body.to_string().into_bytes();
        let secret = account.settings.text("secret").unwrap_or_default();
        let mut headers = sign_timestamped(secret, &body, now).to_vec();
        headers.push(("content-type".into(), "application/json".into()));
        RawDelivery { method: "POST".into(), path: "/api/webhooks/phone".into(), headers, body, received_at: now, peer: None }
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request =
            HttpRequest::new("POST", format!("{}{}", account.public_url.trim_end_matches('/'), delivery.path)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }
}

fn record(account: &Account, say: &Simulated, now: Millis) -> Value {
    let text = say.text.trim();
    // Somebody who says nothing has only rung.
    let (outcome, seconds) = if text.is_empty() { ("missed", 0) } else { ("voicemail", 5 + text.chars().count() / 15) };
    json!({
        "id": say.external_id,
        "direction": "inbound",
        "from": say.from,
        "to": account.settings.text("number"),
        "name": say.from_name,
        "outcome": outcome,
        "started_at": rfc3339(now - 30_000),
        "ended_at": rfc3339(now),
        "seconds": seconds,
        "text": say.text,
        "recording_url": say.files.first().map(|f| &f.url),
    })
}
