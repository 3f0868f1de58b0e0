//! Every SQL text about sub-statuses.

use super::model::SubStatus;
use crate::teams::Sight;
use db::{Row, Tx, Value, params};
use kernel::message::Status;
use kernel::{Result, SubStatusId};
use std::collections::HashMap;

const COLUMNS: &str = "s.id, s.name, s.status, s.hue, s.position, s.archived, s.created_at";
fn read(r: &Row<'_>) -> Result<SubStatus> {
    Ok(SubStatus {
        id: r.next()?,
        name: r.next()?,
        status: Status::parse(&r.next::<String>()?).unwrap_or(Status::Open),
        hue: r.next()?,
        position: r.next()?,
        archived: r.next()?,
        conversation_count: 0,
        created_at: r.next()?,
    })
}
/// Conversations that have one of them, of those that are seen.
pub fn count(tx: &mut Tx<'_>, sight: &Sight, all: &mut [SubStatus]) -> Result<()> {
    let mut args: Vec<Value<'static>> = all.iter().map(|s| Value::from(s.id)).collect();
    if args.is_empty() {
        return Ok(());
    }
    let marks: Vec<String> = (1..=args.len()).map(|i| format!("${i}")).collect();
    let seen = sight.and("c", &mut args);
    let sql = format!(
        "SELECT c.sub_status_id, COUNT(*) FROM conversations c WHERE c.sub_status_id IN ({}) AND c.deleted_at IS NULL{seen} GROUP BY c.sub_status_id",
        marks.join(", ")
    );
    let counts: HashMap<SubStatusId, i64> = tx.query(&sql, &args, |r| Ok((r.next()?, r.next()?)))?.into_iter().collect();
    for s in all {
        s.conversation_count = counts.get(&s.id).copied().unwrap_or(0);
    }
    Ok(())
}
/// All in their order, archived ones too; not counted.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<SubStatus>> {
    tx.query(&format!("SELECT {COLUMNS} FROM sub_statuses s ORDER BY s.status, s.position, s.id"), params![], read)
}
pub fn find(tx: &mut Tx<'_>, id: SubStatusId) -> Result<Option<SubStatus>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM sub_statuses s WHERE s.id = $1"), params![id], read)
}
/// False when the name is taken below this status.
pub fn insert(tx: &mut Tx<'_>, s: &SubStatus) -> Result<bool> {
    let n = tx.exec(
        "INSERT INTO sub_statuses (id, name, name_key, status, hue, position, archived, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT DO NOTHING",
        params![s.id, &s.name, s.name.to_lowercase(), s.status.as_str(), s.hue, s.position, s.archived, s.created_at],
    )?;
    Ok(n > 0)
}
pub fn is_taken(tx: &mut Tx<'_>, s: &SubStatus) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM sub_statuses WHERE status = $1 AND name_key = $2 AND id <> $3";
    Ok(tx.number(sql, params![s.status.as_str(), s.name.to_lowercase(), s.id])? > 0)
}
pub fn update(tx: &mut Tx<'_>, s: &SubStatus) -> Result<()> {
    tx.exec(
        "UPDATE sub_statuses SET name = $2, name_key = $3, hue = $4, archived = $5 WHERE id = $1",
        params![s.id, &s.name, s.name.to_lowercase(), s.hue, s.archived],
    )
    .map(|_| ())
}
pub fn set_position(tx: &mut Tx<'_>, id: SubStatusId, position: i64) -> Result<()> {
    tx.exec("UPDATE sub_statuses SET position = $2 WHERE id = $1", params![id, position]).map(|_| ())
}
pub fn delete(tx: &mut Tx<'_>, id: SubStatusId) -> Result<()> {
    tx.exec("DELETE FROM sub_statuses WHERE id = $1", params![id]).map(|_| ())
}
