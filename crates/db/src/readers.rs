//! A few threads that read: each keeps some SQLite connections, or one to PostgreSQL.

use crate::pg::PgConn;
use crate::tx::{Engine as TxEngine, Failure, Tx, unavailable};
use crate::{Engine, Scope, Shared, closing, sqlite};
use kernel::{Error, Result};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// SQLite connections one thread keeps.
const KEPT: usize = 32;

pub(crate) type Read = Box<dyn FnOnce(Result<&mut Tx<'_>>) + Send>;
enum Task {
    Read(Scope, Read),
    Raw(String, oneshot::Sender<Result<()>>),
}

#[derive(Default)]
pub(crate) struct Pool {
    state: Mutex<(VecDeque<Task>, bool)>,
    wake: Condvar,
}
impl Pool {
    pub fn push(&self, scope: Scope, read: Read) {
        if let Some(Task::Read(_, read)) = self.offer(Task::Read(scope, read)) {
            read(Err(closing()));
        }
    }
    pub fn push_raw(&self, sql: String, reply: oneshot::Sender<Result<()>>) {
        if let Some(Task::Raw(_, reply)) = self.offer(Task::Raw(sql, reply)) {
            drop(reply.send(Err(closing())));
        }
    }
    fn offer(&self, task: Task) -> Option<Task> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.1 {
            return Some(task);
        }
        state.0.push_back(task);
        self.wake.notify_one();
        None
    }
    fn take(&self) -> Option<Task> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(task) = state.0.pop_front() {
                return Some(task);
            }
            if state.1 {
                return None;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
    pub fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        self.wake.notify_all();
    }
}

pub(crate) fn work(shared: &Arc<Shared>) {
    let mut files: Vec<(Scope, rusqlite::Connection)> = Vec::new();
    let mut pg: Option<PgConn> = None;
    while let Some(task) = shared.readers.take() {
        match (task, &shared.options.engine) {
            (Task::Read(scope, read), Engine::Sqlite { .. }) => read_file(shared, &mut files, scope, read),
            (Task::Read(scope, read), Engine::Postgres { url, .. }) => {
                if read_pg(shared, &mut pg, url, scope, read).is_err() {
                    pg = None;
                }
            }
            (Task::Raw(sql, reply), Engine::Postgres { url, .. }) => {
                let done = connected(&mut pg, url).and_then(|c| c.batch(&sql).map_err(|e| Error::internal(e.to_string())));
                drop(reply.send(done));
            }
            (Task::Raw(_, reply), _) => drop(reply.send(Ok(()))),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a deadline for the database, not a time of the product")]
fn read_file(shared: &Shared, files: &mut Vec<(Scope, rusqlite::Connection)>, scope: Scope, read: Read) {
    match files.iter().position(|(s, _)| *s == scope) {
        Some(i) => {
            let entry = files.remove(i);
            files.push(entry);
        }
        None => match sqlite::open(&shared.path(scope), &shared.options, false) {
            Ok(conn) => {
                if files.len() >= KEPT {
                    files.remove(0);
                }
                files.push((scope, conn));
            }
            Err(e) => return read(Err(e)),
        },
    }
    let Some((_, conn)) = files.last_mut() else { return };
    if let Err(e) = conn.execute_batch("BEGIN") {
        let error = crate::tx::sqlite_error(&e, "BEGIN");
        files.pop();
        return read(Err(error));
    }
    let end = Instant::now() + Duration::from_millis(shared.options.read_deadline_ms);
    let watched = conn.progress_handler(20_000, Some(move || Instant::now() > end));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(Ok(&mut Tx::new(TxEngine::Sqlite(&*conn))))));
    let ended = conn.progress_handler(0, None::<fn() -> bool>).and_then(|()| conn.execute_batch("COMMIT"));
    if caught.is_err() || watched.is_err() || ended.is_err() {
        files.pop();
    }
}

fn read_pg(shared: &Shared, pg: &mut Option<PgConn>, url: &str, scope: Scope, read: Read) -> Result<(), ()> {
    let schema = shared.schema(scope);
    let mut fresh = false;
    loop {
        let conn = match pg {
            Some(conn) if !conn.is_closed() => conn,
            _ => match connected(pg, url) {
                Ok(conn) => {
                    fresh = true;
                    conn
                }
                Err(e) => {
                    read(Err(e));
                    return Err(());
                }
            },
        };
        let begun = conn
            .begin(&schema, false)
            .and_then(|()| conn.batch(&format!("SET LOCAL statement_timeout = {}", shared.options.read_deadline_ms)));
        match begun {
            Ok(()) => break,
            // An idle connection may have been cut; a fresh one that fails is a real failure.
            Err(_) if !fresh => *pg = None,
            Err(e) => {
                read(Err(Failure::from(e).judge("BEGIN").0));
                return Err(());
            }
        }
    }
    let Some(conn) = pg else { return Err(()) };
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(Ok(&mut Tx::new(TxEngine::Pg(conn))))));
    let ended = conn.batch("COMMIT");
    if caught.is_err() || ended.is_err() { Err(()) } else { Ok(()) }
}

fn connected<'a>(pg: &'a mut Option<PgConn>, url: &str) -> Result<&'a mut PgConn> {
    match PgConn::connect(url) {
        Ok(conn) => Ok(pg.insert(conn)),
        Err(e) => {
            tracing::warn!(error = %e.detail, "PostgreSQL does not answer");
            Err(unavailable())
        }
    }
}
