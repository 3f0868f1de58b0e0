//! Secrets at rest. One master key lies beside the data; it wraps a data key for each workspace, and the data keys seal the
//! secrets (XChaCha20-Poly1305). Whoever has the database without `master.key` has nothing.

use crate::durable;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use kernel::{Error, Ids, Result, Secret};
use sha2::Sha256;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

const FILE: &str = "master.key";
const VERSION: u8 = 1;
const NONCE: usize = 24;
const WRAPPED: &[u8] = b"switchboard data key";
const MASTER: &[u8] = b"switchboard master key";

/// The master key. Open it before anything else in the data folder.
#[derive(Clone)]
pub struct Vault(Key);

/// The key of one workspace.
#[derive(Clone)]
pub struct DataKey(Key);

#[derive(Clone)]
struct Key {
    bytes: [u8; 32],
    ids: Arc<dyn Ids>,
}

impl Vault {
    /// Reads `{data}/master.key`, or makes it on the very first start.
    pub fn open_or_create(data: &Path, ids: Arc<dyn Ids>) -> Result<Self> {
        if !data.join(FILE).exists() {
            if let Some(found) = existing_data(data) {
                return Err(unusable(
                    data,
                    &format!(
                        "is missing, although there is data ({found}). Put the exported key back; without it the stored secrets cannot be read"
                    ),
                ));
            }
            let mut bytes = [0u8; 32];
            ids.random(&mut bytes);
            durable::write_secret_durably(&data.join(FILE), &bytes).map_err(|e| unusable(data, &format!("cannot be written: {e}")))?;
        }
        Self::open(data, ids)
    }

    /// Reads `{data}/master.key` and never makes one.
    pub fn open(data: &Path, ids: Arc<dyn Ids>) -> Result<Self> {
        let bytes = fs::read(data.join(FILE)).map_err(|e| unusable(data, &format!("cannot be read: {e}")))?;
        let length = bytes.len();
        let bytes = bytes.try_into().map_err(|_| unusable(data, &format!("is damaged: it has {length} bytes instead of 32")))?;
        Ok(Self(Key { bytes, ids }))
    }

    /// A new data key in the form in which it is stored.
    pub fn new_data_key(&self) -> Result<Vec<u8>> {
        let mut bytes = [0u8; 32];
        self.0.ids.random(&mut bytes);
        self.0.seal(&bytes, WRAPPED)
    }

    /// The data key a workspace stored.
    pub fn unwrap(&self, wrapped: &[u8]) -> Result<DataKey> {
        let wrong = |_| Error::internal("a workspace's key cannot be opened with this master key");
        let bytes = self.0.open(wrapped, WRAPPED).map_err(wrong)?;
        let bytes = bytes.try_into().map_err(|_| Error::internal("a workspace's key has the wrong length"))?;
        Ok(DataKey(Key { bytes, ids: self.0.ids.clone() }))
    }

    /// The same data key under another master key, for changing the master key.
    pub fn rewrap(&self, wrapped: &[u8], next: &Vault) -> Result<Vec<u8>> {
        next.0.seal(&self.unwrap(wrapped)?.0.bytes, WRAPPED)
    }

    /// A key for one purpose (`cookies`, `file links`), always the same for the same master key: HKDF-Expand of RFC 5869.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut input = purpose.as_bytes().to_vec();
        input.push(1);
        mac(&self.0.bytes, &input)
    }

    /// Names the key without betraying it; kept with a database so that a wrong key is noticed at once.
    pub fn fingerprint(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.derive("fingerprint")[..8])
    }

    /// The key as text, for the administrator's safe.
    pub fn export(&self) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(self.0.bytes))
    }

    /// The key sealed under another one, for a backup.
    pub fn export_sealed(&self, under: &[u8; 32]) -> Result<Vec<u8>> {
        Key { bytes: *under, ids: self.0.ids.clone() }.seal(&self.0.bytes, MASTER)
    }

    /// Puts such a key back where there is none.
    pub fn import_sealed(data: &Path, sealed: &[u8], under: &[u8; 32], ids: Arc<dyn Ids>) -> Result<Self> {
        let wrong = |_| Error::bad_request("vault.passphrase", "This is not the passphrase under which the master key was sealed.");
        let bytes = Key { bytes: *under, ids: ids.clone() }.open(sealed, MASTER).map_err(wrong)?;
        Self::import(data, &Secret::new(URL_SAFE_NO_PAD.encode(bytes)), ids)
    }

    /// Puts an exported key back where there is none.
    pub fn import(data: &Path, exported: &Secret<String>, ids: Arc<dyn Ids>) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(exported.reveal().trim()).ok().filter(|b| b.len() == 32);
        let bytes = bytes.ok_or_else(|| Error::bad_request("vault.key", "This is not an exported master key (43 characters)."))?;
        if data.join(FILE).exists() {
            return Err(Error::conflict("vault.key_exists", "There is a master key already; it is not overwritten."));
        }
        durable::write_secret_durably(&data.join(FILE), &bytes).map_err(|e| unusable(data, &format!("cannot be written: {e}")))?;
        Self::open(data, ids)
    }
}

impl DataKey {
    /// A key that came from elsewhere: a passphrase, for what is carried to another installation.
    pub fn of(bytes: [u8; 32], ids: Arc<dyn Ids>) -> Self {
        Self(Key { bytes, ids })
    }
    /// Seals a secret for one place; `aad` names the place (table, row, field) and must be the same when opening.
    pub fn seal(&self, plain: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        self.0.seal(plain, aad)
    }
    pub fn open(&self, sealed: &[u8], aad: &[u8]) -> Result<Secret<Vec<u8>>> {
        self.0.open(sealed, aad).map(Secret::new)
    }
}

impl Key {
    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.bytes.into())
    }
    /// Version, nonce, ciphertext with its tag.
    fn seal(&self, plain: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0u8; NONCE];
        self.ids.random(&mut nonce);
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), Payload { msg: plain, aad });
        let sealed = sealed.map_err(|_| Error::internal("sealing a secret failed"))?;
        Ok([&[VERSION], &nonce[..], &sealed].concat())
    }
    fn open(&self, sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        let wrong = || Error::internal("a stored secret cannot be opened: another key, another place, or changed");
        let (version, rest) = sealed.split_first().ok_or_else(wrong)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().filter(|_| *version == VERSION).ok_or_else(wrong)?;
        self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: body, aad }).map_err(|_| wrong())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}
impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// HMAC-SHA256.
pub(crate) fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // A key shorter than the block is padded with zeros, as RFC 2104 has it.
    let mut block = [0u8; 64];
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn unusable(data: &Path, what: &str) -> Error {
    let path = data.join(FILE);
    Error { kind: kernel::ErrorKind::Internal, code: "vault.key", detail: format!("{} {what}.", path.display()) }
}

/// A database or stored files, which would be lost under a new key.
fn existing_data(data: &Path) -> Option<String> {
    let database = |path: &Path| path.extension().is_some_and(|e| e == "db" || e == "sqlite" || e == "sqlite3");
    for entry in fs::read_dir(data).ok()?.flatten() {
        let path = entry.path();
        let below = || fs::read_dir(&path).into_iter().flatten().flatten().any(|e| database(&e.path()));
        if database(&path) || path.is_dir() && (entry.file_name() == "files" || below()) {
            return Some(path.display().to_string());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SystemIds;

    fn vault() -> (tempfile::TempDir, Vault) {
        let data = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_create(data.path(), Arc::new(SystemIds)).unwrap();
        (data, vault)
    }

    #[test]
    fn a_secret_comes_back_only_with_its_key_and_its_place() {
        let (data, vault) = vault();
        let wrapped = vault.new_data_key().unwrap();
        let key = vault.unwrap(&wrapped).unwrap();
        let sealed = key.seal(b"SG.token", b"channels/1/api_key").unwrap();
        assert!(!sealed.windows(8).any(|w| w == b"SG.token"));
        assert_ne!(sealed, key.seal(b"SG.token", b"channels/1/api_key").unwrap());

        let again = Vault::open_or_create(data.path(), Arc::new(SystemIds)).unwrap().unwrap(&wrapped).unwrap();
        assert_eq!(again.open(&sealed, b"channels/1/api_key").unwrap().reveal(), b"SG.token");
        assert!(again.open(&sealed, b"channels/2/api_key").is_err());
        for i in 0..sealed.len() {
            let mut tampered = sealed.clone();
            tampered[i] ^= 1;
            assert!(key.open(&tampered, b"channels/1/api_key").is_err(), "byte {i}");
        }
        for cut in 0..sealed.len() {
            assert!(key.open(&sealed[..cut], b"channels/1/api_key").is_err());
        }
        let other = vault.unwrap(&vault.new_data_key().unwrap()).unwrap();
        assert!(other.open(&sealed, b"channels/1/api_key").is_err());
    }

    #[test]
    fn another_master_key_opens_nothing_until_keys_are_rewrapped() {
        let ((_a, first), (_b, second)) = (vault(), vault());
        let wrapped = first.new_data_key().unwrap();
        assert!(second.unwrap(&wrapped).is_err());
        let sealed = first.unwrap(&wrapped).unwrap().seal(b"x", b"").unwrap();
        let rewrapped = first.rewrap(&wrapped, &second).unwrap();
        assert_eq!(second.unwrap(&rewrapped).unwrap().open(&sealed, b"").unwrap().reveal(), b"x");
        assert_ne!(first.fingerprint(), second.fingerprint());
        assert_ne!(first.derive("cookies"), first.derive("file links"));
        assert_eq!(first.derive("cookies"), first.derive("cookies"));
    }

    #[test]
    fn a_missing_or_damaged_key_beside_data_stops_the_start() {
        let (data, vault) = vault();
        let exported = vault.export();
        let key = data.path().join(FILE);
        fs::write(&key, b"short").unwrap();
        let error = Vault::open_or_create(data.path(), Arc::new(SystemIds)).unwrap_err();
        assert!(error.detail.contains("5 bytes"), "{error}");
        fs::remove_file(&key).unwrap();
        fs::create_dir(data.path().join("workspaces")).unwrap();
        fs::write(data.path().join("workspaces/a.db"), b"").unwrap();
        let error = Vault::open_or_create(data.path(), Arc::new(SystemIds)).unwrap_err();
        assert!(error.detail.contains("missing"), "{error}");
        assert!(!key.exists());
        let back = Vault::import(data.path(), &exported, Arc::new(SystemIds)).unwrap();
        assert_eq!(back.fingerprint(), vault.fingerprint());
        assert!(Vault::import(data.path(), &exported, Arc::new(SystemIds)).is_err());
    }

    #[test]
    fn nothing_shows_itself() {
        let (_data, vault) = vault();
        let key = vault.unwrap(&vault.new_data_key().unwrap()).unwrap();
        assert_eq!(format!("{vault:?} {key:?} {:?}", vault.export()), "Vault(…) DataKey(…) Secret(…)");
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let (data, _vault) = vault();
        assert_eq!(fs::metadata(data.path().join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
