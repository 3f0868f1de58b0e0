//! What leaves: claimed from the outbox, sent by the connector, settled with its receipt. `sending` is committed before the first
//! byte leaves; a crash in between ends in one visible message and an honest state.

pub mod acts;
pub mod asking;
mod build;
mod pacer;

pub use pacer::Pacer;

use crate::app::App;
use crate::channels::{self, Entry};
use crate::conversations::{self, StatusChange};
use crate::runner::Work;
use crate::{intake, outbox, widget};
use db::{Lane, Tx};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use kernel::channel::{Receipt, SendError};
use kernel::event::NewEvent;
use kernel::message::MessageStatus;
use kernel::time::{HOUR, Millis};
use kernel::{ChannelId, Error, ErrorKind, Result, WorkspaceId};
use outbox::Claimed;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;

pub fn routes() -> OpenApiRouter<App> {
    acts::routes()
}

/// A send of several requests takes no longer than this; the lease is longer.
const LONGEST_SEND: Duration = Duration::from_secs(150);

/// Starts what is due in a workspace, each channel account on its own: a provider that hangs holds up nobody else.
pub async fn drain(app: &App, workspace: WorkspaceId) -> Result<()> {
    settle_lost(app, workspace, false).await?;
    let now = app.now();
    for channel in app.db.read(workspace, move |tx| outbox::due_channels(tx, now)).await? {
        app.runner.poke(app, workspace, Work::SendingOn(channel));
    }
    Ok(())
}

/// Sends what is due on one account, at its pace. What hangs holds up neither what is due meanwhile nor the pace.
pub async fn drain_channel(app: &App, workspace: WorkspaceId, channel: ChannelId) -> Result<()> {
    let bell = app.runner.bell(workspace, Work::SendingOn(channel));
    let mut under_way = FuturesUnordered::new();
    let mut failed = None;
    loop {
        let window = app.pacer.window(channel);
        let room = window.saturating_sub(under_way.len());
        // Several at a time: a claim is a commit. After a failure of ours nothing new begins; what is under way is seen to its end.
        if failed.is_none() && room >= (window / 4).max(1) {
            match claim(app, workspace, channel, room).await {
                Ok(ready) => under_way.extend(ready.into_iter().map(|(c, loaded)| begin(app.clone(), workspace, c, loaded))),
                Err(error) => failed = Some(error),
            }
        }
        if under_way.is_empty() {
            return failed.map_or(Ok(()), Err);
        }
        tokio::select! {
            done = under_way.next() => {
                let mut done = done;
                while let Some(ended) = done {
                    failed = failed.or(ended.err());
                    // All that ended at the same time, before the next claim.
                    done = under_way.next().now_or_never().flatten();
                }
            }
            () = bell.notified() => {}
        }
    }
}

/// Spreading what was held up takes no longer than this; the pace in the long run is kept by the claims.
const LONGEST_AT_DOOR: Duration = Duration::from_secs(1);

/// One claimed message, as the database has it.
type Loaded = Result<build::Stored>;

/// Takes as many as the account may send now; notes when the next one may.
async fn claim(app: &App, workspace: WorkspaceId, channel: ChannelId, room: usize) -> Result<Vec<(Claimed, Loaded)>> {
    let Some(entry) = app.directory.by_id(app, workspace, channel).await? else { return Ok(Vec::new()) };
    let now = app.now();
    let (granted, next) = app.pacer.take(channel, &entry.limits(), room, now);
    let mut claimed = Vec::new();
    if granted > 0 {
        let limit = granted as i64;
        claimed = app
            .db
            .write(workspace, Lane::Interactive, move |tx| {
                let claimed = outbox::claim(tx, channel, now, limit)?;
                for c in &claimed {
                    conversations::leaves(tx, c.message, now)?;
                }
                Ok(claimed)
            })
            .await?;
        claimed.iter().for_each(|c| app.pacer.begin(c.message));
        app.pacer.give_back(channel, granted - claimed.len());
    }
    if let Some(at) = next.filter(|_| claimed.len() == granted) {
        app.runner.schedule_work(workspace, Work::SendingOn(channel), at);
    }
    if claimed.is_empty() {
        return Ok(Vec::new());
    }
    let (all, with) = (claimed.clone(), entry.clone());
    let load = move |tx: &mut Tx<'_>| Ok(all.iter().map(|c| build::load(tx, c, Some(&with), now)).collect::<Vec<_>>());
    let loaded = app.db.read(workspace, load).await;
    Ok(match loaded {
        Ok(loaded) => claimed.into_iter().zip(loaded).collect(),
        // They are ours now: each is put off like a send that could not be tried.
        Err(error) => claimed.into_iter().map(|c| (c, Err(error.clone()))).collect(),
    })
}

async fn begin(app: App, workspace: WorkspaceId, c: Claimed, loaded: Loaded) -> Result<()> {
    let message = c.message;
    let done = send_one(&app, workspace, c, loaded).await;
    app.pacer.end(message);
    done
}

async fn send_one(app: &App, workspace: WorkspaceId, c: Claimed, loaded: Loaded) -> Result<()> {
    let entry = match app.directory.by_id(app, workspace, c.channel).await {
        Ok(entry) => entry,
        Err(error) => return settle(app, workspace, c, None, Err(ours(error))).await,
    };
    let outcome = match &entry {
        None => Err(SendError::Permanent { detail: "The channel was removed.".into() }),
        Some(entry) => match build::outbound(app, workspace, &c, entry, loaded).await {
            Ok(message) => {
                let to = message.to.first().map_or("", |a| a.address.as_str());
                if let Err(at) = app.pacer.pair(c.channel, to, &entry.limits(), app.now()) {
                    app.pacer.give_back(c.channel, 1);
                    return put_off(app, workspace, c, at).await;
                }
                app.metrics.sends.inc();
                match channels::fresh(app, entry).await {
                    // Nothing has left: another try is safe.
                    Err(error) => Err(ours(error)),
                    Ok(Ok(entry)) => {
                        match app.pacer.at_door(c.channel, &entry.limits(), app.now()) {
                            0 => {}
                            wait => tokio::time::sleep(Duration::from_millis(wait).min(LONGEST_AT_DOOR)).await,
                        }
                        let edges = app.edge_of(&entry);
                        let sending = entry.connector.send(edges.edge(), &entry.account, &message);
                        // Over before the lease is: another process would take it for lost.
                        let late =
                            |_| Err(SendError::Uncertain { detail: "The provider took too long; the message may have arrived.".into() });
                        tokio::time::timeout(LONGEST_SEND, sending).await.unwrap_or_else(late)
                    }
                    Ok(Err(error)) => Err(error),
                }
            }
            Err(e) => Err(ours(e)),
        },
    };
    match &outcome {
        Ok(_) => app.pacer.taken(c.channel),
        Err(SendError::Retry { after_ms: Some(wait), .. }) => {
            let now = app.now();
            app.pacer.refused(c.channel, now + (*wait).clamp(0, HOUR), now);
        }
        Err(SendError::Retry { after_ms: None, .. } | SendError::Uncertain { .. }) => app.pacer.failed(c.channel),
        Err(_) => {}
    }
    settle(app, workspace, c, entry, outcome).await
}

/// What kept us from building a message: trouble of ours is tried again, what the message itself lacks is not.
fn ours(error: Error) -> SendError {
    match error.kind {
        ErrorKind::Unavailable | ErrorKind::Internal => SendError::Retry { after_ms: None, detail: error.detail },
        _ => SendError::Permanent { detail: error.detail },
    }
}

/// This person has had enough for the moment: the message waits, and no try is used up.
async fn put_off(app: &App, workspace: WorkspaceId, c: Claimed, at: Millis) -> Result<()> {
    app.db
        .write(workspace, Lane::Interactive, move |tx| {
            outbox::uncount(tx, c.message)?;
            outbox::settle(tx, c.message, "waiting", Some(at), Some("Waits for the channel's pace for one person."))
        })
        .await
}

async fn settle(
    app: &App,
    workspace: WorkspaceId,
    c: Claimed,
    entry: Option<Arc<Entry>>,
    outcome: Result<Receipt, SendError>,
) -> Result<()> {
    let now = app.now();
    let mut roll = [0u8; 1];
    app.ids.random(&mut roll);
    // Stored as soon as the provider has answered; without it the receipt would be lost with us.
    let result = outcome.clone();
    let (ids, with) = (app.ids.clone(), entry.clone());
    let changed = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            record(tx, &c, &result, now, roll[0])?;
            let Some(entry) = &with else { return Ok(false) };
            // In the same act: a message that waits for its channel is not tried again before the channel is known to be broken.
            match &result {
                Ok(_) => {
                    asking::plan(tx, ids.as_ref(), entry, c.message, 0, now)?;
                    widget::plan_continuation(tx, ids.as_ref(), entry, c.conversation, now)?;
                    if entry.status == kernel::message::ChannelStatus::Error {
                        channels::note_health(tx, entry.id, None, now)
                    } else {
                        Ok(false)
                    }
                }
                Err(SendError::Account { detail }) => channels::note_health(tx, entry.id, Some(detail), now),
                Err(_) => Ok(false),
            }
        })
        .await?;
    if changed && let Some(entry) = entry {
        app.directory.forget(entry.id);
    }
    Ok(())
}

/// What the provider reported while its answer was still under way: it has the message, or has refused it. The claim made it pending.
fn reported(tx: &mut Tx<'_>, c: &Claimed) -> Result<Option<MessageStatus>> {
    let status = conversations::message(tx, c.message)?.map(|m| m.status);
    Ok(status.filter(|s| s.rank() >= MessageStatus::Sent.rank() || *s == MessageStatus::Failed))
}

/// Writes down what a try came to.
fn record(tx: &mut Tx<'_>, c: &Claimed, outcome: &Result<Receipt, SendError>, now: Millis, roll: u8) -> Result<()> {
    let reported = reported(tx, c)?;
    match (outcome, reported) {
        (Ok(_), _) => {}
        // Whatever became of the answer, the report is the later word, and another try would be another message.
        (Err(error), Some(status)) => {
            let failed = status == MessageStatus::Failed;
            outbox::settle(tx, c.message, if failed { "failed" } else { "done" }, None, Some(error.detail()))?;
            let words = format!("{} The provider had reported it as {status} before.", error.detail());
            return outbox::note(tx, c.message, c.attempts, now, if failed { "failed" } else { "sent" }, &words);
        }
        (Err(_), None) => {}
    }
    match outcome {
        Ok(receipt) => {
            let said = receipt.status.unwrap_or(MessageStatus::Sent);
            // A report that overtook the answer knows more than the answer.
            let news = reported.is_none_or(|s| s != MessageStatus::Failed && said.rank() > s.rank());
            let change = StatusChange {
                status: news.then_some(said),
                error: (reported != Some(MessageStatus::Failed)).then_some(None),
                uncertain: Some(false),
                provider_id: receipt.external_id.clone(),
                sent_at: Some(now),
                ..Default::default()
            };
            conversations::change_message(tx, c.message, &change)?;
            channels::sent(tx, c.channel, now)?;
            outbox::settle(tx, c.message, if reported == Some(MessageStatus::Failed) { "failed" } else { "done" }, None, None)?;
            outbox::note(tx, c.message, c.attempts, now, "sent", receipt.detail.as_deref().unwrap_or("Accepted."))?;
            if news {
                changed(tx, c, said, now);
            }
            let own = conversations::message(tx, c.message)?.and_then(|m| m.external_id);
            let ids: Vec<&str> = [own.as_deref(), receipt.external_id.as_deref()].into_iter().flatten().collect();
            intake::apply_early(tx, c.channel, &ids, c.message, now)
        }
        Err(SendError::Retry { after_ms, detail }) => {
            let spent = c.attempts >= outbox::MAX_ATTEMPTS || now - c.first_try_at > HOUR;
            if spent {
                return fail(tx, c, &format!("Given up after {} tries. {detail}", c.attempts), now);
            }
            let wait = after_ms.map_or_else(|| db::jobs::backoff(c.attempts, roll), |ms| ms.clamp(1_000, HOUR));
            outbox::settle(tx, c.message, "waiting", Some(now + wait), Some(detail))?;
            outbox::note(tx, c.message, c.attempts, now, "retry", detail)
        }
        Err(SendError::Account { detail }) => {
            // The message leaves as soon as the channel works again; its tries are not used up meanwhile.
            outbox::uncount(tx, c.message)?;
            outbox::settle(tx, c.message, "waiting", Some(now), Some(detail))?;
            outbox::note(tx, c.message, c.attempts, now, "retry", detail)
        }
        Err(SendError::Uncertain { detail }) => uncertain(tx, c, detail, now),
        Err(SendError::Policy { detail, .. } | SendError::Permanent { detail }) => fail(tx, c, detail, now),
    }
}

fn changed(tx: &mut Tx<'_>, c: &Claimed, status: MessageStatus, now: Millis) {
    let event = NewEvent::new("message.status_updated", "system", now).conversation(c.conversation).message(c.message);
    tx.emit(event.payload(json!({ "status": status })));
}

fn fail(tx: &mut Tx<'_>, c: &Claimed, detail: &str, now: Millis) -> Result<()> {
    let change = StatusChange { status: Some(MessageStatus::Failed), error: Some(Some(detail.to_owned())), ..Default::default() };
    conversations::change_message(tx, c.message, &change)?;
    outbox::settle(tx, c.message, "failed", None, Some(detail))?;
    outbox::note(tx, c.message, c.attempts, now, "failed", detail)?;
    changed(tx, c, MessageStatus::Failed, now);
    Ok(())
}

fn uncertain(tx: &mut Tx<'_>, c: &Claimed, detail: &str, now: Millis) -> Result<()> {
    let change = StatusChange {
        status: Some(MessageStatus::Sent),
        error: Some(Some(detail.to_owned())),
        uncertain: Some(true),
        sent_at: Some(now),
        ..Default::default()
    };
    conversations::change_message(tx, c.message, &change)?;
    outbox::settle(tx, c.message, "uncertain", None, Some(detail))?;
    outbox::note(tx, c.message, c.attempts, now, "uncertain", detail)?;
    changed(tx, c, MessageStatus::Sent, now);
    Ok(())
}

/// Sends whose holder is gone: where a repeat is harmless they leave again, elsewhere their fate is honestly unknown.
pub async fn settle_lost(app: &App, workspace: WorkspaceId, at_start: bool) -> Result<()> {
    let (now, all) = (app.now(), at_start && app.exclusive);
    let lost = app.db.read(workspace, move |tx| outbox::lost(tx, now, all)).await?;
    for c in lost.into_iter().filter(|c| !app.pacer.is_under_way(c.message)) {
        let entry = app.directory.by_id(app, workspace, c.channel).await?;
        let harmless = entry.is_some_and(|e| e.connector.repeats_safely());
        app.db
            .write(workspace, Lane::Interactive, move |tx| match (reported(tx, &c)?, harmless) {
                (Some(MessageStatus::Failed), _) => outbox::settle(tx, c.message, "failed", None, None),
                (Some(_), _) => outbox::settle(tx, c.message, "done", None, None),
                (None, true) => outbox::settle(tx, c.message, "waiting", Some(now), Some("Interrupted; sent again with the same key.")),
                (None, false) => uncertain(tx, &c, "The server stopped while this was being sent. It may have arrived.", now),
            })
            .await?;
    }
    Ok(())
}
