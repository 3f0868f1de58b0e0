//! What an archive carries only under a passphrase: opened with this installation's key, sealed with one that the passphrase makes, and the
//! other way round where it comes in. One blob, so that nothing of it shows, not even how much there is of each.

use super::format::Sealing;
use super::tar::damaged;
use crate::backups::key::{MEMORY_KIB, PASSES, stretched};
use crate::people::arrivals::{Proofs, about_sso};
use data_encoding::BASE64URL_NOPAD;
use db::{Tx, params};
use edges::DataKey;
use kernel::{ChannelId, Error, Ids, Result, Secret, WebhookId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const ABOUT: &[u8] = b"switchboard workspace archive";

/// Plain, in memory only.
#[derive(Default, Serialize, Deserialize)]
pub struct Secrets {
    pub channels: BTreeMap<ChannelId, Vec<u8>>,
    /// The secret, and the one before that is still good.
    pub webhooks: BTreeMap<WebhookId, (Vec<u8>, Option<Vec<u8>>)>,
    pub mail_domains: BTreeMap<String, Vec<u8>>,
    pub proofs: Proofs,
}

/// Where each sealed thing belongs; it opens nowhere else.
pub fn about_channel(id: ChannelId) -> String {
    id.to_string()
}
pub fn about_webhook(id: WebhookId) -> String {
    crate::webhooks::about(id)
}
pub fn about_domain(domain: &str) -> String {
    crate::mail_domains::about(domain)
}

/// Opens everything that is sealed in a workspace.
pub fn gather(tx: &mut Tx<'_>, key: &DataKey) -> Result<Secrets> {
    let open = |sealed: &[u8], about: &str| key.open(sealed, about.as_bytes()).map(|s| s.reveal().clone());
    let mut out = Secrets::default();
    let channels: Vec<(ChannelId, Vec<u8>)> =
        tx.query("SELECT id, secrets FROM channels ORDER BY id", params![], |r| Ok((r.next()?, r.next()?)))?;
    for (id, sealed) in channels {
        out.channels.insert(id, open(&sealed, &about_channel(id))?);
    }
    let sql = "SELECT id, secret, old_secret FROM webhook_subscriptions ORDER BY id";
    let webhooks: Vec<(WebhookId, Vec<u8>, Option<Vec<u8>>)> = tx.query(sql, params![], |r| Ok((r.next()?, r.next()?, r.next()?)))?;
    for (id, sealed, old) in webhooks {
        let old = old.map(|s| open(&s, &about_webhook(id))).transpose()?;
        out.webhooks.insert(id, (open(&sealed, &about_webhook(id))?, old));
    }
    let domains: Vec<(String, Vec<u8>)> =
        tx.query("SELECT domain, sealed FROM mail_domains ORDER BY domain", params![], |r| Ok((r.next()?, r.next()?)))?;
    for (domain, sealed) in domains {
        let plain = open(&sealed, &about_domain(&domain))?;
        out.mail_domains.insert(domain, plain);
    }
    Ok(out)
}

/// Adds who proves themselves by what; the identity provider's secret is opened.
pub fn with_proofs(mut secrets: Secrets, mut proofs: Proofs, key: &DataKey, workspace: WorkspaceId) -> Result<Secrets> {
    if let Some(sso) = &mut proofs.sso {
        sso.client_secret = key.open(&sso.client_secret, about_sso(workspace).as_bytes())?.reveal().clone();
    }
    secrets.proofs = proofs;
    Ok(secrets)
}

pub fn seal(secrets: &Secrets, passphrase: &Secret<String>, ids: Arc<dyn Ids>) -> Result<(Sealing, Vec<u8>)> {
    let mut salt = [0u8; 16];
    ids.random(&mut salt);
    let key = DataKey::of(stretched(passphrase, &salt, MEMORY_KIB, PASSES)?, ids);
    let plain = serde_json::to_vec(secrets).map_err(|e| Error::internal(e.to_string()))?;
    let sealing = Sealing { salt: BASE64URL_NOPAD.encode(&salt), memory_kib: MEMORY_KIB, passes: PASSES };
    Ok((sealing, key.seal(&plain, ABOUT)?))
}

pub fn unseal(sealing: &Sealing, sealed: &[u8], passphrase: &Secret<String>, ids: Arc<dyn Ids>) -> Result<Secrets> {
    // A made-up archive must not make us take all memory there is.
    if sealing.memory_kib > 1 << 20 || sealing.passes > 64 {
        return Err(damaged("its passphrase would need too much memory"));
    }
    let salt = BASE64URL_NOPAD.decode(sealing.salt.as_bytes()).map_err(damaged)?;
    let key = DataKey::of(stretched(passphrase, &salt, sealing.memory_kib, sealing.passes)?, ids);
    let plain = key
        .open(sealed, ABOUT)
        .map_err(|_| Error::bad_request("archive.passphrase", "This is not the passphrase of this archive. Nothing was taken in."))?;
    serde_json::from_slice(plain.reveal()).map_err(damaged)
}
