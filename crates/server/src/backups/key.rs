//! The master key in a backup: sealed under a passphrase, or not at all.

use ::backups::SealedKey;
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64URL_NOPAD;
use edges::Vault;
use kernel::{Error, Ids, Result, Secret};
use std::path::Path;
use std::sync::Arc;

pub(crate) const MEMORY_KIB: u32 = 65_536;
pub(crate) const PASSES: u32 = 3;

/// A key from a passphrase (Argon2id).
pub(crate) fn stretched(passphrase: &Secret<String>, salt: &[u8], memory_kib: u32, passes: u32) -> Result<[u8; 32]> {
    let wrong = |e: argon2::Error| Error::internal(format!("Argon2: {e}"));
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(wrong)?;
    let mut key = [0u8; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.reveal().as_bytes(), salt, &mut key)
        .map_err(wrong)?;
    Ok(key)
}

pub fn seal(vault: &Vault, passphrase: &Secret<String>, ids: &dyn Ids) -> Result<SealedKey> {
    let mut salt = [0u8; 16];
    ids.random(&mut salt);
    let key = stretched(passphrase, &salt, MEMORY_KIB, PASSES)?;
    let sealed = vault.export_sealed(&key)?;
    Ok(SealedKey { salt: BASE64URL_NOPAD.encode(&salt), memory_kib: MEMORY_KIB, passes: PASSES, sealed: BASE64URL_NOPAD.encode(&sealed) })
}

/// Puts the key of a backup into a data folder.
pub fn unseal(sealed: &SealedKey, passphrase: &Secret<String>, data: &Path, ids: Arc<dyn Ids>) -> Result<Vault> {
    let damaged = || Error::conflict("backup.damaged", "The sealed key of this snapshot is damaged.");
    let bytes = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| damaged());
    // A changed manifest must not make us take all memory there is.
    if sealed.memory_kib > 1 << 20 || sealed.passes > 64 {
        return Err(damaged());
    }
    let key = stretched(passphrase, &bytes(&sealed.salt)?, sealed.memory_kib, sealed.passes)?;
    Vault::import_sealed(data, &bytes(&sealed.sealed)?, &key, ids)
}
