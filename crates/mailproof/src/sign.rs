//! Our signature below what leaves (RFC 6376): RSA with 2048 bits, which every receiver reads; Ed25519 many still do not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_auth::common::crypto::{RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;
use mail_auth::dkim::generate::DkimKeyPair;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer};

/// What is signed. Those that a mail does not have are signed as missing, so that nobody adds a second From or Subject on the way.
const SIGNED: [&str; 14] = [
    "From",
    "Reply-To",
    "Subject",
    "Date",
    "To",
    "Cc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
    "List-Unsubscribe",
];

/// A new key and what is published of it.
pub struct KeyPair {
    /// PKCS#1, to be sealed.
    pub private: Vec<u8>,
    /// Base64, as it stands in the DNS.
    pub public: String,
}

impl KeyPair {
    /// Takes a moment; not for the runtime's threads.
    pub fn make() -> Result<Self, String> {
        let pair = DkimKeyPair::generate_rsa(2048).map_err(|e| e.to_string())?;
        Ok(Self { private: pair.private_key().to_vec(), public: STANDARD.encode(spki(pair.public_key())) })
    }

    /// The text of the TXT record for such a key.
    pub fn record(public: &str) -> String {
        format!("v=DKIM1; k=rsa; p={public}")
    }
}

/// A key ready to sign for one domain.
pub struct SigningKey {
    private: Vec<u8>,
    domain: String,
    selector: String,
}

impl SigningKey {
    pub fn new(private: Vec<u8>, domain: &str, selector: &str) -> Self {
        Self { private, domain: domain.to_owned(), selector: selector.to_owned() }
    }

    /// The mail with its signature on top.
    pub fn sign(&self, mail: &[u8]) -> Result<Vec<u8>, String> {
        let der = PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(self.private.as_slice()));
        let key = RsaKey::<Sha256>::from_key_der(der).map_err(|e| e.to_string())?;
        let signer = DkimSigner::from_key(key).domain(self.domain.as_str()).selector(self.selector.as_str()).headers(SIGNED);
        let mut out = signer.sign(mail).map_err(|e| e.to_string())?.to_header().into_bytes();
        out.extend_from_slice(mail);
        Ok(out)
    }
}

/// The key out of a record: what follows `p=`, without white space.
pub(crate) fn public_of(record: &str) -> Option<String> {
    let tag = record.split(';').find_map(|tag| {
        let (name, value) = tag.split_once('=')?;
        (name.trim() == "p").then_some(value)
    })?;
    Some(tag.chars().filter(|c| !c.is_whitespace()).collect())
}

/// Records hold the key as SubjectPublicKeyInfo (RFC 6376 §3.6.1, as everybody reads it); made is PKCS#1.
fn spki(pkcs1: &[u8]) -> Vec<u8> {
    // SEQUENCE { rsaEncryption, NULL }
    const ALGORITHM: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let mut bits = vec![0u8];
    bits.extend_from_slice(pkcs1);
    let mut inner = ALGORITHM.to_vec();
    inner.extend(der(0x03, &bits));
    der(0x30, &inner)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..=127 => out.push(length as u8),
        128..=255 => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_read_out_of_a_record_as_people_paste_it() {
        assert_eq!(public_of("v=DKIM1; k=rsa; p=MIIB\" \"AAA").as_deref(), Some("MIIB\"\"AAA"));
        assert_eq!(public_of("v=DKIM1;k=rsa; p = MIIB AAA; t=s").as_deref(), Some("MIIBAAA"));
        assert_eq!(public_of("p=").as_deref(), Some(""));
        assert_eq!(public_of("google-site-verification=x"), None);
    }
}
