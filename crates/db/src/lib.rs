//! The store facade: `db.read(scope, |tx| …).await` and `db.write(scope, lane, |tx| …).await`.
//!
//! Closures are synchronous, short, and do nothing but SQL and pure rules; that keeps the network out of
//! transactions and lets many of them share one commit. Each workspace has one queue of writes, whichever engine
//! stands below; a caller hears of success only after the commit.

mod batch;
pub mod copy;
pub mod dialect;
pub mod events;
pub mod jobs;
mod like;
pub mod migrate;
mod pg;
mod queue;
mod readers;
mod sqlite;
mod tls;
mod tx;
mod value;

pub use dialect::{Dialect, SearchWord};
pub use like::like;
pub use migrate::{CORE, Migration, Plan};
pub use tx::Tx;
pub use value::{Column, Row, Value};

use kernel::event::Event;
use kernel::time::Millis;
use kernel::{Error, Result, WorkspaceId};
use queue::{Call, Space};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::{broadcast, oneshot};

/// Which database: the one of the installation, or one workspace's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    Control,
    Workspace(WorkspaceId),
}
impl From<WorkspaceId> for Scope {
    fn from(id: WorkspaceId) -> Self {
        Scope::Workspace(id)
    }
}

/// Who goes first when writes wait: a person before a delivery before a bulk act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Interactive = 0,
    Intake = 1,
    Bulk = 2,
}

#[derive(Debug, Clone)]
pub enum Engine {
    /// One file per workspace below this folder.
    Sqlite { dir: PathBuf },
    /// One schema per workspace; the prefix keeps several installations apart in one database.
    Postgres { url: String, prefix: String },
}

#[derive(Debug, Clone)]
pub struct Options {
    pub engine: Engine,
    pub control: &'static [Migration],
    /// Without [`CORE`], which always comes first.
    pub workspace: &'static [Migration],
    pub writers: usize,
    pub readers: usize,
    /// Workspaces whose writer stays open.
    pub max_open: usize,
    /// Reads are stopped after this long.
    pub read_deadline_ms: u64,
    /// Refuses to grow a SQLite file beyond so many pages (a quota; 0 = none).
    pub max_pages: u32,
}
impl Options {
    pub fn new(engine: Engine, control: &'static [Migration], workspace: &'static [Migration]) -> Self {
        Self { engine, control, workspace, writers: 2, readers: 4, max_open: 128, read_deadline_ms: 10_000, max_pages: 0 }
    }
    /// All that there are, in order.
    pub fn migrations(&self, scope: Scope) -> Vec<Migration> {
        match scope {
            Scope::Control => self.control.to_vec(),
            Scope::Workspace(_) => std::iter::once(CORE).chain(self.workspace.iter().copied()).collect(),
        }
    }
}

/// What a commit brought, for those who follow it.
#[derive(Debug)]
pub struct Committed {
    pub scope: Scope,
    pub events: Vec<Event>,
    /// Earliest time at which the job runner has work here.
    pub due: Option<Millis>,
    pub topics: Vec<&'static str>,
}

/// Handle to all databases; cheap to clone.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub options: Options,
    pub spaces: RwLock<HashMap<Scope, Arc<Space>>>,
    /// Whose tasks wait for writes; none when the store is used without a runtime.
    pub runtime: Option<tokio::runtime::Handle>,
    pub writers: queue::Ready,
    pub readers: readers::Pool,
    pub committed: broadcast::Sender<Arc<Committed>>,
    threads: Mutex<Vec<std::thread::JoinHandle<()>>>,
}

impl Db {
    /// Starts the threads; opens nothing yet.
    pub fn open(options: Options) -> Result<Self> {
        if let Engine::Sqlite { dir } = &options.engine {
            let folder = dir.join("workspaces");
            std::fs::create_dir_all(&folder)
                .map_err(|e| Error::unavailable("storage.unavailable", format!("The folder {} cannot be made: {e}", folder.display())))?;
        }
        let (committed, _) = broadcast::channel(4_096);
        let shared = Arc::new(Shared {
            spaces: RwLock::new(HashMap::new()),
            runtime: tokio::runtime::Handle::try_current().ok(),
            writers: queue::Ready::default(),
            readers: readers::Pool::default(),
            committed,
            threads: Mutex::new(Vec::new()),
            options,
        });
        let mut threads = Vec::new();
        for n in 0..shared.options.writers.max(1) {
            let shared = shared.clone();
            threads.push(spawn(format!("db-write-{n}"), move || batch::work(&shared))?);
        }
        for n in 0..shared.options.readers.max(1) {
            let shared = shared.clone();
            threads.push(spawn(format!("db-read-{n}"), move || readers::work(&shared))?);
        }
        *shared.threads.lock().unwrap_or_else(PoisonError::into_inner) = threads;
        Ok(Self { shared })
    }

    pub fn dialect(&self) -> Dialect {
        match self.shared.options.engine {
            Engine::Sqlite { .. } => Dialect::Sqlite,
            Engine::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// A read-only transaction. The closure may be any that does nothing but SQL and pure rules.
    pub async fn read<T: Send + 'static>(
        &self,
        scope: impl Into<Scope>,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let scope = scope.into();
        self.ensure_open(scope).await?;
        let (reply, answer) = oneshot::channel();
        self.shared.readers.push(scope, Box::new(move |tx| drop(reply.send(tx.and_then(f)))));
        answer.await.unwrap_or_else(|_| Err(closing()))
    }

    /// A write that is durable when this returns. The closure may run twice: no side effects in it.
    pub async fn write<T: Send + 'static>(
        &self,
        scope: impl Into<Scope>,
        lane: Lane,
        f: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let scope = scope.into();
        let space = self.shared.space(scope);
        let (reply, answer) = oneshot::channel();
        self.shared.writers.submit(&space, lane, Box::new(Call { f, out: None, reply }));
        answer.await.unwrap_or_else(|_| Err(closing()))
    }

    /// Brings a database up to date (made when it is not there). Called by the first read or write.
    pub async fn ensure_open(&self, scope: Scope) -> Result<()> {
        let space = self.shared.space(scope);
        if space.migrated.load(Ordering::Acquire) {
            return Ok(());
        }
        self.write(scope, Lane::Interactive, |_| Ok(())).await
    }

    /// A read of a database as it is, even if it lacks migrations: for looking at what another program works on.
    pub async fn look<T: Send + 'static>(
        &self,
        scope: impl Into<Scope>,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.shared.readers.push(scope.into(), Box::new(move |tx| drop(reply.send(tx.and_then(f)))));
        answer.await.unwrap_or_else(|_| Err(closing()))
    }

    pub fn options(&self) -> &Options {
        &self.shared.options
    }

    /// The engine below.
    pub fn engine(&self) -> &Engine {
        &self.shared.options.engine
    }

    /// Everything committed by this process, in order per workspace. Whoever lags reads the log instead.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.shared.committed.subscribe()
    }

    /// What a migration would do, without doing it; a database that does not exist yet has everything pending.
    pub async fn plan(&self, scope: Scope) -> Result<Plan> {
        let migrations = self.shared.migrations(scope);
        let (reply, answer) = oneshot::channel();
        self.shared.readers.push(scope, Box::new(move |tx| drop(reply.send(tx.and_then(|tx| migrate::plan(tx, &migrations))))));
        answer.await.unwrap_or_else(|_| Err(closing()))
    }

    /// Removes a workspace's database for good.
    pub async fn remove(&self, id: WorkspaceId) -> Result<()> {
        let scope = Scope::Workspace(id);
        self.ensure_open(scope).await?;
        let space = self.shared.spaces.write().unwrap_or_else(PoisonError::into_inner).remove(&scope);
        if let Some(space) = space {
            space.close();
        }
        match &self.shared.options.engine {
            Engine::Sqlite { .. } => sqlite::remove(&self.shared.path(scope)),
            Engine::Postgres { .. } => {
                let sql = format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.shared.schema(scope));
                let (reply, answer) = oneshot::channel();
                self.shared.readers.push_raw(sql, reply);
                answer.await.unwrap_or_else(|_| Err(closing()))
            }
        }
    }

    /// Lets the threads finish what is queued and end, without waiting for them.
    pub fn begin_close(&self) {
        self.shared.writers.close();
        self.shared.readers.close();
    }

    /// Finishes what is queued, then stops the threads. Later calls answer `storage.closing`.
    pub async fn close(&self) {
        self.begin_close();
        let threads = std::mem::take(&mut *self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let joined = tokio::task::spawn_blocking(move || threads.into_iter().for_each(|t| drop(t.join()))).await;
        if joined.is_err() {
            tracing::warn!("a database thread ended badly");
        }
        self.shared.spaces.write().unwrap_or_else(PoisonError::into_inner).drain().for_each(|(_, s)| s.close());
    }
}

impl Shared {
    pub fn space(&self, scope: Scope) -> Arc<Space> {
        if let Some(space) = self.spaces.read().unwrap_or_else(PoisonError::into_inner).get(&scope) {
            return space.clone();
        }
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        spaces.entry(scope).or_insert_with(|| Arc::new(Space::new(scope))).clone()
    }
    pub fn migrations(&self, scope: Scope) -> Vec<Migration> {
        self.options.migrations(scope)
    }
    pub fn path(&self, scope: Scope) -> PathBuf {
        copy::place(&self.options.engine, scope).0
    }
    pub fn schema(&self, scope: Scope) -> String {
        copy::place(&self.options.engine, scope).1
    }
}

fn spawn(name: String, f: impl FnOnce() + Send + 'static) -> Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name)
        .spawn(f)
        .map_err(|e| Error::unavailable("storage.unavailable", format!("No thread could be started: {e}")))
}

pub(crate) fn closing() -> Error {
    Error::unavailable("storage.closing", "The server is shutting down. Nothing was stored; try again in a moment.")
}
