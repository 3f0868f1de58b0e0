//! The route of the inspector.

use super::model::{Entry, Happened, Kind};
use super::store::{self, Until};
use crate::app::App;
use crate::conversations::{self, history};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Path, Query};
use crate::teams::Sight;
use axum::Json;
use axum::extract::State;
use db::{Tx, events};
use kernel::actor::Permission::{ConversationsRead, JournalRead, WorkspaceManage};
use kernel::event::Event;
use kernel::page::{self, Page};
use kernel::time::Millis;
use kernel::{Actor, ConversationId, Result};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(inspect_conversation))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct InspectorQuery {
    /// Entries of one kind only: `message`, `event`, `attempt`, `notification`, `webhook`.
    #[param(value_type = Option<String>)]
    kind: Option<Kind>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Everything that is written down about a conversation, the latest first: where its messages came from and why they stand in it, who was
/// recognised, its events with their numbers, tries at sending with what was answered, who was notified, and what webhooks told of it.
/// The journal is named to those who read it and see every conversation; webhooks to those who manage them.
#[utoipa::path(get, path = "/conversations/{id}/inspector", tag = "conversations", params(("id" = String, Path), InspectorQuery), responses((status = 200, body = Page<Entry>)))]
async fn inspect_conversation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Query(q): Query<InspectorQuery>,
) -> Result<Json<Page<Entry>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let limit = page::limit(q.limit)?;
    // A moment, and how many of that moment were shown before.
    let (at, shown): (Millis, i64) = q.cursor.as_deref().map(page::decode).transpose()?.unwrap_or((Millis::MAX, 0));
    let shown = shown.clamp(0, 100_000);
    let until = Until { at, rows: limit + 1 + shown };
    let who = actor.clone();
    let (mut entries, happened) = app.db.read(actor.workspace, move |tx| read(tx, &who, id, q.kind, until)).await?;
    let changes = history::told(&app, &actor, happened.clone()).await?;
    entries.extend(happened.into_iter().zip(changes).map(|(e, change)| {
        let actor_name = change.actor_name.clone();
        let event = Happened { seq: e.seq, kind: e.kind, actor: e.actor, actor_name, payload: e.payload, change };
        Entry { message_id: e.message_id, event: Some(event), ..Entry::new(format!("event/{}", e.seq), e.at, Kind::Event) }
    }));
    // Each list came in this order, so that the sum of their beginnings has the beginning of the sum.
    entries.sort_by_key(|e| (std::cmp::Reverse(e.at), rank(e.kind)));
    let more = entries.len() as i64 > shown + limit;
    let page: Vec<Entry> = entries.into_iter().skip(shown as usize).take(limit as usize).collect();
    let next_cursor = page.last().filter(|_| more).map(|last| {
        let of_that_moment = page.iter().filter(|e| e.at == last.at).count() as i64;
        page::encode(&(last.at, of_that_moment + if last.at == at { shown } else { 0 }))
    });
    Ok(Json(Page { data: page, next_cursor }))
}

/// Of what happened at one moment: the latest first means effects before their causes.
fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Webhook => 0,
        Kind::Notification => 1,
        Kind::Attempt => 2,
        Kind::Event => 3,
        Kind::Message => 4,
    }
}

fn read(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, only: Option<Kind>, until: Until) -> Result<(Vec<Entry>, Vec<Event>)> {
    conversations::access(tx, actor, id, ConversationsRead)?;
    let sees_all = Sight::of(tx, actor)?.sees_all();
    let wants = |kind: Kind| only.is_none_or(|k| k == kind);
    let mut entries = Vec::new();
    if wants(Kind::Message) {
        entries.extend(store::messages(tx, id, until, sees_all && actor.may(JournalRead))?);
    }
    if wants(Kind::Attempt) {
        entries.extend(store::attempts(tx, id, until)?);
    }
    if wants(Kind::Notification) {
        entries.extend(store::notifications(tx, id, until)?);
    }
    if wants(Kind::Webhook) && actor.may(WorkspaceManage) {
        match actor.member() {
            _ if sees_all => entries.extend(store::webhooks(tx, id, None, until)?),
            Some(member) => entries.extend(store::webhooks(tx, id, Some(member), until)?),
            None => {}
        }
    }
    let mut happened = Vec::new();
    if wants(Kind::Event) {
        let head = events::head(tx)?;
        happened = events::until(tx, head.epoch, id, until.at, until.rows)?;
    }
    Ok((entries, happened))
}
