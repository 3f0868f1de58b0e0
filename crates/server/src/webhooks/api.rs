//! Routes of outgoing webhooks.

use super::catalogue::{self, Described, Kind};
use super::model::{Delivery, DeliveryDetail, NewSubscription, State as DeliveryState, Subscription, SubscriptionPatch, WithSecret};
use super::receiver::{Mood, Shown};
use super::store::{self, Filter};
use super::{actions, deliver};
use crate::app::{App, found};
use crate::chatwoot;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path, Query};
use crate::http::once::once;
use crate::runner::Work;
use crate::teams::Sight;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::actor::Permission::{ContactsRead, WorkspaceManage};
use kernel::id::new_id;
use kernel::page::{self, Page};
use kernel::time::{Millis, wire, wire_opt};
use kernel::{Actor, Error, MemberId, WebhookDeliveryId, WebhookId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_webhook_events))
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(get_webhook, update_webhook, delete_webhook))
        .routes(routes!(rotate_webhook_secret))
        .routes(routes!(test_webhook))
        .routes(routes!(replay_webhook))
        .routes(routes!(list_webhook_deliveries))
        .routes(routes!(get_webhook_delivery))
        .routes(routes!(replay_webhook_delivery))
        .routes(routes!(get_webhook_receiver, open_webhook_receiver, close_webhook_receiver))
}

fn member(actor: &Actor) -> Result<MemberId, Error> {
    actor.member().ok_or_else(|| Error::forbidden("permission.missing", "Webhooks belong to a member."))
}

/// Kinds of events that a webhook can be told of, each with an example of what is sent.
#[utoipa::path(get, path = "/webhook-events", tag = "webhooks", responses((status = 200, body = Page<Described>)))]
async fn list_webhook_events(caller: Caller) -> Result<Json<Page<Described>>, Problem> {
    caller.need(WorkspaceManage)?;
    Ok(Json(Page { data: catalogue::KINDS.iter().map(Kind::described).collect(), next_cursor: None }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Webhooks, the newest first. Whoever does not see every conversation sees their own.
#[utoipa::path(get, path = "/webhook-subscriptions", tag = "webhooks", params(PageQuery), responses((status = 200, body = Page<Subscription>)))]
async fn list_webhooks(State(app): State<App>, caller: Caller, Query(q): Query<PageQuery>) -> Result<Json<Page<Subscription>>, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let limit = page::limit(q.limit)?;
    let before: Option<(Millis, WebhookId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let rows = app
        .db
        .read(actor.workspace, move |tx| {
            let all = Sight::of(tx, &actor)?.sees_all();
            match (all, actor.member()) {
                (true, _) => store::list(tx, None, before, limit + 1),
                (false, Some(member)) => store::list(tx, Some(member), before, limit + 1),
                (false, None) => Ok(Vec::new()),
            }
        })
        .await?;
    Ok(Json(Page::cut(rows, limit, |s| (s.created_at, s.id))))
}

/// Makes a webhook. The answer carries the secret that signs for it, this once. It tells of what happens from now on.
#[utoipa::path(post, path = "/webhook-subscriptions", tag = "webhooks", request_body = NewSubscription, responses((status = 201, body = WithSecret)))]
async fn create_webhook(State(app): State<App>, caller: Caller, b: Keyed<NewSubscription>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let (workspace, owner) = (actor.workspace, member(&actor)?);
    let url = actions::check_url(&app, &b.body.url)?;
    let sealer = actions::sealer(&app, workspace).await?;
    let (ids, now) = (app.ids.clone(), app.now());
    let id: WebhookId = new_id(ids.as_ref(), now);
    let (_, sealed) = actions::new_secret(ids.as_ref(), &sealer, id)?;
    let mut value = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            once(tx, &actor, b.key.as_ref(), now, |tx| {
                let making = actions::Making { owner, id, url: url.clone(), sealed: &sealed };
                actions::create(tx, &actor, &making, &b.body, now)
            })
        })
        .await?;
    app.webhooks.interest.changed(workspace);
    // What is stored for a repeated request has no secret in it; that stays sealed with the webhook.
    if let Some(id) = value["id"].as_str().and_then(|t| t.parse::<WebhookId>().ok()) {
        value["secret"] = deliver::secrets(&app, workspace, id).await?.into_iter().next().into();
    }
    Ok((StatusCode::CREATED, Json(value)))
}

#[utoipa::path(get, path = "/webhook-subscriptions/{id}", tag = "webhooks", params(("id" = String, Path)), responses((status = 200, body = Subscription)))]
async fn get_webhook(State(app): State<App>, caller: Caller, Path(id): Path<WebhookId>) -> Result<Json<Subscription>, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let (s, _) = app.db.read(actor.workspace, move |tx| actions::access(tx, &actor, id)).await?;
    Ok(Json(s))
}

/// Changes the fields that are given. `status: active` also switches on again what was disabled after failures.
#[utoipa::path(patch, path = "/webhook-subscriptions/{id}", tag = "webhooks", params(("id" = String, Path)), request_body = SubscriptionPatch, responses((status = 200, body = Subscription)))]
async fn update_webhook(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Body(mut patch): Body<SubscriptionPatch>,
) -> Result<Json<Subscription>, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let (workspace, now) = (actor.workspace, app.now());
    patch.url = patch.url.as_deref().map(|url| actions::check_url(&app, url)).transpose()?;
    let s = app.db.write(workspace, Lane::Interactive, move |tx| actions::change(tx, &actor, id, &patch, now)).await?;
    app.webhooks.interest.changed(workspace);
    app.runner.poke(&app, workspace, Work::Webhooks);
    Ok(Json(s))
}

/// Removes it with its log.
#[utoipa::path(delete, path = "/webhook-subscriptions/{id}", tag = "webhooks", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_webhook(State(app): State<App>, caller: Caller, Path(id): Path<WebhookId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let now = app.now();
    app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::delete(tx, &actor, id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = WebhookRotation)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// How long the old secret signs beside the new one: 0 to 168, 24 when absent. In Chatwoot's format always 0.
    overlap_hours: Option<i64>,
}

/// A new secret, in this answer only. Until the old one ends, each delivery carries both signatures.
#[utoipa::path(post, path = "/webhook-subscriptions/{id}/rotate-secret", tag = "webhooks", params(("id" = String, Path)), request_body = Rotation, responses((status = 200, body = WithSecret)))]
async fn rotate_webhook_secret(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    b: Keyed<Rotation>,
) -> Result<Json<WithSecret>, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let (workspace, now) = (actor.workspace, app.now());
    let hours = b.body.overlap_hours;
    let sealer = actions::sealer(&app, workspace).await?;
    let (_, sealed) = actions::new_secret(app.ids.as_ref(), &sealer, id)?;
    let rotate = move |tx: &mut db::Tx<'_>| {
        // A second try after an answer that was lost must not push the secret out that nobody has read.
        once(tx, &actor, b.key.as_ref(), now, |tx| actions::rotate(tx, &actor, id, &sealed, hours, now))
    };
    app.db.write(workspace, Lane::Interactive, rotate).await?;
    // As it is now, which for a second try is as the first one left it.
    let subscription = found(app.db.read(workspace, move |tx| store::find(tx, id)).await?, "webhook.not_found", "webhook")?;
    let secret = deliver::secrets(&app, workspace, id).await?.into_iter().next().unwrap_or_default();
    Ok(Json(WithSecret { subscription, secret }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = WebhookTest)]
#[serde(deny_unknown_fields)]
struct Test {
    /// Absent: the first that it is subscribed to.
    event: Option<String>,
}

/// Sends an example with `"test": true` in it, once, at once, even while it is switched off; the answer says what came of it.
#[utoipa::path(post, path = "/webhook-subscriptions/{id}/test", tag = "webhooks", params(("id" = String, Path)), request_body = Test, responses((status = 200, body = DeliveryDetail)))]
async fn test_webhook(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Body(b): Body<Test>,
) -> Result<Json<DeliveryDetail>, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let (workspace, ids, now, who) = (actor.workspace, app.ids.clone(), app.now(), actor.clone());
    let account = chatwoot::Account::of(&app, workspace).await?;
    let begin = move |tx: &mut db::Tx<'_>| {
        let trying = actions::Trying { ids: ids.as_ref(), account: &account, now };
        actions::test(tx, &trying, &who, id, b.event.as_deref())
    };
    let (s, delivery) = app.db.write(workspace, Lane::Interactive, begin).await?;
    deliver::send_now(&app, workspace, &s, delivery).await?;
    Ok(Json(detail(&app, actor, id, delivery).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = WebhookReplay)]
#[serde(deny_unknown_fields)]
struct Replay {
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    since: Millis,
}
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = WebhookReplayed)]
struct Replayed {
    count: u64,
}

/// Sends again all that failed since a time.
#[utoipa::path(post, path = "/webhook-subscriptions/{id}/replay", tag = "webhooks", params(("id" = String, Path)), request_body = Replay, responses((status = 200, body = Replayed)))]
async fn replay_webhook(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Body(b): Body<Replay>,
) -> Result<Json<Replayed>, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let (workspace, now) = (actor.workspace, app.now());
    let count = app.db.write(workspace, Lane::Interactive, move |tx| actions::replay_all(tx, &actor, id, b.since, now)).await?;
    app.runner.poke(&app, workspace, Work::WebhookTo(id));
    Ok(Json(Replayed { count }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct DeliveriesQuery {
    /// `waiting`, `sending`, `delivered` or `failed`.
    #[param(value_type = Option<String>)]
    state: Option<DeliveryState>,
    /// A kind of event.
    event: Option<String>,
    #[serde(default, with = "wire_opt")]
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Millis>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// What was told, and what became of it, the latest first; kept for thirty days.
#[utoipa::path(get, path = "/webhook-subscriptions/{id}/deliveries", tag = "webhooks", params(("id" = String, Path), DeliveriesQuery), responses((status = 200, body = Page<Delivery>)))]
async fn list_webhook_deliveries(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Query(q): Query<DeliveriesQuery>,
) -> Result<Json<Page<Delivery>>, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let limit = page::limit(q.limit)?;
    let before: Option<WebhookDeliveryId> = q.cursor.as_deref().map(page::decode).transpose()?;
    let filter = Filter { state: q.state, event: q.event.filter(|e| !e.is_empty()), since: q.since };
    let rows = app
        .db
        .read(actor.workspace, move |tx| {
            let (s, sight) = actions::access(tx, &actor, id)?;
            store::deliveries(tx, &sight, s.id, &filter, before, limit + 1)
        })
        .await?;
    Ok(Json(Page::cut(rows, limit, |d| d.id)))
}

/// With what was sent, and each attempt with the beginning of its answer.
#[utoipa::path(get, path = "/webhook-subscriptions/{id}/deliveries/{delivery_id}", tag = "webhooks", params(("id" = String, Path), ("delivery_id" = String, Path)), responses((status = 200, body = DeliveryDetail)))]
async fn get_webhook_delivery(
    State(app): State<App>,
    caller: Caller,
    Path((id, delivery)): Path<(WebhookId, WebhookDeliveryId)>,
) -> Result<Json<DeliveryDetail>, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    Ok(Json(detail(&app, actor, id, delivery).await?))
}

async fn detail(app: &App, actor: Actor, id: WebhookId, delivery: WebhookDeliveryId) -> Result<DeliveryDetail, Problem> {
    let workspace = actor.workspace;
    let read = move |tx: &mut db::Tx<'_>| {
        let (s, sight) = actions::access(tx, &actor, id)?;
        let (d, body) = found(store::delivery(tx, &sight, id, delivery)?, "webhook_delivery.not_found", "delivery")?;
        let body = if actor.may(ContactsRead) { body } else { without_person(body) };
        Ok(DeliveryDetail { delivery: d, url: s.url, body, attempts_made: store::attempts(tx, delivery)? })
    };
    Ok(app.db.read(workspace, read).await?)
}

/// What was told of a person is not for those who may not know people.
fn without_person(body: String) -> String {
    let Ok(mut told) = serde_json::from_str::<Value>(&body) else { return body };
    let Some(contact) = told["data"].as_object_mut().and_then(|data| data.remove("contact")) else { return body };
    told["data"]["contact_id"] = contact["id"].clone();
    told.to_string()
}

/// Sends one again, at once and with all its tries before it.
#[utoipa::path(post, path = "/webhook-subscriptions/{id}/deliveries/{delivery_id}/replay", tag = "webhooks", params(("id" = String, Path), ("delivery_id" = String, Path)), responses((status = 200, body = Delivery)))]
async fn replay_webhook_delivery(
    State(app): State<App>,
    caller: Caller,
    Path((id, delivery)): Path<(WebhookId, WebhookDeliveryId)>,
) -> Result<Json<Delivery>, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let (workspace, now) = (actor.workspace, app.now());
    let d = app.db.write(workspace, Lane::Interactive, move |tx| actions::replay(tx, &actor, id, delivery, now)).await?;
    app.runner.poke(&app, workspace, Work::WebhookTo(id));
    Ok(Json(d))
}

/// The caller's own receiver to try with, while it is open. Looking at it keeps it open for another hour.
#[utoipa::path(get, path = "/webhook-receiver", tag = "webhooks", responses((status = 200, body = Shown)))]
async fn get_webhook_receiver(State(app): State<App>, caller: Caller) -> Result<Json<Shown>, Problem> {
    let actor = caller.need(WorkspaceManage)?;
    let shown = app.webhooks.receivers.look(&app, actor.workspace, member(actor)?);
    Ok(Json(found(shown, "webhook_receiver.closed", "open test receiver")?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = WebhookReceiverChoice)]
#[serde(deny_unknown_fields)]
struct Choice {
    /// What it answers; absent: as before.
    answers: Option<Mood>,
}

/// Opens it, or changes what it answers: an address of this server that shows what comes and whether the signature is right.
#[utoipa::path(put, path = "/webhook-receiver", tag = "webhooks", request_body = Choice, responses((status = 200, body = Shown)))]
async fn open_webhook_receiver(State(app): State<App>, caller: Caller, Body(b): Body<Choice>) -> Result<Json<Shown>, Problem> {
    let actor = caller.need(WorkspaceManage)?;
    Ok(Json(app.webhooks.receivers.open(&app, actor.workspace, member(actor)?, b.answers)))
}

/// Closes it and forgets what came.
#[utoipa::path(delete, path = "/webhook-receiver", tag = "webhooks", responses((status = 204)))]
async fn close_webhook_receiver(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    let actor = caller.need(WorkspaceManage)?;
    let was_open = app.webhooks.receivers.close(&app, actor.workspace, member(actor)?);
    found(was_open.then_some(()), "webhook_receiver.closed", "open test receiver")?;
    Ok(StatusCode::NO_CONTENT)
}
