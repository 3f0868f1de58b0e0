//! What every channel has to keep, asked in one loop over the registry.
//!
//! Parse results are compared with `fixtures/{name}.expected.json`. After a wanted change run the test with
//! `ACCEPT=1` and read the difference before committing it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by falling over")]

#[path = "contract/fakes.rs"]
mod fakes;
#[path = "contract/hostile.rs"]
mod hostile;
#[path = "contract/mail.rs"]
mod mail;
#[path = "contract/picture.rs"]
mod picture;

use connectors::CHANNELS;
use fakes::*;
use kernel::channel::*;
use kernel::dial::DialError;
use kernel::http::HttpError;
use kernel::time::MINUTE;
use std::path::PathBuf;

fn folder(channel: &dyn Channel) -> PathBuf {
    let name = match channel.descriptor().id {
        "smtp" => "email",
        id => id,
    };
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/channels").join(name)
}

fn fixtures(channel: &dyn Channel) -> Vec<(String, Vec<u8>)> {
    let folder = folder(channel).join("fixtures");
    let list = std::fs::read_dir(&folder).unwrap_or_else(|_| panic!("{} has no fixtures", channel.descriptor().id));
    let mut out: Vec<_> = list
        .map(|f| f.unwrap().path())
        .filter(|p| !p.to_string_lossy().ends_with(".expected.json"))
        .map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&p).unwrap()))
        .collect();
    out.sort();
    assert!(!out.is_empty(), "{} has no fixtures", channel.descriptor().id);
    out
}

#[test]
fn every_channel_describes_itself_completely() {
    let mut seen = std::collections::HashSet::new();
    for channel in CHANNELS {
        let d = channel.descriptor();
        assert!(seen.insert(d.id), "two channels are called {}", d.id);
        assert!(connectors::channel(d.id).is_some());
        assert!(d.fields.iter().any(|f| f.name == d.identifier_field && f.required), "{}: identifier field", d.id);
        assert!(!d.summary.is_empty() && !d.icon.is_empty() && !d.needs.is_empty(), "{}", d.id);
        assert!(d.limits.text_chars > 0 && d.limits.inbound_bytes > 0 && d.limits.sends_per_second > 0, "{}", d.id);
        let mut names = std::collections::HashSet::new();
        assert!(d.fields.iter().all(|f| names.insert(f.name)), "{}: a field twice", d.id);
        for paste in d.paste {
            for part in paste.template.split('{').skip(1) {
                let name = part.split('}').next().unwrap();
                assert!(matches!(name, "public_url" | "key") || names.contains(name), "{}: {{{name}}}", d.id);
            }
        }
        assert_eq!(d.capabilities.simulator, channel.simulator().is_some(), "{}", d.id);
        assert!(folder(*channel).join("README.md").is_file(), "{} has no README.md", d.id);
        // The form's own defaults pass the form's own check.
        let given = account(*channel).settings.values().clone();
        assert!(kernel::form::check(d.fields, &given).is_ok(), "{}: {:?}", d.id, kernel::form::check(d.fields, &given).err());
    }
}

#[test]
fn every_fixture_is_read_as_expected() {
    let accept = std::env::var_os("ACCEPT").is_some();
    let mut wrong = Vec::new();
    for channel in CHANNELS {
        let account = account(*channel);
        for (name, body) in fixtures(*channel) {
            let delivery = deliver(&account, body);
            let verified = channel.verify(&account, Unverified::new(delivery), NOW).unwrap_or_else(|r| panic!("{name}: {r:?}"));
            let result = channel.parse(&account, &verified);
            assert_eq!(result, channel.parse(&account, &verified), "{name}: parsing is not pure");
            let got = picture::draw(&result);
            let path = folder(*channel)
                .join("fixtures")
                .join(format!("{}.expected.json", name.rsplit_once('.').map_or(name.as_str(), |(n, _)| n)));
            if accept {
                std::fs::write(&path, &got).unwrap();
            } else if std::fs::read_to_string(&path).unwrap_or_default() != got {
                wrong.push(format!("{}:\n{got}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "not as expected (ACCEPT=1 writes them):\n{}", wrong.join("\n"));
}

#[test]
fn forged_incomplete_and_replayed_deliveries_are_refused() {
    for channel in CHANNELS {
        let id = channel.descriptor().id;
        let account = account(*channel);
        let say = said();
        let genuine = channel.simulator().unwrap().delivery(&account, &say, NOW);
        let verify = |raw: RawDelivery, now| channel.verify(&account, Unverified::new(raw), now);
        assert!(verify(genuine.clone(), NOW).is_ok(), "{id}");
        assert!(verify(RawDelivery { headers: Vec::new(), method: "POST".into(), ..genuine.clone() }, NOW).is_err(), "{id}: bare POST");
        assert!(verify(RawDelivery { method: "GET".into(), ..genuine.clone() }, NOW).is_err(), "{id}: GET");
        match id {
            "api" => {
                let mut changed = genuine.clone();
                changed.body.push(b' ');
                assert_eq!(verify(changed, NOW).unwrap_err().code, "signature.wrong");
                assert_eq!(verify(genuine.clone(), NOW + 6 * MINUTE).unwrap_err().code, "signature.expired");
                let other = fakes::account_with(*channel, serde_json::json!({"secret": "another"}));
                assert!(channel.verify(&other, Unverified::new(genuine), NOW).is_err());
                let none = fakes::account_with(*channel, serde_json::json!({"secret": ""}));
                assert!(channel.verify(&none, Unverified::new(channel.simulator().unwrap().delivery(&none, &say, NOW)), NOW).is_err());
            }
            "smtp" => {
                let elsewhere = vec![("envelope-to".into(), "other@acme.example".into())];
                assert_eq!(verify(RawDelivery { headers: elsewhere, ..genuine }, NOW).unwrap_err().code, "recipient.unknown");
            }
            "webchat" => assert_eq!(verify(RawDelivery { method: "POST".into(), ..genuine }, NOW).unwrap_err().code, "transport.wrong"),
            other => panic!("say here how deliveries of {other} are forged"),
        }
    }
}

#[test]
fn the_simulator_speaks_the_channels_language() {
    for channel in CHANNELS {
        let account = account(*channel);
        let delivery = channel.simulator().unwrap().delivery(&account, &said(), NOW);
        let verified = channel.verify(&account, Unverified::new(delivery), NOW).unwrap();
        let parsed = channel.parse(&account, &verified).unwrap();
        let [Inbound::Message(m)] = parsed.as_slice() else { panic!("{parsed:?}") };
        assert_eq!(m.text, "Where is my order?");
        assert_eq!(m.sender.handle.value, "ann@customer.example");
        assert_eq!(m.sender.name.as_deref(), Some("Ann Lee"));
        assert!(!m.automatic && !m.external_id.is_empty());
    }
}

#[test]
fn every_answer_of_a_provider_gets_its_verdict() {
    use SendError::*;
    let api = connectors::channel("api").unwrap();
    let mail = connectors::channel("smtp").unwrap();
    let by_http = |answer| send(api, &account(api), &outbound(), FakeHttp(answer), FakeDial::fine());
    let ok = by_http(http(200, &[], r#"{"id":"theirs-1"}"#)).unwrap();
    assert_eq!(ok.external_id.as_deref(), Some("theirs-1"));
    assert!(by_http(http(204, &[], "")).is_ok());
    assert!(by_http(http(200, &[], "\u{0}garbage")).is_ok_and(|r| r.external_id.is_none()));
    assert!(matches!(by_http(http(400, &[], r#"{"error":"bad"}"#)), Err(Permanent { detail }) if detail.contains("bad")));
    assert!(matches!(by_http(http(401, &[], "")), Err(Account { .. })));
    assert!(matches!(by_http(http(403, &[], "")), Err(Account { .. })));
    assert!(matches!(by_http(http(404, &[], "")), Err(Permanent { .. })));
    assert!(matches!(by_http(http(413, &[], "")), Err(Permanent { .. })));
    assert!(matches!(by_http(http(429, &[("Retry-After", "30")], "")), Err(Retry { after_ms: Some(30_000), .. })));
    assert!(matches!(by_http(http(500, &[], "<html>")), Err(Retry { .. })));
    // The idempotency key makes a second request harmless.
    assert!(matches!(by_http(Err(HttpError::Uncertain("timeout".into()))), Err(Retry { .. })));
    assert!(matches!(by_http(Err(HttpError::Connect("refused".into()))), Err(Retry { .. })));
    assert!(matches!(by_http(Err(HttpError::Refused("private".into()))), Err(Account { .. })));
    assert!(matches!(by_http(Err(HttpError::TooLarge)), Err(Uncertain { .. })));
    let polled = send(
        api,
        &fakes::account_with(api, serde_json::json!({"webhook_url": ""})),
        &outbound(),
        FakeHttp(http(500, &[], "")),
        FakeDial::fine(),
    );
    assert_eq!(polled.unwrap().detail.as_deref(), Some("kept for polling"));

    let by_smtp = |answer| send(mail, &account(mail), &outbound(), FakeHttp(http(500, &[], "")), FakeDial::saying(answer));
    let say = |code, text: &str| by_smtp(Err(DialError::Answer { code, text: text.into() }));
    assert!(by_smtp(Ok("250 2.0.0 Ok: queued as 4F".into())).is_ok());
    assert!(matches!(say(451, "4.7.1 Greylisted"), Err(Retry { after_ms: Some(300_000), .. })));
    assert!(matches!(say(535, "5.7.8 Bad credentials"), Err(Account { .. })));
    assert!(matches!(say(550, "5.1.1 No such user"), Err(Permanent { .. })));
    assert!(matches!(say(0, "garbage"), Err(Uncertain { .. })));
    assert!(matches!(by_smtp(Err(DialError::Uncertain("cut".into()))), Err(Uncertain { .. })));
    assert!(matches!(by_smtp(Err(DialError::Connect("refused".into()))), Err(Retry { .. })));
    let unset = fakes::account_with(mail, serde_json::json!({"smtp_host": ""}));
    assert!(
        matches!(send(mail, &unset, &outbound(), FakeHttp(http(500, &[], "")), FakeDial::fine()), Err(Account { detail }) if detail.contains("No outgoing mail server"))
    );

    let chat = connectors::channel("webchat").unwrap();
    assert!(send(chat, &account(chat), &outbound(), FakeHttp(http(500, &[], "")), FakeDial::fine()).is_ok());
}

#[test]
fn health_says_what_to_do() {
    for channel in CHANNELS {
        let id = channel.descriptor().id;
        let well = health(*channel, &account(*channel), FakeHttp(http(200, &[], "")), FakeDial::fine());
        assert!(matches!(well, Health::Ok { .. }), "{id}: {well:?}");
        let ill = health(
            *channel,
            &account(*channel),
            FakeHttp(http(401, &[], "")),
            FakeDial::saying(Err(DialError::Answer { code: 535, text: "no".into() })),
        );
        assert!(id == "webchat" || matches!(ill, Health::Broken { .. }), "{id}: {ill:?}");
    }
}

#[test]
fn secrets_show_nowhere() {
    for channel in CHANNELS {
        let account = account(*channel);
        let mut shown = format!("{account:?}");
        for status in [400, 401, 500] {
            let result = send(
                *channel,
                &account,
                &outbound(),
                FakeHttp(http(status, &[], "no")),
                FakeDial::saying(Err(DialError::Answer { code: 535, text: "no".into() })),
            );
            shown.push_str(&format!("{result:?}"));
        }
        let forged = RawDelivery { method: "POST".into(), body: b"{}".to_vec(), ..Default::default() };
        shown.push_str(&format!("{:?}", channel.verify(&account, Unverified::new(forged), NOW)));
        shown.push_str(&format!(
            "{:?}",
            health(*channel, &account, FakeHttp(http(401, &[], "")), FakeDial::saying(Err(DialError::Connect("x".into()))))
        ));
        assert!(!shown.contains("TOPSECRET"), "{}: {shown}", channel.descriptor().id);
    }
}

#[test]
fn a_signed_answer_can_be_checked_by_the_program_that_gets_it() {
    let api = connectors::channel("api").unwrap();
    let http = Recorder::default();
    let account = account(api);
    run(api.send(Edge { http: &http, dial: &FakeDial::fine(), clock: &CLOCK }, &account, &outbound())).unwrap();
    let request = http.last();
    let raw = RawDelivery { method: "POST".into(), headers: request.headers.clone(), body: request.body.clone(), ..Default::default() };
    assert!(api.verify(&account, Unverified::new(raw.clone()), NOW).is_ok());
    assert_eq!(raw.header("idempotency-key"), Some("msg_1"));
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["text"], "It left our house on Friday.");
}
