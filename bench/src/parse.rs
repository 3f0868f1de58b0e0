//! What a connector costs: verifying and parsing a typical delivery of each, beside the least that could be done with the same bytes:
//! the primitive of its proof, and its format read into a plain value.
//!
//! The deliveries are the fixtures of the connectors' own folders, signed as the contract test signs them.

use crate::cases;
use crate::fakes::{self, NOW};
use kernel::channel::{Channel, Proof, RawDelivery, Unverified, Verified};
use ring::signature::{self as sig, KeyPair, UnparsedPublicKey};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A channel, and the fixtures that are typical of it.
const TYPICAL: &[(&str, &[&str])] = &[
    ("smtp", &["gmail-reply.eml", "outlook-web-reply.eml"]),
    ("webchat", &["message.json"]),
    ("api", &["message.json"]),
    ("whatsapp", &["text.json", "statuses.json"]),
    ("messenger", &["text.json"]),
    ("instagram", &["text.json"]),
    ("telegram", &["text-links.json"]),
    ("line", &["text.json"]),
    ("viber", &["text.json"]),
    ("twilio", &["sms.form", "status-delivered.form"]),
    ("twilio_whatsapp", &["text.form"]),
    ("ses", &["received-utf8.json", "event-delivery.json"]),
    ("gmail", &["inbox-plain.eml", "push.json"]),
    ("graph", &["inbox-outlook-reply.eml", "notification-created.json"]),
    ("sms_gateway", &["form.form"]),
    ("sendgrid", &["raw-reply.form", "events.json"]),
    ("mailgun", &["raw-reply.form", "event-delivered.json"]),
    ("slack", &["channel.json"]),
    ("respondio", &["text.json"]),
    ("postmark", &["inbound.json", "record-delivery.json"]),
    ("discord", &["dm.json", "interaction-button.json"]),
    ("linkedin", &["inmail.eml"]),
    ("x", &["received.json"]),
    ("phone", &["incoming-answered.json", "twilio-completed.form"]),
    ("form", &["plain.form"]),
];
/// Wanted: verifying and parsing together, in µs.
const WANTED: f64 = 50.0;
/// One turn of a measurement, and how many: the quickest of them counts, since other work on the machine only ever adds to it.
const TURN: Duration = Duration::from_millis(4);
const TURNS: usize = 15;

/// The fixtures of a channel, as the contract's own cases want them.
pub fn fixtures(channel: &dyn Channel) -> Vec<(String, Vec<u8>)> {
    let folder = folder(channel.descriptor().id);
    let list = std::fs::read_dir(folder).expect("fixtures");
    let files = list.map(|f| f.expect("fixture").path()).filter(|p| !p.to_string_lossy().ends_with(".expected.json"));
    files.map(|p| (p.file_name().expect("name").to_string_lossy().into_owned(), std::fs::read(&p).expect("fixture"))).collect()
}

fn folder(id: &str) -> std::path::PathBuf {
    let channels = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/connectors/src/channels");
    std::path::Path::new(channels).join(cases::of(id).folder).join("fixtures")
}

/// µs of one call.
fn cost(mut f: impl FnMut()) -> f64 {
    // How many make a turn, found by doubling; that warms up as well.
    let mut n = 1;
    loop {
        let begun = Instant::now();
        (0..n).for_each(|_| f());
        if begun.elapsed() > TURN / 2 {
            break;
        }
        n *= 2;
    }
    let turns = (0..TURNS).map(|_| {
        let begun = Instant::now();
        (0..n).for_each(|_| f());
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(n)
    });
    turns.fold(f64::MAX, f64::min)
}

/// Proofs that are more than a comparison, by the words of the connectors.
enum Primitive {
    Comparison,
    Hmac,
    Ecdsa,
    Rsa,
    Ed25519,
}
impl Primitive {
    fn of(how: &str, name: &str) -> Self {
        match how {
            "ecdsa" => Self::Ecdsa,
            "google token" | "sns signature" => Self::Rsa,
            "discord-ed25519" => Self::Ed25519,
            "hmac-sha256" | "x-hmac-sha256" | "slack-v0" | "viber-signature" | "line-signature" | "twilio-signature" => Self::Hmac,
            "smtp recipient"
            | "widget session"
            | "polled"
            | "client state"
            | "password"
            | "telegram-secret-token"
            | "discord-gateway"
            | "form"
            | "token" => Self::Comparison,
            other => panic!("{name}: say what kind of proof {other:?} is"),
        }
    }
    fn name(&self) -> &'static str {
        match self {
            Self::Comparison => "comparison",
            Self::Hmac => "HMAC",
            Self::Ecdsa => "ECDSA P-256",
            Self::Rsa => "RSA 2048",
            Self::Ed25519 => "Ed25519",
        }
    }
    /// Checking a signature over these bytes, and nothing else.
    fn floor(&self, body: &[u8]) -> f64 {
        let random = ring::rand::SystemRandom::new();
        match self {
            Self::Comparison => 0.0,
            Self::Hmac => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"a secret of thirty-two bytes or so");
                let tag = ring::hmac::sign(&key, body);
                cost(|| ring::hmac::verify(&key, black_box(body), tag.as_ref()).expect("tag"))
            }
            Self::Ecdsa => {
                let algorithm = &sig::ECDSA_P256_SHA256_ASN1_SIGNING;
                let pkcs8 = sig::EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("key");
                let pair = sig::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).expect("key");
                let signed = pair.sign(&random, body).expect("signature");
                let key = UnparsedPublicKey::new(&sig::ECDSA_P256_SHA256_ASN1, pair.public_key().as_ref());
                cost(|| key.verify(black_box(body), signed.as_ref()).expect("signature"))
            }
            Self::Ed25519 => {
                let pkcs8 = sig::Ed25519KeyPair::generate_pkcs8(&random).expect("key");
                let pair = sig::Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("key");
                let signed = pair.sign(body);
                let key = UnparsedPublicKey::new(&sig::ED25519, pair.public_key().as_ref());
                cost(|| key.verify(black_box(body), signed.as_ref()).expect("signature"))
            }
            Self::Rsa => {
                let pem = include_bytes!("../../crates/connectors/src/channels/ses/simulator/test-only-sns-key.pem");
                let (_, pem) = x509_parser::pem::parse_x509_pem(pem).expect("pem");
                let pair = sig::RsaKeyPair::from_pkcs8(&pem.contents).expect("key");
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(&sig::RSA_PKCS1_SHA256, &random, body, &mut signed).expect("signature");
                let key = UnparsedPublicKey::new(&sig::RSA_PKCS1_2048_8192_SHA256, pair.public().as_ref());
                cost(|| key.verify(black_box(body), &signed).expect("signature"))
            }
        }
    }
}

/// The format of these bytes read by the library that the connectors read it with, into nothing in particular.
fn format_floor(raw: &RawDelivery) -> (&'static str, f64) {
    let body = raw.body.as_slice();
    let kind = raw.header("content-type").unwrap_or_default();
    if serde_json::from_slice::<serde_json::Value>(body).is_ok() {
        return ("JSON", cost(|| drop(black_box(serde_json::from_slice::<serde_json::Value>(black_box(body))))));
    }
    if kind.contains("form-urlencoded") {
        return ("form", cost(|| drop(black_box(form_urlencoded::parse(black_box(body)).into_owned().collect::<Vec<_>>()))));
    }
    ("MIME", cost(|| drop(black_box(mail_parser::MessageParser::default().parse(black_box(body))))))
}

pub fn run(only: Option<&str>) {
    println!("## Parse: one delivery verified and parsed, one core (µs, the quickest of {TURNS} turns)\n");
    println!("| channel | delivery | bytes | proof | verify | parse | both | floor: proof + format | ratio |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut slow = Vec::new();
    for channel in connectors::CHANNELS {
        let id = channel.descriptor().id;
        if only.is_some_and(|only| only != id) {
            continue;
        }
        let (_, names) = TYPICAL.iter().find(|(c, _)| *c == id).unwrap_or_else(|| panic!("say which fixture is typical of {id}"));
        let account = fakes::account(*channel);
        let keys = (cases::of(id).keys)();
        let proof = Proof { now: NOW, keys: keys.as_deref() };
        for name in *names {
            let body = std::fs::read(folder(id).join(name)).unwrap_or_else(|e| panic!("{id}/{name}: {e}"));
            let raw = fakes::deliver(&account, name, body);
            let verified = channel.verify(&account, Unverified::new(raw.clone()), proof).unwrap_or_else(|r| panic!("{id}/{name}: {r:?}"));
            assert!(channel.parse(&account, &verified).is_ok_and(|p| !p.is_empty()), "{id}/{name} says nothing");
            // A verification takes the delivery; the copy for the next one is not its work.
            let copy = cost(|| drop(black_box(raw.clone())));
            let verify = cost(|| drop(black_box(channel.verify(&account, Unverified::new(raw.clone()), proof).expect("genuine")))) - copy;
            let stored = Verified::from_journal(raw.clone());
            let parse = cost(|| drop(black_box(channel.parse(&account, &stored).expect("parsed"))));
            let primitive = Primitive::of(verified.how(), name);
            let (format, read) = format_floor(&raw);
            let (both, floor) = (verify.max(0.0) + parse, primitive.floor(&raw.body) + read);
            println!(
                "| {id} | {name} | {} | {} | {:.1} | {parse:.1} | {both:.1} | {floor:.1} ({format}) | {:.1} |",
                raw.body.len(),
                primitive.name(),
                verify.max(0.0),
                both / floor
            );
            if both > WANTED {
                slow.push(format!("{id}/{name} {both:.0} µs"));
            }
        }
    }
    let told = if slow.is_empty() { "reached by all".to_owned() } else { format!("not reached: {}", slow.join(", ")) };
    println!("\nWanted: at most {WANTED:.0} µs for both ({told}).\n");
}
