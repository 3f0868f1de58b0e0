//! Every SQL text about acts on many.

use super::model::{Bulk, BulkState, UNDO_WITHIN};
use db::{Row, Tx, params};
use kernel::time::Millis;
use kernel::{BulkId, ConversationId, Error, MemberId, Result, Role};

const COLUMNS: &str = "id, member_id, token_id, role, act, chosen, state, total, position, changed, restored, created_at, finished_at";

fn read(r: &Row<'_>) -> Result<Bulk> {
    Ok(Bulk {
        id: r.next()?,
        member: r.next()?,
        token: r.next()?,
        role: Role::parse(&r.next::<String>()?).unwrap_or(Role::Agent),
        act: serde_json::from_str(&r.next::<String>()?).map_err(|e| Error::internal(format!("a stored act: {e}")))?,
        chosen: r.next()?,
        state: BulkState::parse(&r.next::<String>()?),
        total: r.next()?,
        position: r.next()?,
        changed: r.next()?,
        restored: r.next()?,
        created_at: r.next()?,
        finished_at: r.next()?,
        done: 0,
        can_undo: false,
    })
}

pub fn insert(tx: &mut Tx<'_>, b: &Bulk) -> Result<()> {
    tx.exec(
        "INSERT INTO bulk_acts (id, member_id, token_id, role, act, chosen, state, total, position, changed, restored, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, $9, $9)",
        params![
            b.id,
            b.member,
            b.token,
            b.role.to_string(),
            serde_json::to_string(&b.act).unwrap_or_default(),
            &b.chosen,
            b.state.as_str(),
            b.total,
            b.created_at
        ],
    )
    .map(|_| ())
}
pub fn find(tx: &mut Tx<'_>, id: BulkId) -> Result<Option<Bulk>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM bulk_acts WHERE id = $1"), params![id], read)
}
/// One member's own, newest first.
pub fn list(tx: &mut Tx<'_>, member: MemberId, before: Option<(Millis, BulkId)>, limit: i64) -> Result<Vec<Bulk>> {
    let (at, id) = before.unwrap_or((i64::MAX, BulkId::from_uuid(Default::default())));
    let sql = format!(
        "SELECT {COLUMNS} FROM bulk_acts WHERE member_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4"
    );
    tx.query(&sql, params![member, at, id, limit], read)
}
/// The one to go on with: the first that was asked for.
pub fn next(tx: &mut Tx<'_>) -> Result<Option<Bulk>> {
    let sql = format!("SELECT {COLUMNS} FROM bulk_acts WHERE state IN ('choosing', 'running', 'undoing') ORDER BY created_at, id LIMIT 1");
    tx.opt(&sql, params![], read)
}
pub fn add_items(tx: &mut Tx<'_>, id: BulkId, from: i64, ids: &[ConversationId]) -> Result<()> {
    for (i, conversation) in ids.iter().enumerate() {
        tx.exec(
            "INSERT INTO bulk_items (bulk_id, position, conversation_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            params![id, from + i as i64, *conversation],
        )?;
    }
    Ok(())
}
pub fn drop_items(tx: &mut Tx<'_>, id: BulkId) -> Result<()> {
    tx.exec("DELETE FROM bulk_items WHERE bulk_id = $1", params![id]).map(|_| ())
}
/// The list is complete.
pub fn begin(tx: &mut Tx<'_>, id: BulkId, total: i64, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE bulk_acts SET state = 'running', total = $2, chosen = NULL, updated_at = $3 WHERE id = $1 AND state = 'choosing'",
        params![id, total, now],
    )
    .map(|_| ())
}
/// Conversations from this position on.
pub fn items(tx: &mut Tx<'_>, id: BulkId, from: i64, limit: i64) -> Result<Vec<(i64, ConversationId)>> {
    tx.query(
        "SELECT position, conversation_id FROM bulk_items WHERE bulk_id = $1 AND position >= $2 ORDER BY position LIMIT $3",
        params![id, from, limit],
        |r| Ok((r.next()?, r.next()?)),
    )
}
/// Conversations before this position that were changed, last first.
pub fn changed_items(tx: &mut Tx<'_>, id: BulkId, before: i64, limit: i64) -> Result<Vec<(i64, ConversationId, Option<String>)>> {
    tx.query(
        "SELECT position, conversation_id, before FROM bulk_items WHERE bulk_id = $1 AND position < $2 ORDER BY position DESC LIMIT $3",
        params![id, before, limit],
        |r| Ok((r.next()?, r.next()?, r.next()?)),
    )
}
pub fn keep_before(tx: &mut Tx<'_>, id: BulkId, position: i64, before: &str) -> Result<()> {
    tx.exec("UPDATE bulk_items SET before = $3 WHERE bulk_id = $1 AND position = $2", params![id, position, before]).map(|_| ())
}
/// How far it has got.
pub fn advance(tx: &mut Tx<'_>, b: &Bulk, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE bulk_acts SET state = $2, position = $3, changed = $4, restored = $5, updated_at = $6, finished_at = $7 WHERE id = $1",
        params![b.id, b.state.as_str(), b.position, b.changed, b.restored, now, b.finished_at],
    )
    .map(|_| ())
}
/// What can no longer be undone needs no memory.
pub fn forget(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    tx.exec(
        "DELETE FROM bulk_items WHERE bulk_id IN (SELECT id FROM bulk_acts WHERE created_at < $1 AND state IN ('done', 'undone'))",
        params![now - UNDO_WITHIN],
    )?;
    tx.exec("DELETE FROM bulk_acts WHERE created_at < $1 AND state IN ('done', 'undone')", params![now - 2 * UNDO_WITHIN]).map(|_| ())
}
