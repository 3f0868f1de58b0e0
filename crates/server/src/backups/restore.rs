//! Putting a snapshot back, into an empty place.

use super::{Installation, key, take};
use ::backups::{Database, Manifest, Repository, Shape, StoredFile, Target};
use db::copy::{self, SchemaFill, Table};
use db::{Db, Engine, Lane, Scope, params};
use edges::{Vault, durable};
use kernel::time::Millis;
use kernel::{Error, Result, Secret, WorkspaceId};
use std::io::Write;
use std::path::Path;
use tokio::runtime::Handle;

#[derive(Debug, Clone)]
pub struct Restored {
    pub snapshot: String,
    pub taken_at: Millis,
    pub workspaces: Vec<WorkspaceId>,
    pub rows: i64,
    pub files: u64,
    /// The key is there and is the right one.
    pub has_key: bool,
    /// Messages that waited to be sent when the snapshot was taken, and whose time has come.
    pub waited: i64,
}

/// What may lie in an empty folder.
const ALLOWED: [&str; 4] = ["master.key", "switchboard.toml", "lost+found", "lock"];

/// Puts the newest snapshot back, or the newest that is not younger than `at`. Blocks.
pub fn restore(
    from: Target,
    at: Option<Millis>,
    into: &Installation,
    passphrase: Option<&Secret<String>>,
    runtime: Handle,
) -> Result<Restored> {
    let mut repository = Repository::open(from, runtime.clone())?;
    let manifest = repository.find(at)?;
    fits(&manifest, into)?;
    let has_key = the_key(&manifest, into, passphrase)?;
    let mut workspaces = Vec::new();
    for database in &manifest.databases {
        let scope = take::scope(&database.name)?;
        fill(&mut repository, database, scope, into)?;
        if let Scope::Workspace(id) = scope {
            workspaces.push(id);
        }
    }
    let list = repository.files(&manifest)?;
    files(&mut repository, &list, into, &runtime)?;
    let waited = runtime.block_on(settle(into, &workspaces))?;
    let rows = manifest.databases.iter().flat_map(|d| &d.rows).map(|(_, n)| n).sum();
    Ok(Restored {
        snapshot: manifest.id.clone(),
        taken_at: manifest.taken_at,
        workspaces,
        rows,
        files: manifest.files.count,
        has_key,
        waited,
    })
}

/// Refuses before anything is written.
fn fits(manifest: &Manifest, into: &Installation) -> Result<()> {
    if manifest.engine != into.engine_name() {
        let hint = match manifest.engine.as_str() {
            "sqlite" => "It is of the embedded SQLite: restore it without --database.",
            _ => "It is of PostgreSQL: say with --database where it is to go.",
        };
        return Err(Error::conflict("restore.engine", format!("This snapshot does not fit this database. {hint}")));
    }
    let unusable =
        |e: std::io::Error| Error::unavailable("data.unusable", format!("The folder {} cannot be used: {e}.", into.data.display()));
    durable::create_dir_durably(&into.data).map_err(unusable)?;
    for entry in std::fs::read_dir(&into.data).map_err(unusable)? {
        let name = entry.map_err(unusable)?.file_name();
        if !ALLOWED.iter().any(|a| name == *a) {
            return Err(Error::conflict(
                "restore.not_empty",
                format!(
                    "{} is not empty (there is {}). Restore into a new folder; nothing is overwritten.",
                    into.data.display(),
                    name.display()
                ),
            ));
        }
    }
    for database in &manifest.databases {
        copy::of(&into.options.migrations(take::scope(&database.name)?), &database.migrations)?;
    }
    Ok(())
}

fn the_key(manifest: &Manifest, into: &Installation, passphrase: Option<&Secret<String>>) -> Result<bool> {
    let vault = if into.data.join("master.key").exists() {
        into.vault()?
    } else {
        match (&manifest.sealed_key, passphrase) {
            (Some(sealed), Some(passphrase)) => key::unseal(sealed, passphrase, &into.data, into.ids.clone())?,
            _ => return Ok(false),
        }
    };
    right(&vault, manifest)?;
    Ok(true)
}

fn right(vault: &Vault, manifest: &Manifest) -> Result<()> {
    if vault.fingerprint() == manifest.key_fingerprint {
        return Ok(());
    }
    Err(Error::conflict(
        "restore.key",
        "The master.key in this folder is not the one that this snapshot was taken under. Put the right one there.",
    ))
}

fn fill(repository: &mut Repository, database: &Database, scope: Scope, into: &Installation) -> Result<()> {
    match (&database.shape, &into.options.engine) {
        (Shape::File(stream), Engine::Sqlite { .. }) => {
            let (path, _) = copy::place(&into.options.engine, scope);
            write_file(&path, |file| repository.read(stream, |piece| file.write_all(piece).map_err(|e| cannot(&path, &e))))?;
            let found = copy::facts_of_file(&path)?;
            if found.rows != database.rows {
                return Err(Error::conflict(
                    "backup.damaged",
                    format!("The database {} does not hold what the snapshot says.", database.name),
                ));
            }
            Ok(())
        }
        (Shape::Tables(tables), Engine::Postgres { url, .. }) => {
            let mut schema = SchemaFill::begin(url, &into.options, scope, &database.migrations)?;
            for table in tables {
                let place = Table { name: table.name.clone(), columns: table.columns.clone() };
                if let Err(error) = schema.fill(&place, &mut |piece| repository.read(&table.rows, |bytes| piece(bytes))) {
                    schema.abandon();
                    return Err(error);
                }
            }
            schema.finish()
        }
        _ => Err(Error::conflict("backup.damaged", "This snapshot is of two engines at once.")),
    }
}

fn cannot(path: &Path, e: &std::io::Error) -> Error {
    Error::unavailable("data.unusable", format!("{} cannot be written: {e}.", path.display()))
}

fn write_file(path: &Path, fill: impl FnOnce(&mut std::fs::File) -> Result<()>) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    durable::create_dir_durably(folder).map_err(|e| cannot(path, &e))?;
    let mut file = std::fs::File::create_new(path).map_err(|e| cannot(path, &e))?;
    fill(&mut file)?;
    file.sync_all().map_err(|e| cannot(path, &e))?;
    durable::sync_dir(folder).map_err(|e| cannot(path, &e))
}

fn files(repository: &mut Repository, list: &[StoredFile], into: &Installation, runtime: &Handle) -> Result<()> {
    let store = into.files()?;
    for file in list {
        let mut content = Vec::with_capacity(file.bytes.min(64 << 20) as usize);
        for chunk in &file.chunks {
            content.extend_from_slice(&repository.chunk(chunk)?);
        }
        let stored = runtime.block_on(store.put_bytes(content))?;
        if stored.hash != file.name {
            return Err(Error::conflict("backup.damaged", format!("The file {} is not what its name says.", file.name)));
        }
    }
    Ok(())
}

/// Screens fetch anew, since the log goes on from an earlier place; and what waited to be sent is settled as after a crash: nobody knows
/// whether it left after the snapshot.
async fn settle(into: &Installation, workspaces: &[WorkspaceId]) -> Result<i64> {
    let db = Db::open(into.options.clone())?;
    let now = into.clock.now();
    let mut waited = 0;
    let mut done = db.ensure_open(Scope::Control).await;
    for id in workspaces {
        if done.is_err() {
            break;
        }
        let settled = db.write(*id, Lane::Interactive, move |tx| {
            tx.exec("UPDATE log_head SET epoch = epoch + 1 WHERE id = 1", params![])?;
            tx.exec(
                "UPDATE outbox SET state = 'sending', lease_until = 0, attempts = attempts + 1, first_try_at = COALESCE(first_try_at, due_at) \
                 WHERE state = 'waiting' AND due_at <= $1",
                params![now],
            )
        });
        match settled.await {
            Ok(n) => waited += n as i64,
            Err(error) => done = Err(error),
        }
    }
    db.close().await;
    done.map(|()| waited)
}
