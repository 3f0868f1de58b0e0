//! Amazon SES: signed notifications of SNS in, the SES API out.

use super::*;
use crate::fakes::*;
use data_encoding::BASE64;
use kernel::message::Address;
use kernel::time::{HOUR, rfc3339};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Map, json};

/// The pair of the simulator, made for tests with openssl.
const CERTIFICATE: &str = include_str!("../../../src/channels/ses/simulator/test-only-sns-certificate.pem");
pub const KEY: &str = include_str!("../../../src/channels/ses/simulator/test-only-sns-key.pem");
/// Signed messages and their certificate, checked with the validator library sns-validator 0.3.5.
const PUBLISHED: &str = include_str!("ses-sns-vectors.json");

pub static CASE: Case = Case {
    id: "ses",
    folder: "ses",
    form: || {
        json!({"address": "support@acme.example", "display_name": "Acme Süd", "region": "eu-west-1", "access_key_id": "AKIDEXAMPLE",
               "secret_access_key": "TOPSECRET-access-key", "topic_arns": ["arn:aws:sns:eu-west-1:123456789012:inbound"],
               "configuration_set": "inbox", "session_token": "TOPSECRET-session"})
    },
    deliver: |_, name, body| {
        let hostile = name == "hostile";
        if hostile && body.starts_with(b"{") {
            // Nobody checks it: signing would only take time.
            return RawDelivery { method: "POST".into(), body, ..RawDelivery::default() };
        }
        if hostile || name.ends_with(".eml") {
            return RawDelivery { method: "FETCHED".into(), path: "/".into(), headers: Vec::new(), body, received_at: NOW, peer: None };
        }
        post(body)
    },
    keys: || Some(CERTIFICATE.as_bytes().to_vec()),
    forgeries: |_, genuine| {
        let change = |name: &str, value: Value| {
            let mut map: Map<String, Value> = serde_json::from_slice(&genuine.body).unwrap();
            map.insert(name.into(), value);
            RawDelivery { body: Value::Object(map).to_string().into_bytes(), ..genuine.clone() }
        };
        let mut raw_delivery = genuine.clone();
        raw_delivery.headers.push(("x-amz-sns-rawdelivery".into(), "true".into()));
        let mut other_kind = genuine.clone();
        other_kind
            .headers
            .iter_mut()
            .filter(|(n, _)| n == "x-amz-sns-message-type")
            .for_each(|(_, v)| *v = "UnsubscribeConfirmation".into());
        let other_topic: RawDelivery = {
            let map: Map<String, Value> = serde_json::from_slice(&genuine.body).unwrap();
            let mut map = map;
            map.insert("TopicArn".into(), "arn:aws:sns:eu-west-1:666666666666:inbound".into());
            post(Value::Object(map).to_string().into_bytes())
        };
        vec![
            Forgery::new("another message", change("Message", "{}".into()), "signature.wrong"),
            Forgery::new("without its subject", change("Subject", Value::Null), "signature.wrong"),
            Forgery::new("no signature", change("Signature", Value::Null), "signature.missing"),
            Forgery::new("a signature of nothing", change("Signature", "AAAA".into()), "signature.wrong"),
            Forgery::new("SHA-1 said, SHA-256 signed", change("SignatureVersion", "1".into()), "signature.wrong"),
            Forgery::new("version 3", change("SignatureVersion", "3".into()), "signature.wrong"),
            Forgery::new("a certificate of theirs", change("SigningCertURL", "https://evil.example/x.pem".into()), "signature.wrong"),
            Forgery::new("somebody else's topic", other_topic, "signature.wrong"),
            Forgery::new("raw delivery", raw_delivery, "signature.missing"),
            Forgery::new("another kind in the header", other_kind, "signature.wrong"),
            Forgery::new("over GET", RawDelivery { method: "GET".into(), ..genuine.clone() }, "transport.wrong"),
            Forgery { now: NOW + 3 * HOUR, ..Forgery::new("replayed", genuine.clone(), "signature.expired") },
        ]
    },
    answers: || {
        let told = |status, kind: &'static str, words: &str| {
            Told::Http(http(status, &[("x-amzn-ErrorType", kind)], &json!({"message": words}).to_string()))
        };
        let mut all = common_http(r#"{"MessageId":"0102018c-000000"}"#, Verdict::Uncertain);
        all.extend([
            ("rejected", told(400, "MessageRejected", "Email address is not verified."), Verdict::Permanent),
            ("a bad request", told(400, "BadRequestException:http://internal.amazon.com/", "x"), Verdict::Permanent),
            ("MAIL FROM", told(400, "MailFromDomainNotVerifiedException", "x"), Verdict::Account),
            ("no such configuration set", told(404, "NotFoundException", "x"), Verdict::Account),
            ("suspended", told(400, "AccountSuspendedException", "x"), Verdict::Account),
            ("paused", told(400, "SendingPausedException", "x"), Verdict::Account),
            ("the day's quota", told(400, "LimitExceededException", "x"), Verdict::Retry(Some(HOUR))),
            ("too fast", told(429, "TooManyRequestsException", "x"), Verdict::Retry(None)),
            ("throttled in XML", Told::Http(http(400, &[], "<Error><Code>Throttling</Code></Error>")), Verdict::Retry(None)),
            ("an unknown key", told(403, "UnrecognizedClientException", "x"), Verdict::Account),
            ("a wrong key", told(403, "InvalidClientTokenId", "x"), Verdict::Account),
            ("a wrong secret", told(403, "SignatureDoesNotMatch", "x"), Verdict::Account),
            ("an old token", told(403, "ExpiredTokenException", "x"), Verdict::Account),
            ("a wrong clock", told(400, "RequestExpired", "x"), Verdict::Account),
            ("not allowed", told(403, "AccessDeniedException", "x"), Verdict::Account),
            ("named in the body", Told::Http(http(400, &[], r#"{"__type":"com.amazon#SendingPausedException"}"#)), Verdict::Account),
            ("without an id", Told::Http(http(200, &[], "{}")), Verdict::Sent),
        ]);
        all
    },
    ill: || {
        vec![
            Told::Http(http(403, &[("x-amzn-ErrorType", "SignatureDoesNotMatch")], "{}")),
            Told::Http(http(200, &[], r#"{"SendingEnabled":false}"#)),
            Told::Http(http(200, &[], r#"{"SendingEnabled":true,"VerifiedForSendingStatus":false}"#)),
        ]
    },
    more,
};

/// As SNS posts it: signed now, version 2.
fn post(body: Vec<u8>) -> RawDelivery {
    let mut headers = vec![("content-type".to_owned(), "text/plain; charset=UTF-8".to_owned())];
    let mut body = body;
    if let Ok(Value::Object(mut map)) = serde_json::from_slice(&body) {
        map.insert("Timestamp".into(), rfc3339(NOW).into());
        let text = |name: &str| map.get(name).and_then(Value::as_str);
        let names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
        let signed: String = names.iter().filter_map(|n| text(n).map(|v| format!("{n}\n{v}\n"))).collect();
        headers.push(("x-amz-sns-message-type".into(), text("Type").unwrap_or_default().to_owned()));
        map.insert("Signature".into(), sign(signed.as_bytes()).into());
        body = Value::Object(map).to_string().into_bytes();
    }
    RawDelivery { method: "POST".into(), path: "/api/webhooks/ses/key".into(), headers, body, received_at: NOW, peer: None }
}

fn sign(text: &[u8]) -> String {
    let (_, pem) = x509_parser::pem::parse_x509_pem(KEY.as_bytes()).unwrap();
    let key = RsaKeyPair::from_pkcs8(&pem.contents).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), text, &mut signature).unwrap();
    BASE64.encode(&signature)
}

fn more(ses: &'static dyn Channel) {
    published_signatures(ses);
    certificates_lie_at_amazon_only(ses);
    a_mail_has_the_shape_of_the_api(ses);
    mail_is_fetched_from_s3(ses);
    topics_are_subscribed_to(ses);

    // One topic may serve several addresses.
    let raw =
        ses.simulator().unwrap().delivery(&account(ses), &Simulated { to: Some("support+tag@acme.example".into()), ..said(ses) }, NOW);
    assert_eq!(ses.addressees(&raw), ["support@acme.example"]);
    let report =
        ses.simulator().unwrap().report(&account(ses), "x@y", "ann@customer.example", kernel::message::MessageStatus::Delivered, NOW);
    assert_eq!(ses.addressees(&report.unwrap()), ["support@acme.example"]);
    let none = account_with(ses, json!({"topic_arns": []}));
    assert_eq!(prove(ses, &none, raw.clone(), NOW).unwrap_err().code, "signature.unset");
    assert_eq!(ses.verify(&account(ses), Unverified::new(raw), Proof::at(NOW)).unwrap_err().code, "signature.unset");
}

fn published_signatures(ses: &dyn Channel) {
    let vectors: Value = serde_json::from_str(PUBLISHED).unwrap();
    let pem = vectors["certificate_pem"].as_str().unwrap().as_bytes();
    let account = account_with(ses, json!({"region": "us-east-1", "topic_arns": ["arn:aws:sns:us-east-1:123456789012:inbound"]}));
    let now = kernel::time::parse_rfc3339("2026-01-13T10:30:30Z").unwrap();
    let messages = vectors["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 5);
    for one in messages {
        let kind = one["message"]["Type"].as_str().unwrap();
        let raw = RawDelivery {
            method: "POST".into(),
            headers: vec![("x-amz-sns-message-type".into(), kind.into())],
            body: one["message"].to_string().into_bytes(),
            ..RawDelivery::default()
        };
        let verified = ses.verify(&account, Unverified::new(raw.clone()), Proof { now, keys: Some(pem) });
        let verified = verified.unwrap_or_else(|r| panic!("{}: {r:?}", one["name"]));
        if kind == "SubscriptionConfirmation" {
            assert!(
                matches!(&ses.parse(&account, &verified).unwrap()[0], Inbound::Visit { url, .. } if *url == one["message"]["SubscribeURL"])
            );
        }
        let tampered = RawDelivery { body: String::from_utf8(raw.body).unwrap().replace("165545c9", "165545c8").into_bytes(), ..raw };
        let refused = ses.verify(&account, Unverified::new(tampered), Proof { now, keys: Some(pem) });
        assert_eq!(refused.unwrap_err().code, "signature.wrong");
    }
}

fn certificates_lie_at_amazon_only(ses: &dyn Channel) {
    let asked = |account: &Account, url: &str| {
        ses.keys_url(account, &RawDelivery { body: json!({"SigningCertURL": url}).to_string().into_bytes(), ..RawDelivery::default() })
    };
    let real = account(ses);
    for good in [
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem",
        "https://sns.us-gov-west-1.amazonaws.com/x.pem",
        "https://sns.cn-north-1.amazonaws.com.cn/x.pem",
    ] {
        assert_eq!(asked(&real, good).as_deref(), Some(good));
    }
    for bad in [
        "http://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
        "https://user@sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com:444/x.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns..amazonaws.com/x.pem",
        "https://sns.a.b.amazonaws.com/x.pem",
        "https://s3.eu-west-1.amazonaws.com/x.pem",
        "https://evil.example\\@sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com/x",
        "https://sns.eu-west-1.amazonaws.com/?x.pem",
        "https://provider.example/sim/x.pem",
        "",
    ] {
        assert_eq!(asked(&real, bad), None, "{bad}");
    }
    let played = account_with(ses, json!({"base_url": "http://127.0.0.1:9100/sim"}));
    assert!(asked(&played, "http://127.0.0.1:9100/sim/x.pem").is_some());
    assert!(asked(&played, "http://127.0.0.1:9101/sim/x.pem").is_none());
}

fn a_mail_has_the_shape_of_the_api(ses: &'static dyn Channel) {
    let files = vec![OutboundFile {
        name: "label.pdf".into(),
        content_type: "application/pdf".into(),
        bytes: b"%PDF-1.7".to_vec(),
        url: String::new(),
    }];
    let cc = vec![Address::bare("bob@customer.example")];
    let bcc = vec![Address::bare("archive@acme.example")];
    let message = Outbound { html: Some("<p>It left.</p>".into()), files, cc, bcc, ..outbound() };
    let script = Script::new(vec![(
        "POST",
        "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails",
        http(200, &[], r#"{"MessageId":"0102018c-000000"}"#),
    )]);
    let receipt = run(ses.send(edge(&script, &FakeDial::fine()), &account(ses), &message)).unwrap();
    assert_eq!(receipt.external_id.as_deref(), Some("0102018c-000000@eu-west-1.amazonses.com"));
    let request = script.done().remove(0);
    let header = |name: &str| request.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap_or_default();
    assert!(header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/ses/aws4_request, SignedHeaders=accept;content-type;host;x-amz-date;x-amz-security-token, Signature="));
    assert_eq!((header("x-amz-date"), header("x-amz-security-token")), ("20261121T070000Z", "TOPSECRET-session"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["FromEmailAddress"], "=?utf-8?B?QWNtZSBTw7xk?= <support@acme.example>");
    assert_eq!(
        body["Destination"],
        json!({"ToAddresses": ["ann@customer.example"], "CcAddresses": ["bob@customer.example"], "BccAddresses": ["archive@acme.example"]})
    );
    assert_eq!(body["ConfigurationSetName"], "inbox");
    assert_eq!(body["EmailTags"], json!([{"Name": "message_id", "Value": "msg_1"}]));
    let mail = String::from_utf8(BASE64.decode(body["Content"]["Raw"]["Data"].as_str().unwrap().as_bytes()).unwrap()).unwrap();
    for part in ["In-Reply-To: <CAF-1@mail.customer.example>", "Reply-To:", "support+", "multipart/mixed", "label.pdf"] {
        assert!(mail.contains(part), "{part} is missing in\n{mail}");
    }
    assert!(!mail.contains("archive@acme.example"), "Bcc is nobody's business");
    // In the first region the host of the ids is another.
    let first = account_with(ses, json!({"region": "us-east-1"}));
    let receipt = send(ses, &first, &outbound(), FakeHttp(http(200, &[], r#"{"MessageId":"0100"}"#)), FakeDial::fine()).unwrap();
    assert_eq!(receipt.external_id.as_deref(), Some("0100@email.amazonses.com"));
    // More than SES takes.
    let to = (0..51).map(|n| Address::bare(format!("p{n}@customer.example"))).collect();
    let many = send(ses, &first, &Outbound { to, ..outbound() }, FakeHttp(http(200, &[], "{}")), FakeDial::fine());
    assert!(matches!(many, Err(SendError::Permanent { detail }) if detail.contains("50 recipients")));
}

fn mail_is_fetched_from_s3(ses: &'static dyn Channel) {
    let account = account(ses);
    let body = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src/channels/ses/fixtures/received-s3.json")).unwrap();
    let verified = prove(ses, &account, post(body), NOW).unwrap();
    let [Inbound::Fetch { reference }] = &ses.parse(&account, &verified).unwrap()[..] else { panic!() };
    let fetch = |account: &Account, answer| {
        let script = Script::new(vec![("GET", "", answer)]);
        let result = run(ses.fetch(edge(&script, &FakeDial::fine()), account, reference));
        (result, script.done().remove(0))
    };
    let mail = "From: ann@customer.example\r\nTo: support@acme.example\r\nMessage-ID: <a@b.example>\r\n\r\nHello\r\n";
    let (fetched, request) = fetch(&account, http(200, &[], mail));
    assert_eq!(request.url, "https://acme-mail.s3.eu-west-1.amazonaws.com/inbound/d6iitobk75ur44p8kdnnp7g2n800");
    assert!(request.headers.iter().any(|(n, v)| n == "authorization" && v.contains("/eu-west-1/s3/aws4_request")));
    assert!(request.headers.iter().any(|(n, _)| n == "x-amz-content-sha256"));
    let raw = RawDelivery { method: "FETCHED".into(), body: fetched.unwrap().bytes, ..verified.raw().clone() };
    let verified = prove(ses, &account, raw, NOW).unwrap();
    let Inbound::Message(message) = &ses.parse(&account, &verified).unwrap()[0] else { panic!() };
    assert_eq!((message.external_id.as_str(), message.text.as_str()), ("a@b.example", "Hello"));
    assert_eq!(message.metadata["ses_message_id"], "d6iitobk75ur44p8kdnnp7g2n800");

    let xml = |kind: &str| format!("<Error><Code>{kind}</Code><Message>m</Message></Error>");
    assert!(matches!(fetch(&account, http(404, &[], &xml("NoSuchKey"))).0, Err(SendError::Retry { after_ms: Some(5_000), .. })));
    assert!(matches!(fetch(&account, http(404, &[], &xml("NoSuchBucket"))).0, Err(SendError::Permanent { .. })));
    assert!(matches!(fetch(&account, http(403, &[], &xml("AccessDenied"))).0, Err(SendError::Account { .. })));
    assert!(matches!(fetch(&account, Err(kernel::http::HttpError::Uncertain("x".into()))).0, Err(SendError::Retry { .. })));
    let played = account_with(ses, json!({"base_url": "https://provider.example/sim"}));
    assert_eq!(fetch(&played, http(200, &[], mail)).1.url, "https://provider.example/sim/acme-mail/inbound/d6iitobk75ur44p8kdnnp7g2n800");
    let elsewhere = run(ses.fetch(edge(&FakeHttp(http(200, &[], "")), &FakeDial::fine()), &played, r#"{"bucket":"a/../b","key":"k"}"#));
    assert!(matches!(elsewhere, Err(SendError::Permanent { .. })));
}

fn topics_are_subscribed_to(ses: &'static dyn Channel) {
    let setup = ses.installer().unwrap();
    let played = account_with(ses, json!({"base_url": "https://provider.example/sim"}));
    let provider = Played::new(ses, &played);
    let list = run(setup.list(edge(&provider, &FakeDial::fine()), &played)).unwrap();
    assert_eq!((list[0].id.as_str(), list[0].name.as_str()), ("support@acme.example", "acme.example"));
    let hook = "https://inbox.acme.example/api/webhooks/ses/key";
    assert!(run(setup.install(edge(&provider, &FakeDial::fine()), &played, hook)).unwrap().contains("one topic"));
    let far = account_with(ses, json!({"topic_arns": ["arn:aws:sns:us-west-2:123456789012:reports"]}));
    let script = Script::new(vec![("POST", "https://sns.us-west-2.amazonaws.com/", http(200, &[], ""))]);
    run(setup.install(edge(&script, &FakeDial::fine()), &far, hook)).unwrap();
    let request = script.done().remove(0);
    let body = String::from_utf8(request.body.clone()).unwrap();
    assert!(
        body.contains("Action=Subscribe") && body.contains("Protocol=https") && body.contains("Endpoint=https%3A%2F%2Finbox.acme.example")
    );
    assert!(request.headers.iter().any(|(n, v)| n == "authorization" && v.contains("/us-west-2/sns/aws4_request")));
    // Whoever signs with another secret is refused by the provider as we play it.
    let wrong = account_with(ses, json!({"base_url": "https://provider.example/sim", "secret_access_key": "other"}));
    let refused = run(ses.send(edge(&provider, &FakeDial::fine()), &wrong, &outbound()));
    assert!(matches!(refused, Err(SendError::Account { .. })));
}
