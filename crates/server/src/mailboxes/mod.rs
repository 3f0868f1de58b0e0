//! Mailboxes that are followed: for each folder of each channel that fetches over a protocol of its own, one task in one process keeps the
//! connection, journals what comes, and remembers where it stopped. It ends with the settings it was begun with, and begins again.

mod desk;
mod store;

use crate::app::App;
use crate::channels::{self, Entry};
use crate::runner::Work;
use db::{Lane, params};
use desk::ServerDesk;
use kernel::channel::SendError;
use kernel::message::ChannelStatus;
use kernel::time::{MINUTE, Millis, SECOND, rfc3339};
use kernel::{ChannelId, Result, WorkspaceId};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// Between attempts that fail, at first and at most.
const FIRST_WAIT: Millis = SECOND;
const LONGEST_WAIT: Millis = MINUTE;
/// A server that is away for so long is told to people.
const TELL_AFTER: Millis = 10 * MINUTE;
const LEASE: Millis = 2 * MINUTE;
/// The lease is renewed this often.
const RENEW: Duration = Duration::from_secs(45);

type Place = (ChannelId, String);

/// A folder that is followed here.
#[derive(Default)]
struct Followed {
    /// Rung when settings or the time may have changed.
    bell: Notify,
    /// When it has work by the clock; 0 is never.
    due: AtomicI64,
}

/// What this process follows.
pub struct Mailboxes {
    /// Names this process in leases.
    holder: String,
    followed: Mutex<HashMap<Place, Arc<Followed>>>,
    count: watch::Sender<usize>,
    /// Where we were refused: not tried again before the channel is said to work.
    refused: Mutex<HashSet<Place>>,
}
impl Mailboxes {
    pub fn new(ids: &dyn kernel::Ids) -> Self {
        let mut roll = [0u8; 10];
        ids.random(&mut roll);
        Self {
            holder: data_encoding::HEXLOWER.encode(&roll),
            followed: Mutex::default(),
            count: watch::Sender::new(0),
            refused: Mutex::default(),
        }
    }
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<Place, Arc<Followed>>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn refused(&self) -> std::sync::MutexGuard<'_, HashSet<Place>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Nothing is followed here at present.
    pub fn is_idle(&self) -> bool {
        self.all().is_empty()
    }
    /// Waits until nothing is followed any more, after the runner was told to stop.
    pub async fn ended(&self) {
        self.all().values().for_each(|f| f.bell.notify_waiters());
        drop(self.count.subscribe().wait_for(|n| *n == 0).await);
    }
}

/// Sees to it that every folder of every channel that has some is followed by somebody.
pub async fn ensure(app: &App, workspace: WorkspaceId) -> Result<()> {
    // A channel that cannot send goes on receiving.
    let rows: Vec<(ChannelId, String, bool)> = app
        .db
        .read(workspace, |tx| {
            let sql = "SELECT id, provider, status = 'active' FROM channels WHERE status IN ('active', 'error') AND deleted_at IS NULL";
            tx.query(sql, params![], |r| Ok((r.next()?, r.next()?, r.next()?)))
        })
        .await?;
    for (id, provider, active) in rows {
        let Some(follower) = connectors::channel(&provider).and_then(|c| c.follower()) else { continue };
        let Some(entry) = app.directory.by_id(app, workspace, id).await? else { continue };
        if entry.is_simulated() {
            continue;
        }
        if active {
            app.mailboxes.refused().retain(|(channel, _)| *channel != id);
        }
        for place in follower.places(&entry.account) {
            let place = (id, place);
            let refused = app.mailboxes.refused().contains(&place);
            if !refused {
                begin(app, workspace, place);
            }
        }
    }
    // Those that run look at their settings and at the clock.
    let now = app.now();
    for followed in app.mailboxes.all().values() {
        followed.bell.notify_waiters();
        match followed.due.load(Ordering::SeqCst) {
            due if due > now => app.runner.schedule(workspace, due),
            _ => {}
        }
    }
    Ok(())
}

fn begin(app: &App, workspace: WorkspaceId, place: Place) {
    if app.runner.is_stopping() {
        return;
    }
    let followed = Arc::new(Followed::default());
    {
        let mut all = app.mailboxes.all();
        if all.contains_key(&place) {
            return;
        }
        all.insert(place.clone(), followed.clone());
        app.mailboxes.count.send_replace(all.len());
    }
    let app = app.clone();
    tokio::spawn(async move {
        let again = match keep(&app, workspace, &place, &followed).await {
            Ok(again) => again,
            Err(error) => {
                tracing::warn!(channel.id = %place.0, error = %error, "a mailbox is no longer followed for the moment");
                app.runner.schedule(workspace, app.now() + MINUTE);
                false
            }
        };
        {
            let mut all = app.mailboxes.all();
            all.remove(&place);
            app.mailboxes.count.send_replace(all.len());
        }
        if again {
            app.runner.poke(&app, workspace, Work::Polling);
        }
    });
}

/// Follows one folder until it is not wanted any more; true when somebody should look at once whether that is so.
async fn keep(app: &App, workspace: WorkspaceId, place: &Place, followed: &Arc<Followed>) -> Result<bool> {
    let (id, folder, now) = (place.0, place.1.clone(), app.now());
    let (holder, alone) = (app.mailboxes.holder.clone(), app.exclusive);
    let name = folder.clone();
    let taken = app.db.write(workspace, Lane::Intake, move |tx| store::take(tx, id, &name, &holder, alone, now, now + LEASE)).await?;
    if !taken {
        app.runner.schedule(workspace, now + LEASE);
        return Ok(false);
    }
    let mut failing: Option<Failing> = None;
    loop {
        // Also while it fails: whoever cannot reach the server must neither lose the lease unawares nor go on without it.
        if !renew(app, workspace, place).await? {
            break;
        }
        let Some(entry) = wanted(app, workspace, place).await? else { break };
        let entry = match channels::fresh(app, &entry).await? {
            Ok(entry) => entry,
            Err(error) => {
                if !settle(app, &entry, place, followed, error, &mut failing).await? {
                    break;
                }
                continue;
            }
        };
        let Some(follower) = entry.connector.follower() else { break };
        let desk = ServerDesk { app, entry: &entry, place: &folder, followed, worked: AtomicI64::new(0) };
        let edges = app.edge_of(&entry);
        let ended = tokio::select! {
            error = follower.follow(edges.edge(), &entry.account, &folder, &desk) => Some(error),
            changed = until_changed(app, &entry, place, followed) => {
                changed?;
                None
            }
        };
        if desk.worked.load(Ordering::SeqCst) > 0 {
            failing = None;
        }
        if let Some(error) = ended
            && !settle(app, &entry, place, followed, error, &mut failing).await?
        {
            break;
        }
    }
    let (name, holder) = (folder, app.mailboxes.holder.clone());
    app.db.write(workspace, Lane::Intake, move |tx| store::release(tx, id, &name, &holder)).await?;
    Ok(!app.runner.is_stopping())
}

/// Holds on to the lease; false when somebody else has it.
async fn renew(app: &App, workspace: WorkspaceId, place: &Place) -> Result<bool> {
    let (id, name, holder, until) = (place.0, place.1.clone(), app.mailboxes.holder.clone(), app.now() + LEASE);
    app.db.write(workspace, Lane::Intake, move |tx| store::renew(tx, id, &name, &holder, until)).await
}

/// Since when it does not work, and how long the next wait is.
struct Failing {
    since: Millis,
    wait: Millis,
}

/// What an end means. False when nothing more is to be tried until somebody changes something.
async fn settle(
    app: &App,
    entry: &Arc<Entry>,
    place: &Place,
    followed: &Followed,
    error: SendError,
    failing: &mut Option<Failing>,
) -> Result<bool> {
    let now = app.now();
    let detail = match error {
        SendError::Account { detail } => {
            channels::set_health(app, entry.workspace, entry.id, Some(detail)).await?;
            app.mailboxes.refused().insert(place.clone());
            return Ok(false);
        }
        other => other.detail().to_owned(),
    };
    let state = failing.get_or_insert(Failing { since: now, wait: FIRST_WAIT });
    tracing::warn!(channel.id = %entry.id, error = detail, "a mailbox cannot be followed at present");
    if now - state.since >= TELL_AFTER {
        let words = format!("Nothing has been fetched since {}. {detail}", rfc3339(state.since));
        channels::set_trouble(app, entry.workspace, entry.id, words).await?;
    }
    let wait = state.wait;
    state.wait = (wait * 2).min(LONGEST_WAIT);
    rest(app, entry.workspace, followed, wait).await;
    Ok(true)
}

/// Waits by our clock; a stop ends it early.
async fn rest(app: &App, workspace: WorkspaceId, followed: &Followed, ms: Millis) {
    let due = app.now() + ms;
    followed.due.store(due, Ordering::SeqCst);
    app.runner.schedule(workspace, due);
    loop {
        let bell = followed.bell.notified();
        tokio::pin!(bell);
        bell.as_mut().enable();
        if app.now() >= due || app.runner.is_stopping() {
            break;
        }
        bell.await;
    }
    followed.due.store(0, Ordering::SeqCst);
}

/// The account, while this folder of it is to be followed.
async fn wanted(app: &App, workspace: WorkspaceId, place: &Place) -> Result<Option<Arc<Entry>>> {
    if app.runner.is_stopping() {
        return Ok(None);
    }
    let entry = app.directory.by_id(app, workspace, place.0).await?;
    let entry = entry.filter(|e| matches!(e.status, ChannelStatus::Active | ChannelStatus::Error) && !e.is_simulated());
    Ok(entry.filter(|e| e.connector.follower().is_some_and(|f| f.places(&e.account).contains(&place.1))))
}

/// Returns when the settings are others, the folder is not to be followed any more, or somebody else holds the lease.
async fn until_changed(app: &App, entry: &Arc<Entry>, place: &Place, followed: &Followed) -> Result<()> {
    let mut tick = tokio::time::interval(RENEW);
    tick.tick().await;
    loop {
        let bell = followed.bell.notified();
        tokio::pin!(bell);
        bell.as_mut().enable();
        match wanted(app, entry.workspace, place).await? {
            None => return Ok(()),
            Some(now) if !Arc::ptr_eq(&now, entry) && !same(&now, entry) => return Ok(()),
            Some(_) => {}
        }
        tokio::select! {
            () = &mut bell => {}
            _ = tick.tick() => {
                if !renew(app, entry.workspace, place).await? {
                    return Ok(());
                }
            }
        }
    }
}

/// The same settings but for tokens: a connection that stands needs no new one.
fn same(one: &Entry, other: &Entry) -> bool {
    let settings = |e: &Entry| {
        let mut values = e.account.settings.values().clone();
        channels::TOKENS.iter().for_each(|name| drop(values.remove(*name)));
        values
    };
    settings(one) == settings(other)
}
