//! Viber bots: signed bodies in, statuses in HTTP 200 out.

use super::*;
use crate::fakes::*;
use connectors::kit::signatures::mac_sha256;
use kernel::http::HttpRequest;
use kernel::message::{Address, MessageStatus};
use serde_json::json;

const HEADER: &str = "x-viber-content-signature";
const TOKEN: &str = "TOPSECRET-48e9e906bf27d7bd";

pub static CASE: Case = Case {
    id: "viber",
    folder: "viber",
    form: || json!({"auth_token": TOKEN, "uri": "acmesupport", "sender_name": "Acme Support"}),
    deliver: |_, _, body| posted(TOKEN, body),
    keys: || None,
    forgeries: |_, genuine| {
        let none = RawDelivery { headers: Vec::new(), ..genuine.clone() };
        let mut changed = genuine.clone();
        changed.body.push(b' ');
        let right = genuine.header(HEADER).unwrap_or_default().to_owned();
        vec![
            Forgery::new("no signature", none, "signature.missing"),
            Forgery::new("another token", posted("another", genuine.body.clone()), "signature.wrong"),
            Forgery::new("a changed body", changed, "signature.wrong"),
            Forgery::new("half a signature", with(&right[..32], genuine.body.clone()), "signature.wrong"),
            Forgery::new("garbage", with("zz", genuine.body.clone()), "signature.wrong"),
            Forgery::new("GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
        ]
    },
    answers: || {
        let says =
            |status: i64, message: &str| Told::Http(http(200, &[], &json!({"status": status, "status_message": message}).to_string()));
        let mut out = common_http(TAKEN, Verdict::Uncertain);
        out.extend([
            ("invalidUrl", says(1, "invalidUrl"), Verdict::Permanent),
            ("invalidAuthToken", says(2, "invalidAuthToken"), Verdict::Account),
            ("badData", says(3, "badData"), Verdict::Permanent),
            ("missingData", says(4, "missingData"), Verdict::Permanent),
            ("receiverNotRegistered", says(5, "receiverNotRegistered"), Verdict::Permanent),
            ("receiverNotSubscribed", says(6, "receiverNotSubscribed"), Verdict::Permanent),
            ("publicAccountBlocked", says(7, "publicAccountBlocked"), Verdict::Account),
            ("publicAccountSuspended", says(9, "publicAccountSuspended"), Verdict::Account),
            ("webhookNotSet", says(10, "webhookNotSet"), Verdict::Account),
            ("receiverNoSuitableDevice", says(11, "receiverNoSuitableDevice"), Verdict::Permanent),
            ("tooManyRequests", says(12, "tooManyRequests"), Verdict::Retry(None)),
            ("apiVersionNotSupported", says(13, "apiVersionNotSupported"), Verdict::Permanent),
            ("noBalance", says(24, "noBalance"), Verdict::Account),
            ("unknown", says(999, "?"), Verdict::Permanent),
            ("a page", Told::Http(http(200, &[], "<html>")), Verdict::Uncertain),
            ("no token", says(0, "ok"), Verdict::Sent),
        ]);
        out
    },
    ill: || {
        vec![
            Told::Http(http(200, &[], r#"{"status":2,"status_message":"invalidAuthToken"}"#)),
            Told::Http(http(
                200,
                &[],
                r#"{"status":0,"status_message":"ok","name":"A","uri":"another","webhook":"https://inbox.acme.example/api/webhooks/viber/k"}"#,
            )),
            Told::Http(http(200, &[], r#"{"status":0,"status_message":"ok","name":"A","uri":"acmesupport","webhook":""}"#)),
            Told::Http(http(
                200,
                &[],
                r#"{"status":0,"status_message":"ok","name":"A","uri":"acmesupport","webhook":"https://elsewhere.example/"}"#,
            )),
        ]
    },
    more,
};

const TAKEN: &str =
    r#"{"status":0,"status_message":"ok","message_token":5741311803571721087,"chat_hostname":"SN-CHAT-05_","billing_status":1}"#;

fn with(signature: &str, body: Vec<u8>) -> RawDelivery {
    let headers = vec![(HEADER.to_owned(), signature.to_owned())];
    RawDelivery { method: "POST".into(), path: "/".into(), headers, body, received_at: NOW, peer: None }
}
fn posted(token: &str, body: Vec<u8>) -> RawDelivery {
    let hex: String = mac_sha256(token.as_bytes(), &[&body]).iter().map(|b| format!("{b:02x}")).collect();
    with(&hex, body)
}

fn more(viber: &'static dyn Channel) {
    proofs(viber);
    requests(viber);
    buttons_come_back(viber);
    setup(viber);
}

fn proofs(viber: &dyn Channel) {
    // Published scheme, computed with an HMAC of another library.
    let account = account_with(viber, json!({"auth_token": "viber-token"}));
    let signature = "8662db274ace2789eb542df80a014f1e35af127ee96dbf695bb7cef5eba3e930";
    assert!(prove(viber, &account, with(signature, br#"{"event":"message"}"#.to_vec()), NOW).is_ok());
    assert!(prove(viber, &account, with(signature, br#"{"event":"messages"}"#.to_vec()), NOW).is_err());
    let unset = account_with(viber, json!({"auth_token": ""}));
    assert_eq!(prove(viber, &unset, posted("", b"{}".to_vec()), NOW).unwrap_err().code, "signature.unset");
    // The call while the webhook is being registered.
    let check = posted("viber-token", br#"{"event":"webhook","timestamp":1457764197627,"message_token":241256543215}"#.to_vec());
    let verified = prove(viber, &account, check, NOW).unwrap();
    assert_eq!(viber.handshake(&account, &verified).map(|r| r.status), Some(200));
    // Nothing is answered that Viber could take for a message.
    let other = posted("viber-token", br#"{"event":"conversation_started"}"#.to_vec());
    assert_eq!(viber.acknowledge(&account, &other), Some(Reply::empty(200)));
    assert_eq!(viber.handshake(&account, &prove(viber, &account, other, NOW).unwrap()), None);
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}
fn file(name: &str, mime: &str, bytes: usize) -> OutboundFile {
    let url = format!("https://inbox.acme.example/api/v1/files/w/f/{name}?v=full&exp=1&sig=x");
    OutboundFile { name: name.into(), content_type: mime.into(), bytes: vec![1; bytes], url }
}

fn requests(viber: &dyn Channel) {
    let said = outbound_for(viber);
    let send = |changes: Value, message: &Outbound| {
        let script = Script::new(vec![("POST", "https://chatapi.viber.com/pa/send_message", http(200, &[], TAKEN))]);
        let account = account_with(viber, changes);
        let receipt = run(viber.send(edge(&script, &FakeDial::fine()), &account, message)).unwrap();
        // All 64 bits of the number.
        assert_eq!(receipt.external_id.as_deref(), Some("5741311803571721087"));
        script.done().remove(0)
    };
    let request = send(json!({}), &said);
    assert!(request.headers.iter().any(|(n, v)| n == "x-viber-auth-token" && v == TOKEN));
    assert_eq!(
        body(&request),
        json!({"receiver": viber.simulated_person(1), "min_api_version": 1, "sender": {"name": "Acme Support"},
            "type": "text", "text": "It left our house on Friday."})
    );
    let long = body(&send(json!({"sender_name": "The friendly people of Acme Support Incorporated"}), &said));
    assert_eq!(long["sender"]["name"], "The friendly people of Acme ");
    assert_eq!(body(&send(json!({"sender_name": ""}), &said))["sender"]["name"], "Test");

    let with_file = |text: &str, f: OutboundFile| body(&send(json!({}), &Outbound { text: text.into(), files: vec![f], ..said.clone() }));
    let picture = with_file("See this", file("box.png", "image/png", 4));
    assert_eq!((&picture["type"], &picture["text"]), (&json!("picture"), &json!("See this")));
    assert!(picture["media"].as_str().unwrap().starts_with("https://inbox.acme.example/"));
    // A picture without words carries an empty text; too large, or without the right ending, it goes as a file.
    assert_eq!(with_file("", file("box.jpg", "image/jpeg", 4))["text"], "");
    assert_eq!(with_file("", file("box.jpg", "image/jpeg", 1_000_001))["type"], "file");
    assert_eq!(with_file("", file("box", "image/jpeg", 4))["type"], "file");
    let video = with_file("", file("a.mp4", "video/mp4", 5));
    assert_eq!((&video["type"], &video["size"]), (&json!("video"), &json!(5)));
    let document = with_file("", file("a.pdf", "application/pdf", 6));
    assert_eq!((&document["type"], &document["size"], &document["file_name"]), (&json!("file"), &json!(6), &json!("a.pdf")));

    let refused = |message: Outbound| {
        let script = Script::new(Vec::new());
        match run(viber.send(edge(&script, &FakeDial::fine()), &account(viber), &message)) {
            Err(SendError::Policy { code, .. }) => code,
            Err(SendError::Permanent { .. }) => "permanent".into(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(Outbound { files: vec![file("a.pdf", "application/pdf", 4)], ..said.clone() }), "policy.split");
    let long = Outbound { text: "x".repeat(513), files: vec![file("a.png", "image/png", 4)], ..said.clone() };
    assert_eq!(refused(long), "policy.split");
    let two = vec![file("a.pdf", "x/y", 1), file("b.pdf", "x/y", 1)];
    assert_eq!(refused(Outbound { text: String::new(), files: two, ..said.clone() }), "policy.split");
    let plain = OutboundFile { url: "http://127.0.0.1/a.pdf".into(), ..file("a.pdf", "x/y", 1) };
    assert_eq!(refused(Outbound { text: String::new(), files: vec![plain], ..said.clone() }), "permanent");
    assert_eq!(refused(Outbound { thread_key: None, to: vec![Address::bare("ann@customer.example")], ..said.clone() }), "permanent");
    let nameless = vec![Button { id: "x".into(), title: " ".into(), url: None }];
    assert_eq!(refused(Outbound { buttons: nameless, ..said }), "policy.buttons");
}

/// What the keyboard carries is what tells later which button was pressed.
fn buttons_come_back(viber: &dyn Channel) {
    let buttons = vec![
        Button { id: "arrived:yes".into(), title: "Yes".into(), url: None },
        Button { id: "site".into(), title: "Terms & <site>".into(), url: Some("https://acme.example/".into()) },
    ];
    let script = Script::new(vec![("POST", "/pa/send_message", http(200, &[], TAKEN))]);
    let account = account(viber);
    run(viber.send(edge(&script, &FakeDial::fine()), &account, &Outbound { buttons, ..outbound_for(viber) })).unwrap();
    let sent = body(&script.done()[0]);
    assert_eq!(
        sent["keyboard"],
        json!({"Type": "keyboard", "DefaultHeight": false, "Buttons": [
            {"Columns": 6, "Rows": 1, "ActionType": "reply", "ActionBody": "Yes", "Text": "Yes"},
            {"Columns": 6, "Rows": 1, "ActionType": "open-url", "ActionBody": "https://acme.example/", "Text": "Terms &amp; &lt;site&gt;"},
        ]})
    );
    let pressed = json!({"event": "message", "timestamp": NOW, "message_token": 1, "sender": {"id": viber.simulated_person(1), "name": "Ann"},
        "message": {"type": "text", "text": sent["keyboard"]["Buttons"][0]["ActionBody"], "tracking_data": sent["tracking_data"]}});
    let parsed = viber.parse(&account, &Verified::from_journal(posted(TOKEN, pressed.to_string().into_bytes()))).unwrap();
    let [Inbound::Message(m)] = parsed.as_slice() else { panic!("{parsed:?}") };
    assert_eq!((m.text.as_str(), &m.metadata["interactive"]["id"]), ("Yes", &json!("arrived:yes")));
}

fn setup(viber: &dyn Channel) {
    let installer = viber.installer().unwrap();
    let url = "https://inbox.acme.example/api/webhooks/viber/k";
    let script = Script::new(vec![("POST", "/pa/set_webhook", http(200, &[], r#"{"status":0,"status_message":"ok","event_types":[]}"#))]);
    run(installer.install(edge(&script, &FakeDial::fine()), &account(viber), url)).unwrap();
    assert_eq!(
        body(&script.done()[0]),
        json!({"url": url, "event_types": ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"],
            "send_name": true, "send_photo": true})
    );
    let script = Script::new(vec![("POST", "/pa/set_webhook", http(200, &[], r#"{"status":1,"status_message":"invalidUrl"}"#))]);
    let refused = run(installer.install(edge(&script, &FakeDial::fine()), &account(viber), url));
    assert!(matches!(refused, Err(SendError::Permanent { detail }) if detail.contains("https")));
    let info = r#"{"status":0,"status_message":"ok","id":"pa:75346594275468546724","name":"Acme","uri":"acmesupport","webhook":""}"#;
    let script = Script::new(vec![("POST", "/pa/get_account_info", http(200, &[], info))]);
    let bare = account_with(viber, json!({"uri": "", "sender_name": ""}));
    let reached = run(installer.list(edge(&script, &FakeDial::fine()), &bare)).unwrap();
    assert_eq!((reached[0].id.as_str(), &reached[0].settings["sender_name"]), ("acmesupport", &json!("Acme")));
    let details =
        r#"{"status":0,"status_message":"ok","user":{"id":"01234567890A=","name":"John","avatar":"https://a.example/x","language":"en"}}"#;
    let script = Script::new(vec![("POST", "/pa/get_user_details", http(200, &[], details))]);
    let profile = run(viber.profile(edge(&script, &FakeDial::fine()), &account(viber), "01234567890A=")).unwrap();
    assert_eq!((profile.name.as_deref(), profile.picture_url.as_deref()), (Some("John"), Some("https://a.example/x")));

    // The customer's phone has shown it; another message could not be shown.
    let simulator = viber.simulator().unwrap();
    let account = account(viber);
    let raw = simulator.report(&account, "5741311803571721087", "x", MessageStatus::Failed, NOW).unwrap();
    let parsed = viber.parse(&account, &prove(viber, &account, raw, NOW).unwrap()).unwrap();
    assert!(matches!(&parsed[0], Inbound::Status(s) if s.external_id == "5741311803571721087" && s.error.is_some()));
    let say = Simulated { doing: Doing::Read, answers: Some("5741311803571721087".into()), ..said(viber) };
    let parsed = viber.parse(&account, &Verified::from_journal(simulator.delivery(&account, &say, NOW))).unwrap();
    assert!(matches!(&parsed[0], Inbound::Status(s) if s.status == MessageStatus::Read));
}
