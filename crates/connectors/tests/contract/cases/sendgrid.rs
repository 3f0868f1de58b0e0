//! SendGrid: Inbound Parse in both modes, signed events, the v3 API out.

use super::*;
use crate::fakes::*;
use connectors::channels::sendgrid::simulator::{PUBLIC_KEY, sign};
use connectors::kit::{passwords, tokens};
use kernel::message::{Address, MessageStatus};
use kernel::time::{DAY, MINUTE};
use serde_json::json;

pub static CASE: Case = Case {
    id: "sendgrid",
    folder: "sendgrid",
    form: || {
        json!({"address": "support@acme.example", "display_name": "Acme Süd", "api_key": "SG.TOPSECRET-key", "inbound_domain": "in.acme.example",
               "webhook_password": "TOPSECRET/pass:word", "event_key": PUBLIC_KEY, "signature": "Acme Support"})
    },
    deliver: |account, _, body| post(account, body),
    keys: || None,
    forgeries: |account, genuine| {
        let bare =
            RawDelivery { headers: genuine.headers.iter().filter(|(n, _)| n != "authorization").cloned().collect(), ..genuine.clone() };
        let with = |password: &str| {
            let mut raw = bare.clone();
            raw.headers.push(passwords::header(password));
            raw
        };
        let events = post(account, b"[]\r\n".to_vec());
        let mut trimmed = events.clone();
        trimmed.body.truncate(2);
        let without = |name: &str| {
            let headers = events.headers.iter().filter(|(n, _)| !n.ends_with(name)).cloned().collect();
            RawDelivery { headers, ..events.clone() }
        };
        let mut for_another = genuine.clone();
        for_another.body =
            String::from_utf8(genuine.body.clone()).unwrap().replace("support@acme.example", "sales@acme.example").into_bytes();
        vec![
            Forgery::new("mail without a password", bare.clone(), "credentials.missing"),
            Forgery::new("mail with a wrong password", with("TOPSECRET/pass:worD"), "credentials.wrong"),
            Forgery::new("mail with an empty password", with(""), "credentials.wrong"),
            Forgery::new("mail over GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
            Forgery::new("mail for somebody else on the shared path", for_another, "recipient.unknown"),
            Forgery::new("events without a signature", without("signature"), "signature.missing"),
            Forgery::new("events without a time", without("timestamp"), "signature.missing"),
            Forgery::new("events without their last line end", trimmed, "signature.wrong"),
            Forgery { now: NOW + 11 * MINUTE, ..Forgery::new("replayed events", events.clone(), "signature.expired") },
        ]
    },
    answers: || {
        let told = |status, body| Told::Http(http(status, &[], body));
        let fault = r#"{"errors":[{"message":"Does not contain a valid address.","field":"from.email","help":null}]}"#;
        let mut all = common_http("", Verdict::Uncertain);
        all.extend([
            ("taken as SendGrid does", Told::Http(http(202, &[("X-Message-Id", "14c5d75ce93.dfd.64b469")], "")), Verdict::Sent),
            ("a bad address", told(400, fault), Verdict::Permanent),
            (
                "a bad key",
                told(401, r#"{"errors":[{"message":"The provided authorization grant is invalid, expired, or revoked"}]}"#),
                Verdict::Account,
            ),
            (
                "not verified",
                told(403, r#"{"errors":[{"message":"The from address does not match a verified Sender Identity.","field":"from"}]}"#),
                Verdict::Account,
            ),
            ("no such method", told(405, ""), Verdict::Permanent),
            ("too large", told(413, ""), Verdict::Permanent),
            ("not JSON", told(415, ""), Verdict::Permanent),
            ("slow down until", Told::Http(http(429, &[("X-RateLimit-Reset", "1795244460")], "")), Verdict::Retry(Some(60_000))),
            ("slow down until never", Told::Http(http(429, &[("X-RateLimit-Reset", "99999999999")], "")), Verdict::Retry(Some(3_600_000))),
            ("away", told(503, ""), Verdict::Retry(None)),
            ("slow", told(504, ""), Verdict::Retry(None)),
        ]);
        all
    },
    ill: || {
        vec![
            Told::Http(http(401, &[], "{}")),
            Told::Http(http(200, &[], r#"{"scopes":["mail.batch.read"]}"#)),
            Told::Http(http(500, &[], "")),
            Told::Http(Err(kernel::http::HttpError::Connect("refused".into()))),
        ]
    },
    more,
};

/// As SendGrid posts it: forms with a password in the address, events signed now.
fn post(_: &Account, body: Vec<u8>) -> RawDelivery {
    let form = body.starts_with(b"--");
    let content_type = if form { "multipart/form-data; boundary=xYzZY" } else { "application/json" };
    let mut headers = vec![("content-type".to_owned(), content_type.to_owned())];
    if form {
        headers.push(passwords::header("TOPSECRET/pass:word"));
    } else {
        headers.extend(sign(&body, NOW));
    }
    RawDelivery { method: "POST".into(), path: "/api/webhooks/sendgrid/key".into(), headers, body, received_at: NOW, peer: None }
}

fn more(sendgrid: &'static dyn Channel) {
    the_published_signature_holds(sendgrid);
    keys_and_passwords_prove_what_they_should(sendgrid);
    one_address_serves_several_channels(sendgrid);
    a_mail_has_the_shape_of_the_api(sendgrid);
    it_sets_itself_up(sendgrid);
}

/// Checked with the provider's libraries @sendgrid/eventwebhook 8.0.0 and sendgrid 6.12.5.
fn the_published_signature_holds(sendgrid: &dyn Channel) {
    let key =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5QJjHSGh+e0knVulupje3gqHQkNI8IipiiUPuSHF7qtjGFu+hDu0+tjGElrsqqt3NNCVhZzBWNzcV/glXzrQng==";
    let body = "[{\"email\":\"ada@example.com\",\"timestamp\":1700000000,\"smtp-id\":\"<abc@inbox.example.com>\",\"event\":\"delivered\",\"sg_event_id\":\"evt-1\",\"sg_message_id\":\"14c5d75ce93.dfd.64b469.0\",\"response\":\"250 OK\"}]\r\n";
    let signature = "MEYCIQCu4/v9Ij7CtiAAo4B72PpVYfcAeFb0vKv1vdsGky76jAIhAN8e6iTN+9r6/EEIAKJjS1pBoO3FepbznQSLfS930CAt";
    let account = account_with(sendgrid, json!({"event_key": key}));
    let raw = |body: &str| RawDelivery {
        method: "POST".into(),
        path: "/api/webhooks/sendgrid/key".into(),
        headers: vec![
            ("Content-Type".into(), "application/json".into()),
            ("X-Twilio-Email-Event-Webhook-Signature".into(), signature.into()),
            ("X-Twilio-Email-Event-Webhook-Timestamp".into(), "1700000000".into()),
        ],
        body: body.as_bytes().to_vec(),
        ..Default::default()
    };
    let at = |ms| Proof::at(1_700_000_000_000 + ms);
    assert_eq!(sendgrid.verify(&account, Unverified::new(raw(body)), at(MINUTE)).unwrap().how(), "ecdsa");
    let code = |raw, proof| sendgrid.verify(&account, Unverified::new(raw), proof).unwrap_err().code;
    assert_eq!(code(raw(body.trim_end()), at(0)), "signature.wrong");
    assert_eq!(code(raw(body), at(10 * MINUTE + 1)), "signature.expired");
    assert_eq!(code(raw(body), at(-10 * MINUTE - 1)), "signature.expired");
    let pem = account_with(sendgrid, json!({"event_key": format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----")}));
    assert!(sendgrid.verify(&pem, Unverified::new(raw(body)), at(0)).is_ok());
}

fn keys_and_passwords_prove_what_they_should(sendgrid: &dyn Channel) {
    let simulator = sendgrid.simulator().unwrap();
    let verify = |changes: Value, raw: RawDelivery, now| {
        let account = account_with(sendgrid, changes);
        sendgrid.verify(&account, Unverified::new(raw), Proof::at(now)).map(|v| v.how()).map_err(|r| r.code)
    };
    let genuine = simulator.delivery(&account(sendgrid), &said(sendgrid), NOW);
    assert_eq!(verify(json!({"webhook_password": ""}), genuine.clone(), NOW), Err("signature.unset"));
    // A security policy on Inbound Parse: signed, and for as long as SendGrid keeps mail.
    assert_eq!(verify(json!({"parse_key": PUBLIC_KEY}), genuine.clone(), NOW), Err("signature.missing"));
    let policy = account_with(sendgrid, json!({"parse_key": PUBLIC_KEY}));
    let signed = simulator.delivery(&policy, &said(sendgrid), NOW);
    assert_eq!(verify(json!({"parse_key": PUBLIC_KEY}), signed.clone(), NOW + 3 * DAY), Ok("ecdsa"));
    assert_eq!(verify(json!({"parse_key": PUBLIC_KEY}), signed.clone(), NOW + 5 * DAY), Err("signature.expired"));
    // Without a key, events need the password; in the query too.
    let mut events = post(&policy, b"[]".to_vec());
    assert_eq!(verify(json!({"event_key": ""}), events.clone(), NOW), Err("credentials.missing"));
    events.path = "/api/webhooks/sendgrid/key?password=TOPSECRET%2Fpass%3Aword".into();
    assert_eq!(verify(json!({"event_key": ""}), events.clone(), NOW), Ok("password"));
    events.headers.push(("authorization".into(), "Basic nonsense".into()));
    assert_eq!(verify(json!({"event_key": ""}), events, NOW), Ok("password"));
    assert_eq!(passwords::address("https://inbox.example/x", "a/b:c"), "https://switchboard:a%2Fb%3Ac@inbox.example/x");
}

fn one_address_serves_several_channels(sendgrid: &dyn Channel) {
    let account = account(sendgrid);
    let simulator = sendgrid.simulator().unwrap();
    let genuine = simulator.delivery(&account, &said(sendgrid), NOW);
    assert_eq!(sendgrid.addressees(&genuine), ["support@acme.example"]);
    let token = tokens::make(account.mac_key.reveal(), conversation(), account.id);
    let reply = format!("reply+{token}@in.acme.example");
    let answer = simulator.delivery(&account, &Simulated { to: Some(reply.clone()), ..said(sendgrid) }, NOW);
    assert_eq!(sendgrid.addressees(&answer), [reply.as_str(), "reply@in.acme.example"]);
    assert!(prove(sendgrid, &account, answer, NOW).is_ok(), "an answer is recognised by its token");
    let report = simulator.report(&account, &message_id(), "ann@customer.example", MessageStatus::Delivered, NOW).unwrap();
    assert_eq!(sendgrid.addressees(&report), ["support@acme.example"]);
    let others = RawDelivery { path: "/api/webhooks/email/sendgrid".into(), ..post(&account, b"[]".to_vec()) };
    assert_eq!(sendgrid.addressees(&others), ["everybody"]);
    assert!(prove(sendgrid, &account, others, NOW).is_ok(), "events on mail of others are no fault");
    // A channel's own address needs no names, and takes the whole host unless told otherwise.
    let own = |raw: RawDelivery| RawDelivery { path: "/api/webhooks/sendgrid/key?password=x".into(), ..raw };
    assert!(sendgrid.addressees(&own(genuine)).is_empty());
    let other = own(simulator.delivery(&account, &Simulated { to: Some("anything@in.acme.example".into()), ..said(sendgrid) }, NOW));
    let parse = |account: &Account| sendgrid.parse(account, &Verified::from_journal(other.clone())).unwrap();
    assert!(matches!(parse(&account)[..], [Inbound::Message(_)]));
    assert!(matches!(parse(&account_with(sendgrid, json!({"any_recipient": false})))[..], [Inbound::Ignored { .. }]));
}

fn a_mail_has_the_shape_of_the_api(sendgrid: &dyn Channel) {
    let account = account(sendgrid);
    let message = Outbound {
        html: Some("<p>It left our <b>house</b>. <img src=\"cid:logo.png\"></p>".into()),
        files: vec![
            OutboundFile { name: "logo.png".into(), content_type: "image/png".into(), bytes: vec![1, 2, 3], url: String::new() },
            OutboundFile { name: "März.pdf".into(), content_type: "application/pdf".into(), bytes: b"%PDF".to_vec(), url: String::new() },
        ],
        cc: vec![Address::bare("carl@customer.example"), Address::bare("ann@customer.example")],
        bcc: vec![Address::bare("boss@acme.example"), Address::bare("Carl@customer.example")],
        ..outbound()
    };
    let script =
        Script::new(vec![("POST", "https://api.sendgrid.com/v3/mail/send", http(202, &[("X-Message-Id", "14c5d75ce93.dfd.64b469")], ""))]);
    let receipt = run(sendgrid.send(edge(&script, &FakeDial::fine()), &account, &message)).unwrap();
    assert_eq!(receipt.external_id, None);
    assert!(receipt.detail.unwrap().contains("14c5d75ce93.dfd.64b469"));
    let request = script.done().remove(0);
    assert!(request.headers.iter().any(|(n, v)| n == "authorization" && v == "Bearer SG.TOPSECRET-key"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let token = tokens::make(account.mac_key.reveal(), conversation(), account.id);
    assert_eq!(
        body["personalizations"],
        json!([{"to": [{"email": "ann@customer.example", "name": "Ann Lee"}], "cc": [{"email": "carl@customer.example"}], "bcc": [{"email": "boss@acme.example"}],
                "custom_args": {"message_id": "msg_1", "account_id": "support@acme.example", "external_id": message_id()}}])
    );
    assert_eq!(body["from"], json!({"email": "support@acme.example", "name": "Acme Süd"}));
    assert_eq!(body["reply_to"], json!({"email": format!("reply+{token}@in.acme.example"), "name": "Acme Süd"}));
    assert_eq!(body["subject"], "Re: Order 1001");
    assert_eq!(
        body["headers"],
        json!({"Message-ID": format!("<{}>", message_id()), "In-Reply-To": "<CAF-1@mail.customer.example>",
               "References": "<first@customer.example> <CAF-1@mail.customer.example>"})
    );
    assert_eq!(body["content"][0], json!({"type": "text/plain", "value": "It left our house on Friday.\n\n-- \nAcme Support"}));
    let html = body["content"][1]["value"].as_str().unwrap();
    assert!(html.contains(&format!("cid:part0.{}", message_id())) && html.contains(&format!("data-ref=\"{token}\"")), "{html}");
    assert_eq!(
        body["attachments"],
        json!([{"content": "AQID", "type": "image/png", "filename": "logo.png", "disposition": "inline", "content_id": format!("part0.{}", message_id())},
               {"content": "JVBERg==", "type": "application/pdf", "filename": "März.pdf", "disposition": "attachment"}])
    );
    assert_eq!(body["tracking_settings"]["open_tracking"]["enable"], false);

    let sent = |account: &Account, message: &Outbound| {
        let http = Recorder::default();
        run(sendgrid.send(edge(&http, &FakeDial::fine()), account, message)).unwrap();
        serde_json::from_slice::<Value>(&http.last().body).unwrap()
    };
    let automatic = sent(
        &account_with(sendgrid, json!({"track_opens": true, "base_url": "https://api.eu.sendgrid.com/"})),
        &Outbound { automatic: true, subject: None, ..outbound() },
    );
    assert_eq!(automatic["headers"]["Auto-Submitted"], "auto-replied");
    assert_eq!(automatic["tracking_settings"]["open_tracking"]["enable"], true);
    assert_eq!(automatic["subject"], "(no subject)");
    assert_eq!(automatic["content"], json!([{"type": "text/plain", "value": "It left our house on Friday."}]));
    // Nothing typed becomes a header, and no address that is none leaves.
    let evil = "x\r\nBcc: eve@evil.example";
    let body = sent(
        &account,
        &Outbound { subject: Some(evil.into()), in_reply_to: Some(evil.into()), external_id: format!("a@b{evil}"), ..outbound() },
    );
    assert!(!format!("{}{}", body["headers"], body["subject"]).contains("\\n"), "{body}");
    let wrong = Outbound { to: vec![Address::bare("a b@c.d")], ..outbound() };
    assert!(matches!(send(sendgrid, &account, &wrong, FakeHttp(http(202, &[], "")), FakeDial::fine()), Err(SendError::Permanent { .. })));
    let big = OutboundFile { name: "x".into(), content_type: "image/png".into(), bytes: vec![0; 23_000_000], url: String::new() };
    let heavy = Outbound { files: vec![big], ..outbound() };
    assert!(
        matches!(send(sendgrid, &account, &heavy, FakeHttp(http(202, &[], "")), FakeDial::fine()), Err(SendError::Permanent { detail }) if detail.contains("30 MB"))
    );

    // What the provider refuses, the simulator refuses.
    let played = |message: &Outbound, account: &Account| {
        let account =
            account_with(sendgrid, json!({"base_url": "https://provider.example/sim", "api_key": account.settings.text("api_key")}));
        let played = Played::new(sendgrid, &account);
        run(sendgrid.send(edge(&played, &FakeDial::fine()), &account, message))
    };
    assert!(played(&message, &account).is_ok());
    let simulator = sendgrid.simulator().unwrap();
    let wrong_key = kernel::http::HttpRequest::new("POST", "/v3/mail/send").header("authorization", "Bearer other");
    assert_eq!(simulator.provider(&account, &wrong_key, 1, NOW).response.status, 401);
}

fn it_sets_itself_up(sendgrid: &dyn Channel) {
    let installer = sendgrid.installer().unwrap();
    let account = account_with(sendgrid, json!({"base_url": "https://provider.example/sim", "event_key": ""}));
    let played = Played::new(sendgrid, &account);
    let reach = run(installer.list(edge(&played, &FakeDial::fine()), &account)).unwrap();
    assert_eq!(reach[0].id, "support@acme.example");
    let url = "https://inbox.acme.example/api/webhooks/sendgrid/key";
    let words = run(installer.install(edge(&played, &FakeDial::fine()), &account, url)).unwrap();
    assert!(words.contains("in.acme.example") && words.contains(PUBLIC_KEY), "{words}");
    let asked = played.asked.into_inner().unwrap();
    let bodies: Vec<Value> = asked.iter().map(|r| serde_json::from_slice(&r.body).unwrap_or_default()).collect();
    let parse = bodies.iter().find(|b| b["hostname"] == "in.acme.example").unwrap();
    assert_eq!(parse["url"], "https://switchboard:TOPSECRET%2Fpass%3Aword@inbox.acme.example/api/webhooks/sendgrid/key");
    assert_eq!((&parse["send_raw"], &parse["spam_check"]), (&json!(true), &json!(false)));
    assert!(bodies.iter().any(|b| b["delivered"] == true && b["open"] == false));

    // A second time nothing is made twice.
    let hooks =
        json!({"webhooks": [{"id": "h1", "url": "https://switchboard:old@inbox.acme.example/api/webhooks/sendgrid/key"}]}).to_string();
    let script = Script::new(vec![
        ("GET", "/v3/user/webhooks/parse/settings/in.acme.example", http(200, &[], "{}")),
        ("PATCH", "/v3/user/webhooks/parse/settings/in.acme.example", http(200, &[], "{}")),
        ("GET", "/v3/user/webhooks/event/settings/all", http(200, &[], &hooks)),
        ("PATCH", "/v3/user/webhooks/event/settings/h1", http(200, &[], r#"{"id":"h1"}"#)),
        ("PATCH", "/v3/user/webhooks/event/settings/signed/h1", http(200, &[], r#"{"public_key":"K"}"#)),
    ]);
    run(installer.install(edge(&script, &FakeDial::fine()), &account, url)).unwrap();
    script.done();
    let refused = Script::new(vec![("GET", "verified_senders", http(403, &[], r#"{"errors":[{"message":"access forbidden"}]}"#))]);
    let result = run(installer.list(edge(&refused, &FakeDial::fine()), &account));
    assert!(matches!(result, Err(SendError::Account { detail }) if detail.contains("access forbidden")));
}
