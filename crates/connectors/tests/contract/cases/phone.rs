//! Phone calls: records that a telephone system signs, lists, and Twilio's webhooks for calls.

use super::*;
use crate::fakes::*;
use connectors::kit::twilio::{play, proof};
use kernel::time::MINUTE;
use serde_json::json;

pub static CASE: Case = Case {
    id: "phone",
    folder: "phone",
    form: || {
        json!({
            "number": "+27105550001", "secret": "TOPSECRET-secret", "country_code": "27", "time_zone": "Africa/Johannesburg",
            "account_sid": "AC22222222222222222222222222222222", "auth_token": "TOPSECRET-token",
        })
    },
    deliver,
    keys: || None,
    forgeries: |account, genuine| {
        let mut changed = genuine.clone();
        changed.body.push(b' ');
        let twilio = deliver(account, "x.form", b"CallSid=CA1".to_vec());
        let mut other = twilio.clone();
        other.body = b"CallSid=CA2".to_vec();
        let mut unsigned = twilio.clone();
        unsigned.headers.retain(|(n, _)| n != proof::HEADER);
        let mut elsewhere = twilio.clone();
        elsewhere.path.push_str("?step=recorded");
        vec![
            Forgery::new("changed", changed, "signature.wrong"),
            Forgery { now: NOW + 6 * MINUTE, ..Forgery::new("replayed", genuine.clone(), "signature.expired") },
            Forgery::new("another form", other, "signature.wrong"),
            Forgery::new("another address", elsewhere, "signature.wrong"),
            Forgery::new("a form without a signature", unsigned, "signature.missing"),
            Forgery::new("asked for", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
        ]
    },
    answers: || vec![("nobody is asked", Told::Http(http(200, &[], "")), Verdict::Permanent)],
    ill: Vec::new,
    more,
};

fn deliver(account: &Account, name: &str, body: Vec<u8>) -> RawDelivery {
    let form = name.ends_with(".form") || (name == "hostile" && body.starts_with(b"CallSid"));
    if form {
        let query = if name.contains("recorded") {
            "?step=recorded"
        } else if name.contains("dialled") {
            "?step=dialled"
        } else if name.contains("recording-from") {
            "?from=%2B27825550001&to=%2B27105550001"
        } else {
            ""
        };
        return play::signed(account, format!("/api/webhooks/phone/key1{query}"), body, NOW);
    }
    let list = name.ends_with(".csv") || (name == "hostile" && !body.starts_with(b"{") && !body.starts_with(b"["));
    let secret = account.settings.secret("secret").unwrap();
    let mut headers = connectors::kit::signatures::sign_timestamped(secret.reveal(), &body, NOW).to_vec();
    headers.push(("content-type".into(), if list { "text/csv; charset=utf-8" } else { "application/json" }.into()));
    RawDelivery { method: "POST".into(), path: "/api/webhooks/phone/key1".into(), headers, body, received_at: NOW, peer: None }
}

fn more(phone: &'static dyn Channel) {
    proofs(phone);
    what_a_call_is_told(phone);
    recordings(phone);
    threads(phone);

    let words = |address: &str| {
        let message = Outbound { to: vec![kernel::message::Address::bare(address)], ..outbound_for(phone) };
        match send(phone, &account(phone), &message, FakeHttp(http(200, &[], "")), FakeDial::fine()) {
            Err(SendError::Permanent { detail }) => detail,
            other => panic!("{other:?}"),
        }
    };
    assert!(words("+27825550001").contains("tel:+27825550001"));
    assert!(!words("unknown:c-1").contains("tel:"));

    let well = |changes: Value| health(phone, &account_with(phone, changes), FakeHttp(http(200, &[], "")), FakeDial::fine());
    assert!(matches!(well(json!({})), Health::Ok { detail } if detail.contains("+27105550001") && detail.contains("Twilio")));
    for ill in [
        json!({"number": "office"}),
        json!({"country_code": "ZA"}),
        json!({"time_zone": "Cape Town"}),
        json!({"forward_to": "zoe"}),
        json!({"secret": "", "auth_token": ""}),
        json!({"fetch_recordings": true, "account_sid": ""}),
    ] {
        assert!(matches!(well(ill.clone()), Health::Broken { detail } if detail.len() > 20), "{ill}");
    }
}

fn proofs(phone: &dyn Channel) {
    // The provider's published example.
    let account_there = Account { public_url: "https://mycompany.com".into(), ..account_with(phone, json!({"auth_token": "12345"})) };
    let raw = RawDelivery {
        method: "POST".into(),
        path: "/myapp.php?foo=1&bar=2".into(),
        headers: vec![(proof::HEADER.into(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=".into())],
        body: b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212".to_vec(),
        ..Default::default()
    };
    assert!(prove(phone, &account_there, raw.clone(), NOW).is_ok());
    // The signing secret opens nothing that Twilio signs, and the other way round.
    let no_token = account_with(phone, json!({"auth_token": ""}));
    assert_eq!(
        prove(phone, &no_token, deliver(&account(phone), "x.form", b"CallSid=CA1".to_vec()), NOW).unwrap_err().code,
        "signature.unset"
    );
    let no_secret = account_with(phone, json!({"secret": ""}));
    assert_eq!(prove(phone, &no_secret, deliver(&account(phone), "x.json", b"{}".to_vec()), NOW).unwrap_err().code, "signature.unset");
    let both = deliver(&account(phone), "x.form", b"From=%2B27825550001&To=%2B27105550001".to_vec());
    assert_eq!(phone.addressees(&both), ["+27105550001", "+27825550001"]);
    assert!(phone.addressees(&deliver(&account(phone), "x.json", b"{}".to_vec())).is_empty());
}

/// What is answered, when the number's own voice address leads here.
fn what_a_call_is_told(phone: &dyn Channel) {
    const BEGINS: &str = "CallSid=CA1&Direction=inbound&CallStatus=ringing&From=%2B27825550001&To=%2B27105550001";
    let told = |changes: Value, name: &str, body: &str| {
        let account = account_with(phone, changes);
        let raw = deliver(&account, name, body.as_bytes().to_vec());
        let reply = phone.acknowledge(&account, &raw).unwrap();
        assert_eq!(reply.content_type, "text/xml");
        String::from_utf8(reply.body).unwrap()
    };
    let both = json!({"forward_to": "+27215550001", "greeting": "Tom & Zoë are <out>."});
    assert!(told(json!({}), "x.form", BEGINS).ends_with("<Response/>"));
    assert_eq!(
        told(both.clone(), "x.form", BEGINS),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Dial timeout=\"25\" action=\"https://inbox.acme.example/api/webhooks/phone/key1?step=dialled\">+27215550001</Dial></Response>"
    );
    let missed = told(both.clone(), "dialled.form", &format!("{BEGINS}&DialCallStatus=no-answer"));
    assert!(missed.contains("<Say>Tom &amp; Zoë are &lt;out&gt;.</Say><Record ") && missed.contains("/key1?step=recorded\""), "{missed}");
    assert!(told(both.clone(), "dialled.form", &format!("{BEGINS}&DialCallStatus=completed")).ends_with("<Response/>"));
    assert!(told(both.clone(), "recorded.form", BEGINS).ends_with("<Response/>"));
    assert!(told(both, "x.form", &format!("{BEGINS}&CallbackSource=call-progress-events")).ends_with("<Response/>"));
    assert!(told(json!({"greeting": "Hello"}), "x.form", BEGINS).contains("<Record "));
    let json = deliver(&account(phone), "x.json", b"{}".to_vec());
    assert!(phone.acknowledge(&account(phone), &json).is_none());

    // Where callers only hear a greeting, nobody has answered.
    let greets = account_with(phone, json!({"greeting": "Hello"}));
    let ended = deliver(&greets, "x.form", BEGINS.replace("ringing", "completed&CallDuration=9").into_bytes());
    let parsed = phone.parse(&greets, &Verified::from_journal(ended)).unwrap();
    assert!(matches!(&parsed[..], [Inbound::Message(m)] if m.text == "Missed call" && !m.automatic), "{parsed:?}");
}

fn recordings(phone: &dyn Channel) {
    let kept = account_with(phone, json!({"fetch_recordings": true}));
    let file = |name: &str, body: &str| {
        let raw = deliver(&kept, name, body.as_bytes().to_vec());
        match &phone.parse(&kept, &Verified::from_journal(raw)).unwrap()[..] {
            [Inbound::Message(m)] => {
                assert_eq!(m.content_type, kernel::message::ContentType::Audio);
                m.files[0].clone()
            }
            other => panic!("{other:?}"),
        }
    };
    let open = file("x.json", r#"{"id":"1","from":"+27825550001","seconds":9,"recording_url":"https://pbx.example/r/9.mp3?x=1"}"#);
    assert_eq!((open.name.as_str(), open.content_type.as_str()), ("9.mp3", "audio/mpeg"));
    assert_eq!(open.source, FileSource::Url("https://pbx.example/r/9.mp3?x=1".into()));
    let theirs = file(
        "recorded.form",
        "CallSid=CA1&From=%2B27825550001&To=%2B27105550001&RecordingSid=RE1&RecordingUrl=https%3A%2F%2Fapi.twilio.com%2FRE1",
    );
    let FileSource::Provider(reference) = theirs.source else { panic!("{theirs:?}") };
    let script = Script::new(vec![("GET", "https://api.twilio.com/RE1.mp3", http(200, &[("Content-Type", "audio/mpeg")], "sound"))]);
    let fetched = run(phone.fetch(edge(&script, &FakeDial::fine()), &kept, &reference)).unwrap();
    assert_eq!(fetched.bytes, b"sound");
    assert!(script.done()[0].headers.iter().any(|(n, v)| n == "authorization" && v.starts_with("Basic ")));
}

fn threads(phone: &dyn Channel) {
    let thread = |body: Value| {
        let account = account(phone);
        let raw = deliver(&account, "x.json", body.to_string().into_bytes());
        match &phone.parse(&account, &Verified::from_journal(raw)).unwrap()[..] {
            [Inbound::Message(m), ..] => (m.thread.key.clone().unwrap(), m.sender.handle.value.clone(), m.echo),
            other => panic!("{other:?}"),
        }
    };
    // In and out, however the number is spelled, is one conversation.
    let one = ("+27825550001".to_owned(), "+27825550001".to_owned());
    for (call, echo) in [
        (json!({"id": "1", "direction": "in", "from": "0825550001"}), false),
        (json!({"id": "2", "direction": "out", "from": "201", "to": "27825550001", "seconds": 3}), true),
        (json!({"id": "3", "from": "+27105550001", "to": "0027 82 555-0001", "seconds": 3}), true),
        (json!({"id": "4", "number": "+27825550001"}), false),
    ] {
        assert_eq!(thread(call), (one.0.clone(), one.1.clone(), echo));
    }
    // Callers who hide their number are not one person.
    let hidden = |id: &str| thread(json!({"id": id, "from": "anonymous", "to": "+27105550001"}));
    assert_ne!(hidden("1").0, hidden("2").0);
    assert_ne!(hidden("1").1, hidden("2").1);
}
