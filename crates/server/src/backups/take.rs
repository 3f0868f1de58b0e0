//! Taking a snapshot: files, then the databases, then the files that came meanwhile, so that no row lacks its file.

use super::{Installation, Order, key};
use ::backups::{Cut, Database, Files, Forgotten, Hash, Manifest, Piped, Repository, Shape, Streamed, Table, Target, Writer, Written};
use data_encoding::HEXLOWER;
use db::copy::{self, Facts, SchemaCopy};
use db::{Engine, Scope};
use edges::FileStore;
use futures_util::TryStreamExt;
use kernel::time::Millis;
use kernel::{Error, Result, WorkspaceId};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio::runtime::Handle;

/// Pages of a file are cut every sixteen.
const PAGES: usize = 64 << 10;
/// Attachments do not change; their pieces may be large.
const PIECE: usize = 4 << 20;
const SCRATCH: &str = "backup-scratch";

/// What came of it.
#[derive(Debug, Clone)]
pub struct Taken {
    pub snapshot: String,
    pub taken_at: Millis,
    pub written: Written,
    pub databases: usize,
    pub files: u64,
    /// Whether the master key is in it.
    pub with_key: bool,
    pub forgotten: Forgotten,
}

/// Takes a snapshot. Blocks: call it on a thread that may.
pub fn take(from: &Installation, to: Target, order: &Order, runtime: Handle) -> Result<Taken> {
    let mut repository = Repository::open(to, runtime.clone())?;
    let now = from.clock.now();
    repository.stop_with(order.stop.clone());
    repository.lock(&format!("process {}", std::process::id()), now)?;
    let done = within(from, &mut repository, order, runtime, now);
    repository.unlock();
    done
}

fn within(from: &Installation, repository: &mut Repository, order: &Order, runtime: Handle, now: Millis) -> Result<Taken> {
    let vault = from.vault()?;
    let sealed_key = order.passphrase.as_ref().map(|p| key::seal(&vault, p, from.ids.as_ref())).transpose()?;
    let mut files = Shelf { store: from.files()?, runtime, known: known(repository), taken: BTreeMap::new() };
    let scratch = Scratch::make(from)?;
    let mut writer = Writer::new(repository)?;
    files.take(&mut writer)?;
    let databases = databases(from, &scratch.0, &mut writer)?;
    files.take(&mut writer)?;
    let files = files.table(&mut writer)?;
    writer.flush()?;
    let written = writer.written;
    let mut roll = [0u8; 4];
    from.ids.random(&mut roll);
    let compact: String = kernel::time::rfc3339(now).chars().filter(char::is_ascii_alphanumeric).collect();
    let manifest = Manifest {
        format: 1,
        id: format!("{compact}-{}", HEXLOWER.encode(&roll)),
        taken_at: now,
        engine: from.engine_name().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        key_fingerprint: vault.fingerprint(),
        sealed_key,
        databases,
        files,
    };
    repository.commit(&manifest)?;
    let forgotten = order.keep.as_ref().map(|keep| repository.forget(keep)).transpose()?.unwrap_or_default();
    Ok(Taken {
        snapshot: manifest.id,
        taken_at: now,
        written,
        databases: manifest.databases.len(),
        files: manifest.files.count,
        with_key: manifest.sealed_key.is_some(),
        forgotten,
    })
}

/// A folder for copies of databases; gone at the end, whatever happens.
struct Scratch(PathBuf);
impl Scratch {
    fn make(from: &Installation) -> Result<Self> {
        let mut roll = [0u8; 8];
        from.ids.random(&mut roll);
        let folder = from.data.join(SCRATCH).join(HEXLOWER.encode(&roll));
        std::fs::create_dir_all(&folder)
            .map_err(|e| Error::unavailable("data.unusable", format!("The folder {} cannot be made: {e}.", folder.display())))?;
        Ok(Self(folder))
    }
}
impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(error = %error, "copies made for a backup could not be removed");
        }
        // Only if nobody else has something in it.
        self.0.parent().map(std::fs::remove_dir).transpose().ok();
    }
}

/// Removes what a run that was cut off has left. Only while no other takes a backup of this folder.
pub fn clear_scratch(data: &Path) {
    std::fs::remove_dir_all(data.join(SCRATCH)).ok();
}

/// What an upgrade would do to each database, tried on a copy (on PostgreSQL in a transaction that is taken back): its name and the
/// migrations it lacks. Changes nothing. Blocks.
pub fn rehearse(at: &Installation) -> Result<Vec<(String, Vec<String>)>> {
    if !at.data.exists() {
        return Ok(Vec::new());
    }
    // The server writes all the time; on PostgreSQL the trial would hold it up.
    let lock = std::fs::File::create(at.data.join("lock")).map_err(|e| Error::unavailable("data.unusable", e.to_string()))?;
    if lock.try_lock().is_err() {
        return Err(Error::conflict("data.locked", format!("Another Switchboard works on {}. Stop it first.", at.data.display())));
    }
    let scopes = std::iter::once(Scope::Control).chain(copy::workspaces(&at.options)?.into_iter().map(Scope::Workspace));
    let mut out = Vec::new();
    for scope in scopes {
        let scratch = Scratch::make(at)?;
        if let Some(plan) = copy::rehearse(&at.options, scope, &scratch.0.join("copy.db"))? {
            out.push((name(scope), plan.pending));
        }
    }
    Ok(out)
}

// ---------- databases ----------

fn databases(from: &Installation, scratch: &Path, writer: &mut Writer<'_>) -> Result<Vec<Database>> {
    let (control, facts) =
        database(from, Scope::Control, scratch, writer)?.ok_or_else(|| Error::not_found("backup.nothing", "There is no data here yet."))?;
    let mut all = vec![control];
    for id in facts.workspaces {
        // One that nobody has opened yet has no database.
        all.extend(database(from, Scope::Workspace(id), scratch, writer)?.map(|(d, _)| d));
    }
    Ok(all)
}

fn name(scope: Scope) -> String {
    match scope {
        Scope::Control => "control".to_owned(),
        Scope::Workspace(id) => id.to_string(),
    }
}

/// Which database a name means.
pub fn scope(name: &str) -> Result<Scope> {
    if name == "control" {
        return Ok(Scope::Control);
    }
    let id: Option<WorkspaceId> = name.parse().ok();
    id.map(Scope::Workspace).ok_or_else(|| Error::conflict("backup.damaged", format!("{name} is the name of no database.")))
}

fn database(from: &Installation, scope: Scope, scratch: &Path, writer: &mut Writer<'_>) -> Result<Option<(Database, Facts)>> {
    let taken = match &from.options.engine {
        Engine::Sqlite { .. } => file(from, scope, scratch, writer)?,
        Engine::Postgres { url, .. } => schema(from, url, scope, writer)?,
    };
    Ok(taken.map(|(shape, facts)| {
        (Database { name: name(scope), rows: facts.rows.clone(), migrations: facts.migrations.clone(), shape }, facts)
    }))
}

fn file(from: &Installation, scope: Scope, scratch: &Path, writer: &mut Writer<'_>) -> Result<Option<(Shape, Facts)>> {
    let (path, _) = copy::place(&from.options.engine, scope);
    if !path.exists() {
        return Ok(None);
    }
    let broken = |e: std::io::Error| Error::unavailable("data.unusable", format!("The copy of {} cannot be read: {e}.", path.display()));
    let copied = scratch.join("copy.db");
    copy::copy_file(&path, &copied)?;
    let facts = copy::facts_of_file(&copied)?;
    let mut pages = std::fs::File::open(&copied).map_err(broken)?;
    let mut piped = Piped::new(Cut::Every(PAGES));
    let mut buffer = vec![0u8; PAGES];
    loop {
        match pages.read(&mut buffer).map_err(broken)? {
            0 => break,
            n => piped.push(writer, &buffer[..n])?,
        }
    }
    let stream = piped.end(writer)?;
    std::fs::remove_file(&copied).map_err(broken)?;
    Ok(Some((Shape::File(stream), facts)))
}

fn schema(from: &Installation, url: &str, scope: Scope, writer: &mut Writer<'_>) -> Result<Option<(Shape, Facts)>> {
    let (_, schema) = copy::place(&from.options.engine, scope);
    let Some(mut moment) = SchemaCopy::begin(url, &schema)? else { return Ok(None) };
    let facts = moment.facts()?;
    let mut tables = Vec::new();
    for table in moment.tables()? {
        let mut piped = Piped::new(Cut::ByContent);
        moment.read(&table, &mut |piece| piped.push(writer, piece))?;
        tables.push(Table { rows: piped.end(writer)?, name: table.name, columns: table.columns });
    }
    Ok(Some((Shape::Tables(tables), facts)))
}

// ---------- files ----------

struct Shelf {
    store: FileStore,
    runtime: Handle,
    /// What the last snapshot had: files never change, so it is not read again.
    known: BTreeMap<String, (u64, Vec<Hash>)>,
    taken: BTreeMap<String, (u64, Vec<Hash>)>,
}

fn known(repository: &mut Repository) -> BTreeMap<String, (u64, Vec<Hash>)> {
    let last = repository.find(None).and_then(|m| repository.files(&m));
    // A damaged one only means that everything is read again.
    let files = last.unwrap_or_default();
    files.into_iter().filter(|f| f.chunks.iter().all(|h| repository.has(h))).map(|f| (f.name, (f.bytes, f.chunks))).collect()
}

impl Shelf {
    fn take(&mut self, writer: &mut Writer<'_>) -> Result<()> {
        let mut list = self.store.list();
        while let Some(entry) = self.runtime.block_on(list.try_next())? {
            if self.taken.contains_key(&entry.hash) {
                continue;
            }
            if let Some(known) = self.known.get(&entry.hash) {
                self.taken.insert(entry.hash, known.clone());
                continue;
            }
            match self.one(&entry.hash, writer) {
                Ok(file) => drop(self.taken.insert(entry.hash, file)),
                // Deleted for good between the list and now.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
    fn one(&self, hash: &str, writer: &mut Writer<'_>) -> Result<(u64, Vec<Hash>)> {
        let mut content = self.runtime.block_on(self.store.get_stream(hash))?;
        let (mut bytes, mut chunks, mut buffer) = (0u64, Vec::new(), Vec::new());
        while let Some(piece) = self.runtime.block_on(content.try_next())? {
            bytes += piece.len() as u64;
            buffer.extend_from_slice(&piece);
            while buffer.len() >= PIECE {
                chunks.push(writer.put(&buffer[..PIECE])?);
                buffer.drain(..PIECE);
            }
        }
        if !buffer.is_empty() {
            chunks.push(writer.put(&buffer)?);
        }
        Ok((bytes, chunks))
    }
    fn table(self, writer: &mut Writer<'_>) -> Result<Files> {
        let mut piped = Piped::new(Cut::ByContent);
        let (count, mut bytes) = (self.taken.len() as u64, 0);
        for (name, (size, chunks)) in &self.taken {
            bytes += size;
            let mut line = format!("{name} {size}");
            for chunk in chunks {
                line.push(' ');
                line.push_str(&HEXLOWER.encode(chunk));
            }
            line.push('\n');
            piped.push(writer, line.as_bytes())?;
        }
        let table: Streamed = piped.end(writer)?;
        Ok(Files { count, bytes, table })
    }
}
