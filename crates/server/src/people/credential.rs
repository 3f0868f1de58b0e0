//! Secrets that are handed out: an id to find the row by and 32 bytes to prove it, in one text. Only the SHA-256 of the secret
//! is stored, and it is compared in constant time.

use crate::app::App;
use crate::http::extract::IdempotencyKey;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use kernel::id::{Id, Kind, new_id};
use kernel::{Actor, Error, Result};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

#[derive(Clone, Copy)]
pub(super) struct Credential<K: Kind> {
    pub id: Id<K>,
    secret: [u8; 32],
}

impl<K: Kind> Credential<K> {
    /// A new secret for `id`.
    pub fn random(app: &App, id: Id<K>) -> Self {
        let mut secret = [0u8; 32];
        app.ids.random(&mut secret);
        Self { id, secret }
    }

    /// The secret that belongs to `id` under our master key, for links that can be shown again.
    pub fn derived(app: &App, purpose: &str, id: Id<K>) -> Result<Self> {
        Ok(Self { id, secret: mac(app, purpose, id.as_bytes())? })
    }

    /// New each time, or the same for the same actor and idempotency key, so that a repeat meets the row of the first try.
    pub fn keyed(app: &App, purpose: &str, actor: &Actor, key: Option<&IdempotencyKey>) -> Result<Self> {
        let Some(key) = key else {
            return Ok(Self::random(app, new_id(app.ids.as_ref(), app.now())));
        };
        let about = format!("{}\n{}", actor.label(), key.key);
        let bytes = mac(app, &format!("{purpose} id"), about.as_bytes())?;
        let id = Id::from_slice(&bytes[..16]).map_err(|e| Error::internal(e.to_string()))?;
        Ok(Self { id, secret: mac(app, purpose, about.as_bytes())? })
    }

    /// Lower-case base32 of both parts, 77 characters.
    pub fn text(&self) -> String {
        BASE32_NOPAD.encode(&[&self.id.as_bytes()[..], &self.secret].concat()).to_lowercase()
    }

    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        let (id, secret) = bytes.split_at_checked(16)?;
        Some(Self { id: Id::from_slice(id).ok()?, secret: secret.try_into().ok()? })
    }

    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.secret).to_vec()
    }

    pub fn fits(&self, hash: &[u8]) -> bool {
        same(&self.hash(), hash)
    }
}

/// Equal, in a time that does not depend on where they differ.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// A random text for headers.
pub(super) fn random_text(app: &App) -> String {
    let mut bytes = [0u8; 32];
    app.ids.random(&mut bytes);
    BASE64URL_NOPAD.encode(&bytes)
}

fn mac(app: &App, purpose: &str, about: &[u8]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&app.vault.derive(purpose)).map_err(|e| Error::internal(e.to_string()))?;
    mac.update(about);
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::TokenKind;

    #[test]
    fn the_text_comes_back_and_anything_else_does_not() {
        let id = Id::from_slice(&[7; 16]).unwrap();
        let credential = Credential::<TokenKind> { id, secret: [9; 32] };
        let text = credential.text();
        assert_eq!(text.len(), 77);
        let back = Credential::<TokenKind>::parse(&text).unwrap();
        assert!(back.id == id && back.fits(&credential.hash()));
        assert!(!Credential::<TokenKind> { id, secret: [8; 32] }.fits(&credential.hash()));
        for wrong in ["", "a", &text[1..], &format!("{text}aa"), "ü"] {
            assert!(Credential::<TokenKind>::parse(wrong).is_none(), "{wrong}");
        }
    }
}
