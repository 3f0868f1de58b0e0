//! The verbs: make a key, see whether it is published, take it away.

use super::model::Key;
use super::store;
use crate::app::{App, Sealer, found};
use crate::audit::{self, Act};
use crate::people;
use db::{Lane, Tx};
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{Actor, Error, Result, WorkspaceId};
use mailproof::{KeyPair, Published, SigningKey};
use serde_json::json;
use std::sync::Arc;

/// Nobody sends from more.
const MOST: usize = 200;

pub fn about(domain: &str) -> String {
    format!("dkim {domain}")
}
fn changed(tx: &mut Tx<'_>, actor: &Actor, now: Millis) {
    tx.emit(NewEvent::new("mail_domains.updated", actor.label(), now));
}

/// A new key, sealed; what is published of it stands with it.
pub async fn make(app: &App, workspace: WorkspaceId, domain: &str) -> Result<Key> {
    let pair = tokio::task::spawn_blocking(KeyPair::make).await.map_err(|e| Error::internal(e.to_string()))?;
    let pair = pair.map_err(|e| Error::internal(format!("a signing key could not be made: {e}")))?;
    let info = people::workspace(app, workspace).await?;
    let sealed = Sealer::new(app, &info.data_key)?.seal(&pair.private, &about(domain))?;
    // A name of its own for each key: one that is taken away may still be in caches, and another product may use the domain.
    let selector = format!("sb{}", app.secret_text(4));
    let (public, created_at) = (pair.public, app.now());
    Ok(Key { domain: domain.into(), selector, sealed, public, created_at, checked_at: None, published_at: None, trouble: None })
}

pub fn keep(tx: &mut Tx<'_>, actor: &Actor, key: &Key, now: Millis) -> Result<()> {
    if store::list(tx)?.len() >= MOST {
        return Err(Error::conflict("mail_domain.too_many", format!("There are at most {MOST} domains. Remove one first.")));
    }
    if !store::insert(tx, key)? {
        return Err(Error::conflict("mail_domain.exists", "This domain has a key already. Publish its record, or remove it first."));
    }
    changed(tx, actor, now);
    audit::note(tx, actor, &Act::new("mail_domain.key_made", &key.domain).after(json!({ "record_name": key.record_name() })), now)
}

/// Looks for the record; from when it is there mail is signed, and no longer when it is gone.
pub async fn check(app: &App, actor: &Actor, domain: &str) -> Result<Key> {
    let wanted = domain.to_owned();
    let key = app.db.read(actor.workspace, move |tx| store::find(tx, &wanted)).await?;
    let key = found(key, "mail_domain.not_found", "domain with a key")?;
    let Some(names) = &app.names else {
        return Err(Error::conflict("mail_domain.no_dns", "This installation asks no name server: net.dns is off."));
    };
    let now = app.now();
    let (published_at, trouble) = match names.published(&key.record_name(), &key.public).await {
        Published::Yes => (key.published_at.or(Some(now)), None),
        Published::No(why) => (None, Some(why)),
        // Nothing is known, so nothing changes.
        Published::Unknown(why) => (key.published_at, Some(why)),
    };
    let (actor, kept) = (actor.clone(), key.clone());
    let out = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            store::note_check(tx, &kept, published_at, trouble.as_deref(), now)?;
            changed(tx, &actor, now);
            if kept.published_at.is_some() != published_at.is_some() {
                let action = if published_at.is_some() { "mail_domain.signing_began" } else { "mail_domain.signing_ended" };
                audit::note(tx, &actor, &Act::new(action, &kept.domain), now)?;
            } else {
                actor.trail.note();
            }
            store::find(tx, &kept.domain)
        })
        .await?;
    app.directory.forget_all();
    found(out, "mail_domain.not_found", "domain with a key")
}

pub fn delete(tx: &mut Tx<'_>, actor: &Actor, domain: &str, now: Millis) -> Result<()> {
    if !store::delete(tx, domain)? {
        return Err(Error::not_found("mail_domain.not_found", "There is no such domain with a key."));
    }
    changed(tx, actor, now);
    audit::note(tx, actor, &Act::new("mail_domain.key_removed", domain), now)
}

/// What mail from this address is signed with.
pub async fn key_for(app: &App, workspace: WorkspaceId, address: &str) -> Result<Option<Arc<SigningKey>>> {
    let Some((_, domain)) = address.rsplit_once('@') else { return Ok(None) };
    let domain = domain.to_lowercase();
    let key = app.db.read(workspace, move |tx| store::find(tx, &domain)).await?;
    let Some(key) = key.filter(|k| k.published_at.is_some()) else { return Ok(None) };
    let info = people::workspace(app, workspace).await?;
    let private = Sealer::new(app, &info.data_key)?.open(&key.sealed, &about(&key.domain))?;
    Ok(Some(Arc::new(SigningKey::new(private, &key.domain, &key.selector))))
}
