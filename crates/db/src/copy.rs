//! Whole databases on their way out and back in, for backups: a SQLite file page by page, a PostgreSQL schema table by table. Both read one
//! moment of a database that is being written, and hold up nobody.

use crate::migrate::{self, Migration};
use crate::pg::PgConn;
use crate::tls::{self, refused};
use crate::tx::{Engine as TxEngine, Failure, Tx};
use crate::{Dialect, Engine, Options, Scope, Shared, params, sqlite};
use kernel::{Error, Result, WorkspaceId};
use postgres::Client;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// What a database held at that moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Rows of each table that a migration made.
    pub rows: Vec<(String, i64)>,
    /// Names and hashes.
    pub migrations: Vec<(String, String)>,
    /// In the control database only.
    pub workspaces: Vec<WorkspaceId>,
}

/// Where a database lies: a file, or a schema.
pub fn place(engine: &Engine, scope: Scope) -> (PathBuf, String) {
    match engine {
        Engine::Sqlite { dir } => (sqlite::path(dir, scope), String::new()),
        Engine::Postgres { prefix, .. } => (PathBuf::new(), schema(prefix, scope)),
    }
}
pub(crate) fn schema(prefix: &str, scope: Scope) -> String {
    match scope {
        Scope::Control => format!("{prefix}control"),
        Scope::Workspace(id) => format!("{prefix}{id}"),
    }
}

// ---------- SQLite ----------

fn failed(what: &str) -> impl Fn(rusqlite::Error) -> Error + '_ {
    move |e| Error::unavailable("storage.unavailable", format!("{what}: {e}."))
}

/// Pages copied between two looks at whether to go on: 4 MB.
const STEP: i32 = 1_024;

/// Copies a database as it is now into a new file, while others write to it. The copy is quick, so that the log of the original, which
/// cannot shrink meanwhile, stays short; what takes time is done with the copy.
pub fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let cannot = failed("The database cannot be copied");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags).map_err(&cannot)?;
    source.busy_timeout(std::time::Duration::from_secs(10)).map_err(&cannot)?;
    // One read transaction around all steps: writers go on, and the copy never begins anew because of them.
    source.execute_batch("PRAGMA query_only = ON; BEGIN; SELECT COUNT(*) FROM sqlite_master;").map_err(&cannot)?;
    let mut target = Connection::open(to).map_err(&cannot)?;
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;").map_err(&cannot)?;
    {
        let backup = Backup::new(&source, &mut target).map_err(&cannot)?;
        let mut busy = 0;
        loop {
            match backup.step(STEP).map_err(&cannot)? {
                StepResult::Done => break,
                StepResult::More => busy = 0,
                _ if busy < 1_000 => {
                    busy += 1;
                    std::thread::yield_now();
                }
                _ => return Err(Error::unavailable("storage.busy", "The database is busy. Try again.")),
            }
        }
    }
    source.execute_batch("COMMIT").map_err(&cannot)
}

/// Looks into a copy that nobody else uses.
pub fn facts_of_file(path: &Path) -> Result<Facts> {
    let cannot = failed("The copy of the database cannot be read");
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(&cannot)?;
    // In a folder of its own, a copy in WAL mode would leave files beside it.
    conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF;").map_err(&cannot)?;
    facts(&mut Tx::new(TxEngine::Sqlite(&conn)))
}

fn facts(tx: &mut Tx<'_>) -> Result<Facts> {
    let names: Vec<String> = tx.query(tx.dialect().tables(), params![], |r| r.get(0))?;
    let mut out = Facts::default();
    for name in &names {
        out.rows.push((name.clone(), tx.number(&format!("SELECT COUNT(*) FROM \"{name}\""), params![])?));
    }
    if names.iter().any(|n| n == "schema_migrations") {
        out.migrations = tx.query("SELECT name, hash FROM schema_migrations ORDER BY name", params![], |r| Ok((r.next()?, r.next()?)))?;
    }
    if names.iter().any(|n| n == "workspaces") {
        out.workspaces = tx.query("SELECT id FROM workspaces ORDER BY created_at, id", params![], |r| r.get(0))?;
    }
    Ok(out)
}

/// What SQLite itself says of a file, its full text index included: nothing, if all is well.
pub fn check_file(path: &Path) -> Result<Vec<String>> {
    Ok(said_of(path).map_or_else(|e| vec![e.to_string()], |rows| rows.into_iter().filter(|r| r != "ok").collect()))
}

fn said_of(path: &Path) -> rusqlite::Result<Vec<String>> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(std::time::Duration::from_secs(10))?;
    conn.execute_batch("PRAGMA query_only = ON;")?;
    let mut statement = conn.prepare("PRAGMA integrity_check(20)")?;
    let rows = statement.query_map([], |r| r.get(0))?;
    rows.collect()
}

/// Below the folder of databases: each as it was before its last upgrade.
pub const BEFORE: &str = "before-upgrade";

/// A database that is about to be migrated is copied first, so that the version before can be gone back to. Without a copy, no migration.
pub(crate) fn keep_before_upgrade(conn: &Connection, shared: &Shared, scope: Scope) -> Result<()> {
    let had: i64 = conn
        .query_row("SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_migrations'", [], |r| r.get(0))
        .map_err(failed("The database cannot be read"))?;
    let plan = migrate::plan(&mut Tx::new(TxEngine::Sqlite(conn)), &shared.migrations(scope));
    // What is wrong with it is said by whoever applies the migrations.
    if had == 0 || plan.map_or(true, |p| p.pending.is_empty() || p.applied.is_empty()) {
        return Ok(());
    }
    let path = shared.path(scope);
    let cannot = |e: String| {
        Error::unavailable(
            "migration.no_copy",
            format!(
                "Before its upgrade the database {} is copied, and that did not work: {e} Make room, or start the version before.",
                path.display()
            ),
        )
    };
    let Engine::Sqlite { dir } = &shared.options.engine else { return Ok(()) };
    let kept = dir.join(BEFORE).join(path.file_name().unwrap_or_default());
    let new = kept.with_extension("new");
    let io = |e: std::io::Error| cannot(format!("{e}."));
    std::fs::create_dir_all(dir.join(BEFORE)).map_err(io)?;
    if new.exists() {
        std::fs::remove_file(&new).map_err(io)?;
    }
    copy_file(&path, &new).map_err(|e| cannot(e.detail))?;
    std::fs::File::open(&new).and_then(|f| f.sync_all()).map_err(io)?;
    std::fs::rename(&new, &kept).map_err(io)
}

/// What a migration would do, tried out: on a copy of a file, or in a transaction that is taken back. None: the database is not there yet.
pub fn rehearse(options: &Options, scope: Scope, scratch: &Path) -> Result<Option<migrate::Plan>> {
    let migrations = options.migrations(scope);
    let (path, schema) = place(&options.engine, scope);
    match &options.engine {
        Engine::Sqlite { .. } if !path.exists() => Ok(None),
        Engine::Sqlite { .. } => {
            copy_file(&path, scratch)?;
            let cannot = failed("The copy of the database cannot be opened");
            let conn = Connection::open_with_flags(scratch, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(&cannot)?;
            conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON; BEGIN IMMEDIATE;")
                .map_err(&cannot)?;
            migrate::apply(&mut Tx::new(TxEngine::Sqlite(&conn)), &migrations).map(Some)
        }
        Engine::Postgres { url, .. } => {
            let mut conn = PgConn::connect(url)?;
            conn.begin(&schema, true).map_err(|e| refused(&e))?;
            let mut tx = Tx::new(TxEngine::Pg(&mut conn));
            let there = tx.opt("SELECT 1 FROM pg_namespace WHERE nspname = $1", params![&schema], |r| r.get::<i64>(0))?;
            let plan = there.map(|_| migrate::apply(&mut tx, &migrations)).transpose();
            conn.batch("ROLLBACK").map_err(|e| refused(&e))?;
            plan
        }
    }
}

/// The workspaces that the control database knows, whatever version it is of; none when there is no database.
pub fn workspaces(options: &Options) -> Result<Vec<WorkspaceId>> {
    let sql = "SELECT id FROM workspaces ORDER BY created_at, id";
    let (path, schema) = place(&options.engine, Scope::Control);
    match &options.engine {
        Engine::Sqlite { .. } if !path.exists() => Ok(Vec::new()),
        Engine::Sqlite { .. } => {
            let cannot = failed("The database cannot be read");
            let conn = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(&cannot)?;
            conn.execute_batch("PRAGMA query_only = ON;").map_err(&cannot)?;
            Tx::new(TxEngine::Sqlite(&conn)).query(sql, params![], |r| r.get(0))
        }
        Engine::Postgres { url, .. } => match SchemaCopy::begin(url, &schema)? {
            None => Ok(Vec::new()),
            Some(mut moment) => Tx::new(TxEngine::Pg(&mut moment.conn)).query(sql, params![], |r| r.get(0)),
        },
    }
}

// ---------- PostgreSQL ----------

/// Where bytes go, piece by piece.
pub type Pieces<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// A table of a schema, with its columns in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<String>,
}

/// One moment of one schema.
pub struct SchemaCopy {
    conn: PgConn,
    reader: Client,
    schema: String,
}

impl SchemaCopy {
    /// None: there is no such schema.
    pub fn begin(url: &str, schema: &str) -> Result<Option<Self>> {
        let mut conn = PgConn::connect(url)?;
        let mut reader = tls::connect(url)?;
        let there = reader.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&schema]).map_err(|e| refused(&e))?;
        if there.is_none() {
            return Ok(None);
        }
        // Two connections see the same moment: one asks in our own way, one copies.
        let open = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        reader.batch_execute(&format!("{open}; SET LOCAL search_path TO \"{schema}\"")).map_err(|e| refused(&e))?;
        let moment: String = reader.query_one("SELECT pg_export_snapshot()", &[]).map_err(|e| refused(&e))?.get(0);
        conn.batch(&format!("{open}; SET TRANSACTION SNAPSHOT '{moment}'; SET LOCAL search_path TO \"{schema}\""))
            .map_err(|e| refused(&e))?;
        Ok(Some(Self { conn, reader, schema: schema.to_owned() }))
    }
    pub fn facts(&mut self) -> Result<Facts> {
        facts(&mut Tx::new(TxEngine::Pg(&mut self.conn)))
    }
    pub fn tables(&mut self) -> Result<Vec<Table>> {
        tables(&mut self.reader, &self.schema)
    }
    /// All rows in PostgreSQL's binary form, in the order in which they lie.
    pub fn read(&mut self, table: &Table, into: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let sql = format!("COPY \"{}\" ({}) TO STDOUT (FORMAT binary)", table.name, quoted(&table.columns));
        let mut rows = self.reader.copy_out(sql.as_str()).map_err(|e| refused(&e))?;
        let mut buffer = vec![0u8; 256 << 10];
        loop {
            match rows.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(n) => into(&buffer[..n])?,
                Err(e) => return Err(Error::unavailable("storage.unavailable", format!("The table {} cannot be read: {e}.", table.name))),
            }
        }
    }
}

fn quoted(columns: &[String]) -> String {
    columns.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ")
}

fn tables(client: &mut Client, schema: &str) -> Result<Vec<Table>> {
    let rows = client
        .query(
            "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE n.nspname = $1 AND c.relkind = 'r' ORDER BY c.relname COLLATE \"C\", a.attnum",
            &[&schema],
        )
        .map_err(|e| refused(&e))?;
    let mut out: Vec<Table> = Vec::new();
    for row in rows {
        let (name, column): (String, String) = (row.get(0), row.get(1));
        match out.last_mut().filter(|t| t.name == name) {
            Some(table) => table.columns.push(column),
            None => out.push(Table { name, columns: vec![column] }),
        }
    }
    Ok(out)
}

/// A schema that is filled: everything in one transaction, which nobody sees before its end.
pub struct SchemaFill {
    conn: PgConn,
    schema: String,
    /// Statements that put back what was taken away while filling.
    after: Vec<String>,
}

impl SchemaFill {
    /// Makes the schema as it was when it had these migrations and no others.
    pub fn begin(url: &str, options: &Options, scope: Scope, had: &[(String, String)]) -> Result<Self> {
        let Engine::Postgres { prefix, .. } = &options.engine else { return Err(Error::internal("not PostgreSQL")) };
        let schema = schema(prefix, scope);
        let known = options.migrations(scope);
        let mut conn = PgConn::connect(url)?;
        conn.batch(&format!("CREATE SCHEMA \"{schema}\"")).map_err(|e| match e.code() {
            Some(c) if *c == postgres::error::SqlState::DUPLICATE_SCHEMA => Error::conflict(
                "restore.not_empty",
                format!("The database has the schema {schema} already. Restore into a database of its own, or remove what is there."),
            ),
            _ => refused(&e),
        })?;
        let mut made = Self { conn, schema, after: Vec::new() };
        match made.prepare(&known, had) {
            Ok(()) => Ok(made),
            Err(error) => {
                made.abandon();
                Err(error)
            }
        }
    }
    fn prepare(&mut self, known: &[Migration], had: &[(String, String)]) -> Result<()> {
        let applied = of(known, had)?;
        self.conn.begin(&self.schema, true).map_err(|e| refused(&e))?;
        let mut tx = Tx::new(TxEngine::Pg(&mut self.conn));
        migrate::apply(&mut tx, &applied)?;
        // What holds rows together or finds them is put back once all are there: many times faster than row by row.
        let schema = self.schema.clone();
        let keys: Vec<(String, String, String)> = tx.query(
            "SELECT r.relname::text, c.conname::text, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid \
             JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = $1 AND c.contype = 'f'",
            params![&schema],
            |r| Ok((r.next()?, r.next()?, r.next()?)),
        )?;
        let indexes: Vec<(String, String)> = tx.query(
            "SELECT i.relname::text, pg_get_indexdef(x.indexrelid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid \
             JOIN pg_namespace n ON n.oid = i.relnamespace WHERE n.nspname = $1 \
             AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid)",
            params![&schema],
            |r| Ok((r.next()?, r.next()?)),
        )?;
        let tables: Vec<String> = tx.query(Dialect::Postgres.tables(), params![], |r| r.get(0))?;
        let mut before = Vec::new();
        for (name, sql) in indexes {
            before.push(format!("DROP INDEX \"{name}\""));
            self.after.push(sql);
        }
        for (table, name, definition) in keys {
            before.push(format!("ALTER TABLE \"{table}\" DROP CONSTRAINT \"{name}\""));
            self.after.push(format!("ALTER TABLE \"{table}\" ADD CONSTRAINT \"{name}\" {definition}"));
        }
        before.extend(tables.iter().map(|t| format!("TRUNCATE \"{t}\"")));
        self.conn.batch(&before.join(";\n")).map_err(|e| refused(&e))
    }
    /// Takes in what [`SchemaCopy::read`] gave.
    pub fn fill(&mut self, table: &Table, rows: &mut dyn FnMut(Pieces<'_>) -> Result<()>) -> Result<()> {
        let sql = format!("COPY \"{}\" ({}) FROM STDIN (FORMAT binary)", table.name, quoted(&table.columns));
        let mut into = self.conn.copy_in(&sql).map_err(|e| refused(&e))?;
        rows(&mut |piece| {
            into.write_all(piece)
                .map_err(|e| Error::unavailable("storage.unavailable", format!("The table {} cannot be filled: {e}.", table.name)))
        })?;
        into.finish().map(drop).map_err(|e| refused(&e))
    }
    /// Indexes and keys are made, numbers given by the database go on behind the last one, and it becomes visible.
    pub fn finish(mut self) -> Result<()> {
        let done = self.complete();
        if done.is_err() {
            self.abandon();
        }
        done
    }
    fn complete(&mut self) -> Result<()> {
        self.conn.batch("SET LOCAL maintenance_work_mem = '256MB'").map_err(|e| refused(&e))?;
        self.conn.batch(&self.after.join(";\n")).map_err(|e| refused(&e))?;
        let schema = self.schema.clone();
        let numbered: Vec<(String, String)> = {
            let mut tx = Tx::new(TxEngine::Pg(&mut self.conn));
            tx.query(
                "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = $1 AND is_identity = 'YES'",
                params![&schema],
                |r| Ok((r.next()?, r.next()?)),
            )?
        };
        for (table, column) in numbered {
            let sql = format!(
                "SELECT setval(pg_get_serial_sequence('\"{schema}\".\"{table}\"', '{column}'), GREATEST((SELECT MAX(\"{column}\") FROM \"{table}\"), 1), \
                 EXISTS (SELECT 1 FROM \"{table}\"))"
            );
            self.conn.batch(&sql).map_err(|e| refused(&e))?;
        }
        self.conn.batch("COMMIT").map_err(|e| refused(&e))?;
        // Plans go by these figures; without them the first searches would be slow.
        self.conn.batch(&format!("SET search_path TO \"{}\"", self.schema)).map_err(|e| refused(&e))?;
        let tables = tables_of(&mut self.conn)?;
        self.conn.batch(&tables.iter().map(|t| format!("ANALYZE \"{t}\"")).collect::<Vec<_>>().join(";")).map_err(|e| refused(&e))
    }
    /// Takes everything back.
    pub fn abandon(&mut self) {
        let gone =
            self.conn.batch("ROLLBACK").and_then(|()| self.conn.batch(&format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.schema)));
        if gone.is_err() {
            tracing::warn!(schema = %self.schema, "a schema that was being filled could not be removed");
        }
    }
}

fn tables_of(conn: &mut PgConn) -> Result<Vec<String>> {
    let rows = conn.query(Dialect::Postgres.tables(), params![], |r| r.get(0));
    rows.map_err(|f: Failure| f.judge("tables").0)
}

/// The migrations that a database had, as this program knows them.
pub fn of(known: &[Migration], had: &[(String, String)]) -> Result<Vec<Migration>> {
    had.iter()
        .map(|(name, hash)| match known.iter().find(|m| m.name == name) {
            Some(m) if m.hash() == *hash => Ok(*m),
            Some(_) => Err(Error::conflict(
                "migration.changed",
                format!("The migration {name} differs from the one this data had. This program does not belong to it."),
            )),
            None => Err(Error::conflict(
                "migration.unknown",
                format!("This data is of a newer version (it has the migration {name}). Use that version."),
            )),
        })
        .collect()
}
