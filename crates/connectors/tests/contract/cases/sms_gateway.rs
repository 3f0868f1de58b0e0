//! Gateways that are described by settings: templates out, names of fields in.

use super::*;
use crate::fakes::*;
use connectors::kit::{calls, forms, signatures};
use kernel::http::{HttpError, HttpRequest};
use kernel::message::{Address, MessageStatus};
use kernel::time::MINUTE;
use serde_json::json;

const SECRET: &str = "TOPSECRET-inbound";
const OK: &str = r#"{"id":"gw-1","status":"ok"}"#;

pub static CASE: Case = Case {
    id: "sms_gateway",
    folder: "sms_gateway",
    form: || {
        json!({
            "sender": "+27105550001", "send_url": "https://gateway.example/api/send", "auth": "bearer", "password": "TOPSECRET-key",
            "inbound_secret": SECRET, "id_field": "id", "error_field": "error", "check_url": "https://gateway.example/api/balance?u={username}",
            "country_code": "27", "username": "acme",
        })
    },
    deliver: |account, name, body| {
        let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
        let mut raw =
            RawDelivery { method: "POST".into(), path: format!("/api/webhooks/sms_gateway?token={SECRET}"), ..Default::default() };
        raw.received_at = NOW;
        match end {
            "json" => raw.headers.push(("content-type".into(), "application/json".into())),
            "form" => raw.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into())),
            "query" => {
                let ours = format!("&sender={}&message=msg_1", calls::encode(&account.identifier));
                let ours = if stem.starts_with("callback-") { ours } else { String::new() };
                raw.path = format!("{}{ours}&{}", raw.path, String::from_utf8_lossy(&body));
                raw.method = "GET".into();
                return raw;
            }
            _ => {}
        }
        RawDelivery { body, ..raw }
    },
    keys: || None,
    forgeries: |_, genuine| {
        let at = |path: &str| RawDelivery { path: path.into(), ..genuine.clone() };
        let with = |name: &str, value: &str| {
            let mut raw = at("/api/webhooks/sms_gateway");
            raw.headers.push((name.into(), value.into()));
            raw
        };
        vec![
            Forgery::new("no secret", at("/api/webhooks/sms_gateway"), "signature.missing"),
            Forgery::new("an empty secret", at("/api/webhooks/sms_gateway?token="), "signature.missing"),
            Forgery::new("another secret", at("/api/webhooks/sms_gateway?token=other"), "signature.wrong"),
            Forgery::new("a part of it", at("/api/webhooks/sms_gateway?token=TOPSECRET"), "signature.wrong"),
            Forgery::new("another in the header", with("x-webhook-token", "other"), "signature.wrong"),
            Forgery::new("another bearer", with("authorization", "Bearer other"), "signature.wrong"),
            Forgery::new("basic without a password", with("authorization", "Basic eA=="), "signature.missing"),
            Forgery::new("PUT", RawDelivery { method: "PUT".into(), ..genuine.clone() }, "transport.wrong"),
        ]
    },
    answers: || {
        let mut all = common_http(OK, Verdict::Uncertain);
        all.push(("wrong credentials", Told::Http(http(401, &[], r#"{"error":"no"}"#)), Verdict::Account));
        all.push(("bad request", Told::Http(http(400, &[], r#"{"error":"no such number"}"#)), Verdict::Permanent));
        all.push(("words", Told::Http(http(200, &[], "Message accepted")), Verdict::Sent));
        all.push(("garbage", Told::Http(http(200, &[], "\u{0}garbage")), Verdict::Sent));
        all.push(("an endless answer", Told::Http(Err(HttpError::TooLarge)), Verdict::Uncertain));
        all
    },
    ill: || vec![Told::Http(http(401, &[], "")), Told::Http(http(404, &[], "")), Told::Http(Err(HttpError::Connect("refused".into())))],
    more,
};

fn more(gateway: &'static dyn Channel) {
    bodies(gateway);
    sign_ins(gateway);
    answers(gateway);
    proofs(gateway);
    deliveries(gateway);
    described_gateways(gateway);
    let raw = RawDelivery { path: "/api/webhooks/sms_gateway?sender=Acme&message=msg_1".into(), ..Default::default() };
    assert_eq!(gateway.addressees(&raw), ["acme"]);
    // Some gateways send the answer to the person, some want a word.
    let quiet = gateway.acknowledge(&account(gateway), &raw).unwrap();
    assert_eq!((quiet.status, quiet.body.as_slice()), (200, b"".as_slice()));
    assert_eq!(gateway.acknowledge(&account_with(gateway, json!({"reply": "ACK"})), &raw).unwrap().body, b"ACK");
}

fn asked(gateway: &dyn Channel, changes: Value) -> HttpRequest {
    let account = account_with(gateway, changes);
    let message = Outbound { text: "Füße & \"more\" <b>\nnew line".into(), ..outbound_for(gateway) };
    let script = Script::new(vec![("", "https://", http(200, &[], OK))]);
    // The method is looked at by the caller.
    let mut script = script;
    script.left.get_mut().unwrap()[0].0 = if account.settings.text("method") == Some("GET") { "GET" } else { "POST" };
    run(gateway.send(edge(&script, &FakeDial::fine()), &account, &message)).unwrap();
    script.done().remove(0)
}
fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

fn bodies(gateway: &dyn Channel) {
    let text = "Füße & \"more\" <b>\nnew line";
    let callback = "https://inbox.acme.example/api/webhooks/sms_gateway?sender=%2B27105550001&message=msg_1&token=TOPSECRET-inbound";
    let plain = asked(gateway, json!({}));
    assert_eq!(plain.url, "https://gateway.example/api/send");
    let body: Value = serde_json::from_slice(&plain.body).unwrap();
    assert_eq!(body, json!({"id": "msg_1", "to": "+27825550001", "from": "+27105550001", "text": text, "callback_url": callback}));

    let nested = r#"{"messages": [{"dest": "{to_digits}", "content": {"t": "{text}", "parts": "{parts}"}, "n": 1, "{x}": "{"}]}"#;
    let body: Value = serde_json::from_slice(&asked(gateway, json!({"body": nested})).body).unwrap();
    assert_eq!(body, json!({"messages": [{"dest": "27825550001", "content": {"t": text, "parts": "1"}, "n": 1, "{x}": "{"}]}));

    let form =
        asked(gateway, json!({"body_type": "form", "body": "dest={to_00}\nmsg={text}\nuser={username}\npass={password}\ndcs={unicode}"}));
    let pairs = forms::pairs(&form.body);
    let get = |name: &str| forms::first(&pairs, name);
    assert_eq!(
        (get("dest"), get("msg"), get("user"), get("pass")),
        (Some("0027825550001"), Some(text), Some("acme"), Some("TOPSECRET-key"))
    );
    assert_eq!((get("dcs"), header(&form, "content-type")), (Some("0"), Some("application/x-www-form-urlencoded")));

    let get_form = asked(
        gateway,
        json!({"method": "GET", "body_type": "form", "body": "to={to}\ntext={text}", "send_url": "https://gateway.example/s?a=1"}),
    );
    assert_eq!(get_form.url, "https://gateway.example/s?a=1&to=%2B27825550001&text=F%C3%BC%C3%9Fe+%26+%22more%22+%3Cb%3E%0Anew+line");
    let in_address = json!({"method": "GET", "body_type": "none", "send_url": "https://gateway.example/{username}/s?to={to_digits}&m={text}&h={text_hex}"});
    let url = asked(gateway, in_address).url;
    assert!(
        url.starts_with(
            "https://gateway.example/acme/s?to=27825550001&m=F%C3%BC%C3%9Fe%20%26%20%22more%22%20%3Cb%3E%0Anew%20line&h=004600FC00DF"
        ),
        "{url}"
    );

    let xml = asked(gateway, json!({"body_type": "xml", "body": "<sms><to>{to}</to><m a=\"{id}\">{text}</m></sms>"}));
    let shown = String::from_utf8(xml.body).unwrap();
    assert_eq!(shown, "<sms><to>+27825550001</to><m a=\"msg_1\">Füße &amp; &quot;more&quot; &lt;b&gt;\nnew line</m></sms>");

    let wrong = |changes: Value| {
        let account = account_with(gateway, changes);
        send(gateway, &account, &outbound_for(gateway), FakeHttp(http(200, &[], OK)), FakeDial::fine())
    };
    for changes in [
        json!({"body": "{\"to\": {to}}"}),
        json!({"headers": "Host: evil.example"}),
        json!({"headers": "no colon"}),
        json!({"auth": "header", "auth_header": "a b"}),
        json!({"auth": "basic", "username": ""}),
        json!({"password": ""}),
        json!({"send_url": ""}),
    ] {
        assert!(matches!(wrong(changes.clone()), Err(SendError::Account { .. })), "{changes}");
    }
    let to = |address: &str| Outbound { to: vec![Address::bare(address)], ..outbound_for(gateway) };
    let account = account(gateway);
    for (message, fits) in [
        (to("082 555 0001"), true),
        (to("43210"), true),
        (to("ann@customer.example"), false),
        (to(""), false),
        (Outbound { text: " ".into(), ..outbound_for(gateway) }, false),
    ] {
        assert_eq!(send(gateway, &account, &message, FakeHttp(http(200, &[], OK)), FakeDial::fine()).is_ok(), fits, "{:?}", message.to);
    }
    let file = OutboundFile { name: "a.png".into(), content_type: "image/png".into(), bytes: vec![1], url: "https://a.example/".into() };
    let picture = Outbound { files: vec![file], ..outbound_for(gateway) };
    let result = send(gateway, &account, &picture, FakeHttp(http(200, &[], OK)), FakeDial::fine());
    assert!(matches!(result, Err(SendError::Policy { code, .. }) if code == "policy.no_files"));
}

fn sign_ins(gateway: &dyn Channel) {
    assert_eq!(header(&asked(gateway, json!({})), "authorization"), Some("Bearer TOPSECRET-key"));
    // acme:TOPSECRET-key
    let basic = asked(gateway, json!({"auth": "basic"}));
    assert_eq!(header(&basic, "authorization"), Some("Basic YWNtZTpUT1BTRUNSRVQta2V5"));
    let own = asked(gateway, json!({"auth": "header", "auth_header": "X-Key", "headers": "X-User: {username}\nX-To: {to}"}));
    assert_eq!(
        (header(&own, "x-key"), header(&own, "x-user"), header(&own, "x-to")),
        (Some("TOPSECRET-key"), Some("acme"), Some("+27825550001"))
    );
    assert_eq!(header(&own, "authorization"), None);
    let broken_line = asked(gateway, json!({"headers": "X-Text: {text}"}));
    assert_eq!(header(&broken_line, "x-text"), Some("Füße & \"more\" <b>new line"));
    let signed = asked(gateway, json!({"auth": "signature"}));
    let (timestamp, signature) = (header(&signed, "x-timestamp").unwrap(), header(&signed, "x-signature").unwrap());
    assert_eq!(timestamp, (NOW / 1000).to_string());
    let hex = signature.strip_prefix("sha256=").unwrap();
    assert!(signatures::check_hex(b"TOPSECRET-key", &[timestamp.as_bytes(), b".", &signed.body], hex));
}

fn answers(gateway: &dyn Channel) {
    let said = |changes: Value, status: u16, body: &str| {
        send(gateway, &account_with(gateway, changes), &outbound_for(gateway), FakeHttp(http(status, &[], body)), FakeDial::fine())
    };
    let id = |result: Result<Receipt, SendError>| result.unwrap().external_id;
    let nexmo = json!({"success_field": "messages.0.status", "success_values": ["0"], "retry_values": ["1"], "account_values": ["4", "9"],
        "id_field": "messages.0.message-id", "error_field": "messages.0.error-text"});
    let answer = |status: &str| format!(r#"{{"messages":[{{"status":"{status}","message-id":"0A1","error-text":"words of theirs"}}]}}"#);
    assert_eq!(id(said(nexmo.clone(), 200, &answer("0"))).as_deref(), Some("0A1"));
    assert!(matches!(said(nexmo.clone(), 200, &answer("1")), Err(SendError::Retry { .. })));
    assert!(matches!(said(nexmo.clone(), 200, &answer("9")), Err(SendError::Account { .. })));
    assert!(matches!(said(nexmo.clone(), 200, &answer("6")), Err(SendError::Permanent { detail }) if detail.contains("words of theirs")));
    // Nobody knows what an answer without the promised field means.
    assert!(matches!(said(nexmo.clone(), 200, "{}"), Err(SendError::Uncertain { .. })));
    assert!(matches!(said(nexmo, 503, ""), Err(SendError::Retry { .. })));

    let words = json!({"success_values": ["OK", "1701"], "account_values": ["1703"], "id_field": "#3", "error_field": ""});
    assert_eq!(id(said(words.clone(), 200, "1701|27825550001|id-9")).as_deref(), Some("id-9"));
    assert_eq!(id(said(words.clone(), 200, "ok: queued id-8")).as_deref(), Some("id-8"));
    assert!(matches!(said(words.clone(), 200, "1703|wrong"), Err(SendError::Account { detail }) if detail.contains("1703|wrong")));
    assert!(matches!(said(words, 200, "17011"), Err(SendError::Permanent { .. })));

    let xml = json!({"success_field": "code", "success_values": ["200"], "id_field": "sid", "error_field": "why"});
    assert_eq!(id(said(xml.clone(), 200, "<r><code>200</code><sid>x-1</sid></r>")).as_deref(), Some("x-1"));
    assert!(
        matches!(said(xml, 200, "<r><code>5</code><why>no &amp; no</why></r>"), Err(SendError::Permanent { detail }) if detail.contains("no & no"))
    );

    let page = said(json!({}), 400, "<!doctype html><html>a long page</html>");
    assert!(matches!(page, Err(SendError::Permanent { detail }) if !detail.contains("html")));
    let lost = |changes| {
        send(
            gateway,
            &account_with(gateway, changes),
            &outbound_for(gateway),
            FakeHttp(Err(HttpError::Uncertain("timeout".into()))),
            FakeDial::fine(),
        )
    };
    assert!(matches!(lost(json!({"drops_repeats": true})), Err(SendError::Retry { .. })));
    assert!(matches!(lost(json!({})), Err(SendError::Uncertain { .. })));

    let silent = account_with(gateway, json!({"check_url": ""}));
    assert!(matches!(health(gateway, &silent, FakeHttp(http(500, &[], "")), FakeDial::fine()), Health::Ok { .. }));
    let blind = account_with(gateway, json!({"body": "{\"to\": \"{to}\"}"}));
    assert!(
        matches!(health(gateway, &blind, FakeHttp(http(200, &[], "")), FakeDial::fine()), Health::Broken { detail } if detail.contains("{text}"))
    );
    let check = Script::new(vec![("GET", "https://gateway.example/api/balance?u=acme", http(200, &[], "5 credits"))]);
    assert!(matches!(run(gateway.health(edge(&check, &FakeDial::fine()), &account(gateway))), Health::Ok { .. }));
    assert_eq!(header(&check.done()[0], "authorization"), Some("Bearer TOPSECRET-key"));
}

fn proofs(gateway: &dyn Channel) {
    let body = br#"{"id":"1","from":"27825550001","text":"Hi"}"#.to_vec();
    let with = |name: &str, value: &str| RawDelivery {
        method: "POST".into(),
        path: "/x".into(),
        headers: vec![(name.into(), value.into())],
        body: body.clone(),
        received_at: NOW,
        peer: None,
    };
    let ok = |account: &Account, raw: RawDelivery| {
        gateway.verify(account, Unverified::new(raw), Proof::at(NOW)).map(|v| v.how()).map_err(|r| r.code)
    };
    let plain = account(gateway);
    // anyone:TOPSECRET-inbound
    for (name, value) in [
        ("X-Webhook-Token", SECRET),
        ("authorization", "Bearer TOPSECRET-inbound"),
        ("authorization", "basic YW55b25lOlRPUFNFQ1JFVC1pbmJvdW5k"),
    ] {
        assert_eq!(ok(&plain, with(name, value)), Ok("token"), "{name}");
    }
    let renamed = account_with(gateway, json!({"token_header": "X-Key"}));
    assert_eq!(
        (ok(&renamed, with("x-key", SECRET)), ok(&renamed, with("x-webhook-token", SECRET))),
        (Ok("token"), Err("signature.missing"))
    );
    assert_eq!(ok(&account_with(gateway, json!({"inbound_secret": ""})), with("x-webhook-token", "")), Err("signature.unset"));

    let signing = account_with(gateway, json!({"proof": "signature"}));
    let genuine = gateway.simulator().unwrap().delivery(&signing, &said(gateway), NOW);
    assert_eq!(ok(&signing, genuine.clone()), Ok("hmac-sha256"));
    assert!(!genuine.path.contains(SECRET));
    let late = gateway.verify(&signing, Unverified::new(genuine.clone()), Proof::at(NOW + 6 * MINUTE)).unwrap_err();
    assert_eq!(late.code, "signature.expired");
    let mut changed = genuine.clone();
    changed.body.push(b' ');
    assert_eq!(ok(&signing, changed), Err("signature.wrong"));
    assert_eq!(ok(&signing, with("x-webhook-token", SECRET)), Err("signature.missing"), "the secret alone proves nothing then");
    assert_eq!(ok(&signing, RawDelivery { method: "GET".into(), ..genuine }), Err("transport.wrong"));
}

fn parsed(gateway: &dyn Channel, changes: Value, content_type: &str, body: &str) -> Vec<Inbound> {
    let account = account_with(gateway, changes);
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    let raw = RawDelivery { method: "POST".into(), path: "/x".into(), headers, body: body.into(), received_at: NOW, peer: None };
    gateway.parse(&account, &Verified::from_journal(raw)).unwrap()
}

fn deliveries(gateway: &dyn Channel) {
    let named = json!({"in_list": "data.results", "in_from": "origin.no", "in_text": "payload.t", "in_id": "ref", "in_time": "at"});
    let body = r#"{"id":"batch","data":{"results":[{"origin":{"no":"27825550001"},"payload":{"t":"Hi"},"ref":"r-1","at":1795244300},
        {"origin":{"no":"27825550002"},"payload":{"t":"Ho"}}]}}"#;
    let all = parsed(gateway, named, "application/json", body);
    let [Inbound::Message(one), Inbound::Message(two)] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((one.external_id.as_str(), one.text.as_str(), one.sent_at), ("r-1", "Hi", Some(1_795_244_300_000)));
    assert_eq!((two.text.as_str(), two.external_id.len(), two.sent_at), ("Ho", 32, None));

    let custom = json!({"status_field": "Result", "status_id_field": "Ref", "delivered_values": ["D"], "failed_values": ["F"], "status_error_field": "Why"});
    let report = parsed(gateway, custom.clone(), "application/x-www-form-urlencoded", "Ref=gw-1&Result=d&text=the+old+text&from=1");
    assert!(matches!(&report[0], Inbound::Status(s) if s.external_id == "gw-1" && s.status == MessageStatus::Delivered));
    let report = parsed(gateway, custom, "application/x-www-form-urlencoded", "Ref=gw-1&Result=F&Why=no");
    assert!(matches!(&report[0], Inbound::Status(s) if s.error.as_deref() == Some("no [F]")));

    let multipart = "--b\r\nContent-Disposition: form-data; name=\"from\"\r\n\r\n27825550001\r\n--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nHi\r\n--b--\r\n";
    let all = parsed(gateway, json!({}), "multipart/form-data; boundary=b", multipart);
    assert!(matches!(&all[0], Inbound::Message(m) if m.text == "Hi"));
    // A second “Yes” a minute later is another message.
    let yes = |at| {
        let raw = RawDelivery { method: "POST".into(), body: b"from=27825550001&text=Yes".to_vec(), received_at: at, ..Default::default() };
        match &gateway.parse(&account(gateway), &Verified::from_journal(raw)).unwrap()[0] {
            Inbound::Message(m) => m.external_id.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(yes(NOW) == yes(NOW) && yes(NOW) != yes(NOW + MINUTE));
    let none = parsed(gateway, json!({"stop_words": []}), "application/json", r#"{"from":"27825550001","text":"stop"}"#);
    assert_eq!(none.len(), 1);
}

/// The simulator plays whatever gateway the settings describe.
fn described_gateways(gateway: &dyn Channel) {
    for described in [
        json!({}),
        json!({"auth": "signature", "id_field": ""}),
        json!({"method": "GET", "body_type": "none", "auth": "none", "send_url": "https://g.example/{username}/{password}/s?to={to_digits}&m={text}", "id_field": "#2", "success_values": ["OK"]}),
        json!({"method": "GET", "body_type": "form", "auth": "basic", "success_field": "status", "success_values": ["0"]}),
        json!({"body_type": "form", "body": "d={to}\nm=Acme: {text}\nx=1", "auth": "header", "success_field": "messages.0.status", "success_values": ["0"], "id_field": "messages.0.id"}),
        json!({"body_type": "xml", "auth": "none", "success_values": ["OK"], "id_field": "ref"}),
        json!({"body": "{\"m\":[{\"to\":[\"{to}\"],\"t\":\"{text}\"}],\"flash\":false}", "in_from": "a.b", "in_list": "all", "proof": "signature"}),
    ] {
        let mut changes = described.clone();
        changes["base_url"] = "https://provider.example/sim".into();
        let account = account_with(gateway, changes);
        let played = Played::new(gateway, &account);
        let message = Outbound { text: "5 < 6 & \"so on\" – 100 %".into(), ..outbound_for(gateway) };
        let receipt =
            run(gateway.send(edge(&played, &FakeDial::fine()), &account, &message)).unwrap_or_else(|e| panic!("{described}: {e:?}"));
        let seen = played.seen.lock().unwrap().clone();
        assert!(matches!(seen.as_slice(), [one] if one.text == message.text && one.to.ends_with("27825550001")), "{described}: {seen:?}");
        assert_eq!(receipt.external_id.is_some(), account.settings.text("id_field").is_some(), "{described}");
        if let Some(id) = receipt.external_id {
            assert_eq!(id, seen[0].external_id, "{described}");
        }
        let other = account_with(gateway, json!({"password": "TOPSECRET-other", "base_url": "https://provider.example/sim"}));
        if !matches!(account.settings.text("auth"), Some("none")) {
            let changed = Account { settings: account.settings.clone(), ..other };
            let mut values = changed.settings.values().clone();
            values.insert("password".into(), "TOPSECRET-other".into());
            let changed = Account { settings: Settings::new(values), ..changed };
            let strict = Played::new(gateway, &account);
            let refused = run(gateway.send(edge(&strict, &FakeDial::fine()), &changed, &message));
            assert!(matches!(refused, Err(SendError::Account { .. })), "{described}: {refused:?}");
        }
        let raw = gateway.simulator().unwrap().delivery(&account, &said(gateway), NOW);
        let verified = gateway.verify(&account, Unverified::new(raw), Proof::at(NOW)).unwrap();
        let parsed = gateway.parse(&account, &verified).unwrap();
        assert!(matches!(&parsed[0], Inbound::Message(m) if m.text == "Where is my order?"), "{described}: {parsed:?}");
    }
}
