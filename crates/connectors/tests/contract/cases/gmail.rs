//! Gmail: polled mail in, pushes with a Google token, the Gmail API out.

use super::*;
use crate::fakes::*;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use kernel::http::HttpError;
use kernel::message::Address;
use kernel::time::{DAY, HOUR, MINUTE};
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Map, json};

const PUSHER: &str = "push@acme.iam.gserviceaccount.com";
const ENDPOINT: &str = "https://inbox.acme.example/api/webhooks/gmail/key";

pub static CASE: Case = Case {
    id: "gmail",
    folder: "gmail",
    form: || {
        json!({"address": "support@acme.example", "display_name": "Acme Support", "client_id": "1.apps.googleusercontent.com",
               "client_secret": "TOPSECRET-client", "access_token": "TOPSECRET-access", "refresh_token": "TOPSECRET-refresh",
               "pubsub_topic": "projects/acme/topics/gmail", "push_service_account": PUSHER})
    },
    deliver: |_, name, body| {
        if name == "hostile" && body.starts_with(b"{") {
            // Nobody checks it: signing would only take time.
            return RawDelivery { method: "POST".into(), body, ..RawDelivery::default() };
        }
        if name.ends_with(".json") {
            return push(body, &claims());
        }
        let labels = match name.split('-').next() {
            Some("sent") => "SENT",
            Some("draft.eml") => "DRAFT",
            _ => "IMPORTANT,CATEGORY_PERSONAL,INBOX",
        };
        let path = format!("/gmail?id=18c1&thread=18c0&labels={labels}");
        RawDelivery { method: "POLL".into(), path, headers: Vec::new(), body, received_at: NOW, peer: None }
    },
    keys: || Some(keys()),
    forgeries: |_, _| {
        let body = br#"{"message":{"data":"e30="}}"#.to_vec();
        let with = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            push(body.clone(), &claims)
        };
        let genuine = push(body.clone(), &claims());
        let token = genuine.header("authorization").unwrap().to_owned();
        let bearing = |token: String| RawDelivery { headers: vec![("authorization".into(), token)], ..genuine.clone() };
        vec![
            Forgery::new("no token", RawDelivery { headers: Vec::new(), ..genuine.clone() }, "signature.missing"),
            Forgery::new("a broken token", bearing(token.replace("Bearer eyJ", "Bearer eyK")), "signature.wrong"),
            Forgery::new("a cut signature", bearing(token[..token.len() - 8].to_owned()), "signature.wrong"),
            Forgery::new("basic", bearing("Basic eDp5".into()), "signature.wrong"),
            Forgery::new("another audience", with("aud", "https://evil.example/".into()), "signature.wrong"),
            Forgery::new("another account", with("email", "push@evil.iam.gserviceaccount.com".into()), "signature.wrong"),
            Forgery::new("an address nobody checked", with("email_verified", false.into()), "signature.wrong"),
            Forgery::new("another issuer", with("iss", "https://evil.example".into()), "signature.wrong"),
            Forgery::new("over GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
            Forgery { now: NOW + 2 * HOUR, ..Forgery::new("replayed", genuine.clone(), "signature.expired") },
            Forgery { now: NOW - HOUR, ..Forgery::new("from tomorrow", genuine, "signature.expired") },
        ]
    },
    answers: || {
        let told = |status, reason: &str, words: &str| {
            let body = json!({"error": {"code": status, "message": words, "errors": [{"reason": reason, "message": words}]}});
            Told::Http(http(status, &[], &body.to_string()))
        };
        let mut all = common_http(r#"{"id":"18c1","threadId":"18c0","labelIds":["SENT"]}"#, Verdict::Uncertain);
        all.extend([
            ("expired", told(401, "authError", "x"), Verdict::Account),
            ("too fast", told(403, "rateLimitExceeded", "x"), Verdict::Retry(None)),
            ("too fast for a user", told(403, "userRateLimitExceeded", "x"), Verdict::Retry(None)),
            (
                "until a named time",
                told(429, "rateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-11-21T07:15:00.000Z"),
                Verdict::Retry(Some(15 * MINUTE)),
            ),
            ("the day's quota", told(403, "dailyLimitExceeded", "x"), Verdict::Account),
            ("no consent", told(403, "insufficientPermissions", "x"), Verdict::Account),
            ("API off", told(403, "accessNotConfigured", "x"), Verdict::Account),
            ("no mailbox", told(400, "failedPrecondition", "Mail service not enabled"), Verdict::Account),
            ("nobody to send to", told(400, "invalidArgument", "Recipient address required"), Verdict::Permanent),
            ("too large", told(413, "uploadTooLarge", "x"), Verdict::Permanent),
            ("backend", told(503, "backendError", "x"), Verdict::Retry(None)),
        ]);
        all
    },
    ill: || vec![Told::Http(http(401, &[], "{}")), Told::Http(http(403, &[], ""))],
    more,
};

fn pair() -> RsaKeyPair {
    let (_, pem) = x509_parser::pem::parse_x509_pem(super::ses::KEY.as_bytes()).unwrap();
    RsaKeyPair::from_pkcs8(&pem.contents).unwrap()
}
fn keys() -> Vec<u8> {
    let public: PublicKeyComponents<Vec<u8>> = pair().public().into();
    let [n, e] = [public.n, public.e].map(|b| BASE64URL_NOPAD.encode(&b));
    json!({"keys": [{"kty": "RSA", "kid": "other", "alg": "RS256", "n": "AQAB", "e": "AQAB"},
                    {"kty": "RSA", "kid": "k1", "alg": "RS256", "use": "sig", "n": n, "e": e}]})
    .to_string()
    .into_bytes()
}
fn claims() -> Value {
    json!({"iss": "https://accounts.google.com", "aud": ENDPOINT, "azp": "113", "sub": "113", "email": PUSHER, "email_verified": true,
           "iat": NOW / 1000, "exp": NOW / 1000 + 3600})
}
/// As Pub/Sub pushes.
fn push(body: Vec<u8>, claims: &Value) -> RawDelivery {
    let part = |v: &Value| BASE64URL_NOPAD.encode(v.to_string().as_bytes());
    let signed = format!("{}.{}", part(&json!({"alg": "RS256", "kid": "k1", "typ": "JWT"})), part(claims));
    let key = pair();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    let headers = vec![("authorization".into(), format!("Bearer {signed}.{}", BASE64URL_NOPAD.encode(&signature)))];
    RawDelivery { method: "POST".into(), path: "/api/webhooks/gmail/key".into(), headers, body, received_at: NOW, peer: None }
}

fn more(gmail: &'static dyn Channel) {
    pushes_are_proved_by_the_account_they_name(gmail);
    a_mail_joins_its_thread(gmail);
    large_mail_is_uploaded(gmail);
    a_lost_answer_is_looked_for(gmail);
    history_is_followed(gmail);
    history_that_is_too_old_begins_again(gmail);

    let setup = gmail.installer().unwrap();
    let played = account_with(gmail, json!({"base_url": "https://provider.example/sim"}));
    let provider = Played::new(gmail, &played);
    assert_eq!(run(setup.list(edge(&provider, &FakeDial::fine()), &played)).unwrap()[0].id, "support@acme.example");
    assert!(run(setup.install(edge(&provider, &FakeDial::fine()), &played, ENDPOINT)).unwrap().contains("2026-11-28"));
    // A topic Google does not take breaks the channel with words, not its mail.
    let wrong = account_with(gmail, json!({"base_url": "https://provider.example/sim", "pubsub_topic": "gmail"}));
    let health = run(gmail.health(edge(&Played::new(gmail, &wrong), &FakeDial::fine()), &wrong));
    assert!(matches!(&health, Health::Broken { detail } if detail.contains("does not push") && detail.contains("topicName")), "{health:?}");
    let unconnected = account_with(gmail, json!({"access_token": ""}));
    assert!(matches!(
        send(gmail, &unconnected, &outbound(), FakeHttp(http(200, &[], "{}")), FakeDial::fine()),
        Err(SendError::Account { detail }) if detail.contains("Press Connect")
    ));
    let poller = gmail.poller().unwrap();
    assert_eq!(poller.every(&account(gmail)), Some(5 * MINUTE));
    assert_eq!(poller.every(&account_with(gmail, json!({"pubsub_topic": ""}))), Some(30_000));
    assert_eq!(poller.every(&unconnected), None);
}

fn pushes_are_proved_by_the_account_they_name(gmail: &dyn Channel) {
    let raw =
        push(br#"{"message":{"data":"eyJlbWFpbEFkZHJlc3MiOiJzdXBwb3J0QGFjbWUuZXhhbXBsZSIsImhpc3RvcnlJZCI6IjEifQ=="}}"#.to_vec(), &claims());
    assert_eq!(gmail.addressees(&raw), ["support@acme.example"]);
    assert_eq!(gmail.keys_url(&account(gmail), &raw).as_deref(), Some("https://www.googleapis.com/oauth2/v3/certs"));
    let code = |changes: Value, keys: Option<&[u8]>| {
        gmail.verify(&account_with(gmail, changes), Unverified::new(raw.clone()), Proof { now: NOW, keys }).map(|_| ()).map_err(|r| r.code)
    };
    let keys = keys();
    assert_eq!(code(json!({}), Some(&keys)), Ok(()));
    assert_eq!(code(json!({"push_audience": ENDPOINT}), Some(&keys)), Ok(()));
    assert_eq!(code(json!({"push_audience": "switchboard"}), Some(&keys)), Err("signature.wrong"));
    assert_eq!(code(json!({"push_service_account": ""}), Some(&keys)), Err("signature.unset"));
    assert_eq!(code(json!({}), None), Err("signature.unset"));
    assert_eq!(code(json!({}), Some(br#"{"keys":[]}"#)), Err("signature.wrong"));
}

fn a_mail_joins_its_thread(gmail: &'static dyn Channel) {
    let sent = || http(200, &[], r#"{"id":"18c1","threadId":"18c0"}"#);
    let mut metadata = Map::new();
    metadata.insert("gmail_thread_id".into(), "18c0".into());
    let bcc = vec![Address::bare("archive@acme.example"), Address::bare("boss@acme.example")];
    let message = Outbound { last_inbound_metadata: metadata, bcc, ..outbound() };
    let own = r#"{"payload":{"headers":[{"name":"Message-ID","value":"<CAF-9@mail.gmail.com>"}]}}"#;
    let script = Script::new(vec![
        ("POST", "https://gmail.googleapis.com/gmail/v1/users/me/messages/send", sent()),
        ("GET", "/gmail/v1/users/me/messages/18c1?format=metadata&metadataHeaders=Message-ID", http(200, &[], own)),
    ]);
    let receipt = run(gmail.send(edge(&script, &FakeDial::fine()), &account(gmail), &message)).unwrap();
    assert_eq!(receipt.external_id.as_deref(), Some("CAF-9@mail.gmail.com"), "what answers will name");
    let request = script.done().remove(0);
    assert!(request.headers.iter().any(|(n, v)| n == "authorization" && v == "Bearer TOPSECRET-access"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["threadId"], "18c0");
    let mail = String::from_utf8(BASE64URL_NOPAD.decode(body["raw"].as_str().unwrap().as_bytes()).unwrap()).unwrap();
    for part in
        ["Bcc: archive@acme.example,\r\n boss@acme.example\r\n", "In-Reply-To: <CAF-1@mail.customer.example>", "Reply-To:", "support+"]
    {
        assert!(mail.contains(part), "{part} is missing in\n{mail}");
    }
    // The thread was deleted: the mail goes without it.
    for gone in [
        http(404, &[], r#"{"error":{"message":"Requested entity was not found."}}"#),
        http(400, &[], r#"{"error":{"message":"Invalid thread_id value"}}"#),
    ] {
        let script = Script::new(vec![
            ("POST", "messages/send", gone),
            ("POST", "messages/send", sent()),
            ("GET", "messages/18c1", http(500, &[], "")),
        ]);
        assert_eq!(run(gmail.send(edge(&script, &FakeDial::fine()), &account(gmail), &message)).unwrap().external_id, None);
        let body: Value = serde_json::from_slice(&script.done()[1].body).unwrap();
        assert!(body.get("threadId").is_none());
    }
}

fn large_mail_is_uploaded(gmail: &'static dyn Channel) {
    let file =
        |bytes| OutboundFile { name: "film.mp4".into(), content_type: "video/mp4".into(), bytes: vec![0; bytes], url: String::new() };
    let message = Outbound { files: vec![file(5_000_000)], thread_key: Some("18c0".into()), ..outbound() };
    let script = Script::new(vec![(
        "POST",
        "https://gmail.googleapis.com/upload/gmail/v1/users/me/messages/send?uploadType=multipart",
        http(200, &[], "{}"),
    )]);
    run(gmail.send(edge(&script, &FakeDial::fine()), &account(gmail), &message)).unwrap();
    let request = script.done().remove(0);
    let head = String::from_utf8_lossy(&request.body[..300]).into_owned();
    assert!(
        head.contains("{\"threadId\":\"18c0\"}\r\n--switchboard-") && head.contains("Content-Type: message/rfc822\r\n\r\nFrom:"),
        "{head}"
    );
    let played = account_with(gmail, json!({"base_url": "https://provider.example/sim"}));
    let provider = Played::new(gmail, &played);
    run(gmail.send(edge(&provider, &FakeDial::fine()), &played, &message)).unwrap();
    assert_eq!(provider.seen.lock().unwrap()[0].files, ["film.mp4"]);
    let huge = Outbound { files: vec![file(28_000_000)], ..outbound() };
    let refused = send(gmail, &played, &huge, FakeHttp(http(200, &[], "{}")), FakeDial::fine());
    assert!(matches!(refused, Err(SendError::Permanent { detail }) if detail.contains("35 MB")));
}

fn a_lost_answer_is_looked_for(gmail: &'static dyn Channel) {
    let lost = || Err(HttpError::Uncertain("timeout".into()));
    let search = "/messages?q=rfc822msgid%3A018f0000-0000-7000-8000-000000000003.018f0000-0000-7000-8000-000000000001%40acme.example";
    let found = || http(200, &[], r#"{"messages":[{"id":"18c1","threadId":"18c0"}],"resultSizeEstimate":1}"#);
    let none = || http(200, &[], r#"{"resultSizeEstimate":0}"#);
    let attempt = |number, answers| {
        let script = Script::new(answers);
        let message = Outbound { attempt: number, ..outbound() };
        let result = run(gmail.send(edge(&script, &FakeDial::fine()), &account(gmail), &message));
        script.done();
        result
    };
    let looked = ("GET", "messages/18c1", http(200, &[], "{}"));
    assert!(attempt(1, vec![("POST", "send", lost()), ("GET", search, found()), looked.clone()]).is_ok());
    assert!(matches!(attempt(1, vec![("POST", "send", lost()), ("GET", search, none())]), Err(SendError::Uncertain { .. })));
    assert!(matches!(attempt(1, vec![("POST", "send", lost()), ("GET", search, lost())]), Err(SendError::Uncertain { .. })));
    // Again, after somebody asked for it: first look.
    let again = attempt(2, vec![("GET", search, found()), looked.clone()]).unwrap();
    assert!(again.detail.unwrap().contains("earlier attempt"));
    let sent = ("POST", "send", http(200, &[], r#"{"id":"18c1"}"#));
    assert!(attempt(2, vec![("GET", search, none()), sent, looked]).is_ok());
    assert!(matches!(attempt(2, vec![("GET", search, lost())]), Err(SendError::Retry { .. })));
}

fn polled(gmail: &'static dyn Channel, cursor: Option<&str>, answers: Vec<(&'static str, &'static str, Answer)>) -> Polled {
    let script = Script::new(answers);
    let got = run(gmail.poller().unwrap().poll(edge(&script, &FakeDial::fine()), &account(gmail), cursor)).unwrap();
    script.done();
    got
}

const MAIL: &str = "From: ann@customer.example\r\nTo: support@acme.example\r\nMessage-ID: <a@b.example>\r\n\r\nHello?>\r\n";

fn raw_message(id: &str, label: &str) -> Answer {
    // Padded, as Google pads.
    let raw = data_encoding::BASE64URL.encode(MAIL.as_bytes());
    http(200, &[], &json!({"id": id, "threadId": "18c0", "labelIds": ["UNREAD", label], "historyId": "9", "raw": raw}).to_string())
}

fn history_is_followed(gmail: &'static dyn Channel) {
    let watch = || {
        (
            "POST",
            "/gmail/v1/users/me/watch",
            http(200, &[], &json!({"historyId": "1", "expiration": (NOW + 7 * DAY).to_string()}).to_string()),
        )
    };
    // The first time nothing old comes in.
    let first = polled(gmail, None, vec![watch(), ("GET", "/me/profile", http(200, &[], r#"{"historyId":"100"}"#))]);
    assert!(first.deliveries.is_empty() && !first.more);
    let added = |id: &str, labels: &[&str]| json!({"messagesAdded": [{"message": {"id": id, "threadId": "18c0", "labelIds": labels}}]});
    let page = json!({"history": [added("m1", &["INBOX"]), added("m1", &["INBOX"]), added("d1", &["DRAFT"]), added("s1", &["SPAM"]), added("m2", &["SENT"])],
                      "nextPageToken": "p/2", "historyId": "105"});
    let second = polled(
        gmail,
        first.cursor.as_deref(),
        vec![
            ("GET", "/me/history?startHistoryId=100&historyTypes=messageAdded&maxResults=20", http(200, &[], &page.to_string())),
            ("GET", "/me/messages/m1?format=raw", raw_message("m1", "INBOX")),
            ("GET", "/me/messages/m2?format=raw", raw_message("m2", "SENT")),
        ],
    );
    assert!(second.more && second.deliveries.len() == 2);
    assert_eq!(second.deliveries[0].body, MAIL.as_bytes());
    assert_eq!(
        (second.deliveries[0].method.as_str(), second.deliveries[0].path.as_str()),
        ("POLL", "/gmail?id=m1&thread=18c0&labels=UNREAD%2CINBOX")
    );
    let verified = prove(gmail, &account(gmail), second.deliveries[0].clone(), NOW).unwrap();
    let Inbound::Message(message) = &gmail.parse(&account(gmail), &verified).unwrap()[0] else { panic!() };
    assert_eq!((&message.metadata["gmail_id"], &message.metadata["gmail_thread_id"]), (&json!("m1"), &json!("18c0")));
    assert_eq!(message.thread.key, None, "answers decide: a first answer to our own mail has a thread we have not seen");
    // The page after it; one message is gone meanwhile.
    let page = json!({"history": [added("m3", &["INBOX"]), added("m4", &["INBOX"])], "historyId": 105});
    let third = polled(
        gmail,
        second.cursor.as_deref(),
        vec![
            ("GET", "startHistoryId=100&historyTypes=messageAdded&maxResults=20&pageToken=p%2F2", http(200, &[], &page.to_string())),
            ("GET", "/me/messages/m3", http(404, &[], "{}")),
            ("GET", "/me/messages/m4", raw_message("m4", "TRASH")),
        ],
    );
    assert!(third.deliveries.is_empty() && !third.more);
    // Nothing new: the place is kept.
    let fourth = polled(gmail, third.cursor.as_deref(), vec![("GET", "startHistoryId=105", http(200, &[], r#"{"historyId":"105"}"#))]);
    assert_eq!(fourth.cursor, third.cursor);
    // An error leaves the cursor where it was.
    let script = Script::new(vec![("GET", "startHistoryId=105", http(429, &[("Retry-After", "3")], "{}"))]);
    let error = run(gmail.poller().unwrap().poll(edge(&script, &FakeDial::fine()), &account(gmail), fourth.cursor.as_deref()));
    assert!(matches!(error, Err(SendError::Retry { after_ms: Some(3_000), .. })));
}

fn history_that_is_too_old_begins_again(gmail: &'static dyn Channel) {
    let cursor = json!({"history": "5", "watched_at": NOW}).to_string();
    let gone = ("GET", "startHistoryId=5", http(404, &[], r#"{"error":{"code":404,"errors":[{"reason":"notFound"}]}}"#));
    let first = polled(gmail, Some(&cursor), vec![gone, ("GET", "/me/profile", http(200, &[], r#"{"historyId":"200"}"#))]);
    assert!(first.more && first.deliveries.is_empty());
    let list = r#"{"messages":[{"id":"m1","threadId":"18c0"}],"nextPageToken":"2"}"#;
    let query = "/me/messages?q=newer_than%3A3d%20%7Bin%3Ainbox%20in%3Asent%7D&maxResults=20";
    let second = polled(
        gmail,
        first.cursor.as_deref(),
        vec![("GET", query, http(200, &[], list)), ("GET", "/me/messages/m1", raw_message("m1", "INBOX"))],
    );
    assert!(second.more && second.deliveries.len() == 1);
    let third = polled(gmail, second.cursor.as_deref(), vec![("GET", "pageToken=2", http(200, &[], "{}"))]);
    assert!(third.more);
    let fourth = polled(gmail, third.cursor.as_deref(), vec![("GET", "startHistoryId=200", http(200, &[], r#"{"historyId":"201"}"#))]);
    assert!(!fourth.more && fourth.cursor.unwrap().contains("\"history\":\"201\""));
    // A push carries no mail.
    let raw = push(json!({"message": {"data": BASE64.encode(br#"{"emailAddress":"a@b.example"}"#)}}).to_string().into_bytes(), &claims());
    assert_eq!(gmail.parse(&account(gmail), &Verified::from_journal(raw)).unwrap(), [Inbound::PollNow]);
}
