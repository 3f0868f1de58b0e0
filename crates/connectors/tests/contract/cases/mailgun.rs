//! Mailgun: routes in three forms, signed webhooks, MIME out.

use super::*;
use crate::fakes::*;
use connectors::kit::signatures::mac_sha256;
use connectors::kit::{forms, tokens};
use data_encoding::HEXLOWER;
use kernel::message::{Address, MessageStatus};
use kernel::time::{HOUR, MINUTE};
use serde_json::json;

const KEY: &str = "TOPSECRET-signing";
/// Where a fixture's proof belongs.
const PLACES: [&[u8]; 3] = [b"TIMESTAMP", b"TOKEN", b"SIGNATURE"];

pub static CASE: Case = Case {
    id: "mailgun",
    folder: "mailgun",
    form: || {
        json!({"address": "support@acme.example", "display_name": "Acme Süd", "domain": "mg.acme.example", "api_key": "TOPSECRET-key",
               "signing_key": KEY, "inbound_domain": "in.acme.example"})
    },
    deliver: |_, _, body| post(body),
    keys: || None,
    forgeries: |_, genuine| {
        let put = |from: &str, to: &str| {
            let body = String::from_utf8(genuine.body.clone()).unwrap().replace(from, to);
            RawDelivery { body: body.into_bytes(), ..genuine.clone() }
        };
        let stamp = (NOW / 1000).to_string();
        vec![
            Forgery::new("another time", put(&stamp, &(NOW / 1000 + 1).to_string()), "signature.wrong"),
            Forgery::new("no token", put("name=\"token\"", "name=\"tokem\""), "signature.missing"),
            Forgery::new("no signature", put("name=\"signature\"", "name=\"signed\""), "signature.missing"),
            Forgery::new("over GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
            Forgery::new("for somebody else on the shared path", put("support@acme.example", "sales@acme.example"), "recipient.unknown"),
            Forgery { now: NOW + 9 * HOUR + 1000, ..Forgery::new("replayed", genuine.clone(), "signature.expired") },
            Forgery { now: NOW - 16 * MINUTE, ..Forgery::new("from the future", genuine.clone(), "signature.expired") },
        ]
    },
    answers: || {
        let told = |status, body| Told::Http(http(status, &[], body));
        let mut all = common_http(r#"{"id":"<x@mg.acme.example>","message":"Queued. Thank you."}"#, Verdict::Uncertain);
        all.extend([
            (
                "a bad address",
                told(400, r#"{"message":"'to' parameter is not a valid address. please check documentation"}"#),
                Verdict::Permanent,
            ),
            ("a bad key", told(401, "Forbidden"), Verdict::Account),
            ("unpaid", told(402, ""), Verdict::Account),
            (
                "disabled",
                told(403, r#"{"message":"Domain mg.acme.example is not allowed to send: The domain is unverified"}"#),
                Verdict::Account,
            ),
            ("no such domain", told(404, r#"{"message":"Domain not found: mg.acme.example"}"#), Verdict::Account),
            ("too large", told(413, ""), Verdict::Permanent),
            ("away", told(503, "Service Unavailable"), Verdict::Retry(None)),
        ]);
        all
    },
    ill: || {
        vec![
            Told::Http(http(401, &[], "Forbidden")),
            Told::Http(http(404, &[], r#"{"message":"Domain not found"}"#)),
            Told::Http(http(200, &[], r#"{"domain":{"state":"unverified"}}"#)),
            Told::Http(http(200, &[], r#"{"domain":{"state":"disabled"}}"#)),
            Told::Http(http(500, &[], "")),
        ]
    },
    more,
};

/// As Mailgun posts it, proved now.
fn post(body: Vec<u8>) -> RawDelivery {
    let content_type = match body.first() {
        Some(b'-') => "multipart/form-data; boundary=de89ba5bd92d4e1ebea9ef3ca8d2fdb4",
        Some(b'{') => "application/json",
        _ => "application/x-www-form-urlencoded",
    };
    let (stamp, token) = ((NOW / 1000).to_string(), "0123456789abcdef0123456789abcdef0123456789abcdef01".to_owned());
    let signature = HEXLOWER.encode(&mac_sha256(KEY.as_bytes(), &[stamp.as_bytes(), token.as_bytes()]));
    let mut body = body;
    for (place, value) in PLACES.into_iter().zip([stamp, token, signature]) {
        if let Some(at) = body.windows(place.len()).rposition(|w| w == place) {
            body.splice(at..at + place.len(), value.into_bytes());
        }
    }
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    RawDelivery { method: "POST".into(), path: "/api/webhooks/mailgun/key?mime".into(), headers, body, received_at: NOW, peer: None }
}

fn more(mailgun: &'static dyn Channel) {
    the_published_signature_holds(mailgun);
    one_address_serves_several_channels(mailgun);
    a_mail_leaves_as_it_was_written(mailgun);
    stored_files_are_fetched_from_mailgun_only(mailgun);
    a_sending_key_is_good_enough(mailgun);
    it_sets_itself_up(mailgun);
}

/// A worked example: the key, the time, the token and what comes of them.
fn the_published_signature_holds(mailgun: &dyn Channel) {
    let account = account_with(mailgun, json!({"signing_key": "key-mailgun-signing"}));
    let signed = |signature: Value| {
        let body = json!({"signature": signature, "event-data": {"event": "delivered"}}).to_string().into_bytes();
        RawDelivery {
            method: "POST".into(),
            path: "/api/webhooks/mailgun/key".into(),
            headers: vec![("content-type".into(), "application/json".into())],
            body,
            ..Default::default()
        }
    };
    let token = "0123456789abcdef0123456789abcdef0123456789abcdef01";
    let hex = "e82f4e4082924c64446b39fc78938eb30e8e56444d7def3d8a55d98971b6c875";
    let verify = |raw| mailgun.verify(&account, Unverified::new(raw), Proof::at(1_700_000_000_000)).map(|v| v.how()).map_err(|r| r.code);
    assert_eq!(verify(signed(json!({"timestamp": "1700000000", "token": token, "signature": hex}))), Ok("hmac-sha256"));
    assert_eq!(verify(signed(json!({"timestamp": 1_700_000_000, "token": token, "signature": hex}))), Ok("hmac-sha256"));
    // An event on a subaccount is signed by the subaccount and by its parent.
    assert_eq!(
        verify(signed(json!({"timestamp": "1700000000", "token": token, "signature": "00", "parent-signature": hex}))),
        Ok("hmac-sha256")
    );
    assert_eq!(verify(signed(json!({"timestamp": "1700000001", "token": token, "signature": hex}))), Err("signature.wrong"));
    assert_eq!(verify(signed(json!({"timestamp": "1700000000", "token": "x".repeat(300), "signature": hex}))), Err("signature.missing"));
    assert_eq!(verify(signed(Value::Null)), Err("signature.missing"));
    let unset = account_with(mailgun, json!({"signing_key": ""}));
    let raw = signed(json!({"timestamp": "1700000000", "token": token, "signature": hex}));
    assert_eq!(mailgun.verify(&unset, Unverified::new(raw), Proof::at(NOW)).unwrap_err().code, "signature.unset");
}

fn one_address_serves_several_channels(mailgun: &dyn Channel) {
    let account = account(mailgun);
    let simulator = mailgun.simulator().unwrap();
    let genuine = simulator.delivery(&account, &said(mailgun), NOW);
    assert_eq!(mailgun.addressees(&genuine), ["support@acme.example"]);
    let token = tokens::make(account.mac_key.reveal(), conversation(), account.id);
    let answer = simulator.delivery(&account, &Simulated { to: Some(format!("reply+{token}@in.acme.example")), ..said(mailgun) }, NOW);
    assert!(prove(mailgun, &account, answer, NOW).is_ok(), "an answer is recognised by its token");
    let report = simulator.report(&account, &message_id(), "ann@customer.example", MessageStatus::Delivered, NOW).unwrap();
    assert_eq!(mailgun.addressees(&report), ["support@acme.example"]);
    assert!(mailgun.addressees(&RawDelivery { path: "/api/webhooks/mailgun/key?mime".into(), ..genuine }).is_empty());
    let others = RawDelivery { path: "/api/webhooks/mailgun".into(), ..post(br#"{"event-data":{}}"#.to_vec()) };
    assert_eq!(mailgun.addressees(&others), ["everybody"]);
    let strict = account_with(mailgun, json!({"any_recipient": false}));
    let other = simulator.delivery(&strict, &Simulated { to: Some("anything@in.acme.example".into()), ..said(mailgun) }, NOW);
    let other = RawDelivery { path: "/api/webhooks/mailgun/key?mime".into(), ..other };
    assert!(matches!(mailgun.parse(&strict, &Verified::from_journal(other)).unwrap()[..], [Inbound::Ignored { .. }]));
}

fn a_mail_leaves_as_it_was_written(mailgun: &dyn Channel) {
    let account = account_with(mailgun, json!({"base_url": "https://api.eu.mailgun.net/"}));
    let message = Outbound {
        html: Some("<p>It left our <b>house</b>. <img src=\"cid:logo.png\"></p>".into()),
        files: vec![OutboundFile { name: "logo.png".into(), content_type: "image/png".into(), bytes: vec![1, 2, 3], url: String::new() }],
        cc: vec![Address::bare("carl@customer.example")],
        bcc: vec![Address::bare("boss@acme.example"), Address::bare("ann@customer.example")],
        ..outbound()
    };
    let taken = json!({"id": format!("<{}>", message_id()), "message": "Queued. Thank you."}).to_string();
    let script = Script::new(vec![("POST", "https://api.eu.mailgun.net/v3/mg.acme.example/messages.mime", http(200, &[], &taken))]);
    let receipt = run(mailgun.send(edge(&script, &FakeDial::fine()), &account, &message)).unwrap();
    assert_eq!(receipt.external_id, None, "Mailgun kept our Message-ID");
    let request = script.done().remove(0);
    // api:TOPSECRET-key
    assert!(request.headers.iter().any(|(n, v)| n == "authorization" && v == "Basic YXBpOlRPUFNFQ1JFVC1rZXk="));
    let content_type = request.headers.iter().find(|(n, _)| n == "content-type").unwrap().1.clone();
    let parts = forms::multipart(&content_type, &request.body).unwrap();
    let all = |name: &str| parts.iter().filter(|p| p.name == name).map(|p| p.text()).collect::<Vec<_>>();
    assert_eq!(all("to"), ["ann@customer.example", "carl@customer.example", "boss@acme.example"]);
    assert_eq!((all("o:tracking-opens"), all("o:tracking-clicks")), (vec!["no".to_owned()], vec!["no".to_owned()]));
    assert_eq!(all("v:message_id"), ["msg_1"]);
    assert_eq!((all("v:account_id"), all("v:external_id")), (vec!["support@acme.example".to_owned()], vec![message_id()]));
    let mime = all("message").remove(0);
    let head = connectors::kit::headers::read(mime.as_bytes());
    assert_eq!(head.first("message-id"), Some(format!("<{}>", message_id()).as_str()));
    assert_eq!(head.first("references"), Some("<first@customer.example> <CAF-1@mail.customer.example>"));
    let token = tokens::make(account.mac_key.reveal(), conversation(), account.id);
    assert!(head.first("reply-to").unwrap().contains(&format!("reply+{token}@in.acme.example")));
    assert!(!mime.contains("boss@acme.example"), "no blind copy shows");

    let tracked = account_with(mailgun, json!({"track_opens": true, "domain": ""}));
    let script = Script::new(vec![(
        "POST",
        "https://api.mailgun.net/v3/acme.example/messages.mime",
        http(200, &[], r#"{"id":"<theirs@mg.acme.example>"}"#),
    )]);
    let receipt = run(mailgun.send(edge(&script, &FakeDial::fine()), &tracked, &outbound())).unwrap();
    assert_eq!(receipt.external_id.as_deref(), Some("theirs@mg.acme.example"));
    assert!(String::from_utf8_lossy(&script.done()[0].body).contains("name=\"o:tracking-opens\"\r\n\r\nyes\r\n"));
    let big = OutboundFile { name: "x".into(), content_type: "image/png".into(), bytes: vec![0; 20_000_000], url: String::new() };
    let heavy = Outbound { files: vec![big], ..outbound() };
    let result = send(mailgun, &account, &heavy, FakeHttp(http(200, &[], "")), FakeDial::fine());
    assert!(matches!(result, Err(SendError::Permanent { detail }) if detail.contains("25 MB")));
}

fn stored_files_are_fetched_from_mailgun_only(mailgun: &dyn Channel) {
    let account = account(mailgun);
    let fetch = |answer: Answer, url: &str| run(mailgun.fetch(edge(&FakeHttp(answer), &FakeDial::fine()), &account, url));
    let url = "https://storage-us-east4.api.mailgun.net/v3/domains/mg.acme.example/messages/BAABAQ1/attachments/0";
    let got = fetch(http(200, &[("Content-Type", "image/png; x=y")], "PNG"), url).unwrap();
    assert_eq!((got.bytes, got.content_type.as_deref()), (b"PNG".to_vec(), Some("image/png")));
    assert!(matches!(fetch(http(404, &[], ""), url), Err(SendError::Permanent { detail }) if detail.contains("three days")));
    for evil in [
        "https://evil.example/x.mailgun.net",
        "http://storage.api.mailgun.net/x",
        "https://mailgun.net.evil.example/",
        "https://user@x.mailgun.net/",
        "https://evil.example?.mailgun.net/",
        "https://api.mailgun.net.evil.example/v3",
        "https://evilmailgun.net/",
    ] {
        let script = Script::new(Vec::new());
        let result = run(mailgun.fetch(edge(&script, &FakeDial::fine()), &account, evil));
        assert!(matches!(result, Err(SendError::Permanent { .. })), "{evil}");
    }
    let other = account_with(mailgun, json!({"base_url": "https://provider.example/sim"}));
    let script = Script::new(vec![("GET", "https://provider.example/sim/files/1", http(200, &[], "x"))]);
    assert!(run(mailgun.fetch(edge(&script, &FakeDial::fine()), &other, "https://provider.example/sim/files/1")).is_ok());
    let lost = fetch(Err(kernel::http::HttpError::Uncertain("timeout".into())), url);
    assert!(matches!(lost, Err(SendError::Retry { .. })));
}

fn a_sending_key_is_good_enough(mailgun: &dyn Channel) {
    let script = Script::new(vec![
        ("GET", "/v3/domains/mg.acme.example", http(403, &[], "Forbidden")),
        ("POST", "/v3/mg.acme.example/messages", http(400, &[], r#"{"message":"from parameter is missing"}"#)),
    ]);
    let health = run(mailgun.health(edge(&script, &FakeDial::fine()), &account(mailgun)));
    assert!(matches!(health, Health::Ok { .. }), "{health:?}");
    script.done();
}

fn it_sets_itself_up(mailgun: &dyn Channel) {
    let installer = mailgun.installer().unwrap();
    let account = account_with(mailgun, json!({"base_url": "https://provider.example/sim"}));
    let played = Played::new(mailgun, &account);
    let reach = run(installer.list(edge(&played, &FakeDial::fine()), &account)).unwrap();
    assert_eq!((reach[0].id.as_str(), &reach[0].settings["domain"]), ("support@mg.acme.example", &json!("mg.acme.example")));
    let url = "https://inbox.acme.example/api/webhooks/mailgun/key";
    run(installer.install(edge(&played, &FakeDial::fine()), &account, url)).unwrap();
    let asked = played.asked.into_inner().unwrap();
    let posted: Vec<_> = asked.iter().filter(|r| r.method == "POST").map(|r| forms::pairs(&r.body)).collect();
    assert_eq!(posted.len(), 7, "a route and six webhooks");
    assert_eq!(
        forms::first(&posted[0], "expression"),
        Some(r#"match_recipient("^(support(\+.*)?@acme\.example|(reply|support)(\+.*)?@in\.acme\.example)$")"#)
    );
    let actions: Vec<_> = posted[0].iter().filter(|(n, _)| n == "action").map(|(_, v)| v.as_str()).collect();
    assert_eq!(actions, [r#"forward("https://inbox.acme.example/api/webhooks/mailgun/key?mime")"#, "stop()"]);

    // What is there already is kept; ours comes beside it.
    let routes = json!({"items": [{"id": "r1", "actions": [format!("forward(\"{url}?mime\")")]}]}).to_string();
    let hooks = json!({"webhooks": {
        "accepted": {"urls": [url]}, "delivered": {"urls": ["https://other.example"]}, "permanent_fail": {"urls": ["a", "b", "c"]},
        "temporary_fail": {"urls": [url]}, "complained": {"urls": [url]}, "unsubscribed": {"urls": [url]}
    }})
    .to_string();
    let script = Script::new(vec![
        ("GET", "/v3/routes", http(200, &[], &routes)),
        ("PUT", "/v3/routes/r1", http(200, &[], "{}")),
        ("GET", "/v3/domains/mg.acme.example/webhooks", http(200, &[], &hooks)),
        ("PUT", "/v3/domains/mg.acme.example/webhooks/delivered", http(200, &[], "{}")),
    ]);
    let words = run(installer.install(edge(&script, &FakeDial::fine()), &account, url)).unwrap();
    assert!(words.contains("permanent_fail"), "{words}");
    let last = script.done().remove(3);
    assert_eq!(forms::pairs(&last.body), [("url".to_owned(), "https://other.example".to_owned()), ("url".to_owned(), url.to_owned())]);
}
