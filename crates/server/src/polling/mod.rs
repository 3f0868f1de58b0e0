//! Channels that are asked instead of pushing: each in its own time, one process at a time, the cursor stored after what it brought.

use crate::app::App;
use crate::channels::{self, Entry};
use crate::journal;
use crate::runner::Work;
use db::{Lane, Tx, params};
use kernel::channel::SendError;
use kernel::time::{MINUTE, Millis, SECOND};
use kernel::{ChannelId, Result, WorkspaceId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Rounds that one account may take before the others have their turn.
const MOST_ROUNDS: usize = 50;
const LEASE: Millis = 2 * MINUTE;

/// When each account is asked next.
#[derive(Default)]
pub struct Polls(Mutex<HashMap<ChannelId, Millis>>);
impl Polls {
    /// Something new is said to wait there: ask at once.
    pub fn hurry(&self, channel: ChannelId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(channel, 0);
    }
    fn next(&self, channel: ChannelId) -> Millis {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&channel).copied().unwrap_or(0)
    }
    fn set(&self, channel: ChannelId, at: Millis) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(channel, at);
    }
}

/// Starts asking every account of a workspace that is due.
pub async fn round(app: &App, workspace: WorkspaceId) -> Result<()> {
    let rows: Vec<(ChannelId, String)> = app
        .db
        .read(workspace, |tx| {
            tx.query("SELECT id, provider FROM channels WHERE status = 'active' AND deleted_at IS NULL", params![], |r| {
                Ok((r.next()?, r.next()?))
            })
        })
        .await?;
    for (id, provider) in rows {
        if connectors::channel(&provider).and_then(|c| c.poller()).is_none() {
            continue;
        }
        // Each on its own: a provider that hangs holds up nobody else.
        match app.polls.next(id) {
            at if at <= app.now() => app.runner.poke(app, workspace, Work::PollingOn(id)),
            at => app.runner.schedule(workspace, at),
        }
    }
    Ok(())
}

/// Asks one account.
pub async fn ask(app: &App, workspace: WorkspaceId, id: ChannelId) -> Result<()> {
    let Some(entry) = app.directory.by_id(app, workspace, id).await? else { return Ok(()) };
    let Some(every) = entry.connector.poller().and_then(|p| p.every(&entry.account)) else { return Ok(()) };
    let now = app.now();
    if app.polls.next(id) > now {
        return Ok(());
    }
    app.polls.set(id, now + every);
    app.runner.schedule(workspace, now + every);
    let Some(cursor) = app.db.write(workspace, Lane::Intake, move |tx| take_lease(tx, id, now)).await? else { return Ok(()) };
    let result = rounds(app, &entry, cursor).await;
    app.db.write(workspace, Lane::Intake, move |tx| drop_lease(tx, id)).await?;
    match result? {
        Ok(()) => {}
        Err(SendError::Account { detail }) => channels::set_health(app, workspace, id, Some(detail)).await?,
        Err(other) => {
            let wait = if let SendError::Retry { after_ms: Some(ms), .. } = &other { (*ms).max(SECOND) } else { every.max(30 * SECOND) };
            tracing::warn!(channel.id = %id, error = other.detail(), "asking the provider is put off");
            app.polls.set(id, app.now() + wait);
            app.runner.schedule(workspace, app.now() + wait);
        }
    }
    Ok(())
}

type Asked = std::result::Result<(), SendError>;

async fn rounds(app: &App, entry: &Arc<Entry>, mut cursor: Option<String>) -> Result<Asked> {
    for _ in 0..MOST_ROUNDS {
        let entry = match channels::fresh(app, entry).await? {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(error)),
        };
        let Some(poller) = entry.connector.poller() else { return Ok(Ok(())) };
        let polled = match poller.poll(app.edge_of(&entry).edge(), &entry.account, cursor.as_deref()).await {
            Ok(polled) => polled,
            Err(error) => return Ok(Err(error)),
        };
        for raw in polled.deliveries {
            journal::store_raw(app, &entry, raw, false).await?;
        }
        if polled.cursor.is_some() && polled.cursor != cursor {
            let (id, next) = (entry.id, polled.cursor.clone());
            app.db
                .write(entry.workspace, Lane::Intake, move |tx| {
                    tx.exec("UPDATE channels SET poll_cursor = $2 WHERE id = $1", params![id, &next]).map(|_| ())
                })
                .await?;
            cursor = polled.cursor;
        }
        if !polled.more {
            break;
        }
    }
    Ok(Ok(()))
}

/// The cursor, if nobody else holds the account.
pub fn take_lease(tx: &mut Tx<'_>, id: ChannelId, now: Millis) -> Result<Option<Option<String>>> {
    tx.opt(
        "UPDATE channels SET lease_until = $3 WHERE id = $1 AND (lease_until IS NULL OR lease_until <= $2) RETURNING poll_cursor",
        params![id, now, now + LEASE],
        |r| r.get(0),
    )
}
pub fn renew_lease(tx: &mut Tx<'_>, id: ChannelId, now: Millis) -> Result<()> {
    tx.exec("UPDATE channels SET lease_until = $2 WHERE id = $1", params![id, now + LEASE]).map(|_| ())
}
pub fn drop_lease(tx: &mut Tx<'_>, id: ChannelId) -> Result<()> {
    tx.exec("UPDATE channels SET lease_until = NULL WHERE id = $1", params![id]).map(|_| ())
}
