//! Snapshots that need not stay go, and with them the chunks that no other one has.

use crate::pack::Entry;
use crate::repository::{parse, unpack};
use crate::{Hash, Keep, Manifest, Repository, Writer};
use kernel::Result;
use std::collections::{HashMap, HashSet};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub snapshots: Vec<String>,
    pub packs: usize,
    /// Less stored than before.
    pub freed_bytes: u64,
}

impl Repository {
    /// Removes what `keep` does not name, then packs that hold mostly what nobody needs. Only under the lock. A cut in the middle leaves
    /// more than needed, never less: what stays in use of a pack is written anew before the pack goes.
    pub fn forget(&mut self, keep: &Keep) -> Result<Forgotten> {
        let all = self.snapshots()?;
        let stays = keep.choose(&all.iter().map(|m| m.taken_at).collect::<Vec<_>>());
        let (kept, gone): (Vec<_>, Vec<_>) = all.into_iter().zip(stays).partition(|(_, stays)| *stays);
        let mut out = Forgotten::default();
        for (manifest, _) in gone {
            self.delete(&format!("snapshots/{}.json", manifest.id))?;
            out.snapshots.push(manifest.id);
        }
        let kept: Vec<Manifest> = kept.into_iter().map(|(m, _)| m).collect();
        let mut live = HashSet::new();
        for manifest in &kept {
            self.reached(manifest, &mut live)?;
        }
        self.sweep(&live, &mut out)?;
        Ok(out)
    }

    /// Every chunk that a snapshot needs.
    pub(crate) fn reached(&mut self, manifest: &Manifest, live: &mut HashSet<Hash>) -> Result<()> {
        let mut streams: Vec<_> = manifest.databases.iter().flat_map(|d| d.streams()).collect();
        streams.push(&manifest.files.table);
        for stream in streams {
            for list in &stream.lists {
                live.insert(parse(list)?);
            }
            live.extend(self.chunks(stream)?);
        }
        live.extend(self.files(manifest)?.into_iter().flat_map(|f| f.chunks));
        Ok(())
    }

    fn sweep(&mut self, live: &HashSet<Hash>, out: &mut Forgotten) -> Result<()> {
        let mut packs: HashMap<u32, Vec<Entry>> = HashMap::new();
        for (number, entry) in self.spots.values() {
            packs.entry(*number).or_default().push(*entry);
        }
        let mut doomed = Vec::new();
        let mut moved = Vec::new();
        for number in 0..self.packs.len() as u32 {
            let entries = packs.remove(&number).unwrap_or_default();
            let all: u64 = entries.iter().map(|e| u64::from(e.stored)).sum();
            let (needed, useless): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|e| live.contains(&e.hash));
            let used: u64 = needed.iter().map(|e| u64::from(e.stored)).sum();
            // What a chunk written twice left in its older pack counts as useless too: `spots` knows each only once.
            if used * 2 <= all || needed.is_empty() {
                out.freed_bytes += all - used;
                doomed.push(number);
                moved.push((number, needed, useless));
            }
        }
        let mut raws = Vec::new();
        for (number, needed, useless) in moved {
            if !needed.is_empty() {
                let pack = self.get(&format!("packs/{}.pack", self.packs[number as usize]))?;
                for entry in &needed {
                    raws.push(unpack(&pack, entry)?);
                }
            }
            for entry in needed.iter().chain(&useless) {
                self.spots.remove(&entry.hash);
            }
            // Not more than a pack in memory.
            if raws.iter().map(Vec::len).sum::<usize>() > 64 << 20 {
                self.write_again(&mut raws)?;
            }
        }
        self.write_again(&mut raws)?;
        for number in &doomed {
            let name = self.packs[*number as usize].clone();
            self.delete(&format!("packs/{name}.index"))?;
            self.delete(&format!("packs/{name}.pack"))?;
        }
        out.packs = doomed.len();
        // A pack whose index was never written was left by a run that was cut off.
        let known: HashSet<String> = self.names("packs", ".index")?.into_iter().collect();
        for name in self.names("packs", ".pack")?.into_iter().filter(|n| !known.contains(n)) {
            self.delete(&format!("packs/{name}.pack"))?;
        }
        Ok(())
    }

    fn write_again(&mut self, raws: &mut Vec<Vec<u8>>) -> Result<()> {
        let mut writer = Writer::new(self)?;
        for raw in raws.drain(..) {
            writer.put(&raw)?;
        }
        writer.flush()
    }
}
