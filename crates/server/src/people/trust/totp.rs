//! Time-based one-time passwords (RFC 6238 over RFC 4226): six digits, thirty seconds, SHA-1, as every authenticator app has them.

use connectors::kit::proofs::mac_sha1;
use data_encoding::BASE32_NOPAD;
use kernel::time::{Millis, SECOND};

pub const STEP: Millis = 30 * SECOND;
/// Bytes of a secret (RFC 4226 §4 asks for 16 at least).
pub const SECRET: usize = 20;

pub fn step_at(now: Millis) -> i64 {
    now.div_euclid(STEP)
}

/// The code of a step.
pub fn code(secret: &[u8], step: i64) -> String {
    let mac = mac_sha1(secret, &[&step.to_be_bytes()]);
    let offset = usize::from(mac.last().copied().unwrap_or(0) & 15);
    let word = mac.get(offset..offset + 4).and_then(|b| <[u8; 4]>::try_from(b).ok()).map_or(0, u32::from_be_bytes);
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// The step of this code, if it is of now, a little before or a little after, and later than the last one used.
pub fn matching_step(secret: &[u8], given: &str, now: Millis, last_used: i64) -> Option<i64> {
    let given: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let here = step_at(now);
    [here, here - 1, here + 1]
        .into_iter()
        .filter(|s| *s > last_used)
        .find(|s| connectors::kit::signatures::equal(code(secret, *s).as_bytes(), given.as_bytes()))
}

/// As people type it where they cannot scan: groups of four.
pub fn written(secret: &[u8]) -> String {
    let text = BASE32_NOPAD.encode(secret);
    text.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join(" ")
}

/// What the picture says.
pub fn uri(secret: &[u8], issuer: &str, account: &str) -> String {
    let encode = connectors::kit::calls::encode;
    format!("otpauth://totp/{}:{}?secret={}&issuer={}", encode(issuer), encode(account), BASE32_NOPAD.encode(secret), encode(issuer))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, of which six digits.
    #[test]
    fn the_published_examples() {
        let secret = b"12345678901234567890";
        for (seconds, expected) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code(secret, step_at(seconds * SECOND)), expected, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_once_and_near_its_time_only() {
        let secret = b"12345678901234567890";
        let now = 1_000 * STEP + 1;
        let own = code(secret, 1_000);
        assert_eq!(matching_step(secret, &format!("{} {}", &own[..3], &own[3..]), now, 0), Some(1_000));
        assert_eq!(matching_step(secret, &own, now, 1_000), None, "used");
        assert_eq!(matching_step(secret, &own, now + STEP, 0), Some(1_000), "a slow hand");
        assert_eq!(matching_step(secret, &own, now + 2 * STEP, 0), None);
        assert_eq!(matching_step(secret, "", now, 0), None);
    }

    #[test]
    fn the_address_names_whose_it_is() {
        let text = uri(&[0; SECRET], "The Desk", "ana@example.com");
        assert!(text.starts_with("otpauth://totp/The%20Desk:ana%40example.com?secret=AAAA"), "{text}");
        assert_eq!(written(&[0; SECRET]), "AAAA AAAA AAAA AAAA AAAA AAAA AAAA AAAA");
    }
}
