//! Backups: snapshots of the installation while it runs, looked through, and put back.
//!
//! How a snapshot lies at its place is the `backups` crate's business, how a database is copied is `db::copy`'s; here is what belongs to one
//! ([`take`]), how it comes back ([`restore`]), and whether all is well ([`verify`]). Nothing here needs the data folder's lock: a backup is taken
//! beside a running server, by itself or by another program.

pub mod cli;
pub(crate) mod key;
mod restore;
mod runs;
mod take;
mod verify;

pub use restore::{Restored, restore};
pub use runs::{BackupId, BackupRun, BackupStatus, Backups, ask, follow, list, round, sizes, status};
pub use take::{Taken, clear_scratch, rehearse, take};
pub use verify::{Finding, hashes, verify_backup, verify_live};

use ::backups::{Bucket, Keep, Target};
use config::Config;
use db::{Engine, Options};
use edges::{FileStore, GuardedClient, NetGuard, Vault};
use kernel::clock::Clock;
use kernel::http::HttpClient;
use kernel::{Error, Ids, Result, Secret};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// An installation, seen from outside.
#[derive(Clone)]
pub struct Installation {
    pub options: Options,
    pub data: PathBuf,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}
impl Installation {
    pub fn of(config: &Config, edges: &crate::start::Edges) -> Self {
        let data = config.server.data.clone();
        let engine = match &config.server.database {
            Some(url) => Engine::Postgres { url: url.reveal().clone(), prefix: edges.schema_prefix.clone() },
            None => Engine::Sqlite { dir: data.join("db") },
        };
        let options = Options::new(engine, crate::app::CONTROL, crate::app::WORKSPACE);
        Self { options, data, clock: edges.clock.clone(), ids: edges.ids.clone() }
    }
    pub fn files(&self) -> Result<FileStore> {
        FileStore::open(&self.data.join("files"), self.ids.clone())
    }
    pub fn vault(&self) -> Result<Vault> {
        Vault::open(&self.data, self.ids.clone())
    }
    pub fn engine_name(&self) -> &'static str {
        match self.options.engine {
            Engine::Sqlite { .. } => "sqlite",
            Engine::Postgres { .. } => "postgres",
        }
    }
}

/// What is asked of a backup.
#[derive(Clone, Default)]
pub struct Order {
    pub keep: Option<Keep>,
    /// Seals the master key into it.
    pub passphrase: Option<Secret<String>>,
    /// Once it is set, the backup ends with `backup.stopped`.
    pub stop: Arc<AtomicBool>,
}
impl Order {
    pub fn of(config: &Config, keep: Option<&str>) -> Result<Self> {
        let text = keep.or(config.backup.keep.as_deref());
        let keep = text.map(Keep::parse).transpose().map_err(|e| Error::field("keep", "invalid", format!("{e}.")))?;
        Ok(Self { keep, passphrase: config.backup.passphrase.clone(), stop: Arc::default() })
    }
}

/// The client that a command has of its own, guarded like the server's.
pub fn client(config: &Config) -> Result<Arc<dyn HttpClient>> {
    let roots = match &config.net.ca_file {
        Some(path) => edges::tls::read_certificates(path)?,
        None => Vec::new(),
    };
    Ok(Arc::new(GuardedClient::with_roots(NetGuard::from_words(&config.net.allow)?, &roots)?))
}

pub fn target(config: &Config, place: &str, http: Arc<dyn HttpClient>, make: bool) -> Result<Target> {
    let b = &config.backup;
    let bucket = Bucket {
        endpoint: b.s3_endpoint.clone(),
        region: b.s3_region.clone(),
        access_key: b.s3_access_key.clone(),
        secret_key: b.s3_secret_key.clone(),
    };
    Target::open(place, &bucket, http, make)
}

/// A size as people read it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}
