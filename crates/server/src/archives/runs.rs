//! Exports that the server makes when somebody asks: one at a time for a workspace, each a file that is there for a day. What came of each is a
//! row in control.

use super::{Exported, Order, Progress, clear_scratch, export, folder};
use crate::app::App;
use crate::audit::{self, Act};
use crate::backups::Installation;
use crate::people;
use db::{Lane, Row, Scope, Tx, params};
use kernel::id::{Id, Kind, new_id};
use kernel::time::{DAY, HOUR, Millis, wire, wire_opt};
use kernel::{Actor, Error, MemberId, Result, Secret, WorkspaceId};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// The file is there this long; then somebody asks again.
pub const KEPT: Millis = DAY;
/// A link to it is good this long.
pub const LINK: Millis = HOUR;
/// Rows are kept this long.
const REMEMBERED: Millis = 90 * DAY;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExportKind;
impl Kind for ExportKind {
    const PREFIX: &'static str = "wex";
}
pub type ExportId = Id<ExportKind>;

/// What runs in this process.
pub struct Exports {
    stop: Arc<AtomicBool>,
    running: watch::Sender<usize>,
}
impl Default for Exports {
    fn default() -> Self {
        Self { stop: Arc::default(), running: watch::Sender::new(0) }
    }
}
impl Exports {
    /// What runs is cut off at its next row; it has to be asked for again.
    pub async fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.quiet().await;
    }
    /// Waits until none runs.
    pub async fn quiet(&self) {
        let mut running = self.running.subscribe();
        // The sender lives as long as we do.
        drop(running.wait_for(|n| *n == 0).await);
    }
}

/// One export of this workspace.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct WorkspaceExport {
    #[schema(value_type = String)]
    pub id: ExportId,
    /// `running`, `done`, `failed`, `expired`.
    pub state: String,
    pub asked_by_name: String,
    /// Credentials and passwords are in it, under a passphrase.
    pub sealed: bool,
    /// Rows and files that are in it already.
    pub done: i64,
    pub total: i64,
    pub size_bytes: Option<i64>,
    pub row_count: Option<i64>,
    pub file_count: Option<i64>,
    /// Files that rows name and that were not there.
    pub missing_files: Option<i64>,
    /// What went wrong, in words.
    pub error: Option<String>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Millis,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Millis>,
    /// Good for an hour; ask again for another.
    pub url: Option<String>,
    #[serde(skip)]
    pub workspace: WorkspaceId,
}

const COLUMNS: &str = "id, state, asked_by_name, sealed, done, total, size_bytes, row_count, file_count, missing_files, error, started_at, ended_at, \
    expires_at, workspace_id";

fn read(r: &Row<'_>) -> Result<WorkspaceExport> {
    Ok(WorkspaceExport {
        id: r.next()?,
        state: r.next()?,
        asked_by_name: r.next()?,
        sealed: r.next()?,
        done: r.next()?,
        total: r.next()?,
        size_bytes: r.next()?,
        row_count: r.next()?,
        file_count: r.next()?,
        missing_files: r.next()?,
        error: r.next()?,
        started_at: r.next()?,
        ended_at: r.next()?,
        expires_at: r.next()?,
        workspace: r.next()?,
        url: None,
    })
}

/// The newest first.
pub fn list(tx: &mut Tx<'_>, workspace: WorkspaceId, before: Option<(Millis, ExportId)>, limit: i64) -> Result<Vec<WorkspaceExport>> {
    let (at, id) = before.unwrap_or((i64::MAX, ExportId::from_uuid(uuid::Uuid::max())));
    let sql = format!(
        "SELECT {COLUMNS} FROM workspace_exports WHERE workspace_id = $1 AND (started_at, id) < ($2, $3) ORDER BY started_at DESC, id DESC LIMIT $4"
    );
    tx.query(&sql, params![workspace, at, id, limit], read)
}
pub fn find(tx: &mut Tx<'_>, id: ExportId) -> Result<Option<WorkspaceExport>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM workspace_exports WHERE id = $1"), params![id], read)
}

pub fn path(app: &App, workspace: WorkspaceId, id: ExportId) -> PathBuf {
    folder(&app.config.server.data, workspace).join(format!("{id}.tar.zst"))
}

/// Begins one in the background.
pub async fn ask(app: &App, actor: &Actor, member: MemberId, passphrase: Option<Secret<String>>) -> Result<WorkspaceExport> {
    let workspace = actor.workspace;
    let name = app.db.read(workspace, move |tx| people::member(tx, member)).await?.map_or_else(String::new, |m| m.name);
    let now = app.now();
    let (id, sealed, who): (ExportId, _, _) = (new_id(app.ids.as_ref(), now), passphrase.is_some(), actor.clone());
    let begun = app.db.write(Scope::Control, Lane::Interactive, move |tx| {
        tx.exec("DELETE FROM workspace_exports WHERE started_at < $1 AND state <> 'done'", params![now - REMEMBERED])?;
        let n = tx.exec(
            "INSERT INTO workspace_exports (id, workspace_id, asked_by, asked_by_name, state, sealed, done, total, started_at) \
             VALUES ($1, $2, $3, $4, 'running', $5, 0, 0, $6) ON CONFLICT DO NOTHING",
            params![id, workspace, member, &name, sealed, now],
        )?;
        if n == 0 {
            return Err(Error::conflict("export.busy", "This workspace is being exported already."));
        }
        audit::leave(tx, &who, &Act::new("workspace.exported", workspace).after(json!({ "export_id": id, "sealed": sealed })), now)?;
        crate::app::found(find(tx, id)?, "export.not_found", "export")
    });
    let run = begun.await?;
    audit::carry(app, workspace).await?;
    let (app, begun) = (app.clone(), run.clone());
    app.exports.running.send_modify(|n| *n += 1);
    tokio::spawn(async move {
        if let Err(error) = work(&app, &begun, passphrase).await {
            tracing::error!(error = %error, "what came of an export could not be noted");
        }
        app.exports.running.send_modify(|n| *n -= 1);
    });
    Ok(run)
}

async fn work(app: &App, run: &WorkspaceExport, passphrase: Option<Secret<String>>) -> Result<()> {
    let (workspace, id) = (run.workspace, run.id);
    let from = Installation {
        options: app.db.options().clone(),
        data: app.config.server.data.clone(),
        clock: app.clock.clone(),
        ids: app.ids.clone(),
    };
    let to = path(app, workspace, id);
    let progress: Arc<Progress> = Arc::default();
    let order = Order { passphrase, progress: progress.clone(), stop: app.exports.stop.clone() };
    let runtime = Handle::current();
    let exporting = tokio::task::spawn_blocking(move || {
        let there = to.parent().map_or(Ok(()), edges::durable::create_dir_durably);
        there.map_err(|e| Error::unavailable("data.unusable", format!("The folder for exports cannot be made: {e}.")))?;
        export(&from, workspace, &to, &order, &runtime)
    });
    let told = tell(app, id, progress);
    let done = tokio::select! {
        done = exporting => done.unwrap_or_else(|e| Err(Error::internal(format!("an export ended badly: {e}")))),
        () = told => Err(Error::internal("nobody tells how far an export is")),
    };
    match &done {
        Ok(_) => tracing::info!(workspace.id = %workspace, "a workspace was exported"),
        Err(error) => tracing::error!(workspace.id = %workspace, error = %error, "an export failed"),
    }
    note(app, id, done).await
}

/// How far it is, every second.
async fn tell(app: &App, id: ExportId, progress: Arc<Progress>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (done, total) = (progress.done.load(Ordering::SeqCst) as i64, progress.total.load(Ordering::SeqCst) as i64);
        let noted = app.db.write(Scope::Control, Lane::Bulk, move |tx| {
            tx.exec("UPDATE workspace_exports SET done = $2, total = $3 WHERE id = $1 AND state = 'running'", params![id, done, total])
        });
        if let Err(error) = noted.await {
            tracing::warn!(error = %error, "how far an export is could not be noted");
        }
    }
}

async fn note(app: &App, id: ExportId, done: Result<Exported>) -> Result<()> {
    let now = app.now();
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| match &done {
            Ok(e) => {
                let rows: u64 = e.manifest.tables.iter().map(|t| t.rows).sum();
                let all = (rows + e.manifest.files.count + e.manifest.files.missing.len() as u64) as i64;
                tx.exec(
                    "UPDATE workspace_exports SET state = 'done', ended_at = $2, expires_at = $3, size_bytes = $4, row_count = $5, file_count = $6, \
                     missing_files = $7, done = $8, total = $8 WHERE id = $1",
                    params![
                        id,
                        now,
                        now + KEPT,
                        e.bytes as i64,
                        rows as i64,
                        e.manifest.files.count as i64,
                        e.manifest.files.missing.len() as i64,
                        all
                    ],
                )
                .map(drop)
            }
            Err(e) => {
                let sql = "UPDATE workspace_exports SET state = 'failed', ended_at = $2, error = $3 WHERE id = $1";
                tx.exec(sql, params![id, now, &e.detail]).map(drop)
            }
        })
        .await
}

/// What a process before us was at has failed; files go when their time is over.
pub async fn follow(app: App) {
    if app.exclusive {
        clear_scratch(&app.config.server.data);
    }
    let now = app.now();
    let cut_off = app.db.write(Scope::Control, Lane::Bulk, move |tx| {
        let words = "The server was stopped in the middle. Ask for it again.";
        tx.exec("UPDATE workspace_exports SET state = 'failed', ended_at = $1, error = $2 WHERE state = 'running'", params![now, words])
    });
    if let Err(error) = cut_off.await {
        tracing::warn!(error = %error, "exports that were cut off could not be noted");
    }
    loop {
        if let Err(error) = sweep(&app).await {
            tracing::error!(error = %error, "exports whose time is over could not be removed");
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

/// Removes files whose time is over.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.now();
    let over: Vec<(ExportId, WorkspaceId)> = app
        .db
        .read(Scope::Control, move |tx| {
            let sql = "SELECT id, workspace_id FROM workspace_exports WHERE state = 'done' AND expires_at <= $1";
            tx.query(sql, params![now], |r| Ok((r.next()?, r.next()?)))
        })
        .await?;
    for (id, workspace) in over {
        match tokio::fs::remove_file(path(app, workspace, id)).await {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::unavailable("data.unusable", format!("An export cannot be removed: {e}.")));
            }
            _ => {}
        }
        app.db
            .write(Scope::Control, Lane::Bulk, move |tx| {
                tx.exec("UPDATE workspace_exports SET state = 'expired' WHERE id = $1", params![id])
            })
            .await?;
    }
    Ok(())
}
