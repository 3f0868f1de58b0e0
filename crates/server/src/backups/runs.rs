//! Backups that the server takes: when one is due, or when somebody asks. What came of each is a row.

use super::{Installation, Order, Taken, take, target};
use crate::app::App;
use db::{Lane, Row, Scope, Tx, params};
use kernel::id::{Id, Kind, new_id};
use kernel::time::{DAY, MINUTE, Millis, wire, wire_opt};
use kernel::{Error, Result};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// A failed one is tried again after this long, unless the next is due before.
const AGAIN: Millis = 15 * MINUTE;
/// Rows are kept this long.
const KEPT: Millis = 90 * DAY;

/// A backup that the server took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackupKind;
impl Kind for BackupKind {
    const PREFIX: &'static str = "bkp";
}
pub type BackupId = Id<BackupKind>;

/// What runs in this process.
pub struct Backups {
    stop: Arc<AtomicBool>,
    running: watch::Sender<usize>,
}
impl Default for Backups {
    fn default() -> Self {
        Self { stop: Arc::default(), running: watch::Sender::new(0) }
    }
}
impl Backups {
    /// What runs is cut off at its next chunk; the next one begins where it was.
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

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BackupRun {
    #[schema(value_type = String)]
    pub id: BackupId,
    /// `running`, `done`, `failed`.
    pub state: String,
    /// `schedule`, `asked`.
    pub reason: String,
    pub place: String,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Millis,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Millis>,
    pub snapshot: Option<String>,
    /// What went wrong, in words.
    pub error: Option<String>,
    /// Bytes of databases that were looked at and of files that were new.
    pub seen_bytes: Option<i64>,
    /// Of these, not in the backup yet.
    pub new_bytes: Option<i64>,
    /// Written for them, compressed.
    pub stored_bytes: Option<i64>,
    /// Files in the snapshot.
    pub file_count: Option<i64>,
    /// Older snapshots that were removed.
    pub removed_snapshots: Option<i64>,
}

const COLUMNS: &str =
    "id, state, reason, place, started_at, ended_at, snapshot, error, seen_bytes, new_bytes, stored_bytes, file_count, removed_snapshots";

fn read(r: &Row<'_>) -> Result<BackupRun> {
    Ok(BackupRun {
        id: r.next()?,
        state: r.next()?,
        reason: r.next()?,
        place: r.next()?,
        started_at: r.next()?,
        ended_at: r.next()?,
        snapshot: r.next()?,
        error: r.next()?,
        seen_bytes: r.next()?,
        new_bytes: r.next()?,
        stored_bytes: r.next()?,
        file_count: r.next()?,
        removed_snapshots: r.next()?,
    })
}

/// Newest first, after a position.
pub fn list(tx: &mut Tx<'_>, before: Option<(Millis, BackupId)>, limit: i64) -> Result<Vec<BackupRun>> {
    let (at, id) = before.unwrap_or((i64::MAX, BackupId::from_uuid(uuid::Uuid::max())));
    let sql = format!("SELECT {COLUMNS} FROM backup_runs WHERE (started_at, id) < ($1, $2) ORDER BY started_at DESC, id DESC LIMIT $3");
    tx.query(&sql, params![at, id, limit], read)
}

fn latest(tx: &mut Tx<'_>, done: bool) -> Result<Option<BackupRun>> {
    let only = if done { "WHERE state = 'done'" } else { "" };
    tx.opt(&format!("SELECT {COLUMNS} FROM backup_runs {only} ORDER BY started_at DESC, id DESC LIMIT 1"), params![], read)
}

/// How it stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BackupStatus {
    /// Where they go; none: the server takes none by itself.
    pub to: Option<String>,
    pub every_minutes: u32,
    pub keep: Option<String>,
    /// Whether the master key is in them.
    pub with_key: bool,
    /// The newest, whatever came of it.
    pub last: Option<BackupRun>,
    pub last_done: Option<BackupRun>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Millis>,
}

pub async fn status(app: &App) -> Result<BackupStatus> {
    let b = &app.config.backup;
    let (last, last_done) = app.db.read(Scope::Control, |tx| Ok((latest(tx, false)?, latest(tx, true)?))).await?;
    let next_at = b.to.is_some().then(|| due(app, last.as_ref()));
    Ok(BackupStatus {
        to: b.to.clone(),
        every_minutes: b.every_minutes,
        keep: b.keep.clone(),
        with_key: b.passphrase.is_some(),
        last,
        last_done,
        next_at,
    })
}

fn due(app: &App, last: Option<&BackupRun>) -> Millis {
    let every = Millis::from(app.config.backup.every_minutes) * MINUTE;
    match last {
        None => app.now(),
        Some(run) if run.state == "failed" => run.ended_at.unwrap_or(run.started_at) + AGAIN.min(every),
        Some(run) => run.started_at + every,
    }
}

/// Follows the clock. What a process before us was at when it ended is said to have failed.
pub async fn follow(app: App) {
    if app.exclusive {
        super::clear_scratch(&app.config.server.data);
    }
    let now = app.now();
    let cut_off = app.db.write(Scope::Control, Lane::Bulk, move |tx| {
        tx.exec(
            "UPDATE backup_runs SET state = 'failed', ended_at = $1, error = 'The server was stopped in the middle.' WHERE state = 'running'",
            params![now],
        )
    });
    if let Err(error) = cut_off.await {
        tracing::warn!(error = %error, "backups that were cut off could not be noted");
    }
    loop {
        if let Err(error) = round(&app).await {
            tracing::error!(error = %error, "no backup could be taken");
        }
        tokio::time::sleep(Duration::from_secs(30)).await;
    }
}

/// Takes one if it is time, and waits for it.
pub async fn round(app: &App) -> Result<()> {
    if app.config.backup.to.is_none() || !crate::people::is_set_up(app).await? {
        return Ok(());
    }
    let last = app.db.read(Scope::Control, |tx| latest(tx, false)).await?;
    if last.as_ref().is_some_and(|r| r.state == "running") || due(app, last.as_ref()) > app.now() {
        return Ok(());
    }
    match begin(app, "schedule").await {
        Ok(run) => work(app.clone(), run).await,
        // Somebody asked for one at the same moment.
        Err(error) if error.code == "backup.busy" => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes one now, in the background.
pub async fn ask(app: &App) -> Result<BackupRun> {
    let run = begin(app, "asked").await?;
    let (app, begun) = (app.clone(), run.clone());
    tokio::spawn(async move {
        if let Err(error) = work(app, begun).await {
            tracing::error!(error = %error, "what came of a backup could not be noted");
        }
    });
    Ok(run)
}

async fn begin(app: &App, reason: &'static str) -> Result<BackupRun> {
    let place = app.config.backup.to.clone().ok_or_else(|| {
        Error::conflict("backup.not_set_up", "Say in the configuration where backups go (backup.to), and start the server again.")
    })?;
    let now = app.now();
    let id: BackupId = new_id(app.ids.as_ref(), now);
    let begun = app.db.write(Scope::Control, Lane::Interactive, move |tx| {
        tx.exec("DELETE FROM backup_runs WHERE started_at < $1", params![now - KEPT])?;
        let n = tx.exec(
            "INSERT INTO backup_runs (id, state, reason, place, started_at) VALUES ($1, 'running', $2, $3, $4) ON CONFLICT DO NOTHING",
            params![id, reason, &place, now],
        )?;
        if n == 0 {
            return Err(Error::conflict("backup.busy", "A backup is being taken already."));
        }
        tx.one(&format!("SELECT {COLUMNS} FROM backup_runs WHERE id = $1"), params![id], read)
    });
    begun.await
}

/// The server's own data, as [`take`] wants it.
fn installation(app: &App) -> Installation {
    Installation { options: app.db.options().clone(), data: app.config.server.data.clone(), clock: app.clock.clone(), ids: app.ids.clone() }
}

async fn work(app: App, run: BackupRun) -> Result<()> {
    app.backups.running.send_modify(|n| *n += 1);
    let order = Order::of(&app.config, None).map(|o| Order { stop: app.backups.stop.clone(), ..o });
    let place = target(&app.config, &run.place, app.http.clone(), true);
    let from = installation(&app);
    let runtime = Handle::current();
    let done = match (order, place) {
        (Ok(order), Ok(place)) => tokio::task::spawn_blocking(move || take(&from, place, &order, runtime))
            .await
            .unwrap_or_else(|e| Err(Error::internal(format!("a backup ended badly: {e}")))),
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    match &done {
        Ok(taken) => tracing::info!(backup.snapshot = %taken.snapshot, backup.new_bytes = taken.written.new_bytes, "a backup was taken"),
        Err(error) => tracing::error!(error = %error, "a backup failed"),
    }
    let noted = note(&app, run.id, done).await;
    app.backups.running.send_modify(|n| *n -= 1);
    noted
}

async fn note(app: &App, id: BackupId, done: Result<Taken>) -> Result<()> {
    let now = app.now();
    app.db
        .write(Scope::Control, Lane::Bulk, move |tx| match &done {
            Ok(t) => tx
                .exec(
                    "UPDATE backup_runs SET state = 'done', ended_at = $2, snapshot = $3, seen_bytes = $4, new_bytes = $5, stored_bytes = $6, \
                     file_count = $7, removed_snapshots = $8 WHERE id = $1",
                    params![
                        id,
                        now,
                        &t.snapshot,
                        t.written.seen_bytes as i64,
                        t.written.new_bytes as i64,
                        t.written.stored_bytes as i64,
                        t.files as i64,
                        t.forgotten.snapshots.len() as i64
                    ],
                )
                .map(drop),
            Err(e) => tx
                .exec("UPDATE backup_runs SET state = 'failed', ended_at = $2, error = $3 WHERE id = $1", params![id, now, &e.detail])
                .map(drop),
        })
        .await
}

/// Bytes of each of these databases.
pub async fn sizes(app: &App, scopes: Vec<Scope>) -> Result<Vec<i64>> {
    let mut out = Vec::with_capacity(scopes.len());
    for scope in scopes {
        out.push(app.db.read(scope, |tx| tx.number(tx.dialect().database_bytes(), params![])).await?);
    }
    Ok(out)
}
