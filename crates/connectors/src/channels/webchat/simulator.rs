//! A visitor made of nothing.

use super::METHOD;
use kernel::channel::{Account, RawDelivery, Simulated, Simulator};
use kernel::time::Millis;
use serde_json::json;

pub struct Visitor;

impl Simulator for Visitor {
    fn delivery(&self, _account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        // External ids of this channel are visitor and echo id; either form may be given.
        let echo_id = say.external_id.strip_prefix(&format!("{}:", say.from)).unwrap_or(&say.external_id);
        let body = json!({
            "visitor": say.from,
            "echo_id": echo_id,
            "text": say.text,
            "name": say.from_name,
            "page_url": "https://shop.example/",
        });
        RawDelivery {
            method: METHOD.into(),
            path: "widget".into(),
            body: body.to_string().into_bytes(),
            received_at: now,
            ..Default::default()
        }
    }
}
