//! Web Push: a message that only one browser can read (RFC 8291, RFC 8188), and the token by which a push service knows us (RFC 8292).

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Error, Ids, Result};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{PublicKey, SecretKey};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// One record holds everything: 4,096 bytes less header, tag and delimiter.
pub const MOST_BYTES: usize = 3_900;
const RECORD_BYTES: u32 = 4_096;

/// What a browser gives with its subscription, as it writes it: base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BrowserKeys {
    /// Its public key.
    pub p256dh: String,
    /// The secret that it shares with us.
    pub auth: String,
}
/// The same, understood.
pub struct Reader {
    key: PublicKey,
    auth: Vec<u8>,
}
impl BrowserKeys {
    pub fn reader(&self) -> Option<Reader> {
        let bytes = |text: &str| BASE64URL_NOPAD.decode(text.trim().trim_end_matches('=').as_bytes()).ok();
        let auth = bytes(&self.auth).filter(|a| a.len() == 16)?;
        let key = PublicKey::from_sec1_bytes(&bytes(&self.p256dh)?).ok()?;
        Some(Reader { key, auth })
    }
}

/// A new private key.
pub fn new_key(ids: &dyn Ids) -> SecretKey {
    loop {
        let mut bytes = [0u8; 32];
        ids.random(&mut bytes);
        // All but one in 2^32 are keys.
        if let Ok(key) = SecretKey::from_slice(&bytes) {
            return key;
        }
    }
}
pub fn public_bytes(key: &SecretKey) -> Vec<u8> {
    key.public_key().to_encoded_point(false).as_bytes().to_vec()
}

/// The body of a push, with the header of `aes128gcm` before it.
pub fn encrypt(reader: &Reader, plain: &[u8], ids: &dyn Ids) -> Result<Vec<u8>> {
    let mut salt = [0u8; 16];
    ids.random(&mut salt);
    encrypt_with(reader, plain, &new_key(ids), salt)
}

fn encrypt_with(reader: &Reader, plain: &[u8], ours: &SecretKey, salt: [u8; 16]) -> Result<Vec<u8>> {
    if plain.len() > MOST_BYTES {
        return Err(Error::internal("a push is too long"));
    }
    let their_point = reader.key.to_encoded_point(false);
    let our_point = public_bytes(ours);
    let shared = p256::ecdh::diffie_hellman(ours.to_nonzero_scalar(), reader.key.as_affine());
    // RFC 8291 §3.4, step by step.
    let key = mac(&reader.auth, &[shared.raw_secret_bytes()])?;
    let material = mac(&key, &[b"WebPush: info\0", their_point.as_bytes(), &our_point, &[1]])?;
    let key = mac(&salt, &[&material])?;
    let content = mac(&key, &[b"Content-Encoding: aes128gcm\0", &[1]])?;
    let nonce = mac(&key, &[b"Content-Encoding: nonce\0", &[1]])?;

    let failed = |_| Error::internal("sealing a push failed");
    let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).map_err(failed)?;
    let mut body = plain.to_vec();
    // The last record ends with a two.
    body.push(2);
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content[..16]).map_err(failed)?);
    cipher.seal_in_place_append_tag(nonce, Aad::empty(), &mut body).map_err(failed)?;
    Ok([&salt[..], &RECORD_BYTES.to_be_bytes(), &[our_point.len() as u8], &our_point, &body].concat())
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|e| Error::internal(e.to_string()))?;
    parts.iter().for_each(|part| mac.update(part));
    Ok(mac.finalize().into_bytes().into())
}

/// The `Authorization` header: who pushes, to which service, until when (RFC 8292 §3.1).
pub fn authorization(key: &SecretKey, origin: &str, contact: &str, until_seconds: i64) -> String {
    let part = |value: serde_json::Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let head = part(serde_json::json!({ "typ": "JWT", "alg": "ES256" }));
    let claims = part(serde_json::json!({ "aud": origin, "exp": until_seconds, "sub": contact }));
    let said = format!("{head}.{claims}");
    let signature: Signature = SigningKey::from(key).sign(said.as_bytes());
    let signature = BASE64URL_NOPAD.encode(&signature.to_bytes());
    format!("vapid t={said}.{signature}, k={}", BASE64URL_NOPAD.encode(&public_bytes(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SystemIds;
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
    }

    /// The example of RFC 8291 §5, with the values of its appendix A.
    #[test]
    fn the_example_of_the_standard() {
        let browser = BrowserKeys {
            p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".into(),
            auth: "BTBZMqHH6r4Tts7J_aSIgg".into(),
        };
        let ours = SecretKey::from_slice(&bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
        let public = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
        assert_eq!(BASE64URL_NOPAD.encode(&public_bytes(&ours)), public);
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let body = encrypt_with(&browser.reader().unwrap(), b"When I grow up, I want to be a watermelon", &ours, salt).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_\
                        yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(BASE64URL_NOPAD.encode(&body), expected);
    }

    #[test]
    fn the_token_names_the_service_and_can_be_checked_with_the_key_beside_it() {
        let key = new_key(&SystemIds);
        let header = authorization(&key, "https://push.example.net", "mailto:desk@example.com", 1_453_523_768);
        let rest = header.strip_prefix("vapid t=").unwrap();
        let (token, public) = rest.split_once(", k=").unwrap();
        let (said, signature) = token.rsplit_once('.').unwrap();
        let checking = VerifyingKey::from_sec1_bytes(&bytes(public)).unwrap();
        checking.verify(said.as_bytes(), &Signature::from_slice(&bytes(signature)).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&bytes(said.split_once('.').unwrap().1)).unwrap();
        assert_eq!(
            claims,
            serde_json::json!({ "aud": "https://push.example.net", "exp": 1_453_523_768, "sub": "mailto:desk@example.com" })
        );
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        let good =
            BrowserKeys { p256dh: BASE64URL_NOPAD.encode(&public_bytes(&new_key(&SystemIds))), auth: BASE64URL_NOPAD.encode(&[7; 16]) };
        assert!(good.reader().is_some());
        assert!(BrowserKeys { p256dh: "AAAA".into(), ..good.clone() }.reader().is_none());
        assert!(BrowserKeys { auth: "AAAA".into(), ..good.clone() }.reader().is_none());
        // Not on the curve.
        let mut point = bytes(&good.p256dh);
        point[40] ^= 1;
        assert!(BrowserKeys { p256dh: BASE64URL_NOPAD.encode(&point), ..good }.reader().is_none());
    }
}
