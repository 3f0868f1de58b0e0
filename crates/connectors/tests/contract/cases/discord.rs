//! Discord: a connection that is kept open, Ed25519 over what is posted, a nonce that makes repeats harmless.

use super::*;
use crate::fakes::*;
use connectors::kit::signatures::mac_sha256;
use kernel::http::{HttpError, HttpRequest};
use kernel::message::Address;
use kernel::time::MINUTE;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Map, json};

const TOKEN: &str = "MTEwMDA.TOPSECRET.token";
/// Of the key whose seed is 0, 1, 2, … 31 (checked with discord-interactions and PyNaCl).
const PUBLIC_KEY: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
const APPLICATION: &str = "1100000000000000000";

pub static CASE: Case = Case {
    id: "discord",
    folder: "discord",
    form: || json!({"bot_token": TOKEN, "application_id": APPLICATION, "public_key": PUBLIC_KEY}),
    deliver: |account, name, body| match name.starts_with("interaction-") {
        true => signed(NOW / 1_000, body),
        false => over_gateway(account, body),
    },
    keys: || None,
    forgeries: |account, genuine| {
        let posted = signed(NOW / 1_000, br#"{"type":1}"#.to_vec());
        let without = |name: &str| {
            let headers = posted.headers.iter().filter(|(n, _)| n != name).cloned().collect();
            RawDelivery { headers, ..posted.clone() }
        };
        let mut longer = posted.clone();
        longer.body.push(b' ');
        let mut later = posted.clone();
        later.headers[1].1 = (NOW / 1_000 + 1).to_string();
        let mut changed = genuine.clone();
        changed.body.push(b' ');
        let mut other = account.clone();
        other.mac_key = kernel::Secret::new(vec![8; 32]);
        vec![
            Forgery::new("no signature", without("x-signature-ed25519"), "signature.missing"),
            Forgery::new("no timestamp", without("x-signature-timestamp"), "signature.missing"),
            Forgery::new("another body", longer, "signature.wrong"),
            Forgery::new("another time", later, "signature.wrong"),
            Forgery::new("GET", RawDelivery { method: "GET".into(), ..posted.clone() }, "transport.wrong"),
            Forgery { now: NOW + 6 * MINUTE, ..Forgery::new("replayed", posted.clone(), "signature.expired") },
            Forgery { now: NOW - 6 * MINUTE, ..Forgery::new("from the future", posted, "signature.expired") },
            Forgery::new("posted as if by the gateway", RawDelivery { method: "POST".into(), ..genuine.clone() }, "signature.missing"),
            Forgery::new("a gateway's without its mark", RawDelivery { headers: Vec::new(), ..genuine.clone() }, "signature.missing"),
            Forgery::new("a gateway's, changed", changed, "signature.wrong"),
            Forgery::new("another account's gateway", over_gateway(&other, genuine.body.clone()), "signature.wrong"),
        ]
    },
    answers: || {
        let says = |status: u16, body: &str| Told::Http(http(status, &[], body));
        let refuses = |status: u16, code: i64| says(status, &json!({"message": "words", "code": code}).to_string());
        // The direct message is opened first; and the nonce makes the rest harmless.
        let mut out = common_http(TAKEN, Verdict::Retry(None));
        out.extend([
            ("bad token", says(401, r#"{"message":"401: Unauthorized","code":0}"#), Verdict::Account),
            ("unauthorised", refuses(403, 40001), Verdict::Account),
            ("unverified", refuses(403, 40002), Verdict::Account),
            ("no channel", refuses(404, 10003), Verdict::Permanent),
            ("no server", refuses(404, 10004), Verdict::Permanent),
            ("no access", refuses(403, 50001), Verdict::Permanent),
            ("no permission", refuses(403, 50013), Verdict::Permanent),
            ("closed messages", refuses(403, 50007), Verdict::Permanent),
            ("no server in common", refuses(403, 50278), Verdict::Permanent),
            ("not for bots", refuses(403, 20009), Verdict::Permanent),
            ("banned", refuses(403, 40007), Verdict::Permanent),
            ("form", refuses(400, 50035), Verdict::Permanent),
            ("empty", refuses(400, 50006), Verdict::Permanent),
            ("large", refuses(413, 40005), Verdict::Permanent),
            ("large, without words", says(413, "<html>"), Verdict::Permanent),
            ("not JSON", refuses(400, 50109), Verdict::Permanent),
            ("archived", refuses(400, 50083), Verdict::Permanent),
            ("too fast", refuses(429, 40003), Verdict::Retry(Some(60_000))),
            ("busy channel", says(429, r#"{"message":"slow","code":20028,"retry_after":2.5}"#), Verdict::Retry(Some(2_500))),
            ("limited", refuses(429, 40062), Verdict::Retry(None)),
            ("answered", refuses(400, 40060), Verdict::Permanent),
            ("late", refuses(404, 10062), Verdict::Permanent),
            ("a new code", refuses(400, 999_999), Verdict::Permanent),
            (
                "limited, with a fraction",
                says(429, r#"{"message":"You are being rate limited.","retry_after":0.3012,"global":true}"#),
                Verdict::Retry(Some(302)),
            ),
            ("inside", says(500, r#"{"message":"500: Internal Server Error","code":0}"#), Verdict::Retry(None)),
            ("a page", says(200, "<html>"), Verdict::Retry(None)),
        ]);
        out
    },
    ill: || {
        let application = |changes: Value| {
            let mut body = json!({"id": APPLICATION, "name": "Acme", "verify_key": PUBLIC_KEY, "flags": 1 << 19});
            body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            Told::Http(http(200, &[], &body.to_string()))
        };
        vec![
            Told::Http(http(401, &[], r#"{"message":"401: Unauthorized","code":0}"#)),
            application(json!({"id": "1100000000000000999"})),
            application(json!({"verify_key": "00"})),
            application(json!({"flags": 0})),
        ]
    },
    more,
};

const TAKEN: &str = r#"{"id":"1441317322000000001","channel_id":"1100000000000000002","type":0,"content":"hi"}"#;

fn key() -> Ed25519KeyPair {
    let seed: Vec<u8> = (0..32).collect();
    Ed25519KeyPair::from_seed_unchecked(&seed).unwrap()
}

fn signed(seconds: i64, body: Vec<u8>) -> RawDelivery {
    let seconds = seconds.to_string();
    let signature = key().sign(&[seconds.as_bytes(), &body].concat());
    let headers = vec![
        ("x-signature-ed25519".to_owned(), data_encoding::HEXLOWER.encode(signature.as_ref())),
        ("x-signature-timestamp".to_owned(), seconds),
    ];
    RawDelivery { method: "POST".into(), path: "/".into(), headers, body, received_at: NOW, peer: None }
}

fn over_gateway(account: &Account, body: Vec<u8>) -> RawDelivery {
    let mark = data_encoding::HEXLOWER.encode(&mac_sha256(account.mac_key.reveal(), &[b"discord gateway ", &body]));
    let headers = vec![("x-switchboard-gateway".to_owned(), mark)];
    RawDelivery { method: "GATEWAY".into(), path: "/gateway".into(), headers, body, received_at: NOW, peer: None }
}

fn more(discord: &'static dyn Channel) {
    signatures(discord);
    pings_and_answers(discord);
    requests(discord);
    acts(discord);
    the_gateway_opens(discord);
    the_gateway_goes_on(discord);
    the_gateway_chooses(discord);
    setup(discord);
    simulated(discord);
}

/// Checked with discord-interactions 4.4.0 and PyNaCl 1.6.2.
fn signatures(discord: &dyn Channel) {
    assert_eq!(data_encoding::HEXLOWER.encode(key().public_key().as_ref()), PUBLIC_KEY);
    let signature =
        "c1098e97d711377f30225d53d94b89d43537f92e5b3afaddc590781b1f9f9d4b2eeab335d370be3b9a090bc61a85b86448bc140dcd195f1569c2bff181257607";
    let account = account(discord);
    for (body, genuine) in [(r#"{"type":1}"#, true), (r#"{"type":1} "#, false)] {
        let headers =
            vec![("X-Signature-Ed25519".to_owned(), signature.to_owned()), ("X-Signature-Timestamp".to_owned(), "1700000000".to_owned())];
        let raw = RawDelivery { method: "POST".into(), headers, body: body.into(), ..Default::default() };
        assert_eq!(prove(discord, &account, raw, 1_700_000_000_000).is_ok(), genuine);
    }
    let unset = account_with(discord, json!({"public_key": ""}));
    assert_eq!(prove(discord, &unset, signed(NOW / 1_000, b"{}".to_vec()), NOW).unwrap_err().code, "signature.unset");
    let odd = account_with(discord, json!({"public_key": "zz"}));
    assert_eq!(prove(discord, &odd, signed(NOW / 1_000, b"{}".to_vec()), NOW).unwrap_err().code, "signature.wrong");
    assert_eq!(prove(discord, &account, signed(i64::MAX, b"{}".to_vec()), NOW).unwrap_err().code, "signature.wrong");
}

fn pings_and_answers(discord: &dyn Channel) {
    let account = account(discord);
    let fixture = |name: &str| {
        let path = format!("{}/src/channels/discord/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
        signed(NOW / 1_000, std::fs::read(path).unwrap())
    };
    let shake = |body: RawDelivery| discord.handshake(&account, &prove(discord, &account, body, NOW).unwrap());
    let json_of = |reply: Reply| serde_json::from_slice::<Value>(&reply.body).unwrap();
    let reply = shake(fixture("interaction-ping")).unwrap();
    assert_eq!((reply.status, reply.content_type), (200, "application/json"));
    assert_eq!(json_of(reply), json!({"type": 1}));
    assert_eq!(shake(signed(NOW / 1_000, br#"{"version":1,"application_id":"1","type":0}"#.to_vec())).unwrap().status, 204);
    for name in ["interaction-command", "interaction-event", "dm"] {
        assert_eq!(shake(fixture(name)), None, "{name}");
    }
    let answer = |name: &str| discord.acknowledge(&account, &fixture(name));
    assert_eq!(json_of(answer("interaction-button").unwrap()), json!({"type": 6}));
    assert_eq!(json_of(answer("interaction-autocomplete").unwrap())["type"], 8);
    let said = json_of(answer("interaction-command").unwrap());
    assert_eq!((&said["type"], &said["data"]["flags"]), (&json!(4), &json!(64)));
    assert!(said["data"]["content"].as_str().unwrap().starts_with("Thank you"));
    assert_eq!(answer("interaction-event").unwrap().status, 204);
    assert_eq!(answer("dm"), None);
    assert_eq!(discord.addressees(&fixture("interaction-command")), [APPLICATION]);
    assert!(discord.addressees(&fixture("dm")).is_empty() && discord.addressees(&fixture("not-json")).is_empty());
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}
fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).unwrap_or_default()
}
fn taken() -> Answer {
    http(200, &[], TAKEN)
}
fn refusal(status: u16, code: i64) -> Answer {
    http(status, &[], &json!({"message": "words", "code": code}).to_string())
}
type Answers = Vec<(&'static str, &'static str, Answer)>;

fn scripted(discord: &dyn Channel, message: &Outbound, answers: Answers) -> (Result<Receipt, SendError>, Vec<HttpRequest>) {
    let script = Script::new(answers);
    let result = run(discord.send(edge(&script, &FakeDial::fine()), &account(discord), message));
    (result, script.done())
}

fn requests(discord: &dyn Channel) {
    let messages = "https://discord.com/api/v10/channels/1100000000000000002/messages";
    let said = Outbound { thread_key: Some("1100000000000000002".into()), in_reply_to: None, ..outbound_for(discord) };
    let (result, asked) = scripted(discord, &said, vec![("POST", messages, taken())]);
    assert_eq!(result.unwrap().external_id.as_deref(), Some("1441317322000000001"));
    assert_eq!(header(&asked[0], "authorization"), format!("Bot {TOKEN}"));
    assert!(header(&asked[0], "user-agent").starts_with("DiscordBot (https://inbox.acme.example, "));
    let sent = body(&asked[0]);
    let nonce = sent["nonce"].as_str().unwrap().to_owned();
    assert!((1..=25).contains(&nonce.len()));
    assert_eq!(
        sent,
        json!({"content": "It left our house on Friday.", "nonce": nonce, "enforce_nonce": true, "allowed_mentions": {"parse": []}})
    );
    // The same nonce at every attempt; a lost answer is asked for again soon.
    let (_, asked) = scripted(discord, &Outbound { attempt: 2, ..said.clone() }, vec![("POST", messages, taken())]);
    assert_eq!(body(&asked[0])["nonce"], nonce.as_str());
    let lost = scripted(discord, &said, vec![("POST", messages, Err(HttpError::Uncertain("timeout".into())))]).0;
    assert!(matches!(lost, Err(SendError::Retry { after_ms: Some(1..=10_000), .. })) && discord.repeats_safely());
    // A person: the direct message is opened first.
    let direct = Outbound { in_reply_to: None, ..outbound_for(discord) };
    let opened = http(200, &[], r#"{"id":"1100000000000000002","type":1}"#);
    let (result, asked) = scripted(discord, &direct, vec![("POST", "/users/@me/channels", opened), ("POST", messages, taken())]);
    assert!(result.is_ok());
    assert_eq!(body(&asked[0]), json!({"recipient_id": "300000000000000001"}));
    let nobody = Outbound { thread_key: None, to: vec![Address::bare("ann@customer.example")], ..said.clone() };
    assert!(matches!(scripted(discord, &nobody, Vec::new()).0, Err(SendError::Permanent { .. })));
    // References: not to what was said last between two; always among many; left out when it is gone.
    let mut answering = Outbound { in_reply_to: Some("7".into()), last_inbound_id: Some("7".into()), ..said.clone() };
    let (_, asked) = scripted(discord, &answering, vec![("POST", messages, taken())]);
    assert!(body(&asked[0]).get("message_reference").is_none());
    answering.last_inbound_metadata.insert("guild_id".into(), "9".into());
    let (result, asked) = scripted(discord, &answering, vec![("POST", messages, refusal(400, 10008)), ("POST", messages, taken())]);
    assert!(result.is_ok());
    assert_eq!(body(&asked[0])["message_reference"], json!({"message_id": "7", "fail_if_not_exists": false}));
    assert!(body(&asked[1]).get("message_reference").is_none());
    // An archived thread is opened, once.
    let archived = || ("POST", messages, refusal(400, 50083));
    let open = |answer| ("PATCH", "/channels/1100000000000000002", answer);
    let fine = || http(200, &[], r#"{"id":"1100000000000000002"}"#);
    let (result, asked) = scripted(discord, &said, vec![archived(), open(fine()), ("POST", messages, taken())]);
    assert!(result.is_ok());
    assert_eq!(body(&asked[1]), json!({"archived": false}));
    for answers in [vec![archived(), open(fine()), archived()], vec![archived(), open(refusal(403, 50013))]] {
        assert!(matches!(scripted(discord, &said, answers).0, Err(SendError::Permanent { .. })));
    }
    // Buttons, in rows of five.
    let button =
        |n: usize| Button { id: format!("b{n}"), title: format!("Button {n}"), url: (n == 5).then(|| "https://acme.example/".into()) };
    let (_, asked) =
        scripted(discord, &Outbound { buttons: (0..6).map(button).collect(), ..said.clone() }, vec![("POST", messages, taken())]);
    let rows = &body(&asked[0])["components"];
    assert_eq!(rows[0]["components"][4], json!({"type": 2, "style": 2, "label": "Button 4", "custom_id": "b4"}));
    assert_eq!(rows[1]["components"], json!([{"type": 2, "style": 5, "label": "Button 5", "url": "https://acme.example/"}]));
    // Files, with the text.
    let file = |name: &str, bytes: usize| OutboundFile {
        name: name.into(),
        content_type: "image/png".into(),
        bytes: vec![1; bytes],
        url: "https://inbox.acme.example/f".into(),
    };
    let (result, asked) =
        scripted(discord, &Outbound { files: vec![file("a.png", 3), file("b.png", 4)], ..said.clone() }, vec![("POST", messages, taken())]);
    assert!(result.is_ok() && asked[0].timeout_ms > 60_000);
    let parts = connectors::kit::forms::multipart(header(&asked[0], "content-type"), &asked[0].body).unwrap();
    let payload: Value = serde_json::from_slice(&parts[0].bytes).unwrap();
    assert_eq!(payload["attachments"], json!([{"id": "0", "filename": "a.png"}, {"id": "1", "filename": "b.png"}]));
    assert_eq!((payload["content"].as_str(), payload["enforce_nonce"].as_bool()), (Some("It left our house on Friday."), Some(true)));
    let names: Vec<_> = parts.iter().map(|p| (p.name.as_str(), p.filename.as_deref())).collect();
    assert_eq!(names, [("payload_json", None), ("files[0]", Some("a.png")), ("files[1]", Some("b.png"))]);
    // What cannot go.
    let code = |message: Outbound| match scripted(discord, &message, Vec::new()).0 {
        Err(SendError::Policy { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(Outbound { files: (0..3).map(|n| file(&n.to_string(), 9 << 20)).collect(), ..said.clone() }), "policy.split");
    let long = Button { id: "x".repeat(101), title: "Yes".into(), url: None };
    assert_eq!(code(Outbound { buttons: vec![long], ..said.clone() }), "policy.buttons");
    assert!(matches!(scripted(discord, &Outbound { text: " ".into(), ..said.clone() }, Vec::new()).0, Err(SendError::Permanent { .. })));
    let told = http(
        400,
        &[],
        r#"{"message":"Invalid Form Body","code":50035,"errors":{"content":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"Must be 2000 or fewer in length."}]}}}"#,
    );
    let words = scripted(discord, &said, vec![("POST", messages, told)]).0;
    assert!(matches!(words, Err(SendError::Permanent { detail }) if detail.contains("2000 or fewer") && detail.contains("50035")));
}

fn acts(discord: &dyn Channel) {
    let place = Place {
        to: Address::bare("1000000000000000002"),
        thread_key: Some("1100000000000000002".into()),
        last_inbound_id: None,
        last_inbound_metadata: Map::new(),
    };
    let act = |act: Act, answers: Answers| {
        let script = Script::new(answers);
        let result = run(discord.act(edge(&script, &FakeDial::fine()), &account(discord), &place, &act));
        (result, script.done())
    };
    let none = || http(204, &[], "");
    let message = "/channels/1100000000000000002/messages/7";
    let id = || "7".to_owned();
    assert_eq!(act(Act::Typing { on: true }, vec![("POST", "/channels/1100000000000000002/typing", none())]).0, Ok(()));
    assert_eq!(act(Act::Typing { on: false }, Vec::new()).0, Ok(()));
    let (result, asked) = act(Act::Edit { external_id: id(), text: "Saturday".into() }, vec![("PATCH", message, taken())]);
    assert_eq!((result, body(&asked[0])), (Ok(()), json!({"content": "Saturday", "allowed_mentions": {"parse": []}})));
    assert_eq!(act(Act::Delete { external_id: id() }, vec![("DELETE", message, none())]).0, Ok(()));
    assert_eq!(act(Act::Delete { external_id: id() }, vec![("DELETE", message, refusal(404, 10008))]).0, Ok(()));
    assert!(act(Act::Delete { external_id: "interaction:7".into() }, Vec::new()).0.is_err());
    let there = || {
        http(
            200,
            &[],
            r#"{"id":"7","reactions":[{"me":true,"emoji":{"id":null,"name":"🎉"}},{"me":true,"emoji":{"id":"99","name":"party"}},{"me":false,"emoji":{"id":null,"name":"👀"}}]}"#,
        )
    };
    let react = |emoji: Option<&str>| Act::React { external_id: id(), emoji: emoji.map(str::to_owned) };
    let party = || ("DELETE", "/channels/1100000000000000002/messages/7/reactions/party%3A99/@me", none());
    let tada = || ("DELETE", "/messages/7/reactions/%F0%9F%8E%89/@me", none());
    let thumb = || ("PUT", "/messages/7/reactions/%F0%9F%91%8D/@me", none());
    assert_eq!(act(react(Some("👍")), vec![("GET", message, there()), tada(), party(), thumb()]).0, Ok(()));
    assert_eq!(act(react(None), vec![("GET", message, there()), tada(), party()]).0, Ok(()));
    assert!(matches!(
        act(react(Some("🎉")), vec![("GET", message, http(200, &[], r#"{"id":"7"}"#)), ("PUT", message, refusal(400, 10014))]).0,
        Err(SendError::Permanent { .. })
    ));
}

fn frame(discord: &dyn Channel, account: &Account, state: &mut Map<String, Value>, frame: Value) -> Vec<Step> {
    discord.gateway().unwrap().frame(account, state, &frame.to_string(), NOW + 250)
}
fn said_by(steps: &[Step]) -> Vec<Value> {
    steps.iter().filter_map(|s| if let Step::Say(text) = s { Some(serde_json::from_str(text).unwrap()) } else { None }).collect()
}
fn ready(application: &str) -> Value {
    json!({"op": 0, "s": 1, "t": "READY", "d": {"v": 10, "user": {"id": "1100000000000000001", "bot": true}, "session_id": "ses-1",
        "resume_gateway_url": "wss://gateway-us-east1-b.discord.gg", "application": {"id": application, "flags": 0}, "guilds": []}})
}

fn the_gateway_opens(discord: &dyn Channel) {
    let gateway = discord.gateway().unwrap();
    let open = |changes: Value, state: &Map<String, Value>, answers: Answers| {
        let script = Script::new(answers);
        let result = run(gateway.open(edge(&script, &FakeDial::fine()), &account_with(discord, changes), state));
        script.done();
        result
    };
    let bot = |url: &str, remaining: i64| {
        let body =
            json!({"url": url, "shards": 1, "session_start_limit": {"total": 1000, "remaining": remaining, "reset_after": 14_400_000}});
        ("GET", "/gateway/bot", http(200, &[], &body.to_string()))
    };
    let none = Map::new();
    assert_eq!(open(json!({}), &none, vec![bot("wss://gateway.discord.gg", 9)]).unwrap(), "wss://gateway.discord.gg/?v=10&encoding=json");
    let spent = open(json!({}), &none, vec![bot("wss://gateway.discord.gg", 0)]);
    assert!(matches!(spent, Err(SendError::Retry { after_ms: Some(14_400_000), .. })));
    assert!(matches!(open(json!({}), &none, vec![("GET", "/gateway/bot", refusal(401, 0))]), Err(SendError::Account { .. })));
    // The token is said only to Discord, and only behind TLS.
    for elsewhere in
        ["wss://evil.example", "ws://gateway.discord.gg", "wss://discord.gg.evil.example", "wss://evil.example/.discord.gg", ""]
    {
        assert!(open(json!({}), &none, vec![bot(elsewhere, 9)]).is_err(), "{elsewhere}");
    }
    let stand_in = json!({"base_url": "http://stand.in/api/v10"});
    assert_eq!(
        open(stand_in, &none, vec![bot("ws://stand.in:8080/gateway/", 9)]).unwrap(),
        "ws://stand.in:8080/gateway/?v=10&encoding=json"
    );
    // A session that can go on needs no question.
    let mut state = Map::new();
    frame(discord, &account(discord), &mut state, ready(APPLICATION));
    assert_eq!(open(json!({}), &state, Vec::new()).unwrap(), "wss://gateway-us-east1-b.discord.gg/?v=10&encoding=json");
}

fn the_gateway_goes_on(discord: &dyn Channel) {
    let (gateway, account) = (discord.gateway().unwrap(), account(discord));
    let mut state = Map::new();
    let hello = json!({"op": 10, "s": null, "t": null, "d": {"heartbeat_interval": 41_250}});
    let steps = frame(discord, &account, &mut state, hello.clone());
    assert_eq!(steps[0], Step::Beat { first_ms: 10_312, every_ms: 41_250 });
    let identify = &said_by(&steps)[0];
    assert_eq!((&identify["op"], &identify["d"]["token"]), (&json!(2), &json!(TOKEN)));
    let intents = 1u64 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 13 | 1 << 15;
    assert_eq!(identify["d"]["intents"], intents);
    assert!(identify["d"]["properties"]["browser"].is_string());
    let quiet = account_with(discord, json!({"servers": false}));
    assert_eq!(said_by(&frame(discord, &quiet, &mut Map::new(), hello.clone()))[0]["d"]["intents"], 1u64 << 12 | 1 << 13);
    let bare = account_with(discord, json!({"bot_token": ""}));
    assert!(matches!(frame(discord, &bare, &mut Map::new(), hello.clone()).as_slice(), [Step::Stop { .. }]));

    // A heartbeat carries the last number; before the first event, nothing.
    assert_eq!(said_by(&gateway.beat(&account, &mut state)), [json!({"op": 1, "d": null})]);
    // It was not answered: the line is dead.
    assert_eq!(gateway.beat(&account, &mut state), [Step::Reconnect { after_ms: 0 }]);
    frame(discord, &account, &mut state, json!({"op": 11}));
    frame(discord, &account, &mut state, ready(APPLICATION));
    assert_eq!(said_by(&gateway.beat(&account, &mut state)), [json!({"op": 1, "d": 1})]);
    assert_eq!(said_by(&frame(discord, &account, &mut state, json!({"op": 1, "d": null}))), [json!({"op": 1, "d": 1})]);

    // A message is delivered with its proof and the bot's own id; its number is kept.
    let message = json!({"id": "1441317321728000001", "channel_id": "1100000000000000002", "type": 0, "content": "hello",
        "timestamp": "2026-11-21T06:59:50.000000+00:00", "author": {"id": "1000000000000000002", "username": "ada"}});
    let dispatch = |t: &str, d: Value| json!({"op": 0, "s": 7, "t": t, "d": d});
    let steps = frame(discord, &account, &mut state, dispatch("MESSAGE_CREATE", message.clone()));
    let [Step::Deliver(raw)] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!((raw.method.as_str(), raw.received_at), ("GATEWAY", NOW + 250));
    let parsed = discord.parse(&account, &prove(discord, &account, (**raw).clone(), NOW).unwrap()).unwrap();
    assert!(matches!(&parsed[0], Inbound::Message(m) if m.text == "hello" && m.thread.key.as_deref() == Some("1100000000000000002")));
    let mut own = message;
    own["author"]["id"] = "1100000000000000001".into();
    let steps = frame(discord, &account, &mut state, dispatch("MESSAGE_CREATE", own));
    let [Step::Deliver(raw)] = steps.as_slice() else { panic!("{steps:?}") };
    assert!(matches!(&discord.parse(&account, &Verified::from_journal((**raw).clone())).unwrap()[0], Inbound::Ignored { .. }));
    for (kind, data) in [
        ("TYPING_START", json!({})),
        ("PRESENCE_UPDATE", json!({})),
        ("RESUMED", json!({})),
        ("MESSAGE_UPDATE", json!({"id": "1", "channel_id": "2", "edited_timestamp": null})),
    ] {
        assert!(frame(discord, &account, &mut state, dispatch(kind, data)).is_empty(), "{kind}");
    }
    for odd in ["", "null", "[]", "{}", r#"{"op":"x"}"#, r#"{"op":0}"#, r#"{"op":99}"#] {
        assert!(gateway.frame(&account, &mut state, odd, NOW).is_empty(), "{odd}");
    }
    // Asked to come again: the session goes on.
    assert_eq!(frame(discord, &account, &mut state, json!({"op": 7, "d": null})), [Step::Reconnect { after_ms: 0 }]);
    let resume = said_by(&frame(discord, &account, &mut state, hello.clone())).remove(0);
    assert_eq!(resume, json!({"op": 6, "d": {"token": TOKEN, "session_id": "ses-1", "seq": 7}}));
    // Invalid, but it can go on; then invalid for good.
    let wait = |steps: &[Step]| matches!(steps, [Step::Reconnect { after_ms: 1_000..=5_000 }]);
    assert!(wait(&frame(discord, &account, &mut state, json!({"op": 9, "d": true}))));
    assert_eq!(said_by(&frame(discord, &account, &mut state, hello.clone()))[0]["op"], 6);
    assert!(wait(&frame(discord, &account, &mut state, json!({"op": 9, "d": false}))));
    assert_eq!(said_by(&frame(discord, &account, &mut state, hello.clone()))[0]["op"], 2);
    // How a connection ends.
    let fresh = || {
        let mut state = Map::new();
        frame(discord, &account, &mut state, ready(APPLICATION));
        state
    };
    for code in [4004, 4010, 4011, 4012, 4013, 4014] {
        let steps = gateway.closed(&account, &mut fresh(), Some(code));
        assert!(matches!(steps.as_slice(), [Step::Stop { detail }] if detail.contains(&code.to_string())), "{code}");
    }
    for (code, resumes) in [
        (None, true),
        (Some(1006), true),
        (Some(4000), true),
        (Some(4008), true),
        (Some(4003), false),
        (Some(4007), false),
        (Some(4009), false),
    ] {
        let mut state = fresh();
        assert!(matches!(gateway.closed(&account, &mut state, code).as_slice(), [Step::Reconnect { .. }]), "{code:?}");
        let op = if resumes { 6 } else { 2 };
        assert_eq!(said_by(&frame(discord, &account, &mut state, hello.clone()))[0]["op"], op, "{code:?}");
    }
    // Another application's token.
    assert!(matches!(frame(discord, &account, &mut Map::new(), ready("1100000000000000999")).as_slice(), [Step::Stop { .. }]));
}

fn the_gateway_chooses(discord: &dyn Channel) {
    let said = |channel: &str, guild: Option<&str>| {
        let mut data = json!({"id": "5", "channel_id": channel, "type": 0, "content": "x", "author": {"id": "6"}});
        if let Some(guild) = guild {
            data["guild_id"] = guild.into();
        }
        json!({"op": 0, "s": 2, "t": "MESSAGE_CREATE", "d": data})
    };
    let mut state = Map::new();
    let mut heard =
        |account: &Account, channel: &str, guild: Option<&str>| !frame(discord, account, &mut state, said(channel, guild)).is_empty();
    let all = account(discord);
    assert!(heard(&all, "1", None) && heard(&all, "1", Some("9")));
    let none = account_with(discord, json!({"servers": false}));
    assert!(heard(&none, "1", None) && !heard(&none, "1", Some("9")));
    let some = account_with(discord, json!({"channel_ids": ["1"]}));
    assert!(heard(&some, "2", None) && heard(&some, "1", Some("9")) && !heard(&some, "2", Some("9")));
    // Threads and posts belong to their channel.
    let mut state = Map::new();
    let tell = |state: &mut Map<String, Value>, t: &str, d: Value| frame(discord, &some, state, json!({"op": 0, "s": 3, "t": t, "d": d}));
    let heard = |state: &mut Map<String, Value>, channel: &str| !frame(discord, &some, state, said(channel, Some("9"))).is_empty();
    assert!(!heard(&mut state, "11"));
    assert!(
        tell(&mut state, "GUILD_CREATE", json!({"id": "9", "threads": [{"id": "11", "parent_id": "1"}, {"id": "12", "parent_id": "2"}]}))
            .is_empty()
    );
    assert!(tell(&mut state, "THREAD_CREATE", json!({"id": "13", "parent_id": "1"})).is_empty());
    assert!(heard(&mut state, "11") && !heard(&mut state, "12") && heard(&mut state, "13"));
    tell(&mut state, "THREAD_DELETE", json!({"id": "11", "parent_id": "1"}));
    assert!(!heard(&mut state, "11"));
}

fn setup(discord: &dyn Channel) {
    let installer = discord.installer().unwrap();
    let application = json!({"id": APPLICATION, "name": "Acme", "verify_key": PUBLIC_KEY, "flags": 0,
        "interactions_endpoint_url": "https://inbox.acme.example/api/webhooks/discord/k"});
    let bare = account_with(discord, json!({"application_id": "", "public_key": ""}));
    let script = Script::new(vec![("GET", "/oauth2/applications/@me", http(200, &[], &application.to_string()))]);
    let reached = run(installer.list(edge(&script, &FakeDial::fine()), &bare)).unwrap();
    script.done();
    assert_eq!(
        (reached[0].id.as_str(), reached[0].webhook.as_deref()),
        (APPLICATION, Some("https://inbox.acme.example/api/webhooks/discord/k"))
    );
    assert_eq!(reached[0].settings["public_key"], PUBLIC_KEY);
    let script = Script::new(Vec::new());
    assert!(run(installer.install(edge(&script, &FakeDial::fine()), &bare, "https://x.example/k")).is_err());
    let script = Script::new(vec![("PATCH", "/applications/@me", http(200, &[], &application.to_string()))]);
    assert!(run(installer.install(edge(&script, &FakeDial::fine()), &account(discord), "https://x.example/k")).is_ok());
    assert_eq!(body(&script.done()[0]), json!({"interactions_endpoint_url": "https://x.example/k"}));
    // Without servers, the intent is nobody's business.
    let quiet = account_with(discord, json!({"servers": false}));
    let well = run(discord.health(edge(&FakeHttp(http(200, &[], &application.to_string())), &FakeDial::fine()), &quiet));
    assert!(matches!(well, Health::Ok { .. }), "{well:?}");

    let user = http(200, &[], r#"{"id":"6","username":"ada","global_name":"Ada Lovelace","avatar":"a_12"}"#);
    let profile = run(discord.profile(edge(&FakeHttp(user), &FakeDial::fine()), &account(discord), "6")).unwrap();
    assert_eq!(profile.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(profile.picture_url.as_deref(), Some("https://cdn.discordapp.com/avatars/6/a_12.png?size=256"));
    assert_eq!(run(discord.profile(edge(&FakeHttp(refusal(404, 10013)), &FakeDial::fine()), &account(discord), "6")), None);
    assert_eq!(run(discord.profile(edge(&Script::new(Vec::new()), &FakeDial::fine()), &account(discord), "x")), None);
}

fn simulated(discord: &dyn Channel) {
    let account = account(discord);
    let simulator = discord.simulator().unwrap();
    let tell = |say: Simulated| {
        let raw = simulator.delivery(&account, &say, NOW);
        discord.parse(&account, &prove(discord, &account, raw, NOW).unwrap()).unwrap().remove(0)
    };
    let file = SimulatedFile {
        name: "a.pdf".into(),
        content_type: "application/pdf".into(),
        bytes: b"%PDF".to_vec(),
        url: "https://x.example/a".into(),
    };
    let say = Simulated { files: vec![file], answers: Some("7".into()), ..said(discord) };
    let Inbound::Message(m) = tell(say.clone()) else { panic!() };
    assert_eq!(
        (m.files[0].source.clone(), m.thread.answers.clone()),
        (FileSource::Url("https://x.example/a".into()), vec!["7".to_owned()])
    );
    assert_eq!(m.thread.key.as_deref(), Some("400000000000000001"));
    let with = |doing| Simulated { doing, text: "👍".into(), ..say.clone() };
    assert!(matches!(tell(with(Doing::Edit)), Inbound::Edited { text, .. } if text == "👍"));
    assert!(matches!(tell(with(Doing::React)), Inbound::Reaction { emoji: Some(e), .. } if e == "👍"));
    assert!(matches!(tell(Simulated { text: String::new(), ..with(Doing::React) }), Inbound::Reaction { emoji: None, .. }));
    assert!(matches!(tell(with(Doing::Delete)), Inbound::Deleted { external_id, .. } if external_id == "7"));
    // Whoever does not say who they are is stopped at the door.
    let request = HttpRequest::new("POST", "/channels/1/messages").header("authorization", format!("Bot {TOKEN}"));
    assert_eq!(simulator.provider(&account, &request, 1, NOW).response.status, 403);
    let request = HttpRequest::new("POST", "/channels/1/messages").header("user-agent", "DiscordBot (x, 1)");
    assert_eq!(simulator.provider(&account, &request, 1, NOW).response.status, 401);
}
