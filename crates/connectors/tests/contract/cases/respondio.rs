//! respond.io: two families of webhooks, the Developer API v2.

use super::*;
use crate::fakes::*;
use serde_json::json;

const OK: &str = r#"{"messageId":1768300300000000}"#;
const HEADER: &str = "x-webhook-signature";

pub static CASE: Case = Case {
    id: "respondio",
    folder: "respondio",
    form: || json!({"space_id": "123456", "signing_keys": "TOPSECRET-in, TOPSECRET-out", "access_token": "TOPSECRET-token", "read_only": false}),
    // Each kind of event is signed with the key of its own webhook.
    deliver: |_, name, body| signed(if name.contains("sent") { "TOPSECRET-out" } else { "TOPSECRET-in" }, body),
    keys: || None,
    forgeries: |_, genuine| {
        let mut changed = genuine.clone();
        changed.body.push(b' ');
        let with = |value: Option<&str>| {
            let mut raw = genuine.clone();
            raw.headers.retain(|(n, _)| n != HEADER);
            raw.headers.extend(value.map(|v| (HEADER.to_owned(), v.to_owned())));
            raw
        };
        let right = genuine.header(HEADER).unwrap();
        let other = signed("another", genuine.body.clone());
        vec![
            Forgery::new("changed", changed, "signature.wrong"),
            Forgery::new("no header", with(None), "signature.missing"),
            Forgery::new("an empty header", with(Some(" ")), "signature.missing"),
            Forgery::new("another key", with(other.header(HEADER)), "signature.wrong"),
            Forgery::new("cut", with(Some(&right[..20])), "signature.wrong"),
            Forgery::new("neither base64 nor hex", with(Some("sha256=!!")), "signature.wrong"),
            Forgery::new("GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
        ]
    },
    answers: || {
        let error = |status, code| Told::Http(http(status, &[], &json!({"code": code, "message": "words"}).to_string()));
        let mut all = common_http(OK, Verdict::Uncertain);
        all.push(("an id as a text", Told::Http(http(200, &[], r#"{"messageId":"1768300300000000"}"#)), Verdict::Sent));
        all.push(("garbage", Told::Http(http(200, &[], "\u{0}garbage")), Verdict::Sent));
        all.push(("validation", error(400, 400), Verdict::Permanent));
        all.push(("token", error(401, 401), Verdict::Account));
        all.push(("token, with the wrong code in its body", error(401, 400), Verdict::Account));
        all.push(("forbidden", error(403, 403), Verdict::Account));
        all.push(("no such contact", error(404, 404), Verdict::Permanent));
        all.push(("conflict", error(409, 409), Verdict::Permanent));
        all.push(("queued", error(449, 449), Verdict::Retry(Some(60_000))));
        all.push(("queued, by the body", error(400, 449), Verdict::Retry(Some(60_000))));
        let soon = Told::Http(http(449, &[("Retry-After", "5")], r#"{"code":449}"#));
        all.push(("queued, and asked too soon", soon, Verdict::Retry(Some(60_000))));
        let later = Told::Http(http(449, &[("Retry-After", "180")], r#"{"code":449}"#));
        all.push(("queued for longer", later, Verdict::Retry(Some(180_000))));
        let limited = Told::Http(http(
            429,
            &[("Retry-After", "7"), ("X-RateLimit-Remaining", "0")],
            r#"{"code":429,"message":"Rate limit exceeded."}"#,
        ));
        all.push(("rate limit", limited, Verdict::Retry(Some(7_000))));
        all.push(("broken", error(500, 500), Verdict::Retry(None)));
        all
    },
    ill: || {
        vec![
            Told::Http(http(401, &[], r#"{"code":401,"message":"Unauthorized"}"#)),
            Told::Http(http(500, &[], "")),
            Told::Http(Err(kernel::http::HttpError::Connect("refused".into()))),
        ]
    },
    more,
};

fn signed(key: &str, body: Vec<u8>) -> RawDelivery {
    let mac = connectors::kit::signatures::mac_sha256(key.as_bytes(), &[&body]);
    let headers = vec![(HEADER.to_owned(), data_encoding::BASE64.encode(&mac))];
    RawDelivery { method: "POST".into(), path: "/api/webhooks/respond-io".into(), headers, body, received_at: NOW, peer: None }
}

fn body(request: &kernel::http::HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}
/// The body of the one request that this message becomes.
fn one(channel: &dyn Channel, message: &Outbound) -> Value {
    let script = Script::new(vec![("POST", "https://api.respond.io/v2/contact/id:204210001/message", http(200, &[], OK))]);
    let receipt = run(channel.send(edge(&script, &FakeDial::fine()), &account(channel), message)).unwrap();
    assert_eq!(receipt.external_id.as_deref(), Some("1768300300000000"));
    let asked = script.done();
    assert!(asked[0].headers.iter().any(|(n, v)| n == "authorization" && v == "Bearer TOPSECRET-token"));
    body(&asked[0])
}
fn refused(channel: &dyn Channel, account: &Account, message: &Outbound) -> SendError {
    run(channel.send(edge(&Script::new(vec![]), &FakeDial::fine()), account, message)).unwrap_err()
}
fn file(name: &str, content_type: &str) -> OutboundFile {
    OutboundFile {
        name: name.into(),
        content_type: content_type.into(),
        bytes: vec![7],
        url: format!("https://inbox.acme.example/f/{name}"),
    }
}
fn parsed(channel: &dyn Channel, account: &Account, name: &str) -> Vec<Inbound> {
    let body = crate::fixtures(channel).into_iter().find(|(n, _)| n == name).unwrap().1;
    channel.parse(account, &Verified::from_journal(signed("x", body))).unwrap()
}

fn more(respondio: &'static dyn Channel) {
    signatures(respondio);
    whose_messages(respondio);
    texts(respondio);
    mails(respondio);
    templates(respondio);
    around(respondio);
    simulated(respondio);
}

fn signatures(respondio: &dyn Channel) {
    assert_eq!(respondio.descriptor().webhook_paths, ["respond-io"]);
    let known = account_with(respondio, json!({"signing_keys": "another\nrespondio-signing-key"}));
    let bodies = crate::fixtures(respondio);
    let body = |name: &str| bodies.iter().find(|(n, _)| n == name).unwrap().1.clone();
    // Computed with two independent HMAC implementations.
    let vectors = [
        ("nested-received-pretty.json", "vofxXPOHvRIZIWvuEOwrEiM1hOahPv9vk/i1Kufu1YM="),
        ("nested-received-pretty.json", "be87f15cf387bd1219216bee10ec2b12233584e6a13eff6f93f8b52ae7eed583"),
        ("nested-received.json", "YT4hDUHbsjaPuSy6r3lEx00r/9JsTMLn9cBvZvjPigA="),
        ("nested-received.json", "sha256=613E210D41DBB2368FB92CBAAF7944C74D2BFFD26C4CC2E7F5C06F66F8CF8A00"),
        ("text.json", "qVnKYoRlWdb1iaau/QWCAsZJdk7Q6KzAiT8ActrHusg="),
        ("text.json", "sha256=qVnKYoRlWdb1iaau/QWCAsZJdk7Q6KzAiT8ActrHusg="),
    ];
    for (name, signature) in vectors {
        for header in ["X-Webhook-Signature", "x-respond-signature", "X-Signature"] {
            let raw = RawDelivery { headers: vec![(header.into(), signature.into())], ..signed("x", body(name)) };
            assert!(respondio.verify(&known, Unverified::new(raw), Proof::at(NOW)).is_ok(), "{name} {header} {signature}");
        }
    }
    let strict = account_with(respondio, json!({"signing_keys": "respondio-signing-key", "other_headers": false}));
    let raw = RawDelivery { headers: vec![("x-signature".into(), vectors[4].1.into())], ..signed("x", body("text.json")) };
    assert_eq!(respondio.verify(&strict, Unverified::new(raw), Proof::at(NOW)).unwrap_err().code, "signature.missing");
    for empty in ["", " , "] {
        let unset = account_with(respondio, json!({"signing_keys": empty}));
        let raw = signed("", body("text.json"));
        assert_eq!(respondio.verify(&unset, Unverified::new(raw), Proof::at(NOW)).unwrap_err().code, "signature.unset");
    }
    // The same words, spaced or not, are the same message.
    let ids: Vec<String> = ["nested-received.json", "nested-received-pretty.json"]
        .into_iter()
        .map(|name| match parsed(respondio, &known, name).remove(0) {
            Inbound::Message(m) => m.external_id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
}

/// What went out by the API is ours, unless nothing is sent from here or others use the API, too.
fn whose_messages(respondio: &dyn Channel) {
    let ours = account(respondio);
    let list = parsed(respondio, &ours, "sent-by-api.json");
    assert!(matches!(&list[0], Inbound::Status(s) if s.status == kernel::message::MessageStatus::Delivered), "{list:?}");
    for changes in [json!({"read_only": true}), json!({"others_use_api": true})] {
        let list = parsed(respondio, &account_with(respondio, changes), "sent-by-api.json");
        assert!(matches!(&list[0], Inbound::Message(m) if m.echo && !m.automatic), "{list:?}");
    }
    // The id in the receipt is the one that comes back.
    let played = account_with(respondio, json!({"base_url": "https://provider.example/sim"}));
    let http = Played::new(respondio, &played);
    let receipt = run(respondio.send(edge(&http, &FakeDial::fine()), &played, &outbound_for(respondio))).unwrap();
    let id = receipt.external_id.unwrap();
    for (status, failed) in [(kernel::message::MessageStatus::Sent, false), (kernel::message::MessageStatus::Failed, true)] {
        let raw = respondio.simulator().unwrap().report(&played, &id, "204210001", status, NOW).unwrap();
        let verified = prove(respondio, &played, raw, NOW).unwrap();
        let Inbound::Status(s) = respondio.parse(&played, &verified).unwrap().remove(0) else { panic!() };
        assert_eq!((s.external_id.as_str(), s.status, s.error.is_some()), (id.as_str(), status, failed));
    }
}

fn texts(respondio: &dyn Channel) {
    let plain = outbound_for(respondio);
    assert_eq!(one(respondio, &plain), json!({"channelId": null, "message": {"type": "text", "text": "It left our house on Friday."}}));
    // The channel of the conversation, then of the last message, then of the settings.
    let of_thread = Outbound { thread_key: Some("204210001:12345".into()), ..plain.clone() };
    assert_eq!(one(respondio, &of_thread)["channelId"], 12345);
    let metadata: serde_json::Map<String, Value> = [("channel_id".to_owned(), json!("12347"))].into_iter().collect();
    let of_message = Outbound { thread_key: Some("conv_1".into()), last_inbound_metadata: metadata, ..plain.clone() };
    assert_eq!(one(respondio, &of_message)["channelId"], 12347);
    let variables = Outbound { text: "Use {{$contact.name}} or {{{x}}}".into(), ..plain.clone() };
    assert_eq!(one(respondio, &variables)["message"]["text"], "Use {\u{200b}{$contact.name}} or {\u{200b}{\u{200b}{x}}}");
    let picture = Outbound { text: String::new(), files: vec![file("box.png", "image/png")], ..plain.clone() };
    let sent = json!({"type": "attachment", "attachment": {"type": "image", "url": "https://inbox.acme.example/f/box.png"}});
    assert_eq!(one(respondio, &picture)["message"], sent);
    let paper = Outbound { text: String::new(), files: vec![file("a.pdf", "application/pdf")], ..plain.clone() };
    assert_eq!(one(respondio, &paper)["message"]["attachment"]["type"], "file");
    let button = |title: &str, url: Option<&str>| Button { id: title.into(), title: title.into(), url: url.map(str::to_owned) };
    let asked = Outbound { buttons: vec![button("Yes", None), button("No {{x}}", None)], ..plain.clone() };
    let sent = json!({"type": "quick_reply", "title": "It left our house on Friday.", "replies": ["Yes", "No {\u{200b}{x}}"]});
    assert_eq!(one(respondio, &asked)["message"], sent);

    let account = account(respondio);
    let code = |message: &Outbound| match refused(respondio, &account, message) {
        SendError::Policy { code, .. } => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(&Outbound { files: vec![file("box.png", "image/png")], ..plain.clone() }), "policy.split");
    assert_eq!(code(&Outbound { buttons: vec![button("Shop", Some("https://acme.example"))], ..plain.clone() }), "policy.buttons");
    assert_eq!(code(&Outbound { buttons: vec![button("x", None); 11], ..plain.clone() }), "policy.buttons");
    assert!(matches!(refused(respondio, &account, &Outbound { text: " ".into(), ..plain.clone() }), SendError::Permanent { .. }));
    let nobody = Outbound { to: vec![kernel::message::Address::bare("contact_456")], ..plain.clone() };
    assert!(matches!(refused(respondio, &account, &nobody), SendError::Permanent { .. }));
    for changes in [json!({"read_only": true}), json!({"read_only": null})] {
        let quiet = account_with(respondio, changes);
        assert!(matches!(refused(respondio, &quiet, &plain), SendError::Policy { code, .. } if code == "policy.read_only"));
    }
    let no_token = account_with(respondio, json!({"access_token": ""}));
    assert!(matches!(refused(respondio, &no_token, &plain), SendError::Account { .. }));

    // A person of the nested family is reached by the number that came along.
    let Inbound::Message(m) = parsed(respondio, &account, "nested-received.json").remove(0) else { panic!() };
    let to = vec![kernel::message::Address::bare(m.sender.handle.value.clone())];
    let answer = Outbound { to, thread_key: m.thread.key.clone(), last_inbound_metadata: m.metadata.clone(), ..plain };
    let script = Script::new(vec![("POST", "/contact/phone:%2B27821234567/message", http(200, &[], OK))]);
    run(respondio.send(edge(&script, &FakeDial::fine()), &account, &answer)).unwrap();
    script.done();
}

/// On an e-mail channel behind respond.io an answer has a subject and may carry files beside its words.
fn mails(respondio: &dyn Channel) {
    let Inbound::Message(m) = parsed(respondio, &account(respondio), "email.json").remove(0) else { panic!() };
    let answer = Outbound {
        subject: None,
        thread_key: Some("204210001:12346".into()),
        last_inbound_metadata: m.metadata.clone(),
        last_inbound_id: Some(m.external_id.clone()),
        files: vec![file("a.pdf", "application/pdf")],
        ..outbound_for(respondio)
    };
    let sent = one(respondio, &answer);
    assert_eq!(sent["channelId"], 12346);
    let id: i64 = m.external_id.parse().unwrap();
    let attachments = json!([{"type": "file", "url": "https://inbox.acme.example/f/a.pdf", "fileName": "a.pdf"}]);
    let wanted = json!({"type": "email", "text": "It left our house on Friday.", "subject": "Re: Order 1001", "replyToMessageId": id, "attachments": attachments});
    assert_eq!(sent["message"], wanted);
    let alone = Outbound { text: String::new(), ..answer };
    assert_eq!(one(respondio, &alone)["message"]["text"], "a.pdf");
}

fn templates(respondio: &dyn Channel) {
    let account = account(respondio);
    let channels = json!({"items": [{"id": 12345, "name": "WA", "source": "360dialog_whatsapp"}, {"id": 9, "name": "M", "source": "gmail"}], "pagination": {}});
    let template = |id: i64| {
        json!({"id": id, "name": format!("t{id}"), "languageCode": "en", "category": "UTILITY", "status": "approved", "components": [
            {"type": "header", "format": "document"},
            {"type": "body", "text": "Hello {{1}}, order {{2}}"},
            {"type": "footer", "text": "Acme"},
            {"type": "buttons", "buttons": [{"type": "quick_reply", "text": "Thanks"}, {"type": "url", "text": "Track", "url": "https://acme.example/{{1}}"}]},
        ]})
    };
    let next = "https://evil.example/v2/space/channel/12345/mtm?limit=100&cursorId=20";
    let first = json!({"items": [template(1)], "pagination": {"next": next, "previous": null}}).to_string();
    let second = json!({"items": [template(2)], "pagination": {"next": null}}).to_string();
    let script = Script::new(vec![
        ("GET", "https://api.respond.io/v2/space/channel?limit=100", http(200, &[], &channels.to_string())),
        ("GET", "https://api.respond.io/v2/space/channel/12345/mtm?limit=100", http(200, &[], &first)),
        ("GET", "https://api.respond.io/v2/space/channel/12345/mtm?limit=100&cursorId=20", http(200, &[], &second)),
    ]);
    let list = run(respondio.templates().unwrap().list(edge(&script, &FakeDial::fine()), &account)).unwrap();
    script.done();
    assert_eq!(list.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["12345:1", "12345:2"]);
    assert_eq!((list[0].category.as_str(), list[0].header.as_deref()), ("utility", Some("document")));
    assert_eq!(list[0].blanks, ["1", "2", "button_1"]);

    let used = TemplateUse {
        id: "12345:2".into(),
        name: "t2".into(),
        language: "en".into(),
        parameters: [("1", "Ann\n{{x}}"), ("2", "1001"), ("button_1", "1001")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        header_url: Some("https://inbox.acme.example/f/a.pdf".into()),
    };
    let message = Outbound { template: Some(used.clone()), ..outbound_for(respondio) };
    let script = Script::new(vec![
        ("GET", "/space/channel/12345/mtm", http(200, &[], &second)),
        ("POST", "/contact/id:204210001/message", http(200, &[], OK)),
    ]);
    run(respondio.send(edge(&script, &FakeDial::fine()), &account, &message)).unwrap();
    let sent = body(&script.done()[1]);
    let components = json!([
        {"type": "header", "format": "document", "parameters": [
            {"type": "document", "document": {"link": "https://inbox.acme.example/f/a.pdf", "filename": "a.pdf"}}]},
        {"type": "body", "text": "Hello {{1}}, order {{2}}", "parameters": [
            {"type": "text", "text": "Ann {\u{200b}{x}}"}, {"type": "text", "text": "1001"}]},
        {"type": "footer", "text": "Acme"},
        {"type": "buttons", "buttons": [
            {"type": "quick_reply", "text": "Thanks"},
            {"type": "url", "text": "Track", "url": "https://acme.example/{{1}}", "parameters": [{"type": "text", "text": "1001"}]}]},
    ]);
    let wanted = json!({"type": "whatsapp_template", "template": {"name": "t2", "languageCode": "en", "components": components}});
    assert_eq!(sent, json!({"channelId": 12345, "message": wanted}));

    // The list broke off before anything was sent: it may be tried again.
    let lost = Script::new(vec![("GET", "/mtm", Err(kernel::http::HttpError::Uncertain("cut".into())))]);
    let result = run(respondio.send(edge(&lost, &FakeDial::fine()), &account, &message));
    assert!(matches!(result, Err(SendError::Retry { .. })), "{result:?}");
    let edge_of = Script::new(vec![]);
    let made = run(respondio.templates().unwrap().create(edge(&edge_of, &FakeDial::fine()), &account, &list[0]));
    assert!(matches!(made, Err(SendError::Permanent { .. })));
    assert!(run(respondio.templates().unwrap().delete(edge(&edge_of, &FakeDial::fine()), &account, &list[0])).is_err());
}

fn around(respondio: &dyn Channel) {
    let account = account(respondio);
    let ask = |script: &Script, reference: &str| run(respondio.fetch(edge(script, &FakeDial::fine()), &account, reference));
    let Inbound::Message(m) = parsed(respondio, &account, "attachment-pending.json").remove(0) else { panic!() };
    let FileSource::Provider(reference) = &m.files[0].source else { panic!("{:?}", m.files) };
    let about = |pending: bool, url: &str| {
        let part = json!({"type": "video", "url": url, "fileName": "clip.mp4", "mimeType": "video/mp4", "isPending": pending});
        http(200, &[], &json!({"messageId": 1, "message": {"type": "attachment", "attachment": part}}).to_string())
    };
    let place: &'static str = "https://api.respond.io/v2/contact/id:204218886/message/1768300200000003";
    let waiting = Script::new(vec![("GET", place, about(true, ""))]);
    assert!(matches!(ask(&waiting, reference), Err(SendError::Retry { after_ms: Some(_), .. })));
    let there = Script::new(vec![
        ("GET", place, about(false, "https://cdn.example/clip.mp4")),
        ("GET", "https://cdn.example/clip.mp4", http(200, &[("Content-Type", "video/mp4")], "film")),
    ]);
    let got = ask(&there, reference).unwrap();
    assert_eq!(
        (got.name.as_deref(), got.content_type.as_deref(), got.bytes.as_slice()),
        (Some("clip.mp4"), Some("video/mp4"), b"film".as_slice())
    );
    let asked = there.done();
    assert!(asked[1].headers.iter().all(|(n, _)| !n.eq_ignore_ascii_case("authorization")), "the token stays with the API");
    let gone = Script::new(vec![("GET", "/message/", about(false, "file:///etc/passwd"))]);
    assert!(matches!(ask(&gone, reference), Err(SendError::Permanent { .. })));
    assert!(ask(&Script::new(vec![]), "nonsense").is_err());

    let contact = r#"{"id":204218886,"firstName":"John","lastName":"Doe","phone":"+27821234567","email":"john@example.com","language":"en","profilePic":null}"#;
    let script = Script::new(vec![("GET", "https://api.respond.io/v2/contact/id:204218886", http(200, &[], contact))]);
    let profile = run(respondio.profile(edge(&script, &FakeDial::fine()), &account, "204218886")).unwrap();
    assert_eq!((profile.name.as_deref(), profile.handles.len(), profile.language.as_deref()), (Some("John Doe"), 2, Some("en")));

    // Reading along needs no token; sending does.
    let quiet = account_with(respondio, json!({"read_only": true, "access_token": ""}));
    let well = health(respondio, &quiet, FakeHttp(http(500, &[], "")), FakeDial::fine());
    assert!(matches!(&well, Health::Ok { detail } if detail.contains("Read only")), "{well:?}");
    for changes in [json!({"access_token": ""}), json!({"signing_keys": ""})] {
        let ill = health(respondio, &account_with(respondio, changes), FakeHttp(http(200, &[], r#"{"items":[]}"#)), FakeDial::fine());
        assert!(matches!(ill, Health::Broken { .. }), "{ill:?}");
    }
}

/// The simulator refuses what the provider refuses, and its customers send files.
fn simulated(respondio: &dyn Channel) {
    let played = account_with(respondio, json!({"base_url": "https://provider.example/sim"}));
    let simulator = respondio.simulator().unwrap();
    let ask = |method: &'static str, url: &str, token: &str, body: Value| {
        let request = kernel::http::HttpRequest::new(method, url)
            .header("authorization", format!("Bearer {token}"))
            .body(body.to_string().into_bytes());
        simulator.provider(&played, &request, 1, NOW).response.status
    };
    let text = json!({"channelId": 12345, "message": {"type": "text", "text": "Hi"}});
    assert_eq!(ask("POST", "/contact/id:204218886/message", "TOPSECRET-token", text.clone()), 200);
    assert_eq!(ask("POST", "/contact/phone:+27821234567/message", "TOPSECRET-token", text.clone()), 200);
    assert_eq!(ask("POST", "/contact/phone:%2B27821234567/message", "TOPSECRET-token", text.clone()), 200);
    assert_eq!(ask("POST", "/contact/204218886/message", "TOPSECRET-token", text.clone()), 400);
    assert_eq!(ask("POST", "/contact/id:204218886/message", "wrong", text), 401);
    let odd = [
        json!({"message": {"type": "txt", "text": "Hi"}}),
        json!({"message": {"type": "text", "text": ""}}),
        json!({"message": {"type": "text", "text": "Hi", "more": 1}}),
        json!({"channelId": "12345", "message": {"type": "text", "text": "Hi"}}),
        json!({"message": {"type": "quick_reply", "title": "Hi", "replies": []}}),
        json!({"message": {"type": "attachment", "attachment": {"type": "gif", "url": "https://x.example"}}}),
    ];
    for body in odd {
        assert_eq!(ask("POST", "/contact/id:1/message", "TOPSECRET-token", body.clone()), 400, "{body}");
    }
    let files = |n: usize| {
        let one = SimulatedFile {
            name: "box.png".into(),
            content_type: "image/png".into(),
            bytes: vec![1],
            url: "https://files.example/box.png".into(),
        };
        vec![one; n]
    };
    for (text, n) in [("", 1), ("Look", 1), ("", 2)] {
        let say = Simulated { text: text.into(), files: files(n), ..said(respondio) };
        let request = simulator.request(&played, &say, NOW).unwrap();
        assert_eq!(request.url, "https://inbox.acme.example/api/webhooks/respondio");
        let raw = RawDelivery { method: "POST".into(), headers: request.headers, body: request.body, ..Default::default() };
        let verified = prove(respondio, &played, raw, NOW).unwrap();
        let Inbound::Message(m) = respondio.parse(&played, &verified).unwrap().remove(0) else { panic!() };
        assert_eq!(m.files.len(), n, "{m:?}");
    }
}
