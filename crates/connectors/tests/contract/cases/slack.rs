//! Slack: a signature over the time and the raw body, errors inside of answers that say 200.

use super::*;
use crate::fakes::*;
use connectors::kit::signatures::mac_sha256;
use kernel::http::{HttpError, HttpRequest};
use kernel::message::Address;
use kernel::time::MINUTE;
use serde_json::json;

const TOKEN: &str = "xoxb-TOPSECRET-token";
const SECRET: &str = "TOPSECRET-signing";

pub static CASE: Case = Case {
    id: "slack",
    folder: "slack",
    form: || {
        json!({"signing_secret": SECRET, "access_token": TOKEN, "team_id": "T0123456789", "client_id": "1.2", "client_secret": "TOPSECRET-client",
            "bot_user_id": "U0BOT00001"})
    },
    deliver: |_, _, body| signed(SECRET, NOW / 1_000, body),
    keys: || None,
    forgeries: |_, genuine| {
        let without = |name: &str| {
            let headers = genuine.headers.iter().filter(|(n, _)| n != name).cloned().collect();
            RawDelivery { headers, ..genuine.clone() }
        };
        let changed = |name: &str, value: &str| {
            let headers = genuine.headers.iter().map(|(n, v)| (n.clone(), if n == name { value.to_owned() } else { v.clone() })).collect();
            RawDelivery { headers, ..genuine.clone() }
        };
        let mut longer = genuine.clone();
        longer.body.push(b' ');
        let again = genuine.header("x-slack-signature").unwrap().replace("v0=", "v1=");
        vec![
            Forgery::new("no signature", without("x-slack-signature"), "signature.missing"),
            Forgery::new("no timestamp", without("x-slack-request-timestamp"), "signature.missing"),
            Forgery::new("another body", longer, "signature.wrong"),
            Forgery::new("another time", changed("x-slack-request-timestamp", "1795244401"), "signature.wrong"),
            Forgery::new("another version", changed("x-slack-signature", &again), "signature.wrong"),
            Forgery::new("another secret", signed("another", NOW / 1_000, genuine.body.clone()), "signature.wrong"),
            Forgery::new("GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
            Forgery { now: NOW + 6 * MINUTE, ..Forgery::new("replayed", genuine.clone(), "signature.expired") },
            Forgery { now: NOW - 6 * MINUTE, ..Forgery::new("from the future", genuine.clone(), "signature.expired") },
        ]
    },
    answers: || {
        let says = |code: u16, body: &str| Told::Http(http(code, &[], body));
        let refuses = |error: &str| says(200, &json!({"ok": false, "error": error}).to_string());
        // The direct message is opened first: what is lost then has reached nobody.
        let mut out = common_http(TAKEN, Verdict::Retry(None));
        out.extend([
            ("bad token", refuses("invalid_auth"), Verdict::Account),
            ("no token", refuses("not_authed"), Verdict::Account),
            ("revoked", refuses("token_revoked"), Verdict::Account),
            ("expired", refuses("token_expired"), Verdict::Account),
            ("inactive", refuses("account_inactive"), Verdict::Account),
            ("scope", says(200, r#"{"ok":false,"error":"missing_scope","needed":"im:write","provided":"chat:write"}"#), Verdict::Account),
            ("team", refuses("team_access_not_granted"), Verdict::Account),
            ("no channel", refuses("channel_not_found"), Verdict::Permanent),
            ("archived", refuses("is_archived"), Verdict::Permanent),
            ("rules", refuses("restricted_action"), Verdict::Permanent),
            ("a bot", refuses("cannot_dm_bot"), Verdict::Permanent),
            ("no user", refuses("user_not_found"), Verdict::Permanent),
            ("long", refuses("msg_too_long"), Verdict::Permanent),
            ("empty", refuses("no_text"), Verdict::Permanent),
            ("blocks", refuses("invalid_blocks"), Verdict::Permanent),
            ("thread", refuses("thread_not_found"), Verdict::Permanent),
            ("new error", refuses("something_new"), Verdict::Permanent),
            (
                "too many, in words",
                Told::Http(http(200, &[("Retry-After", "7")], r#"{"ok":false,"error":"ratelimited"}"#)),
                Verdict::Retry(Some(7_000)),
            ),
            (
                "too many",
                Told::Http(http(429, &[("retry-after", "3")], r#"{"ok":false,"error":"ratelimited"}"#)),
                Verdict::Retry(Some(3_000)),
            ),
            ("inside", refuses("internal_error"), Verdict::Retry(None)),
            ("fatal", refuses("fatal_error"), Verdict::Retry(None)),
            ("unavailable", says(503, r#"{"ok":false,"error":"service_unavailable"}"#), Verdict::Retry(None)),
            ("late", refuses("request_timeout"), Verdict::Retry(None)),
        ]);
        out
    },
    ill: || {
        let me = |team: &str, scopes: &str| {
            let body = json!({"ok": true, "team": "Acme", "team_id": team, "user_id": "U0BOT00001", "bot_id": "B0BOT00001"}).to_string();
            Told::Http(http(200, &[("x-oauth-scopes", scopes)], &body))
        };
        vec![
            Told::Http(http(200, &[], r#"{"ok":false,"error":"invalid_auth"}"#)),
            Told::Http(http(200, &[], r#"{"ok":true,"team_id":"T0123456789","user_id":"U1"}"#)),
            me("T0OTHERTEAM", "chat:write"),
            me("T0123456789", "im:history,users:read"),
        ]
    },
    more,
};

const TAKEN: &str = r#"{"ok":true,"channel":{"id":"D0SIM000001"},"ts":"1795244400.000200","message":{"text":"hi"}}"#;
const POSTED: &str = r#"{"ok":true,"channel":"C0123456789","ts":"1795244400.000200","message":{"text":"hi"}}"#;

fn signed(secret: &str, seconds: i64, body: Vec<u8>) -> RawDelivery {
    let seconds = seconds.to_string();
    let mac = mac_sha256(secret.as_bytes(), &[b"v0:", seconds.as_bytes(), b":", &body]);
    let headers = vec![
        ("x-slack-request-timestamp".to_owned(), seconds),
        ("x-slack-signature".to_owned(), format!("v0={}", data_encoding::HEXLOWER.encode(&mac))),
    ];
    RawDelivery { method: "POST".into(), path: "/".into(), headers, body, received_at: NOW, peer: None }
}

fn more(slack: &'static dyn Channel) {
    published_vectors(slack);
    the_address_is_checked(slack);
    requests(slack);
    uncertain_and_again(slack);
    uploads(slack);
    acts(slack);
    files(slack);
    people(slack);
    workspaces(slack);
}

/// The provider's published example, and one checked with the provider's libraries.
fn published_vectors(slack: &dyn Channel) {
    let account = account_with(slack, json!({"signing_secret": "8f742231b10e8888abcd99yyyzzz85a5"}));
    let command = include_str!("../../../src/channels/slack/fixtures/command.form");
    let event = r#"{"token":"x","team_id":"T0123456789","api_app_id":"A0123456789","event":{"type":"message","channel":"D0123456789","user":"U0123456789","text":"hello","ts":"1700000000.000100","channel_type":"im"},"type":"event_callback","event_id":"Ev0123456789","event_time":1700000000}"#;
    for (timestamp, body, signature) in [
        ("1531420618", command, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
        ("1700000000", event, "v0=77b7410f42035f2119a4e528b576d50b023be0788fc964cf7ad36379335df146"),
    ] {
        let headers =
            vec![("X-Slack-Request-Timestamp".to_owned(), timestamp.to_owned()), ("X-Slack-Signature".to_owned(), signature.to_owned())];
        let raw = RawDelivery { method: "POST".into(), headers, body: body.as_bytes().to_vec(), ..Default::default() };
        let at = timestamp.parse::<i64>().unwrap() * 1_000;
        let verify = |now| slack.verify(&account, Unverified::new(raw.clone()), Proof::at(now)).map(|_| ()).map_err(|r| r.code);
        assert_eq!(verify(at + 300_000), Ok(()));
        assert_eq!(verify(at + 301_000), Err("signature.expired"));
        assert_eq!(verify(at - 301_000), Err("signature.expired"));
    }
    let unset = account_with(slack, json!({"signing_secret": ""}));
    assert_eq!(prove(slack, &unset, signed("", NOW / 1_000, b"{}".to_vec()), NOW).unwrap_err().code, "signature.unset");
    assert_eq!(prove(slack, &account, signed("x", i64::MAX, b"{}".to_vec()), NOW).unwrap_err().code, "signature.wrong");
    let odd = account_with(slack, json!({"signing_secret": "k"}));
    let far = signed("k", i64::MAX, b"{}".to_vec());
    assert_eq!(prove(slack, &odd, far, NOW).unwrap_err().code, "signature.wrong");
}

fn the_address_is_checked(slack: &dyn Channel) {
    let account = account(slack);
    let raw = signed(SECRET, NOW / 1_000, include_bytes!("../../../src/channels/slack/fixtures/url-verification.json").to_vec());
    assert!(slack.addressees(&raw).is_empty());
    let reply = slack.handshake(&account, &prove(slack, &account, raw.clone(), NOW).unwrap()).unwrap();
    assert_eq!(reply.body, b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P");
    assert!(reply.content_type.starts_with("text/plain") && slack.challenge(&account, &raw).is_none());
    let event = slack.simulator().unwrap().delivery(&account, &said(slack), NOW);
    assert!(slack.handshake(&account, &Verified::from_journal(event.clone())).is_none());
    let receipt = slack.acknowledge(&account, &event).unwrap();
    assert!(receipt.status == 200 && receipt.body.is_empty());
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}
fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).unwrap_or_default()
}
fn says(body: &str) -> Answer {
    http(200, &[], body)
}
fn refuses(error: &str) -> Answer {
    says(&json!({"ok": false, "error": error}).to_string())
}

type Answers = Vec<(&'static str, &'static str, Answer)>;

fn scripted(slack: &dyn Channel, changes: Value, message: &Outbound, answers: Answers) -> (Result<Receipt, SendError>, Vec<HttpRequest>) {
    let script = Script::new(answers);
    let account = account_with(slack, changes);
    let result = run(slack.send(edge(&script, &FakeDial::fine()), &account, message));
    (result, script.done())
}

fn in_thread(slack: &dyn Channel) -> Outbound {
    Outbound { thread_key: Some("C0123456789:1795244390.000100".into()), ..outbound_for(slack) }
}

fn requests(slack: &dyn Channel) {
    // In a thread of a channel, escaped.
    let message = Outbound { text: "a < b & <!channel>".into(), ..in_thread(slack) };
    let (result, asked) = scripted(slack, json!({}), &message, vec![("POST", "https://slack.com/api/chat.postMessage", says(POSTED))]);
    assert_eq!(result.unwrap().external_id.as_deref(), Some("C0123456789:1795244400.000200"));
    assert_eq!(header(&asked[0], "authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(header(&asked[0], "content-type"), "application/json; charset=utf-8");
    assert_eq!(
        body(&asked[0]),
        json!({"channel": "C0123456789", "thread_ts": "1795244390.000100", "text": "a &lt; b &amp; &lt;!channel&gt;", "unfurl_links": false,
            "unfurl_media": false, "metadata": {"event_type": "switchboard_message", "event_payload": {"message_id": "msg_1"}}})
    );
    // In a direct message, by its channel; who wrote in a thread there is answered there.
    let direct = Outbound { thread_key: Some("D0123456789".into()), ..outbound_for(slack) };
    let (_, asked) = scripted(slack, json!({}), &direct, vec![("POST", "/chat.postMessage", says(POSTED))]);
    assert_eq!((&body(&asked[0])["channel"], body(&asked[0]).get("thread_ts")), (&json!("D0123456789"), None));
    let mut threaded = direct.clone();
    threaded.last_inbound_metadata.insert("thread_ts".into(), "1795244390.000100".into());
    let (_, asked) = scripted(slack, json!({}), &threaded, vec![("POST", "/chat.postMessage", says(POSTED))]);
    assert_eq!(body(&asked[0])["thread_ts"], "1795244390.000100");
    // To a person: the direct message is opened first.
    let (result, asked) = scripted(
        slack,
        json!({}),
        &outbound_for(slack),
        vec![("POST", "/conversations.open", says(TAKEN)), ("POST", "/chat.postMessage", says(POSTED))],
    );
    assert_eq!(result.unwrap().external_id.as_deref(), Some("D0SIM000001:1795244400.000200"));
    assert_eq!((&body(&asked[0])["users"], &body(&asked[1])["channel"]), (&json!("U0SIM000001"), &json!("D0SIM000001")));
    // Under the writer's name, where that is wanted.
    let (_, asked) = scripted(slack, json!({"show_names": true}), &direct, vec![("POST", "/chat.postMessage", says(POSTED))]);
    assert_eq!(body(&asked[0])["username"], "Zoë");
    // Buttons.
    let button = |id: &str, title: &str, url: Option<&str>| Button { id: id.into(), title: title.into(), url: url.map(str::to_owned) };
    let asking = Outbound {
        text: format!("{} end", "word ".repeat(700)),
        buttons: vec![button("y", "Yes", None), button("s", "Site", Some("https://acme.example/"))],
        ..direct.clone()
    };
    let (_, asked) = scripted(slack, json!({}), &asking, vec![("POST", "/chat.postMessage", says(POSTED))]);
    let blocks = &body(&asked[0])["blocks"];
    assert_eq!(blocks.as_array().unwrap().len(), 3);
    assert!(blocks[0]["text"]["text"].as_str().unwrap().len() <= 3_000 && blocks[1]["text"]["text"].as_str().unwrap().ends_with(" end"));
    assert_eq!(
        blocks[2]["elements"],
        json!([{"type": "button", "action_id": "reply-0", "text": {"type": "plain_text", "text": "Yes", "emoji": true}, "value": "y"},
            {"type": "button", "action_id": "open-1", "text": {"type": "plain_text", "text": "Site", "emoji": true}, "url": "https://acme.example/"}])
    );
    // A channel that the app is not in: it joins, once.
    let not_in = || ("POST", "/chat.postMessage", refuses("not_in_channel"));
    let join = |answer| ("POST", "/conversations.join", answer);
    let again = vec![not_in(), join(says(r#"{"ok":true}"#)), ("POST", "/chat.postMessage", says(POSTED))];
    assert!(scripted(slack, json!({}), &in_thread(slack), again).0.is_ok());
    for rest in
        [vec![not_in(), join(refuses("method_not_supported_for_channel_type"))], vec![not_in(), join(says(r#"{"ok":true}"#)), not_in()]]
    {
        let result = scripted(slack, json!({}), &in_thread(slack), rest).0;
        assert!(matches!(result, Err(SendError::Permanent { detail }) if detail.contains("/invite")));
    }
    // What cannot go.
    let refused = |message: Outbound| scripted(slack, json!({}), &message, Vec::new()).0.unwrap_err();
    let long = button("y", &"x".repeat(76), None);
    assert!(
        matches!(refused(Outbound { buttons: vec![long], ..direct.clone() }), SendError::Policy { code, .. } if code == "policy.buttons")
    );
    let both = Outbound { files: vec![picture("a.png")], buttons: vec![button("y", "Yes", None)], ..direct.clone() };
    assert!(matches!(refused(both), SendError::Policy { code, .. } if code == "policy.split"));
    assert!(matches!(refused(Outbound { text: " ".into(), ..direct.clone() }), SendError::Permanent { .. }));
    let nobody = Outbound { thread_key: None, to: vec![Address::bare("ann@customer.example")], ..direct };
    assert!(matches!(refused(nobody), SendError::Permanent { .. }));
    let spaced = scripted(slack, json!({"access_token": "xoxb TOPSECRET"}), &in_thread(slack), Vec::new()).0;
    assert!(matches!(spaced, Err(SendError::Account { .. })));
    let words = scripted(
        slack,
        json!({}),
        &in_thread(slack),
        vec![("POST", "chat.postMessage", says(r#"{"ok":false,"error":"missing_scope","needed":"chat:write"}"#))],
    );
    assert!(matches!(words.0, Err(SendError::Account { detail }) if detail.contains("chat:write") && detail.contains("missing_scope")));
}

fn uncertain_and_again(slack: &dyn Channel) {
    let lost = || ("POST", "/chat.postMessage", Err(HttpError::Uncertain("timeout".into())));
    assert!(matches!(scripted(slack, json!({}), &in_thread(slack), vec![lost()]).0, Err(SendError::Uncertain { .. })));
    let page = vec![("POST", "/chat.postMessage", says("<html>"))];
    assert!(matches!(scripted(slack, json!({}), &in_thread(slack), page).0, Err(SendError::Uncertain { .. })));
    assert!(!slack.repeats_safely());
    // A second attempt looks first whether the first one arrived.
    let again = Outbound { attempt: 2, ..in_thread(slack) };
    let there = says(
        r#"{"ok":true,"messages":[{"ts":"1795244390.000100","text":"q"},{"ts":"1795244399.000900","bot_id":"B1","text":"x","metadata":{"event_type":"switchboard_message","event_payload":{"message_id":"msg_1"}}}]}"#,
    );
    let (result, asked) = scripted(slack, json!({}), &again, vec![("GET", "/conversations.replies?", there.clone())]);
    assert_eq!(result.unwrap().external_id.as_deref(), Some("C0123456789:1795244399.000900"));
    assert!(asked[0].url.contains("channel=C0123456789&oldest=1795244340.000000&limit=15&include_all_metadata=true&ts=1795244390.000100"));
    let direct = Outbound { thread_key: Some("D0123456789".into()), ..again.clone() };
    let none = says(r#"{"ok":true,"messages":[]}"#);
    let answers = vec![("GET", "/conversations.history?", none), ("POST", "/chat.postMessage", says(POSTED))];
    assert!(scripted(slack, json!({}), &direct, answers).0.is_ok());
    let slow = http(429, &[("retry-after", "60")], r#"{"ok":false,"error":"ratelimited"}"#);
    let result = scripted(slack, json!({}), &direct, vec![("GET", "/conversations.history?", slow)]).0;
    assert!(matches!(result, Err(SendError::Retry { after_ms: Some(60_000), .. })));
    // Files are known by their names.
    let files = Outbound { text: "See <this>".into(), files: vec![picture("a.png")], ..direct };
    let there = says(
        r#"{"ok":true,"messages":[{"ts":"1795244399.000900","bot_id":"B1","text":"See &lt;this&gt;","files":[{"id":"F1","name":"a.png"}]}]}"#,
    );
    assert!(scripted(slack, json!({}), &files, vec![("GET", "/conversations.history?", there)]).0.is_ok());
    // Our own message comes back and says which one it is.
    let own = include_bytes!("../../../src/channels/slack/fixtures/own.json").to_vec();
    let parsed = slack.parse(&account(slack), &Verified::from_journal(signed(SECRET, 0, own))).unwrap();
    assert!(
        matches!(&parsed[0], Inbound::Status(r) if r.message_id.as_deref() == Some("msg_1") && r.external_id == "D0123456789:1795244399.000100")
    );
}

fn picture(name: &str) -> OutboundFile {
    OutboundFile { name: name.into(), content_type: "image/png".into(), bytes: vec![1, 2, 3], url: "https://inbox.acme.example/f".into() }
}

fn uploads(slack: &dyn Channel) {
    let place =
        |id: &str| says(&json!({"ok": true, "upload_url": format!("https://files.slack.com/upload/v1/{id}"), "file_id": id}).to_string());
    let message = Outbound { text: "Two & more".into(), files: vec![picture("a.png"), picture("b.png")], ..in_thread(slack) };
    let steps = |rest: Answers| {
        let mut all = vec![
            ("POST", "/files.getUploadURLExternal", place("F01")),
            ("POST", "/upload/v1/F01", says("OK - 3")),
            ("POST", "/files.getUploadURLExternal", place("F02")),
            ("POST", "/upload/v1/F02", says("OK - 3")),
        ];
        all.extend(rest);
        all
    };
    let complete = |answer| ("POST", "/files.completeUploadExternal", answer);
    let bare = || says(r#"{"ok":true,"files":[{"id":"F01","title":"a.png"}]}"#);
    let info = says(r#"{"ok":true,"file":{"id":"F01","shares":{"public":{"C0123456789":[{"ts":"1795244400.000300"}]}}}}"#);
    let (result, asked) = scripted(slack, json!({}), &message, steps(vec![complete(bare()), ("GET", "/files.info?file=F01", info)]));
    assert_eq!(result.unwrap().external_id.as_deref(), Some("C0123456789:1795244400.000300"));
    assert_eq!(asked[0].body, b"filename=a.png&length=3");
    assert_eq!((asked[1].url.as_str(), header(&asked[1], "authorization")), ("https://files.slack.com/upload/v1/F01", ""));
    assert_eq!(asked[1].body, [1, 2, 3]);
    assert_eq!(
        body(&asked[4]),
        json!({"files": [{"id": "F01", "title": "a.png"}, {"id": "F02", "title": "b.png"}], "channel_id": "C0123456789",
            "thread_ts": "1795244390.000100", "initial_comment": "Two &amp; more"})
    );
    // Slack has not shared it yet: the file's id stands for the message.
    let (result, _) = scripted(
        slack,
        json!({}),
        &message,
        steps(vec![complete(bare()), ("GET", "/files.info", says(r#"{"ok":true,"file":{"id":"F01","shares":{}}}"#))]),
    );
    assert_eq!(result.unwrap().external_id.as_deref(), Some("C0123456789:F01"));
    // Before the last step nobody has seen anything; at the last step, somebody may have.
    let one = Outbound { files: vec![picture("a.png")], ..message.clone() };
    let result = scripted(slack, json!({}), &one, vec![("POST", "/files.getUploadURLExternal", Err(HttpError::Uncertain("t".into())))]).0;
    assert!(matches!(result, Err(SendError::Retry { .. })));
    let lost =
        vec![("POST", "/files.getUploadURLExternal", place("F01")), ("POST", "/upload/v1/F01", Err(HttpError::Uncertain("t".into())))];
    assert!(matches!(scripted(slack, json!({}), &one, lost).0, Err(SendError::Retry { .. })));
    let last = steps(vec![complete(Err(HttpError::Uncertain("t".into())))]);
    assert!(matches!(scripted(slack, json!({}), &message, last).0, Err(SendError::Uncertain { .. })));
    // The upload goes nowhere else; with a stand-in, to the stand-in.
    for elsewhere in
        ["https://evil.example/upload", "https://files.slack.com.evil.example/x", "http://files.slack.com/x", "https://a@files.slack.com/x"]
    {
        let place = says(&json!({"ok": true, "upload_url": elsewhere, "file_id": "F01"}).to_string());
        let result = scripted(slack, json!({}), &one, vec![("POST", "/files.getUploadURLExternal", place)]).0;
        assert!(matches!(result, Err(SendError::Permanent { .. })), "{elsewhere}");
    }
    let done = says(r#"{"ok":true,"files":[{"id":"F01","shares":{"private":{"C0123456789":[{"ts":"1795244400.000300"}]}}}]}"#);
    let answers = vec![
        ("POST", "http://stand.in/slack/files.getUploadURLExternal", place("F01")),
        ("POST", "http://stand.in/slack/upload/v1/F01", says("OK")),
        ("POST", "http://stand.in/slack/files.completeUploadExternal", done),
    ];
    assert!(scripted(slack, json!({"base_url": "http://stand.in/slack"}), &one, answers).0.is_ok());
}

fn acts(slack: &dyn Channel) {
    let place =
        Place { to: Address::bare("U0123456789"), thread_key: None, last_inbound_id: None, last_inbound_metadata: Default::default() };
    let act = |changes: Value, act: Act, answers: Answers| {
        let script = Script::new(answers);
        let result = run(slack.act(edge(&script, &FakeDial::fine()), &account_with(slack, changes), &place, &act));
        (result, script.done())
    };
    let yes = || says(r#"{"ok":true}"#);
    let id = || "D0123456789:1795244399.000100".to_owned();
    let edit = || Act::Edit { external_id: id(), text: "Sat & Sun".into() };
    let (result, asked) = act(json!({}), edit(), vec![("POST", "/chat.update", yes())]);
    assert_eq!(result, Ok(()));
    assert_eq!(body(&asked[0]), json!({"channel": "D0123456789", "ts": "1795244399.000100", "text": "Sat &amp; Sun", "blocks": []}));
    assert!(matches!(
        act(json!({}), edit(), vec![("POST", "/chat.update", refuses("edit_window_closed"))]).0,
        Err(SendError::Permanent { .. })
    ));
    let delete = |external_id: String| Act::Delete { external_id };
    assert_eq!(act(json!({}), delete(id()), vec![("POST", "/chat.delete", yes())]).0, Ok(()));
    assert_eq!(act(json!({}), delete(id()), vec![("POST", "/chat.delete", refuses("message_not_found"))]).0, Ok(()));
    assert!(act(json!({}), delete("msg_1".into()), Vec::new()).0.is_err());
    // A message with files, which Slack named later.
    let info = says(r#"{"ok":true,"file":{"id":"F01","shares":{"private":{"D0123456789":[{"ts":"1795244400.000300"}]}}}}"#);
    let (_, asked) =
        act(json!({}), delete("D0123456789:F01".into()), vec![("GET", "/files.info?file=F01", info), ("POST", "/chat.delete", yes())]);
    assert_eq!(body(&asked[1])["ts"], "1795244400.000300");
    // One reaction of ours at a time.
    let react = |emoji: Option<&str>| Act::React { external_id: id(), emoji: emoji.map(str::to_owned) };
    let there = || {
        says(
            r#"{"ok":true,"message":{"reactions":[{"name":"tada","users":["U0BOT00001","U1"],"count":2},{"name":"eyes","users":["U1"],"count":1}]}}"#,
        )
    };
    let get = || ("GET", "/reactions.get?channel=D0123456789&timestamp=1795244399.000100&full=true", there());
    let (result, asked) = act(
        json!({}),
        react(Some("👍")),
        vec![get(), ("POST", "/reactions.remove", yes()), ("POST", "/reactions.add", refuses("already_reacted"))],
    );
    assert_eq!((result, &body(&asked[1])["name"], &body(&asked[2])["name"]), (Ok(()), &json!("tada"), &json!("+1")));
    assert_eq!(act(json!({}), react(Some("🎉")), vec![get(), ("POST", "/reactions.add", yes())]).0, Ok(()));
    let me = says(r#"{"ok":true,"user_id":"U0BOT00001"}"#);
    let back = vec![("GET", "/auth.test", me), get(), ("POST", "/reactions.remove", refuses("no_reaction"))];
    assert_eq!(act(json!({"bot_user_id": ""}), react(None), back).0, Ok(()));
    assert!(matches!(act(json!({}), react(Some("🪿")), Vec::new()).0, Err(SendError::Permanent { .. })));
}

fn files(slack: &dyn Channel) {
    let fetch = |changes: Value, reference: &str, answers: Answers| {
        let script = Script::new(answers);
        let result = run(slack.fetch(edge(&script, &FakeDial::fine()), &account_with(slack, changes), reference));
        (result, script.done())
    };
    let url = "https://files.slack.com/files-pri/T1-F01/download/box.jpg";
    let bytes = || http(200, &[("Content-Type", "image/jpeg")], "JPEG");
    let (result, asked) = fetch(json!({}), &format!("F01 image/jpeg {url}"), vec![("GET", url, bytes())]);
    assert_eq!(result.unwrap(), Fetched { name: None, content_type: Some("image/jpeg".into()), bytes: b"JPEG".to_vec() });
    assert_eq!(header(&asked[0], "authorization"), format!("Bearer {TOKEN}"));
    // The sign-in page is no picture.
    let page = || http(200, &[("Content-Type", "text/html; charset=utf-8")], "<html>");
    let result = fetch(json!({}), &format!("F01 image/jpeg {url}"), vec![("GET", url, page())]).0;
    assert!(matches!(result, Err(SendError::Permanent { detail }) if detail.contains("files:read")));
    assert!(fetch(json!({}), &format!("F01 text/html {url}"), vec![("GET", url, page())]).0.is_ok());
    // The address of another workspace's file is asked for.
    let info = says(&json!({"ok": true, "file": {"id": "F01", "url_private_download": url}}).to_string());
    assert!(fetch(json!({}), "F01 image/png", vec![("GET", "/files.info?file=F01", info), ("GET", url, bytes())]).0.is_ok());
    // The token goes to Slack only.
    for elsewhere in
        ["https://evil.example/x", "http://files.slack.com/x", "https://slack.com.evil.example/x", "https://evil.example?.slack.com/x"]
    {
        assert!(matches!(fetch(json!({}), &format!("F01 image/png {elsewhere}"), Vec::new()).0, Err(SendError::Permanent { .. })));
    }
    let moved = vec![("GET", "http://stand.in/s/files-pri/T1-F01/download/box.jpg", bytes())];
    assert!(fetch(json!({"base_url": "http://stand.in/s"}), &format!("F01 image/jpeg {url}"), moved).0.is_ok());
    assert!(matches!(
        fetch(json!({}), &format!("F01 image/jpeg {url}"), vec![("GET", url, http(404, &[], ""))]).0,
        Err(SendError::Permanent { .. })
    ));

    // What the simulator's customer sends can be fetched from the simulator.
    let account = account_with(slack, json!({"base_url": "https://provider.example/sim"}));
    let file = SimulatedFile {
        name: "a.pdf".into(),
        content_type: "application/pdf".into(),
        bytes: b"%PDF".to_vec(),
        url: "https://x.example/a".into(),
    };
    let say = Simulated { files: vec![file], ..said(slack) };
    let raw = slack.simulator().unwrap().delivery(&account, &say, NOW);
    let parsed = slack.parse(&account, &Verified::from_journal(raw)).unwrap();
    let [Inbound::Message(m)] = parsed.as_slice() else { panic!("{parsed:?}") };
    let FileSource::Provider(reference) = &m.files[0].source else { panic!("{m:?}") };
    let played = Played::new(slack, &account);
    assert_eq!(run(slack.fetch(edge(&played, &FakeDial::fine()), &account, reference)).unwrap().bytes, b"%PDF");
    // And its edits, reactions and deletions are understood.
    for (doing, fits) in [
        (Doing::Edit, (|i| matches!(i, Inbound::Edited { text, .. } if text == "👍")) as fn(&Inbound) -> bool),
        (Doing::React, |i| matches!(i, Inbound::Reaction { emoji: Some(e), .. } if e == "👍")),
        (Doing::Delete, |i| matches!(i, Inbound::Deleted { .. })),
    ] {
        let say = Simulated { doing, answers: Some(m.external_id.clone()), text: "👍".into(), ..said(slack) };
        let raw = slack.simulator().unwrap().delivery(&account, &say, NOW);
        let parsed = slack.parse(&account, &Verified::from_journal(raw)).unwrap();
        assert!(fits(&parsed[0]), "{parsed:?}");
    }
    // A stranger's token opens nothing.
    let script = slack.simulator().unwrap();
    let request = HttpRequest::new("POST", "/chat.postMessage").header("authorization", "Bearer wrong");
    assert!(String::from_utf8(script.provider(&account, &request, 1, NOW).response.body).unwrap().contains("invalid_auth"));
}

fn people(slack: &dyn Channel) {
    let user = json!({"ok": true, "user": {"id": "U0123456789", "name": "ada", "locale": "en-GB", "is_bot": false,
        "profile": {"real_name": "Ada Lovelace", "email": "Ada@Customer.example", "image_192": "https://avatars.slack-edge.com/ada.png"}}});
    let ask = |handle: &str, answers: Answers| {
        let script = Script::new(answers);
        let profile = run(slack.profile(edge(&script, &FakeDial::fine()), &account(slack), handle));
        script.done();
        profile
    };
    let path = "/users.info?user=U0123456789&include_locale=true";
    let profile = ask("U0123456789", vec![("GET", path, says(&user.to_string()))]).unwrap();
    assert_eq!((profile.name.as_deref(), profile.language.as_deref()), (Some("Ada Lovelace"), Some("en-GB")));
    assert_eq!((profile.handles[0].kind.as_str(), profile.handles[0].value.as_str()), ("email", "ada@customer.example"));
    assert!(profile.picture_url.is_some());
    assert_eq!(ask("U0123456789", vec![("GET", path, refuses("user_not_found"))]), None);
    assert_eq!(ask("B0OTHER001", Vec::new()), None);
}

fn workspaces(slack: &dyn Channel) {
    let event = |body: &Value| slack.addressees(&signed(SECRET, 0, body.to_string().into_bytes()));
    assert_eq!(event(&json!({"team_id": "T1", "authorizations": [{"team_id": "T2"}, {"team_id": "T1"}]})), ["t1", "t2"]);
    let pressed = include_bytes!("../../../src/channels/slack/fixtures/pressed.form").to_vec();
    assert_eq!(slack.addressees(&signed(SECRET, 0, pressed)), ["t0123456789"]);
    assert!(slack.addressees(&signed(SECRET, 0, b"\xff{".to_vec())).is_empty());
    let quiet = account_with(slack, json!({"channels": false}));
    let channel = include_bytes!("../../../src/channels/slack/fixtures/channel.json").to_vec();
    let parsed = slack.parse(&quiet, &Verified::from_journal(signed(SECRET, 0, channel))).unwrap();
    assert!(matches!(&parsed[0], Inbound::Ignored { .. }));

    let installer = slack.installer().unwrap();
    let me = says(r#"{"ok":true,"team":"Acme","team_id":"T0123456789","user_id":"U0BOT00001","bot_id":"B0BOT00001"}"#);
    let script = Script::new(vec![("GET", "/auth.test", me)]);
    let bare = account_with(slack, json!({"team_id": "", "signing_secret": ""}));
    let reached = run(installer.list(edge(&script, &FakeDial::fine()), &bare)).unwrap();
    script.done();
    assert_eq!((reached[0].id.as_str(), reached[0].name.as_str()), ("T0123456789", "Acme"));
    assert_eq!(reached[0].settings["bot_user_id"], "U0BOT00001");
    let script = Script::new(Vec::new());
    let result = run(installer.install(edge(&script, &FakeDial::fine()), &bare, "https://inbox.acme.example/api/webhooks/slack/k"));
    assert!(matches!(result, Err(SendError::Permanent { detail }) if detail.contains("/api/webhooks/slack/k")));
}
