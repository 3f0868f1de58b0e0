//! Facebook Messenger: Meta's signature, the Send API of a Page.

use super::*;
use crate::fakes::*;
use kernel::http::HttpRequest;
use kernel::time::MINUTE;
use serde_json::json;

const OK: &str = r#"{"recipient_id":"1254477700000001","message_id":"m_AG5Hz2U"}"#;
const HOUR: Millis = 60 * MINUTE;

pub static CASE: Case = Case {
    id: "messenger",
    folder: "messenger",
    form: || {
        json!({
            "app_id": "670843887433847", "app_secret": "TOPSECRET-app-secret", "page_id": "106540352242922", "page_token": "EAATOPSECRET-page",
            "verify_token": "TOPSECRET-verify",
        })
    },
    deliver: |account, _, body| connectors::kit::meta::play::delivery(account, body, NOW),
    keys: || None,
    forgeries: |_, genuine| meta_forgeries(genuine),
    answers: || {
        let mut all = common_http(OK, Verdict::Uncertain);
        all.extend(send_api_answers());
        let window = meta_error(10, 2_018_278);
        all.push(("outside the window", window, Verdict::Policy("policy.window_closed")));
        all
    },
    ill: || {
        vec![
            Told::Http(http(401, &[], r#"{"error":{"message":"expired","code":190,"error_subcode":463}}"#)),
            Told::Http(http(400, &[], r#"{"error":{"message":"Unsupported get request.","code":100,"error_subcode":33}}"#)),
            // Another Page's token.
            Told::Http(http(200, &[], r#"{"id":"7","name":"Other"}"#)),
            Told::Http(Err(kernel::http::HttpError::Connect("refused".into()))),
        ]
    },
    more,
};

/// How Meta's deliveries are forged; the same on each of its channels.
pub fn meta_forgeries(genuine: &RawDelivery) -> Vec<Forgery> {
    let with = |value: Option<String>| {
        let mut raw = genuine.clone();
        raw.headers.retain(|(n, _)| n != "x-hub-signature-256");
        raw.headers.extend(value.map(|v| ("x-hub-signature-256".to_owned(), v)));
        raw
    };
    let mut changed = genuine.clone();
    changed.body.push(b' ');
    vec![
        Forgery::new("changed", changed, "signature.wrong"),
        Forgery::new("no header", with(None), "signature.missing"),
        Forgery::new("another app", with(Some(connectors::kit::meta::sign("another", &genuine.body))), "signature.wrong"),
        Forgery::new("not hex", with(Some("sha256=zz".into())), "signature.wrong"),
        Forgery::new("GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
    ]
}

pub fn meta_error(code: i64, subcode: i64) -> Told {
    let mut error = json!({"message": format!("(#{code}) words"), "type": "OAuthException", "code": code, "fbtrace_id": "A"});
    if subcode != 0 {
        error["error_subcode"] = subcode.into();
    }
    Told::Http(http(400, &[], &json!({"error": error}).to_string()))
}

/// The errors of the Send API that mean the same on both of its platforms.
pub fn send_api_answers() -> Vec<(&'static str, Told, Verdict)> {
    let mut all = Vec::new();
    for (code, subcode) in
        [(551, 1_545_041), (551, 0), (200, 1_545_041), (10, 2_018_065), (100, 2_018_001), (100, 2_534_014), (100, 0), (100, 2_018_109)]
    {
        all.push(("never in this form", meta_error(code, subcode), Verdict::Permanent));
    }
    for (code, subcode) in [(190, 463), (190, 460), (190, 492), (190, 0), (10, 0), (200, 0), (230, 0), (368, 0)] {
        all.push(("credentials, blocks", meta_error(code, subcode), Verdict::Account));
    }
    for (code, subcode) in [(4, 0), (32, 0), (613, 0), (80_006, 0), (2, 0), (1_200, 0), (-1, 0), (36_103, 0), (100, 1_609_007)] {
        all.push(("limits and outages", meta_error(code, subcode), Verdict::Retry(None)));
    }
    let transient = r#"{"error":{"message":"x","code":999999,"is_transient":true}}"#;
    all.push(("passing", Told::Http(http(500, &[], transient)), Verdict::Retry(None)));
    all
}

pub fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}
fn one(channel: &dyn Channel, account: &Account, message: &Outbound) -> Value {
    let script = Script::new(vec![("POST", "https://graph.facebook.com/v23.0/106540352242922/messages", http(200, &[], OK))]);
    run(channel.send(edge(&script, &FakeDial::fine()), account, message)).unwrap();
    body(&script.done()[0])
}
fn refused(channel: &dyn Channel, account: &Account, message: &Outbound) -> SendError {
    run(channel.send(edge(&Script::new(vec![]), &FakeDial::fine()), account, message)).unwrap_err()
}

fn more(messenger: &'static dyn Channel) {
    callbacks(messenger);
    let account = account(messenger);
    let raw = RawDelivery { body: br#"{"entry":[{"id":"1"},{"id":"2"},{"id":"1"}]}"#.to_vec(), ..Default::default() };
    assert_eq!(messenger.addressees(&raw), ["1", "2"]);
    let ask = |token: &str| {
        let path = format!("/api/webhooks/messenger/k?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
        messenger.challenge(&account, &RawDelivery { method: "GET".into(), path, ..Default::default() }).unwrap()
    };
    assert_eq!(ask("TOPSECRET-verify").unwrap(), Reply::text("1158201444"));
    assert_eq!(ask("no").unwrap_err().code, "signature.wrong");
    requests(messenger, &account);
    windows(messenger, &account);
    acts(messenger, &account);
    set_up(messenger, &account);
    simulated(messenger);
}

fn requests(messenger: &dyn Channel, account: &Account) {
    let plain = outbound_for(messenger);
    let sent = one(messenger, account, &plain);
    let expected = json!({
        "recipient": {"id": messenger.simulated_person(1)}, "messaging_type": "RESPONSE",
        "message": {"text": "It left our house on Friday.", "metadata": "msg_1"},
    });
    assert_eq!(sent, expected);
    let quoting = Outbound { in_reply_to: Some("m_A".into()), last_inbound_id: Some("m_B".into()), ..plain.clone() };
    assert_eq!(one(messenger, account, &quoting)["reply_to"], json!({"mid": "m_A"}));
    let last = Outbound { last_inbound_id: Some("m_A".into()), ..quoting };
    assert_eq!(one(messenger, account, &last).get("reply_to"), None);
    let file = |kind: &str| OutboundFile {
        name: "a".into(),
        content_type: kind.into(),
        bytes: vec![1],
        url: "https://inbox.acme.example/f/a".into(),
    };
    for (content_type, kind) in [("image/png", "image"), ("video/mp4", "video"), ("audio/mpeg", "audio"), ("application/pdf", "file")] {
        let message = one(messenger, account, &Outbound { text: String::new(), files: vec![file(content_type)], ..plain.clone() });
        let payload = json!({"url": "https://inbox.acme.example/f/a", "is_reusable": false});
        assert_eq!(message["message"]["attachment"], json!({"type": kind, "payload": payload}));
    }
    for wrong in [Outbound { files: vec![file("image/png")], ..plain.clone() }, Outbound { text: "x".repeat(2_001), ..plain.clone() }] {
        assert!(matches!(refused(messenger, account, &wrong), SendError::Policy { code, .. } if code == "policy.split"));
    }
    assert!(matches!(refused(messenger, account, &Outbound { text: " ".into(), ..plain.clone() }), SendError::Permanent { .. }));
    let button = |title: &str, url: Option<&str>| Button { id: "b1".into(), title: title.into(), url: url.map(str::to_owned) };
    let quick = one(
        messenger,
        account,
        &Outbound { buttons: vec![button("Yes", None), button("A title beyond twenty characters", None)], ..plain.clone() },
    );
    assert_eq!(quick["message"]["quick_replies"][0], json!({"content_type": "text", "title": "Yes", "payload": "b1"}));
    assert_eq!(quick["message"]["quick_replies"][1]["title"].as_str().unwrap().chars().count(), 20);
    let cards = one(
        messenger,
        account,
        &Outbound { buttons: vec![button("Track", Some("https://acme.example/t")), button("Ask", None)], ..plain.clone() },
    );
    let payload = &cards["message"]["attachment"]["payload"];
    assert_eq!(
        (&payload["template_type"], &payload["buttons"][1]),
        (&json!("button"), &json!({"type": "postback", "title": "Ask", "payload": "b1"}))
    );
    assert_eq!(payload["buttons"][0], json!({"type": "web_url", "url": "https://acme.example/t", "title": "Track"}));
    let many = Outbound { buttons: (0..14).map(|_| button("x", None)).collect(), ..plain.clone() };
    assert!(matches!(refused(messenger, account, &many), SendError::Policy { code, .. } if code == "policy.buttons"));
}

fn windows(messenger: &dyn Channel, account: &Account) {
    let ago = |age: Millis| Outbound { last_inbound_at: Some(NOW - age), ..outbound_for(messenger) };
    assert_eq!(one(messenger, account, &ago(24 * HOUR))["messaging_type"], "RESPONSE");
    assert_eq!(one(messenger, account, &Outbound { last_inbound_at: None, ..ago(0) })["messaging_type"], "RESPONSE");
    let late = one(messenger, account, &ago(25 * HOUR));
    assert_eq!((&late["messaging_type"], &late["tag"]), (&json!("MESSAGE_TAG"), &json!("HUMAN_AGENT")));
    let closed = |account: &Account, message: &Outbound| matches!(refused(messenger, account, message), SendError::Policy { code, .. } if code == "policy.window_closed");
    assert!(closed(account, &ago(169 * HOUR)));
    assert!(closed(account, &Outbound { automatic: true, ..ago(25 * HOUR) }));
    assert!(closed(&account_with(messenger, json!({"human_agent": false})), &ago(25 * HOUR)));
    // Without Meta's approval the tag is refused; that is no fault of the account.
    let denied = http(400, &[], r#"{"error":{"message":"(#10) no","code":10}}"#);
    let result = send(messenger, account, &ago(25 * HOUR), FakeHttp(denied), FakeDial::fine());
    assert!(matches!(result, Err(SendError::Policy { code, .. }) if code == "policy.window_closed"));
    // What could not be fetched twice never will be.
    let again = Outbound { attempt: 2, ..ago(0) };
    let result = send(messenger, account, &again, FakeHttp(http(400, &[], r#"{"error":{"message":"x","code":36103}}"#)), FakeDial::fine());
    assert!(matches!(result, Err(SendError::Permanent { .. })));
}

fn acts(messenger: &dyn Channel, account: &Account) {
    let place = Place {
        to: kernel::message::Address::bare("1254477700000001"),
        thread_key: None,
        last_inbound_id: Some("m_LAST".into()),
        last_inbound_metadata: serde_json::Map::new(),
    };
    let done = |act: Act| {
        let script = Script::new(vec![("POST", "/106540352242922/messages", http(200, &[], r#"{"recipient_id":"1254477700000001"}"#))]);
        run(messenger.act(edge(&script, &FakeDial::fine()), account, &place, &act)).unwrap();
        body(&script.done()[0])
    };
    let with = |action: &str| json!({"recipient": {"id": "1254477700000001"}, "sender_action": action});
    assert_eq!(done(Act::Typing { on: true }), with("typing_on"));
    assert_eq!(done(Act::Typing { on: false }), with("typing_off"));
    assert_eq!(done(Act::MarkRead { external_id: "m_A".into() }), with("mark_seen"));
    let react = done(Act::React { external_id: "m_A".into(), emoji: Some("🎉".into()) });
    assert_eq!((&react["sender_action"], &react["payload"]), (&json!("react"), &json!({"message_id": "m_A", "reaction": "🎉"})));
    let unreact = done(Act::React { external_id: "m_A".into(), emoji: None });
    assert_eq!((&unreact["sender_action"], &unreact["payload"]), (&json!("unreact"), &json!({"message_id": "m_A"})));
    assert!(
        run(messenger.act(edge(&Script::new(vec![]), &FakeDial::fine()), account, &place, &Act::Delete { external_id: "m_A".into() }))
            .is_err()
    );
}

fn set_up(messenger: &dyn Channel, account: &Account) {
    let installer = messenger.installer().unwrap();
    let dial = FakeDial::fine();
    let connected = account_with(messenger, json!({"access_token": "user", "page_token": ""}));
    let script = Script::new(vec![
        ("POST", "https://graph.facebook.com/v23.0/oauth/access_token", http(200, &[], r#"{"access_token":"long"}"#)),
        (
            "GET",
            "/me/accounts?fields=id,name,access_token",
            http(200, &[], r#"{"data":[{"id":"1","name":"Acme","access_token":"EAApage"},{"id":"2","name":"Bakery"}]}"#),
        ),
    ]);
    let list = run(installer.list(edge(&script, &dial), &connected)).unwrap();
    let asked = script.done();
    let pairs = connectors::kit::forms::pairs(&asked[0].body);
    assert_eq!(connectors::kit::forms::first(&pairs, "fb_exchange_token"), Some("user"));
    assert!(asked[1].headers.contains(&("authorization".into(), "Bearer long".into())));
    assert_eq!((list[0].id.as_str(), &list[0].settings["page_token"], &list[0].settings["page_id"]), ("1", &json!("EAApage"), &json!("1")));
    assert_eq!((list.len(), list[1].settings.contains_key("page_token")), (2, false));
    // A pasted Page token lists its own Page.
    let script = Script::new(vec![
        (
            "GET",
            "/me/accounts?",
            http(400, &[], r#"{"error":{"message":"(#100) Tried accessing nonexisting field (accounts)","code":100}}"#),
        ),
        ("GET", "/me?fields=id,name", http(200, &[], r#"{"id":"1","name":"Acme"}"#)),
    ]);
    assert_eq!(run(installer.list(edge(&script, &dial), account)).unwrap()[0].name, "Acme");
    script.done();

    let url = "https://inbox.acme.example/api/webhooks/messenger/k";
    let subscribe = || {
        ("POST", "/106540352242922/subscribed_apps?subscribed_fields=messages,messaging_postbacks", http(200, &[], r#"{"success":true}"#))
    };
    let script = Script::new(vec![
        subscribe(),
        (
            "GET",
            "/670843887433847/subscriptions",
            http(200, &[], r#"{"data":[{"object":"instagram","callback_url":"https://x.example"}]}"#),
        ),
        ("POST", "/670843887433847/subscriptions", http(200, &[], r#"{"success":true}"#)),
    ]);
    run(installer.install(edge(&script, &dial), account, url)).unwrap();
    let asked = script.done();
    assert!(asked[2].headers.contains(&("authorization".into(), "Bearer 670843887433847|TOPSECRET-app-secret".into())));
    let pairs = connectors::kit::forms::pairs(&asked[2].body);
    assert_eq!(connectors::kit::forms::first(&pairs, "callback_url"), Some(url));
    // An address that may serve somebody else is left alone.
    let other = r#"{"data":[{"object":"page","callback_url":"https://other.example/hook"}]}"#;
    let script = Script::new(vec![subscribe(), ("GET", "/subscriptions", http(200, &[], other))]);
    assert!(run(installer.install(edge(&script, &dial), account, url)).unwrap().contains("https://other.example/hook"));
    script.done();

    let script = Script::new(vec![(
        "GET",
        "/1254477700000001?fields=first_name",
        http(200, &[], r#"{"first_name":"Ada","last_name":"Example","profile_pic":"https://x.example/p.jpg","locale":"en_US"}"#),
    )]);
    let profile = run(messenger.profile(edge(&script, &dial), account, "1254477700000001")).unwrap();
    script.done();
    assert_eq!((profile.name.as_deref(), profile.picture_url.as_deref()), (Some("Ada Example"), Some("https://x.example/p.jpg")));
    let consent = FakeHttp(http(400, &[], r#"{"error":{"message":"consent required","code":230}}"#));
    assert_eq!(run(messenger.profile(edge(&consent, &dial), account, "1")), None);
    let lonely = Script::new(vec![
        ("GET", "?fields=id,name", http(200, &[], r#"{"id":"106540352242922","name":"Acme"}"#)),
        ("GET", "/subscribed_apps", http(200, &[], r#"{"data":[]}"#)),
    ]);
    assert!(
        matches!(run(messenger.health(edge(&lonely, &dial), account)), Health::Broken { detail } if detail.contains("Register webhook"))
    );
}

fn simulated(messenger: &dyn Channel) {
    let account = account_with(messenger, json!({"base_url": "https://provider.example/sim", "access_token": "login"}));
    let simulator = messenger.simulator().unwrap();
    let ask = |token: Option<&str>, body: Value| {
        let mut request = connectors::kit::calls::json("POST", "/v23.0/106540352242922/messages", &body);
        request.headers.extend(token.map(|t| ("authorization".to_owned(), format!("Bearer {t}"))));
        simulator.provider(&account, &request, 1, NOW).response.status
    };
    let token = Some("EAATOPSECRET-page");
    let right = json!({"recipient": {"id": "1254477700000001"}, "messaging_type": "RESPONSE", "message": {"text": "hi"}});
    let with = |pointer: &str, value: Value| {
        let mut body = right.clone();
        body[pointer] = value;
        body
    };
    assert_eq!((ask(token, right.clone()), ask(None, right.clone()), ask(Some("no"), right.clone())), (200, 401, 401));
    for wrong in [
        with("messaging_type", json!("MESSAGE_TAG")),
        with("messaging_type", Value::Null),
        with("message", json!({"text": "x".repeat(2_001)})),
        with("message", json!({"text": "hi", "attachment": {"type": "image", "payload": {"url": "https://x.example"}}})),
        with("bogus", json!(1)),
        with("recipient", json!({})),
        with("recipient", json!({"id": "nobody"})),
    ] {
        assert_eq!(ask(token, wrong.clone()), 400, "{wrong}");
    }
    let played = Played::new(messenger, &account);
    let dial = FakeDial::fine();
    let link = Button { id: "b".into(), title: "Track".into(), url: Some("https://acme.example/t".into()) };
    let quick = Button { url: None, ..link.clone() };
    for message in [
        Outbound { buttons: vec![link], ..outbound_for(messenger) },
        Outbound { buttons: vec![quick], ..outbound_for(messenger) },
        Outbound { last_inbound_at: Some(NOW - 30 * HOUR), ..outbound_for(messenger) },
    ] {
        run(messenger.send(edge(&played, &dial), &account, &message)).unwrap();
    }
    let list = run(messenger.installer().unwrap().list(edge(&played, &dial), &account)).unwrap();
    assert_eq!(list[0].settings["page_token"], "EAATOPSECRET-page");
    run(messenger.installer().unwrap().install(edge(&played, &dial), &account, "https://inbox.acme.example/k")).unwrap();
    let name = run(messenger.profile(edge(&played, &dial), &account, &messenger.simulated_person(1))).unwrap().name;
    assert_eq!(name.as_deref(), Some("Ann Lee"));
    for (doing, right) in [
        (Doing::React, (|i| matches!(i, Inbound::Reaction { emoji: Some(e), .. } if e == "👍")) as fn(&Inbound) -> bool),
        (Doing::Edit, |i| matches!(i, Inbound::Edited { text, .. } if text == "👍")),
        (Doing::Delete, |i| matches!(i, Inbound::Ignored { .. })),
        (Doing::Read, |i| matches!(i, Inbound::UpTo { status: kernel::message::MessageStatus::Read, .. })),
    ] {
        let say = Simulated { doing, answers: Some("m_X".into()), text: "👍".into(), ..said(messenger) };
        let raw = simulator.delivery(&account, &say, NOW);
        let parsed = messenger.parse(&account, &prove(messenger, &account, raw, NOW).unwrap()).unwrap();
        assert!(parsed.iter().any(right), "{parsed:?}");
    }
}

/// Somebody removed the app, or wants their data deleted: signed in a way of its own, and answered.
pub fn callbacks(channel: &dyn Channel) {
    use connectors::kit::meta::callbacks::signed;
    let account = account(channel);
    let secret = account.settings.text("app_secret").unwrap().to_owned();
    let asked = |which: &str, body: Vec<u8>| RawDelivery {
        method: "POST".into(),
        path: format!("/api/webhooks/{}/key1?callback={which}", account.provider),
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
        body,
        received_at: NOW,
        peer: None,
    };
    let payload = |at: i64| json!({"algorithm": "HMAC-SHA256", "issued_at": at / 1_000, "user_id": "218471"});
    let genuine = signed(&secret, &payload(NOW));
    for (what, body, code) in [
        ("another secret", signed("another", &payload(NOW)), "signature.wrong"),
        ("two days old", signed(&secret, &payload(NOW - 2 * kernel::time::DAY)), "signature.expired"),
        ("another algorithm", signed(&secret, &json!({"algorithm": "none", "user_id": "1"})), "signature.wrong"),
        ("nothing signed", b"signed_request=x".to_vec(), "signature.wrong"),
    ] {
        assert_eq!(prove(channel, &account, asked("deletion", body), NOW).err().map(|r| r.code), Some(code), "{what}");
    }
    for which in ["deauthorize", "deletion"] {
        let raw = asked(which, genuine.clone());
        let verified = prove(channel, &account, raw.clone(), NOW).unwrap();
        let parsed = channel.parse(&account, &verified).unwrap();
        assert!(matches!(&parsed[..], [Inbound::Account { broken: Some(words), .. }] if words.contains("218471")), "{parsed:?}");
        let reply = channel.acknowledge(&account, &raw).unwrap();
        let answer: Value = serde_json::from_slice(&reply.body).unwrap();
        if which == "deauthorize" {
            assert_eq!(answer["success"], true);
            continue;
        }
        let code = answer["confirmation_code"].as_str().unwrap();
        let url = answer["url"].as_str().unwrap();
        assert!(url.contains(code) && !url.contains("218471"), "{answer}");
        let path = url.split_once(".example").unwrap().1.to_owned();
        let page = channel.challenge(&account, &RawDelivery { method: "GET".into(), path, ..Default::default() }).unwrap().unwrap();
        assert!(String::from_utf8(page.body).unwrap().contains(code));
    }
    let event = RawDelivery { headers: Vec::new(), ..asked("deletion", b"{}".to_vec()) };
    assert!(channel.acknowledge(&account, &event).is_none(), "events get our usual receipt");
}
