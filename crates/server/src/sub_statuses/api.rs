//! Routes of sub-statuses.

use super::model::{NewSubStatus, SubStatus, SubStatusPatch};
use super::{actions, store};
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path};
use crate::http::once::once;
use crate::teams::Sight;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::SubStatusId;
use kernel::actor::Permission;
use kernel::page::Page;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_sub_statuses, create_sub_status)).routes(routes!(update_sub_status, delete_sub_status))
}

/// Sub-statuses by status and place; archived ones too.
#[utoipa::path(get, path = "/sub-statuses", tag = "sub-statuses", responses((status = 200, body = Page<SubStatus>)))]
async fn list_sub_statuses(State(app): State<App>, caller: Caller) -> Result<Json<Page<SubStatus>>, Problem> {
    let actor = caller.need(Permission::ConversationsRead)?;
    let who = actor.clone();
    let data = app.db.read(actor.workspace, move |tx| {
        let sight = Sight::of(tx, &who)?;
        let mut all = store::list(tx)?;
        store::count(tx, &sight, &mut all)?;
        Ok(all)
    });
    Ok(Json(Page { data: data.await?, next_cursor: None }))
}

#[utoipa::path(post, path = "/sub-statuses", tag = "sub-statuses", request_body = NewSubStatus, responses((status = 201, body = SubStatus)))]
async fn create_sub_status(State(app): State<App>, caller: Caller, b: Keyed<NewSubStatus>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let (ids, now) = (app.ids.clone(), app.now());
    let value = app.db.write(actor.workspace, Lane::Interactive, move |tx| {
        once(tx, &actor, b.key.as_ref(), now, |tx| actions::create(tx, ids.as_ref(), &actor, &b.body, now))
    });
    Ok((StatusCode::CREATED, Json(value.await?)))
}

/// Changes the fields that are given. Its status stays.
#[utoipa::path(patch, path = "/sub-statuses/{id}", tag = "sub-statuses", params(("id" = String, Path)), request_body = SubStatusPatch, responses((status = 200, body = SubStatus)))]
async fn update_sub_status(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SubStatusId>,
    Body(patch): Body<SubStatusPatch>,
) -> Result<Json<SubStatus>, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let now = app.now();
    let changed = app.db.write(actor.workspace, Lane::Interactive, move |tx| {
        let mut s = actions::change(tx, &actor, id, &patch, now)?;
        let sight = Sight::of(tx, &actor)?;
        store::count(tx, &sight, std::slice::from_mut(&mut s))?;
        Ok(s)
    });
    Ok(Json(changed.await?))
}

/// Removes one that no conversation has; 409 `sub_status.in_use` for others, which can be archived.
#[utoipa::path(delete, path = "/sub-statuses/{id}", tag = "sub-statuses", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_sub_status(State(app): State<App>, caller: Caller, Path(id): Path<SubStatusId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let now = app.now();
    app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::delete(tx, &actor, id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
