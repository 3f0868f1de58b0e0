//! LINE: signed bodies, reply tokens, retry keys.

use super::*;
use crate::fakes::*;
use connectors::kit::signatures::mac_sha256;
use kernel::http::{HttpError, HttpRequest};
use kernel::message::Address;
use serde_json::json;

const HEADER: &str = "x-line-signature";
const SECRET: &str = "TOPSECRET-channel-secret";

pub static CASE: Case = Case {
    id: "line",
    folder: "line",
    form: || json!({"basic_id": "@123abcde", "channel_access_token": "TOPSECRET-token", "channel_secret": SECRET, "groups": true}),
    deliver: |_, _, body| posted(SECRET, body),
    keys: || None,
    forgeries: |_, genuine| {
        let none = RawDelivery { headers: Vec::new(), ..genuine.clone() };
        let mut changed = genuine.clone();
        changed.body.push(b' ');
        let hex = data_encoding_hex(&mac_sha256(SECRET.as_bytes(), &[&genuine.body]));
        vec![
            Forgery::new("no signature", none, "signature.missing"),
            Forgery::new("another secret", posted("another", genuine.body.clone()), "signature.wrong"),
            Forgery::new("a changed body", changed, "signature.wrong"),
            Forgery::new("hex instead of base64", with(&hex, genuine.body.clone()), "signature.wrong"),
            Forgery::new("garbage", with("????", genuine.body.clone()), "signature.wrong"),
            Forgery::new("GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
        ]
    },
    answers: || {
        let says = |code: u16, message: &str| Told::Http(http(code, &[], &json!({ "message": message }).to_string()));
        // The retry key makes a second request harmless.
        let mut out = common_http(TAKEN, Verdict::Retry(None));
        out.extend([
            ("bad", says(400, "The request body has 1 error(s)"), Verdict::Permanent),
            ("no friend", says(400, "Failed to send messages"), Verdict::Permanent),
            ("a wrong token", says(401, "Authentication failed due to the following reason: invalid token."), Verdict::Account),
            ("a plan", says(403, "Access to this API is not available for your account"), Verdict::Account),
            ("the month", says(429, "You have reached your monthly limit."), Verdict::Account),
            ("rate", says(429, "The API rate limit has been exceeded. Try again later."), Verdict::Retry(None)),
            ("large", says(413, "Request Entity Too Large"), Verdict::Permanent),
            (
                "already accepted",
                Told::Http(http(
                    409,
                    &[("X-Line-Accepted-Request-Id", "123e4567-e89b-12d3-a456-426655440000")],
                    r#"{"message":"The retry key is already accepted","sentMessages":[{"id":"461230966842064897","quoteToken":"x"}]}"#,
                )),
                Verdict::Sent,
            ),
            ("another conflict", says(409, "Conflict"), Verdict::Permanent),
            ("inside", says(500, "Internal Server Error"), Verdict::Retry(None)),
        ]);
        out
    },
    ill: || {
        vec![
            Told::Http(http(401, &[], r#"{"message":"Authentication failed"}"#)),
            Told::Http(http(200, &[], r#"{"userId":"U1","basicId":"@another","displayName":"A"}"#)),
            // The same answer to both questions.
            Told::Http(http(200, &[], r#"{"basicId":"@123abcde","displayName":"A"}"#)),
            Told::Http(http(200, &[], r#"{"basicId":"@123abcde","endpoint":"https://elsewhere.example/w","active":true}"#)),
            Told::Http(http(
                200,
                &[],
                r#"{"basicId":"@123abcde","endpoint":"https://inbox.acme.example/api/webhooks/line/k","active":false}"#,
            )),
        ]
    },
    more,
};

const TAKEN: &str = r#"{"sentMessages":[{"id":"461230966842064897","quoteToken":"IStG5h1Tz7b"}]}"#;

fn data_encoding_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
fn base64(bytes: &[u8]) -> String {
    // The fixtures' own encoder, so that the test does not lean on what it tests.
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|c| {
            let n = (u32::from(c[0]) << 16) | (u32::from(*c.get(1).unwrap_or(&0)) << 8) | u32::from(*c.get(2).unwrap_or(&0));
            (0..4).map(move |i| if i <= c.len() { LETTERS[(n >> (18 - 6 * i)) as usize & 63] as char } else { '=' })
        })
        .collect()
}
fn with(signature: &str, body: Vec<u8>) -> RawDelivery {
    let headers = vec![(HEADER.to_owned(), signature.to_owned())];
    RawDelivery { method: "POST".into(), path: "/".into(), headers, body, received_at: NOW, peer: None }
}
fn posted(secret: &str, body: Vec<u8>) -> RawDelivery {
    with(&base64(&mac_sha256(secret.as_bytes(), &[&body])), body)
}

fn more(line: &'static dyn Channel) {
    proofs(line);
    pushes(line);
    replies(line);
    acts(line);
    files(line);
    setup(line);
}

fn proofs(line: &dyn Channel) {
    // Checked with the provider's own library (@line/bot-sdk 11.0.0).
    let account = account_with(line, json!({"channel_secret": "line-channel-secret"}));
    let raw = with("ymh2PXcsWDelcjZ0mJNmsxb6GfZiARWxWnOgO5zcAWg=", br#"{"destination":"U0","events":[]}"#.to_vec());
    let verified = prove(line, &account, raw, NOW).unwrap();
    // It is the console's check, which is answered at once.
    assert_eq!(line.handshake(&account, &verified).map(|r| r.status), Some(200));
    let events = posted("line-channel-secret", br#"{"events":[{"type":"follow"}]}"#.to_vec());
    assert_eq!(line.handshake(&account, &prove(line, &account, events, NOW).unwrap()), None);
    let unset = account_with(line, json!({"channel_secret": ""}));
    assert_eq!(prove(line, &unset, posted("", b"{}".to_vec()), NOW).unwrap_err().code, "signature.unset");
}

type Answers = Vec<(&'static str, &'static str, Answer)>;
fn scripted(line: &dyn Channel, message: &Outbound, answers: Answers) -> (Result<Receipt, SendError>, Vec<HttpRequest>) {
    let (script, account) = (Script::new(answers), account(line));
    let result = run(line.send(edge(&script, &FakeDial::fine()), &account, message));
    (result, script.done())
}
fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}
fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}
fn taken() -> Answer {
    http(200, &[], TAKEN)
}
fn file(name: &str, mime: &str) -> OutboundFile {
    OutboundFile { name: name.into(), content_type: mime.into(), bytes: vec![1; 4], url: format!("https://inbox.acme.example/f/{name}") }
}

fn pushes(line: &dyn Channel) {
    let said = outbound_for(line);
    let push = |message: &Outbound| {
        let (result, asked) = scripted(line, message, vec![("POST", "https://api.line.me/v2/bot/message/push", taken())]);
        assert_eq!(result.unwrap().external_id.as_deref(), Some("461230966842064897"));
        asked.into_iter().next().unwrap()
    };
    let request = push(&said);
    assert_eq!(
        body(&request),
        json!({"to": line.simulated_person(1), "messages": [{"type": "text", "text": "It left our house on Friday."}]})
    );
    assert_eq!(header(&request, "authorization"), Some("Bearer TOPSECRET-token"));
    // The same key with each attempt, another for another message.
    let key = |message: &Outbound| header(&push(message), "x-line-retry-key").unwrap().to_owned();
    assert_eq!(key(&said), key(&Outbound { attempt: 3, ..said.clone() }));
    assert_ne!(key(&said), key(&Outbound { message_id: "msg_2".into(), ..said.clone() }));
    assert_eq!(key(&said).len(), 36);
    assert!(line.repeats_safely());

    let buttons = vec![
        Button { id: "arrived:no".into(), title: "No, it has not arrived yet".into(), url: None },
        Button { id: "site".into(), title: "Site".into(), url: Some("https://acme.example/".into()) },
    ];
    let items = body(&push(&Outbound { buttons, ..said.clone() }))["messages"][0]["quickReply"]["items"].clone();
    assert_eq!(
        items,
        json!([
            {"type": "action", "action": {"type": "postback", "label": "No, it has not arriv",
                "data": "button_id=arrived%3Ano&button_title=No%2C+it+has+not+arrived+yet", "displayText": "No, it has not arrived yet"}},
            {"type": "action", "action": {"type": "uri", "label": "Site", "uri": "https://acme.example/"}},
        ])
    );
    let picture = push(&Outbound { text: String::new(), files: vec![file("box.png", "image/png")], ..said.clone() });
    let url = "https://inbox.acme.example/f/box.png";
    assert_eq!(body(&picture)["messages"], json!([{"type": "image", "originalContentUrl": url, "previewImageUrl": url}]));
    let linked = push(&Outbound { text: "Your bill:".into(), files: vec![file("a.pdf", "application/pdf")], ..said.clone() });
    assert_eq!(body(&linked)["messages"], json!([{"type": "text", "text": "Your bill:\n\na.pdf\nhttps://inbox.acme.example/f/a.pdf"}]));
    // In a group, the answered message is quoted.
    let mut metadata = serde_json::Map::new();
    metadata.insert("quote_token".into(), "q-1".into());
    let group = Outbound {
        thread_key: Some(format!("C{:032x}", 7)),
        in_reply_to: Some("1".into()),
        last_inbound_id: Some("1".into()),
        last_inbound_metadata: metadata,
        ..said.clone()
    };
    let request = body(&push(&group));
    assert_eq!((&request["to"], &request["messages"][0]["quoteToken"]), (&json!(format!("C{:032x}", 7)), &json!("q-1")));

    let code = |message: &Outbound| match scripted(line, message, Vec::new()).0 {
        Err(SendError::Policy { code, .. }) => code,
        Err(SendError::Permanent { .. }) => "permanent".into(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(&Outbound { files: vec![file("a.png", "image/png")], ..said.clone() }), "policy.split");
    assert_eq!(code(&Outbound { files: vec![file("a.pdf", "x/y"), file("b.pdf", "x/y")], ..said.clone() }), "policy.split");
    assert_eq!(
        code(&Outbound { buttons: vec![Button { id: "x".repeat(301), title: "x".into(), url: None }], ..said.clone() }),
        "policy.buttons"
    );
    let plain = OutboundFile { url: "http://127.0.0.1/f".into(), ..file("a.png", "image/png") };
    assert_eq!(code(&Outbound { text: String::new(), files: vec![plain], ..said.clone() }), "permanent");
    let nobody = Outbound { thread_key: None, to: vec![Address::bare("ann@customer.example")], ..said };
    assert_eq!(code(&nobody), "permanent");
}

/// The token of what the person just said.
fn replies(line: &dyn Channel) {
    let mut metadata = serde_json::Map::new();
    metadata.insert("reply_token".into(), "nHuyWiB7".into());
    let quick = Outbound { last_inbound_at: Some(NOW - 10_000), last_inbound_metadata: metadata, ..outbound_for(line) };
    const REPLY: &str = "/v2/bot/message/reply";
    const PUSH: &str = "/v2/bot/message/push";
    let used = || http(400, &[], r#"{"message":"Invalid reply token"}"#);
    let lost = || -> Answer { Err(HttpError::Uncertain("timeout".into())) };
    let (result, asked) = scripted(line, &quick, vec![("POST", REPLY, taken())]);
    assert!(result.is_ok());
    assert_eq!(body(&asked[0])["replyToken"], "nHuyWiB7");
    assert!(body(&asked[0]).get("to").is_none() && header(&asked[0], "x-line-retry-key").is_none());
    // Used up or too old at the first attempt: nothing was sent with it.
    assert!(scripted(line, &quick, vec![("POST", REPLY, used()), ("POST", PUSH, taken())]).0.is_ok());
    // No answer: asked again, with three ends.
    assert!(scripted(line, &quick, vec![("POST", REPLY, lost()), ("POST", REPLY, taken())]).0.is_ok());
    let uncertain = |answers| matches!(scripted(line, &quick, answers).0, Err(SendError::Uncertain { .. }));
    assert!(uncertain(vec![("POST", REPLY, lost()), ("POST", REPLY, used())]));
    assert!(uncertain(vec![("POST", REPLY, lost()), ("POST", REPLY, lost())]));
    // After an interruption, however late: never a push beside a reply that may have arrived.
    let again = Outbound { attempt: 2, created_at: NOW - 300_000, last_inbound_at: Some(NOW - 310_000), ..quick.clone() };
    assert!(matches!(scripted(line, &again, vec![("POST", REPLY, used())]).0, Err(SendError::Uncertain { .. })));
    assert!(matches!(
        scripted(line, &quick, vec![("POST", REPLY, http(400, &[], r#"{"message":"The request body has 1 error(s)"}"#))]).0,
        Err(SendError::Permanent { .. })
    ));
    // Written, or sent, after the token's time.
    for late in [
        Outbound { last_inbound_at: Some(NOW - 60_000), ..quick.clone() },
        Outbound { created_at: NOW - 45_000, last_inbound_at: Some(NOW - 55_000), ..quick },
    ] {
        assert!(scripted(line, &late, vec![("POST", PUSH, taken())]).0.is_ok());
    }
}

fn acts(line: &dyn Channel) {
    let account = account(line);
    let mut metadata = serde_json::Map::new();
    metadata.insert("mark_as_read_token".into(), "nz0x74".into());
    let place = |to: String, metadata| Place {
        to: Address::bare(to.clone()),
        thread_key: Some(to),
        last_inbound_id: None,
        last_inbound_metadata: metadata,
    };
    let act = |place: &Place, act: Act, answers| {
        let script = Script::new(answers);
        let result = run(line.act(edge(&script, &FakeDial::fine()), &account, place, &act));
        (result, script.done().iter().map(body).collect::<Vec<_>>())
    };
    let person = place(line.simulated_person(1), metadata);
    let (result, asked) = act(&person, Act::Typing { on: true }, vec![("POST", "/v2/bot/chat/loading/start", http(202, &[], "{}"))]);
    assert_eq!((result, &asked[0]), (Ok(()), &json!({"chatId": line.simulated_person(1), "loadingSeconds": 10})));
    assert_eq!(act(&person, Act::Typing { on: false }, Vec::new()).0, Ok(()));
    let read = || Act::MarkRead { external_id: "468789577898262530".into() };
    let (result, asked) = act(&person, read(), vec![("POST", "/v2/bot/chat/markAsRead", http(200, &[], "{}"))]);
    assert_eq!((result, &asked[0]), (Ok(()), &json!({"markAsReadToken": "nz0x74"})));
    let group = place(format!("C{:032x}", 7), serde_json::Map::new());
    assert_eq!(act(&group, Act::Typing { on: true }, Vec::new()).0, Ok(()));
    assert_eq!(act(&group, read(), Vec::new()).0, Ok(()));
    assert!(act(&person, Act::Delete { external_id: "1".into() }, Vec::new()).0.is_err());
}

fn files(line: &dyn Channel) {
    let fetch = |changes: Value, answers: Answers| {
        let (script, account) = (Script::new(answers), account_with(line, changes));
        let result = run(line.fetch(edge(&script, &FakeDial::fine()), &account, "468789577898262530"));
        (result, script.done())
    };
    let bytes = || http(200, &[("Content-Type", "image/jpeg")], "JPEG");
    let (result, asked) = fetch(json!({}), vec![("GET", "https://api-data.line.me/v2/bot/message/468789577898262530/content", bytes())]);
    assert_eq!(result.unwrap(), Fetched { name: None, content_type: Some("image/jpeg".into()), bytes: b"JPEG".to_vec() });
    assert_eq!(header(&asked[0], "authorization"), Some("Bearer TOPSECRET-token"));
    let elsewhere = json!({"base_url": "https://mock.example/line/"});
    assert!(fetch(elsewhere, vec![("GET", "https://mock.example/line/data/v2/bot/message/468789577898262530/content", bytes())]).0.is_ok());
    let outcome = |answer| fetch(json!({}), vec![("GET", "/content", answer)]).0;
    assert!(matches!(outcome(http(202, &[], "")), Err(SendError::Retry { after_ms: Some(5_000), .. })));
    assert!(matches!(outcome(http(404, &[], "")), Err(SendError::Permanent { .. })));
    assert!(matches!(outcome(Err(HttpError::Uncertain("x".into()))), Err(SendError::Retry { .. })));
    assert!(matches!(outcome(Err(HttpError::TooLarge)), Err(SendError::Permanent { .. })));

    // What the simulator's customer sends can be fetched from the simulator.
    let account = account_with(line, json!({"base_url": "https://provider.example/sim"}));
    let file = SimulatedFile {
        name: "a.pdf".into(),
        content_type: "application/pdf".into(),
        bytes: b"%PDF".to_vec(),
        url: "https://x.example/a".into(),
    };
    let say = Simulated { files: vec![file], ..said(line) };
    let parsed = line.parse(&account, &Verified::from_journal(line.simulator().unwrap().delivery(&account, &say, NOW))).unwrap();
    let [Inbound::Message(m)] = parsed.as_slice() else { panic!("{parsed:?}") };
    let FileSource::Provider(reference) = &m.files[0].source else { panic!("{m:?}") };
    let played = Played::new(line, &account);
    assert_eq!(run(line.fetch(edge(&played, &FakeDial::fine()), &account, reference)).unwrap().bytes, b"%PDF");
    // The customer takes something back.
    let say = Simulated { doing: Doing::Delete, answers: Some("468".into()), ..said(line) };
    let parsed = line.parse(&account, &Verified::from_journal(line.simulator().unwrap().delivery(&account, &say, NOW))).unwrap();
    assert_eq!(parsed, [Inbound::Deleted { external_id: "468".into(), at: Some(NOW) }]);
}

fn setup(line: &dyn Channel) {
    let installer = line.installer().unwrap();
    const ENDPOINT: &str = "/v2/bot/channel/webhook/endpoint";
    let url = "https://inbox.acme.example/api/webhooks/line/k";
    let set = |active: bool| http(200, &[], &json!({"endpoint": url, "active": active}).to_string());
    for (active, word) in [(true, "delivers"), (false, "Use webhook")] {
        let script = Script::new(vec![("PUT", ENDPOINT, http(200, &[], "{}")), ("GET", ENDPOINT, set(active))]);
        let words = run(installer.install(edge(&script, &FakeDial::fine()), &account(line), url)).unwrap();
        assert!(words.contains(word), "{words}");
        assert_eq!(body(&script.done()[0]), json!({ "endpoint": url }));
    }
    assert!(run(installer.install(edge(&Script::new(Vec::new()), &FakeDial::fine()), &account(line), "http://x.example/")).is_err());
    let info = || http(200, &[], r#"{"userId":"U1","basicId":"@123abcde","displayName":"Acme","chatMode":"bot","markAsReadMode":"auto"}"#);
    for (endpoint, webhook) in [(set(true), Some(url)), (http(404, &[], r#"{"message":"Not found"}"#), None)] {
        let script = Script::new(vec![("GET", "/v2/bot/info", info()), ("GET", ENDPOINT, endpoint)]);
        let reached = run(installer.list(edge(&script, &FakeDial::fine()), &account_with(line, json!({"basic_id": ""})))).unwrap();
        assert_eq!((reached[0].id.as_str(), reached[0].webhook.as_deref()), ("@123abcde", webhook));
    }
    let profile =
        http(200, &[], r#"{"displayName":"LINE taro","userId":"U1","language":"ja","pictureUrl":"https://profile.line-scdn.net/x"}"#);
    let script = Script::new(vec![("GET", "/v2/bot/profile/U1", profile)]);
    let found = run(line.profile(edge(&script, &FakeDial::fine()), &account(line), "U1")).unwrap();
    assert_eq!((found.name.as_deref(), found.language.as_deref()), (Some("LINE taro"), Some("ja")));
    let script = Script::new(vec![("GET", "/v2/bot/profile/U1", http(404, &[], r#"{"message":"Not found"}"#))]);
    assert_eq!(run(line.profile(edge(&script, &FakeDial::fine()), &account(line), "U1")), None);
    // Groups only where they are wanted.
    let account = account_with(line, json!({"groups": false}));
    let event = json!({"events": [{"type": "message", "source": {"type": "group", "groupId": "C1", "userId": "U1"}, "timestamp": 1, "webhookEventId": "e",
        "message": {"id": "1", "type": "text", "text": "x"}}]});
    let parsed = line.parse(&account, &Verified::from_journal(posted("", event.to_string().into_bytes()))).unwrap();
    assert!(matches!(parsed[0], Inbound::Ignored { .. }));
}
