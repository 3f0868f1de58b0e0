//! From journal to conversation: parse, person, conversation, message, in one transaction for each delivery. Playing a row twice
//! changes nothing; a row that fails is quarantined with its reason and holds up no other.

mod answers;
mod around;
mod files;
mod http;
pub mod missing;
pub mod profiles;
mod receive;
mod reports;
mod smtp;

pub use http::routes;

pub use reports::{apply_early, apply_report};
pub use smtp::Mailroom;

use crate::app::App;
use crate::channels::Entry;
use crate::journal::{self, Waiting};
use crate::runner::Work;
use db::Lane;
use futures_util::StreamExt;
use kernel::channel::{FileSource, Inbound, RawDelivery, Verified};
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{ChannelId, Error, ErrorKind, Result, WorkspaceId};
use serde_json::json;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Deliveries taken into one round.
const ROUND: i64 = 256;

/// Plays everything that waits in a workspace's journal; gives how many rows. While one round is written the next is read, so that
/// neither waits for the other.
pub async fn drain(app: &App, workspace: WorkspaceId) -> Result<usize> {
    let mut after = 0;
    let mut played = 0;
    let mut writing = Vec::new();
    loop {
        // Submitted in order of arrival, they are committed in that order, many at once; the writes are submitted first.
        let (written, reading) = futures_util::join!(write(app, workspace, std::mem::take(&mut writing)), read(app, workspace, after));
        written?;
        let (ready, last) = reading?;
        played += ready.len();
        writing = ready;
        match last {
            Some(key) => after = key,
            None if writing.is_empty() => return Ok(played),
            None => {}
        }
    }
}

/// One row on its way into the database.
type Pending = (i64, Played);

/// The next rows, read as far as that needs no network; gives the last key, if there were any. Rows whose content has to be fetched, and
/// all of their channel after them, are left to a task of that channel: a provider that hangs holds up nobody else.
async fn read(app: &App, workspace: WorkspaceId, after: i64) -> Result<(Vec<Pending>, Option<i64>)> {
    let but = app.fetching.all();
    let rows = app.db.read(workspace, move |tx| journal::waiting_after(tx, after, ROUND, &but)).await?;
    let last = rows.last().map(|row| row.key);
    let mut ready = Vec::with_capacity(rows.len());
    for row in rows {
        if app.fetching.has(row.channel) {
            continue;
        }
        let understood = match understand(app, workspace, &row).await {
            Ok(understood) if understood.wants_network() => {
                app.fetching.begin(row.channel);
                app.runner.poke(app, workspace, Work::IntakeOn(row.channel));
                continue;
            }
            other => other,
        };
        ready.push(prepared(app, workspace, row, understood).await);
    }
    Ok((ready, last))
}

async fn prepared(app: &App, workspace: WorkspaceId, row: Waiting, understood: Result<Understood>) -> Pending {
    let key = row.key;
    let lane = if row.silent { Lane::Bulk } else { Lane::Intake };
    let ready = match understood {
        Ok(understood) => complete(app, workspace, &row, understood).await,
        Err(error) => Err(error),
    };
    match ready {
        Ok(ready) => (key, submit(app, workspace, row, ready, lane)),
        Err(error) => (key, Box::pin(std::future::ready(Err(error)))),
    }
}

async fn write(app: &App, workspace: WorkspaceId, pending: Vec<Pending>) -> Result<()> {
    for (key, outcome) in futures_util::future::join_all(pending.into_iter().map(|(k, f)| async move { (k, f.await) })).await {
        if let Err(error) = outcome {
            settle_failure(app, workspace, key, error).await?;
        }
    }
    Ok(())
}

/// Channels whose deliveries are played by a task of their own at the moment.
#[derive(Default)]
pub struct Fetching(Mutex<HashSet<ChannelId>>);
impl Fetching {
    fn begin(&self, channel: ChannelId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(channel);
    }
    fn end(&self, channel: ChannelId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&channel);
    }
    fn has(&self, channel: ChannelId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&channel)
    }
    fn all(&self) -> Vec<ChannelId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

/// Rows of one channel whose content is fetched at once.
const FETCHED_AT_ONCE: usize = 8;

/// Plays what waits on one channel and has to be fetched from its provider, in order.
pub async fn drain_channel(app: &App, workspace: WorkspaceId, channel: ChannelId) -> Result<()> {
    let mut after = 0;
    loop {
        let rows = app.db.read(workspace, move |tx| journal::waiting_on(tx, channel, after, ROUND)).await?;
        let Some(last) = rows.last().map(|row| row.key) else { break };
        after = last;
        let mut all = futures_util::stream::iter(rows.into_iter().map(|row| async move {
            let understood = understand(app, workspace, &row).await;
            prepared(app, workspace, row, understood).await
        }))
        .buffered(FETCHED_AT_ONCE);
        while let Some(one) = all.next().await {
            write(app, workspace, vec![one]).await?;
        }
    }
    app.fetching.end(channel);
    // What came in between was left to us.
    app.runner.poke(app, workspace, Work::Intake);
    Ok(())
}

/// Plays one row now, for a caller who waits for what becomes of it.
pub async fn play(app: &App, workspace: WorkspaceId, key: i64) -> Result<()> {
    let row = app.db.read(workspace, move |tx| journal::take(tx, key)).await?;
    let Some(row) = row else { return Ok(()) };
    let understood = understand(app, workspace, &row).await;
    let ready = match understood {
        Ok(understood) => complete(app, workspace, &row, understood).await,
        Err(error) => Err(error),
    };
    let played = match ready {
        Ok(ready) => submit(app, workspace, row, ready, Lane::Interactive).await,
        Err(error) => Err(error),
    };
    match played {
        Ok(()) => Ok(()),
        Err(error) => settle_failure(app, workspace, key, error).await,
    }
}

type Played = std::pin::Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// A delivery read by its connector.
struct Understood {
    entry: Arc<Entry>,
    parsed: Vec<Inbound>,
    headers: Vec<(String, String)>,
}
impl Understood {
    /// The provider has to be asked for something before this can be stored.
    fn wants_network(&self) -> bool {
        self.parsed.iter().any(|i| match i {
            Inbound::Fetch { .. } | Inbound::Visit { .. } => true,
            Inbound::Message(m) => m.files.iter().any(|f| !matches!(f.source, FileSource::Bytes(_))),
            _ => false,
        })
    }
}

/// A delivery understood, its files stored: what is left needs nothing but the database.
struct Ready {
    entry: Arc<Entry>,
    parts: Vec<files::Part>,
}

async fn understand(app: &App, workspace: WorkspaceId, row: &Waiting) -> Result<Understood> {
    let entry = app.directory.by_id(app, workspace, row.channel).await?;
    let entry = entry.ok_or_else(|| Error::conflict("channel.removed", "The channel was removed before this was played."))?;
    let mut raw = row.raw.clone();
    if let Some(hash) = &row.body_hash {
        raw.body = app.files.get(hash).await?.to_vec();
    }
    let headers = raw.headers.clone();
    Ok(Understood { parsed: parse(&entry, raw).await?, entry, headers })
}

async fn complete(app: &App, workspace: WorkspaceId, row: &Waiting, understood: Understood) -> Result<Ready> {
    let Understood { entry, parsed, headers } = understood;
    let mut parts = Vec::with_capacity(parsed.len());
    let parsed = fetched(app, &entry, parsed, &headers, row.raw.received_at).await?;
    for inbound in around::without_blocked(app, &entry, parsed).await? {
        match &inbound {
            Inbound::Visit { url, why } => around::visit(app, url, why).await?,
            Inbound::PollNow => {
                app.polls.hurry(entry.id);
                app.runner.poke(app, workspace, Work::Polling);
            }
            _ => {}
        }
        parts.push(files::store(app, &entry, inbound).await?);
    }
    Ok(Ready { entry, parts })
}

/// What only names its content is fetched, and read as a delivery of its own; once, not again and again.
async fn fetched(
    app: &App,
    entry: &Arc<Entry>,
    parsed: Vec<Inbound>,
    headers: &[(String, String)],
    received_at: Millis,
) -> Result<Vec<Inbound>> {
    if !parsed.iter().any(|i| matches!(i, Inbound::Fetch { .. })) {
        return Ok(parsed);
    }
    let mut out = Vec::with_capacity(parsed.len());
    for inbound in parsed {
        let Inbound::Fetch { reference } = inbound else {
            out.push(inbound);
            continue;
        };
        let got = match crate::channels::fresh(app, entry).await? {
            Ok(fresh) => fresh.connector.fetch(app.edge_of(&fresh).edge(), &fresh.account, &reference).await,
            Err(error) => Err(error),
        };
        let got = got.map_err(|e| Error::conflict("intake.not_fetched", format!("The content could not be fetched: {}", e.detail())))?;
        let raw = RawDelivery {
            method: "FETCHED".into(),
            path: String::new(),
            headers: headers.to_vec(),
            body: got.bytes,
            received_at,
            peer: None,
        };
        out.extend(parse(entry, raw).await?.into_iter().filter(|i| !matches!(i, Inbound::Fetch { .. })));
    }
    Ok(out)
}

/// Large deliveries are read on a thread of their own; a connector that panics fails only this one.
async fn parse(entry: &Arc<Entry>, raw: RawDelivery) -> Result<Vec<Inbound>> {
    let with = entry.clone();
    let large = raw.body.len() > 16 << 10;
    let parse = move || {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| with.connector.parse(&with.account, &Verified::from_journal(raw))))
            .unwrap_or_else(|_| Err(kernel::channel::ParseError("Reading this made the connector fail.".into())))
    };
    let parsed = match large {
        true => tokio::task::spawn_blocking(parse).await.map_err(|e| Error::internal(e.to_string()))?,
        false => parse(),
    };
    parsed.map_err(|e| Error::conflict("intake.unreadable", e.0))
}

fn submit(app: &App, workspace: WorkspaceId, row: Waiting, ready: Ready, lane: Lane) -> Played {
    let (ids, now, db) = (app.ids.clone(), app.now(), app.db.clone());
    let metrics = app.metrics.clone();
    let (entry_id, app) = (ready.entry.id, app.clone());
    let changes_account = ready.parts.iter().any(|p| matches!(p.inbound, Inbound::Account { .. }));
    Box::pin(async move {
        db.write(workspace, lane, move |tx| {
            if !journal::is_waiting(tx, row.key)? {
                return Ok(());
            }
            let mut outcome = Outcome::default();
            let cx = receive::Context {
                entry: &ready.entry,
                ids: ids.as_ref(),
                now,
                received_at: row.raw.received_at,
                key: row.key,
                silent: row.silent,
            };
            for part in &ready.parts {
                match &part.inbound {
                    Inbound::Message(m) => outcome.add(receive::message(tx, &cx, m, &part.files)?),
                    Inbound::Status(report) => outcome.add(reports::status(tx, &cx, report)?),
                    Inbound::UpTo { handle, at, status } => outcome.add(reports::up_to(tx, &cx, handle, *at, *status)?),
                    Inbound::Ignored { why } => outcome.add(One::new("ignored", why.clone())),
                    other => outcome.add(around::take(tx, &cx, other)?),
                }
            }
            if ready.parts.is_empty() {
                outcome.add(One::new("ignored", "There was nothing in it.".into()));
            }
            crate::channels::touch(tx, ready.entry.id, now)?;
            journal::outcome(tx, row.key, outcome.state(), &outcome.words.join(" "), outcome.message, outcome.conversation)
        })
        .await?;
        metrics.played.inc();
        // The account's own news may have changed its status.
        if changes_account {
            app.directory.forget(entry_id);
        }
        Ok(())
    })
}

/// What one part of a delivery came to.
pub(crate) struct One {
    state: &'static str,
    words: String,
    message: Option<kernel::MessageId>,
    conversation: Option<kernel::ConversationId>,
}
impl One {
    fn new(state: &'static str, words: String) -> Self {
        Self { state, words, message: None, conversation: None }
    }
}

/// What the whole delivery came to: the most telling of its parts.
#[derive(Default)]
struct Outcome {
    states: Vec<&'static str>,
    words: Vec<String>,
    message: Option<kernel::MessageId>,
    conversation: Option<kernel::ConversationId>,
}
impl Outcome {
    fn add(&mut self, one: One) {
        self.states.push(one.state);
        self.words.push(one.words);
        self.message = self.message.or(one.message);
        self.conversation = self.conversation.or(one.conversation);
    }
    fn state(&self) -> &'static str {
        ["done", "duplicate"].into_iter().find(|s| self.states.contains(s)).unwrap_or("ignored")
    }
}

/// Trouble of ours leaves the row waiting; trouble with the delivery puts it into quarantine, where it can be seen and played again.
async fn settle_failure(app: &App, workspace: WorkspaceId, key: i64, error: Error) -> Result<()> {
    if error.kind == ErrorKind::Unavailable {
        return Err(error);
    }
    tracing::warn!(journal.key = key, error = %error, "a delivery was quarantined");
    app.metrics.quarantined.inc();
    let now = app.now();
    let words = if error.kind == ErrorKind::Internal { format!("Our own failure: {}", error.detail) } else { error.detail };
    app.db
        .write(workspace, Lane::Intake, move |tx| {
            journal::outcome(tx, key, "quarantined", &words, None, None)?;
            tx.emit(NewEvent::new("journal.quarantined", "system", now).payload(json!({ "journal_id": journal::id_of(key) })));
            Ok(())
        })
        .await
}
