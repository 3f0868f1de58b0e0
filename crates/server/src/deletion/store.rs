//! Every SQL text about deletions, in control.

use super::model::{Deletion, DeletionId, Draft};
use db::{Row, Tx, params};
use kernel::time::Millis;
use kernel::{AccountId, Error, Result, WorkspaceId};

const COLUMNS: &str =
    "id, workspace_id, name, state, asked_by, asked_by_name, asked_by_email, asked_at, due_at, ended_at, sha256, certificate";

fn read(r: &Row<'_>) -> Result<Deletion> {
    Ok(Deletion {
        id: r.next()?,
        workspace_id: r.next()?,
        workspace_name: r.next()?,
        state: r.next()?,
        asked_by: r.next()?,
        asked_by_name: r.next()?,
        asked_by_email: r.next()?,
        asked_at: r.next()?,
        due_at: r.next()?,
        ended_at: r.next()?,
        sha256: r.next()?,
        certificate: r.next()?,
        certificate_url: None,
    })
}

/// False when one is under way already.
pub fn insert(tx: &mut Tx<'_>, d: &Deletion) -> Result<bool> {
    let n = tx.exec(
        "INSERT INTO workspace_deletions (id, workspace_id, name, state, asked_by, asked_by_name, asked_by_email, asked_at, due_at) \
         VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        params![d.id, d.workspace_id, &d.workspace_name, d.asked_by, &d.asked_by_name, &d.asked_by_email, d.asked_at, d.due_at],
    )?;
    Ok(n > 0)
}

/// The one that is under way.
pub fn open(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Option<Deletion>> {
    let sql = format!("SELECT {COLUMNS} FROM workspace_deletions WHERE workspace_id = $1 AND state IN ('pending', 'removing')");
    tx.opt(&sql, params![workspace], read)
}
pub fn all_open(tx: &mut Tx<'_>) -> Result<Vec<Deletion>> {
    let sql = format!("SELECT {COLUMNS} FROM workspace_deletions WHERE state IN ('pending', 'removing') ORDER BY due_at, id");
    tx.query(&sql, params![], read)
}
pub fn find(tx: &mut Tx<'_>, id: DeletionId) -> Result<Option<Deletion>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM workspace_deletions WHERE id = $1"), params![id], read)
}
pub fn asked_by(tx: &mut Tx<'_>, account: AccountId, limit: i64) -> Result<Vec<Deletion>> {
    let sql = format!("SELECT {COLUMNS} FROM workspace_deletions WHERE asked_by = $1 ORDER BY asked_at DESC LIMIT $2");
    tx.query(&sql, params![account, limit], read)
}
pub fn recent(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Deletion>> {
    tx.query(&format!("SELECT {COLUMNS} FROM workspace_deletions ORDER BY asked_at DESC, id DESC LIMIT $1"), params![limit], read)
}

/// False when there was none, or it has begun.
pub fn cancel(tx: &mut Tx<'_>, workspace: WorkspaceId, now: Millis) -> Result<bool> {
    let sql = "UPDATE workspace_deletions SET state = 'cancelled', ended_at = $2 WHERE workspace_id = $1 AND state = 'pending'";
    Ok(tx.exec(sql, params![workspace, now])? > 0)
}

/// From here on there is no way back. False when it was cancelled or is not due.
pub fn begin(tx: &mut Tx<'_>, id: DeletionId, now: Millis) -> Result<bool> {
    let sql = "UPDATE workspace_deletions SET state = 'removing' WHERE id = $1 AND state = 'pending' AND due_at <= $2";
    Ok(tx.exec(sql, params![id, now])? > 0)
}
/// Its time has come, whatever was said.
pub fn due_now(tx: &mut Tx<'_>, id: DeletionId, now: Millis) -> Result<()> {
    let sql = "UPDATE workspace_deletions SET due_at = $2 WHERE id = $1 AND state = 'pending' AND due_at > $2";
    tx.exec(sql, params![id, now]).map(drop)
}

pub fn keep_draft(tx: &mut Tx<'_>, id: DeletionId, draft: &Draft) -> Result<()> {
    let text = serde_json::to_string(draft).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec("UPDATE workspace_deletions SET certificate = $2 WHERE id = $1 AND state = 'removing'", params![id, text]).map(drop)
}

pub fn finish(tx: &mut Tx<'_>, id: DeletionId, certificate: &str, sha256: &str, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE workspace_deletions SET state = 'done', ended_at = $2, certificate = $3, sha256 = $4 WHERE id = $1 AND state = 'removing'",
        params![id, now, certificate, sha256],
    )
    .map(drop)
}
