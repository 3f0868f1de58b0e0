//! Whether everything a snapshot needs is there and is what it was.

use crate::repository::{damaged, parse, unpack};
use crate::{Hash, Manifest, Repository};
use data_encoding::HEXLOWER;
use kernel::{Error, Result};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// A file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    pub name: String,
    pub bytes: u64,
    pub chunks: Vec<Hash>,
}

/// What is wrong, in plain words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Damage {
    /// What is broken.
    pub found: Vec<String>,
    /// What cannot be restored because of it.
    pub lost: Vec<String>,
    pub chunks: u64,
    pub bytes: u64,
}

impl Repository {
    /// The files of a snapshot, by name.
    pub fn files(&mut self, manifest: &Manifest) -> Result<Vec<StoredFile>> {
        let mut text = Vec::new();
        self.read(&manifest.files.table, |piece| {
            text.extend_from_slice(piece);
            Ok(())
        })?;
        let wrong = || Error::conflict("backup.damaged", "The table of files cannot be read.");
        let text = String::from_utf8(text).map_err(|_| wrong())?;
        text.lines()
            .map(|line| {
                let mut words = line.split(' ');
                let name = words.next().ok_or_else(wrong)?.to_owned();
                let bytes = words.next().and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
                Ok(StoredFile { name, bytes, chunks: words.map(parse).collect::<Result<_>>()? })
            })
            .collect()
    }

    /// Reads every chunk of every pack, then follows every snapshot to its chunks.
    pub fn verify(&mut self) -> Result<Damage> {
        let mut damage = Damage::default();
        let mut bad: HashSet<Hash> = HashSet::new();
        let mut by_pack: HashMap<u32, Vec<crate::pack::Entry>> = HashMap::new();
        for (number, entry) in self.spots.values() {
            by_pack.entry(*number).or_default().push(*entry);
        }
        for number in 0..self.packs.len() as u32 {
            let name = self.packs[number as usize].clone();
            let entries = by_pack.remove(&number).unwrap_or_default();
            let bytes = match self.get(&format!("packs/{name}.pack")) {
                Ok(bytes) => bytes,
                Err(error) => {
                    damage.found.push(format!("The pack {name} cannot be read: {}", error.detail));
                    bad.extend(entries.iter().map(|e| e.hash));
                    continue;
                }
            };
            damage.bytes += bytes.len() as u64;
            damage.chunks += entries.len() as u64;
            let whole = HEXLOWER.encode(&Sha256::digest(&bytes)) == name;
            let before = damage.found.len();
            for entry in &entries {
                if let Err(error) = unpack(&bytes, entry) {
                    damage.found.push(format!("In the pack {name}: {}", error.detail));
                    bad.insert(entry.hash);
                }
            }
            if !whole && damage.found.len() == before {
                damage.found.push(format!("The pack {name} is not what it was, in a part that no chunk lies in."));
            }
        }
        for name in self.names("snapshots", ".json")? {
            match self.manifest(&name) {
                Ok(manifest) => self.follow(&manifest, &bad, &mut damage),
                Err(error) => {
                    damage.found.push(error.detail);
                    damage.lost.push(format!("the snapshot {name}"));
                }
            }
        }
        Ok(damage)
    }

    fn follow(&mut self, manifest: &Manifest, bad: &HashSet<Hash>, damage: &mut Damage) {
        let good = |repository: &Self, hash: &Hash| match () {
            () if bad.contains(hash) => Err(damaged(hash, "is damaged")),
            () if !repository.has(hash) => Err(damaged(hash, "is missing")),
            () => Ok(()),
        };
        for database in &manifest.databases {
            let checked = database.streams().into_iter().try_for_each(|s| self.chunks(s)?.iter().try_for_each(|h| good(self, h)));
            if let Err(error) = checked {
                damage.lost.push(format!("snapshot {}: the database {} ({})", manifest.id, database.name, error.detail));
            }
        }
        match self.files(manifest) {
            Err(error) => damage.lost.push(format!("snapshot {}: all files ({})", manifest.id, error.detail)),
            Ok(files) => {
                for file in files {
                    if let Err(error) = file.chunks.iter().try_for_each(|h| good(self, h)) {
                        damage.lost.push(format!("snapshot {}: the file {} ({})", manifest.id, file.name, error.detail));
                    }
                }
            }
        }
    }
}
