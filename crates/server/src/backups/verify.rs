//! Whether all is well: with the databases and files at hand, or with a backup.

use super::{Installation, size};
use crate::audit;
use ::backups::{Repository, Target};
use db::copy::{self, SchemaCopy};
use db::{Db, Engine, Options, Scope, Tx, params};
use edges::FileStore;
use futures_util::TryStreamExt;
use kernel::{Result, WorkspaceId};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tokio::runtime::Handle;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub ok: bool,
    /// `control`, the id of a workspace, `files`.
    pub what: String,
    pub words: String,
}
fn good(what: &str, words: impl Into<String>) -> Finding {
    Finding { ok: true, what: what.to_owned(), words: words.into() }
}
fn bad(what: &str, words: impl Into<String>) -> Finding {
    Finding { ok: false, what: what.to_owned(), words: words.into() }
}

/// Reads every chunk of a backup, and follows every snapshot. Blocks.
pub fn verify_backup(from: Target, runtime: Handle) -> Result<Vec<Finding>> {
    let mut repository = Repository::open(from, runtime)?;
    let damage = repository.verify()?;
    let mut out: Vec<Finding> = damage.found.iter().map(|w| bad("backup", w)).collect();
    out.extend(damage.lost.iter().map(|w| bad("cannot be restored", w)));
    if out.is_empty() {
        let snapshots = repository.snapshots()?;
        let newest = snapshots.first().map_or_else(|| "none yet".to_owned(), |m| kernel::time::rfc3339(m.taken_at));
        out.push(good(
            "backup",
            format!(
                "{} snapshots, the newest of {newest}; {} chunks, {}, are what they were",
                snapshots.len(),
                damage.chunks,
                size(damage.bytes)
            ),
        ));
    }
    Ok(out)
}

/// Looks at the databases and files of an installation, which may be running.
pub async fn verify_live(at: &Installation) -> Result<Vec<Finding>> {
    let mut out = Vec::new();
    // Reading everything takes as long as it takes.
    let db = Db::open(Options { read_deadline_ms: 6 * 3_600_000, ..at.options.clone() })?;
    let workspaces = match sound(at, Scope::Control, &mut out).await {
        true => db.look(Scope::Control, |tx| tx.query("SELECT id FROM workspaces ORDER BY created_at, id", params![], |r| r.get(0))).await,
        false => Ok(Vec::new()),
    };
    let mut wanted: BTreeMap<String, WorkspaceId> = BTreeMap::new();
    match workspaces {
        Err(error) => out.push(bad("control", format!("The list of workspaces cannot be read: {}", error.detail))),
        Ok(workspaces) => {
            for id in workspaces {
                if sound(at, Scope::Workspace(id), &mut out).await {
                    workspace(&db, id, &mut out, &mut wanted).await;
                }
            }
        }
    }
    db.close().await;
    files(&at.files()?, &wanted, &mut out).await?;
    Ok(out)
}

/// The database as such; false when there is none to look into, or it is better not read.
async fn sound(at: &Installation, scope: Scope, out: &mut Vec<Finding>) -> bool {
    let name = match scope {
        Scope::Control => "control".to_owned(),
        Scope::Workspace(id) => id.to_string(),
    };
    let engine = at.options.engine.clone();
    let checked = tokio::task::spawn_blocking(move || {
        let (path, schema) = copy::place(&engine, scope);
        match &engine {
            Engine::Sqlite { .. } if !path.exists() => Ok(None),
            Engine::Sqlite { .. } => copy::check_file(&path).map(Some),
            Engine::Postgres { url, .. } => read_all(url, &schema),
        }
    })
    .await;
    match checked {
        Ok(Ok(None)) if scope == Scope::Control => out.push(bad(&name, "There is no database.")),
        Ok(Ok(None)) => out.push(good(&name, "has not been opened yet")),
        Ok(Ok(Some(wrong))) if wrong.is_empty() => {
            out.push(good(&name, "every page, index and the search index are sound"));
            return true;
        }
        Ok(Ok(Some(wrong))) => {
            out.extend(wrong.iter().take(5).map(|w| bad(&name, format!("The database is damaged: {w}"))));
            out.push(bad(&name, "Stop the server and restore the last backup that `switchboard verify --from` finds sound."));
        }
        Ok(Err(error)) => out.push(bad(&name, error.detail)),
        Err(error) => out.push(bad(&name, error.to_string())),
    }
    false
}

/// PostgreSQL checks a page when it reads it: every row of every table.
fn read_all(url: &str, schema: &str) -> Result<Option<Vec<String>>> {
    let Some(mut moment) = SchemaCopy::begin(url, schema)? else { return Ok(None) };
    let mut wrong = Vec::new();
    for table in moment.tables()? {
        if let Err(error) = moment.read(&table, &mut |_| Ok(())) {
            wrong.push(error.detail);
            // The transaction ended with it.
            break;
        }
    }
    Ok(Some(wrong))
}

async fn workspace(db: &Db, id: WorkspaceId, out: &mut Vec<Finding>, wanted: &mut BTreeMap<String, WorkspaceId>) {
    let name = id.to_string();
    match db.look(id, log).await {
        Ok(Ok(n)) => out.push(good(&name, format!("the event log has no gap in {n} events"))),
        Ok(Err(words)) => out.push(bad(&name, words)),
        Err(error) => out.push(bad(&name, format!("The event log cannot be read: {}", error.detail))),
    }
    match db.look(id, audit::verify).await {
        Ok(v) => out.push(match v.broken_at {
            None => good(&name, format!("the audit log is intact, {} rows", v.rows)),
            Some(n) => bad(&name, format!("The audit log is broken at row {n}: {}.", v.why.unwrap_or("it is wrong"))),
        }),
        Err(error) => out.push(bad(&name, format!("The audit log cannot be read: {}", error.detail))),
    }
    match db.look(id, hashes).await {
        Ok(all) => wanted.extend(all.into_iter().map(|h| (h, id))),
        Err(error) => out.push(bad(&name, format!("The list of files cannot be read: {}", error.detail))),
    }
}

/// Numbers without a gap up to the head of the log. One statement, so that it sees one moment.
fn log(tx: &mut Tx<'_>) -> Result<Result<i64, String>> {
    let (n, first, last, head, least): (i64, Option<i64>, Option<i64>, i64, i64) = tx.one(
        "SELECT (SELECT COUNT(*) FROM events), (SELECT MIN(seq) FROM events), (SELECT MAX(seq) FROM events), seq, min_seq FROM log_head WHERE id = 1",
        params![],
        |r| Ok((r.next()?, r.next()?, r.next()?, r.next()?, r.next()?)),
    )?;
    let (first, last) = (first.unwrap_or(head + 1), last.unwrap_or(head));
    if last != head {
        return Ok(Err(format!("The event log ends at {last}, but its head says {head}.")));
    }
    if first > least.max(1) || n != head - first + 1 {
        return Ok(Err(format!("The event log has gaps: {n} events from {first} to {head}.")));
    }
    Ok(Ok(n))
}

/// Every file that a row names.
pub fn hashes(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    tx.query(
        "SELECT hash FROM files WHERE hash <> '' UNION SELECT thumbnail_hash FROM files WHERE thumbnail_hash IS NOT NULL \
         UNION SELECT sent_hash FROM files WHERE sent_hash IS NOT NULL UNION SELECT body_hash FROM journal WHERE body_hash IS NOT NULL",
        params![],
        |r| r.get(0),
    )
}

/// Each is there and is what its name says.
async fn files(store: &FileStore, wanted: &BTreeMap<String, WorkspaceId>, out: &mut Vec<Finding>) -> Result<()> {
    let (mut bytes, before) = (0u64, out.len());
    for (hash, workspace) in wanted {
        let mut content = match store.get_stream(hash).await {
            Ok(content) => content,
            Err(error) if error.is_not_found() => {
                out.push(bad("files", format!("The file {hash} of workspace {workspace} is missing.")));
                continue;
            }
            Err(error) => return Err(error),
        };
        let mut digest = Sha256::new();
        while let Some(piece) = content.try_next().await? {
            bytes += piece.len() as u64;
            digest.update(&piece);
        }
        if data_encoding::HEXLOWER.encode(&digest.finalize()) != *hash {
            out.push(bad("files", format!("The file {hash} of workspace {workspace} is damaged: its content has changed.")));
        }
    }
    if out.len() == before {
        out.push(good("files", format!("all {} files that rows name are there and are what they were, {}", wanted.len(), size(bytes))));
    }
    Ok(())
}
