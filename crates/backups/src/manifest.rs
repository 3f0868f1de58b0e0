//! What a snapshot is: one small JSON document. Fields are added, never renamed; `format` goes up when an older program could not read it.

use kernel::time::Millis;
use serde::{Deserialize, Serialize};

pub const FORMAT: u32 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Time and some random letters; the object's name below `snapshots/`.
    pub id: String,
    pub taken_at: Millis,
    /// `sqlite` or `postgres`: only the same engine can read it back.
    pub engine: String,
    /// Version of the program that took it.
    pub version: String,
    /// Names the master key without betraying it.
    pub key_fingerprint: String,
    /// The master key under a passphrase; none: it is not in this backup.
    pub sealed_key: Option<SealedKey>,
    /// The installation's own first, then each workspace's.
    pub databases: Vec<Database>,
    pub files: Files,
}

/// The master key, sealed with XChaCha20-Poly1305 under Argon2id of the passphrase; binary values in base64url.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealedKey {
    pub salt: String,
    pub memory_kib: u32,
    pub passes: u32,
    pub sealed: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Database {
    /// `control`, or the id of the workspace.
    pub name: String,
    /// Rows of each table at that moment.
    pub rows: Vec<(String, i64)>,
    /// Names and hashes of the migrations it had.
    pub migrations: Vec<(String, String)>,
    #[serde(flatten)]
    pub shape: Shape,
}
impl Database {
    pub fn bytes(&self) -> u64 {
        self.streams().iter().map(|s| s.bytes).sum()
    }
    pub fn streams(&self) -> Vec<&Streamed> {
        match &self.shape {
            Shape::File(stream) => vec![stream],
            Shape::Tables(tables) => tables.iter().map(|t| &t.rows).collect(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// The pages of a SQLite file.
    File(Streamed),
    /// PostgreSQL's binary COPY of each table.
    Tables(Vec<Table>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub columns: Vec<String>,
    pub rows: Streamed,
}

/// A stream of bytes in chunks. `lists` names chunks that hold nothing but the names of its chunks, 32 bytes each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streamed {
    pub bytes: u64,
    pub chunks: u64,
    pub lists: Vec<String>,
}

/// The stored files, those of the journal among them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Files {
    pub count: u64,
    pub bytes: u64,
    /// One line for each: its name, its size, the names of its chunks.
    pub table: Streamed,
}
