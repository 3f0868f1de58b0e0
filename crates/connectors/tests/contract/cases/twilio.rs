//! Text messages over Twilio: its signature, its forms, its codes.

use super::*;
use crate::fakes::*;
use connectors::kit::forms;
use connectors::kit::twilio::{play, proof};
use serde_json::json;

pub const OK: &str =
    r#"{"sid":"SM00000000000000000000000000000001","status":"queued","num_segments":"1","error_code":null,"error_message":null}"#;

pub static CASE: Case = Case {
    id: "twilio",
    folder: "twilio",
    form: || json!({"account_sid": "AC22222222222222222222222222222222", "auth_token": "TOPSECRET-token", "sender": "+15005550006"}),
    deliver,
    keys: || None,
    forgeries,
    answers: || {
        let mut all = common_http(OK, Verdict::Uncertain);
        for code in [20003, 20005, 21212, 21606, 21603, 21659, 21660, 21609, 21408, 30002, 30034, 30032] {
            all.push(("the account's trouble", error(400, code), Verdict::Account));
        }
        for code in [20429, 30001, 30008, 30017, 30022, 30023, 21611] {
            all.push(("later", error(429, code), Verdict::Retry(None)));
        }
        for code in [20404, 21211, 21614, 21217, 21610, 21602, 21617, 21619, 21620, 21623, 21608, 30003, 30004, 30005, 30006, 30007] {
            all.push(("never in this form", error(400, code), Verdict::Permanent));
        }
        all.push(("a code we do not know", error(400, 29_999), Verdict::Permanent));
        all.push(("a code we do not know in an outage", error(503, 29_999), Verdict::Retry(None)));
        // The code counts, not the HTTP status.
        all.push(("credentials behind a 404", error(404, 20003), Verdict::Account));
        let wait = r#"{"code":20429,"message":"Too many","status":429}"#;
        all.push(("a named wait", Told::Http(http(429, &[("Retry-After", "7")], wait)), Verdict::Retry(Some(7_000))));
        let failed = r#"{"sid":"SM1","status":"failed","error_code":21610,"error_message":"unsubscribed"}"#;
        all.push(("refused in the answer", Told::Http(http(201, &[], failed)), Verdict::Permanent));
        all.push(("garbage", Told::Http(http(200, &[], "\u{0}garbage")), Verdict::Sent));
        all
    },
    ill: || {
        vec![
            Told::Http(http(401, &[], r#"{"code":20003,"message":"Authenticate","status":401}"#)),
            Told::Http(http(200, &[], r#"{"status":"suspended","friendly_name":"Acme"}"#)),
            // The account is fine and owns no such number.
            Told::Http(http(200, &[], r#"{"status":"active","incoming_phone_numbers":[]}"#)),
        ]
    },
    more,
};

pub fn error(status: u16, code: i64) -> Told {
    let body = json!({"code": code, "message": "words of theirs", "more_info": "https://www.twilio.com/docs/errors", "status": status});
    Told::Http(http(status, &[], &body.to_string()))
}

/// Reports come to the address that the message named, with our id in it; `.query` by GET.
pub fn deliver(account: &Account, name: &str, body: Vec<u8>) -> RawDelivery {
    let path = format!("/api/webhooks/{}", account.provider);
    if name.ends_with(".query") {
        let path = format!("{path}?{}", String::from_utf8_lossy(&body));
        return RawDelivery { method: "GET".into(), ..play::signed(account, path, Vec::new(), NOW) };
    }
    let path = if name.starts_with("status-") { format!("{path}?message=msg_1") } else { path };
    play::signed(account, path, body, NOW)
}

pub fn forgeries(account: &Account, genuine: &RawDelivery) -> Vec<Forgery> {
    let with = |value: Option<&str>| {
        let mut raw = genuine.clone();
        raw.headers.retain(|(n, _)| n != proof::HEADER);
        raw.headers.extend(value.map(|v| (proof::HEADER.to_owned(), v.to_owned())));
        raw
    };
    let mut changed = genuine.clone();
    changed.body.extend_from_slice(b"&Body=other");
    let url = format!("{}{}", account.public_url, genuine.path);
    let other = proof::sign("another", &url, &proof::sorted(&forms::pairs(&genuine.body)));
    vec![
        Forgery::new("changed", changed, "signature.wrong"),
        Forgery::new("no header", with(None), "signature.missing"),
        Forgery::new("an empty header", with(Some("")), "signature.missing"),
        Forgery::new("another account's token", with(Some(&other)), "signature.wrong"),
        Forgery::new("not base64", with(Some("…")), "signature.wrong"),
        Forgery::new("another address", RawDelivery { path: "/api/webhooks/other".into(), ..genuine.clone() }, "signature.wrong"),
        Forgery::new("a longer query", RawDelivery { path: format!("{}?x=1", genuine.path), ..genuine.clone() }, "signature.wrong"),
        Forgery::new("the body left out", RawDelivery { body: Vec::new(), ..genuine.clone() }, "signature.wrong"),
        Forgery::new(
            "a hash instead",
            RawDelivery { path: format!("{}?bodySHA256=00", genuine.path), ..genuine.clone() },
            "signature.wrong",
        ),
        Forgery::new("PUT", RawDelivery { method: "PUT".into(), ..genuine.clone() }, "transport.wrong"),
    ]
}

/// Computed with the provider's own libraries (Node 6.2.0, Python 9.13.0).
pub fn published_signatures(channel: &dyn Channel) {
    let account = Account { public_url: "https://inbox.example.com".into(), ..account_with(channel, json!({"auth_token": TOKEN})) };
    let form = form_urlencoded(&[
        ("ToCountry", "US"),
        ("SmsMessageSid", "SM11111111111111111111111111111111"),
        ("NumMedia", "0"),
        ("MessageSid", "SM11111111111111111111111111111111"),
        ("SmsSid", "SM11111111111111111111111111111111"),
        ("AccountSid", "AC22222222222222222222222222222222"),
        ("From", "+27821234567"),
        ("To", "+15005550006"),
        ("Body", "Héllo & welcome = 100%?"),
        ("NumSegments", "1"),
        ("ApiVersion", "2010-04-01"),
        ("SmsStatus", "received"),
    ]);
    let raw = |path: &str, body: &[u8], signature: &str| RawDelivery {
        method: "POST".into(),
        path: path.into(),
        headers: vec![(proof::HEADER.into(), signature.into())],
        body: body.to_vec(),
        ..RawDelivery::default()
    };
    let ok = |raw: RawDelivery| channel.verify(&account, Unverified::new(raw), Proof::at(NOW)).is_ok();
    let path = "/webhooks/twilio/acc_1?x=1";
    assert!(ok(raw(path, form.as_bytes(), "6SvDE5u3Z1TqL/a/V33/bXlKGO0=")));
    assert!(ok(raw(path, form.as_bytes(), "yfqLw5HHv5tsiyVxBD0rt9bCOck=")), "signed with the port in the address");
    let json = br#"{"event":"delivered","sid":"SM11111111111111111111111111111111"}"#;
    let path = "/webhooks/twilio/acc_1?bodySHA256=97f5335e875337bf2916e6605b66eab95f37bc5b213a97dda4fe9701729d2a05";
    assert!(ok(raw(path, json, "wUbGUoe4+TznrVC11hlYiA16uak=")));
    assert!(!ok(raw(path, b"{}", "wUbGUoe4+TznrVC11hlYiA16uak=")), "another body under the same hash");

    // During a rotation both tokens are right; without any, nothing is.
    let genuine = channel.simulator().unwrap().delivery(&account, &said(channel), NOW);
    let rotated = |changes| {
        let account = Account { public_url: account.public_url.clone(), ..account_with(channel, changes) };
        channel.verify(&account, Unverified::new(genuine.clone()), Proof::at(NOW)).map(|_| ()).map_err(|r| r.code)
    };
    assert_eq!(rotated(json!({"auth_token": "new", "auth_token_secondary": TOKEN})), Ok(()));
    assert_eq!(rotated(json!({"auth_token": "new"})), Err("signature.wrong"));
    assert_eq!(rotated(json!({"auth_token": ""})), Err("signature.unset"));
}
const TOKEN: &str = "12345678901234567890123456789012";

fn form_urlencoded(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(n, v)| format!("{n}={}", connectors::kit::calls::encode(v))).collect::<Vec<_>>().join("&")
}

/// What a request carried as a form.
pub fn form_of(request: &kernel::http::HttpRequest) -> Vec<(String, String)> {
    assert!(request.headers.iter().any(|(n, v)| n == "content-type" && v == "application/x-www-form-urlencoded"));
    forms::pairs(&request.body)
}
pub fn authorization(request: &kernel::http::HttpRequest) -> Option<&str> {
    request.headers.iter().find(|(n, _)| n == "authorization").map(|(_, v)| v.as_str())
}

fn picture(n: usize) -> OutboundFile {
    let url = format!("https://inbox.acme.example/files/{n}.png");
    OutboundFile { name: format!("{n}.png"), content_type: "image/png".into(), bytes: vec![1], url }
}

fn sent(channel: &dyn Channel, account: &Account, message: &Outbound) -> Vec<(String, String)> {
    let script = Script::new(vec![("POST", "/2010-04-01/Accounts/AC22222222222222222222222222222222/Messages.json", http(201, &[], OK))]);
    let receipt = run(channel.send(edge(&script, &FakeDial::fine()), account, message)).unwrap();
    assert_eq!(receipt.external_id.as_deref(), Some("SM00000000000000000000000000000001"));
    let asked = script.done();
    // AC22222222222222222222222222222222:TOPSECRET-token
    assert_eq!(authorization(&asked[0]), Some("Basic QUMyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjpUT1BTRUNSRVQtdG9rZW4="));
    form_of(&asked[0])
}

fn more(twilio: &'static dyn Channel) {
    published_signatures(twilio);
    requests(twilio);
    answers_and_files(twilio);
    installs(twilio);
    let raw = deliver(&account(twilio), "x", b"To=%2B15005550006&MessagingServiceSid=MG33333333333333333333333333333333".to_vec());
    assert_eq!(twilio.addressees(&raw), ["mg33333333333333333333333333333333", "+15005550006"]);
    let raw = deliver(&account(twilio), "x", b"MessageStatus=sent&From=%2B15005550006&To=%2B27825550001".to_vec());
    assert_eq!(twilio.addressees(&raw), ["+15005550006"]);
    // The address that we gave to the message names its channel.
    let path = "/api/webhooks/twilio?message=msg_1&sender=MG33333333333333333333333333333333";
    let report = play::signed(&account(twilio), path.into(), b"MessageSid=SM1&MessageStatus=sent&From=%2B15005550001".to_vec(), NOW);
    assert_eq!(twilio.addressees(&report), ["mg33333333333333333333333333333333"]);
    let service = account_with(twilio, json!({"sender": "MG33333333333333333333333333333333"}));
    let parsed = twilio.parse(&service, &Verified::from_journal(report)).unwrap();
    assert!(matches!(&parsed[0], Inbound::Status(s) if s.message_id.as_deref() == Some("msg_1")));
    let body =
        b"MessageSid=SM2&From=rcs:%2B27825550001&To=rcs:acme&MessagingServiceSid=MG33333333333333333333333333333333&Body=Hi".to_vec();
    let parsed = twilio.parse(&service, &Verified::from_journal(deliver(&service, "x", body))).unwrap();
    assert!(matches!(&parsed[0], Inbound::Message(m) if m.sender.handle.value == "+27825550001"));
    let reply = twilio.acknowledge(&account(twilio), &raw).unwrap();
    assert_eq!((reply.status, reply.content_type), (200, "text/xml"));
    assert_eq!(reply.body, b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>");
}

fn requests(twilio: &dyn Channel) {
    let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
    let callback = pair("StatusCallback", "https://inbox.acme.example/api/webhooks/twilio?message=msg_1&sender=%2B15005550006");
    let message = outbound_for(twilio);
    let (to, from) = (pair("To", "+27825550001"), pair("From", "+15005550006"));
    let text = pair("Body", "It left our house on Friday.");
    assert_eq!(sent(twilio, &account(twilio), &message), [to.clone(), from.clone(), text.clone(), callback.clone()]);

    let two = Outbound { files: vec![picture(1), picture(2)], ..message.clone() };
    let media = |n: usize| pair("MediaUrl", &format!("https://inbox.acme.example/files/{n}.png"));
    assert_eq!(sent(twilio, &account(twilio), &two), [to.clone(), from, text, media(1), media(2), callback]);

    let service = account_with(twilio, json!({"sender": "MG33333333333333333333333333333333"}));
    let through = sent(twilio, &service, &message);
    assert_eq!(through[1], pair("MessagingServiceSid", "MG33333333333333333333333333333333"));

    // Twilio refuses addresses that only we can reach.
    let inside = Account { public_url: "http://localhost:8080".into(), ..account(twilio) };
    assert!(sent(twilio, &inside, &message).iter().all(|(n, _)| n != "StatusCallback"));

    let to = |address: &str| Outbound { to: vec![kernel::message::Address::bare(address)], ..message.clone() };
    assert_eq!(
        sent(twilio, &account(twilio), &to("0027 82 555-0001"))[0].1,
        "0027 82 555-0001".replace(['-', ' '], "").replacen("00", "+", 1)
    );
    assert_eq!(sent(twilio, &account(twilio), &to("43210"))[0].1, "43210");
    for nobody in ["", "ann@customer.example", "ParcelCo", "+27"] {
        let result = send(twilio, &account(twilio), &to(nobody), FakeHttp(http(201, &[], OK)), FakeDial::fine());
        assert!(matches!(result, Err(SendError::Permanent { .. })), "{nobody}: {result:?}");
    }
    let heavy = OutboundFile { bytes: vec![0; 3_000_000], ..picture(1) };
    let heavy = Outbound { files: vec![heavy.clone(), heavy], ..message };
    let result = send(twilio, &account(twilio), &heavy, FakeHttp(http(201, &[], OK)), FakeDial::fine());
    assert!(matches!(result, Err(SendError::Policy { code, .. }) if code == "policy.split"));
}

fn answers_and_files(twilio: &dyn Channel) {
    let by = |body: &str| send(twilio, &account(twilio), &outbound_for(twilio), FakeHttp(http(400, &[], body)), FakeDial::fine());
    let stop = by(r#"{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}"#);
    assert!(matches!(stop, Err(SendError::Permanent { detail }) if detail.contains("START") && detail.ends_with("[21610]")));
    let other = by(r#"{"code":29999,"message":"Strange","status":400}"#);
    assert!(matches!(other, Err(SendError::Permanent { detail }) if detail.contains("Strange [29999]")));

    // An API key signs in instead of the token.
    let keyed = account_with(twilio, json!({"api_key_sid": "SK1", "api_key_secret": "TOPSECRET"}));
    let script = Script::new(vec![("POST", "/Messages.json", http(201, &[], OK))]);
    run(twilio.send(edge(&script, &FakeDial::fine()), &keyed, &outbound_for(twilio))).unwrap();
    assert_eq!(authorization(&script.done()[0]), Some("Basic U0sxOlRPUFNFQ1JFVA=="));

    // Credentials go to Twilio and to nobody else.
    let fetch = |reference: &str, changes: Value| {
        let account = account_with(twilio, changes);
        let script = Script::new(vec![("GET", "", http(200, &[("Content-Type", "image/jpeg")], "bytes"))]);
        let file = run(twilio.fetch(edge(&script, &FakeDial::fine()), &account, reference)).unwrap();
        assert_eq!((file.bytes.as_slice(), file.content_type.as_deref()), (b"bytes".as_slice(), Some("image/jpeg")));
        authorization(&script.done()[0]).is_some()
    };
    assert!(fetch("https://api.twilio.com/2010-04-01/Accounts/AC2/Messages/MM1/Media/ME1", json!({})));
    assert!(fetch("https://provider.example/sim/media/1", json!({"base_url": "https://provider.example/sim/"})));
    for stranger in [
        "https://eviltwilio.com/x",
        "https://api.twilio.com.evil.example/x",
        "https://api.twilio.com@evil.example/x",
        "http://api.twilio.com/x",
    ] {
        assert!(!fetch(stranger, json!({})), "{stranger}");
    }
    assert!(!fetch("https://provider.example/simulated", json!({"base_url": "https://provider.example/sim"})));
    let script = Script::new(vec![("GET", "", http(404, &[], r#"{"code":20404,"message":"gone","status":404}"#))]);
    let gone = run(twilio.fetch(edge(&script, &FakeDial::fine()), &account(twilio), "https://api.twilio.com/x"));
    assert!(matches!(gone, Err(SendError::Permanent { .. })));

    // Whoever wants STOP to be a word like any other says so.
    let plain = account_with(twilio, json!({"opt_out_words": false}));
    let raw = deliver(&plain, "x", b"MessageSid=SM1&From=%2B27825550001&To=%2B15005550006&Body=stop&NumMedia=0".to_vec());
    assert_eq!(twilio.parse(&plain, &Verified::from_journal(raw)).unwrap().len(), 1);
}

fn installs(twilio: &dyn Channel) {
    let installer = twilio.installer().unwrap();
    let bare = account_with(twilio, json!({"sender": ""}));
    let first = r#"{"incoming_phone_numbers":[
        {"sid":"PN1","phone_number":"+15005550006","friendly_name":"(500) 555-0006","sms_url":"https://old.example/","capabilities":{"sms":true,"mms":true}},
        {"sid":"PN2","phone_number":"+15005550007","friendly_name":"Fax","capabilities":{"sms":false}}],
        "next_page_uri":"/2010-04-01/Accounts/AC22222222222222222222222222222222/IncomingPhoneNumbers.json?Page=1&PageToken=PA1"}"#;
    let second = r#"{"incoming_phone_numbers":[{"sid":"PN3","phone_number":"+27105550001","friendly_name":"Cape","sms_url":"","capabilities":{"sms":true}}],"next_page_uri":null}"#;
    let services = r#"{"services":[{"sid":"MG33333333333333333333333333333333","friendly_name":"Care","inbound_request_url":null}],"meta":{"next_page_url":null}}"#;
    let script = Script::new(vec![
        (
            "GET",
            "https://api.twilio.com/2010-04-01/Accounts/AC22222222222222222222222222222222/IncomingPhoneNumbers.json?PageSize=200",
            http(200, &[], first),
        ),
        ("GET", "IncomingPhoneNumbers.json?Page=1&PageToken=PA1", http(200, &[], second)),
        ("GET", "https://messaging.twilio.com/v1/Services?PageSize=100", http(200, &[], services)),
    ]);
    let all = run(installer.list(edge(&script, &FakeDial::fine()), &bare)).unwrap();
    script.done();
    let shown: Vec<(&str, &str, Option<&str>)> = all.iter().map(|r| (r.id.as_str(), r.name.as_str(), r.webhook.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("+15005550006", "+15005550006 ((500) 555-0006, text and pictures)", Some("https://old.example/")),
            ("+27105550001", "+27105550001 (Cape, text)", None),
            ("MG33333333333333333333333333333333", "Care (messaging service)", None),
        ]
    );

    let here = "https://inbox.acme.example/api/webhooks/twilio/key1";
    let own = r#"{"incoming_phone_numbers":[{"sid":"PN1","phone_number":"+15005550006","sms_url":"https://old.example/","sms_application_sid":"AP1"}]}"#;
    let script = Script::new(vec![
        ("GET", "IncomingPhoneNumbers.json?PhoneNumber=%2B15005550006", http(200, &[], own)),
        ("POST", "/IncomingPhoneNumbers/PN1.json", http(200, &[], "{}")),
    ]);
    let words = run(installer.install(edge(&script, &FakeDial::fine()), &account(twilio), here)).unwrap();
    assert!(words.contains("https://old.example/"), "{words}");
    let form = form_of(&script.done()[1]);
    let get = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!((get("SmsUrl"), get("SmsMethod"), get("SmsApplicationSid")), (Some(here), Some("POST"), Some("")));
    assert_eq!(get("StatusCallback"), None, "that one is for calls");

    let service = account_with(twilio, json!({"sender": "MG33333333333333333333333333333333"}));
    let script = Script::new(vec![
        ("GET", "/v1/Services/MG33333333333333333333333333333333", http(200, &[], r#"{"friendly_name":"Care"}"#)),
        ("POST", "/v1/Services/MG33333333333333333333333333333333", http(200, &[], "{}")),
    ]);
    run(installer.install(edge(&script, &FakeDial::fine()), &service, here)).unwrap();
    let form = form_of(&script.done()[1]);
    let get = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!(
        (get("InboundRequestUrl"), get("StatusCallback"), get("UseInboundWebhookOnNumber")),
        (Some(here), Some(here), Some("false"))
    );

    // Elsewhere than at Twilio the other products lie below the one address.
    let account = account_with(twilio, json!({"base_url": "https://provider.example/sim", "sender": "MG33333333333333333333333333333333"}));
    let played = Played::new(twilio, &account);
    assert_eq!(run(installer.list(edge(&played, &FakeDial::fine()), &account)).unwrap().len(), 2);
    run(installer.install(edge(&played, &FakeDial::fine()), &account, here)).unwrap();
    assert!(matches!(run(twilio.health(edge(&played, &FakeDial::fine()), &account)), Health::Ok { .. }));
    let name = account_with(twilio, json!({"base_url": "https://provider.example/sim", "sender": "Acme"}));
    assert!(run(installer.install(edge(&played, &FakeDial::fine()), &name, here)).unwrap().contains("cannot be answered"));
    let regional = account_with(twilio, json!({"base_url": "https://api.dublin.ie1.twilio.com"}));
    assert_eq!(connectors::kit::twilio::product_url(&regional, "content", "/v1"), "https://content.dublin.ie1.twilio.com/v1");
}
