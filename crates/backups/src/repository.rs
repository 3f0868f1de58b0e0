//! The chunks and snapshots at one place.

use crate::manifest::FORMAT;
use crate::pack::{self, Entry};
use crate::target::broken;
use crate::{Hash, Manifest, Streamed, Target};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures_util::TryStreamExt;
use kernel::time::{MINUTE, Millis};
use kernel::{Error, Result};
use object_store::path::Path as Place;
use object_store::{ObjectStoreExt, PutMode, PutPayload};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Handle;

/// Names in one list.
const LIST: usize = 32 << 10;
/// Packs kept in memory while reading.
const CACHED: usize = 8;
const LOCK: &str = "lock";
/// A lock that nobody has renewed for so long was left behind.
const STALE: Millis = 15 * MINUTE;

/// Used from a thread that may wait, within a runtime.
pub struct Repository {
    pub(crate) target: Target,
    pub(crate) runtime: Handle,
    pub(crate) packs: Vec<String>,
    pub(crate) spots: HashMap<Hash, (u32, Entry)>,
    cache: Vec<(u32, Bytes)>,
    locked: bool,
    stop: Arc<AtomicBool>,
}

impl Repository {
    /// Reads what is there.
    pub fn open(target: Target, runtime: Handle) -> Result<Self> {
        let mut all =
            Self { target, runtime, packs: Vec::new(), spots: HashMap::new(), cache: Vec::new(), locked: false, stop: Arc::default() };
        for name in all.names("packs", ".index")? {
            let bytes = all.get(&format!("packs/{name}.index"))?;
            all.take_in(&name, pack::read_index(&name, &bytes)?);
        }
        Ok(all)
    }
    /// Once this is set, nothing more is taken in.
    pub fn stop_with(&mut self, stop: Arc<AtomicBool>) {
        self.stop = stop;
    }
    pub fn shown(&self) -> &str {
        &self.target.shown
    }
    pub(crate) fn take_in(&mut self, name: &str, entries: Vec<Entry>) {
        let number = self.packs.len() as u32;
        self.packs.push(name.to_owned());
        self.spots.extend(entries.into_iter().map(|e| (e.hash, (number, e))));
    }

    // ---------- objects ----------

    pub(crate) fn get(&self, path: &str) -> Result<Bytes> {
        let store = self.target.store.clone();
        self.runtime.block_on(async move { store.get(&Place::from(path)).await.map_err(broken)?.bytes().await.map_err(broken) })
    }
    pub(crate) fn put(&self, path: &str, bytes: Bytes) -> Result<()> {
        let store = self.target.store.clone();
        self.runtime.block_on(async move { store.put(&Place::from(path), PutPayload::from(bytes)).await.map_err(broken).map(drop) })
    }
    pub(crate) fn delete(&self, path: &str) -> Result<()> {
        let store = self.target.store.clone();
        match self.runtime.block_on(async move { store.delete(&Place::from(path)).await }) {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(broken(error)),
        }
    }
    /// Names in a folder that end so, without the ending.
    pub(crate) fn names(&self, folder: &str, ending: &str) -> Result<Vec<String>> {
        let store = self.target.store.clone();
        let found: Vec<object_store::ObjectMeta> =
            self.runtime.block_on(async move { store.list(Some(&Place::from(folder))).try_collect().await.map_err(broken) })?;
        let mut names: Vec<String> = found
            .iter()
            .filter_map(|m| Some(m.location.filename()?.strip_suffix(ending)?.to_owned()))
            .filter(|n| !n.contains('.'))
            .collect();
        names.sort();
        Ok(names)
    }

    // ---------- one at a time ----------

    /// Nobody else writes here until it is given back. `who` is told to whoever comes meanwhile.
    pub fn lock(&mut self, who: &str, now: Millis) -> Result<()> {
        let store = self.target.store.clone();
        let words = PutPayload::from(format!("{who}\n").into_bytes());
        for last in [false, true] {
            let (store, words) = (store.clone(), words.clone());
            let taken = self.runtime.block_on(async move { store.put_opts(&Place::from(LOCK), words, PutMode::Create.into()).await });
            match taken {
                Ok(_) => {
                    self.locked = true;
                    return Ok(());
                }
                Err(object_store::Error::AlreadyExists { .. }) if !last => {
                    let store = self.target.store.clone();
                    let found = self.runtime.block_on(async move { store.head(&Place::from(LOCK)).await });
                    if found.is_ok_and(|m| now - m.last_modified.timestamp_millis() < STALE) {
                        let words = String::from_utf8_lossy(&self.get(LOCK).unwrap_or_default()).trim().to_owned();
                        return Err(Error::conflict(
                            "backup.busy",
                            format!(
                                "Another backup is writing to {} ({words}). If it was cut off, this passes by itself in 15 minutes.",
                                self.shown()
                            ),
                        ));
                    }
                    self.delete(LOCK)?;
                }
                Err(error) => return Err(broken(error)),
            }
        }
        Ok(())
    }
    fn renew(&self) {
        if self.locked && self.put(LOCK, Bytes::from_static(b"a backup that goes on\n")).is_err() {
            tracing::warn!("the lock at the place of the backup could not be renewed");
        }
    }
    pub fn unlock(&mut self) {
        if std::mem::take(&mut self.locked) && self.delete(LOCK).is_err() {
            tracing::warn!("the lock at the place of the backup could not be removed; it ends by itself");
        }
    }

    // ---------- snapshots ----------

    /// Newest first.
    pub fn snapshots(&self) -> Result<Vec<Manifest>> {
        let mut all = self.names("snapshots", ".json")?.iter().map(|n| self.manifest(n)).collect::<Result<Vec<_>>>()?;
        all.sort_by(|a, b| (b.taken_at, &b.id).cmp(&(a.taken_at, &a.id)));
        Ok(all)
    }
    pub fn manifest(&self, id: &str) -> Result<Manifest> {
        let wrong = |why: String| Error::conflict("backup.damaged", format!("The snapshot {id} cannot be read: {why}."));
        let bytes = self.get(&format!("snapshots/{id}.json"))?;
        let format: u32 = serde_json::from_slice::<serde_json::Value>(&bytes)
            .map_err(|e| wrong(e.to_string()))
            .map(|v| v["format"].as_u64().unwrap_or_default() as u32)?;
        if format > FORMAT {
            return Err(Error::conflict("backup.newer", format!("The snapshot {id} was written by a newer version. Use that one.")));
        }
        serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string()))
    }
    /// The newest, or the newest that is not younger than `at`.
    pub fn find(&self, at: Option<Millis>) -> Result<Manifest> {
        let all = self.snapshots()?;
        let oldest = all.last().map(|m| m.taken_at);
        let found = all.into_iter().find(|m| at.is_none_or(|at| m.taken_at <= at));
        found.ok_or_else(|| match oldest {
            None => Error::not_found("backup.none", format!("There is no snapshot in {}.", self.shown())),
            Some(oldest) => Error::not_found(
                "backup.none",
                format!("There is no snapshot as old as that; the oldest is of {}.", kernel::time::rfc3339(oldest)),
            ),
        })
    }
    /// What makes a snapshot one: everything it names is there already.
    pub fn commit(&self, manifest: &Manifest) -> Result<()> {
        let text = serde_json::to_vec_pretty(manifest).map_err(|e| Error::internal(e.to_string()))?;
        self.put(&format!("snapshots/{}.json", manifest.id), Bytes::from(text))
    }

    // ---------- chunks ----------

    pub fn has(&self, hash: &Hash) -> bool {
        self.spots.contains_key(hash)
    }

    /// A chunk, checked.
    pub fn chunk(&mut self, hash: &Hash) -> Result<Vec<u8>> {
        let (number, entry) = self.spots.get(hash).copied().ok_or_else(|| damaged(hash, "is missing"))?;
        if !self.cache.iter().any(|(n, _)| *n == number) {
            let bytes = self.get(&format!("packs/{}.pack", self.packs[number as usize]))?;
            if self.cache.len() >= CACHED {
                self.cache.remove(0);
            }
            self.cache.push((number, bytes));
        }
        let pack = self.cache.iter().find(|(n, _)| *n == number).map(|(_, b)| b.clone()).unwrap_or_default();
        unpack(&pack, &entry)
    }

    /// The names of a stream's chunks.
    pub fn chunks(&mut self, stream: &Streamed) -> Result<Vec<Hash>> {
        let mut all = Vec::with_capacity(stream.chunks as usize);
        for list in &stream.lists {
            let bytes = self.chunk(&parse(list)?)?;
            all.extend(bytes.chunks_exact(32).filter_map(|b| Hash::try_from(b).ok()));
        }
        if all.len() as u64 != stream.chunks {
            return Err(Error::conflict("backup.damaged", "A list of chunks is not as long as it should be."));
        }
        Ok(all)
    }

    /// The whole of a stream, piece by piece.
    pub fn read(&mut self, stream: &Streamed, mut into: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut bytes = 0;
        for hash in self.chunks(stream)? {
            let chunk = self.chunk(&hash)?;
            bytes += chunk.len() as u64;
            into(&chunk)?;
        }
        if bytes != stream.bytes {
            return Err(Error::conflict("backup.damaged", "A stream is not as long as it should be."));
        }
        Ok(())
    }
}

pub(crate) fn damaged(hash: &Hash, how: &str) -> Error {
    Error::conflict("backup.damaged", format!("The chunk {} {how}.", HEXLOWER.encode(hash)))
}

pub(crate) fn parse(hex: &str) -> Result<Hash> {
    let bytes = HEXLOWER.decode(hex.as_bytes()).ok().and_then(|b| Hash::try_from(b).ok());
    bytes.ok_or_else(|| Error::conflict("backup.damaged", format!("{hex} is no name of a chunk.")))
}

/// Out of its pack, decompressed, and exactly what it was.
pub(crate) fn unpack(pack: &Bytes, entry: &Entry) -> Result<Vec<u8>> {
    let stored = pack.get(entry.at as usize..(entry.at as usize).saturating_add(entry.stored as usize));
    let stored = stored.ok_or_else(|| damaged(&entry.hash, "lies beyond the end of its pack"))?;
    let raw = zstd::bulk::decompress(stored, entry.raw as usize).map_err(|_| damaged(&entry.hash, "cannot be decompressed"))?;
    if Sha256::digest(&raw).as_slice() != entry.hash {
        return Err(damaged(&entry.hash, "is not what it was"));
    }
    Ok(raw)
}

/// What was written in a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes looked at.
    pub seen_bytes: u64,
    /// Of these, in chunks that were not there yet.
    pub new_bytes: u64,
    /// As which these were stored.
    pub stored_bytes: u64,
    pub new_chunks: u64,
}

/// Takes chunks in. What is not flushed is not there.
pub struct Writer<'a> {
    pub repository: &'a mut Repository,
    pub written: Written,
    compressor: zstd::bulk::Compressor<'static>,
    pack: Vec<u8>,
    entries: Vec<Entry>,
    /// Those in the pack at hand.
    pending: HashMap<Hash, ()>,
}

impl<'a> Writer<'a> {
    pub fn new(repository: &'a mut Repository) -> Result<Self> {
        let compressor = zstd::bulk::Compressor::new(1).map_err(|e| Error::internal(format!("zstd: {e}")))?;
        let pack = Vec::with_capacity(pack::FULL + (1 << 20));
        Ok(Self { repository, written: Written::default(), compressor, pack, entries: Vec::new(), pending: HashMap::new() })
    }

    pub fn put(&mut self, raw: &[u8]) -> Result<Hash> {
        if self.repository.stop.load(Ordering::Relaxed) {
            return Err(Error::unavailable("backup.stopped", "The backup was stopped; the next one goes on from there."));
        }
        let hash: Hash = Sha256::digest(raw).into();
        self.written.seen_bytes += raw.len() as u64;
        if self.repository.has(&hash) || self.pending.contains_key(&hash) {
            return Ok(hash);
        }
        let stored = self.compressor.compress(raw).map_err(|e| Error::internal(format!("zstd: {e}")))?;
        self.entries.push(Entry { hash, at: self.pack.len() as u32, stored: stored.len() as u32, raw: raw.len() as u32 });
        self.pending.insert(hash, ());
        self.pack.extend_from_slice(&stored);
        self.written.new_chunks += 1;
        self.written.new_bytes += raw.len() as u64;
        self.written.stored_bytes += stored.len() as u64;
        if self.pack.len() >= pack::FULL {
            self.flush()?;
        }
        Ok(hash)
    }

    /// Writes down which chunks a stream has.
    pub fn list(&mut self, bytes: u64, chunks: &[Hash]) -> Result<Streamed> {
        let lists = chunks.chunks(LIST).map(|part| self.put(part.as_flattened()).map(|h| HEXLOWER.encode(&h))).collect::<Result<_>>()?;
        Ok(Streamed { bytes, chunks: chunks.len() as u64, lists })
    }

    /// The pack at hand is written, and after it its index: a pack without one is nobody's.
    pub fn flush(&mut self) -> Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let bytes = Bytes::from(std::mem::replace(&mut self.pack, Vec::with_capacity(pack::FULL + (1 << 20))));
        let name = HEXLOWER.encode(&Sha256::digest(&bytes));
        let entries = std::mem::take(&mut self.entries);
        self.repository.put(&format!("packs/{name}.pack"), bytes)?;
        self.repository.put(&format!("packs/{name}.index"), Bytes::from(pack::write_index(&entries)))?;
        self.repository.take_in(&name, entries);
        self.pending.clear();
        self.repository.renew();
        Ok(())
    }
}
