//! Proofs over raw bytes: HMAC-SHA256 (RFC 2104), compared in constant time, and the timestamped scheme that
//! our own signed requests use in both directions.

use hmac::{Hmac, KeyInit, Mac};
use kernel::channel::{RawDelivery, Reject};
use kernel::time::{MINUTE, Millis};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How far a timestamp may lie from now, either way.
pub const WINDOW_MS: Millis = 5 * MINUTE;
pub const TIMESTAMP_HEADER: &str = "x-switchboard-timestamp";
pub const SIGNATURE_HEADER: &str = "x-switchboard-signature";

/// HMAC-SHA256 over the parts, one after the other. A key of any length is fine.
pub fn mac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // The only error of this constructor is a wrong key length, and HMAC takes every length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Equal, in time that does not depend on where they differ.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Is `given` (hex, either case) the MAC of the parts?
pub fn check_hex(key: &[u8], parts: &[&[u8]], given: &str) -> bool {
    match data_encoding::HEXLOWER_PERMISSIVE.decode(given.trim().as_bytes()) {
        Ok(mac) => equal(&mac, &mac_sha256(key, parts)),
        Err(_) => false,
    }
}

/// Is `given` (standard base64) the MAC of the parts?
pub fn check_base64(key: &[u8], parts: &[&[u8]], given: &str) -> bool {
    match data_encoding::BASE64.decode(given.trim().as_bytes()) {
        Ok(mac) => equal(&mac, &mac_sha256(key, parts)),
        Err(_) => false,
    }
}

/// The two headers that sign `body` at `now`: `sha256=<hex HMAC-SHA256(secret, "{timestamp}.{body}")>`.
pub fn sign_timestamped(secret: &str, body: &[u8], now: Millis) -> [(String, String); 2] {
    let timestamp = now.div_euclid(1000).to_string();
    let mac = mac_sha256(secret.as_bytes(), &[timestamp.as_bytes(), b".", body]);
    let signature = format!("sha256={}", data_encoding::HEXLOWER.encode(&mac));
    [(TIMESTAMP_HEADER.into(), timestamp), (SIGNATURE_HEADER.into(), signature)]
}

/// Checks what [`sign_timestamped`] made, over the raw body, inside the window.
pub fn check_timestamped(secret: &str, raw: &RawDelivery, now: Millis) -> Result<(), Reject> {
    let missing = |name: &str| Reject::new("signature.missing", format!("The header {name} is missing."));
    let timestamp = raw.header(TIMESTAMP_HEADER).ok_or_else(|| missing("X-Switchboard-Timestamp"))?.trim();
    let signature = raw.header(SIGNATURE_HEADER).ok_or_else(|| missing("X-Switchboard-Signature"))?.trim();
    let wrong = || Reject::new("signature.wrong", "The signature does not fit the body, the timestamp and the secret.");
    let hex = signature.strip_prefix("sha256=").ok_or_else(wrong)?;
    if secret.is_empty() || !check_hex(secret.as_bytes(), &[timestamp.as_bytes(), b".", &raw.body], hex) {
        return Err(wrong());
    }
    let at = timestamp.parse::<i64>().ok().and_then(|s| s.checked_mul(1000)).ok_or_else(wrong)?;
    if now.abs_diff(at) > WINDOW_MS.unsigned_abs() {
        return Err(Reject::new("signature.expired", "The timestamp is more than five minutes from now. Check the sender's clock."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 4231, test case 2.
    #[test]
    fn the_mac_is_that_of_the_rfc() {
        let hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(check_hex(b"Jefe", &[b"what do ya want ", b"for nothing?"], hex));
        assert!(check_hex(b"Jefe", &[b"what do ya want for nothing?"], &hex.to_uppercase()));
        assert!(!check_hex(b"Jefe", &[b"what do ya want for nothing!"], hex));
        assert!(!check_hex(b"Jefe", &[b"x"], "zz"));
        assert!(check_base64(b"Jefe", &[b"what do ya want for nothing?"], "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="));
    }

    #[test]
    fn a_signed_request_is_taken_once_in_its_time_and_never_changed() {
        let now = 1_700_000_000_000;
        let body = br#"{"a":1}"#.to_vec();
        let mut raw = RawDelivery { headers: sign_timestamped("s3cret", &body, now).to_vec(), body, ..Default::default() };
        assert_eq!(check_timestamped("s3cret", &raw, now), Ok(()));
        assert_eq!(check_timestamped("s3cret", &raw, now + WINDOW_MS), Ok(()));
        let code = |r: Result<(), Reject>| r.unwrap_err().code;
        assert_eq!(code(check_timestamped("s3cret", &raw, now + WINDOW_MS + 1000)), "signature.expired");
        assert_eq!(code(check_timestamped("s3cret", &raw, now - WINDOW_MS - 1000)), "signature.expired");
        assert_eq!(code(check_timestamped("other", &raw, now)), "signature.wrong");
        assert_eq!(code(check_timestamped("", &raw, now)), "signature.wrong");
        raw.body.push(b' ');
        assert_eq!(code(check_timestamped("s3cret", &raw, now)), "signature.wrong");
        raw.headers.clear();
        assert_eq!(code(check_timestamped("s3cret", &raw, now)), "signature.missing");
    }
}
