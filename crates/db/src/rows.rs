//! The rows of one database in a form that belongs to no engine: for archives that go from one to the other. Read at one moment of a
//! database that is being written; put into one that nobody sees before it is whole.

use crate::copy::{self, SchemaFill, Table};
use crate::migrate::{self, Migration};
use crate::pg::PgConn;
use crate::tx::{Engine as TxEngine, Tx, sqlite_error};
use crate::value::{Row, Value};
use crate::{Dialect, Engine, Options, Scope, params};
use kernel::{Error, Result};
use rusqlite::{Connection, OpenFlags};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// What a column holds. There are no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Integer,
    Text,
    Boolean,
    Real,
    Bytes,
}
impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Boolean => "boolean",
            Self::Real => "real",
            Self::Bytes => "bytes",
        }
    }
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Integer, Self::Text, Self::Boolean, Self::Real, Self::Bytes].into_iter().find(|k| k.word() == word)
    }
    /// As the engines call it.
    fn of(declared: &str) -> Option<Self> {
        match declared.to_ascii_lowercase().as_str() {
            "bigint" | "integer" => Some(Self::Integer),
            "text" => Some(Self::Text),
            "boolean" => Some(Self::Boolean),
            "double precision" => Some(Self::Real),
            "blob" | "bytea" => Some(Self::Bytes),
            _ => None,
        }
    }
    /// A missing value.
    pub fn null(self) -> Value<'static> {
        match self {
            Self::Integer => Value::Int(None),
            Self::Text => Value::Text(None),
            Self::Boolean => Value::Bool(None),
            Self::Real => Value::Real(None),
            Self::Bytes => Value::Bytes(None),
        }
    }
    fn read(self, row: &Row<'_>, index: usize) -> Result<Value<'static>> {
        Ok(match self {
            Self::Integer => Value::Int(row.get(index)?),
            Self::Text => Value::Text(row.get::<Option<String>>(index)?.map(Cow::Owned)),
            Self::Boolean => Value::Bool(row.get(index)?),
            Self::Real => Value::Real(row.get(index)?),
            Self::Bytes => Value::Bytes(row.get::<Option<Vec<u8>>>(index)?.map(Cow::Owned)),
        })
    }
}

/// A table with its columns by name: the same on both engines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub name: String,
    pub columns: Vec<(String, Kind)>,
    /// The columns of its primary key, in their order.
    pub key: Vec<String>,
}
impl Layout {
    pub fn at(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|(name, _)| name == column)
    }
}

/// All tables but the search index, which is made anew from the messages.
fn layouts(tx: &mut Tx<'_>) -> Result<Vec<Layout>> {
    let rows: Vec<(String, String, String, i64)> =
        tx.query(tx.dialect().layouts(), params![], |r| Ok((r.next()?, r.next()?, r.next()?, r.next()?)))?;
    let mut out: Vec<(Layout, Vec<(i64, String)>)> = Vec::new();
    for (table, column, declared, place) in rows {
        let kind =
            Kind::of(&declared).ok_or_else(|| Error::internal(format!("the column {table}.{column} is of an unknown type: {declared}")))?;
        if out.last().is_none_or(|(l, _)| l.name != table) {
            out.push((Layout { name: table, columns: Vec::new(), key: Vec::new() }, Vec::new()));
        }
        if let Some((layout, key)) = out.last_mut() {
            layout.columns.push((column.clone(), kind));
            if place > 0 {
                key.push((place, column));
            }
        }
    }
    Ok(out
        .into_iter()
        .map(|(layout, mut key)| {
            key.sort();
            Layout { key: key.into_iter().map(|(_, name)| name).collect(), ..layout }
        })
        .collect())
}

fn failed(what: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |e| Error::unavailable("storage.unavailable", format!("{what}: {e}."))
}
fn refused(e: &postgres::Error) -> Error {
    let words = e.as_db_error().map_or_else(|| e.to_string(), ToString::to_string);
    Error::unavailable("storage.unavailable", format!("PostgreSQL says: {words}."))
}

enum Source {
    Sqlite(Connection, PathBuf),
    Pg(Box<PgConn>),
}
impl Drop for Source {
    fn drop(&mut self) {
        if let Self::Sqlite(_, copy) = self {
            // A copy of ours in a folder that is cleared anyway.
            std::fs::remove_file(copy).ok();
        }
    }
}

/// One moment of one database.
pub struct Moment(Source);

/// Rows that PostgreSQL hands out at once.
const FETCHED: i64 = 200;

impl Moment {
    /// None: there is no such database. On SQLite a copy is made at `scratch`, so that the log of the original can shrink meanwhile.
    pub fn of(options: &Options, scope: Scope, scratch: &Path) -> Result<Option<Self>> {
        let (path, schema) = copy::place(&options.engine, scope);
        match &options.engine {
            Engine::Sqlite { .. } if !path.exists() => Ok(None),
            Engine::Sqlite { .. } => {
                copy::copy_file(&path, scratch)?;
                let cannot = failed("The copy of the database cannot be read");
                let conn = Connection::open_with_flags(scratch, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(&cannot)?;
                conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF;").map_err(&cannot)?;
                Ok(Some(Self(Source::Sqlite(conn, scratch.to_owned()))))
            }
            Engine::Postgres { url, .. } => {
                let mut conn = PgConn::connect(url)?;
                let open = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                conn.batch(&format!("{open}; SET LOCAL search_path TO \"{schema}\"")).map_err(|e| refused(&e))?;
                let mut tx = Tx::new(TxEngine::Pg(&mut conn));
                let there = tx.opt("SELECT 1 FROM pg_namespace WHERE nspname = $1", params![&schema], |r| r.get::<i64>(0))?;
                Ok(there.map(|_| Self(Source::Pg(Box::new(conn)))))
            }
        }
    }
    /// Asks it something.
    pub fn look<T>(&mut self, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        match &mut self.0 {
            Source::Sqlite(conn, _) => f(&mut Tx::new(TxEngine::Sqlite(conn))),
            Source::Pg(conn) => f(&mut Tx::new(TxEngine::Pg(conn))),
        }
    }
    /// Names and hashes.
    pub fn migrations(&mut self) -> Result<Vec<(String, String)>> {
        let sql = "SELECT name, hash FROM schema_migrations ORDER BY name";
        self.look(|tx| tx.query(sql, params![], |r| Ok((r.next()?, r.next()?))))
    }
    pub fn layouts(&mut self) -> Result<Vec<Layout>> {
        self.look(layouts)
    }
    /// Every row in the order of its key, which is the same on both engines.
    pub fn rows(&mut self, layout: &Layout, each: &mut dyn FnMut(Vec<Value<'static>>) -> Result<()>) -> Result<()> {
        let sql = selection(layout, self.look(|tx| Ok(tx.dialect()))?);
        let read = |r: &Row<'_>| layout.columns.iter().enumerate().map(|(i, (_, kind))| kind.read(r, i)).collect::<Result<Vec<_>>>();
        let Source::Pg(conn) = &mut self.0 else {
            return self.look(|tx| tx.query(&sql, params![], |r| each(read(r)?))).map(drop);
        };
        let name = &layout.name;
        conn.batch(&format!("DECLARE \"rows of {name}\" NO SCROLL CURSOR FOR {sql}")).map_err(|e| refused(&e))?;
        let fetch = format!("FETCH {FETCHED} FROM \"rows of {name}\"");
        loop {
            let got = Tx::new(TxEngine::Pg(conn)).query(&fetch, params![], read)?;
            if got.is_empty() {
                return conn.batch(&format!("CLOSE \"rows of {name}\"")).map_err(|e| refused(&e));
            }
            got.into_iter().try_for_each(&mut *each)?;
        }
    }
}

fn selection(layout: &Layout, dialect: Dialect) -> String {
    let quoted = |name: &str| format!("\"{name}\"");
    let columns: Vec<String> = layout.columns.iter().map(|(name, _)| quoted(name)).collect();
    let by: Vec<&str> = match layout.key.is_empty() {
        true => layout.columns.iter().map(|(name, _)| name.as_str()).collect(),
        false => layout.key.iter().map(String::as_str).collect(),
    };
    let order: Vec<String> = by
        .into_iter()
        .map(|name| match layout.columns.iter().any(|(n, kind)| n == name && *kind == Kind::Text) {
            true => dialect.by_bytes(&quoted(name)),
            false => quoted(name),
        })
        .collect();
    format!("SELECT {} FROM \"{}\" ORDER BY {}", columns.join(", "), layout.name, order.join(", "))
}

/// A database that is filled. Nobody sees it before [`Filling::finish`].
pub struct Filling {
    target: Target,
    layouts: Vec<Layout>,
    dialect: Dialect,
}
enum Target {
    Sqlite { conn: Connection, new: PathBuf, path: PathBuf },
    Pg(Box<SchemaFill>),
}

impl Filling {
    /// Makes the database as it was when it had these migrations and no others, with empty tables.
    pub fn begin(options: &Options, scope: Scope, had: &[(String, String)]) -> Result<Self> {
        let known = copy::of(&options.migrations(scope), had)?;
        // The tables and columns that these migrations make, from an empty database of the engine that needs no server.
        let layouts = blank(&known)?;
        let target = match &options.engine {
            Engine::Sqlite { .. } => begin_file(&copy::place(&options.engine, scope).0, &known)?,
            Engine::Postgres { url, .. } => Target::Pg(Box::new(SchemaFill::begin(url, options, scope, had)?)),
        };
        let dialect = if matches!(target, Target::Pg(_)) { Dialect::Postgres } else { Dialect::Sqlite };
        let mut made = Self { target, layouts, dialect };
        if let Err(error) = made.note_migrations(had) {
            made.abandon();
            return Err(error);
        }
        Ok(made)
    }
    /// On PostgreSQL the list of them was emptied with the other tables.
    fn note_migrations(&mut self, had: &[(String, String)]) -> Result<()> {
        let rows = had.iter().map(|(name, hash)| vec![Value::from(name.as_str()).into_owned(), Value::from(hash.as_str()).into_owned()]);
        let layout = Layout {
            name: "schema_migrations".into(),
            columns: vec![("name".into(), Kind::Text), ("hash".into(), Kind::Text)],
            key: vec!["name".into()],
        };
        self.fill(&layout, &mut rows.map(Ok))
    }
    pub fn layouts(&self) -> &[Layout] {
        &self.layouts
    }
    /// Puts rows into a table; what the layout does not name has its default.
    pub fn fill(&mut self, layout: &Layout, rows: &mut dyn Iterator<Item = Result<Vec<Value<'static>>>>) -> Result<()> {
        match &mut self.target {
            Target::Sqlite { conn, .. } => {
                let columns: Vec<String> = layout.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
                let marks: Vec<String> = (1..=columns.len()).map(|i| format!("${i}")).collect();
                let sql = format!("INSERT INTO \"{}\" ({}) VALUES ({})", layout.name, columns.join(", "), marks.join(", "));
                let mut tx = Tx::new(TxEngine::Sqlite(conn));
                for row in rows {
                    tx.exec(&sql, &row?)?;
                }
                Ok(())
            }
            Target::Pg(schema) => {
                let table = Table { name: layout.name.clone(), columns: layout.columns.iter().map(|(name, _)| name.clone()).collect() };
                schema.fill(&table, &mut |piece| {
                    piece(BINARY)?;
                    let mut buffer = Vec::new();
                    for row in &mut *rows {
                        binary(&row?, &mut buffer)?;
                        if buffer.len() > 256 << 10 {
                            piece(&buffer)?;
                            buffer.clear();
                        }
                    }
                    buffer.extend((-1i16).to_be_bytes());
                    piece(&buffer)
                })
            }
        }
    }
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
    /// Makes it visible, durably.
    pub fn finish(self) -> Result<()> {
        match self.target {
            Target::Pg(schema) => schema.finish(),
            Target::Sqlite { conn, new, path } => {
                conn.execute_batch("COMMIT; PRAGMA optimize;").map_err(|e| sqlite_error(&e, "COMMIT"))?;
                conn.close().map_err(|(_, e)| sqlite_error(&e, "close"))?;
                let io = |e: std::io::Error| Error::unavailable("data.unusable", format!("{} cannot be written: {e}.", path.display()));
                std::fs::File::open(&new).and_then(|f| f.sync_all()).map_err(io)?;
                std::fs::rename(&new, &path).map_err(io)?;
                match path.parent() {
                    Some(folder) => std::fs::File::open(folder).and_then(|f| f.sync_all()).map_err(io),
                    None => Ok(()),
                }
            }
        }
    }
    /// Takes everything back.
    pub fn abandon(self) {
        match self.target {
            Target::Pg(mut schema) => schema.abandon(),
            Target::Sqlite { conn, new, .. } => {
                drop(conn);
                if let Err(error) = std::fs::remove_file(&new) {
                    tracing::warn!(error = %error, "a database that was being filled could not be removed");
                }
            }
        }
    }
}

fn blank(known: &[Migration]) -> Result<Vec<Layout>> {
    let conn = Connection::open_in_memory().map_err(failed("An empty database cannot be made"))?;
    let mut tx = Tx::new(TxEngine::Sqlite(&conn));
    migrate::apply(&mut tx, known)?;
    layouts(&mut tx)
}

fn begin_file(path: &Path, known: &[Migration]) -> Result<Target> {
    if path.exists() {
        return Err(Error::conflict("restore.not_empty", format!("There is a database {} already.", path.display())));
    }
    let new = path.with_extension("filling");
    let io = |e: std::io::Error| Error::unavailable("data.unusable", format!("{} cannot be written: {e}.", new.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    if new.exists() {
        // Left behind by one that was cut off.
        std::fs::remove_file(&new).map_err(io)?;
    }
    let cannot = failed("The database cannot be filled");
    let conn = Connection::open(&new).map_err(&cannot)?;
    // A file that is not whole is thrown away, so that nothing need be safe before its end.
    conn.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN;").map_err(&cannot)?;
    let mut tx = Tx::new(TxEngine::Sqlite(&conn));
    migrate::apply(&mut tx, known)?;
    let tables: Vec<String> = tx.query(Dialect::Sqlite.tables(), params![], |r| r.get(0))?;
    for table in tables {
        tx.exec(&format!("DELETE FROM \"{table}\""), params![])?;
    }
    Ok(Target::Sqlite { conn, new, path: path.to_owned() })
}

/// How PostgreSQL's binary form of rows begins: its mark, no flags, nothing more in the header.
const BINARY: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// One row: how many fields, then each with its length; -1 stands for none.
fn binary(row: &[Value<'_>], out: &mut Vec<u8>) -> Result<()> {
    let fields = i16::try_from(row.len()).map_err(|_| Error::internal("too many columns"))?;
    out.extend(fields.to_be_bytes());
    for value in row {
        let bytes: Option<Cow<'_, [u8]>> = match value {
            Value::Int(v) => v.map(|v| v.to_be_bytes().to_vec().into()),
            Value::Bool(v) => v.map(|v| vec![u8::from(v)].into()),
            Value::Real(v) => v.map(|v| v.to_be_bytes().to_vec().into()),
            // As everywhere: PostgreSQL has no NUL in text.
            Value::Text(v) => v.as_ref().map(|v| match v.contains('\0') {
                true => v.replace('\0', "\u{fffd}").into_bytes().into(),
                false => v.as_bytes().into(),
            }),
            Value::Bytes(v) => v.as_deref().map(Cow::Borrowed),
        };
        match bytes {
            None => out.extend((-1i32).to_be_bytes()),
            Some(bytes) => {
                let length = i32::try_from(bytes.len()).map_err(|_| Error::internal("a value is larger than PostgreSQL takes"))?;
                out.extend(length.to_be_bytes());
                out.extend_from_slice(&bytes);
            }
        }
    }
    Ok(())
}
