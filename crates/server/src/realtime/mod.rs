//! The event log as a live stream: frames with numbers for what changed, frames without for typing and presence. A client that was
//! away says where it was (`?since=`) and misses nothing.

mod api;
mod ears;
mod frames;

pub use api::{customer_types, publish, routes};
pub use frames::{BULK, Frame, RESET, build as frames_of, notification};

use kernel::{ConversationId, MemberId, WorkspaceId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// Frames a slow client may fall behind before it is dropped.
const BEHIND: usize = 2_048;

/// Members who are there, one entry for each of their streams, with the conversation it looks at.
pub(crate) type Present = Vec<(MemberId, Option<ConversationId>)>;

struct Room {
    frames: broadcast::Sender<Arc<Frame>>,
    /// Each stream of a member, with the conversation it looks at.
    present: HashMap<u64, (MemberId, Option<ConversationId>)>,
    /// Who was there when it was last told.
    told: Present,
    /// Streams of visitors, by visitor handle.
    visitors: HashMap<String, usize>,
}

impl Room {
    /// Each member who is there, with what their screens look at.
    fn shown(&self) -> Present {
        let mut all: Present = self.present.values().copied().collect();
        all.sort_unstable();
        all.dedup();
        // What looks at nothing comes first: left out where another screen of theirs looks at something.
        let theirs = |i: usize, member: MemberId| all.get(i + 1).is_some_and(|(next, _)| *next == member);
        all.iter().enumerate().filter(|(i, (member, viewing))| viewing.is_some() || !theirs(*i, *member)).map(|(_, one)| *one).collect()
    }
}

#[derive(Default)]
pub struct Hub {
    rooms: Mutex<HashMap<WorkspaceId, Room>>,
    next: std::sync::atomic::AtomicU64,
}

impl Hub {
    fn with<T>(&self, workspace: WorkspaceId, f: impl FnOnce(&mut Room) -> T) -> T {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let room = rooms.entry(workspace).or_insert_with(|| Room {
            frames: broadcast::Sender::new(BEHIND),
            present: HashMap::new(),
            told: Present::new(),
            visitors: HashMap::new(),
        });
        f(room)
    }
    pub fn listen(&self, workspace: WorkspaceId) -> broadcast::Receiver<Arc<Frame>> {
        self.with(workspace, |room| room.frames.subscribe())
    }
    /// Whether anybody listens; otherwise frames need not be made.
    pub fn is_heard(&self, workspace: WorkspaceId) -> bool {
        let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.get(&workspace).is_some_and(|r| r.frames.receiver_count() > 0)
    }
    pub fn send(&self, workspace: WorkspaceId, frame: Frame) {
        // Without listeners there is nobody to tell.
        self.with(workspace, |room| drop(room.frames.send(Arc::new(frame))));
    }
    /// Members with an open stream.
    pub fn online(&self, workspace: WorkspaceId) -> Vec<MemberId> {
        self.with(workspace, |room| {
            let mut all: Vec<MemberId> = room.present.values().map(|(m, _)| *m).collect();
            all.sort_unstable();
            all.dedup();
            all
        })
    }
    fn enter(&self, workspace: WorkspaceId, member: MemberId) -> u64 {
        let n = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.with(workspace, |room| room.present.insert(n, (member, None)));
        self.tell_presence(workspace);
        n
    }
    fn look_at(&self, workspace: WorkspaceId, stream: u64, conversation: Option<ConversationId>) {
        self.with(workspace, |room| {
            if let Some(entry) = room.present.get_mut(&stream) {
                entry.1 = conversation;
            }
        });
        self.tell_presence(workspace);
    }
    fn leave(&self, workspace: WorkspaceId, stream: u64) {
        self.with(workspace, |room| room.present.remove(&stream));
        self.tell_presence(workspace);
    }
    /// Who is there, for a screen that was just opened.
    fn present(&self, workspace: WorkspaceId) -> Present {
        self.with(workspace, |room| room.shown())
    }
    /// Told when it is otherwise than before: a second screen of somebody who looks at nothing is no news, and each is told to all.
    fn tell_presence(&self, workspace: WorkspaceId) {
        self.with(workspace, |room| {
            let now = room.shown();
            if now != room.told {
                room.told.clone_from(&now);
                drop(room.frames.send(Arc::new(frames::presence(now))));
            }
        });
    }
    pub fn visitor_enters(&self, workspace: WorkspaceId, visitor: &str) {
        self.with(workspace, |room| *room.visitors.entry(visitor.to_owned()).or_default() += 1);
    }
    pub fn visitor_leaves(&self, workspace: WorkspaceId, visitor: &str) {
        self.with(workspace, |room| {
            if let Some(n) = room.visitors.get_mut(visitor) {
                *n -= 1;
                if *n == 0 {
                    room.visitors.remove(visitor);
                }
            }
        });
    }
    pub fn visitor_is_here(&self, workspace: WorkspaceId, visitor: &str) -> bool {
        self.with(workspace, |room| room.visitors.contains_key(visitor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SystemIds, id::new_id};

    #[test]
    fn who_is_there_is_told_when_it_changes() {
        let (hub, workspace) = (Hub::default(), new_id(&SystemIds, 1));
        let (anna, talk): (MemberId, ConversationId) = (new_id(&SystemIds, 1), new_id(&SystemIds, 1));
        let mut told = hub.listen(workspace);
        let mut news = || std::iter::from_fn(|| told.try_recv().ok()).map(|f| f.presence.clone().unwrap_or_default()).collect::<Vec<_>>();
        let first = hub.enter(workspace, anna);
        assert_eq!(news(), [vec![(anna, None)]]);
        let second = hub.enter(workspace, anna);
        assert!(news().is_empty(), "they were there already");
        hub.look_at(workspace, second, Some(talk));
        assert_eq!(news(), [vec![(anna, Some(talk))]]);
        hub.look_at(workspace, second, Some(talk));
        hub.leave(workspace, first);
        assert!(news().is_empty());
        assert_eq!(hub.present(workspace), [(anna, Some(talk))]);
        hub.leave(workspace, second);
        assert_eq!(news(), [Present::new()]);
    }
}
