//! Connections that providers want kept open: one task for each account that has one, one process at a time, its session stored so
//! that it resumes. What comes is journalled like every other delivery.

use crate::app::App;
use crate::channels::{self, Entry};
use crate::{journal, polling};
use db::{Lane, params};
use kernel::channel::Step;
use kernel::dial::{Frame, Line};
use kernel::message::ChannelStatus;
use kernel::time::{Millis, SECOND};
use kernel::{ChannelId, Error, Result, WorkspaceId};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Accounts whose connection this process keeps.
#[derive(Default)]
pub struct Gateways(Mutex<HashSet<ChannelId>>);

/// Between attempts that fail, at first and at most.
const FIRST_WAIT: Millis = SECOND;
const LONGEST_WAIT: Millis = 60 * SECOND;
/// The lease is renewed this often.
const RENEW: Duration = Duration::from_secs(45);

/// Sees to it that every account with a gateway has its connection.
pub async fn ensure(app: &App, workspace: WorkspaceId) -> Result<()> {
    let rows: Vec<(ChannelId, String)> = app
        .db
        .read(workspace, |tx| {
            tx.query("SELECT id, provider FROM channels WHERE status = 'active' AND deleted_at IS NULL", params![], |r| {
                Ok((r.next()?, r.next()?))
            })
        })
        .await?;
    for (id, provider) in rows {
        if connectors::channel(&provider).and_then(|c| c.gateway()).is_none() {
            continue;
        }
        let Some(entry) = app.directory.by_id(app, workspace, id).await? else { continue };
        if entry.is_simulated() || !app.gateways.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
            continue;
        }
        let app = app.clone();
        tokio::spawn(async move {
            if let Err(error) = keep(&app, workspace, id).await {
                tracing::warn!(channel.id = %id, error = %error, "a connection that is kept open ended");
            }
            app.gateways.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        });
    }
    Ok(())
}

/// Why a connection is not opened again.
enum End {
    /// Stopped, removed, or kept by another process.
    Quiet,
    Broken(String),
}

async fn keep(app: &App, workspace: WorkspaceId, id: ChannelId) -> Result<()> {
    let now = app.now();
    if app.db.write(workspace, Lane::Intake, move |tx| polling::take_lease(tx, id, now)).await?.is_none() {
        return Ok(());
    }
    let mut wait = FIRST_WAIT;
    let end = loop {
        let active = app.directory.by_id(app, workspace, id).await?.filter(|e| e.status == ChannelStatus::Active);
        let Some(entry) = active else { break End::Quiet };
        if app.runner.is_stopping() {
            break End::Quiet;
        }
        match connection(app, &entry).await? {
            Ended::Again { after, lived } => {
                wait = if lived { FIRST_WAIT } else { (wait * 2).min(LONGEST_WAIT) };
                tokio::time::sleep(Duration::from_millis(after.max(wait) as u64)).await;
            }
            Ended::For(end) => break end,
        }
    };
    app.db.write(workspace, Lane::Intake, move |tx| polling::drop_lease(tx, id)).await?;
    match end {
        End::Quiet => Ok(()),
        End::Broken(detail) => channels::set_health(app, workspace, id, Some(detail)).await,
    }
}

enum Ended {
    Again { after: Millis, lived: bool },
    For(End),
}

async fn connection(app: &App, entry: &Arc<Entry>) -> Result<Ended> {
    let Some(gateway) = entry.connector.gateway() else { return Ok(Ended::For(End::Quiet)) };
    let mut state = load(app, entry).await?;
    let entry = match channels::fresh(app, entry).await? {
        Ok(entry) => entry,
        Err(error) => return Ok(Ended::For(End::Broken(error.detail().to_owned()))),
    };
    let edges = app.edge_of(&entry);
    let url = match gateway.open(edges.edge(), &entry.account, &state).await {
        Ok(url) => url,
        Err(kernel::channel::SendError::Account { detail }) => return Ok(Ended::For(End::Broken(detail))),
        Err(error) => {
            tracing::warn!(channel.id = %entry.id, error = error.detail(), "a connection cannot be opened yet");
            return Ok(Ended::Again { after: 0, lived: false });
        }
    };
    let mut line = match app.dial.websocket(&url).await {
        Ok(line) => line,
        Err(error) => {
            tracing::warn!(channel.id = %entry.id, error = ?error, "a connection cannot be opened yet");
            return Ok(Ended::Again { after: 0, lived: false });
        }
    };
    let mut beat: Option<tokio::time::Interval> = None;
    let mut renew = tokio::time::interval(RENEW);
    let mut lived = false;
    loop {
        let steps = tokio::select! {
            frame = line.receive() => match frame {
                Frame::Text(text) => {
                    lived = true;
                    gateway.frame(&entry.account, &mut state, &text, app.now())
                }
                Frame::Closed(code) => {
                    let mut steps = gateway.closed(&entry.account, &mut state, code);
                    if !steps.iter().any(|s| matches!(s, Step::Reconnect { .. } | Step::Stop { .. })) {
                        steps.push(Step::Reconnect { after_ms: 0 });
                    }
                    steps
                }
            },
            () = tick(&mut beat) => gateway.beat(&entry.account, &mut state),
            _ = renew.tick() => {
                let (id, now) = (entry.id, app.now());
                app.db.write(entry.workspace, Lane::Intake, move |tx| polling::renew_lease(tx, id, now)).await?;
                // Changed settings or a pause take effect here.
                let same = app.directory.by_id(app, entry.workspace, id).await?.is_some_and(|e| Arc::ptr_eq(&e, &entry));
                if app.runner.is_stopping() || !same {
                    vec![Step::Reconnect { after_ms: 0 }]
                } else {
                    Vec::new()
                }
            }
        };
        for step in steps {
            match step {
                Step::Say(text) => say(line.as_mut(), text).await,
                Step::Deliver(raw) => drop(journal::store_raw(app, &entry, *raw, false).await?),
                Step::Beat { first_ms, every_ms } => {
                    let start = tokio::time::Instant::now() + Duration::from_millis(first_ms.max(0) as u64);
                    beat = Some(tokio::time::interval_at(start, Duration::from_millis(every_ms.max(1_000) as u64)));
                }
                Step::Reconnect { after_ms } => {
                    save(app, &entry, &state).await?;
                    return Ok(Ended::Again { after: after_ms, lived });
                }
                Step::Stop { detail } => {
                    save(app, &entry, &Map::new()).await?;
                    return Ok(Ended::For(End::Broken(detail)));
                }
            }
        }
    }
}

/// A frame that cannot be written shows as the end of the connection at the next read.
async fn say(line: &mut dyn Line, text: String) {
    if let Err(error) = line.say(text).await {
        tracing::debug!(error = ?error, "a frame could not be sent");
    }
}

async fn tick(beat: &mut Option<tokio::time::Interval>) {
    match beat {
        Some(interval) => drop(interval.tick().await),
        None => std::future::pending().await,
    }
}

async fn load(app: &App, entry: &Entry) -> Result<Map<String, Value>> {
    let id = entry.id;
    let text: Option<Option<String>> = app
        .db
        .read(entry.workspace, move |tx| tx.opt("SELECT gateway_state FROM channels WHERE id = $1", params![id], |r| r.get(0)))
        .await?;
    Ok(text.flatten().and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default())
}

async fn save(app: &App, entry: &Entry, state: &Map<String, Value>) -> Result<()> {
    let (id, text) = (entry.id, serde_json::to_string(state).map_err(|e| Error::internal(e.to_string()))?);
    app.db
        .write(entry.workspace, Lane::Intake, move |tx| {
            tx.exec("UPDATE channels SET gateway_state = $2 WHERE id = $1", params![id, &text]).map(|_| ())
        })
        .await
}
