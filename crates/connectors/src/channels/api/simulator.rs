//! A program that posts what a customer said.

use crate::kit::signatures::sign_timestamped;
use kernel::channel::{Account, RawDelivery, Simulated, Simulator};
use kernel::http::HttpRequest;
use kernel::time::{Millis, rfc3339};
use serde_json::json;

pub struct Customer;

impl Simulator for Customer {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        let body = json!({
            "type": "message",
            "id": say.external_id,
            "from": {"id": say.from, "name": say.from_name},
            "subject": say.subject,
            "text": say.text,
            "html": say.html,
            "sent_at": rfc3339(now),
            "reply_to_id": say.answers,
            "attachments": say.files.iter().map(|f| json!({"name": f.name, "content_type": f.content_type, "url": f.url})).collect::<Vec<_>>(),
        });
        let body = body.to_string().into_bytes();
        let secret = account.settings.text("secret").unwrap_or_default();
        let mut headers = sign_timestamped(secret, &body, now).to_vec();
        headers.push(("content-type".into(), "application/json".into()));
        RawDelivery { method: "POST".into(), path: "/api/webhooks/api".into(), headers, body, received_at: now, peer: None }
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}/api/webhooks/api", account.public_url)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }
}
