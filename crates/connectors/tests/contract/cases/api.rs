//! The API channel: signed JSON both ways.

use super::*;
use crate::fakes::*;
use kernel::http::HttpError;
use kernel::time::MINUTE;
use serde_json::json;

pub static CASE: Case = Case {
    id: "api",
    folder: "api",
    form: || json!({"public_name": "shop", "secret": "TOPSECRET-secret", "webhook_url": "https://program.example/hook"}),
    deliver: |account, _, body| {
        let secret = account.settings.secret("secret").unwrap();
        let headers = connectors::kit::signatures::sign_timestamped(secret.reveal(), &body, NOW).to_vec();
        RawDelivery { method: "POST".into(), path: "/".into(), headers, body, received_at: NOW, peer: None }
    },
    keys: || None,
    forgeries: |_, genuine| {
        let mut changed = genuine.clone();
        changed.body.push(b' ');
        vec![
            Forgery::new("changed", changed, "signature.wrong"),
            Forgery { now: NOW + 6 * MINUTE, ..Forgery::new("replayed", genuine.clone(), "signature.expired") },
        ]
    },
    answers: || {
        let http = |status, body| Told::Http(http(status, &[], body));
        vec![
            ("its own id", http(200, r#"{"id":"theirs-1"}"#), Verdict::Sent),
            ("nothing", http(204, ""), Verdict::Sent),
            ("garbage", http(200, "\u{0}garbage"), Verdict::Sent),
            ("bad request", http(400, r#"{"error":"bad"}"#), Verdict::Permanent),
            ("wrong secret", http(401, ""), Verdict::Account),
            ("forbidden", http(403, ""), Verdict::Account),
            ("not found", http(404, ""), Verdict::Permanent),
            ("too large", http(413, ""), Verdict::Permanent),
            ("too many", Told::Http(crate::fakes::http(429, &[("Retry-After", "30")], "")), Verdict::Retry(Some(30_000))),
            ("outage", http(500, "<html>"), Verdict::Retry(None)),
            // The idempotency key makes a second request harmless.
            ("timeout", Told::Http(Err(HttpError::Uncertain("timeout".into()))), Verdict::Retry(None)),
            ("no connection", Told::Http(Err(HttpError::Connect("refused".into()))), Verdict::Retry(None)),
            ("a private address", Told::Http(Err(HttpError::Refused("private".into()))), Verdict::Account),
            ("an endless answer", Told::Http(Err(HttpError::TooLarge)), Verdict::Uncertain),
        ]
    },
    ill: || vec![Told::Http(http(401, &[], ""))],
    more,
};

fn more(api: &'static dyn Channel) {
    let by_http = |answer| send(api, &account(api), &outbound(), FakeHttp(answer), FakeDial::fine());
    assert_eq!(by_http(http(200, &[], r#"{"id":"theirs-1"}"#)).unwrap().external_id.as_deref(), Some("theirs-1"));
    assert!(matches!(by_http(http(400, &[], r#"{"error":"bad"}"#)), Err(SendError::Permanent { detail }) if detail.contains("bad")));
    let quiet = account_with(api, json!({"webhook_url": ""}));
    let polled = send(api, &quiet, &outbound(), FakeHttp(http(500, &[], "")), FakeDial::fine());
    assert_eq!(polled.unwrap().detail.as_deref(), Some("kept for polling"));

    let genuine = api.simulator().unwrap().delivery(&account(api), &said(api), NOW);
    let other = account_with(api, json!({"secret": "another"}));
    assert!(api.verify(&other, Unverified::new(genuine), Proof::at(NOW)).is_err());
    let none = account_with(api, json!({"secret": ""}));
    let unsigned = api.simulator().unwrap().delivery(&none, &said(api), NOW);
    assert!(api.verify(&none, Unverified::new(unsigned), Proof::at(NOW)).is_err());

    // A signed answer can be checked by the program that gets it.
    let http = Recorder::default();
    let account = account(api);
    run(api.send(Edge { http: &http, dial: &FakeDial::fine(), clock: &CLOCK }, &account, &outbound())).unwrap();
    let request = http.last();
    let raw = RawDelivery { method: "POST".into(), headers: request.headers.clone(), body: request.body.clone(), ..Default::default() };
    assert!(api.verify(&account, Unverified::new(raw.clone()), Proof::at(NOW)).is_ok());
    assert_eq!(raw.header("idempotency-key"), Some("msg_1"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["text"], "It left our house on Friday.");
}
