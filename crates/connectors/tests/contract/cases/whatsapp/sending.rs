//! The requests of everything that is sent.

use super::*;

pub fn texts(whatsapp: &dyn Channel) {
    let plain = outbound_for(whatsapp);
    let (receipt, asked) = sent(whatsapp, &plain, vec![("POST", "/messages", http(200, &[], OK))]);
    assert_eq!(receipt.external_id.as_deref(), Some("wamid.HBgL1"));
    assert!(asked[0].headers.contains(&("authorization".into(), "Bearer EAATOPSECRET".into())));
    let expected = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "27825550001", "type": "text",
        "text": {"body": "It left our house on Friday.", "preview_url": false}, "biz_opaque_callback_data": "msg_1",
    });
    assert_eq!(body(&asked[0]), expected);

    // An answer to something older quotes it; one to the last message does not.
    let quoting = Outbound { in_reply_to: Some("wamid.A".into()), last_inbound_id: Some("wamid.B".into()), ..plain.clone() };
    assert_eq!(one(whatsapp, &quoting)["context"], json!({"message_id": "wamid.A"}));
    let last = Outbound { last_inbound_id: Some("wamid.A".into()), ..quoting };
    assert_eq!(one(whatsapp, &last).get("context"), None);

    let to = |address: &str| vec![kernel::message::Address::bare(address)];
    let own = "ZA.13491208655302741918";
    let by_own_id = Outbound { to: to(own), thread_key: Some(own.into()), ..plain.clone() };
    let sent = one(whatsapp, &by_own_id);
    assert_eq!((&sent["recipient"], sent.get("to")), (&json!(own), None));
    let mut both = by_own_id.clone();
    both.last_inbound_metadata.insert("wa_id".into(), "27821234567".into());
    assert_eq!(one(whatsapp, &both)["to"], "27821234567");
    assert_eq!(one(whatsapp, &Outbound { to: to("+27 82 555-0001"), ..plain.clone() })["to"], "27825550001");
    let group = Outbound { thread_key: Some("Y2FwaV9ncm91cDoxODA1".into()), ..plain.clone() };
    let group = one(whatsapp, &group);
    assert_eq!((&group["recipient_type"], &group["to"]), (&json!("group"), &json!("Y2FwaV9ncm91cDoxODA1")));
    assert!(matches!(
        refused(whatsapp, &Outbound { to: to("ann@customer.example"), thread_key: None, ..plain.clone() }),
        SendError::Permanent { .. }
    ));
    assert!(matches!(refused(whatsapp, &Outbound { text: "  ".into(), ..plain.clone() }), SendError::Permanent { .. }));

    let place = one(whatsapp, &Outbound { text: "geo:-33.9249,18.4241\nShop\n1 Long St".into(), ..plain.clone() });
    assert_eq!(place["location"], json!({"latitude": -33.9249, "longitude": 18.4241, "name": "Shop", "address": "1 Long St"}));
    assert_eq!(one(whatsapp, &Outbound { text: "geo:-133,18".into(), ..plain.clone() })["type"], "text");
    assert_eq!(one(whatsapp, &Outbound { text: "see https://a.example".into(), ..plain.clone() })["text"]["preview_url"], true);

    // The pair limit waits longer each time.
    let pair = http(400, &[], r#"{"error":{"message":"pair","code":131056}}"#);
    let third = Outbound { attempt: 3, ..plain.clone() };
    let result = send(whatsapp, &account(whatsapp), &third, FakeHttp(pair), FakeDial::fine());
    assert!(matches!(result, Err(SendError::Retry { after_ms: Some(64_000), .. })), "{result:?}");

    // With the app's secret as proof, as computed above.
    let proving = account_with(whatsapp, json!({"app_secret": "meta-app-secret", "access_token": "EAAtoken", "appsecret_proof": true}));
    let script = Script::new(vec![(
        "POST",
        "/messages?appsecret_proof=e2a1d81d1297cc27ef899063c396018fcebf35297396d5da7009a921f9c18726",
        http(200, &[], OK),
    )]);
    run(whatsapp.send(edge(&script, &FakeDial::fine()), &proving, &plain)).unwrap();
    script.done();
    // A stand-in's address gets the version.
    let mock = account_with(whatsapp, json!({"base_url": "http://127.0.0.1:4101/"}));
    let script = Script::new(vec![("POST", "http://127.0.0.1:4101/v23.0/106540352242922/messages", http(200, &[], OK))]);
    run(whatsapp.send(edge(&script, &FakeDial::fine()), &mock, &plain)).unwrap();
    script.done();
}

pub fn files(whatsapp: &dyn Channel) {
    let plain = outbound_for(whatsapp);
    let with = |file: OutboundFile, text: &str| Outbound { files: vec![file], text: text.into(), ..plain.clone() };
    let both = |message: &Outbound| {
        let script = vec![
            ("POST", "/106540352242922/media", http(200, &[], r#"{"id":"4490709327384033"}"#)),
            ("POST", "/messages", http(200, &[], OK)),
        ];
        sent(whatsapp, message, script).1
    };
    let asked = both(&with(file("box.png", "image/png", 3), "Your box"));
    let kind = asked[0].headers.iter().find(|(n, _)| n == "content-type").unwrap().1.clone();
    let parts = connectors::kit::forms::multipart(&kind, &asked[0].body).unwrap();
    assert_eq!(parts.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["messaging_product", "type", "file"]);
    assert_eq!((parts[1].text().as_str(), parts[2].bytes.len()), ("image/png", 3));
    let message = body(&asked[1]);
    assert_eq!((&message["type"], &message["image"]), (&json!("image"), &json!({"id": "4490709327384033", "caption": "Your box"})));
    let kinds = [
        (file("a.pdf", "application/pdf", 1), "document"),
        (file("a.gif", "image/gif", 1), "document"),
        (file("big.png", "image/png", 5 * 1_048_576 + 1), "document"),
        (file("a.mp4", "video/mp4", 1), "video"),
        (file("a.ogg", "audio/ogg; codecs=opus", 1), "audio"),
    ];
    for (file, kind) in kinds {
        let name = file.name.clone();
        let message = body(&both(&with(file, ""))[1]);
        assert_eq!(message["type"], kind, "{name}");
        assert_eq!(message[kind].get("filename").is_some(), kind == "document");
        assert_eq!(message[kind].get("caption"), None);
    }
    for message in [
        with(file("a.ogg", "audio/ogg", 1), "words"),
        with(file("a.png", "image/png", 1), &"x".repeat(1_025)),
        Outbound { files: vec![file("a.png", "image/png", 1), file("b.png", "image/png", 1)], ..plain.clone() },
    ] {
        assert!(matches!(refused(whatsapp, &message), SendError::Policy { code, .. } if code == "policy.split"));
    }
    assert!(matches!(refused(whatsapp, &with(file("a.zip", "application/zip", 100 * 1_048_576 + 1), "")), SendError::Permanent { .. }));
    // An upload that nobody answered has reached no customer.
    let script = Script::new(vec![("POST", "/media", Err(kernel::http::HttpError::Uncertain("timeout".into())))]);
    let result = run(whatsapp.send(edge(&script, &FakeDial::fine()), &account(whatsapp), &with(file("a.png", "image/png", 1), "")));
    assert!(matches!(result, Err(SendError::Retry { .. })));
}

pub fn buttons(whatsapp: &dyn Channel) {
    let plain = outbound_for(whatsapp);
    let button = |id: &str, title: &str| Button { id: id.into(), title: title.into(), url: None };
    let with = |buttons: Vec<Button>| Outbound { text: "Choose".into(), buttons, ..plain.clone() };
    let two = one(whatsapp, &with(vec![button("y", "Yes"), button("n", "No")]));
    let reply = |id: &str, title: &str| json!({"type": "reply", "reply": {"id": id, "title": title}});
    let action = json!({"buttons": [reply("y", "Yes"), reply("n", "No")]});
    assert_eq!(two["interactive"], json!({"type": "button", "body": {"text": "Choose"}, "action": action}));
    let four = one(whatsapp, &with((1..=4).map(|n| button(&n.to_string(), &format!("Option {n}"))).collect()));
    assert_eq!(four["interactive"]["type"], "list");
    assert_eq!(four["interactive"]["action"]["sections"][0]["rows"][3], json!({"id": "4", "title": "Option 4"}));
    let long = "A title that is much longer than a row";
    let long = one(whatsapp, &with(vec![button("1", long)]));
    let row = &long["interactive"]["action"]["sections"][0]["rows"][0];
    assert_eq!(
        (row["title"].as_str().unwrap().chars().count(), &row["description"]),
        (24, &json!("A title that is much longer than a row"))
    );
    let link = Button { id: "l".into(), title: "Track it".into(), url: Some("https://acme.example/t/1".into()) };
    let cta = one(whatsapp, &with(vec![link.clone()]));
    let parameters = json!({"display_text": "Track it", "url": "https://acme.example/t/1"});
    assert_eq!(cta["interactive"]["action"], json!({"name": "cta_url", "parameters": parameters}));
    for message in
        [with(vec![link, button("y", "Yes")]), with((0..11).map(|n| button(&format!("b{n}"), "x")).collect()), with(vec![button("", "x")])]
    {
        assert!(matches!(refused(whatsapp, &message), SendError::Policy { code, .. } if code == "policy.buttons"));
    }
    let pictured = Outbound { files: vec![file("a.png", "image/png", 1)], ..with(vec![button("y", "Yes")]) };
    let script = vec![("POST", "/media", http(200, &[], r#"{"id":"1"}"#)), ("POST", "/messages", http(200, &[], OK))];
    assert_eq!(body(&sent(whatsapp, &pictured, script).1[1])["interactive"]["header"], json!({"type": "image", "image": {"id": "1"}}));
}

pub fn acts(whatsapp: &dyn Channel) {
    let account = account(whatsapp);
    let place = Place {
        to: kernel::message::Address::bare("ZA.13491208655302741918"),
        thread_key: Some("ZA.13491208655302741918".into()),
        last_inbound_id: Some("wamid.LAST".into()),
        last_inbound_metadata: serde_json::Map::new(),
    };
    let done = |act: Act| {
        let script = Script::new(vec![("POST", "/106540352242922/messages", http(200, &[], r#"{"success":true}"#))]);
        run(whatsapp.act(edge(&script, &FakeDial::fine()), &account, &place, &act)).unwrap();
        body(&script.done()[0])
    };
    let reaction = done(Act::React { external_id: "wamid.A".into(), emoji: Some("👍".into()) });
    assert_eq!(
        (&reaction["recipient"], &reaction["reaction"]),
        (&json!("ZA.13491208655302741918"), &json!({"message_id": "wamid.A", "emoji": "👍"}))
    );
    assert_eq!(done(Act::React { external_id: "wamid.A".into(), emoji: None })["reaction"]["emoji"], "");
    assert_eq!(
        done(Act::MarkRead { external_id: "wamid.A".into() }),
        json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A"})
    );
    let typing =
        json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.LAST", "typing_indicator": {"type": "text"}});
    assert_eq!(done(Act::Typing { on: true }), typing);
    let quiet = |act: Act| run(whatsapp.act(edge(&Script::new(vec![]), &FakeDial::fine()), &account, &place, &act));
    assert!(quiet(Act::Typing { on: false }).is_ok());
    assert!(quiet(Act::Delete { external_id: "wamid.A".into() }).is_err());
}
