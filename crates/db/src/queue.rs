//! The queue of writes of each workspace, and the list of workspaces that have some.

use crate::tx::Tx;
use crate::{Lane, Scope, closing};
use kernel::Result;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use tokio::sync::oneshot;

/// A write that waits. `run` may be called again when the batch is played again.
pub(crate) trait Job: Send {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()>;
    fn done(self: Box<Self>, outcome: Result<()>);
}

pub(crate) struct Call<F, T> {
    pub f: F,
    pub out: Option<T>,
    pub reply: oneshot::Sender<Result<T>>,
}
impl<T: Send, F: FnMut(&mut Tx<'_>) -> Result<T> + Send> Job for Call<F, T> {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.out = Some((self.f)(tx)?);
        Ok(())
    }
    fn done(mut self: Box<Self>, outcome: Result<()>) {
        let answer = match (outcome, self.out.take()) {
            (Ok(()), Some(out)) => Ok(out),
            (Ok(()), None) => Err(closing()),
            (Err(e), _) => Err(e),
        };
        // Nobody waits when the request was given up; the write stands all the same.
        drop(self.reply.send(answer));
    }
}

/// One database and what belongs to it in this process.
pub(crate) struct Space {
    pub scope: Scope,
    queue: Mutex<Lanes>,
    /// SQLite's writing connection, while it is open.
    pub writer: Mutex<Option<rusqlite::Connection>>,
    pub migrated: AtomicBool,
    pub used: AtomicU64,
    /// Writes in the batch before.
    pub last_batch: AtomicUsize,
    /// What the commit before took, in microseconds.
    pub last_commit: AtomicU64,
}
#[derive(Default)]
struct Lanes {
    lanes: [VecDeque<Box<dyn Job>>; 3],
    /// On the ready list, or being worked on.
    scheduled: bool,
}

impl Space {
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            queue: Mutex::default(),
            writer: Mutex::new(None),
            migrated: AtomicBool::new(false),
            used: AtomicU64::new(0),
            last_batch: AtomicUsize::new(0),
            last_commit: AtomicU64::new(0),
        }
    }
    /// The next write, a person's before a delivery's before a bulk act's. With `urgent_only`, nothing but a person's.
    /// Says whether it was one.
    pub fn pop(&self, urgent_only: bool) -> Option<(Box<dyn Job>, bool)> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let lanes = if urgent_only { 1 } else { queue.lanes.len() };
        queue.lanes.iter_mut().take(lanes).enumerate().find_map(|(lane, q)| q.pop_front().map(|job| (job, lane == 0)))
    }
    /// Writes that nobody waits for, piled up.
    pub fn backlog(&self) -> usize {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.lanes.iter().skip(1).map(VecDeque::len).sum()
    }
    pub fn close(&self) {
        drop(self.writer.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Workspaces with writes waiting, each at most once.
#[derive(Default)]
pub(crate) struct Ready {
    state: Mutex<ReadyState>,
    wake: Condvar,
}
#[derive(Default)]
struct ReadyState {
    spaces: VecDeque<Arc<Space>>,
    closed: bool,
}

impl Ready {
    pub fn submit(&self, space: &Arc<Space>, lane: Lane, job: Box<dyn Job>) {
        {
            // Somebody is at this workspace already and looks again before leaving it: the list need not be touched.
            let mut queue = space.queue.lock().unwrap_or_else(PoisonError::into_inner);
            if queue.scheduled {
                return queue.lanes[lane as usize].push_back(job);
            }
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            drop(state);
            return job.done(Err(closing()));
        }
        let mut queue = space.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.lanes[lane as usize].push_back(job);
        if !queue.scheduled {
            queue.scheduled = true;
            drop(queue);
            state.spaces.push_back(space.clone());
            drop(state);
            self.wake.notify_one();
        }
    }
    /// The next workspace to work on; `None` when closed and empty.
    pub fn take(&self) -> Option<Arc<Space>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(space) = state.spaces.pop_front() {
                return Some(space);
            }
            if state.closed {
                return None;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
    /// After a batch: back on the list when more came in meanwhile. The caller takes the next of the list itself; another thread is
    /// woken for what stands there besides.
    pub fn give_back(&self, space: Arc<Space>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut queue = space.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.lanes.iter().all(VecDeque::is_empty) {
            queue.scheduled = false;
        } else {
            drop(queue);
            state.spaces.push_back(space);
            if state.spaces.len() > 1 {
                self.wake.notify_one();
            }
        }
    }
    pub fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.wake.notify_all();
    }
}
