//! What is written into an archive: `docs/archives.md` is the same in words. A reader of another making finds everything it needs in
//! `manifest.json`.

use super::tar::damaged;
use data_encoding::{BASE64, HEXLOWER};
use db::Value;
use db::rows::{Kind, Layout};
use kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value as Json};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// Raised when an old reader could not understand it.
pub const FORMAT: u32 = 1;
pub const README: &str = "README.txt";
pub const CONTROL: &str = "workspace.json";
pub const ACCOUNTS: &str = "accounts.jsonl";
pub const SECRETS: &str = "secrets.sealed";
pub const FILES: &str = "files.jsonl";
pub const MANIFEST: &str = "manifest.json";
pub const SEAL: &str = "manifest.sha256";
/// Tables are cut into parts of about this size.
pub const PART_BYTES: usize = 4 << 20;
/// Larger than any part that is written: a row may be large.
pub const LARGEST_PART: u64 = 1 << 30;

pub const README_TEXT: &str = "A workspace of Switchboard.\n\n\
manifest.json    what is here: each table with its columns and parts, how many rows, the SHA-256 of each part\n\
workspace.json   the workspace's settings, and the outside names of its channels\n\
accounts.jsonl   its members, one a line\n\
tables/          one folder a table, JSON lines; bytes are base64, times are milliseconds since 1970\n\
files/           attachments and large deliveries, each named by the SHA-256 of its content\n\
files.jsonl      the list of them\n\
secrets.sealed   only with a passphrase: credentials, keys and password hashes (Argon2id, XChaCha20-Poly1305)\n\
manifest.sha256  the SHA-256 of manifest.json\n\n\
`switchboard workspace import FILE` takes it in.\n";

/// Not carried: made anew, or nobody's but this installation's.
pub const LEFT_OUT: &[&str] = &["schema_migrations", "message_search", "idempotency", "push_subscriptions", "standstill"];

/// Sealed columns, whose content goes into `secrets.sealed` or nowhere.
pub const HIDDEN: &[(&str, &str)] =
    &[("channels", "secrets"), ("webhook_subscriptions", "secret"), ("webhook_subscriptions", "old_secret"), ("mail_domains", "sealed")];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Of the program that wrote it.
    pub version: String,
    pub exported_at: String,
    pub workspace_id: String,
    pub workspace_name: String,
    /// It stood still when it was exported: what waits in the outbox has certainly not left.
    pub still: bool,
    /// The state of the tables.
    pub migrations: Vec<Migrated>,
    pub parts: Vec<Part>,
    pub tables: Vec<TableEntry>,
    pub files: FilesEntry,
    pub secrets: Option<Sealing>,
    /// What is not in here and has to be given again, in words.
    pub left_out: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migrated {
    pub name: String,
    pub hash: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}
impl Part {
    pub fn of(name: impl Into<String>, content: &[u8]) -> Self {
        Self { name: name.into(), bytes: content.len() as u64, sha256: HEXLOWER.encode(&Sha256::digest(content)) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    pub name: String,
    pub rows: u64,
    pub columns: Vec<Column>,
    pub parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    /// integer, text, boolean, real, bytes.
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesEntry {
    pub count: u64,
    pub bytes: u64,
    /// Named by a row, and not there when it was exported.
    pub missing: Vec<String>,
}

/// How the passphrase becomes the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealing {
    pub salt: String,
    pub memory_kib: u32,
    pub passes: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileLine {
    pub sha256: String,
    pub bytes: u64,
}

/// `workspace.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Control {
    pub id: String,
    pub name: String,
    pub locale: String,
    pub time_zone: String,
    pub default_country: String,
    pub tier: i64,
    pub sample_data: bool,
    pub created_at: i64,
    /// The names by which the world finds its channels.
    pub channels: Vec<Outside>,
    /// Channels that have credentials.
    pub with_credentials: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outside {
    pub channel_id: String,
    pub key: String,
    pub provider: String,
    pub identifier: String,
}

/// The columns that an archive carries of a table.
pub fn carried(layout: &Layout) -> Layout {
    let hidden = |column: &str| HIDDEN.contains(&(layout.name.as_str(), column));
    let columns = layout.columns.iter().filter(|(name, _)| !hidden(name)).cloned().collect();
    Layout { name: layout.name.clone(), columns, key: layout.key.clone() }
}

pub fn columns(layout: &Layout) -> Vec<Column> {
    layout.columns.iter().map(|(name, kind)| Column { name: name.clone(), kind: kind.word().to_owned() }).collect()
}

/// One row as a line.
pub fn line(layout: &Layout, row: &[Value<'_>], out: &mut Vec<u8>) -> Result<()> {
    let mut object = Map::new();
    for ((name, _), value) in layout.columns.iter().zip(row) {
        object.insert(name.clone(), json(value)?);
    }
    serde_json::to_writer(&mut *out, &object).map_err(|e| Error::internal(e.to_string()))?;
    out.push(b'\n');
    Ok(())
}

fn json(value: &Value<'_>) -> Result<Json> {
    Ok(match value {
        Value::Int(Some(v)) => (*v).into(),
        Value::Bool(Some(v)) => (*v).into(),
        Value::Real(Some(v)) => Number::from_f64(*v).map(Json::Number).ok_or_else(|| Error::internal("a number that is none"))?,
        Value::Text(Some(v)) => v.as_ref().into(),
        Value::Bytes(Some(v)) => BASE64.encode(v).into(),
        _ => Json::Null,
    })
}

/// A line back into a row.
pub fn row(layout: &Layout, line: &[u8]) -> Result<Vec<Value<'static>>> {
    let wrong = || damaged(format!("a row of {} is not what it should be", layout.name));
    let object: Map<String, Json> = serde_json::from_slice(line).map_err(damaged)?;
    if object.len() != layout.columns.len() {
        return Err(wrong());
    }
    layout
        .columns
        .iter()
        .map(|(name, kind)| {
            let value = object.get(name).ok_or_else(wrong)?;
            Ok(match (kind, value) {
                (_, Json::Null) => kind.null(),
                (Kind::Integer, v) => Value::Int(Some(v.as_i64().ok_or_else(wrong)?)),
                (Kind::Boolean, v) => Value::Bool(Some(v.as_bool().ok_or_else(wrong)?)),
                (Kind::Real, v) => Value::Real(Some(v.as_f64().ok_or_else(wrong)?)),
                (Kind::Text, v) => Value::Text(Some(Cow::Owned(v.as_str().ok_or_else(wrong)?.to_owned()))),
                (Kind::Bytes, v) => {
                    let text = v.as_str().ok_or_else(wrong)?;
                    Value::Bytes(Some(Cow::Owned(BASE64.decode(text.as_bytes()).map_err(|_| wrong())?)))
                }
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_comes_back_as_it_was() {
        let layout = Layout {
            name: "things".into(),
            columns: [
                ("a", Kind::Integer),
                ("b", Kind::Boolean),
                ("c", Kind::Real),
                ("d", Kind::Text),
                ("e", Kind::Bytes),
                ("f", Kind::Text),
            ]
            .map(|(n, k)| (n.to_owned(), k))
            .to_vec(),
            key: vec!["a".into()],
        };
        let values = vec![
            Value::from(i64::MIN + 1),
            Value::from(true),
            Value::from(0.1 + 0.2),
            Value::from("a line\nand \"quotes\" \u{0} ü 🎈"),
            Value::from(vec![0u8, 255, 10]),
            Value::Text(None),
        ];
        let mut out = Vec::new();
        line(&layout, &values, &mut out).unwrap();
        assert_eq!(out.iter().filter(|b| **b == b'\n').count(), 1);
        assert_eq!(row(&layout, &out).unwrap(), values);
        assert!(row(&layout, br#"{"a":1}"#).is_err());
        assert!(row(&layout, br#"{"a":"x","b":true,"c":1.0,"d":"","e":"","f":null}"#).is_err());
    }
}
