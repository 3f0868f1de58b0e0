//! What every channel has to keep, asked in one loop over the registry.
//!
//! Parse results are compared with `fixtures/{name}.expected.json`. After a wanted change run the test with
//! `ACCEPT=1` and read the difference before committing it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by falling over")]

#[path = "contract/cases/mod.rs"]
mod cases;
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
use std::path::PathBuf;

fn folder(channel: &dyn Channel) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/channels").join(cases::of(channel.descriptor().id).folder)
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
        assert!(d.limits.text_chars > 0 && d.limits.inbound_bytes > 0 && d.limits.sends_per_second > 0.0, "{}", d.id);
        let named = |name: &str| d.fields.iter().any(|f| f.name == name);
        assert!(d.read_only_field.is_empty() || named(d.read_only_field), "{}: read_only_field", d.id);
        if let Some(oauth) = d.oauth {
            assert!(
                named(oauth.client_id_field) && named(oauth.client_secret_field) && oauth.fills.iter().all(|f| named(f)),
                "{}: oauth",
                d.id
            );
        }
        assert_eq!(d.capabilities.templates, channel.templates().is_some(), "{}: templates", d.id);
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
            let delivery = deliver(&account, &name, body);
            let verified = prove(*channel, &account, delivery, NOW).unwrap_or_else(|r| panic!("{name}: {r:?}"));
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
        let genuine = channel.simulator().unwrap().delivery(&account, &said(*channel), NOW);
        assert!(prove(*channel, &account, genuine.clone(), NOW).is_ok(), "{id}: {:?}", prove(*channel, &account, genuine.clone(), NOW));
        let bare = RawDelivery { headers: Vec::new(), path: "/".into(), method: "POST".into(), ..genuine.clone() };
        assert!(prove(*channel, &account, bare, NOW).is_err(), "{id}: bare POST");
        let forgeries = (cases::of(id).forgeries)(&account, &genuine);
        assert!(!forgeries.is_empty(), "{id}: say how its deliveries are forged");
        for f in forgeries {
            let code = prove(*channel, &account, f.raw, f.now).expect_err(f.what).code;
            assert_eq!(code, f.code, "{id}: {}", f.what);
        }
    }
}

#[test]
fn the_simulator_speaks_the_channels_language() {
    for channel in CHANNELS {
        let d = channel.descriptor();
        let account = account(*channel);
        let say = said(*channel);
        let simulator = channel.simulator().unwrap();
        let verified = prove(*channel, &account, simulator.delivery(&account, &say, NOW), NOW).unwrap();
        let parsed = channel.parse(&account, &verified).unwrap();
        let Some(Inbound::Message(m)) = parsed.iter().find(|i| matches!(i, Inbound::Message(_))) else { panic!("{}: {parsed:?}", d.id) };
        assert_eq!(m.text, "Where is my order?", "{}", d.id);
        assert_eq!(m.sender.handle.value, say.from, "{}", d.id);
        assert!(!m.automatic && !m.echo && !m.external_id.is_empty(), "{}", d.id);
        if d.capabilities.continuous {
            assert!(m.thread.key.is_some(), "{}: a continuous channel names its thread", d.id);
        }
        // What cannot be played is ignored, never an error of ours.
        for doing in [Doing::React, Doing::Edit, Doing::Delete, Doing::Read] {
            let say =
                Simulated { doing, answers: Some(m.external_id.clone()), text: "👍".into(), external_id: "said-2".into(), ..say.clone() };
            let raw = simulator.delivery(&account, &say, NOW);
            if let Ok(verified) = prove(*channel, &account, raw, NOW) {
                assert!(channel.parse(&account, &verified).is_ok(), "{}: {:?}", d.id, say.doing);
            }
        }
    }
}

/// What we send to the provider as the simulator plays it arrives, its reports come back, and its faults are understood.
#[test]
fn a_reply_goes_out_and_its_states_come_back() {
    for channel in CHANNELS {
        let d = channel.descriptor();
        if !d.fields.iter().any(|f| f.name == "base_url") {
            continue;
        }
        let account = account_with(*channel, serde_json::json!({"base_url": "https://provider.example/sim"}));
        let played = Played::new(*channel, &account);
        let message = outbound_for(*channel);
        let receipt = run(channel.send(edge(&played, &FakeDial::fine()), &account, &message)).unwrap_or_else(|e| panic!("{}: {e:?}", d.id));
        let seen = played.seen.lock().unwrap().clone();
        let [one] = seen.as_slice() else { panic!("{}: the customer saw {seen:?}", d.id) };
        assert!(one.text.contains("It left our house on Friday."), "{}: {one:?}", d.id);
        let external = receipt.external_id.clone().unwrap_or_else(|| message.external_id.clone());
        assert_eq!(one.external_id, external, "{}: the id in the receipt is the one the customer's side knows", d.id);
        let simulator = channel.simulator().unwrap();
        for (can, status) in [
            (d.capabilities.delivery_reports, kernel::message::MessageStatus::Delivered),
            (d.capabilities.read_reports, kernel::message::MessageStatus::Read),
        ] {
            let report = simulator.report(&account, &external, &message.to[0].address, status, NOW + 1_000);
            assert_eq!(can, report.is_some(), "{}: {status} is promised by the descriptor and played by the simulator, or neither", d.id);
            let Some(raw) = report else { continue };
            let verified = prove(*channel, &account, raw, NOW + 1_000).unwrap_or_else(|r| panic!("{}: {r:?}", d.id));
            let parsed = channel.parse(&account, &verified).unwrap();
            assert!(
                parsed.iter().any(|i| match i {
                    Inbound::Status(r) => r.status == status && (r.external_id == external || r.message_id.as_deref() == Some("msg_1")),
                    Inbound::UpTo { status: s, at, .. } => *s == status && *at >= NOW,
                    _ => false,
                }),
                "{}: {parsed:?}",
                d.id
            );
        }
        for fault in [Fault::RateLimit, Fault::Outage, Fault::ExpiredToken] {
            let played = Played { fault: Some(fault), ..Played::new(*channel, &account) };
            let result = run(channel.send(edge(&played, &FakeDial::fine()), &account, &message));
            let right = match fault {
                Fault::RateLimit | Fault::Outage => matches!(result, Err(SendError::Retry { .. })),
                Fault::ExpiredToken => matches!(result, Err(SendError::Account { .. })),
            };
            assert!(right, "{}: {fault:?} became {result:?}", d.id);
        }
        if d.capabilities.attachments {
            let picture = OutboundFile {
                name: "box.png".into(),
                content_type: "image/png".into(),
                bytes: vec![0x89, b'P', b'N', b'G'],
                url: "https://inbox.acme.example/files/box.png".into(),
            };
            let message = Outbound { text: String::new(), files: vec![picture], ..outbound_for(*channel) };
            let played = Played::new(*channel, &account);
            run(channel.send(edge(&played, &FakeDial::fine()), &account, &message))
                .unwrap_or_else(|e| panic!("{}: a picture: {e:?}", d.id));
            let seen = played.seen.lock().unwrap().clone();
            assert!(seen.iter().any(|s| !s.files.is_empty()), "{}: no picture arrived: {seen:?}", d.id);
        }
    }
}

#[test]
fn every_answer_of_a_provider_gets_its_verdict() {
    for channel in CHANNELS {
        let id = channel.descriptor().id;
        for (what, told, verdict) in (cases::of(id).answers)() {
            let (answer, dial) = heard(told);
            let result = send(*channel, &account(*channel), &outbound_for(*channel), FakeHttp(answer), dial);
            assert!(verdict.fits(&result), "{id}: {what} is {verdict:?}, not {result:?}");
        }
    }
}

/// The two edges that say this; the other one works.
fn heard(told: cases::Told) -> (Answer, FakeDial) {
    match told {
        cases::Told::Http(answer) => (answer, FakeDial::fine()),
        cases::Told::Smtp(answer) => (http(500, &[], ""), FakeDial::saying(answer)),
    }
}

#[test]
fn health_says_what_to_do() {
    for channel in CHANNELS {
        let id = channel.descriptor().id;
        let case = cases::of(id);
        let fine = account_with(*channel, serde_json::json!({"base_url": "https://provider.example/sim"}));
        let well = if channel.descriptor().fields.iter().any(|f| f.name == "base_url") {
            run(channel.health(edge(&Played::new(*channel, &fine), &FakeDial::fine()), &fine))
        } else {
            health(*channel, &account(*channel), FakeHttp(http(200, &[], "")), FakeDial::fine())
        };
        assert!(matches!(well, Health::Ok { .. }), "{id}: {well:?}");
        for told in (case.ill)() {
            let (answer, dial) = heard(told);
            let ill = health(*channel, &account(*channel), FakeHttp(answer), dial);
            assert!(matches!(&ill, Health::Broken { detail } if !detail.is_empty()), "{id}: {ill:?}");
        }
    }
}

#[test]
fn secrets_show_nowhere() {
    for channel in CHANNELS {
        let account = account(*channel);
        let mut shown = format!("{account:?}");
        for status in [400, 401, 500] {
            let dial = FakeDial::saying(Err(kernel::dial::DialError::Answer { code: 535, text: "no".into() }));
            shown.push_str(&format!("{:?}", send(*channel, &account, &outbound_for(*channel), FakeHttp(http(status, &[], "no")), dial)));
        }
        for error in [kernel::http::HttpError::Connect("x".into()), kernel::http::HttpError::Uncertain("x".into())] {
            shown.push_str(&format!("{:?}", send(*channel, &account, &outbound_for(*channel), FakeHttp(Err(error)), FakeDial::fine())));
        }
        let forged = RawDelivery { method: "POST".into(), body: b"{}".to_vec(), ..Default::default() };
        shown.push_str(&format!("{:?}", channel.verify(&account, Unverified::new(forged), Proof::at(NOW))));
        let dial = FakeDial::saying(Err(kernel::dial::DialError::Connect("x".into())));
        shown.push_str(&format!("{:?}", health(*channel, &account, FakeHttp(http(401, &[], "")), dial)));
        assert!(!shown.contains("TOPSECRET"), "{}: {shown}", channel.descriptor().id);
    }
}

#[test]
fn what_is_special_about_a_channel_holds() {
    assert_eq!(cases::CASES.len(), CHANNELS.len());
    for channel in CHANNELS {
        (cases::of(channel.descriptor().id).more)(*channel);
    }
}
