//! X: one secret for challenges and events, problems by type and status, no key against repeats.

use super::*;
use crate::fakes::*;
use connectors::kit::signatures::mac_sha256;
use kernel::http::{HttpError, HttpRequest};
use kernel::message::Address;
use serde_json::json;

const SECRET: &str = "TOPSECRET-consumer";
const TOKEN: &str = "TOPSECRET-token";
const HEADER: &str = "x-twitter-webhooks-signature";

pub static CASE: Case = Case {
    id: "x",
    folder: "x",
    form: || {
        json!({"consumer_secret": SECRET, "user_id": "111", "access_token": TOKEN, "client_id": "client", "client_secret": "TOPSECRET-client",
            "bearer_token": "TOPSECRET-bearer"})
    },
    deliver: |_, _, body| signed(SECRET, body),
    keys: || None,
    forgeries: |_, genuine| {
        let mut changed = genuine.clone();
        changed.body.push(b' ');
        let with = |value: String| RawDelivery { headers: vec![(HEADER.into(), value)], ..genuine.clone() };
        let good = genuine.header(HEADER).unwrap();
        vec![
            Forgery::new("no signature", RawDelivery { headers: Vec::new(), ..genuine.clone() }, "signature.missing"),
            Forgery::new("an empty signature", with(String::new()), "signature.missing"),
            Forgery::new("another body", changed, "signature.wrong"),
            Forgery::new("without its algorithm", with(good.replace("sha256=", "")), "signature.wrong"),
            Forgery::new("another secret", signed("another", genuine.body.clone()), "signature.wrong"),
            Forgery::new("GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
            Forgery::new("from outside as if asked for", RawDelivery { method: "POLL".into(), ..genuine.clone() }, "transport.wrong"),
        ]
    },
    answers: || {
        let says = |status: u16, body: Value| Told::Http(http(status, &[], &body.to_string()));
        let problem =
            |status: u16, detail: &str| says(status, json!({"title": "t", "detail": detail, "type": "about:blank", "status": status}));
        let mut out = common_http(TAKEN, Verdict::Uncertain);
        out.extend([
            ("created", says(201, serde_json::from_str(TAKEN).unwrap()), Verdict::Sent),
            ("bad token", problem(401, "Unauthorized"), Verdict::Account),
            ("no credits", problem(402, "Your enrolled account does not have any credits"), Verdict::Account),
            ("their settings", problem(403, "You cannot send messages to this user"), Verdict::Permanent),
            ("not permitted", problem(403, "You are not permitted to perform this action."), Verdict::Permanent),
            (
                "not enrolled",
                says(403, json!({"title": "Client Forbidden", "reason": "client-not-enrolled", "detail": "d", "type": "https://api.twitter.com/2/problems/client-forbidden"})),
                Verdict::Account,
            ),
            (
                "permissions",
                says(403, json!({"title": "Forbidden", "detail": "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.", "type": "https://api.twitter.com/2/problems/oauth1-permissions"})),
                Verdict::Account,
            ),
            ("a proxy's page", Told::Http(http(403, &[], "<html>")), Verdict::Account),
            ("bad request", problem(400, "One or more parameters to your request was invalid."), Verdict::Permanent),
            ("errors in an answer", says(200, json!({"errors": [{"detail": "Could not find user", "title": "Not Found Error"}]})), Verdict::Permanent),
            ("gone", problem(404, "Not Found"), Verdict::Permanent),
            (
                "limited",
                Told::Http(http(429, &[("x-rate-limit-reset", &(NOW / 1_000 + 120).to_string())], r#"{"title":"Too Many Requests","status":429}"#)),
                Verdict::Retry(Some(120_000)),
            ),
            (
                "limited for the day",
                Told::Http(http(
                    429,
                    &[
                        ("x-rate-limit-reset", &(NOW / 1_000 + 120).to_string()),
                        ("x-user-limit-24hour-remaining", "0"),
                        ("x-user-limit-24hour-reset", &(NOW / 1_000 + 3_600).to_string()),
                    ],
                    r#"{"title":"Too Many Requests","status":429}"#,
                )),
                Verdict::Retry(Some(3_600_000)),
            ),
            ("unavailable", problem(503, "Over capacity"), Verdict::Retry(None)),
            ("a page", Told::Http(http(200, &[], "<html>")), Verdict::Uncertain),
        ]);
        out
    },
    ill: || {
        let me = |id: &str, hooks: Value| {
            Told::Http(http(
                200,
                &[],
                &match hooks {
                    Value::Null => json!({"data": {"id": id, "username": "acme"}}),
                    hooks => hooks,
                }
                .to_string(),
            ))
        };
        vec![
            Told::Http(http(401, &[], r#"{"title":"Unauthorized","status":401}"#)),
            me("999", Value::Null),
            // The right account; then the same answer holds no webhook.
            me("111", Value::Null),
        ]
    },
    more,
};

const TAKEN: &str = r#"{"data":{"dm_conversation_id":"111-222","dm_event_id":"2080765901528535200"}}"#;

fn signed(secret: &str, body: Vec<u8>) -> RawDelivery {
    let signature = format!("sha256={}", data_encoding::BASE64.encode(&mac_sha256(secret.as_bytes(), &[&body])));
    let headers = vec![(HEADER.to_owned(), signature)];
    RawDelivery { method: "POST".into(), path: "/".into(), headers, body, received_at: NOW, peer: None }
}

fn more(x: &'static dyn Channel) {
    challenges_and_vectors(x);
    requests(x);
    again(x);
    uploads(x);
    files(x);
    setup(x);
    webhooks(x);
    polling(x);
    assert!(x.client_in_header());
}

/// Computed with the provider's recipe.
fn challenges_and_vectors(x: &dyn Channel) {
    let account = account_with(x, json!({"consumer_secret": "x-consumer-secret"}));
    let asked = |path: &str, method: &str| RawDelivery { method: method.into(), path: path.into(), ..Default::default() };
    let reply = x.challenge(&account, &asked("/api/webhooks/x/k?crc_token=challenge_string&nonce=1", "GET")).unwrap().unwrap();
    assert_eq!((reply.status, reply.content_type), (200, "application/json"));
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(body, json!({"response_token": "sha256=Mh91teySBWI4Mi/M5j5jgDFjp2IIQhy8AWNxU0NSqQc="}));
    assert!(x.challenge(&account, &asked("/api/webhooks/x/k", "GET")).is_none());
    assert!(x.challenge(&account, &asked("/api/webhooks/x/k?crc_token=", "GET")).is_none());
    assert!(x.challenge(&account, &asked("/api/webhooks/x/k?crc_token=a", "POST")).is_none());
    let unset = account_with(x, json!({"consumer_secret": ""}));
    assert_eq!(x.challenge(&unset, &asked("/?crc_token=a", "GET")).unwrap().unwrap_err().code, "signature.unset");
    assert_eq!(prove(x, &unset, signed("", b"{}".to_vec()), NOW).unwrap_err().code, "signature.unset");

    let headers = vec![(HEADER.to_owned(), "sha256=hfVR+B7xHXLf2eIjgiQpYAk6I3c21h4ceJtmD/P/7tI=".to_owned())];
    let raw = RawDelivery { method: "POST".into(), headers, body: br#"{"for_user_id":"1"}"#.to_vec(), ..Default::default() };
    assert!(prove(x, &account, raw.clone(), NOW).is_ok());
    assert_eq!(x.addressees(&raw), ["1"]);
    let both = signed(
        SECRET,
        json!({"data": [{"filter": {"user_id": "1"}}, {"filter": {"user_id": "2"}}, {"filter": {"user_id": "1"}}]})
            .to_string()
            .into_bytes(),
    );
    assert_eq!(x.addressees(&both), ["1", "2"]);
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}
fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).unwrap_or_default()
}
fn says(body: Value) -> Answer {
    http(200, &[], &body.to_string())
}
fn taken() -> Answer {
    http(201, &[], TAKEN)
}
type Answers = Vec<(&'static str, &'static str, Answer)>;

fn scripted(x: &dyn Channel, changes: Value, message: &Outbound, answers: Answers) -> (Result<Receipt, SendError>, Vec<HttpRequest>) {
    let script = Script::new(answers);
    let account = account_with(x, changes);
    let result = run(x.send(edge(&script, &FakeDial::fine()), &account, message));
    (result, script.done())
}
fn to_ada(x: &dyn Channel) -> Outbound {
    Outbound { thread_key: Some("222".into()), ..outbound_for(x) }
}

fn requests(x: &dyn Channel) {
    let messages = "https://api.x.com/2/dm_conversations/with/222/messages";
    let (result, asked) = scripted(x, json!({}), &to_ada(x), vec![("POST", messages, taken())]);
    assert_eq!(result.unwrap().external_id.as_deref(), Some("2080765901528535200"));
    assert_eq!(body(&asked[0]), json!({"text": "It left our house on Friday."}));
    assert_eq!(header(&asked[0], "authorization"), format!("Bearer {TOKEN}"));
    let group = Outbound { thread_key: Some("group-1578398451921985538".into()), ..to_ada(x) };
    assert!(scripted(x, json!({}), &group, vec![("POST", "/2/dm_conversations/1578398451921985538/messages", taken())]).0.is_ok());
    // Signed with the app owner's keys, each request with a nonce of its own.
    let keys = json!({"access_token_secret": "TOPSECRET-ts", "consumer_key": "TOPSECRET-ck"});
    let nonce = || {
        let (result, asked) = scripted(x, keys.clone(), &to_ada(x), vec![("POST", messages, taken())]);
        assert!(result.is_ok());
        let header = header(&asked[0], "authorization").to_owned();
        assert!(
            header.starts_with("OAuth oauth_consumer_key=\"TOPSECRET-ck\", oauth_nonce=\"")
                && header.contains("oauth_token=\"TOPSECRET-token\"")
        );
        assert!(header.contains(&format!("oauth_timestamp=\"{}\"", NOW / 1_000)) && !header.contains("TOPSECRET-ts"));
        header.split("oauth_nonce=\"").nth(1).unwrap()[..32].to_owned()
    };
    assert_ne!(nonce(), nonce());
    let half = scripted(x, json!({"access_token_secret": "TOPSECRET-ts"}), &to_ada(x), Vec::new()).0;
    assert!(matches!(half, Err(SendError::Account { .. })));
    // What cannot go.
    let refused = |message: Outbound| scripted(x, json!({}), &message, Vec::new()).0.unwrap_err();
    let button = Button { id: "y".into(), title: "Yes".into(), url: None };
    assert!(matches!(refused(Outbound { buttons: vec![button], ..to_ada(x) }), SendError::Policy { code, .. } if code == "policy.buttons"));
    assert!(
        matches!(refused(Outbound { files: vec![picture(1), picture(1)], ..to_ada(x) }), SendError::Policy { code, .. } if code == "policy.split")
    );
    assert!(matches!(refused(Outbound { text: " ".into(), ..to_ada(x) }), SendError::Permanent { .. }));
    let nobody = Outbound { thread_key: None, to: vec![Address::bare("ann@customer.example")], ..to_ada(x) };
    assert!(matches!(refused(nobody), SendError::Permanent { .. }));
    let document = OutboundFile { content_type: "application/pdf".into(), ..picture(1) };
    assert!(matches!(refused(Outbound { files: vec![document], ..to_ada(x) }), SendError::Permanent { .. }));
    let account = account(x);
    let place = Place { to: Address::bare("222"), thread_key: None, last_inbound_id: None, last_inbound_metadata: Default::default() };
    assert!(run(x.act(edge(&Script::new(Vec::new()), &FakeDial::fine()), &account, &place, &Act::Typing { on: true })).is_err());
}

fn again(x: &dyn Channel) {
    let lost = vec![("POST", "/messages", Err(HttpError::Uncertain("timeout".into())))];
    assert!(matches!(scripted(x, json!({}), &to_ada(x), lost).0, Err(SendError::Uncertain { .. })));
    assert!(!x.repeats_safely());
    // A second attempt looks first whether the first one arrived; links come back shortened.
    let message = Outbound { attempt: 2, text: "See https://acme.example/orders & tell us".into(), ..to_ada(x) };
    let event =
        |sender: &str, at: &str, text: &str| json!({"id": "2080765901528535300", "sender_id": sender, "created_at": at, "text": text});
    let list = |events: Vec<Value>| ("GET", "/2/dm_conversations/with/222/dm_events?", says(json!({"data": events})));
    let found = list(vec![
        event("222", "2026-11-21T07:00:00.000Z", "See & tell us"),
        event("111", "2026-11-21T07:00:01.000Z", "See https://t.co/x &amp; tell us"),
    ]);
    assert_eq!(scripted(x, json!({}), &message, vec![found]).0.unwrap().external_id.as_deref(), Some("2080765901528535300"));
    for other in [
        event("111", "2026-11-20T07:00:01.000Z", "See & tell us"),
        event("111", "2026-11-21T07:00:01.000Z", "Something else"),
        event("222", "2026-11-21T07:00:01.000Z", "See & tell us"),
    ] {
        assert!(scripted(x, json!({}), &message, vec![list(vec![other]), ("POST", "/messages", taken())]).0.is_ok());
    }
    let nothing = ("GET", "/dm_events?", says(json!({"meta": {"result_count": 0}})));
    assert!(scripted(x, json!({}), &message, vec![nothing, ("POST", "/messages", taken())]).0.is_ok());
    let limited = http(429, &[("retry-after", "60")], "{}");
    assert!(matches!(
        scripted(x, json!({}), &message, vec![("GET", "/dm_events?", limited)]).0,
        Err(SendError::Retry { after_ms: Some(60_000), .. })
    ));
}

fn picture(bytes: usize) -> OutboundFile {
    OutboundFile {
        name: "box.png".into(),
        content_type: "image/png".into(),
        bytes: vec![1; bytes],
        url: "https://inbox.acme.example/f".into(),
    }
}

fn uploads(x: &dyn Channel) {
    let begun = || ("POST", "/2/media/upload/initialize", says(json!({"data": {"id": "77", "media_key": "3_77"}})));
    let part = || ("POST", "/2/media/upload/77/append", says(json!({"data": {"expires_at": 1}})));
    let ended = |state: Value| ("POST", "/2/media/upload/77/finalize", says(json!({"data": {"id": "77", "processing_info": state}})));
    let message = Outbound { files: vec![picture((4 << 20) + 1)], ..to_ada(x) };
    let (result, asked) =
        scripted(x, json!({}), &message, vec![begun(), part(), part(), ended(Value::Null), ("POST", "/with/222/messages", taken())]);
    assert!(result.is_ok());
    assert_eq!(body(&asked[0]), json!({"media_type": "image/png", "total_bytes": 4_194_305, "media_category": "dm_image"}));
    let parts = connectors::kit::forms::multipart(header(&asked[2], "content-type"), &asked[2].body).unwrap();
    assert_eq!((parts[0].text().as_str(), parts[1].bytes.len()), ("1", 1));
    assert_eq!(body(&asked[4]), json!({"text": "It left our house on Friday.", "attachments": [{"media_id": "77"}]}));
    // A video is worked on first.
    let video = Outbound { text: String::new(), files: vec![OutboundFile { content_type: "video/mp4".into(), ..picture(3) }], ..to_ada(x) };
    let status =
        |state: Value| ("GET", "/2/media/upload?command=STATUS&media_id=77", says(json!({"data": {"id": "77", "processing_info": state}})));
    let pending = || json!({"state": "pending", "check_after_secs": 5});
    let answers = vec![
        begun(),
        part(),
        ended(pending()),
        status(json!({"state": "in_progress"})),
        status(json!({"state": "succeeded"})),
        ("POST", "/messages", taken()),
    ];
    let (result, asked) = scripted(x, json!({}), &video, answers);
    assert!(result.is_ok());
    assert_eq!((body(&asked[0])["media_category"].as_str(), body(&asked[5]).get("text")), (Some("dm_video"), None));
    let failed = json!({"state": "failed", "error": {"message": "InvalidMedia"}});
    let result = scripted(x, json!({}), &video, vec![begun(), part(), ended(failed)]).0;
    assert!(matches!(result, Err(SendError::Permanent { detail }) if detail.contains("InvalidMedia")));
    let mut slow = vec![begun(), part(), ended(pending())];
    slow.extend((0..8).map(|_| status(pending())));
    assert!(matches!(scripted(x, json!({}), &video, slow).0, Err(SendError::Retry { after_ms: Some(5_000), .. })));
    // Before the message, nobody has seen anything.
    let lost = vec![begun(), ("POST", "/append", Err(HttpError::Uncertain("t".into())))];
    assert!(matches!(scripted(x, json!({}), &message, lost).0, Err(SendError::Retry { .. })));
}

fn files(x: &dyn Channel) {
    let fetch = |reference: &str, answers: Answers| {
        let script = Script::new(answers);
        let result = run(x.fetch(edge(&script, &FakeDial::fine()), &account(x), reference));
        (result, script.done())
    };
    let path = "https://api.x.com/2/dm_conversations/media/2080765901528535097/7/tJg5kUG5.jpg";
    let bytes = http(200, &[("Content-Type", "image/jpeg")], "JPEG");
    let (result, asked) = fetch("2080765901528535097 7 tJg5kUG5.jpg", vec![("GET", path, bytes)]);
    assert_eq!(result.unwrap(), Fetched { name: None, content_type: Some("image/jpeg".into()), bytes: b"JPEG".to_vec() });
    assert_eq!(header(&asked[0], "authorization"), format!("Bearer {TOKEN}"));
    for odd in ["", "1 2", "1 2 ../x", "1 x a.jpg", "1 2 a/b"] {
        assert!(matches!(fetch(odd, Vec::new()).0, Err(SendError::Permanent { .. })), "{odd}");
    }
    assert!(matches!(fetch("1 2 a.jpg", vec![("GET", "/2/dm", http(404, &[], ""))]).0, Err(SendError::Permanent { .. })));

    // What the simulator's customer sends can be fetched from the simulator; and what it does is understood.
    let account = account_with(x, json!({"base_url": "https://provider.example/sim"}));
    let simulator = x.simulator().unwrap();
    let file = SimulatedFile { name: "a.png".into(), content_type: "image/png".into(), bytes: b"PNG".to_vec(), url: String::new() };
    let say = Simulated { files: vec![file], text: "a < b & https://t.co/x".into(), ..said(x) };
    let parsed = x.parse(&account, &Verified::from_journal(simulator.delivery(&account, &say, NOW))).unwrap();
    let [Inbound::Message(m)] = parsed.as_slice() else { panic!("{parsed:?}") };
    assert_eq!(m.text, "a < b & https://t.co/x");
    let FileSource::Provider(reference) = &m.files[0].source else { panic!("{m:?}") };
    let played = Played::new(x, &account);
    assert_eq!(run(x.fetch(edge(&played, &FakeDial::fine()), &account, reference)).unwrap().bytes, b"PNG");
    let read = simulator.delivery(&account, &Simulated { doing: Doing::Read, ..said(x) }, NOW);
    let parsed = x.parse(&account, &Verified::from_journal(read)).unwrap();
    assert!(matches!(&parsed[0], Inbound::UpTo { at, .. } if *at == NOW), "{parsed:?}");
    let request = HttpRequest::new("POST", "/2/dm_conversations/with/222/messages").header("authorization", "Bearer wrong");
    assert_eq!(simulator.provider(&account, &request, 1, NOW).response.status, 401);
}

fn setup(x: &dyn Channel) {
    let me = || ("GET", "/2/users/me", says(json!({"data": {"id": "111", "name": "Acme", "username": "acme"}})));
    let hooks = |url: &str, valid: bool| ("GET", "/2/webhooks", says(json!({"data": [{"id": "5", "url": url, "valid": valid}]})));
    let ours = "https://inbox.acme.example/api/webhooks/x/k";
    let health = |changes: Value, answers: Answers| {
        let script = Script::new(answers);
        let health = run(x.health(edge(&script, &FakeDial::fine()), &account_with(x, changes)));
        (health, script.done())
    };
    assert!(matches!(health(json!({}), vec![me(), hooks(ours, true)]).0, Health::Ok { .. }));
    assert!(matches!(health(json!({}), vec![me(), hooks(ours, false)]).0, Health::Broken { detail } if detail.contains("invalid")));
    assert!(matches!(health(json!({}), vec![me(), hooks("https://elsewhere.example/", true)]).0, Health::Broken { .. }));
    assert!(matches!(health(json!({"mode": "polling"}), vec![me()]).0, Health::Ok { .. }));
    let (well, asked) = health(json!({}), vec![me(), hooks(ours, true)]);
    assert!(matches!(well, Health::Ok { .. }) && header(&asked[1], "authorization") == "Bearer TOPSECRET-bearer");

    let script = Script::new(vec![me(), hooks(ours, true)]);
    let bare = account_with(x, json!({"user_id": ""}));
    let reached = run(x.installer().unwrap().list(edge(&script, &FakeDial::fine()), &bare)).unwrap();
    script.done();
    assert_eq!((reached[0].id.as_str(), reached[0].name.as_str(), reached[0].webhook.as_deref()), ("111", "Acme (@acme)", Some(ours)));

    let user =
        says(json!({"data": {"id": "222", "name": "Ada Lovelace", "username": "ada", "profile_image_url": "https://pbs.twimg.com/a.jpg"}}));
    let profile = run(x.profile(edge(&FakeHttp(user), &FakeDial::fine()), &account(x), "222")).unwrap();
    assert_eq!((profile.name.as_deref(), profile.picture_url.as_deref()), (Some("Ada Lovelace"), Some("https://pbs.twimg.com/a.jpg")));
    assert_eq!(run(x.profile(edge(&Script::new(Vec::new()), &FakeDial::fine()), &account(x), "ada")), None);
}

fn webhooks(x: &dyn Channel) {
    let url = "https://inbox.acme.example/api/webhooks/x/k";
    let install = |changes: Value, url: &str, answers: Answers| {
        let script = Script::new(answers);
        let result = run(x.installer().unwrap().install(edge(&script, &FakeDial::fine()), &account_with(x, changes), url));
        (result, script.done())
    };
    let none = || ("GET", "/2/webhooks", says(json!({"data": [], "meta": {"result_count": 0}})));
    let made = || ("POST", "/2/webhooks", says(json!({"data": {"id": "5", "url": url, "valid": true}})));
    let subscribe = |answer| ("POST", "/2/activity/subscriptions", answer);
    let fine = || says(json!({"data": {"subscription": {"subscription_id": "9"}}}));
    let twice =
        http(400, &[], r#"{"title":"Invalid Request","detail":"DuplicateSubscriptionFailed: subscription already exists","status":400}"#);
    let (result, asked) = install(json!({}), url, vec![none(), made(), subscribe(fine()), subscribe(twice), subscribe(fine())]);
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(body(&asked[1]), json!({"url": url}));
    assert_eq!(
        body(&asked[2]),
        json!({"event_type": "dm.received", "filter": {"user_id": "111"}, "webhook_id": "5", "tag": "switchboard"})
    );
    assert_eq!(
        (header(&asked[1], "authorization"), header(&asked[2], "authorization")),
        ("Bearer TOPSECRET-bearer", "Bearer TOPSECRET-token")
    );
    // Known already: proved again. With the app owner's keys, by the older subscription.
    let keys = json!({"access_token_secret": "TOPSECRET-ts", "consumer_key": "TOPSECRET-ck"});
    let there = ("GET", "/2/webhooks", says(json!({"data": [{"id": "5", "url": url, "valid": false}]})));
    let older = ("POST", "/2/account_activity/webhooks/5/subscriptions/all", says(json!({"data": {"subscribed": true}})));
    assert!(install(keys, url, vec![there, ("PUT", "/2/webhooks/5", says(json!({"data": {"attempted": true}}))), older]).0.is_ok());
    assert!(install(json!({"mode": "polling"}), url, Vec::new()).0.is_ok());
    for (changes, url) in
        [(json!({}), "http://inbox.acme.example/x"), (json!({}), "https://inbox.acme.example:8443/x"), (json!({"bearer_token": ""}), url)]
    {
        assert!(matches!(install(changes, url, Vec::new()).0, Err(SendError::Permanent { .. })), "{url}");
    }
    let refused = http(403, &[], r#"{"title":"Forbidden","detail":"CrcValidationFailed","reason":"client-not-enrolled","status":403}"#);
    assert!(matches!(install(json!({}), url, vec![none(), ("POST", "/2/webhooks", refused)]).0, Err(SendError::Account { .. })));
}

fn polling(x: &dyn Channel) {
    let poller = x.poller().unwrap();
    assert_eq!(poller.every(&account(x)), None);
    let account = account_with(x, json!({"mode": "polling"}));
    assert!(poller.every(&account).is_some_and(|ms| ms >= 60_000));
    let ask = |cursor: Option<&str>, answers: Answers| {
        let script = Script::new(answers);
        let result = run(poller.poll(edge(&script, &FakeDial::fine()), &account, cursor));
        (result, script.done())
    };
    let event = |id: u64, text: &str| json!({"id": id.to_string(), "event_type": "MessageCreate", "text": text, "sender_id": "222", "dm_conversation_id": "111-222", "created_at": "2026-11-21T06:59:50.000Z"});
    let page = |events: Vec<Value>, next: Value| {
        (
            "GET",
            "/2/dm_events?",
            says(json!({"data": events, "includes": {"users": [{"id": "222", "name": "Ada"}]}, "meta": {"next_token": next}})),
        )
    };
    // The first question only finds out where we are.
    let (result, _) = ask(None, vec![page(vec![event(30, "c"), event(20, "b")], Value::Null)]);
    assert_eq!(result.unwrap(), Polled { deliveries: Vec::new(), cursor: Some("30".into()), more: false });
    let (result, asked) = ask(
        Some("20"),
        vec![page(vec![event(50, "e"), event(40, "d")], "next 1".into()), page(vec![event(30, "c"), event(20, "b")], "x".into())],
    );
    let polled = result.unwrap();
    assert!(asked[1].url.ends_with("&pagination_token=next%201"));
    let texts: Vec<String> = polled
        .deliveries
        .iter()
        .map(|raw| {
            assert_eq!(raw.method, "POLL");
            let parsed = x.parse(&account, &Verified::from_journal(raw.clone())).unwrap();
            let [Inbound::Message(m)] = parsed.as_slice() else { panic!("{parsed:?}") };
            assert_eq!((m.thread.key.as_deref(), m.sender.name.as_deref()), (Some("222"), Some("Ada")));
            m.text.clone()
        })
        .collect();
    assert_eq!((texts, polled.cursor.as_deref()), (vec!["c".into(), "d".into(), "e".into()], Some("50")));
    let (result, _) = ask(Some("50"), vec![("GET", "/2/dm_events?", says(json!({"meta": {"result_count": 0}})))]);
    assert_eq!(result.unwrap().cursor.as_deref(), Some("50"));
    assert!(matches!(ask(Some("50"), vec![("GET", "/2/dm_events?", http(429, &[], "{}"))]).0, Err(SendError::Retry { .. })));
}
