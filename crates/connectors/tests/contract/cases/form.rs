//! A form on a web site: nothing proves who wrote, but where it stood and when it was shown is checked.

use super::*;
use crate::fakes::*;
use connectors::channels::form::stamp;
use connectors::kit::forms;
use kernel::message::HandleEvidence;
use kernel::time::{HOUR, MINUTE};
use serde_json::json;

pub static CASE: Case = Case {
    id: "form",
    folder: "form",
    form: || json!({"form_name": "contact", "allowed_domains": ["shop.example"]}),
    deliver,
    keys: || None,
    forgeries: |account, genuine| {
        let with = |token: &str| deliver(account, "x.form", format!("_token={token}&message=Hello").into_bytes());
        let from = |origin: Option<&str>| {
            let mut raw = with(&stamp(account, NOW - MINUTE));
            raw.headers.retain(|(n, _)| n != "origin" && n != "referer");
            raw.headers.extend(origin.map(|o| ("origin".to_owned(), o.to_owned())));
            raw
        };
        let other = Account { mac_key: kernel::Secret::new(vec![8; 32]), ..account.clone() };
        let moved = stamp(account, NOW - MINUTE).replace(&(NOW - MINUTE).to_string(), &(NOW - 2 * MINUTE).to_string());
        vec![
            Forgery::new("from nowhere", from(None), "origin.wrong"),
            Forgery::new("from another site", from(Some("https://shop.example.evil.example")), "origin.wrong"),
            Forgery::new("from a hidden page", from(Some("null")), "origin.wrong"),
            Forgery::new("without a time", deliver(account, "x.form", b"message=Hello".to_vec()), "signature.missing"),
            Forgery::new("unreadable", deliver(account, "x.json", b"{".to_vec()), "signature.missing"),
            Forgery::new("a time of our own making", with(&format!("{}.00", NOW - MINUTE)), "signature.wrong"),
            Forgery::new("another time", with(&moved), "signature.wrong"),
            Forgery::new("no time at all", with("x"), "signature.wrong"),
            Forgery::new("another form's time", with(&stamp(&other, NOW - MINUTE)), "signature.wrong"),
            Forgery::new("too fast", with(&stamp(account, NOW - 2_999)), "form.too_fast"),
            Forgery { now: NOW + 25 * HOUR, ..Forgery::new("a day later", genuine.clone(), "signature.expired") },
            Forgery::new("asked for", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
        ]
    },
    answers: || vec![("nobody is asked", Told::Http(http(200, &[], "")), Verdict::Policy("form.reply_by_mail"))],
    ill: Vec::new,
    more,
};

/// The word TOKEN stands for a time a minute ago.
fn deliver(account: &Account, name: &str, body: Vec<u8>) -> RawDelivery {
    let token = stamp(account, NOW - MINUTE);
    let body = match body.windows(5).position(|w| w == b"TOKEN") {
        Some(at) => [&body[..at], token.as_bytes(), &body[at + 5..]].concat(),
        None => body,
    };
    let first = body.first().copied().unwrap_or_default();
    let kind = match name.rsplit_once('.').map_or(name, |(_, end)| end) {
        "json" => "application/json",
        "txt" => "text/plain;charset=UTF-8",
        "multipart" => "multipart/form-data; boundary=----B",
        "hostile" if first == b'{' => "application/json",
        "hostile" if first == b'-' => "multipart/form-data; boundary=----B",
        _ => "application/x-www-form-urlencoded",
    };
    let headers = [
        ("content-type", kind),
        ("origin", "https://www.shop.example"),
        ("referer", "https://www.shop.example/"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)"),
        ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ];
    let headers = headers.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
    RawDelivery { method: "POST".into(), path: "/api/webhooks/form/key1".into(), headers, body, received_at: NOW, peer: None }
}

fn read(form: &dyn Channel, account: &Account, raw: RawDelivery) -> InboundMessage {
    match form.parse(account, &Verified::from_journal(raw)).unwrap().pop() {
        Some(Inbound::Message(m)) => *m,
        other => panic!("{other:?}"),
    }
}

fn more(form: &'static dyn Channel) {
    let account = account(form);
    the_script_carries_the_time(form, &account);
    what_the_browser_is_answered(form);
    sent_twice(form, &account);

    // Without a list of sites and without the time, anything goes that is no trap.
    let open = account_with(form, json!({"allowed_domains": [], "minimum_seconds": 0}));
    let mut bare = deliver(&open, "x.form", b"email=ann%40customer.example&message=Hello".to_vec());
    bare.headers.retain(|(n, _)| n == "content-type");
    assert!(prove(form, &open, bare.clone(), NOW).is_ok());
    let m = read(form, &open, bare);
    assert_eq!((m.sender.handle.kind.as_str(), m.sender.handle.evidence), ("email", HandleEvidence::Claimed));
    assert_eq!((m.subject.as_deref(), m.thread.key), (Some("Message from the web site"), None));
    // The referring page counts where the browser names no origin.
    let mut referred = deliver(&account, "x.form", b"_token=TOKEN&message=Hello".to_vec());
    referred.headers.retain(|(n, _)| n != "origin");
    assert!(prove(form, &account, referred, NOW).is_ok());

    let patient = account_with(form, json!({"minimum_seconds": 120}));
    let soon = deliver(&patient, "x.form", b"_token=TOKEN&message=Hello".to_vec());
    assert_eq!(prove(form, &patient, soon, NOW).unwrap_err().code, "form.too_fast");

    let trap = account_with(form, json!({"honeypot": "nickname"}));
    let parsed = |body: &[u8]| form.parse(&trap, &Verified::from_journal(deliver(&trap, "x.form", body.to_vec()))).unwrap();
    assert!(matches!(&parsed(b"nickname=x&message=Hello")[..], [Inbound::Ignored { why }] if why.starts_with("Spam")));
    assert!(matches!(&parsed(b"website=x.example&message=Hello")[..], [Inbound::Message(m)] if m.text.contains("Website: x.example")));

    let many = (0..300).map(|n| format!("f{n}=1&")).collect::<String>();
    let parsed = form.parse(&account, &Verified::from_journal(deliver(&account, "x.form", many.into_bytes())));
    assert!(matches!(parsed, Err(ParseError(words)) if words.contains("200 fields")));

    let words = |address: &str| {
        let message = Outbound { to: vec![kernel::message::Address::bare(address)], ..outbound() };
        send(form, &account, &message, FakeHttp(http(200, &[], "")), FakeDial::fine()).unwrap_err().detail().to_owned()
    };
    assert!(words("ann@customer.example").contains("Write to ann@customer.example") && words("form-1").contains("no address"));
    let ill = account_with(form, json!({"honeypot": "Email"}));
    assert!(matches!(health(form, &ill, FakeHttp(http(200, &[], "")), FakeDial::fine()), Health::Broken { .. }));
    assert!(
        matches!(health(form, &open, FakeHttp(http(200, &[], "")), FakeDial::fine()), Health::Ok { detail } if detail.contains("not checked"))
    );
}

fn the_script_carries_the_time(form: &dyn Channel, account: &Account) {
    let ask = |method: &str| RawDelivery {
        method: method.into(),
        path: "/api/webhooks/form/key1?2".into(),
        received_at: NOW - MINUTE,
        ..Default::default()
    };
    let reply = form.challenge(account, &ask("GET")).unwrap().unwrap();
    assert_eq!(reply.content_type, "text/javascript; charset=utf-8");
    let script = String::from_utf8(reply.body).unwrap();
    assert!(script.contains("\"https://inbox.acme.example/api/webhooks/form/key1\""), "{script}");
    let token = script.split("_token: \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let sent = deliver(account, "x.form", format!("_token={token}&message=Hello").into_bytes());
    assert!(prove(form, account, sent, NOW).is_ok());
    assert!(form.challenge(account, &ask("POST")).is_none());
    let odd = RawDelivery { path: "/api/webhooks/form/</script>".into(), ..ask("GET") };
    let script = form.challenge(account, &odd).unwrap().unwrap().body;
    assert!(!String::from_utf8(script).unwrap().contains("</script>"));

    // What is pasted has every field that is read.
    let template = form.descriptor().paste[0].template;
    for name in ["name", "email", "phone", "subject", "message", "{honeypot}"] {
        assert!(template.contains(&format!("name=\"{name}\"")), "{name}");
    }
}

fn what_the_browser_is_answered(form: &dyn Channel) {
    let page = |changes: Value| {
        let account = account_with(form, changes);
        let reply = form.acknowledge(&account, &deliver(&account, "x.form", Vec::new())).unwrap();
        assert_eq!((reply.status, reply.content_type), (200, "text/html; charset=utf-8"));
        String::from_utf8(reply.body).unwrap()
    };
    assert!(page(json!({"thank_you": "Danke <3"})).contains("<p>Danke &lt;3</p>"));
    let onward = page(json!({"thank_you_url": "https://shop.example/thanks?a=1&b=\"2"}));
    assert!(onward.contains("content=\"0;url=https://shop.example/thanks?a=1&amp;b=&quot;2\""), "{onward}");
    let mut program = deliver(&account(form), "x.json", Vec::new());
    program.headers.retain(|(n, _)| n != "accept");
    assert!(form.acknowledge(&account(form), &program).is_none());
}

/// A button pressed twice is one message; the same words another time are another.
fn sent_twice(form: &dyn Channel, account: &Account) {
    let id = |body: String, at: i64| {
        let raw = RawDelivery { received_at: at, ..deliver(account, "x.form", body.into_bytes()) };
        read(form, account, raw).external_id
    };
    let with = |at: i64, words: &str| format!("_token={}&message={words}", stamp(account, at));
    let first = id(with(NOW - MINUTE, "Hello"), NOW);
    assert_eq!(first, id(with(NOW - MINUTE, "Hello"), NOW + 1_000));
    assert_ne!(first, id(with(NOW - MINUTE, "Bye"), NOW));
    assert_ne!(first, id(with(NOW - 2 * MINUTE, "Hello"), NOW));
    let open = |at: i64| id("message=Hello".into(), at);
    assert_eq!(open(NOW), open(NOW + 1_000));
    assert_ne!(open(NOW), open(NOW + HOUR));
    assert_eq!(id("_id=7&message=Hello".into(), NOW), id("_id=7&message=Hello%21".into(), NOW + HOUR));

    let simulated = form.simulator().unwrap();
    let file = SimulatedFile { name: "box.png".into(), content_type: "image/png".into(), bytes: vec![1, 2], url: String::new() };
    let raw = simulated.delivery(account, &Simulated { files: vec![file], ..said(form) }, NOW);
    assert!(prove(form, account, raw.clone(), NOW).is_ok());
    let m = read(form, account, raw);
    assert_eq!((m.files[0].name.as_str(), &m.files[0].source), ("box.png", &FileSource::Bytes(vec![1, 2])));
    let request = simulated.request(account, &said(form), NOW).unwrap();
    assert_eq!(forms::first(&forms::pairs(&request.body), "message"), Some("Where is my order?"));
}
