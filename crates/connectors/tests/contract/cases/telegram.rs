//! Telegram bots: a secret in a header, a token in the address.

use super::*;
use crate::fakes::*;
use kernel::http::HttpError;
use kernel::message::Address;
use serde_json::json;

const HEADER: &str = "x-telegram-bot-api-secret-token";
const TOKEN: &str = "123456:TOPSECRET-token_1";

pub static CASE: Case = Case {
    id: "telegram",
    folder: "telegram",
    form: || json!({"bot_token": TOKEN, "username": "acme_support_bot", "webhook_secret": "TOPSECRET-s-1", "groups": true}),
    deliver: |_, _, body| posted("TOPSECRET-s-1", body),
    keys: || None,
    forgeries: |_, genuine| {
        let with = |secret: &str| posted(secret, genuine.body.clone());
        let none = RawDelivery { headers: Vec::new(), ..genuine.clone() };
        vec![
            Forgery::new("no secret", none, "signature.missing"),
            Forgery::new("an empty secret", with(""), "signature.missing"),
            Forgery::new("another case", with("topsecret-s-1"), "signature.wrong"),
            Forgery::new("a space more", with("TOPSECRET-s-1 "), "signature.wrong"),
            Forgery::new("a part", with("TOPSECRET-s-"), "signature.wrong"),
            Forgery::new("GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
            Forgery::new("from outside as if fetched", RawDelivery { method: "POLL".into(), ..genuine.clone() }, "transport.wrong"),
        ]
    },
    answers: || {
        let says = |code: u16, body: &str| Told::Http(http(code, &[], body));
        let refuses =
            |code: u16, description: &str| says(code, &json!({"ok": false, "error_code": code, "description": description}).to_string());
        let mut out = common_http(TAKEN, Verdict::Uncertain);
        out.extend([
            ("a bad token", refuses(401, "Unauthorized"), Verdict::Account),
            ("a broken token", refuses(404, "Not Found"), Verdict::Account),
            ("two readers", refuses(409, "Conflict: terminated by other getUpdates request"), Verdict::Account),
            ("no such chat", refuses(400, "Bad Request: chat not found"), Verdict::Permanent),
            ("too long", refuses(400, "Bad Request: message is too long"), Verdict::Permanent),
            ("a long caption", refuses(400, "Bad Request: message caption is too long"), Verdict::Policy("policy.split")),
            ("entities", refuses(400, "Bad Request: can't parse entities: Unsupported start tag"), Verdict::Permanent),
            ("gone", refuses(400, "Bad Request: message to be replied not found"), Verdict::Permanent),
            ("blocked", refuses(403, "Forbidden: bot was blocked by the user"), Verdict::Permanent),
            ("deactivated", refuses(403, "Forbidden: user is deactivated"), Verdict::Permanent),
            ("not started", refuses(403, "Forbidden: bot can't initiate conversation with a user"), Verdict::Permanent),
            ("too large", refuses(413, "Request Entity Too Large"), Verdict::Permanent),
            ("a proxy refuses", says(403, "<html>"), Verdict::Account),
            (
                "slow down",
                says(
                    429,
                    r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}"#,
                ),
                Verdict::Retry(Some(5_000)),
            ),
            ("inside", refuses(500, "Internal Server Error"), Verdict::Retry(None)),
            ("a page", says(200, "<html>"), Verdict::Uncertain),
            ("no id", says(200, r#"{"ok":true,"result":true}"#), Verdict::Sent),
        ]);
        out
    },
    ill: || {
        vec![
            Told::Http(http(401, &[], r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#)),
            Told::Http(http(200, &[], r#"{"ok":true,"result":{"username":"another_bot"}}"#)),
            // The same answer to both questions: the right bot, and no webhook.
            Told::Http(http(200, &[], r#"{"ok":true,"result":{"username":"acme_support_bot","url":""}}"#)),
            Told::Http(http(200, &[], r#"{"ok":true,"result":{"username":"acme_support_bot","url":"https://elsewhere.example/w"}}"#)),
            Told::Http(http(
                200,
                &[],
                r#"{"ok":true,"result":{"username":"acme_support_bot","url":"https://inbox.acme.example/api/webhooks/telegram/k","pending_update_count":3,"last_error_date":1795244390,"last_error_message":"Connection timed out"}}"#,
            )),
        ]
    },
    more,
};

const TAKEN: &str = r#"{"ok":true,"result":{"message_id":4711,"chat":{"id":700000001,"type":"private"},"date":1795244400,"text":"hi"}}"#;

fn posted(secret: &str, body: Vec<u8>) -> RawDelivery {
    let headers = vec![(HEADER.to_owned(), secret.to_owned())];
    RawDelivery { method: "POST".into(), path: "/".into(), headers, body, received_at: NOW, peer: None }
}

fn more(telegram: &'static dyn Channel) {
    requests(telegram);
    acts(telegram);
    files(telegram);
    setup(telegram);
    polling(telegram);
    groups_and_buttons(telegram);
    the_token_shows_nowhere(telegram);
}

/// Sends by a script; gives the outcome and the requests.
fn scripted(
    telegram: &dyn Channel,
    message: &Outbound,
    answers: Vec<(&'static str, &'static str, Answer)>,
) -> (Result<Receipt, SendError>, Vec<kernel::http::HttpRequest>) {
    let script = Script::new(answers);
    let account = account(telegram);
    let result = run(telegram.send(edge(&script, &FakeDial::fine()), &account, message));
    (result, script.done())
}
fn body(request: &kernel::http::HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}
fn parts(request: &kernel::http::HttpRequest) -> Vec<(String, String)> {
    let kind = &request.headers.iter().find(|(n, _)| n == "content-type").unwrap().1;
    connectors::kit::forms::multipart(kind, &request.body)
        .unwrap()
        .into_iter()
        .map(|p| (p.name.clone(), p.filename.clone().unwrap_or_else(|| p.text())))
        .collect()
}
fn picture(mime: &str, bytes: usize) -> OutboundFile {
    OutboundFile { name: "box.png".into(), content_type: mime.into(), bytes: vec![1; bytes], url: "https://inbox.acme.example/f".into() }
}
fn taken() -> Answer {
    http(200, &[], TAKEN)
}
fn refusal(code: u16, description: &str) -> Answer {
    http(code, &[], &json!({"ok": false, "error_code": code, "description": description}).to_string())
}

fn requests(telegram: &dyn Channel) {
    let said = outbound_for(telegram);
    // A text that answers, with buttons.
    let message = Outbound {
        in_reply_to: Some("700000001:4710".into()),
        buttons: vec![
            Button { id: "y".into(), title: "Yes".into(), url: None },
            Button { id: "site".into(), title: "Site".into(), url: Some("https://acme.example/".into()) },
        ],
        ..said.clone()
    };
    let (result, asked) = scripted(telegram, &message, vec![("POST", "/bot123456:TOPSECRET-token_1/sendMessage", taken())]);
    assert_eq!(result.unwrap().external_id.as_deref(), Some("700000001:4711"));
    assert_eq!(
        body(&asked[0]),
        json!({"chat_id": 700000001, "text": "It left our house on Friday.",
            "reply_parameters": {"message_id": 4710, "allow_sending_without_reply": true},
            "reply_markup": {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}], [{"text": "Site", "url": "https://acme.example/"}]]}})
    );
    // What was said last needs no quotation, except in groups.
    for (chat, quoted) in [("700000001", false), ("-1009", true)] {
        let last = Some(format!("{chat}:9"));
        let message = Outbound { thread_key: Some(chat.into()), in_reply_to: last.clone(), last_inbound_id: last, ..said.clone() };
        let (_, asked) = scripted(telegram, &message, vec![("POST", "sendMessage", taken())]);
        assert_eq!(body(&asked[0]).get("reply_parameters").is_some(), quoted);
    }
    // A topic, a business account; an answer to a message of another chat is no answer here.
    for (thread, key, value) in
        [("-1001234567890/17", "message_thread_id", json!(17)), ("700000001@bc-1", "business_connection_id", json!("bc-1"))]
    {
        let message = Outbound { thread_key: Some(thread.into()), in_reply_to: Some("5:1".into()), ..said.clone() };
        let (result, asked) = scripted(telegram, &message, vec![("POST", "sendMessage", taken())]);
        assert_eq!(body(&asked[0])[key], value);
        assert!(body(&asked[0]).get("reply_parameters").is_none());
        assert_eq!(result.unwrap().external_id.unwrap().ends_with(":bc-1"), key == "business_connection_id");
    }
    // Files, each by the method that shows it best.
    for (mime, method, part) in [
        ("image/png", "/sendPhoto", "photo"),
        ("image/gif", "/sendAnimation", "animation"),
        ("video/mp4", "/sendVideo", "video"),
        ("audio/mpeg", "/sendAudio", "audio"),
        ("audio/ogg; codecs=opus", "/sendVoice", "voice"),
        ("application/pdf", "/sendDocument", "document"),
    ] {
        let message = Outbound { text: "See this".into(), files: vec![picture(mime, 4)], ..said.clone() };
        let (result, asked) = scripted(telegram, &message, vec![("POST", method, taken())]);
        assert!(result.is_ok());
        let parts = parts(&asked[0]);
        assert!(
            parts.contains(&("chat_id".into(), "700000001".into())) && parts.contains(&("caption".into(), "See this".into())),
            "{parts:?}"
        );
        assert!(parts.contains(&(part.into(), "box.png".into())), "{parts:?}");
        assert!(asked[0].timeout_ms > 60_000);
    }
    let large = Outbound { text: String::new(), files: vec![picture("image/png", 10_000_001)], ..said.clone() };
    assert!(scripted(telegram, &large, vec![("POST", "/sendDocument", taken())]).0.is_ok());
    let odd = Outbound { files: vec![picture("image/png", 4)], ..said.clone() };
    let answers = vec![("POST", "/sendPhoto", refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")), ("POST", "/sendDocument", taken())];
    assert!(scripted(telegram, &odd, answers).0.is_ok());
    // What has to be split, and what cannot go.
    let code = |message: &Outbound| match scripted(telegram, message, Vec::new()).0 {
        Err(SendError::Policy { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(&Outbound { files: vec![picture("image/png", 1), picture("image/png", 1)], ..said.clone() }), "policy.split");
    assert_eq!(code(&Outbound { text: "x".repeat(1_025), files: vec![picture("image/png", 1)], ..said.clone() }), "policy.split");
    let button = Button { id: "x".repeat(65), title: "Yes".into(), url: None };
    assert_eq!(code(&Outbound { buttons: vec![button], ..said.clone() }), "policy.buttons");
    let nobody = Outbound { thread_key: None, to: vec![Address::bare("ann@customer.example")], ..said.clone() };
    assert!(matches!(scripted(telegram, &nobody, Vec::new()).0, Err(SendError::Permanent { .. })));
    // A group that became a supergroup: once more, to its new id.
    let moved = http(
        400,
        &[],
        r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890}}"#,
    );
    let group = Outbound { thread_key: Some("-4012".into()), ..said };
    let (result, asked) = scripted(telegram, &group, vec![("POST", "sendMessage", moved.clone()), ("POST", "sendMessage", taken())]);
    assert!(result.is_ok());
    assert_eq!(body(&asked[1])["chat_id"], json!(-1001234567890i64));
    // Not for ever.
    let (result, _) = scripted(telegram, &group, vec![("POST", "sendMessage", moved.clone()), ("POST", "sendMessage", moved)]);
    assert!(matches!(result, Err(SendError::Retry { .. })));
}

fn acts(telegram: &dyn Channel) {
    let account = account(telegram);
    let place = Place {
        to: Address::bare("700000001"),
        thread_key: Some("700000001".into()),
        last_inbound_id: None,
        last_inbound_metadata: serde_json::Map::new(),
    };
    let act = |act: Act, answers: Vec<(&'static str, &'static str, Answer)>| {
        let script = Script::new(answers);
        let result = run(telegram.act(edge(&script, &FakeDial::fine()), &account, &place, &act));
        (result, script.done().iter().map(body).collect::<Vec<_>>())
    };
    let yes = || http(200, &[], r#"{"ok":true,"result":true}"#);
    let id = || "700000001:4711".to_owned();
    let (result, asked) = act(Act::Typing { on: true }, vec![("POST", "/sendChatAction", yes())]);
    assert_eq!((result, &asked[0]), (Ok(()), &json!({"chat_id": 700000001, "action": "typing"})));
    assert_eq!(act(Act::Typing { on: false }, Vec::new()).0, Ok(()));
    let (_, asked) = act(Act::React { external_id: id(), emoji: Some("👍".into()) }, vec![("POST", "/setMessageReaction", yes())]);
    assert_eq!(asked[0], json!({"chat_id": 700000001, "message_id": 4711, "reaction": [{"type": "emoji", "emoji": "👍"}]}));
    let (_, asked) = act(Act::React { external_id: id(), emoji: None }, vec![("POST", "/setMessageReaction", yes())]);
    assert_eq!(asked[0]["reaction"], json!([]));
    let (result, _) = act(
        Act::React { external_id: id(), emoji: Some("🪿".into()) },
        vec![("POST", "/setMessageReaction", refusal(400, "Bad Request: REACTION_INVALID"))],
    );
    assert!(matches!(result, Err(SendError::Permanent { detail }) if detail.contains("does not take this emoji")));
    let edit = || Act::Edit { external_id: id(), text: "Friday".into() };
    let (result, asked) = act(edit(), vec![("POST", "/editMessageText", taken())]);
    assert_eq!((result, &asked[0]), (Ok(()), &json!({"chat_id": 700000001, "message_id": 4711, "text": "Friday"})));
    let caption = refusal(400, "Bad Request: there is no text in the message to edit");
    let (result, asked) = act(edit(), vec![("POST", "/editMessageText", caption), ("POST", "/editMessageCaption", taken())]);
    assert_eq!((result, &asked[1]["caption"]), (Ok(()), &json!("Friday")));
    let same = refusal(400, "Bad Request: message is not modified: specified new message content is the same");
    assert_eq!(act(edit(), vec![("POST", "/editMessageText", same)]).0, Ok(()));
    let delete = || Act::Delete { external_id: id() };
    let (result, asked) = act(delete(), vec![("POST", "/deleteMessage", yes())]);
    assert_eq!((result, &asked[0]), (Ok(()), &json!({"chat_id": 700000001, "message_id": 4711})));
    assert_eq!(act(delete(), vec![("POST", "/deleteMessage", refusal(400, "Bad Request: message to delete not found"))]).0, Ok(()));
    let late = refusal(400, "Bad Request: message can't be deleted for everyone");
    assert!(
        matches!(act(delete(), vec![("POST", "/deleteMessage", late)]).0, Err(SendError::Permanent { detail }) if detail.contains("48 hours"))
    );
    let (result, asked) = act(Act::Delete { external_id: "700000001:4711:bc-1".into() }, vec![("POST", "/deleteBusinessMessages", yes())]);
    assert_eq!((result, &asked[0]), (Ok(()), &json!({"business_connection_id": "bc-1", "message_ids": [4711]})));
    assert!(act(Act::Delete { external_id: "018f".into() }, Vec::new()).0.is_err());
}

fn files(telegram: &dyn Channel) {
    let found = || http(200, &[], r#"{"ok":true,"result":{"file_id":"AgAC","file_unique_id":"u","file_path":"photos/file 1.jpg"}}"#);
    let fetch = |answers| {
        let script = Script::new(answers);
        let account = account(telegram);
        let result = run(telegram.fetch(edge(&script, &FakeDial::fine()), &account, "AgAC"));
        (result, script.done())
    };
    let bytes = http(200, &[("Content-Type", "application/octet-stream")], "JPEG");
    let (result, asked) =
        fetch(vec![("POST", "/getFile", found()), ("GET", "/file/bot123456:TOPSECRET-token_1/photos/file%201.jpg", bytes)]);
    assert_eq!(result.unwrap(), Fetched { name: None, content_type: None, bytes: b"JPEG".to_vec() });
    assert_eq!(body(&asked[0]), json!({"file_id": "AgAC"}));
    assert!(asked[1].max_response_bytes > 20_000_000);
    let gone = |answers| matches!(fetch(answers).0, Err(SendError::Permanent { .. }));
    assert!(gone(vec![("POST", "/getFile", refusal(400, "Bad Request: file is too big"))]));
    assert!(gone(vec![("POST", "/getFile", found()), ("GET", "/file/", http(404, &[], ""))]));
    let outside = http(200, &[], r#"{"ok":true,"result":{"file_path":"../../bot1/getMe"}}"#);
    assert!(gone(vec![("POST", "/getFile", outside)]));
    let lost = fetch(vec![("POST", "/getFile", found()), ("GET", "/file/", Err(HttpError::Uncertain("timeout".into())))]).0;
    assert!(matches!(lost, Err(SendError::Retry { .. })));

    // What the simulator's customer sends can be fetched from the simulator.
    let account = account_with(telegram, json!({"base_url": "https://provider.example/sim"}));
    let file = SimulatedFile {
        name: "a.pdf".into(),
        content_type: "application/pdf".into(),
        bytes: b"%PDF".to_vec(),
        url: "https://x.example/a".into(),
    };
    let say = Simulated { files: vec![file], ..said(telegram) };
    let raw = telegram.simulator().unwrap().delivery(&account, &say, NOW);
    let parsed = telegram.parse(&account, &Verified::from_journal(raw)).unwrap();
    let [Inbound::Message(m)] = parsed.as_slice() else { panic!("{parsed:?}") };
    let FileSource::Provider(reference) = &m.files[0].source else { panic!("{m:?}") };
    let played = Played::new(telegram, &account);
    assert_eq!(run(telegram.fetch(edge(&played, &FakeDial::fine()), &account, reference)).unwrap().bytes, b"%PDF");
}

fn setup(telegram: &dyn Channel) {
    let installer = telegram.installer().unwrap();
    let url = "https://inbox.acme.example/api/webhooks/telegram/k";
    let yes = || http(200, &[], r#"{"ok":true,"result":true}"#);
    let install = |changes: Value, url: &str, answers| {
        let (script, account) = (Script::new(answers), account_with(telegram, changes));
        let result = run(installer.install(edge(&script, &FakeDial::fine()), &account, url));
        (result, script.done())
    };
    let (result, asked) = install(json!({}), url, vec![("POST", "/setWebhook", yes())]);
    assert!(result.is_ok());
    let sent = body(&asked[0]);
    assert_eq!((&sent["url"], &sent["secret_token"]), (&json!(url), &json!("TOPSECRET-s-1")));
    for kind in ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member", "business_message"] {
        assert!(sent["allowed_updates"].as_array().unwrap().contains(&json!(kind)), "{kind}");
    }
    assert!(install(json!({}), "http://inbox.acme.example/x", Vec::new()).0.is_err());
    assert!(matches!(install(json!({"webhook_secret": "s 1"}), url, Vec::new()).0, Err(SendError::Permanent { .. })));
    let (result, _) = install(json!({"mode": "polling"}), url, vec![("POST", "/deleteWebhook", yes())]);
    assert!(result.is_ok());

    let me = http(200, &[], r#"{"ok":true,"result":{"id":123456,"is_bot":true,"first_name":"Acme","username":"acme_support_bot"}}"#);
    let hook = http(200, &[], &json!({"ok": true, "result": {"url": url}}).to_string());
    let script = Script::new(vec![("POST", "/getMe", me), ("POST", "/getWebhookInfo", hook)]);
    // Works before the account is complete.
    let bare = account_with(telegram, json!({"username": "", "webhook_secret": ""}));
    let reached = run(installer.list(edge(&script, &FakeDial::fine()), &bare)).unwrap();
    script.done();
    assert_eq!((reached[0].id.as_str(), reached[0].webhook.as_deref()), ("acme_support_bot", Some(url)));
    assert_eq!(reached[0].settings["username"], "acme_support_bot");
}

fn polling(telegram: &dyn Channel) {
    let poller = telegram.poller().unwrap();
    assert_eq!(poller.every(&account(telegram)), None);
    let account = account_with(telegram, json!({"mode": "polling"}));
    assert!(poller.every(&account).is_some());
    let ask = |cursor: Option<&str>, answers| {
        let script = Script::new(answers);
        let result = run(poller.poll(edge(&script, &FakeDial::fine()), &account, cursor));
        (result, script.done())
    };
    let two = || {
        let callback = json!({"update_id": 8, "callback_query": {"id": "cb", "from": {"id": 1}, "chat_instance": "x"}});
        let message = json!({"update_id": 7, "message": {"message_id": 1, "from": {"id": 5, "first_name": "Ada"}, "chat": {"id": 5, "type": "private"}, "date": 1, "text": "hi"}});
        http(200, &[], &json!({"ok": true, "result": [message, callback]}).to_string())
    };
    let yes = || http(200, &[], r#"{"ok":true,"result":true}"#);
    let (result, asked) = ask(Some("7"), vec![("POST", "/getUpdates", two()), ("POST", "/answerCallbackQuery", yes())]);
    let polled = result.unwrap();
    assert_eq!((polled.cursor.as_deref(), polled.more, polled.deliveries.len()), (Some("9"), false, 2));
    assert_eq!((&body(&asked[0])["offset"], &body(&asked[1])["callback_query_id"]), (&json!(7), &json!("cb")));
    assert!(body(&asked[0])["timeout"].as_u64().unwrap() * 1_000 < asked[0].timeout_ms);
    assert_eq!(polled.deliveries[0].method, "POLL");
    let parsed = telegram.parse(&account, &Verified::from_journal(polled.deliveries[0].clone())).unwrap();
    assert!(matches!(&parsed[0], Inbound::Message(m) if m.external_id == "5:1"));
    // Nothing waits: the offset is forgotten.
    let (result, _) = ask(Some("9"), vec![("POST", "/getUpdates", http(200, &[], r#"{"ok":true,"result":[]}"#))]);
    assert_eq!(result.unwrap().cursor.as_deref(), Some("0"));
    let (_, asked) = ask(Some("0"), vec![("POST", "/getUpdates", http(200, &[], r#"{"ok":true,"result":[]}"#))]);
    assert!(body(&asked[0]).get("offset").is_none());
    // A webhook that is still set is removed; another program's questions are not.
    let webhook =
        refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first");
    let answers = vec![
        ("POST", "/getUpdates", webhook),
        ("POST", "/deleteWebhook", yes()),
        ("POST", "/getUpdates", two()),
        ("POST", "/answerCallbackQuery", yes()),
    ];
    assert_eq!(ask(None, answers).0.unwrap().deliveries.len(), 2);
    let other = refusal(409, "Conflict: terminated by other getUpdates request");
    assert!(matches!(ask(None, vec![("POST", "/getUpdates", other)]).0, Err(SendError::Account { .. })));
    let health = run(telegram.health(
        edge(
            &Script::new(vec![
                ("POST", "getMe", http(200, &[], r#"{"ok":true,"result":{"username":"acme_support_bot"}}"#)),
                ("POST", "getWebhookInfo", http(200, &[], r#"{"ok":true,"result":{"url":""}}"#)),
            ]),
            &FakeDial::fine(),
        ),
        &account,
    ));
    assert!(matches!(health, Health::Ok { .. }));
}

fn groups_and_buttons(telegram: &dyn Channel) {
    let read = |changes: Value, update: Value| {
        let account = account_with(telegram, changes);
        telegram.parse(&account, &Verified::from_journal(posted("", update.to_string().into_bytes()))).unwrap().remove(0)
    };
    let group = json!({"update_id": 1, "message": {"message_id": 2, "from": {"id": 5, "first_name": "Ada"},
        "chat": {"id": -1009, "type": "supergroup", "title": "G"}, "date": 1, "text": "hi"}});
    assert!(matches!(read(json!({"groups": false}), group.clone()), Inbound::Ignored { .. }));
    let Inbound::Message(m) = read(json!({"groups": true}), group) else { panic!() };
    assert_eq!((m.thread.key.as_deref(), m.sender.handle.value.as_str()), (Some("-1009"), "5"));

    let pressed = json!({"update_id": 1, "callback_query": {"id": "cb-1", "from": {"id": 5}, "chat_instance": "x"}});
    let raw = posted("TOPSECRET-s-1", pressed.to_string().into_bytes());
    let reply = telegram.acknowledge(&account(telegram), &raw).unwrap();
    let said: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(said, json!({"method": "answerCallbackQuery", "callback_query_id": "cb-1"}));
    assert_eq!(telegram.acknowledge(&account(telegram), &posted("", b"{}".to_vec())), None);

    // The vector of the header: `s-1` and nothing else.
    let account = account_with(telegram, json!({"webhook_secret": "s-1"}));
    for (secret, genuine) in [("s-1", true), ("S-1", false), ("s-1 ", false), ("", false)] {
        assert_eq!(prove(telegram, &account, posted(secret, b"{}".to_vec()), NOW).is_ok(), genuine, "{secret:?}");
    }
    let unset = account_with(telegram, json!({"webhook_secret": ""}));
    assert_eq!(prove(telegram, &unset, posted("", b"{}".to_vec()), NOW).unwrap_err().code, "signature.unset");
}

/// Errors of the client and words of the provider may carry the address, and with it the token.
fn the_token_shows_nowhere(telegram: &dyn Channel) {
    let url = format!("https://api.telegram.org/bot{TOKEN}/sendMessage");
    let encoded = format!("https://api.telegram.org/bot{}/sendMessage", TOKEN.replace(':', "%3A"));
    let mut shown = String::new();
    for words in [url, encoded] {
        for error in [HttpError::Connect(words.clone()), HttpError::Uncertain(words.clone()), HttpError::Refused(words.clone())] {
            shown += &format!(
                "{:?}",
                send(telegram, &account(telegram), &outbound_for(telegram), FakeHttp(Err(error.clone())), FakeDial::fine())
            );
            shown += &format!("{:?}", health(telegram, &account(telegram), FakeHttp(Err(error.clone())), FakeDial::fine()));
            shown += &format!("{:?}", run(telegram.fetch(edge(&FakeHttp(Err(error)), &FakeDial::fine()), &account(telegram), "x")));
        }
        shown +=
            &format!("{:?}", send(telegram, &account(telegram), &outbound_for(telegram), FakeHttp(refusal(400, &words)), FakeDial::fine()));
    }
    assert!(!shown.contains("TOPSECRET"), "{shown}");
    // A token that would lead elsewhere is none.
    for token in ["123:a/../x", "123", "abc:def", "1:a b", ":x", "1:"] {
        let account = account_with(telegram, json!({"bot_token": token}));
        assert!(matches!(
            send(telegram, &account, &outbound_for(telegram), FakeHttp(taken()), FakeDial::fine()),
            Err(SendError::Account { .. })
        ));
    }
}
