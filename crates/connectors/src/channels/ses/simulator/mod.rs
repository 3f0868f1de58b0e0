//! A customer who writes mail, Amazon SNS that brings it, and the SES API that takes ours (`provider`).
//!
//! The key and the certificate in this folder sign simulated deliveries and nothing else. They prove nothing to an account whose
//! API address is Amazon's: the certificate is believed only when it was fetched from there.

mod provider;

use super::sns::{TYPE_HEADER, string_to_sign, text};
use super::{aws, inbound};
use crate::kit::mail::simulated;
use data_encoding::BASE64;
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::{Millis, rfc3339};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

const CERTIFICATE: &str = include_str!("test-only-sns-certificate.pem");
const KEY: &str = include_str!("test-only-sns-key.pem");
pub const CERTIFICATE_PATH: &str = "/SimpleNotificationService-test-only.pem";

static SIGNING: LazyLock<Option<RsaKeyPair>> = LazyLock::new(|| {
    let (_, pem) = x509_parser::pem::parse_x509_pem(KEY.as_bytes()).ok()?;
    RsaKeyPair::from_pkcs8(&pem.contents).ok()
});

pub struct Customer;

impl Simulator for Customer {
    fn settings(&self, unique: u32) -> Vec<(&'static str, String)> {
        vec![
            ("region", "eu-west-1".into()),
            ("access_key_id", format!("AKIASIM{unique}")),
            ("topic_arns", format!("arn:aws:sns:eu-west-1:123456789012:sim{unique}")),
        ]
    }
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        if let (Doing::Read, Some(answers)) = (&say.doing, &say.answers) {
            return event(account, answers, &say.from, "Open", json!({"timestamp": rfc3339(now), "ipAddress": "192.0.2.1"}), now);
        }
        let to = simulated::recipient(account, say);
        let mail = simulated::write(account, say, now);
        let pass = json!({"status": "PASS"});
        let received = json!({
            "notificationType": "Received",
            "mail": {"timestamp": rfc3339(now), "source": say.from, "messageId": format!("simulated{now}"), "destination": [to],
                     "headersTruncated": false, "headers": [], "commonHeaders": {"from": [say.from], "to": [to], "subject": say.subject}},
            "receipt": {"timestamp": rfc3339(now), "processingTimeMillis": 42, "recipients": [to], "spamVerdict": pass,
                        "virusVerdict": pass, "spfVerdict": pass, "dkimVerdict": pass, "dmarcVerdict": pass,
                        "action": {"type": "SNS", "topicArn": topic(account), "encoding": "BASE64"}},
            "content": BASE64.encode(&mail),
        });
        post(account, "Amazon SES Email Receipt Notification", &received, &say.external_id, now)
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}/api/webhooks/ses", account.public_url)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        let at = rfc3339(now);
        let (kind, part) = match status {
            MessageStatus::Sent => ("Send", json!({})),
            MessageStatus::Delivered => (
                "Delivery",
                json!({"timestamp": at, "processingTimeMillis": 620, "recipients": [to], "smtpResponse": "250 2.0.0 OK",
                       "reportingMTA": "a8-50.smtp-out.amazonses.com"}),
            ),
            MessageStatus::Read => ("Open", json!({"timestamp": at, "ipAddress": "192.0.2.1", "userAgent": "Mozilla/5.0"})),
            MessageStatus::Failed => (
                "Bounce",
                json!({"bounceType": "Permanent", "bounceSubType": "NoEmail", "timestamp": at, "feedbackId": format!("simulated-{now}"),
                       "bouncedRecipients": [{"emailAddress": to, "action": "failed", "status": "5.1.1",
                                              "diagnosticCode": "smtp; 550 5.1.1 user unknown"}]}),
            ),
            _ => return None,
        };
        Some(event(account, external_id, to, kind, part, now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        provider::answer(account, request, serial, now)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        match fault {
            Fault::RateLimit => provider::refuse(429, "TooManyRequestsException", "Too Many Requests"),
            Fault::Outage => provider::refuse(503, "ServiceUnavailable", "The service is unavailable."),
            Fault::ExpiredToken => provider::refuse(403, "ExpiredTokenException", "The security token included in the request is expired"),
        }
    }
}

fn topic(account: &Account) -> String {
    account.settings.words("topic_arns").into_iter().next().unwrap_or_default()
}

/// What event publishing says about a message of ours.
fn event(account: &Account, external_id: &str, to: &str, kind: &str, part: Value, now: Millis) -> RawDelivery {
    let id = external_id.split('@').next().unwrap_or_default();
    let mut body = json!({
        "eventType": kind,
        "mail": {"timestamp": rfc3339(now), "source": account.identifier, "messageId": id, "destination": [to], "headersTruncated": false,
                 "headers": [], "tags": {"ses:configuration-set": ["inbox"]}},
    });
    let name = kind.to_lowercase();
    body[name] = part;
    post(account, "Amazon SES Email Event Notification", &body, &format!("{kind}-{id}"), now)
}

/// A notification as SNS posts it, signed with the key in this folder (version 2).
fn post(account: &Account, subject: &str, message: &Value, id: &str, now: Millis) -> RawDelivery {
    let mut map = Map::new();
    let mut put = |name: &str, value: String| map.insert(name.to_owned(), value.into());
    put("Type", "Notification".into());
    put("MessageId", format!("simulated-{id}-{now}"));
    put("TopicArn", topic(account));
    put("Subject", subject.into());
    put("Message", message.to_string());
    put("Timestamp", rfc3339(now));
    put("SignatureVersion", "2".into());
    put("SigningCertURL", certificate_url(account));
    let signed = string_to_sign(&map).unwrap_or_default();
    map.insert("Signature".into(), sign(signed.as_bytes()).into());
    let headers = [
        ("content-type", "text/plain; charset=UTF-8"),
        (TYPE_HEADER, "Notification"),
        ("x-amz-sns-message-id", text(&map, "MessageId")),
        ("user-agent", "Amazon Simple Notification Service Agent"),
    ];
    RawDelivery {
        method: "POST".into(),
        path: "/api/webhooks/ses".into(),
        headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        body: Value::Object(map).to_string().into_bytes(),
        received_at: now,
        peer: None,
    }
}

/// Where the certificate would be fetched.
fn certificate_url(account: &Account) -> String {
    match aws::is_stand_in(account) {
        true => format!("{}{CERTIFICATE_PATH}", aws::base(account)),
        false => format!("https://sns.{}.{}{CERTIFICATE_PATH}", aws::region(account), aws::domain(account)),
    }
}

fn sign(text: &[u8]) -> String {
    let Some(key) = SIGNING.as_ref() else { return String::new() };
    let mut signature = vec![0; key.public().modulus_len()];
    match key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature) {
        Ok(()) => BASE64.encode(&signature),
        Err(_) => String::new(),
    }
}

/// The host part of the ids that the simulated SES writes.
fn host(account: &Account) -> String {
    inbound::sending_host(account)
}
