//! WhatsApp: Meta's signature, the Cloud API.

mod around;
mod sending;

use super::*;
use crate::fakes::*;
use serde_json::json;

const OK: &str =
    r#"{"messaging_product":"whatsapp","contacts":[{"input":"27825550001","wa_id":"27825550001"}],"messages":[{"id":"wamid.HBgL1"}]}"#;

pub static CASE: Case = Case {
    id: "whatsapp",
    folder: "whatsapp",
    form: || {
        json!({
            "phone_number_id": "106540352242922", "waba_id": "102290129340398", "access_token": "EAATOPSECRET",
            "app_secret": "TOPSECRET-app-secret", "verify_token": "TOPSECRET-verify",
        })
    },
    deliver: |account, _, body| connectors::kit::meta::play::delivery(account, body, NOW),
    keys: || None,
    forgeries: |_, genuine| {
        let mut changed = genuine.clone();
        changed.body.push(b' ');
        let with = |value: Option<&str>| {
            let mut raw = genuine.clone();
            raw.headers.retain(|(n, _)| n != "x-hub-signature-256");
            raw.headers.extend(value.map(|v| ("x-hub-signature-256".to_owned(), v.to_owned())));
            raw
        };
        let right = genuine.header("x-hub-signature-256").unwrap();
        let other = connectors::kit::meta::sign("another", &genuine.body);
        vec![
            Forgery::new("changed", changed, "signature.wrong"),
            Forgery::new("no header", with(None), "signature.missing"),
            Forgery::new("an empty header", with(Some("")), "signature.missing"),
            Forgery::new("another app", with(Some(&other)), "signature.wrong"),
            Forgery::new("without its prefix", with(right.strip_prefix("sha256=")), "signature.wrong"),
            Forgery::new("not hex", with(Some("sha256=zz")), "signature.wrong"),
            Forgery::new("GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
        ]
    },
    answers: || {
        let error = |status, code: i64| {
            let body = json!({"error": {"message": format!("(#{code}) words"), "type": "OAuthException", "code": code, "fbtrace_id": "A"}});
            Told::Http(http(status, &[], &body.to_string()))
        };
        let mut all = common_http(OK, Verdict::Uncertain);
        for code in [0, 190, 3, 10, 200, 299, 131_005, 131_031, 368, 131_042, 131_045, 133_010, 130_497] {
            all.push(("credentials, lock, billing", error(400, code), Verdict::Account));
        }
        for code in [4, 80_007, 130_429, 133_016, 1, 2, 131_000, 131_016, 131_057, 133_004, 131_052] {
            all.push(("limits and outages", error(400, code), Verdict::Retry(None)));
        }
        for code in [
            33, 100, 131_008, 131_009, 131_021, 131_051, 135_000, 131_026, 131_049, 131_053, 130_472, 131_062, 132_000, 132_001, 132_015,
            132_069,
        ] {
            all.push(("never in this form", error(400, code), Verdict::Permanent));
        }
        // The code counts, not the HTTP status.
        all.push(("a window behind a 500", error(500, 131_047), Verdict::Policy("policy.window_closed")));
        all.push(("opted out", error(400, 131_050), Verdict::Policy("policy.opted_out")));
        all.push(("pair limit", error(400, 131_056), Verdict::Retry(Some(6_000))));
        all.push(("spam", error(429, 131_048), Verdict::Retry(Some(3_600_000))));
        let transient = r#"{"error":{"message":"x","code":999999,"is_transient":true}}"#;
        all.push(("unknown and passing", Told::Http(http(400, &[], transient)), Verdict::Retry(None)));
        let wait = r#"{"error":{"message":"x","code":130429}}"#;
        all.push(("a named wait", Told::Http(http(429, &[("Retry-After", "7")], wait)), Verdict::Retry(Some(7_000))));
        all.push(("garbage", Told::Http(http(200, &[], "\u{0}garbage")), Verdict::Sent));
        all
    },
    ill: || {
        let missing = r#"{"error":{"message":"Unsupported get request.","code":100,"error_subcode":33}}"#;
        vec![
            Told::Http(http(401, &[], r#"{"error":{"message":"expired","code":190}}"#)),
            Told::Http(http(400, &[], missing)),
            Told::Http(http(200, &[], r#"{"data":[]}"#)),
            Told::Http(Err(kernel::http::HttpError::Connect("refused".into()))),
        ]
    },
    more,
};

fn body(request: &kernel::http::HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// Sends with these answers; gives the verdict and the requests.
fn sent(
    channel: &dyn Channel,
    message: &Outbound,
    script: Vec<(&'static str, &'static str, Answer)>,
) -> (Receipt, Vec<kernel::http::HttpRequest>) {
    let script = Script::new(script);
    let account = account(channel);
    let receipt = run(channel.send(edge(&script, &FakeDial::fine()), &account, message)).unwrap();
    (receipt, script.done())
}
fn one(channel: &dyn Channel, message: &Outbound) -> Value {
    body(&sent(channel, message, vec![("POST", "https://graph.facebook.com/v23.0/106540352242922/messages", http(200, &[], OK))]).1[0])
}
fn refused(channel: &dyn Channel, message: &Outbound) -> SendError {
    run(channel.send(edge(&Script::new(vec![]), &FakeDial::fine()), &account(channel), message)).unwrap_err()
}
fn file(name: &str, content_type: &str, size: usize) -> OutboundFile {
    OutboundFile { name: name.into(), content_type: content_type.into(), bytes: vec![7; size], url: String::new() }
}

fn more(whatsapp: &'static dyn Channel) {
    super::messenger::callbacks(whatsapp);
    signatures(whatsapp);
    sending::texts(whatsapp);
    sending::files(whatsapp);
    sending::buttons(whatsapp);
    around::templates(whatsapp);
    sending::acts(whatsapp);
    around::fetches(whatsapp);
    around::set_up(whatsapp);
    around::simulated(whatsapp);
}

fn signatures(whatsapp: &dyn Channel) {
    // Computed with openssl; the same construction as whatsapp-api-js 6.3.0. Letters are escaped in the bytes that are signed.
    let signed = r#"{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Ada \u00c9"},"wa_id":"27821234567","user_id":"ZA.13491208655302741918"}],"messages":[{"from":"27821234567","from_user_id":"ZA.13491208655302741918","id":"wamid.TEST1","timestamp":"1700000000","type":"text","text":{"body":"hi"}}]},"field":"messages"}]}]}"#;
    let known = account_with(whatsapp, json!({"app_secret": "meta-app-secret"}));
    let header = "sha256=a147e245f1b1ea478a6699dce40f85d84c83ab2b8feefe4f1c4e0320e3aed031";
    let raw = RawDelivery {
        method: "POST".into(),
        headers: vec![("x-hub-signature-256".into(), header.into())],
        body: signed.as_bytes().to_vec(),
        ..Default::default()
    };
    let verified = whatsapp.verify(&known, Unverified::new(raw.clone()), Proof::at(NOW)).unwrap();
    let Inbound::Message(m) = &whatsapp.parse(&known, &verified).unwrap()[0] else { panic!() };
    assert_eq!(m.sender.name.as_deref(), Some("Ada É"));
    assert_eq!(whatsapp.addressees(&raw), ["106540352242922"]);
    let unset = account_with(whatsapp, json!({"app_secret": ""}));
    assert_eq!(whatsapp.verify(&unset, Unverified::new(raw), Proof::at(NOW)).unwrap_err().code, "signature.unset");

    let account = account(whatsapp);
    let ask = |path: &str, method: &str| {
        let raw = RawDelivery { method: method.into(), path: format!("/api/webhooks/whatsapp/k?{path}"), ..Default::default() };
        whatsapp.challenge(&account, &raw)
    };
    let right = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=TOPSECRET-verify";
    assert_eq!(ask(right, "GET").unwrap().unwrap(), Reply::text("1158201444"));
    assert_eq!(ask("hub.mode=subscribe&hub.challenge=1&hub.verify_token=no", "GET").unwrap().unwrap_err().code, "signature.wrong");
    assert_eq!(
        ask("hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=TOPSECRET-verify", "GET").unwrap().unwrap_err().code,
        "signature.wrong"
    );
    assert!(ask("hub.mode=subscribe&hub.challenge=1", "GET").unwrap().is_err());
    assert!(ask(right, "POST").is_none() && ask("", "GET").is_none());
}
