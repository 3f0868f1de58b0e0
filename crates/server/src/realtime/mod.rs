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
    /// Streams of visitors, by visitor handle.
    visitors: HashMap<String, usize>,
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
    fn tell_presence(&self, workspace: WorkspaceId) {
        let frame = self.with(workspace, |room| frames::presence(room.present.values().copied().collect()));
        self.send(workspace, frame);
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
