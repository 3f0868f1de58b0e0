//! What the channels of Meta share: the webhook handshake, the signature, the Graph API and its errors.
//!
//! Source: Meta's reference of Graph webhooks, of the WhatsApp Cloud API and of the Messenger Platform.

pub mod asked;
mod attachments;
pub mod callbacks;
mod graph;
pub mod login;
pub mod messaging;
pub mod person;
pub mod play;
pub mod sending;

pub use graph::*;

use super::{forms, proofs, signatures};
use kernel::channel::{Account, RawDelivery, Reject, Reply, Unverified, Verified};
use kernel::time::Millis;

pub const SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// The webhook handshake: `GET ?hub.mode=subscribe&hub.challenge=…&hub.verify_token=…` is answered with the challenge as it came.
/// The token is ours, so that it proves that the administrator pasted it.
pub fn challenge(account: &Account, raw: &RawDelivery) -> Option<Result<Reply, Reject>> {
    if !raw.method.eq_ignore_ascii_case("GET") {
        return None;
    }
    if let Some(page) = callbacks::status(account, raw) {
        return Some(Ok(page));
    }
    let query = forms::query(raw);
    let mode = forms::first(&query, "hub.mode")?;
    let Some(ours) = account.settings.text("verify_token") else { return Some(Err(proofs::unset("The verify token"))) };
    let given = forms::first(&query, "hub.verify_token").unwrap_or_default();
    let challenge = forms::first(&query, "hub.challenge").unwrap_or_default();
    if mode != "subscribe" || challenge.is_empty() || !proofs::same(given, ours) {
        let words = "The verify token does not fit. Copy it from the channel's settings into the webhook's settings at Meta.";
        return Some(Err(Reject::new("signature.wrong", words)));
    }
    Some(Ok(Reply::text(challenge)))
}

/// Proves an event by its signature, or a callback (the app was removed, data are to be deleted) by its own.
pub fn verify(account: &Account, delivery: Unverified, now: Millis) -> Result<Verified, Reject> {
    if callbacks::is_one(delivery.raw()) {
        callbacks::check(account, delivery.raw(), now)?;
        return Ok(delivery.accept("signed-request"));
    }
    check_signature(account, delivery.raw())?;
    Ok(delivery.accept("hmac-sha256"))
}

/// `X-Hub-Signature-256: sha256=<hex HMAC-SHA256(app secret, raw body)>` on a POST. Meta escapes letters beyond ASCII in the bytes it
/// signs, so that only the raw body will do.
pub fn check_signature(account: &Account, raw: &RawDelivery) -> Result<(), Reject> {
    if !raw.method.eq_ignore_ascii_case("POST") {
        return Err(Reject::new("transport.wrong", "Events come with POST."));
    }
    let Some(secret) = account.settings.secret("app_secret") else { return Err(proofs::unset("The app secret")) };
    let given = proofs::header(raw, SIGNATURE_HEADER)?;
    let hex = given.strip_prefix("sha256=").ok_or_else(proofs::wrong)?;
    if signatures::check_hex(secret.reveal().as_bytes(), &[&raw.body], hex) { Ok(()) } else { Err(proofs::wrong()) }
}

/// The value of the signature header for this body.
pub fn sign(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", data_encoding::HEXLOWER.encode(&signatures::mac_sha256(app_secret.as_bytes(), &[body])))
}

/// `appsecret_proof`: hex HMAC-SHA256(app secret, access token). Proves that a call with the token is the app's own.
pub fn appsecret_proof(app_secret: &str, token: &str) -> String {
    data_encoding::HEXLOWER.encode(&signatures::mac_sha256(app_secret.as_bytes(), &[token.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Computed with openssl; the same construction as whatsapp-api-js 6.3.0.
    #[test]
    fn the_proof_of_a_token_is_the_known_one() {
        let known = "e2a1d81d1297cc27ef899063c396018fcebf35297396d5da7009a921f9c18726";
        assert_eq!(appsecret_proof("meta-app-secret", "EAAtoken"), known);
    }
}
