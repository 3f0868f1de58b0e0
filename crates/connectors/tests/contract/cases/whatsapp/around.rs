//! Templates, files that are fetched, setting up, and the simulator.

use super::*;

pub fn templates(whatsapp: &dyn Channel) {
    let used = |parameters: &[(&str, &str)], header_url: Option<&str>| TemplateUse {
        id: "1192".into(),
        name: "order_update".into(),
        language: "en_US".into(),
        parameters: parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        header_url: header_url.map(str::to_owned),
    };
    let with = |used: TemplateUse| Outbound { template: Some(used), ..outbound_for(whatsapp) };
    let plain = one(whatsapp, &with(used(&[], None)));
    assert_eq!(plain["template"], json!({"name": "order_update", "language": {"code": "en_US"}}));
    let filled = one(whatsapp, &with(used(&[("10", "j"), ("2", "b\n b"), ("1", "a"), ("header", "H"), ("button_0", "t/1")], None)));
    let text = |t: &str| json!({"type": "text", "text": t});
    let expected = json!([
        {"type": "header", "parameters": [text("H")]},
        {"type": "body", "parameters": [text("a"), text("b b"), text("j")]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [text("t/1")]},
    ]);
    assert_eq!(filled["template"]["components"], expected);
    let named = one(whatsapp, &with(used(&[("name", "Ada"), ("header:shop", "Acme")], None)));
    let named_text = |n: &str, t: &str| json!({"type": "text", "parameter_name": n, "text": t});
    let expected = json!([
        {"type": "header", "parameters": [named_text("shop", "Acme")]},
        {"type": "body", "parameters": [named_text("name", "Ada")]},
    ]);
    assert_eq!(named["template"]["components"], expected);
    let about = r#"{"components":[{"type":"HEADER","format":"DOCUMENT"}]}"#;
    let script = vec![("GET", "/1192?fields=components", http(200, &[], about)), ("POST", "/messages", http(200, &[], OK))];
    let headed = body(&sent(whatsapp, &with(used(&[], Some("https://acme.example/a"))), script).1[1]);
    assert_eq!(
        headed["template"]["components"][0]["parameters"][0],
        json!({"type": "document", "document": {"link": "https://acme.example/a"}})
    );

    let at = whatsapp.templates().unwrap();
    let account = account(whatsapp);
    let first = r#"{"data":[{"id":"1","name":"hello","language":"en_US","category":"UTILITY","status":"APPROVED","components":[
        {"type":"HEADER","format":"TEXT","text":"Hi {{1}}"},{"type":"BODY","text":"Order {{1}} of {{2}}"},{"type":"FOOTER","text":"Acme"},
        {"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"OK"},{"type":"URL","text":"Track","url":"https://acme.example/{{1}}"}]}]}],
        "paging":{"cursors":{"after":"MjQZD"},"next":"https://graph.facebook.com/next?access_token=x"}}"#;
    let second = r#"{"data":[{"id":"2","name":"sale","language":"fr","category":"MARKETING","status":"REJECTED","rejected_reason":"INVALID_FORMAT","components":[
        {"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Bonjour {{name}}"}]},{"id":"3"}],"paging":{"cursors":{"after":"X"}}}"#;
    let script = Script::new(vec![
        ("GET", "/102290129340398/message_templates?fields=", http(200, &[], first)),
        ("GET", "&limit=100&after=MjQZD", http(200, &[], second)),
    ]);
    let list = run(at.list(edge(&script, &FakeDial::fine()), &account)).unwrap();
    script.done();
    assert_eq!(list.len(), 2);
    assert_eq!(list[0].blanks, ["header", "1", "2", "button_1"]);
    assert_eq!((list[0].status.as_str(), list[0].footer.as_deref(), list[0].buttons.len()), ("approved", Some("Acme"), 2));
    assert_eq!(
        (list[1].header.as_deref(), list[1].reason.as_deref(), list[1].blanks.as_slice()),
        (Some("image"), Some("INVALID_FORMAT"), &["name".to_owned()][..])
    );

    let new = Template { id: String::new(), name: "order_update".into(), header: None, header_text: None, ..list[0].clone() };
    let script = Script::new(vec![(
        "POST",
        "/102290129340398/message_templates",
        http(200, &[], r#"{"id":"9","status":"PENDING","category":"MARKETING"}"#),
    )]);
    let made = run(at.create(edge(&script, &FakeDial::fine()), &account, &new)).unwrap();
    assert_eq!((made.id.as_str(), made.status.as_str(), made.category.as_str()), ("9", "pending", "marketing"));
    let asked = body(&script.done()[0]);
    assert_eq!(asked["components"][0]["example"], json!({"body_text": [["example 1", "example 2"]]}));
    assert_eq!((&asked["category"], &asked["parameter_format"]), (&json!("UTILITY"), &json!("POSITIONAL")));
    assert_eq!(asked["components"][2]["buttons"][1]["example"], json!(["https://acme.example/example"]));
    for bad in [
        Template { name: "Not Allowed".into(), ..new.clone() },
        Template { body: String::new(), ..new.clone() },
        Template { header: Some("image".into()), ..new.clone() },
    ] {
        let result = run(at.create(edge(&Script::new(vec![]), &FakeDial::fine()), &account, &bad));
        assert!(matches!(result, Err(SendError::Permanent { .. })));
    }
    let script = Script::new(vec![("DELETE", "/message_templates?hsm_id=1&name=hello", http(200, &[], r#"{"success":true}"#))]);
    run(at.delete(edge(&script, &FakeDial::fine()), &account, &list[0])).unwrap();
    script.done();
}

pub fn fetches(whatsapp: &dyn Channel) {
    let account = account(whatsapp);
    let bytes = "picture";
    let hex = connectors::kit::signatures::sha256_hex(bytes.as_bytes());
    let base64 = data_encoding::BASE64.encode(&data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap());
    let about = |url: &str| {
        http(200, &[], &json!({"url": url, "mime_type": "image/jpeg", "sha256": hex, "file_size": "7", "id": "1003"}).to_string())
    };
    let lookaside = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1003";
    let get = |script: Vec<(&'static str, &'static str, Answer)>, reference: &str| {
        let script = Script::new(script);
        let result = run(whatsapp.fetch(edge(&script, &FakeDial::fine()), &account, reference));
        (result, script.done())
    };
    let steps =
        || vec![("GET", "/v23.0/1003?phone_number_id=106540352242922", about(lookaside)), ("GET", lookaside, http(200, &[], bytes))];
    let (fetched, asked) = get(steps(), &format!("1003 {base64}"));
    let fetched = fetched.unwrap();
    assert_eq!((fetched.bytes.as_slice(), fetched.content_type.as_deref()), (bytes.as_bytes(), Some("image/jpeg")));
    assert!(
        asked[1].headers.contains(&("authorization".into(), "Bearer EAATOPSECRET".into())) && asked[1].max_response_bytes > 100_000_000
    );
    let other = data_encoding::BASE64.encode(&[0; 32]);
    assert!(matches!(get(steps(), &format!("1003 {other}")).0, Err(SendError::Retry { .. })));
    // The address ran out: once more from the start.
    let mut again = vec![("GET", "/1003?", about(lookaside)), ("GET", lookaside, http(404, &[], ""))];
    again.extend(steps());
    assert!(get(again, "1003").0.is_ok());
    assert!(matches!(get(vec![("GET", "/1003?", about("https://evil.example/x"))], "1003").0, Err(SendError::Permanent { .. })));
    let gone = http(400, &[], r#"{"error":{"message":"Unsupported get request.","code":100,"error_subcode":33}}"#);
    assert!(matches!(get(vec![("GET", "/1003?", gone)], "1003").0, Err(SendError::Permanent { .. })));
}

pub fn set_up(whatsapp: &dyn Channel) {
    let account = account(whatsapp);
    let installer = whatsapp.installer().unwrap();
    let numbers = r#"{"data":[{"id":"1906385232743451","display_phone_number":"+1 631-555-5555","verified_name":"Jasper's Market",
        "webhook_configuration":{"application":"https://old.example/hook"}},{"name":"?"}]}"#;
    let script = Script::new(vec![("GET", "/102290129340398/phone_numbers?fields=", http(200, &[], numbers))]);
    let list = run(installer.list(edge(&script, &FakeDial::fine()), &account)).unwrap();
    script.done();
    let [one] = list.as_slice() else { panic!("{list:?}") };
    assert_eq!(
        (one.id.as_str(), one.name.as_str(), one.webhook.as_deref()),
        ("1906385232743451", "+1 631-555-5555, Jasper's Market", Some("https://old.example/hook"))
    );
    assert_eq!(one.settings["phone_number_id"], "1906385232743451");
    let url = "https://inbox.acme.example/api/webhooks/whatsapp/k";
    let script = Script::new(vec![("POST", "/102290129340398/subscribed_apps", http(200, &[], r#"{"success":true}"#))]);
    run(installer.install(edge(&script, &FakeDial::fine()), &account, url)).unwrap();
    assert_eq!(body(&script.done()[0]), json!({"override_callback_uri": url, "verify_token": "TOPSECRET-verify"}));
}

pub fn simulated(whatsapp: &dyn Channel) {
    let account = account_with(whatsapp, json!({"base_url": "https://provider.example/sim"}));
    let simulator = whatsapp.simulator().unwrap();
    // What Meta would refuse, the simulator refuses, with Meta's words.
    let ask = |method: &'static str, path: &str, token: Option<&str>, body: &Value| {
        let mut request = connectors::kit::calls::json(method, path, body);
        request.headers.extend(token.map(|t| ("authorization".to_owned(), format!("Bearer {t}"))));
        let response = simulator.provider(&account, &request, 1, NOW).response;
        let said: Value = serde_json::from_slice(&response.body).unwrap();
        (response.status, said["error"]["code"].as_i64())
    };
    let path = "/v23.0/106540352242922/messages";
    let text = |extra: Value| {
        let mut body = json!({"messaging_product": "whatsapp", "to": "27821234567", "type": "text", "text": {"body": "hi"}});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let token = Some("EAATOPSECRET");
    assert_eq!(ask("POST", path, token, &text(json!({}))).0, 200);
    assert_eq!(ask("POST", path, None, &text(json!({}))), (401, Some(190)));
    assert_eq!(ask("POST", path, Some("other"), &text(json!({}))), (401, Some(190)));
    assert_eq!(ask("POST", "/v23.0/1/messages", token, &text(json!({}))), (400, Some(100)));
    for wrong in [
        json!({"to": null}),
        json!({"text": {"boddy": "hi"}}),
        json!({"text": {"body": "x".repeat(4_097)}}),
        json!({"bogus": 1}),
        json!({"messaging_product": null}),
    ] {
        assert_eq!(ask("POST", path, token, &text(wrong)), (400, Some(100)));
    }
    let media = |part: Value| json!({"messaging_product": "whatsapp", "to": "27821234567", "type": "image", "image": part});
    assert_eq!(ask("POST", path, token, &media(json!({"id": "1", "link": "https://x.example/a.png"}))).0, 400);
    assert_eq!(ask("POST", path, token, &media(json!({"id": "1"}))).0, 200);

    // Everything that we send passes.
    let played = Played::new(whatsapp, &account);
    let dial = FakeDial::fine();
    let button = |n: u8| Button { id: n.to_string(), title: format!("Option {n}"), url: None };
    let used = TemplateUse {
        id: "1192339204654487".into(),
        name: "order_update".into(),
        language: "en_US".into(),
        parameters: [("1".to_owned(), "Ada".to_owned())].into(),
        header_url: None,
    };
    let all = [
        Outbound { buttons: vec![button(1), button(2)], ..outbound_for(whatsapp) },
        Outbound { buttons: (1..=9).map(button).collect(), ..outbound_for(whatsapp) },
        Outbound { template: Some(used), ..outbound_for(whatsapp) },
        Outbound { text: "geo:1,2".into(), ..outbound_for(whatsapp) },
        Outbound { files: vec![file("a.pdf", "application/pdf", 9)], ..outbound_for(whatsapp) },
    ];
    for message in &all {
        run(whatsapp.send(edge(&played, &dial), &account, message)).unwrap();
    }
    assert_eq!(played.seen.lock().unwrap().len(), all.len());
    assert_eq!(played.seen.lock().unwrap()[2].text, "[order_update] Ada");
    assert_eq!(run(whatsapp.templates().unwrap().list(edge(&played, &dial), &account)).unwrap()[0].blanks, ["1", "2"]);
    assert_eq!(run(whatsapp.installer().unwrap().list(edge(&played, &dial), &account)).unwrap()[0].id, "106540352242922");

    // A customer's file is found again under the id that its delivery named; several come as several messages.
    let picture = |n: u8| SimulatedFile {
        name: format!("{n}.png"),
        content_type: "image/png".into(),
        bytes: vec![n],
        url: format!("https://provider.example/files/{n}.png"),
    };
    let say = Simulated { files: vec![picture(1), picture(2)], answers: Some("wamid.OURS".into()), ..said(whatsapp) };
    let raw = simulator.delivery(&account, &say, NOW);
    let parsed = whatsapp.parse(&account, &prove(whatsapp, &account, raw, NOW).unwrap()).unwrap();
    let messages: Vec<_> = parsed.iter().map(|i| if let Inbound::Message(m) = i { m } else { panic!("{i:?}") }).collect();
    assert_eq!(
        (messages.len(), messages[0].text.as_str(), messages[0].thread.answers.as_slice()),
        (2, "Where is my order?", &["wamid.OURS".to_owned()][..])
    );
    let FileSource::Provider(reference) = &messages[1].files[0].source else { panic!() };
    let id = reference.split(' ').next().unwrap();
    let request = connectors::kit::calls::bearer(
        connectors::kit::calls::get(format!("/v23.0/{id}?phone_number_id=1")),
        &kernel::Secret::new("EAATOPSECRET".into()),
    );
    let about: Value = serde_json::from_slice(&simulator.provider(&account, &request, 1, NOW).response.body).unwrap();
    assert_eq!((&about["url"], &about["mime_type"]), (&json!("https://provider.example/files/2.png"), &json!("image/png")));
    for (doing, right) in [
        (Doing::React, (|i| matches!(i, Inbound::Reaction { emoji: Some(e), .. } if e == "👍")) as fn(&Inbound) -> bool),
        (Doing::Edit, |i| matches!(i, Inbound::Edited { text, .. } if text == "👍")),
        (Doing::Delete, |i| matches!(i, Inbound::Deleted { external_id, .. } if external_id == "wamid.X")),
        (Doing::Read, |i| matches!(i, Inbound::Status(s) if s.external_id == "wamid.X")),
    ] {
        let say = Simulated { doing, answers: Some("wamid.X".into()), text: "👍".into(), ..said(whatsapp) };
        let raw = simulator.delivery(&account, &say, NOW);
        let parsed = whatsapp.parse(&account, &prove(whatsapp, &account, raw, NOW).unwrap()).unwrap();
        assert!(parsed.iter().any(right), "{parsed:?}");
    }
    let own = Simulated { from: "ZA.13491208655302741918".into(), ..said(whatsapp) };
    let raw = simulator.delivery(&account, &own, NOW);
    let parsed = whatsapp.parse(&account, &prove(whatsapp, &account, raw, NOW).unwrap()).unwrap();
    assert!(matches!(&parsed[0], Inbound::Message(m) if m.sender.handle.value == own.from && m.sender.more.is_empty()));
}
