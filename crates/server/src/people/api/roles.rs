//! Roles, and looking at the workspace with another member's eyes.

use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path};
use crate::people::auth::Authenticated;
use crate::people::model::Me;
use crate::people::roles::{self, NewRole, RoleDetail, RolePatch};
use crate::people::{me, sessions};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::actor::Permission;
use kernel::page::Page;
use kernel::{Error, MemberId, Role};
use serde::Deserialize;
use serde_json::Value;

/// Built-in roles first, then the workspace's own by name, with what each may do and see.
#[utoipa::path(get, path = "/roles", tag = "members", responses((status = 200, body = Page<RoleDetail>)))]
pub(super) async fn list_roles(State(app): State<App>, caller: Caller) -> Result<Json<Page<RoleDetail>>, Problem> {
    let actor = caller.need(Permission::MembersRead)?;
    let data = app.db.read(actor.workspace, roles::list).await?;
    Ok(Json(Page { data, next_cursor: None }))
}

/// A role made of named permissions; nobody gives what they do not have.
#[utoipa::path(post, path = "/roles", tag = "members", request_body = NewRole, responses((status = 201, body = RoleDetail)))]
pub(super) async fn create_role(State(app): State<App>, caller: Caller, b: Keyed<NewRole>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(Permission::RolesManage)?;
    Ok((StatusCode::CREATED, Json(roles::create(&app, actor, b.body, b.key).await?)))
}

/// Changes a role; of built-in ones only what their members see.
#[utoipa::path(patch, path = "/roles/{id}", tag = "members", params(("id" = String, Path)), request_body = RolePatch, responses((status = 200, body = RoleDetail)))]
pub(super) async fn update_role(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Role>,
    Body(b): Body<RolePatch>,
) -> Result<Json<RoleDetail>, Problem> {
    Ok(Json(roles::change(&app, caller.need(Permission::RolesManage)?, id, b).await?))
}

/// Removes a role that nobody has. 409 `role.in_use`, `role.built_in`.
#[utoipa::path(delete, path = "/roles/{id}", tag = "members", params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn delete_role(State(app): State<App>, caller: Caller, Path(id): Path<Role>) -> Result<StatusCode, Problem> {
    roles::delete(&app, caller.need(Permission::RolesManage)?, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct PreviewBody {
    #[schema(value_type = String)]
    member_id: MemberId,
}

/// From now on this session sees what that member sees, and can change nothing: 403 `preview.read_only`.
#[utoipa::path(post, path = "/me/preview", tag = "me", request_body = PreviewBody, responses((status = 200, body = Me)))]
pub(super) async fn start_preview(State(app): State<App>, who: Authenticated, Body(b): Body<PreviewBody>) -> Result<Json<Me>, Problem> {
    who.actor.need(Permission::MembersManage)?;
    sessions::preview(&app, &who, Some(b.member_id)).await?;
    now_as(&app, who).await
}

/// Back to one's own eyes.
#[utoipa::path(delete, path = "/me/preview", tag = "me", responses((status = 200, body = Me)))]
pub(super) async fn end_preview(State(app): State<App>, who: Authenticated) -> Result<Json<Me>, Problem> {
    sessions::preview(&app, &who, None).await?;
    now_as(&app, who).await
}

async fn now_as(app: &App, who: Authenticated) -> Result<Json<Me>, Problem> {
    let session = who.session.ok_or_else(|| Error::internal("a preview without a session"))?;
    let facts = sessions::look_up(app, session).await?;
    Ok(Json(me::of(app, &sessions::actor(&facts), who.csrf_token).await?))
}
