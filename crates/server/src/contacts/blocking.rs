//! Blocking: whose messages end in the journal as ignored, before anything is made of them. A person is blocked with all their
//! handles, those they get later too; a single address, number or a whole mail domain can be blocked without a person.

use super::resolve::normalise;
use super::store;
use db::{Row, Tx, params};
use kernel::event::NewEvent;
use kernel::time::{Millis, wire};
use kernel::{Actor, BlockId, ContactId, Error, Ids, Result, id::new_id};
use serde::Serialize;
use serde_json::json;

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Block {
    #[schema(value_type = String)]
    pub id: BlockId,
    /// `email`, `phone`, `email_domain`, or the id of a channel type.
    pub kind: String,
    pub value: String,
    /// Empty for world-wide kinds, the channel's id for a provider's own.
    pub scope: String,
    /// The person it was blocked with.
    #[schema(value_type = Option<String>)]
    pub contact_id: Option<ContactId>,
    pub contact_name: Option<String>,
    pub blocked_by: Option<String>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

const SELECT: &str = "SELECT b.id, b.kind, b.value, b.scope, b.contact_id, c.name, m.name, b.created_at FROM blocks b \
     LEFT JOIN contacts c ON c.id = b.contact_id AND c.deleted_at IS NULL LEFT JOIN members m ON m.id = b.created_by";
fn read(r: &Row<'_>) -> Result<Block> {
    Ok(Block {
        id: r.next()?,
        kind: r.next()?,
        value: r.next()?,
        scope: r.next()?,
        contact_id: r.next()?,
        contact_name: r.next()?,
        blocked_by: r.next()?,
        created_at: r.next()?,
    })
}

/// Last blocked first, after a position.
pub fn list(tx: &mut Tx<'_>, after: Option<(Millis, BlockId)>, limit: i64) -> Result<Vec<Block>> {
    let (at, id) = after.unwrap_or((i64::MAX, BlockId::from_uuid(uuid::Uuid::max())));
    let sql = format!("{SELECT} WHERE (b.created_at, b.id) < ($1, $2) ORDER BY b.created_at DESC, b.id DESC LIMIT $3");
    tx.query(&sql, params![at, id, limit], read)
}

/// Whether what comes from this handle is to be left alone: blocked itself, by its domain, or with the person it belongs to.
pub fn is_blocked(tx: &mut Tx<'_>, kind: &str, scope: &str, value: &str) -> Result<bool> {
    let domain = value.rsplit_once('@').map_or("", |(_, d)| d).to_lowercase();
    let found = tx.opt(
        "SELECT 1 FROM blocks WHERE kind = $1 AND scope = $2 AND value = $3 \
         UNION ALL SELECT 1 FROM blocks WHERE kind = 'email_domain' AND $1 = 'email' AND value = $4 \
         UNION ALL SELECT 1 FROM contact_handles h JOIN contacts c ON c.id = h.owner_id AND c.deleted_at IS NULL AND c.blocked_at IS NOT NULL \
         WHERE h.kind = $1 AND h.scope = $2 AND h.value = $3 AND h.evidence <> 'claimed' LIMIT 1",
        params![kind, scope, value, domain],
        |r| r.get::<i64>(0),
    )?;
    Ok(found.is_some())
}

fn insert(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    actor: &Actor,
    (kind, scope, value): (&str, &str, &str),
    contact: Option<ContactId>,
    now: Millis,
) -> Result<BlockId> {
    let id: BlockId = new_id(ids, now);
    tx.exec(
        "INSERT INTO blocks (id, kind, scope, value, contact_id, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (kind, scope, value) DO UPDATE SET contact_id = COALESCE(blocks.contact_id, excluded.contact_id)",
        params![id, kind, scope, value, contact, actor.member(), now],
    )?;
    tx.one("SELECT id FROM blocks WHERE kind = $1 AND scope = $2 AND value = $3", params![kind, scope, value], |r| r.get(0))
}

/// Blocks a person by all the handles that were proved or entered. Claims are anybody's and stay open.
pub fn block(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, id: ContactId, now: Millis) -> Result<()> {
    let contact = crate::app::found(store::find(tx, id)?, "contact.not_found", "contact")?;
    for h in contact.handles.iter().filter(|h| h.evidence != kernel::message::HandleEvidence::Claimed) {
        insert(tx, ids, actor, (&h.kind, &h.scope, &h.value), Some(id), now)?;
    }
    tx.exec("UPDATE contacts SET blocked_at = COALESCE(blocked_at, $2), updated_at = $2 WHERE id = $1", params![id, now])?;
    tx.emit(NewEvent::new("contact.blocked", actor.label(), now).contact(id));
    Ok(())
}
pub fn unblock(tx: &mut Tx<'_>, actor: &Actor, id: ContactId, now: Millis) -> Result<()> {
    crate::app::found(store::brief(tx, id)?, "contact.not_found", "contact")?;
    // Its handles too, by whatever way each of them came onto the list.
    tx.exec(
        "DELETE FROM blocks WHERE contact_id = $1 OR EXISTS (SELECT 1 FROM contact_handles h WHERE h.owner_id = $1 AND h.kind = blocks.kind \
         AND h.scope = blocks.scope AND h.value = blocks.value AND h.evidence <> 'claimed')",
        params![id],
    )?;
    tx.exec("UPDATE contacts SET blocked_at = NULL, updated_at = $2 WHERE id = $1", params![id, now])?;
    tx.emit(NewEvent::new("contact.unblocked", actor.label(), now).contact(id));
    Ok(())
}

/// Blocks an address, a number or a mail domain. Who owns the handle is blocked as a person.
pub fn block_value(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, kind: &str, value: &str, country: &str, now: Millis) -> Result<Block> {
    let value = match kind {
        "email" | "phone" => normalise(kind, value, country),
        "email_domain" => {
            let domain = value.trim().trim_start_matches('@').to_lowercase();
            let sound = domain.len() <= 253
                && domain.contains('.')
                && domain.chars().all(|c| c.is_alphanumeric() || "-.".contains(c))
                && !domain.contains("..");
            sound.then_some(domain)
        }
        _ => return Err(Error::field("kind", "not_an_option", "Choose one of: email, phone, email_domain.")),
    };
    let value = value.ok_or_else(|| {
        Error::field("value", "invalid", "Write an e-mail address, a phone number with its country code, or a domain such as example.com.")
    })?;
    let owner = if kind == "email_domain" { None } else { store::find_by_handle(tx, "contact", kind, "", &value)? };
    if let Some(owner) = owner {
        block(tx, ids, actor, owner, now)?;
    }
    let id = insert(tx, ids, actor, (kind, "", &value), owner, now)?;
    tx.emit(NewEvent::new("block.created", actor.label(), now).payload(json!({ "block_id": id })));
    tx.one(&format!("{SELECT} WHERE b.id = $1"), params![id], read)
}
/// Takes one entry off; a person's whole block goes with any of its handles.
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, id: BlockId, now: Millis) -> Result<()> {
    let row = tx.opt("SELECT contact_id FROM blocks WHERE id = $1", params![id], |r| r.get::<Option<ContactId>>(0))?;
    let contact = crate::app::found(row, "block.not_found", "entry")?;
    match contact {
        Some(contact) if store::brief(tx, contact)?.is_some() => unblock(tx, actor, contact, now)?,
        _ => {
            tx.exec("DELETE FROM blocks WHERE id = $1", params![id])?;
        }
    }
    tx.emit(NewEvent::new("block.deleted", actor.label(), now).payload(json!({ "block_id": id })));
    Ok(())
}
