//! Routes of views, and of their counts.

use super::model::{NewView, View, ViewPatch};
use super::{actions, live};
use crate::app::App;
use crate::conversations::{self, Ask, Conversation, Order, Position, asking};
use crate::filters::{self, CONVERSATIONS, Filter};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path, Query};
use crate::http::once::once;
use crate::teams::{self, Sight};
use crate::{channels, people};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::{Lane, Tx};
use kernel::actor::Permission::ConversationsRead;
use kernel::page::{self, Page};
use kernel::{Actor, Result, ViewId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_views, create_view))
        .routes(routes!(order_views))
        .routes(routes!(count_views, count_filters))
        .routes(routes!(get_view, update_view, delete_view))
        .routes(routes!(list_view_conversations))
}

/// The caller's views and those of everybody, in the caller's order.
#[utoipa::path(get, path = "/views", tag = "views", responses((status = 200, body = Page<View>)))]
async fn list_views(State(app): State<App>, caller: Caller) -> Result<Json<Page<View>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let data = app.db.read(actor.workspace, move |tx| actions::list(tx, &actor)).await?;
    Ok(Json(Page { data, next_cursor: None }))
}

/// A new view. One for everybody needs the permission `views.share`.
#[utoipa::path(post, path = "/views", tag = "views", request_body = NewView, responses((status = 201, body = View)))]
async fn create_view(State(app): State<App>, caller: Caller, new: Keyed<NewView>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let (now, ids) = (app.now(), app.ids.clone());
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            once(tx, &actor, new.key.as_ref(), now, |tx| actions::create(tx, ids.as_ref(), &actor, &new.body, now))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

#[utoipa::path(get, path = "/views/{id}", tag = "views", params(("id" = String, Path)), responses((status = 200, body = View)))]
async fn get_view(State(app): State<App>, caller: Caller, Path(id): Path<ViewId>) -> Result<Json<View>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    Ok(Json(app.db.read(actor.workspace, move |tx| actions::find(tx, &actor, id)).await?))
}

/// Changes what is named.
#[utoipa::path(patch, path = "/views/{id}", tag = "views", params(("id" = String, Path)), request_body = ViewPatch, responses((status = 200, body = View)))]
async fn update_view(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ViewId>,
    Body(patch): Body<ViewPatch>,
) -> Result<Json<View>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let now = app.now();
    let view = app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::change(tx, &actor, id, &patch, now)).await?;
    Ok(Json(view))
}

#[utoipa::path(delete, path = "/views/{id}", tag = "views", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_view(State(app): State<App>, caller: Caller, Path(id): Path<ViewId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let now = app.now();
    app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::delete(tx, &actor, id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct ViewOrder {
    /// Views not named come after these.
    #[schema(value_type = Vec<String>)]
    ids: Vec<ViewId>,
}
/// Puts the caller's views in an order of the caller's own.
#[utoipa::path(put, path = "/views/order", tag = "views", request_body = ViewOrder, responses((status = 200, body = Page<View>)))]
async fn order_views(State(app): State<App>, caller: Caller, Body(b): Body<ViewOrder>) -> Result<Json<Page<View>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let data = app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::place(tx, &actor, &b.ids)).await?;
    Ok(Json(Page { data, next_cursor: None }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}
/// What is in a view, in its order.
#[utoipa::path(get, path = "/views/{id}/conversations", tag = "views", params(("id" = String, Path), PageQuery), responses((status = 200, body = Page<Conversation>)))]
async fn list_view_conversations(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ViewId>,
    Query(q): Query<PageQuery>,
) -> Result<Json<Page<Conversation>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    people::need_feature(&app, &actor, "unified_inbox").await?;
    let limit = page::limit(q.limit)?;
    let after: Option<Position> = q.cursor.as_deref().map(page::decode).transpose()?;
    let asking = asking(&app, &actor).await?;
    let (rows, order) = app
        .db
        .read(actor.workspace, move |tx| {
            let asker = asking.asker(tx)?;
            let view = actions::find(tx, &actor, id)?;
            let order = Order { sort: view.sort, descending: view.descending };
            after.as_ref().map(|a| a.fits(order)).transpose()?;
            let filter = filters::parse(&CONVERSATIONS, &view.filter, "filter")?;
            let ask = Ask { filter: &filter, asker: &asker, ids: None, order, after: after.as_ref(), limit: limit + 1 };
            Ok((conversations::list(tx, &ask)?, order))
        })
        .await?;
    Ok(Json(Page::cut(rows, limit, |c| Position::of(order, c))))
}

/// How many conversations that the caller sees are in each view, as of a place in the log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ViewCounts {
    /// Everything up to this event is counted.
    pub cursor: String,
    /// By the names of the built-in views (`mine`, `unassigned`, `open`, `following`, `unread`, `snoozed`, `spam`), by channel, team and member
    /// (their open ones), and by saved view; `scheduled` is how many messages wait for their time. Or by the names asked for.
    pub counts: BTreeMap<String, i64>,
}

/// The built-in views.
fn built_in() -> [(&'static str, Value); 7] {
    let open = json!({ "field": "status", "op": "any_of", "value": ["new", "open"] });
    let and = |other: Value| json!({ "and": [open, other] });
    [
        ("mine", and(json!({ "field": "assignee", "op": "is", "value": "me" }))),
        ("unassigned", and(json!({ "field": "assignee", "op": "is_empty" }))),
        ("open", open.clone()),
        ("following", and(json!({ "field": "follower", "op": "is", "value": "me" }))),
        ("unread", and(json!({ "field": "unread", "op": "is", "value": true }))),
        ("snoozed", json!({ "field": "status", "op": "is", "value": "snoozed" })),
        ("spam", json!({ "field": "status", "op": "is", "value": "spam" })),
    ]
}
/// Everything that has a place in the views pane.
fn all_of(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<(String, Value)>> {
    let mut all: Vec<(String, Value)> = built_in().into_iter().map(|(name, f)| (name.to_owned(), f)).collect();
    let open = built_in()[2].1.clone();
    for channel in channels::list(tx)? {
        let id = channel.id.to_string();
        all.push((id.clone(), json!({ "and": [open, { "field": "channel_id", "op": "is", "value": id }] })));
    }
    for (team, _) in teams::names(tx)? {
        let id = team.to_string();
        all.push((id.clone(), json!({ "and": [open, { "field": "team", "op": "is", "value": id }] })));
    }
    for member in people::active_members(tx)? {
        let id = member.id.to_string();
        all.push((id.clone(), json!({ "and": [open, { "field": "assignee", "op": "is", "value": id }] })));
    }
    all.extend(actions::list(tx, actor)?.into_iter().map(|v| (v.id.to_string(), v.filter)));
    Ok(all)
}

async fn counted(
    app: &App,
    actor: &Actor,
    wanted: impl FnOnce(&mut Tx<'_>) -> Result<Vec<(String, Filter)>> + Send + 'static,
) -> Result<Json<ViewCounts>, Problem> {
    people::need_feature(app, actor, "unified_inbox").await?;
    let asking = asking(app, actor).await?;
    let mut space = app.counts.turn(actor.workspace).await;
    let counts = app
        .db
        .read(actor.workspace, move |tx| {
            let (wanted, asker) = (wanted(tx)?, asking.asker(tx)?);
            let (names, filters): (Vec<String>, Vec<Filter>) = wanted.into_iter().unzip();
            let counts = live::count(tx, &mut space, &asker, &filters)?;
            let cursor = db::events::head(tx)?.cursor();
            Ok(ViewCounts { cursor, counts: names.into_iter().zip(counts).collect() })
        })
        .await?;
    Ok(Json(counts))
}

/// How many conversations there are in every view of the caller.
#[utoipa::path(get, path = "/views/counts", tag = "views", responses((status = 200, body = ViewCounts)))]
async fn count_views(State(app): State<App>, caller: Caller) -> Result<Json<ViewCounts>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let who = actor.clone();
    let Json(mut all) = counted(&app, actor, move |tx| {
        // A view that this version cannot read has no count, and takes none from the others.
        let all = all_of(tx, &who)?;
        Ok(all.into_iter().filter_map(|(name, f)| Some((name, filters::parse(&CONVERSATIONS, &f, "filter").ok()?))).collect())
    })
    .await?;
    let who = actor.clone();
    let count = move |tx: &mut Tx<'_>| {
        let sight = Sight::of(tx, &who)?;
        conversations::count_scheduled(tx, &sight)
    };
    let scheduled = app.db.read(actor.workspace, count).await?;
    all.counts.insert("scheduled".into(), scheduled);
    Ok(Json(all))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct CountFilters {
    /// Filters by any name; at most 20.
    #[schema(value_type = Object)]
    filters: BTreeMap<String, Value>,
}
/// The same for any filters: cheap to repeat, since only what has changed is counted again.
#[utoipa::path(post, path = "/views/counts", tag = "views", request_body = CountFilters, responses((status = 200, body = ViewCounts)))]
async fn count_filters(State(app): State<App>, caller: Caller, Body(b): Body<CountFilters>) -> Result<Json<ViewCounts>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    if b.filters.len() > 20 {
        return Err(kernel::Error::field("filters", "too_many", "Give at most 20 filters.").into());
    }
    let parse = |(name, f): (&String, &Value)| Ok((name.clone(), filters::parse(&CONVERSATIONS, f, &format!("filters.{name}"))?));
    let wanted = b.filters.iter().map(parse).collect::<Result<Vec<_>>>()?;
    counted(&app, actor, move |_| Ok(wanted)).await
}
