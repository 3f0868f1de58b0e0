//! A pack is compressed chunks one after the other, some megabytes in one object; beside it lies its index. Fewer objects mean fewer waits for
//! the disk and fewer requests to a bucket.

use crate::Hash;
use kernel::{Error, Result};

/// A pack is closed when it has so much.
pub const FULL: usize = 16 << 20;
const ENTRY: usize = 32 + 12;
const MAGIC: &[u8; 8] = b"swbidx01";

/// Where a chunk lies within its pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub hash: Hash,
    pub at: u32,
    pub stored: u32,
    pub raw: u32,
}

pub fn write_index(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(MAGIC.len() + entries.len() * ENTRY);
    out.extend_from_slice(MAGIC);
    for e in entries {
        out.extend_from_slice(&e.hash);
        for n in [e.at, e.stored, e.raw] {
            out.extend_from_slice(&n.to_le_bytes());
        }
    }
    out
}

pub fn read_index(name: &str, bytes: &[u8]) -> Result<Vec<Entry>> {
    let wrong = || Error::conflict("backup.damaged", format!("The index of the pack {name} is damaged."));
    let body = bytes.strip_prefix(MAGIC.as_slice()).ok_or_else(wrong)?;
    if body.len() % ENTRY != 0 {
        return Err(wrong());
    }
    let number = |e: &[u8], i: usize| e.get(i..i + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes).ok_or_else(wrong);
    body.chunks_exact(ENTRY)
        .map(|e| {
            let hash = e.get(..32).and_then(|b| b.try_into().ok()).ok_or_else(wrong)?;
            Ok(Entry { hash, at: number(e, 32)?, stored: number(e, 36)?, raw: number(e, 40)? })
        })
        .collect()
}
