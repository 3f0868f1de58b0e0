//! How many conversations each view holds, exactly and cheaply: for every filter that is asked about, the set of the conversations it
//! holds stays in memory as one bit each. What the log says has changed since is looked at again, and nothing else; so the answer is
//! that of the database at the moment it was read, in whichever process, at the price of what happened meanwhile.

use crate::conversations::{numbers, numbers_among};
use crate::filters::{Asker, Filter};
use crate::teams::Sight;
use db::{Tx, params};
use kernel::time::{MINUTE, Millis};
use kernel::{ContactId, ConversationId, MemberId, Result, WorkspaceId};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// What changes by itself (three days ago) is counted anew this often.
const MOVING: Millis = MINUTE;
/// Everything is, now and then.
const KEPT: Millis = 30 * MINUTE;
/// After more changes than this, counting anew is cheaper.
const MOST_CHANGES: i64 = 3_000;
/// Conversations looked at in one statement.
const CHUNK: usize = 200;
/// What the sets of one workspace may take, in bytes.
const MOST_BYTES: usize = 24 << 20;

/// The sets of each workspace; one request at a time brings them up to date.
#[derive(Default)]
pub struct Counts {
    spaces: Mutex<HashMap<WorkspaceId, Arc<Turn<Space>>>>,
}
impl Counts {
    pub(super) async fn turn(&self, workspace: WorkspaceId) -> OwnedMutexGuard<Space> {
        let space = self.spaces.lock().unwrap_or_else(PoisonError::into_inner).entry(workspace).or_default().clone();
        space.lock_owned().await
    }
}

#[derive(Default)]
pub(super) struct Space {
    /// The log as far as it has been followed: its epoch and number.
    seen: (i64, i64),
    sets: HashMap<Key, Set>,
}

/// A filter, who asked where that matters, and what they see: those who see the same share a set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key(String, Option<MemberId>, Sight);

struct Set {
    filter: Filter,
    bits: Vec<u64>,
    count: i64,
    counted_at: Millis,
    used_at: Millis,
    moves: bool,
}
impl Set {
    fn put(&mut self, number: i64, in_it: bool) {
        let (word, bit) = ((number.max(0) / 64) as usize, 1u64 << (number.max(0) % 64));
        if word >= self.bits.len() {
            if !in_it {
                return;
            }
            self.bits.resize(word + 1, 0);
        }
        let was = self.bits[word] & bit != 0;
        if was != in_it {
            self.bits[word] ^= bit;
            self.count += if in_it { 1 } else { -1 };
        }
    }
    fn is_old(&self, now: Millis) -> bool {
        let age = now - self.counted_at;
        age < 0 || age > if self.moves { MOVING } else { KEPT }
    }
}

/// Counts for these filters, in their order.
pub(super) fn count(tx: &mut Tx<'_>, space: &mut Space, asker: &Asker, filters: &[Filter]) -> Result<Vec<i64>> {
    let done = follow(tx, space, asker).and_then(|()| filters.iter().map(|f| one(tx, space, asker, f)).collect());
    if done.is_err() {
        // Half brought up to date is not up to date.
        *space = Space::default();
    }
    trim(space);
    done
}

fn one(tx: &mut Tx<'_>, space: &mut Space, asker: &Asker, filter: &Filter) -> Result<i64> {
    let key = Key(filter.json().to_string(), if filter.is_personal() { asker.me } else { None }, asker.sight.clone());
    if let Some(set) = space.sets.get_mut(&key).filter(|s| !s.is_old(asker.now)) {
        set.used_at = asker.now;
        return Ok(set.count);
    }
    let mut set =
        Set { filter: filter.clone(), bits: Vec::new(), count: 0, counted_at: asker.now, used_at: asker.now, moves: filter.moves() };
    for number in numbers(tx, filter, asker)? {
        set.put(number, true);
    }
    let count = set.count;
    space.sets.insert(key, set);
    Ok(count)
}

/// Looks again at what has changed since the last time.
fn follow(tx: &mut Tx<'_>, space: &mut Space, asker: &Asker) -> Result<()> {
    let head = db::events::head(tx)?;
    let before = std::mem::replace(&mut space.seen, (head.epoch, head.seq));
    space.sets.retain(|_, set| !set.is_old(asker.now));
    if before == space.seen || space.sets.is_empty() {
        return Ok(());
    }
    let steps = head.seq - before.1;
    if before.0 != head.epoch || !(0..=MOST_CHANGES).contains(&steps) || before.1 < head.min_seq - 1 || many_changed(tx, before.1)? {
        space.sets.clear();
        return Ok(());
    }
    let changed: Vec<ConversationId> = changed(tx, before.1)?.into_iter().collect();
    for chunk in changed.chunks(CHUNK) {
        let marks: Vec<String> = (1..=chunk.len()).map(|i| format!("${i}")).collect();
        let args: Vec<db::Value<'_>> = chunk.iter().map(db::Value::from).collect();
        let sql = format!("SELECT number FROM conversations WHERE id IN ({})", marks.join(", "));
        let all: Vec<i64> = tx.query(&sql, &args, |r| r.get(0))?;
        if all.len() < chunk.len() {
            // Rows that are gone for good no longer say which bit was theirs.
            space.sets.clear();
            return Ok(());
        }
        for (key, set) in &mut space.sets {
            let asker = Asker { me: key.1, sight: key.2.clone(), ..asker.clone() };
            let held: HashSet<i64> = numbers_among(tx, &set.filter, &asker, chunk)?.into_iter().collect();
            all.iter().for_each(|n| set.put(*n, held.contains(n)));
        }
    }
    Ok(())
}

/// Whether something changed many conversations without an event for each.
fn many_changed(tx: &mut Tx<'_>, after: i64) -> Result<bool> {
    Ok(tx.number("SELECT COUNT(*) FROM events WHERE seq > $1 AND kind = 'team.deleted'", params![after])? > 0)
}

/// Conversations that something happened to, or to their person.
fn changed(tx: &mut Tx<'_>, after: i64) -> Result<HashSet<ConversationId>> {
    let rows: Vec<(Option<ConversationId>, Option<ContactId>)> =
        tx.query("SELECT DISTINCT conversation_id, contact_id FROM events WHERE seq > $1", params![after], |r| Ok((r.next()?, r.next()?)))?;
    let mut out: HashSet<ConversationId> = rows.iter().filter_map(|(c, _)| *c).collect();
    for person in rows.iter().filter(|(c, _)| c.is_none()).filter_map(|(_, p)| *p) {
        let own: Vec<ConversationId> = tx.query("SELECT id FROM conversations WHERE contact_id = $1", params![person], |r| r.get(0))?;
        out.extend(own);
    }
    Ok(out)
}

/// The sets used longest ago go when all together are too large.
fn trim(space: &mut Space) {
    let size = |s: &Set| s.bits.len() * 8 + 1_000;
    let mut total: usize = space.sets.values().map(size).sum();
    if total <= MOST_BYTES {
        return;
    }
    let mut by_use: Vec<(Millis, Key)> = space.sets.iter().map(|(k, s)| (s.used_at, k.clone())).collect();
    by_use.sort_by_key(|(at, _)| *at);
    for (_, key) in by_use {
        if total <= MOST_BYTES {
            break;
        }
        total -= space.sets.remove(&key).map_or(0, |s| size(&s));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_counts_each_number_once() {
        let mut set = Set { filter: Filter::ALL, bits: Vec::new(), count: 0, counted_at: 0, used_at: 0, moves: false };
        for (number, in_it) in [(5, true), (5, true), (700, true), (64, false), (5, false), (9_999, false), (0, true)] {
            set.put(number, in_it);
        }
        assert_eq!(set.count, 2);
        assert_eq!(set.bits.iter().map(|w| w.count_ones()).sum::<u32>(), 2);
        assert_eq!(set.bits.len(), 11);
    }

    #[test]
    fn what_is_used_least_goes_first() {
        let mut space = Space::default();
        for n in 0..40 {
            let set = Set { filter: Filter::ALL, bits: vec![0; 100_000], count: 0, counted_at: 0, used_at: n, moves: false };
            space.sets.insert(Key(n.to_string(), None, Sight::all()), set);
        }
        trim(&mut space);
        assert!(space.sets.len() < 40 && space.sets.len() > 20, "{}", space.sets.len());
        assert!(
            space.sets.contains_key(&Key("39".into(), None, Sight::all()))
                && !space.sets.contains_key(&Key("0".into(), None, Sight::all()))
        );
    }
}
