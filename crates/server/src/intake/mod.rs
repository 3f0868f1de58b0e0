//! From journal to conversation: parse, person, conversation, message, in one transaction for each delivery. Playing a row twice
//! changes nothing; a row that fails is quarantined with its reason and holds up no other.

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
use kernel::channel::{Inbound, RawDelivery, Verified};
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{Error, ErrorKind, Result, WorkspaceId};
use serde_json::json;
use std::sync::Arc;

/// Deliveries taken into one round.
const ROUND: i64 = 256;

/// Plays everything that waits in a workspace's journal; gives how many rows.
pub async fn drain(app: &App, workspace: WorkspaceId) -> Result<usize> {
    let mut after = 0;
    let mut played = 0;
    loop {
        let rows = app.db.read(workspace, move |tx| journal::waiting_after(tx, after, ROUND)).await?;
        let Some(last) = rows.last() else { return Ok(played) };
        after = last.key;
        played += rows.len();
        // Submitted in order of arrival, they are committed in that order, many at once.
        let mut pending = Vec::with_capacity(rows.len());
        for row in rows {
            let lane = if row.silent { Lane::Bulk } else { Lane::Intake };
            match prepare(app, workspace, &row).await {
                Ok(ready) => pending.push((row.key, submit(app, workspace, row, ready, lane))),
                Err(e) => pending.push((row.key, Box::pin(async move { Err(e) }) as Played)),
            }
        }
        for (key, outcome) in futures_util::future::join_all(pending.into_iter().map(|(k, f)| async move { (k, f.await) })).await {
            if let Err(error) = outcome {
                settle_failure(app, workspace, key, error).await?;
            }
        }
    }
}

/// Plays one row now, for a caller who waits for what becomes of it.
pub async fn play(app: &App, workspace: WorkspaceId, key: i64) -> Result<()> {
    let row = app.db.read(workspace, move |tx| journal::take(tx, key)).await?;
    let Some(row) = row else { return Ok(()) };
    let played = match prepare(app, workspace, &row).await {
        Ok(ready) => submit(app, workspace, row, ready, Lane::Interactive).await,
        Err(error) => Err(error),
    };
    match played {
        Ok(()) => Ok(()),
        Err(error) => settle_failure(app, workspace, key, error).await,
    }
}

type Played = std::pin::Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// A delivery understood, its files stored: what is left needs nothing but the database.
struct Ready {
    entry: Arc<Entry>,
    parts: Vec<files::Part>,
}

async fn prepare(app: &App, workspace: WorkspaceId, row: &Waiting) -> Result<Ready> {
    let entry = app.directory.by_id(app, workspace, row.channel).await?;
    let entry = entry.ok_or_else(|| Error::conflict("channel.removed", "The channel was removed before this was played."))?;
    let mut raw = row.raw.clone();
    if let Some(hash) = &row.body_hash {
        raw.body = app.files.get(hash).await?.to_vec();
    }
    let headers = raw.headers.clone();
    let parsed = parse(&entry, raw).await?;
    let mut parts = Vec::with_capacity(parsed.len());
    for inbound in fetched(app, &entry, parsed, &headers, row.raw.received_at).await? {
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
