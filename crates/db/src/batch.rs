//! Group commit: one transaction for many waiting writes, events numbered last.
//!
//! A write that fails takes nothing of its neighbours. PostgreSQL gives each a savepoint, since one bad statement spoils its transaction. On SQLite
//! a savepoint copies every page that is touched, which costs more than the write itself: there a batch runs without, and only
//! when a write fails after it has changed something is the batch played again with them.

use crate::pg::PgConn;
use crate::queue::{Job, Space};
use crate::tx::{Buffer, Engine as TxEngine, Failure, Trouble, Tx, sqlite_error, unavailable};
use crate::{Committed, Engine, Shared, copy, events, migrate, sqlite};
use kernel::event::Event;
use kernel::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Writes in one commit on SQLite.
const MAX_JOBS: usize = 256;
/// On PostgreSQL 64 subtransactions overflow the snapshot cache; a batch stays below.
const MAX_JOBS_PG: usize = 60;
/// A batch takes no more work after this long.
const MAX_TIME: Duration = Duration::from_millis(8);
/// Once somebody waits in a batch, work that nobody waits for takes no more than this long of it, or as long as a commit on this disk:
/// less, and where commits are slow nearly all time goes into them.
const PATIENCE: Duration = Duration::from_micros(1_200);
/// With so many of them waiting, they get the whole batch: what came in must not fall behind because more comes in.
const PILED_UP: usize = 64;
/// A pause for those who are about to write, and how many of them a batch takes at most.
const GATHER: Duration = Duration::from_micros(40);
const MOST_WAITS: u32 = 4;
/// How often a batch is played again after a lost connection or a deadlock.
const MAX_PLAYS: usize = 3;

static TICK: AtomicU64 = AtomicU64::new(1);

pub(crate) fn work(shared: &Arc<Shared>) {
    let mut pg: Option<PgConn> = None;
    while let Some(space) = shared.writers.take() {
        space.used.store(TICK.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        match &shared.options.engine {
            Engine::Sqlite { .. } => on_file(shared, &space),
            Engine::Postgres { url, .. } => on_pg(shared, &space, &mut pg, url),
        }
        shared.writers.give_back(space);
    }
}

fn fail_all(jobs: Vec<Box<dyn Job>>, error: &Error) {
    jobs.into_iter().for_each(|j| j.done(Err(error.clone())));
}

/// What one playing of a batch came to.
enum Played {
    Committed {
        outcomes: Vec<Result<()>>,
        events: Vec<Event>,
        buffers: Vec<Buffer>,
    },
    /// Nothing was committed; all callers hear this.
    Failed(Error),
    /// Nothing was committed; may be played again.
    Again(Error, Trouble),
    /// Nothing was committed: a write failed half way and there was no savepoint to go back to.
    Spoilt(Error),
}

fn settle(shared: &Shared, space: &Space, jobs: Vec<Box<dyn Job>>, played: Played) {
    let many = jobs.len() > 2;
    match played {
        Played::Committed { outcomes, events, buffers } => {
            let due = buffers.iter().filter_map(|b| b.due).min();
            let mut topics: Vec<&'static str> = buffers.iter().flat_map(|b| b.topics.iter().copied()).collect();
            topics.sort_unstable();
            topics.dedup();
            if !events.is_empty() || due.is_some() || !topics.is_empty() {
                // Without listeners there is nobody to tell.
                drop(shared.committed.send(Arc::new(Committed { scope: space.scope, events, due, topics })));
            }
            let answer = move || jobs.into_iter().zip(outcomes).for_each(|(job, outcome)| job.done(outcome));
            // Waking many callers from here would cost a system call each; the runtime wakes its own for nearly nothing.
            match &shared.runtime {
                Some(runtime) if many => drop(runtime.spawn(async move { answer() })),
                _ => answer(),
            }
        }
        Played::Failed(error) | Played::Again(error, _) | Played::Spoilt(error) => fail_all(jobs, &error),
    }
}

/// Runs the jobs at hand and those that arrive meanwhile. `step` tells the engine what to do between them.
#[expect(clippy::disallowed_methods, reason = "a bound on the length of a batch, not a time of the product")]
fn play(space: &Space, jobs: &mut Vec<Box<dyn Job>>, first_is_urgent: bool, max: usize, engine: &mut dyn Steps) -> Played {
    if let Err((error, trouble)) = engine.begin() {
        return again_or_failed(error, trouble);
    }
    let started = Instant::now();
    let commit = Duration::from_micros(space.last_commit.load(Ordering::Relaxed));
    let patience = if space.backlog() >= PILED_UP { MAX_TIME } else { commit.clamp(PATIENCE, MAX_TIME) };
    let mut awaited = first_is_urgent;
    let mut outcomes = Vec::with_capacity(jobs.len());
    let mut buffers = Vec::with_capacity(jobs.len());
    let mut index = 0;
    let mut waits = MOST_WAITS;
    loop {
        if index == jobs.len() {
            if index >= max || started.elapsed() > MAX_TIME {
                break;
            }
            match space.pop(awaited && started.elapsed() > patience) {
                Some((job, urgent)) => {
                    awaited |= urgent;
                    jobs.push(job);
                }
                // Where many wrote a moment ago, as many are about to: a commit is dearer than the wait for them.
                None if index * 2 < space.last_batch.load(Ordering::Relaxed) && waits > 0 => {
                    waits -= 1;
                    std::thread::sleep(GATHER);
                    continue;
                }
                None => break,
            }
        }
        if let Err((error, trouble)) = engine.savepoint(index > 0) {
            engine.abandon();
            return again_or_failed(error, trouble);
        }
        let job = &mut jobs[index];
        let (outcome, buffer, trouble) = engine.run(&mut |tx| job.run(tx));
        if let (Err(error), Some(trouble)) = (&outcome, trouble) {
            engine.abandon();
            return Played::Again(error.clone(), trouble);
        }
        match &outcome {
            Ok(()) => buffers.push(buffer),
            Err(error) => {
                // A full disk takes the whole transaction away: then nobody's write happened.
                match engine.undo() {
                    Ok(true) => {}
                    Ok(false) => {
                        engine.abandon();
                        return Played::Spoilt(error.clone());
                    }
                    Err((rollback, trouble)) => {
                        engine.abandon();
                        let error = if engine.is_gone() { error.clone() } else { rollback };
                        return again_or_failed(error, trouble);
                    }
                }
            }
        }
        outcomes.push(outcome);
        index += 1;
    }
    space.last_batch.store(index, Ordering::Relaxed);
    let mut tail: Vec<_> = buffers.iter_mut().flat_map(|b| b.tail.drain(..)).collect();
    tail.sort_by_key(|(key, _, _)| *key);
    let mut news: Vec<_> = buffers.iter_mut().flat_map(|b| b.events.drain(..)).collect();
    let mut numbered = Vec::new();
    let (ended, _, trouble) = engine.run(&mut |tx| {
        for (_, sql, args) in &tail {
            tx.exec(sql, args)?;
        }
        numbered = events::flush(tx, std::mem::take(&mut news))?;
        Ok(())
    });
    if let Err(error) = ended {
        engine.abandon();
        return again_or_failed(error, trouble);
    }
    let begun = Instant::now();
    let committed = engine.commit();
    space.last_commit.store(begun.elapsed().as_micros() as u64, Ordering::Relaxed);
    match committed {
        Ok(()) => Played::Committed { outcomes, events: numbered, buffers },
        // A connection lost during COMMIT is never played again blindly: the caller repeats its key.
        Err(error) => {
            engine.abandon();
            Played::Failed(error)
        }
    }
}

fn again_or_failed(error: Error, trouble: Option<Trouble>) -> Played {
    match trouble {
        Some(trouble) => Played::Again(error, trouble),
        None => Played::Failed(error),
    }
}

type Step = Result<(), (Error, Option<Trouble>)>;

/// How an engine takes the steps of a batch.
trait Steps {
    fn begin(&mut self) -> Step;
    /// `release` gives up the savepoint before.
    fn savepoint(&mut self, release: bool) -> Step;
    /// Takes back what the failed write changed; false when only the whole batch could be taken back.
    fn undo(&mut self) -> Result<bool, (Error, Option<Trouble>)>;
    fn run(&mut self, f: &mut dyn FnMut(&mut Tx<'_>) -> Result<()>) -> (Result<()>, Buffer, Option<Trouble>);
    fn commit(&mut self) -> Result<()>;
    fn abandon(&mut self);
    /// The transaction ended by itself.
    fn is_gone(&self) -> bool;
}

fn guarded(tx: &mut Tx<'_>, f: &mut dyn FnMut(&mut Tx<'_>) -> Result<()>) -> Result<()> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f(tx))).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Error::internal(format!("a write panicked: {}", words.unwrap_or("no words"))))
    })
}

// ---------- SQLite ----------

struct File<'a> {
    conn: &'a rusqlite::Connection,
    /// With a savepoint for each write.
    careful: bool,
    /// Rows changed on this connection before the write at hand.
    changed: u64,
}
impl File<'_> {
    fn say(&self, sql: &str) -> Step {
        let said = self.conn.prepare_cached(sql).and_then(|mut s| s.raw_execute());
        said.map(|_| ()).map_err(|e| (sqlite_error(&e, sql), None))
    }
}
impl Steps for File<'_> {
    fn begin(&mut self) -> Step {
        self.say("BEGIN IMMEDIATE")
    }
    fn savepoint(&mut self, release: bool) -> Step {
        if !self.careful {
            self.changed = self.conn.total_changes();
            return Ok(());
        }
        if release {
            self.say("RELEASE j")?;
        }
        self.say("SAVEPOINT j")
    }
    fn undo(&mut self) -> Result<bool, (Error, Option<Trouble>)> {
        if self.careful || self.is_gone() {
            return self.say("ROLLBACK TO j").map(|()| true);
        }
        Ok(self.conn.total_changes() == self.changed)
    }
    fn run(&mut self, f: &mut dyn FnMut(&mut Tx<'_>) -> Result<()>) -> (Result<()>, Buffer, Option<Trouble>) {
        let mut tx = Tx::new(TxEngine::Sqlite(self.conn));
        let outcome = guarded(&mut tx, f);
        (outcome, tx.buffer, None)
    }
    fn commit(&mut self) -> Result<()> {
        self.say("COMMIT").map_err(|(e, _)| e)
    }
    fn abandon(&mut self) {
        if !self.conn.is_autocommit() && self.conn.execute_batch("ROLLBACK").is_err() {
            tracing::error!("a transaction could not be rolled back");
        }
    }
    fn is_gone(&self) -> bool {
        self.conn.is_autocommit()
    }
}

fn on_file(shared: &Shared, space: &Arc<Space>) {
    let mut writer = space.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some((first, urgent)) = space.pop(false) else { return };
    let mut jobs = vec![first];
    if writer.is_none() {
        match open_file(shared, space) {
            Ok(conn) => *writer = Some(conn),
            Err(error) => {
                fail_all(jobs, &error);
                return;
            }
        }
    }
    let Some(conn) = writer.as_ref() else { return };
    let mut played = play(space, &mut jobs, urgent, MAX_JOBS, &mut File { conn, careful: false, changed: 0 });
    if matches!(played, Played::Spoilt(_)) {
        played = play(space, &mut jobs, urgent, MAX_JOBS, &mut File { conn, careful: true, changed: 0 });
    }
    settle(shared, space, jobs, played);
}

fn open_file(shared: &Shared, space: &Arc<Space>) -> Result<rusqlite::Connection> {
    let conn = sqlite::open(&shared.path(space.scope), &shared.options, true)?;
    if !space.migrated.load(Ordering::Acquire) {
        let sqlite_failed = |e: rusqlite::Error| sqlite_error(&e, "migrations");
        copy::keep_before_upgrade(&conn, shared, space.scope)?;
        conn.execute_batch("BEGIN IMMEDIATE").map_err(sqlite_failed)?;
        migrate::apply(&mut Tx::new(TxEngine::Sqlite(&conn)), &shared.migrations(space.scope))?;
        conn.execute_batch("COMMIT").map_err(sqlite_failed)?;
        space.migrated.store(true, Ordering::Release);
    }
    close_idle(shared, space);
    Ok(conn)
}

/// Keeps the number of open writers bounded: the one used longest ago goes.
fn close_idle(shared: &Shared, but: &Arc<Space>) {
    let spaces = shared.spaces.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    if spaces.len() <= shared.options.max_open {
        return;
    }
    let mut open: Vec<_> =
        spaces.values().filter(|s| !Arc::ptr_eq(s, but)).filter(|s| s.writer.try_lock().is_ok_and(|w| w.is_some())).collect();
    if open.len() < shared.options.max_open {
        return;
    }
    open.sort_by_key(|s| s.used.load(Ordering::Relaxed));
    if let Some(Ok(mut writer)) = open.first().map(|s| s.writer.try_lock()) {
        drop(writer.take());
    }
}

// ---------- PostgreSQL ----------

struct Server<'a> {
    conn: &'a mut PgConn,
    schema: &'a str,
}
impl Server<'_> {
    fn say(&mut self, sql: &str) -> Step {
        self.conn.batch(sql).map_err(|e| Failure::from(e).judge(sql))
    }
}
impl Steps for Server<'_> {
    fn begin(&mut self) -> Step {
        self.conn.begin(self.schema, true).map_err(|e| Failure::from(e).judge("BEGIN"))
    }
    fn savepoint(&mut self, release: bool) -> Step {
        self.say(if release { "RELEASE j; SAVEPOINT j" } else { "SAVEPOINT j" })
    }
    fn undo(&mut self) -> Result<bool, (Error, Option<Trouble>)> {
        self.say("ROLLBACK TO j").map(|()| true)
    }
    fn run(&mut self, f: &mut dyn FnMut(&mut Tx<'_>) -> Result<()>) -> (Result<()>, Buffer, Option<Trouble>) {
        let mut tx = Tx::new(TxEngine::Pg(self.conn));
        let outcome = guarded(&mut tx, f);
        (outcome, tx.buffer, tx.trouble)
    }
    fn commit(&mut self) -> Result<()> {
        self.say("COMMIT").map_err(|(e, _)| e)
    }
    fn abandon(&mut self) {
        if !self.conn.is_closed() && self.conn.batch("ROLLBACK").is_err() {
            tracing::warn!("a transaction ended with its connection");
        }
    }
    fn is_gone(&self) -> bool {
        false
    }
}

fn on_pg(shared: &Shared, space: &Arc<Space>, pg: &mut Option<PgConn>, url: &str) {
    let Some((first, urgent)) = space.pop(false) else { return };
    let mut jobs = vec![first];
    let schema = shared.schema(space.scope);
    for round in 1.. {
        let conn = match ready_pg(shared, space, pg, url, &schema) {
            Ok(conn) => conn,
            Err(error) => {
                *pg = None;
                // The connection may just have been cut while idle: once more on a new one.
                if round < 2 {
                    continue;
                }
                return fail_all(jobs, &error);
            }
        };
        let played = play(space, &mut jobs, urgent, MAX_JOBS_PG, &mut Server { conn, schema: &schema });
        if pg.as_ref().is_some_and(PgConn::is_closed) {
            *pg = None;
        }
        match played {
            Played::Again(_, trouble) if round < MAX_PLAYS => {
                if trouble == Trouble::Lost {
                    *pg = None;
                }
            }
            played => return settle(shared, space, jobs, played),
        }
    }
}

fn ready_pg<'a>(shared: &Shared, space: &Space, pg: &'a mut Option<PgConn>, url: &str, schema: &str) -> Result<&'a mut PgConn> {
    if pg.as_ref().is_none_or(PgConn::is_closed) {
        let conn = PgConn::connect(url).map_err(|e| {
            tracing::warn!(error = %e.detail, "PostgreSQL does not answer");
            unavailable()
        })?;
        *pg = Some(conn);
    }
    let conn = pg.as_mut().ok_or_else(unavailable)?;
    if !space.migrated.load(Ordering::Acquire) {
        let failed = |e: postgres::Error| Failure::from(e).judge("migrations").0;
        // Two processes may come at once: the second waits for the first and finds nothing to do.
        let create = format!("BEGIN; SELECT pg_advisory_xact_lock(7215); CREATE SCHEMA IF NOT EXISTS \"{schema}\"; COMMIT");
        conn.batch(&create).map_err(failed)?;
        conn.begin(schema, true).map_err(failed)?;
        let applied = migrate::apply(&mut Tx::new(TxEngine::Pg(conn)), &shared.migrations(space.scope));
        match applied {
            Ok(_) => conn.batch("COMMIT").map_err(failed)?,
            Err(error) => {
                conn.batch("ROLLBACK").map_err(failed)?;
                return Err(error);
            }
        }
        space.migrated.store(true, Ordering::Release);
    }
    Ok(conn)
}
