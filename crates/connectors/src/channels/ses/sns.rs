//! Deliveries of Amazon SNS: who signed them, and what they carry ("Verifying the signatures of Amazon SNS messages").

use super::aws;
use crate::kit::proofs::{self, RsaHash};
use data_encoding::BASE64;
use kernel::channel::{Account, Proof, RawDelivery, Reject};
use kernel::time::{HOUR, Millis, parse_rfc3339};
use serde_json::{Map, Value};

/// SNS tries for at most an hour; what comes again in that time is known by its id.
const WINDOW_MS: Millis = 2 * HOUR;
/// Of every POST, whatever it carries.
pub const TYPE_HEADER: &str = "x-amz-sns-message-type";

/// The outer JSON; `None` when the body is none.
pub fn read(body: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}
pub fn text<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What the signature covers, in the order of the names; `None` for a kind that SNS does not have.
pub fn string_to_sign(map: &Map<String, Value>) -> Option<String> {
    let names: &[&str] = match text(map, "Type") {
        "Notification" => &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
        "SubscriptionConfirmation" | "UnsubscribeConfirmation" => {
            &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        }
        _ => return None,
    };
    let lines = names.iter().filter_map(|n| map.get(*n).and_then(Value::as_str).map(|v| format!("{n}\n{v}\n")));
    Some(lines.collect())
}

/// Is this an address at Amazon SNS, or at what stands in for it?
pub fn is_sns_url(account: &Account, url: &str) -> bool {
    let Some(host) = authority(url) else { return false };
    if aws::is_stand_in(account) && authority(&aws::base(account)) == Some(host) {
        return true;
    }
    let region = host.strip_prefix("sns.").and_then(|h| h.strip_suffix(".amazonaws.com").or_else(|| h.strip_suffix(".amazonaws.com.cn")));
    url.starts_with("https://") && region.is_some_and(|r| r.len() >= 3 && r.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

/// Host and port; user information is part of it and so fits no host.
fn authority(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    Some(&rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())])
}

/// The certificate the delivery names, if it lies where it may lie.
pub fn certificate_url(account: &Account, map: &Map<String, Value>) -> Option<String> {
    let url = text(map, "SigningCertURL");
    (is_sns_url(account, url) && url.ends_with(".pem") && !url.contains(['?', '#'])).then(|| url.to_owned())
}

pub fn verify(account: &Account, raw: &RawDelivery, proof: Proof<'_>) -> Result<(), Reject> {
    if !raw.method.eq_ignore_ascii_case("POST") {
        return Err(Reject::new("transport.wrong", "Amazon SNS delivers with POST."));
    }
    if raw.header("x-amz-sns-rawdelivery").is_some() {
        return Err(Reject::new(
            "signature.missing",
            "Raw message delivery is on, so that nothing is signed. Switch it off in the SNS subscription.",
        ));
    }
    let kind = proofs::header(raw, TYPE_HEADER)?;
    let map = read(&raw.body).ok_or_else(|| Reject::new("signature.missing", "The body is not a message of Amazon SNS."))?;
    let topics = account.settings.words("topic_arns");
    if topics.is_empty() {
        return Err(proofs::unset("The SNS topic"));
    }
    if text(&map, "Signature").is_empty() {
        return Err(Reject::new("signature.missing", "The message carries no signature."));
    }
    let wrong = |why: &str| Reject::new("signature.wrong", why);
    let certificate = certificate_url(account, &map);
    certificate.ok_or_else(|| wrong("The certificate named in the message does not lie at Amazon SNS."))?;
    let hash = match text(&map, "SignatureVersion") {
        "1" => RsaHash::Sha1,
        "2" => RsaHash::Sha256,
        _ => return Err(wrong("The message has a signature version that does not exist.")),
    };
    let signed = string_to_sign(&map).filter(|_| text(&map, "Type") == kind).ok_or_else(|| wrong("The kind of the message is unknown."))?;
    let signature = BASE64.decode(text(&map, "Signature").as_bytes()).map_err(|_| wrong("The signature is not base64."))?;
    let pem = proof.keys.ok_or_else(|| Reject::new("signature.unset", "The certificate of Amazon SNS could not be fetched."))?;
    if !proofs::rsa_by_certificate(pem, hash, signed.as_bytes(), &signature) {
        return Err(wrong("The signature of Amazon SNS does not fit the message."));
    }
    // A good signature proves some topic of some customer of Amazon's.
    let topic = text(&map, "TopicArn");
    if !topics.iter().any(|t| proofs::same(t.trim(), topic)) {
        return Err(wrong("The message comes from a topic that is not in the channel's settings."));
    }
    let at = parse_rfc3339(text(&map, "Timestamp")).ok_or_else(|| wrong("The message has no time."))?;
    proofs::recent(at, proof.now, WINDOW_MS)
}
