//! Every SQL text about canned replies.

use super::model::{CannedFolder, CannedReply, ReplyScope};
use crate::files;
use db::{Row, Tx, Value, like, params};
use kernel::time::Millis;
use kernel::{CannedReplyId, MemberId, Result};

const COLUMNS: &str = "r.id, r.title, r.shortcut, r.folder, r.text, r.html, r.scope, r.owner_id, m.name, r.used_count, r.last_used_at, \
    r.created_at, r.updated_at";
const FROM: &str = "canned_replies r LEFT JOIN members m ON m.id = r.owner_id";

fn read(r: &Row<'_>) -> Result<CannedReply> {
    let given = |text: String| Some(text).filter(|t| !t.is_empty());
    Ok(CannedReply {
        id: r.next()?,
        title: r.next()?,
        shortcut: given(r.next()?),
        folder: given(r.next()?),
        text: r.next()?,
        html: r.next()?,
        scope: ReplyScope::parse(&r.next::<String>()?).unwrap_or_default(),
        owner_id: r.next()?,
        owner_name: r.next()?,
        team_id: None,
        attachments: Vec::new(),
        used_count: r.next()?,
        last_used_at: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}

fn with_files(tx: &mut Tx<'_>, mut rows: Vec<CannedReply>) -> Result<Vec<CannedReply>> {
    let keepers: Vec<Vec<u8>> = rows.iter().map(|r| r.id.as_bytes().to_vec()).collect();
    let mut kept = files::kept(tx, &keepers)?;
    for row in &mut rows {
        row.attachments = kept.remove(row.id.as_bytes().as_slice()).unwrap_or_default();
    }
    Ok(rows)
}

/// What this member may see: everybody's and their own.
const VISIBLE: &str = "(r.scope = 'all' OR r.owner_id = $1)";

pub fn find(tx: &mut Tx<'_>, member: MemberId, id: CannedReplyId) -> Result<Option<CannedReply>> {
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM {FROM} WHERE {VISIBLE} AND r.id = $2"), params![member, id], read)?;
    Ok(with_files(tx, rows)?.pop())
}

#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Search words; all of them have to occur.
    pub words: Vec<String>,
    /// What was typed, for shortcuts and titles that begin so.
    pub typed: String,
    pub folder: Option<String>,
    pub scope: Option<ReplyScope>,
    pub by_name: bool,
}

/// Position in a list: fit and uses, or folder and title; then the id.
pub type Position = (i64, i64, String, String, CannedReplyId);

/// One page, with the position of each row.
pub fn list(tx: &mut Tx<'_>, member: MemberId, f: &Filter, after: Option<Position>, limit: i64) -> Result<Vec<(CannedReply, Position)>> {
    let mut args: Vec<Value<'static>> = vec![member.into()];
    let bind = |args: &mut Vec<Value<'static>>, v: Value<'static>| {
        args.push(v);
        format!("${}", args.len())
    };
    let mut conditions = vec![VISIBLE.to_owned()];
    for word in &f.words {
        let p = bind(&mut args, format!("% {}%", like(word)).into());
        conditions.push(format!("r.words LIKE {p} ESCAPE '!'"));
    }
    if let Some(folder) = &f.folder {
        let p = bind(&mut args, folder.trim().to_lowercase().into());
        conditions.push(format!("r.folder_key = {p}"));
    }
    if let Some(scope) = f.scope {
        let p = bind(&mut args, scope.as_str().into());
        conditions.push(format!("r.scope = {p}"));
    }
    // How well it fits what was typed: the shortcut itself, its beginning, the title's beginning, anything.
    let fit = match f.typed.is_empty() {
        true => "CAST(0 AS BIGINT)".to_owned(),
        false => {
            let whole = bind(&mut args, f.typed.clone().into());
            let start = bind(&mut args, format!("{}%", like(&f.typed)).into());
            let title = bind(&mut args, format!("{}%", like(&f.words.join(" "))).into());
            format!(
                "CAST(CASE WHEN r.shortcut = {whole} THEN 0 WHEN r.shortcut LIKE {start} ESCAPE '!' THEN 1 WHEN r.title_key LIKE {title} ESCAPE '!' THEN 2 ELSE 3 END AS BIGINT)"
            )
        }
    };
    let order = if f.by_name { "r.folder_key, r.title_key, r.id".to_owned() } else { format!("{fit}, -r.used_count, r.id") };
    if let Some((fit, uses, folder, title, id)) = after {
        let (a, b) = match f.by_name {
            true => (bind(&mut args, folder.into()), bind(&mut args, title.into())),
            false => (bind(&mut args, fit.into()), bind(&mut args, uses.into())),
        };
        let c = bind(&mut args, id.into());
        conditions.push(format!("({order}) > ({a}, {b}, {c})"));
    }
    let limit = bind(&mut args, limit.into());
    let sql = format!(
        "SELECT {COLUMNS}, {fit}, -r.used_count, r.folder_key, r.title_key FROM {FROM} WHERE {} ORDER BY {order} LIMIT {limit}",
        conditions.join(" AND ")
    );
    let rows = tx.query(&sql, &args, |r| {
        let reply = read(r)?;
        let id = reply.id;
        Ok((reply, (r.next()?, r.next()?, r.next()?, r.next()?, id)))
    })?;
    let (replies, positions): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    Ok(with_files(tx, replies)?.into_iter().zip(positions).collect())
}

pub fn folders(tx: &mut Tx<'_>, member: MemberId) -> Result<Vec<CannedFolder>> {
    tx.query(
        &format!(
            "SELECT MIN(r.folder), COUNT(*) FROM canned_replies r WHERE {VISIBLE} AND r.folder <> '' GROUP BY r.folder_key ORDER BY r.folder_key LIMIT 500"
        ),
        params![member],
        |r| Ok(CannedFolder { name: r.next()?, count: r.next()? }),
    )
}
/// Moves what is in one folder to another; only the caller's own when `own`. Gives how many went.
pub fn rename_folder(tx: &mut Tx<'_>, member: MemberId, own: bool, from: &str, to: &str, now: Millis) -> Result<u64> {
    tx.exec(
        "UPDATE canned_replies SET folder = $3, folder_key = $4, updated_at = $5 WHERE folder_key = $2 AND (owner_id = $1 AND scope = 'mine' OR scope = 'all' AND $6)",
        params![member, from.trim().to_lowercase(), to, to.to_lowercase(), now, !own],
    )
}

/// Everything but the files and the counts.
pub struct Content {
    pub title: String,
    /// Folded, for order and for what is typed.
    pub title_key: String,
    pub shortcut: String,
    pub folder: String,
    pub text: String,
    pub html: Option<String>,
    pub scope: ReplyScope,
    pub words: String,
}

/// False when the shortcut is taken.
pub fn insert(tx: &mut Tx<'_>, id: CannedReplyId, owner: MemberId, c: &Content, now: Millis) -> Result<bool> {
    let n = tx.exec(
        "INSERT INTO canned_replies (id, title, title_key, shortcut, folder, folder_key, text, html, scope, owner_id, words, used_count, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $12) ON CONFLICT DO NOTHING",
        params![
            id,
            &c.title,
            &c.title_key,
            &c.shortcut,
            &c.folder,
            c.folder.to_lowercase(),
            &c.text,
            &c.html,
            c.scope.as_str(),
            owner,
            &c.words,
            now
        ],
    )?;
    Ok(n > 0)
}
pub fn update(tx: &mut Tx<'_>, id: CannedReplyId, c: &Content, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE canned_replies SET title = $2, title_key = $3, shortcut = $4, folder = $5, folder_key = $6, text = $7, html = $8, scope = $9, \
         words = $10, updated_at = $11 WHERE id = $1",
        params![
            id,
            &c.title,
            &c.title_key,
            &c.shortcut,
            &c.folder,
            c.folder.to_lowercase(),
            &c.text,
            &c.html,
            c.scope.as_str(),
            &c.words,
            now
        ],
    )
    .map(|_| ())
}
/// Another one that goes by this shortcut in the same scope.
pub fn shortcut_taken(tx: &mut Tx<'_>, id: CannedReplyId, owner: MemberId, scope: ReplyScope, shortcut: &str) -> Result<Option<String>> {
    tx.opt(
        "SELECT title FROM canned_replies WHERE shortcut = $1 AND shortcut <> '' AND scope = $2 AND id <> $3 AND ($2 = 'all' OR owner_id = $4)",
        params![shortcut, scope.as_str(), id, owner],
        |r| r.get(0),
    )
}
pub fn delete(tx: &mut Tx<'_>, id: CannedReplyId) -> Result<()> {
    tx.exec("DELETE FROM canned_replies WHERE id = $1", params![id]).map(|_| ())
}
pub fn count_use(tx: &mut Tx<'_>, id: CannedReplyId, now: Millis) -> Result<()> {
    tx.exec("UPDATE canned_replies SET used_count = used_count + 1, last_used_at = $2 WHERE id = $1", params![id, now]).map(|_| ())
}
