//! Signatures by which providers prove their deliveries, besides our own scheme in `signatures`: HMAC-SHA1, Ed25519, ECDSA P-256, RSA,
//! and the common "HMAC of the body in a header".

use super::signatures::equal;
use kernel::channel::{RawDelivery, Reject};
use kernel::time::Millis;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};

/// HMAC-SHA1 over the parts (RFC 2104); only for providers that sign so.
pub fn mac_sha1(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let mut context = ring::hmac::Context::with_key(&key);
    parts.iter().for_each(|p| context.update(p));
    context.sign().as_ref().to_vec()
}

/// The header a proof needs, or the words that it is missing.
pub fn header<'a>(raw: &'a RawDelivery, name: &str) -> Result<&'a str, Reject> {
    raw.header(name).map(str::trim).filter(|v| !v.is_empty()).ok_or_else(|| missing(name))
}
pub fn missing(name: &str) -> Reject {
    Reject::new("signature.missing", format!("The header {name} is missing."))
}
pub fn wrong() -> Reject {
    Reject::new("signature.wrong", "The signature does not fit. Check that the secret in the channel's settings is the provider's.")
}
/// The account has no secret to check with.
pub fn unset(label: &str) -> Reject {
    Reject::new("signature.unset", format!("{label} is not set in the channel's settings, so that nothing can be proved."))
}
/// Refuses a time further than `window_ms` from now, either way.
pub fn recent(at: Millis, now: Millis, window_ms: Millis) -> Result<(), Reject> {
    if now.abs_diff(at) > window_ms.unsigned_abs() {
        return Err(Reject::new("signature.expired", "The delivery was signed too long ago, or the sender's clock is wrong."));
    }
    Ok(())
}
/// Equal texts, in time that does not depend on where they differ.
pub fn same(a: &str, b: &str) -> bool {
    equal(a.as_bytes(), b.as_bytes())
}

/// Ed25519 (RFC 8032); key and signature in hex.
pub fn ed25519_hex(public_key: &str, message: &[u8], signature: &str) -> bool {
    let hex = |t: &str| data_encoding::HEXLOWER_PERMISSIVE.decode(t.trim().as_bytes()).ok();
    let (Some(key), Some(signature)) = (hex(public_key), hex(signature)) else { return false };
    UnparsedPublicKey::new(&ED25519, key).verify(message, &signature).is_ok()
}

/// ECDSA on P-256 with SHA-256; the key as SubjectPublicKeyInfo (base64 DER), the signature as base64 of its ASN.1.
pub fn ecdsa_p256_base64(public_key: &str, message: &[u8], signature: &str) -> bool {
    let flat: String = public_key.lines().filter(|l| !l.starts_with("-----")).flat_map(|l| l.trim().chars()).collect();
    let (Ok(der), Ok(signature)) =
        (data_encoding::BASE64.decode(flat.as_bytes()), data_encoding::BASE64.decode(signature.trim().as_bytes()))
    else {
        return false;
    };
    // The point is the last 65 bytes of a P-256 SubjectPublicKeyInfo (RFC 5480): 0x04, x, y.
    let Some(point) = der.len().checked_sub(65).map(|at| &der[at..]).filter(|p| p[0] == 4) else { return false };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, &signature).is_ok()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaHash {
    /// Only where the provider still signs so.
    Sha1,
    Sha256,
}

/// RSA PKCS #1 v1.5 by the key of a certificate (PEM).
pub fn rsa_by_certificate(pem: &[u8], hash: RsaHash, message: &[u8], signature: &[u8]) -> bool {
    let Ok((_, pem)) = x509_parser::pem::parse_x509_pem(pem) else { return false };
    let Ok(certificate) = pem.parse_x509() else { return false };
    rsa(&certificate.public_key().subject_public_key.data, hash, message, signature)
}

/// RSA PKCS #1 v1.5 by a key given as modulus and exponent (big-endian), as JSON Web Keys carry it (RFC 7518 §6.3).
pub fn rsa_by_components(n: &[u8], e: &[u8], message: &[u8], signature: &[u8]) -> bool {
    ring::signature::RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
}

fn rsa(key: &[u8], hash: RsaHash, message: &[u8], signature: &[u8]) -> bool {
    let algorithm = match hash {
        RsaHash::Sha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        RsaHash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
    };
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 2202, test case 2.
    #[test]
    fn hmac_sha1_is_that_of_the_rfc() {
        let mac = mac_sha1(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(data_encoding::HEXLOWER.encode(&mac), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }

    #[test]
    fn an_ed25519_signature_is_checked() {
        let key = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
        let signature = "c1098e97d711377f30225d53d94b89d43537f92e5b3afaddc590781b1f9f9d4b2eeab335d370be3b9a090bc61a85b86448bc140dcd195f1569c2bff181257607";
        assert!(ed25519_hex(key, b"1700000000{\"type\":1}", signature));
        assert!(!ed25519_hex(key, b"1700000000{\"type\":1} ", signature));
        assert!(!ed25519_hex("zz", b"", "zz"));
    }
}
