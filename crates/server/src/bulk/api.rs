//! Routes of acts on many conversations.

use super::model::{Bulk, BulkAct, BulkState, MOST_IDS};
use super::worker::{Wanted, needs};
use super::{acts, store};
use crate::app::{App, found};
use crate::filters::{self, CONVERSATIONS};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Keyed, Path, Query};
use crate::http::once::once;
use crate::people;
use crate::runner::Work;
use crate::teams::Sight;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::{Lane, Tx};
use kernel::actor::Permission::ConversationsRead;
use kernel::actor::Who;
use kernel::event::NewEvent;
use kernel::page::{self, Page};
use kernel::time::Millis;
use kernel::{Actor, BulkId, ConversationId, Error, Result, id::new_id};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_bulk, create_bulk)).routes(routes!(get_bulk)).routes(routes!(undo_bulk))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct NewBulk {
    act: BulkAct,
    /// These conversations, at most 1,000; or else a filter.
    #[schema(value_type = Option<Vec<String>>)]
    ids: Option<Vec<ConversationId>>,
    /// Every conversation that it holds at this moment (see `/filters/fields`).
    #[schema(value_type = Option<Object>)]
    filter: Option<Value>,
    /// Beside a filter: words in the messages.
    text: Option<String>,
}

fn own(tx: &mut Tx<'_>, actor: &Actor, id: BulkId) -> Result<Bulk> {
    let bulk = store::find(tx, id)?.filter(|b| Some(b.member) == actor.member());
    found(bulk, "bulk.not_found", "act")
}

/// Does something to many conversations that the caller sees, as one act that can be undone as one. It is done in the background: `GET /bulk/{id}` says how far.
#[utoipa::path(post, path = "/bulk", tag = "bulk", request_body = NewBulk, responses((status = 201, body = Bulk)))]
async fn create_bulk(State(app): State<App>, caller: Caller, new: Keyed<NewBulk>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(needs(&new.body.act))?.clone();
    caller.need(ConversationsRead)?;
    people::need_feature(&app, &actor, "unified_inbox").await?;
    let member = actor.member().ok_or_else(|| Error::forbidden("permission.missing", "Acts on many are those of a member."))?;
    let Keyed { body, key } = new;
    let (now, ids) = (app.now(), app.ids.clone());
    body.act.check(now)?;
    let zone = people::workspace(&app, actor.workspace).await?.time_zone.clone();
    let (named, wanted) = match (&body.ids, &body.filter) {
        (Some(_), Some(_)) => return Err(Error::field("filter", "invalid", "Give ids or a filter, not both.").into()),
        (None, None) => return Err(Error::field("ids", "required", "Say which conversations: by ids or by a filter.").into()),
        (Some(ids), None) if ids.is_empty() || ids.len() > MOST_IDS => {
            return Err(Error::field("ids", "invalid", format!("Give 1 to {MOST_IDS} ids; more are named by a filter.")).into());
        }
        (Some(ids), None) => {
            let mut ids = ids.clone();
            ids.sort_unstable();
            ids.dedup();
            (ids, None)
        }
        (None, Some(filter)) => {
            let filter = filters::parse(&CONVERSATIONS, filter, "filter")?.json();
            (Vec::new(), Some(Wanted { filter, text: body.text.clone(), me: actor.member(), now, zone }))
        }
    };
    // How many these are is counted at once, without holding up anybody who writes.
    let total = match wanted.clone() {
        Some(wanted) => {
            let who = actor.clone();
            app.db
                .read(actor.workspace, move |tx| {
                    let sight = Sight::of(tx, &who)?;
                    Ok(wanted.ids(tx, sight)?.len() as i64)
                })
                .await?
        }
        None => named.len() as i64,
    };
    let workspace = actor.workspace;
    let value = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            once(tx, &actor, key.as_ref(), now, |tx| {
                if let BulkAct::Assign { assignee_id } = &body.act {
                    acts::assignee(tx, &actor, assignee_id.as_deref())?;
                }
                let bulk = Bulk {
                    id: new_id(ids.as_ref(), now),
                    act: body.act.clone(),
                    state: if wanted.is_some() { BulkState::Choosing } else { BulkState::Running },
                    total,
                    done: 0,
                    changed: 0,
                    restored: 0,
                    can_undo: true,
                    created_at: now,
                    finished_at: None,
                    member,
                    token: match actor.who {
                        Who::Token { token, .. } => Some(token),
                        _ => None,
                    },
                    role: actor.role,
                    chosen: wanted.as_ref().and_then(|w| serde_json::to_string(w).ok()),
                    position: 0,
                };
                store::insert(tx, &bulk)?;
                store::add_items(tx, bulk.id, 0, &named)?;
                started(tx, &actor, &bulk, "bulk.started", now);
                Ok(bulk.told(now))
            })
        })
        .await?;
    app.runner.poke(&app, workspace, Work::Bulk);
    Ok((StatusCode::CREATED, Json(value)))
}

fn started(tx: &mut Tx<'_>, actor: &Actor, bulk: &Bulk, kind: &'static str, now: Millis) {
    let payload = json!({ "bulk_id": bulk.id, "state": bulk.state, "total": bulk.total });
    tx.emit(NewEvent::new(kind, actor.label(), now).payload(payload));
}

/// How far an act of the caller's is.
#[utoipa::path(get, path = "/bulk/{id}", tag = "bulk", params(("id" = String, Path)), responses((status = 200, body = Bulk)))]
async fn get_bulk(State(app): State<App>, caller: Caller, Path(id): Path<BulkId>) -> Result<Json<Bulk>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let now = app.now();
    Ok(Json(app.db.read(actor.workspace, move |tx| own(tx, &actor, id)).await?.told(now)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}
/// The caller's acts, newest first.
#[utoipa::path(get, path = "/bulk", tag = "bulk", params(PageQuery), responses((status = 200, body = Page<Bulk>)))]
async fn list_bulk(State(app): State<App>, caller: Caller, Query(q): Query<PageQuery>) -> Result<Json<Page<Bulk>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let limit = page::limit(q.limit)?;
    let before: Option<(Millis, BulkId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let now = app.now();
    let rows = app
        .db
        .read(actor.workspace, move |tx| match actor.member() {
            Some(member) => store::list(tx, member, before, limit + 1),
            None => Ok(Vec::new()),
        })
        .await?;
    Ok(Json(Page::cut(rows, limit, |b| (b.created_at, b.id)).map(|b| b.told(now))))
}

/// Puts back what the act changed, all of it; one that still runs stops first. What somebody has changed since stays as it is.
#[utoipa::path(post, path = "/bulk/{id}/undo", tag = "bulk", params(("id" = String, Path)), responses((status = 200, body = Bulk)))]
async fn undo_bulk(State(app): State<App>, caller: Caller, Path(id): Path<BulkId>) -> Result<Json<Bulk>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let (workspace, now) = (actor.workspace, app.now());
    let bulk = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            let mut bulk = own(tx, &actor, id)?;
            actor.need(needs(&bulk.act))?;
            match bulk.state {
                // The same asked for twice is the same.
                BulkState::Undoing | BulkState::Undone => return Ok(bulk),
                _ if !bulk.clone().told(now).can_undo => {
                    return Err(Error::conflict("bulk.too_old", "It is too late to undo this: seven days have passed."));
                }
                BulkState::Choosing => {
                    bulk.position = 0;
                    bulk.state = BulkState::Undone;
                    bulk.finished_at = Some(now);
                }
                BulkState::Running | BulkState::Done => {
                    bulk.state = BulkState::Undoing;
                    bulk.finished_at = None;
                }
            }
            store::advance(tx, &bulk, now)?;
            started(tx, &actor, &bulk, "bulk.undo_started", now);
            Ok(bulk)
        })
        .await?;
    app.runner.poke(&app, workspace, Work::Bulk);
    Ok(Json(bulk.told(now)))
}
