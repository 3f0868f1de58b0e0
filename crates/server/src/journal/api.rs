//! The journal page: what came in, what became of it, play it again.

use super::store::{self, Filter, Shown};
use super::{body, id_of, key_of};
use crate::app::{App, found};
use crate::audit::{self, Act};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Path, Query};
use crate::teams::Sight;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::{Lane, Tx};
use kernel::actor::Permission;
use kernel::message::preview;
use kernel::page::{self, Page};
use kernel::time::{Millis, wire};
use kernel::{Actor, ChannelId, Error, JournalId, Result};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_journal))
        .routes(routes!(get_journal_entry))
        .routes(routes!(replay_journal_entry))
        .routes(routes!(release_journal_entry))
        .routes(routes!(list_deliveries))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct JournalEntry {
    #[schema(value_type = String)]
    id: JournalId,
    #[schema(value_type = String)]
    channel_id: ChannelId,
    channel_name: Option<String>,
    provider: Option<String>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    received_at: Millis,
    /// `received`, `done`, `duplicate`, `ignored`, `quarantined`.
    state: String,
    /// What became of it, in words.
    outcome: Option<String>,
    message_id: Option<String>,
    conversation_id: Option<String>,
    size_bytes: i64,
    attempts: i64,
    summary: String,
    /// A mail in quarantine: it can be taken in as a file all the same.
    can_release: bool,
}
impl From<Shown> for JournalEntry {
    fn from(s: Shown) -> Self {
        Self {
            id: id_of(s.key),
            can_release: s.can_release(),
            channel_id: s.channel_id,
            channel_name: s.channel_name,
            provider: s.provider,
            received_at: s.received_at,
            state: s.state,
            outcome: s.outcome,
            message_id: s.message_id.map(|id| id.to_string()),
            conversation_id: s.conversation_id.map(|id| id.to_string()),
            size_bytes: s.size_bytes,
            attempts: s.attempts,
            summary: preview(s.preview.as_deref().unwrap_or("")),
        }
    }
}

/// The journal holds the mail of all conversations as it came, so it is for those who see all of them.
async fn everything(app: &App, actor: &Actor) -> Result<(), Problem> {
    let who = actor.clone();
    let sight = app.db.read(actor.workspace, move |tx| Sight::of(tx, &who)).await?;
    if sight.sees_all() {
        return Ok(());
    }
    Err(Error::forbidden("permission.missing", "The journal is for those who see every conversation.").into())
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JournalQuery {
    /// One of the states, or `all`.
    state: Option<String>,
    channel_id: Option<String>,
    text: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Deliveries, newest first.
#[utoipa::path(get, path = "/journal", tag = "journal", params(JournalQuery), responses((status = 200, body = Page<JournalEntry>)))]
async fn list_journal(State(app): State<App>, caller: Caller, Query(q): Query<JournalQuery>) -> Result<Json<Page<JournalEntry>>, Problem> {
    let actor = caller.need(Permission::JournalRead)?;
    everything(&app, actor).await?;
    let limit = page::limit(q.limit)?;
    let before: Option<i64> = q.cursor.as_deref().map(page::decode).transpose()?;
    let state = q.state.filter(|s| s != "all" && !s.is_empty());
    if state.as_deref().is_some_and(|s| !matches!(s, "received" | "done" | "duplicate" | "ignored" | "quarantined")) {
        return Err(Error::field("state", "not_an_option", "Choose one of: received, done, duplicate, ignored, quarantined, all.").into());
    }
    let channel = q.channel_id.filter(|t| !t.is_empty()).map(|t| t.parse::<ChannelId>()).transpose();
    let channel = channel.map_err(|_| Error::field("channel_id", "invalid", "This is no id of a channel."))?;
    let filter = Filter { state, channel, text: q.text.filter(|t| !t.trim().is_empty()) };
    let rows = app.db.read(actor.workspace, move |tx| store::list(tx, &filter, before.unwrap_or(i64::MAX), limit + 1)).await?;
    Ok(Json(Page::cut(rows, limit, |s| s.key).map(Into::into)))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct JournalDetail {
    #[serde(flatten)]
    entry: JournalEntry,
    /// Name and value pairs, as far as they are of interest.
    headers: Vec<(String, String)>,
    /// The body as text, at most 256 kB of it.
    body: String,
    body_truncated: bool,
}

#[utoipa::path(get, path = "/journal/{id}", tag = "journal", params(("id" = String, Path)), responses((status = 200, body = JournalDetail)))]
async fn get_journal_entry(State(app): State<App>, caller: Caller, Path(id): Path<JournalId>) -> Result<Json<JournalDetail>, Problem> {
    let actor = caller.need(Permission::JournalRead)?;
    everything(&app, actor).await?;
    let key = key_of(id);
    let row = app.db.read(actor.workspace, move |tx| store::find(tx, key)).await?;
    let row = found(row, "journal.not_found", "journal entry")?;
    let raw = body(&app, actor.workspace, key).await?;
    let shown = &raw[..raw.len().min(256 << 10)];
    Ok(Json(JournalDetail {
        headers: serde_json::from_str(&row.headers).unwrap_or_default(),
        body: String::from_utf8_lossy(shown).into_owned(),
        body_truncated: shown.len() < raw.len(),
        entry: row.into(),
    }))
}

/// Plays a delivery again; what it brought already is found and not doubled.
#[utoipa::path(post, path = "/journal/{id}/replay", tag = "journal", params(("id" = String, Path)), responses((status = 202, body = JournalEntry)))]
async fn replay_journal_entry(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<JournalId>,
) -> Result<(StatusCode, Json<JournalEntry>), Problem> {
    play(&app, &caller, id, "journal.replayed", |tx, row| store::replay(tx, row.key)).await
}

/// Has a delivery taken in once more, as `change` says, and notes who asked for it.
async fn play(
    app: &App,
    caller: &Caller,
    id: JournalId,
    act: &'static str,
    change: impl Fn(&mut Tx<'_>, &Shown) -> Result<()> + Send + 'static,
) -> Result<(StatusCode, Json<JournalEntry>), Problem> {
    let actor = caller.need(Permission::JournalReplay)?.clone();
    everything(app, &actor).await?;
    let (key, workspace, now) = (key_of(id), actor.workspace, app.now());
    let written = app.db.write(workspace, Lane::Interactive, move |tx| {
        let row = found(store::find(tx, key)?, "journal.not_found", "journal entry")?;
        change(tx, &row)?;
        audit::note(tx, &actor, &Act::new(act, id), now)?;
        found(store::find(tx, key)?, "journal.not_found", "journal entry")
    });
    Ok((StatusCode::ACCEPTED, Json(written.await?.into())))
}

/// Takes in a mail that could not be read: as a message with its header's words, and itself attached as it came.
#[utoipa::path(post, path = "/journal/{id}/release", tag = "journal", params(("id" = String, Path)), responses((status = 202, body = JournalEntry)))]
async fn release_journal_entry(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<JournalId>,
) -> Result<(StatusCode, Json<JournalEntry>), Problem> {
    let release = |tx: &mut Tx<'_>, row: &Shown| match row.can_release() {
        true => store::release(tx, row, connectors::kit::mail::released::RELEASED),
        false => Err(Error::conflict("journal.not_held", "Only a mail that is in quarantine can be released.")),
    };
    play(&app, &caller, id, "journal.released", release).await
}

/// What came in on one channel, newest first.
#[utoipa::path(get, path = "/channels/{id}/deliveries", tag = "channels", params(("id" = String, Path), JournalQuery), responses((status = 200, body = Page<JournalEntry>)))]
async fn list_deliveries(
    state: State<App>,
    caller: Caller,
    Path(id): Path<ChannelId>,
    Query(mut q): Query<JournalQuery>,
) -> Result<Json<Page<JournalEntry>>, Problem> {
    let actor = caller.need(Permission::JournalRead)?;
    let known = state.db.read(actor.workspace, move |tx| crate::channels::find(tx, id)).await?;
    found(known, "channel.not_found", "channel")?;
    q.channel_id = Some(id.to_string());
    list_journal(state, caller, Query(q)).await
}
