//! Our own chat: nothing of it comes over a webhook, nothing leaves for a third party.

use super::*;
use crate::fakes::*;
use serde_json::json;

pub static CASE: Case = Case {
    id: "webchat",
    folder: "webchat",
    form: || json!({"website_token": "wt", "identity_key": "TOPSECRET-identity", "allowed_domains": ["shop.example"]}),
    deliver: |_, _, body| RawDelivery { method: "WIDGET".into(), path: "/".into(), body, received_at: NOW, ..Default::default() },
    keys: || None,
    forgeries: |_, genuine| vec![Forgery::new("over HTTP", RawDelivery { method: "POST".into(), ..genuine.clone() }, "transport.wrong")],
    answers: || vec![("nobody is asked", Told::Http(http(500, &[], "")), Verdict::Sent)],
    ill: Vec::new,
    more: |_| {},
};
