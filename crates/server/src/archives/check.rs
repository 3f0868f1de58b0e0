//! Looking through a whole archive before a byte of it is believed: every part is there, is what the manifest says, and nothing else is.

use super::format::{ACCOUNTS, CONTROL, Control, FILES, FORMAT, FileLine, LARGEST_PART, MANIFEST, Manifest, Part, README, SEAL, SECRETS};
use super::tar::{Reader, damaged};
use crate::people::arrivals::Traveller;
use data_encoding::HEXLOWER;
use kernel::{Error, Result};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// An archive that is whole.
pub struct Checked {
    pub manifest: Manifest,
    pub control: Control,
    pub travellers: Vec<Traveller>,
    /// What only a passphrase opens.
    pub sealed: Option<Vec<u8>>,
}

pub type Entries = Reader<zstd::Decoder<'static, BufReader<File>>>;

pub fn entries(path: &Path) -> Result<Entries> {
    let file = File::open(path).map_err(|e| Error::not_found("archive.not_found", format!("{} cannot be read: {e}.", path.display())))?;
    zstd::Decoder::new(file).map(Reader::new).map_err(damaged)
}

/// Reads all of it.
pub fn check(path: &Path) -> Result<Checked> {
    let mut reader = entries(path)?;
    let mut found: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut kept: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    while let Some((name, size)) = reader.advance()? {
        let mut digest = Sha256::new();
        if [CONTROL, ACCOUNTS, SECRETS, FILES, MANIFEST, SEAL].contains(&name.as_str()) {
            let content = reader.whole(LARGEST_PART)?;
            digest.update(&content);
            kept.insert(name.clone(), content);
        } else {
            reader.pieces(&mut |piece| {
                digest.update(piece);
                Ok(())
            })?;
        }
        if found.insert(name.clone(), (size, HEXLOWER.encode(&digest.finalize()))).is_some() {
            return Err(damaged(format!("{name} is there twice")));
        }
    }
    reader.drain()?;
    let mut take = |name: &str| kept.remove(name).ok_or_else(|| damaged(format!("{name} is missing")));
    let (text, seal) = (take(MANIFEST)?, take(SEAL)?);
    if String::from_utf8_lossy(&seal).trim() != HEXLOWER.encode(&Sha256::digest(&text)) {
        return Err(damaged("the manifest has changed"));
    }
    let manifest = manifest(&text)?;
    let files: Vec<FileLine> = lines(&take(FILES)?)?;
    fits(&manifest, &files, found)?;
    Ok(Checked {
        control: serde_json::from_slice(&take(CONTROL)?).map_err(damaged)?,
        travellers: lines(&take(ACCOUNTS)?)?,
        sealed: manifest.secrets.as_ref().map(|_| take(SECRETS)).transpose()?,
        manifest,
    })
}

fn manifest(text: &[u8]) -> Result<Manifest> {
    #[derive(serde::Deserialize)]
    struct Head {
        format: u32,
        version: String,
    }
    let head: Head = serde_json::from_slice(text).map_err(damaged)?;
    if head.format != FORMAT {
        return Err(Error::conflict(
            "archive.newer",
            format!(
                "This archive was written by Switchboard {} in a format that this version does not know. Use that version, or a newer one.",
                head.version
            ),
        ));
    }
    serde_json::from_slice(text).map_err(damaged)
}

fn lines<T: DeserializeOwned>(text: &[u8]) -> Result<Vec<T>> {
    text.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(|l| serde_json::from_slice(l).map_err(damaged)).collect()
}

/// What the manifest says is there, and is what it was.
fn fits(manifest: &Manifest, files: &[FileLine], mut found: BTreeMap<String, (u64, String)>) -> Result<()> {
    for name in [README, MANIFEST, SEAL] {
        found.remove(name);
    }
    let mut one = |part: &Part| match found.remove(&part.name) {
        None => Err(damaged(format!("{} is missing", part.name))),
        Some((bytes, hash)) if bytes == part.bytes && hash == part.sha256 => Ok(()),
        Some(_) => Err(damaged(format!("{} is not what it was", part.name))),
    };
    manifest.parts.iter().try_for_each(&mut one)?;
    manifest.tables.iter().flat_map(|t| &t.parts).try_for_each(&mut one)?;
    for file in files {
        one(&Part { name: format!("files/{}", file.sha256), bytes: file.bytes, sha256: file.sha256.clone() })?;
    }
    if files.len() as u64 != manifest.files.count {
        return Err(damaged("files are missing"));
    }
    match found.into_keys().next() {
        Some(name) => Err(damaged(format!("{name} does not belong to it"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::{FilesEntry, TableEntry};
    use super::super::tar::Writer;
    use super::*;

    fn manifest() -> Manifest {
        let control = br#"{"id":"x","name":"n","locale":"en","time_zone":"UTC","default_country":"DE","tier":5,"sample_data":false,"created_at":0,"channels":[],"with_credentials":[]}"#;
        Manifest {
            format: FORMAT,
            version: "0".into(),
            exported_at: "2026-10-28T10:00:00Z".into(),
            workspace_id: "x".into(),
            workspace_name: "n".into(),
            still: false,
            migrations: Vec::new(),
            parts: vec![Part::of(CONTROL, control), Part::of(ACCOUNTS, b""), Part::of(FILES, b"")],
            tables: vec![TableEntry {
                name: "tags".into(),
                rows: 1,
                columns: Vec::new(),
                parts: vec![Part::of("tables/tags/00001.jsonl", b"{}\n")],
            }],
            files: FilesEntry::default(),
            secrets: None,
            left_out: Vec::new(),
        }
    }

    /// Looks through an archive of these entries and this manifest.
    fn looked(manifest: &Manifest, change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Result<Checked> {
        let control = manifest.parts[0].clone();
        let text = serde_json::to_vec(manifest).unwrap();
        let seal = Part::of(MANIFEST, &text).sha256;
        let mut entries = vec![
            (control.name, br#"{"id":"x","name":"n","locale":"en","time_zone":"UTC","default_country":"DE","tier":5,"sample_data":false,"created_at":0,"channels":[],"with_credentials":[]}"#.to_vec()),
            (ACCOUNTS.to_owned(), Vec::new()),
            ("tables/tags/00001.jsonl".to_owned(), b"{}\n".to_vec()),
            (FILES.to_owned(), Vec::new()),
            (MANIFEST.to_owned(), text),
            (SEAL.to_owned(), seal.into_bytes()),
        ];
        change(&mut entries);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive");
        let mut writer = Writer::new(zstd::Encoder::new(File::create(&path).unwrap(), 1).unwrap(), 0);
        for (name, content) in entries {
            writer.put(&name, &content).unwrap();
        }
        writer.end().unwrap().finish().unwrap();
        check(&path)
    }

    #[test]
    fn every_part_is_there_once_and_nothing_else_is() {
        let m = manifest();
        assert_eq!(looked(&m, |_| {}).map(|c| c.manifest).unwrap(), m);
        let says = |change: fn(&mut Vec<(String, Vec<u8>)>)| {
            let error = looked(&manifest(), change).err().unwrap();
            assert_eq!(error.code, "archive.damaged");
            error.detail
        };
        for name in [CONTROL, ACCOUNTS, "tables/tags/00001.jsonl", FILES, MANIFEST, SEAL] {
            let error = looked(&m, |e| e.retain(|(n, _)| n != name)).err().unwrap();
            assert!(error.code == "archive.damaged" && error.detail.contains("missing"), "{name}: {}", error.detail);
        }
        assert!(says(|e| e[2].1 = b"[]\n".to_vec()).contains("not what it was"));
        assert!(says(|e| e.push(("tables/tags/00002.jsonl".into(), Vec::new()))).contains("does not belong"));
        assert!(says(|e| e.push(e[2].clone())).contains("twice"));
        assert!(says(|e| e[4].1.push(b' ')).contains("manifest"));
        let newer = Manifest { format: FORMAT + 1, ..manifest() };
        assert_eq!(looked(&newer, |_| {}).err().unwrap().code, "archive.newer");
    }
}
