//! A customer who writes to a SendGrid address, and SendGrid reporting on our mail.

use super::{SIGNATURE_HEADER, TIMESTAMP_HEADER, provider};
use crate::kit::mail::simulated;
use crate::kit::{message_ids, passwords, signatures::sha256_hex};
use data_encoding::BASE64;
use kernel::channel::{Account, Answered, Doing, Fault, RawDelivery, Simulated, Simulator};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

/// The simulator's own pair of keys, made for tests and public. Whoever wants signed events from it puts this one into the form.
pub const PUBLIC_KEY: &str =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2uyXV3yPYzjZDLbtuJ4hYZoeeEk2SR65+C4jJnbksQ77NLioaWn/yocTy7zSQiOTPwYRyu/5+Yjka2Ax88L/JQ==";
const TEST_ONLY_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCdgJ3/qv/h2A2lubDTa6PEaliWwRRWdHSEfmRpoY/yahRANCAATa7JdXfI9jONkMtu24niFhmh54STZJHrn4LiMmduSxDvs0uKhpaf/KhxPLvNJCI5M/BhHK7/n5iORrYDHzwv8l";

pub struct Customer;

impl Simulator for Customer {
    fn delivery(&self, account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
        match say.doing {
            Doing::Say => mail(account, say, now),
            Doing::Read => {
                post_events(account, &json!([event(account, say.answers.as_deref().unwrap_or_default(), &say.from, "open", now)]), now)
            }
            // Mail knows nothing of these.
            _ => post_events(account, &json!([]), now),
        }
    }

    fn request(&self, account: &Account, say: &Simulated, now: Millis) -> Option<HttpRequest> {
        let delivery = self.delivery(account, say, now);
        let mut request = HttpRequest::new("POST", format!("{}{}", account.public_url, delivery.path)).body(delivery.body);
        request.headers = delivery.headers;
        Some(request)
    }

    fn report(&self, account: &Account, external_id: &str, to: &str, status: MessageStatus, now: Millis) -> Option<RawDelivery> {
        let word = match status {
            MessageStatus::Sent => "processed",
            MessageStatus::Delivered => "delivered",
            MessageStatus::Read => "open",
            MessageStatus::Failed => "bounce",
            _ => return None,
        };
        Some(post_events(account, &json!([event(account, external_id, to, word, now)]), now))
    }

    fn provider(&self, account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
        provider::answer(account, request, serial, now)
    }

    fn fault(&self, fault: Fault) -> HttpResponse {
        provider::fault(fault)
    }
}

fn mail(account: &Account, say: &Simulated, now: Millis) -> RawDelivery {
    let to = simulated::recipient(account, say);
    let raw = simulated::write(account, say, now);
    let boundary = format!("xYzZY{}", &sha256_hex(say.external_id.as_bytes())[..24]);
    let envelope = json!({"to": [to], "from": say.from}).to_string();
    let from = say.from_name.as_ref().map_or_else(|| say.from.clone(), |name| format!("{name} <{}>", say.from));
    let charsets = json!({"to": "UTF-8", "subject": "UTF-8", "from": "UTF-8"}).to_string();
    let subject = say.subject.clone().unwrap_or_default();
    let fields: [(&str, &[u8]); 9] = [
        ("dkim", b"{@customer.example : pass}"),
        ("email", &raw),
        ("to", to.as_bytes()),
        ("from", from.as_bytes()),
        ("sender_ip", b"192.0.2.10"),
        ("envelope", envelope.as_bytes()),
        ("subject", subject.as_bytes()),
        ("charsets", charsets.as_bytes()),
        ("SPF", b"pass"),
    ];
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes());
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    post(account, "parse_key", &format!("multipart/form-data; boundary={boundary}"), body, now)
}

/// An event as SendGrid tells it of mail that [`super::outbound`] sent.
fn event(account: &Account, external_id: &str, to: &str, word: &str, now: Millis) -> Value {
    let mark = sha256_hex(external_id.as_bytes());
    let mut out = json!({
        "email": to,
        "timestamp": now.div_euclid(1_000),
        "event": word,
        "sg_event_id": format!("{}{word}", &mark[..16]),
        "sg_message_id": format!("{}.filter0001.16648.5515E0B88.0", &mark[..22]),
        "smtp-id": format!("<{external_id}>"),
        "account_id": account.identifier,
        "external_id": external_id,
    });
    if let Some((message, _)) = message_ids::read_own(external_id) {
        out["message_id"] = message.to_string().into();
    }
    match word {
        "delivered" => out["response"] = "250 2.0.0 OK".into(),
        "open" => out["sg_machine_open"] = false.into(),
        "bounce" => {
            out["type"] = "bounce".into();
            out["status"] = "5.1.1".into();
            out["bounce_classification"] = "Invalid Address".into();
            out["reason"] = "550 5.1.1 The email account that you tried to reach does not exist.".into();
        }
        _ => {}
    }
    out
}

fn post_events(account: &Account, events: &Value, now: Millis) -> RawDelivery {
    post(account, "event_key", "application/json", format!("{events}\r\n").into_bytes(), now)
}

/// Signed where the form has a key for it, else with the password.
fn post(account: &Account, key_field: &str, content_type: &str, body: Vec<u8>, now: Millis) -> RawDelivery {
    let mut headers = vec![("content-type".to_owned(), content_type.to_owned())];
    if account.settings.text(key_field).is_some() {
        headers.extend(sign(&body, now));
    }
    if let Some(password) = account.settings.text("webhook_password") {
        headers.push(passwords::header(password));
    }
    RawDelivery { method: "POST".into(), path: "/api/webhooks/email/sendgrid".into(), headers, body, received_at: now, peer: None }
}

/// The two headers by which SendGrid signs, with the simulator's key.
pub fn sign(body: &[u8], now: Millis) -> [(String, String); 2] {
    let timestamp = now.div_euclid(1_000).to_string();
    let random = ring::rand::SystemRandom::new();
    let key = BASE64.decode(TEST_ONLY_KEY.as_bytes()).ok();
    let pair = key.and_then(|der| EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der, &random).ok());
    let signature = pair.and_then(|pair| pair.sign(&random, &[timestamp.as_bytes(), body].concat()).ok());
    let signature = signature.map(|s| BASE64.encode(s.as_ref())).unwrap_or_default();
    [(SIGNATURE_HEADER.into(), signature), (TIMESTAMP_HEADER.into(), timestamp)]
}
