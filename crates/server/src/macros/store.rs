//! Every SQL text about macros and their runs.

use super::model::{Changes, Macro};
use crate::canned::ReplyScope;
use crate::files;
use db::{Row, Tx, Value, params};
use kernel::time::Millis;
use kernel::{ConversationId, Error, MacroId, MacroRunId, MemberId, Result};

const COLUMNS: &str = "r.id, r.name, r.actions, r.scope, r.owner_id, m.name, r.used_count, r.last_used_at, r.created_at, r.updated_at";
const FROM: &str = "macros r LEFT JOIN members m ON m.id = r.owner_id";
/// What this member may see: everybody's and their own.
const VISIBLE: &str = "(r.scope = 'all' OR r.owner_id = $1)";

fn read(r: &Row<'_>) -> Result<Macro> {
    Ok(Macro {
        id: r.next()?,
        name: r.next()?,
        actions: serde_json::from_str(&r.next::<String>()?).map_err(|e| Error::internal(format!("stored actions of a macro: {e}")))?,
        attachments: Vec::new(),
        scope: ReplyScope::parse(&r.next::<String>()?).unwrap_or_default(),
        owner_id: r.next()?,
        owner_name: r.next()?,
        team_id: None,
        used_count: r.next()?,
        last_used_at: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}

fn with_files(tx: &mut Tx<'_>, mut rows: Vec<Macro>) -> Result<Vec<Macro>> {
    let keepers: Vec<Vec<u8>> = rows.iter().map(|r| r.id.as_bytes().to_vec()).collect();
    let mut kept = files::kept(tx, &keepers)?;
    for row in &mut rows {
        row.attachments = kept.remove(row.id.as_bytes().as_slice()).unwrap_or_default();
    }
    Ok(rows)
}

pub fn find(tx: &mut Tx<'_>, member: MemberId, id: MacroId) -> Result<Option<Macro>> {
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM {FROM} WHERE {VISIBLE} AND r.id = $2"), params![member, id], read)?;
    Ok(with_files(tx, rows)?.pop())
}

#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Search words; all of them have to occur.
    pub words: Vec<String>,
    pub scope: Option<ReplyScope>,
    pub by_name: bool,
}

/// Position in a list: uses or name, then the id.
pub type Position = (i64, String, MacroId);

/// One page: most used first, or by name.
pub fn list(tx: &mut Tx<'_>, member: MemberId, f: &Filter, after: Option<Position>, limit: i64) -> Result<Vec<Macro>> {
    let mut args: Vec<Value<'static>> = vec![member.into()];
    let bind = |args: &mut Vec<Value<'static>>, v: Value<'static>| {
        args.push(v);
        format!("${}", args.len())
    };
    let mut conditions = vec![VISIBLE.to_owned()];
    for word in &f.words {
        let p = bind(&mut args, format!("% {}%", db::like(word)).into());
        conditions.push(format!("r.words LIKE {p} ESCAPE '!'"));
    }
    if let Some(scope) = f.scope {
        let p = bind(&mut args, scope.as_str().into());
        conditions.push(format!("r.scope = {p}"));
    }
    let order = if f.by_name { "r.name_key, r.id" } else { "-r.used_count, r.id" };
    if let Some((uses, name, id)) = after {
        let first = if f.by_name { bind(&mut args, name.into()) } else { bind(&mut args, (-uses).into()) };
        let id = bind(&mut args, id.into());
        conditions.push(format!("({order}) > ({first}, {id})"));
    }
    let limit = bind(&mut args, limit.into());
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {} ORDER BY {order} LIMIT {limit}", conditions.join(" AND "));
    let rows = tx.query(&sql, &args, read)?;
    with_files(tx, rows)
}

pub struct Content {
    pub name: String,
    /// As JSON.
    pub actions: String,
    pub scope: ReplyScope,
    pub words: String,
}

pub fn insert(tx: &mut Tx<'_>, id: MacroId, owner: MemberId, c: &Content, now: Millis) -> Result<()> {
    tx.exec(
        "INSERT INTO macros (id, name, name_key, actions, scope, owner_id, words, used_count, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8)",
        params![id, &c.name, c.name.to_lowercase(), &c.actions, c.scope.as_str(), owner, &c.words, now],
    )
    .map(|_| ())
}
pub fn update(tx: &mut Tx<'_>, id: MacroId, c: &Content, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE macros SET name = $2, name_key = $3, actions = $4, scope = $5, words = $6, updated_at = $7 WHERE id = $1",
        params![id, &c.name, c.name.to_lowercase(), &c.actions, c.scope.as_str(), &c.words, now],
    )
    .map(|_| ())
}
pub fn delete(tx: &mut Tx<'_>, id: MacroId) -> Result<()> {
    tx.exec("DELETE FROM macros WHERE id = $1", params![id]).map(|_| ())
}
pub fn count_use(tx: &mut Tx<'_>, id: MacroId, by: i64, now: Millis) -> Result<()> {
    tx.exec("UPDATE macros SET used_count = used_count + $2, last_used_at = $3 WHERE id = $1", params![id, by, now]).map(|_| ())
}

// Runs

#[derive(Debug, Clone)]
pub struct Run {
    pub id: MacroRunId,
    pub macro_id: MacroId,
    pub conversation: ConversationId,
    pub changes: Changes,
}

pub fn insert_run(tx: &mut Tx<'_>, run: &Run, member: MemberId, now: Millis) -> Result<()> {
    let changes = serde_json::to_string(&run.changes).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec(
        "INSERT INTO macro_runs (id, macro_id, conversation_id, member_id, at, changes) VALUES ($1, $2, $3, $4, $5, $6)",
        params![run.id, run.macro_id, run.conversation, member, now, changes],
    )
    .map(|_| ())
}
pub fn run(tx: &mut Tx<'_>, id: MacroRunId) -> Result<Option<Run>> {
    tx.opt("SELECT id, macro_id, conversation_id, changes FROM macro_runs WHERE id = $1", params![id], |r| {
        Ok(Run {
            id: r.next()?,
            macro_id: r.next()?,
            conversation: r.next()?,
            changes: serde_json::from_str(&r.next::<String>()?).map_err(|e| Error::internal(format!("a stored run: {e}")))?,
        })
    })
}
/// False when it was undone already.
pub fn mark_undone(tx: &mut Tx<'_>, id: MacroRunId, now: Millis) -> Result<bool> {
    Ok(tx.exec("UPDATE macro_runs SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL", params![id, now])? > 0)
}
/// Runs of before `until` cannot be taken back any more.
pub fn forget_runs(tx: &mut Tx<'_>, until: Millis) -> Result<()> {
    tx.exec("DELETE FROM macro_runs WHERE at < $1", params![until]).map(|_| ())
}
