//! Routes of a workspace's end.

use super::actions;
use super::model::{Deletion, DeletionId, DeletionState};
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path, Query};
use crate::people::{Authenticated, Client};
use crate::standstill::{self, Standstill};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::actor::Permission::WorkspaceManage;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_standstill))
        .routes(routes!(resume_workspace))
        .routes(routes!(get_deletion, create_deletion, cancel_deletion))
        .routes(routes!(list_deletions))
        .routes(routes!(get_certificate))
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StandstillState {
    /// None: it works.
    pub standstill: Option<Standstill>,
}

/// Whether nothing is sent from this workspace, and why.
#[utoipa::path(get, path = "/workspace/standstill", tag = "archives", responses((status = 200, body = StandstillState)))]
async fn get_standstill(State(app): State<App>, Caller(actor): Caller) -> Result<Json<StandstillState>, Problem> {
    Ok(Json(StandstillState { standstill: app.db.read(actor.workspace, standstill::find).await? }))
}

/// Lets a workspace go on that came from another installation. 409 `workspace.not_moved` if it does not wait for that.
#[utoipa::path(post, path = "/workspace/resume", tag = "archives", responses((status = 204)))]
async fn resume_workspace(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    standstill::resume(&app, caller.need(WorkspaceManage)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether this workspace is about to be deleted.
#[utoipa::path(get, path = "/workspace/deletion", tag = "archives", responses((status = 200, body = DeletionState)))]
async fn get_deletion(State(app): State<App>, Caller(actor): Caller) -> Result<Json<DeletionState>, Problem> {
    Ok(Json(actions::state(&app, &actor).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct DeletionBody {
    /// The workspace's name, typed to be sure.
    name: String,
    /// Of the second step, where it is on.
    code: Option<String>,
}

/// Asks for the deletion of this workspace; for owners. From now on it stands still: nothing is sent, nothing can be changed, and an owner
/// can take it back. After the grace time it is removed for good. 409 `workspace.deleting` if it was asked for already, so that a repeated
/// request asks for no second one; 403 `workspace.owner_needed`.
#[utoipa::path(post, path = "/workspace/deletion", tag = "archives", request_body = DeletionBody, responses((status = 201, body = Deletion)))]
async fn create_deletion(
    State(app): State<App>,
    client: Client,
    who: Authenticated,
    Body(body): Body<DeletionBody>,
) -> Result<(StatusCode, Json<Deletion>), Problem> {
    who.actor.need(WorkspaceManage)?;
    let d = actions::ask(&app, &who, &client, &body.name, body.code.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(d)))
}

/// Takes it back; for owners. Everything goes on as before.
#[utoipa::path(delete, path = "/workspace/deletion", tag = "archives", responses((status = 204)))]
async fn cancel_deletion(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    actions::cancel(&app, caller.need(WorkspaceManage)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Deletions {
    data: Vec<Deletion>,
}

/// Deletions that the caller's account has asked for, in whichever workspace, the newest first, with links to their certificates.
#[utoipa::path(get, path = "/me/deletions", tag = "archives", responses((status = 200, body = Deletions)))]
async fn list_deletions(State(app): State<App>, Caller(actor): Caller) -> Result<Json<Deletions>, Problem> {
    Ok(Json(Deletions { data: actions::of_account(&app, &actor).await? }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct KeyQuery {
    key: Option<String>,
}

/// The certificate of a deletion; the key in its link is the permission. 409 `deletion.not_done` before the end.
#[utoipa::path(get, path = "/deletions/{id}/certificate", tag = "archives", params(("id" = String, Path), KeyQuery),
    responses((status = 200, body = Object)), security(()))]
async fn get_certificate(State(app): State<App>, Path(id): Path<DeletionId>, Query(q): Query<KeyQuery>) -> Result<Response, Problem> {
    let text = actions::certificate(&app, id, q.key.as_deref().unwrap_or_default()).await?;
    let name = format!("attachment; filename=\"deletion-{id}.json\"");
    Ok(([(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, name)], text).into_response())
}
