//! A transaction as a closure sees it: statements, buffered events, and statements that wait for the end of the batch.

use crate::dialect::Dialect;
use crate::pg::PgConn;
use crate::value::{Row, Value};
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{Error, Result};

/// What a failed statement means for the batch around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The connection is gone: the batch may be played again on another one.
    Lost,
    /// Serialization failure or deadlock: the batch may be played again.
    Again,
}

pub(crate) enum Engine<'a> {
    Sqlite(&'a rusqlite::Connection),
    Pg(&'a mut PgConn),
}

/// Everything that belongs to one attempt of one closure and goes away with it.
#[derive(Default)]
pub(crate) struct Buffer {
    pub events: Vec<NewEvent>,
    pub tail: Vec<(i64, &'static str, Vec<Value<'static>>)>,
    pub due: Option<Millis>,
    pub topics: Vec<&'static str>,
}

/// One transaction. Closures do nothing but SQL and pure rules with it: they may run twice.
pub struct Tx<'a> {
    pub(crate) engine: Engine<'a>,
    pub(crate) buffer: Buffer,
    pub(crate) trouble: Option<Trouble>,
    mark: Option<(&'static str, String)>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(engine: Engine<'a>) -> Self {
        Self { engine, buffer: Buffer::default(), trouble: None, mark: None }
    }

    pub fn dialect(&self) -> Dialect {
        match self.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Pg(_) => Dialect::Postgres,
        }
    }

    /// Runs one statement; gives the number of rows it changed.
    pub fn exec(&mut self, sql: &str, args: &[Value<'_>]) -> Result<u64> {
        let done = match &mut self.engine {
            Engine::Sqlite(conn) => exec_sqlite(conn, sql, args).map_err(Failure::from),
            Engine::Pg(conn) => conn.exec(sql, args).map_err(Failure::from),
        };
        done.map_err(|f| self.fail(f, sql))
    }

    /// All rows, mapped in order.
    pub fn query<T>(&mut self, sql: &str, args: &[Value<'_>], map: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let got = match &mut self.engine {
            Engine::Sqlite(conn) => query_sqlite(conn, sql, args, map),
            Engine::Pg(conn) => conn.query(sql, args, map),
        };
        got.map_err(|f| self.fail(f, sql))
    }

    /// The first row, if any.
    pub fn opt<T>(&mut self, sql: &str, args: &[Value<'_>], map: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Option<T>> {
        Ok(self.query(sql, args, map)?.into_iter().next())
    }

    /// The one row there must be; none is an internal error.
    pub fn one<T>(&mut self, sql: &str, args: &[Value<'_>], map: impl FnMut(&Row<'_>) -> Result<T>) -> Result<T> {
        self.opt(sql, args, map)?.ok_or_else(|| Error::internal(format!("no row from: {sql}")))
    }

    /// A single number, such as a count.
    pub fn number(&mut self, sql: &str, args: &[Value<'_>]) -> Result<i64> {
        self.one(sql, args, |r| r.get(0))
    }

    /// Inserts one row and gives the number in its column `key`, which the database chose (on SQLite the row's own number).
    pub fn insert(&mut self, sql: &str, key: &str, args: &[Value<'_>]) -> Result<i64> {
        if let Engine::Sqlite(conn) = &self.engine {
            // A RETURNING clause there costs a table of its own for each row.
            let done = exec_sqlite(conn, sql, args).map(|_| conn.last_insert_rowid());
            return done.map_err(|e| self.fail(e.into(), sql));
        }
        self.number(&format!("{sql} RETURNING {key}"), args)
    }

    /// Prepares without running; for the test that every statement is understood by both engines.
    pub fn check(&mut self, sql: &str) -> Result<()> {
        let done = match &mut self.engine {
            Engine::Sqlite(conn) => conn.prepare_cached(sql).map(|_| ()).map_err(Failure::from),
            Engine::Pg(conn) => conn.prepare(sql).map(|_| ()).map_err(Failure::from),
        };
        done.map_err(|f| self.fail(f, sql))
    }

    /// Appends an event; it gets its number when the batch commits.
    pub fn emit(&mut self, mut event: NewEvent) {
        if let Some((name, value)) = &self.mark {
            if event.payload.is_null() {
                event.payload = serde_json::Value::Object(serde_json::Map::new());
            }
            if let Some(payload) = event.payload.as_object_mut() {
                payload.insert((*name).to_owned(), value.clone().into());
            }
        }
        self.buffer.events.push(event);
    }

    /// Runs `f`; each event that it appends says this besides: what they all belong to.
    pub fn marked<T>(&mut self, name: &'static str, value: &str, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.mark.replace((name, value.to_owned()));
        let done = f(self);
        self.mark = before;
        done
    }

    /// Runs a statement once, at the end of the batch, ordered by `key`; goes with this closure if it fails.
    pub fn at_end(&mut self, key: i64, sql: &'static str, args: Vec<Value<'static>>) {
        self.buffer.tail.push((key, sql, args));
    }

    /// Says that there is work for the job runner at `at` (unix ms).
    pub fn due(&mut self, at: Millis) {
        self.buffer.due = Some(self.buffer.due.map_or(at, |d| d.min(at)));
    }

    /// Wakes whoever waits for `topic` once this is committed.
    pub fn wake(&mut self, topic: &'static str) {
        if !self.buffer.topics.contains(&topic) {
            self.buffer.topics.push(topic);
        }
    }

    fn fail(&mut self, failure: Failure, sql: &str) -> Error {
        let (error, trouble) = failure.judge(sql);
        if trouble.is_some() {
            self.trouble = trouble;
        }
        error
    }
}

/// A statement's failure before it is put into words.
pub(crate) enum Failure {
    Sqlite(rusqlite::Error),
    Pg(postgres::Error),
    Mapped(Error),
}
impl From<rusqlite::Error> for Failure {
    fn from(e: rusqlite::Error) -> Self {
        Self::Sqlite(e)
    }
}
impl From<postgres::Error> for Failure {
    fn from(e: postgres::Error) -> Self {
        Self::Pg(e)
    }
}
impl Failure {
    pub(crate) fn judge(self, sql: &str) -> (Error, Option<Trouble>) {
        match self {
            Self::Mapped(e) => (e, None),
            Self::Sqlite(e) => (sqlite_error(&e, sql), None),
            Self::Pg(e) => {
                use postgres::error::SqlState as S;
                let broken = std::error::Error::source(&e).is_some_and(|s| s.is::<std::io::Error>());
                if e.is_closed() || broken {
                    return (unavailable(), Some(Trouble::Lost));
                }
                match e.code() {
                    Some(c) if *c == S::T_R_SERIALIZATION_FAILURE || *c == S::T_R_DEADLOCK_DETECTED => {
                        (Error::unavailable("storage.busy", "The database is busy. Try again."), Some(Trouble::Again))
                    }
                    Some(c) if *c == S::ADMIN_SHUTDOWN || *c == S::CRASH_SHUTDOWN || *c == S::CANNOT_CONNECT_NOW => {
                        (unavailable(), Some(Trouble::Lost))
                    }
                    Some(c) if *c == S::UNIQUE_VIOLATION => (Error::conflict("storage.unique", "This exists already."), None),
                    Some(c) if *c == S::DISK_FULL => (disk_full(), None),
                    Some(c) if *c == S::READ_ONLY_SQL_TRANSACTION => (unavailable(), None),
                    _ => {
                        let words = e.as_db_error().map(|d| d.to_string()).unwrap_or_else(|| e.to_string());
                        (Error::internal(format!("{words} in: {sql}")), None)
                    }
                }
            }
        }
    }
}

pub(crate) fn unavailable() -> Error {
    Error::unavailable("storage.unavailable", "The database does not answer. Nothing was lost; try again in a moment.")
}
fn disk_full() -> Error {
    Error::unavailable("storage.full", "The disk is full. Nothing was stored; make room and try again.")
}

pub(crate) fn sqlite_error(e: &rusqlite::Error, sql: &str) -> Error {
    use rusqlite::ErrorCode as C;
    match e.sqlite_error_code() {
        Some(C::DiskFull) => disk_full(),
        Some(C::DatabaseBusy | C::DatabaseLocked) => Error::unavailable("storage.busy", "The database is busy. Try again."),
        Some(C::CannotOpen | C::SystemIoFailure | C::ReadOnly) => {
            tracing::error!(error = %e, "the database file cannot be used");
            Error::unavailable("storage.unavailable", "The database file cannot be used. Nothing was stored; look at the disk.")
        }
        Some(C::OperationInterrupted) => Error::unavailable("storage.deadline", "This took too long and was stopped."),
        Some(C::ConstraintViolation) if unique(e) => Error::conflict("storage.unique", "This exists already."),
        _ => Error::internal(format!("{e} in: {sql}")),
    }
}
fn unique(e: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    matches!(e, rusqlite::Error::SqliteFailure(f, _)
        if f.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE || f.extended_code == ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
}

pub(crate) fn exec_sqlite(conn: &rusqlite::Connection, sql: &str, args: &[Value<'_>]) -> rusqlite::Result<u64> {
    let mut statement = conn.prepare_cached(sql)?;
    bind(&mut statement, args)?;
    if statement.column_count() > 0 {
        let mut rows = statement.raw_query();
        let mut n = 0;
        while rows.next()?.is_some() {
            n += 1;
        }
        return Ok(n);
    }
    Ok(statement.raw_execute()? as u64)
}

fn query_sqlite<T>(
    conn: &rusqlite::Connection,
    sql: &str,
    args: &[Value<'_>],
    mut map: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>, Failure> {
    let mut statement = conn.prepare_cached(sql)?;
    bind(&mut statement, args)?;
    let mut rows = statement.raw_query();
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(map(&Row::sqlite(row)).map_err(Failure::Mapped)?);
    }
    Ok(out)
}

/// `$3` is a *named* parameter to SQLite, numbered by first appearance, so bind by the number in its name.
fn bind(statement: &mut rusqlite::CachedStatement<'_>, args: &[Value<'_>]) -> rusqlite::Result<()> {
    for i in 1..=statement.parameter_count() {
        let number = statement.parameter_name(i).and_then(|n| n.get(1..)).and_then(|n| n.parse::<usize>().ok());
        let value = number.and_then(|n| args.get(n.wrapping_sub(1)));
        let value = value.ok_or(rusqlite::Error::InvalidParameterCount(args.len(), i))?;
        statement.raw_bind_parameter(i, value)?;
    }
    Ok(())
}
