//! What is kept in memory between requests. Facts are at most 30 seconds old, because another process may have changed them; a
//! change made here is seen at once.

use super::endings::Ending;
use super::model::{SessionFacts, TokenFacts, WorkspaceInfo};
use super::throttle::Throttle;
use super::trust::provider::Provider;
use kernel::time::{MINUTE, Millis, SECOND};
use kernel::{MemberId, Role, SessionId, TokenId, WorkspaceId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

const FRESH: Millis = 30 * SECOND;
/// What identity providers say of themselves.
const PROVIDERS: Millis = 10 * MINUTE;
const MOST: usize = 20_000;
/// Each password hash takes 19 MiB for its moment; so many at a time.
const HASHING: usize = 4;

/// The slice's memory: recognised sessions and tokens, workspaces, and failed sign-ins.
pub struct People {
    pub(super) sessions: Cache<SessionId, SessionFacts>,
    pub(super) tokens: Cache<TokenId, TokenFacts>,
    pub(super) workspaces: Cache<WorkspaceId, WorkspaceInfo>,
    /// By the names that their settings have.
    pub(super) providers: Cache<String, Provider>,
    pub(super) throttle: Throttle,
    pub(super) hashing: tokio::sync::Semaphore,
    /// Told after the cache has forgotten.
    pub(super) endings: broadcast::Sender<Ending>,
    /// One mirror at a time, so that an older state never overwrites a newer one.
    pub(super) mirroring: tokio::sync::Mutex<()>,
}

impl People {
    pub fn new() -> Self {
        Self {
            sessions: Cache::new(),
            tokens: Cache::new(),
            workspaces: Cache::new(),
            providers: Cache::lasting(PROVIDERS),
            throttle: Throttle::default(),
            hashing: tokio::sync::Semaphore::new(HASHING),
            endings: broadcast::Sender::new(256),
            mirroring: tokio::sync::Mutex::new(()),
        }
    }
    /// After a change of role or access: everything that speaks for the member is looked up again.
    pub(super) fn forget_member(&self, member: MemberId) {
        self.sessions.forget(|s| s.member == member || s.preview.is_some_and(|(m, _)| m == member));
        self.tokens.forget(|t| t.member == member);
    }
    /// After a change of a role: everybody who has it, or looks through its eyes.
    pub(super) fn forget_role(&self, workspace: WorkspaceId, role: Role) {
        self.sessions.forget(|s| s.workspace == workspace && (s.role == role || s.preview.is_some_and(|(_, r)| r == role)));
        self.tokens.forget(|t| t.workspace == workspace && t.role == role);
    }
    /// Ends what goes on by this access. When nothing does, nobody listens.
    pub(super) fn end(&self, what: Ending) {
        drop(self.endings.send(what));
    }
}
impl Default for People {
    fn default() -> Self {
        Self::new()
    }
}

pub(super) struct Cache<K, V> {
    lasts: Millis,
    inner: Mutex<Inner<K, V>>,
}
struct Inner<K, V> {
    entries: HashMap<K, (Millis, Arc<V>)>,
    /// Counts what was forgotten, so that a look-up begun before does not bring it back.
    forgotten: u64,
}

/// Taken before a look-up, given back with its result.
#[derive(Clone, Copy)]
pub(super) struct Ticket(u64);

impl<K: Eq + Hash, V> Cache<K, V> {
    fn new() -> Self {
        Self::lasting(FRESH)
    }
    fn lasting(lasts: Millis) -> Self {
        Self { lasts, inner: Mutex::new(Inner { entries: HashMap::new(), forgotten: 0 }) }
    }
    fn lock(&self) -> MutexGuard<'_, Inner<K, V>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub fn get(&self, key: &K, now: Millis) -> Result<Arc<V>, Ticket> {
        let inner = self.lock();
        match inner.entries.get(key) {
            Some((at, value)) if (0..self.lasts).contains(&(now - at)) => Ok(value.clone()),
            _ => Err(Ticket(inner.forgotten)),
        }
    }
    pub fn put(&self, ticket: Ticket, key: K, value: V, now: Millis) -> Arc<V> {
        let value = Arc::new(value);
        let mut inner = self.lock();
        if inner.forgotten == ticket.0 {
            if inner.entries.len() >= MOST {
                inner.entries.clear();
            }
            inner.entries.insert(key, (now, value.clone()));
        }
        value
    }
    pub fn forget(&self, which: impl Fn(&V) -> bool) {
        let mut inner = self.lock();
        inner.forgotten += 1;
        inner.entries.retain(|_, (_, value)| !which(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_go_stale_and_what_was_forgotten_meanwhile_is_not_kept() {
        let cache = Cache::<u8, &str>::new();
        let Err(ticket) = cache.get(&1, 0) else { panic!("empty") };
        cache.put(ticket, 1, "a", 0);
        assert!(cache.get(&1, FRESH - 1).is_ok());
        let Err(ticket) = cache.get(&1, FRESH) else { panic!("stale") };
        cache.forget(|v| *v == "a");
        cache.put(ticket, 1, "a", FRESH);
        assert!(cache.get(&1, FRESH).is_err());
    }
}
