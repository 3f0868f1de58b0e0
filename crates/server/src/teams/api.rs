//! Routes of teams.

use super::model::{NewTeam, Team, TeamPatch};
use super::{actions, store};
use crate::app::{App, found};
use crate::conversations;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path};
use crate::http::once::once;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::TeamId;
use kernel::actor::Permission;
use kernel::page::Page;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_teams, create_team)).routes(routes!(get_team, update_team, delete_team))
}

/// All teams by name, with their members.
#[utoipa::path(get, path = "/teams", tag = "teams", responses((status = 200, body = Page<Team>)))]
async fn list_teams(State(app): State<App>, caller: Caller) -> Result<Json<Page<Team>>, Problem> {
    let actor = caller.need(Permission::MembersRead)?;
    let data = app.db.read(actor.workspace, store::all).await?;
    Ok(Json(Page { data, next_cursor: None }))
}

#[utoipa::path(post, path = "/teams", tag = "teams", request_body = NewTeam, responses((status = 201, body = Team)))]
async fn create_team(State(app): State<App>, caller: Caller, b: Keyed<NewTeam>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(Permission::TeamsManage)?.clone();
    let (ids, now) = (app.ids.clone(), app.now());
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            once(tx, &actor, b.key.as_ref(), now, |tx| actions::create(tx, ids.as_ref(), &actor, &b.body, now))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}

#[utoipa::path(get, path = "/teams/{id}", tag = "teams", params(("id" = String, Path)), responses((status = 200, body = Team)))]
async fn get_team(State(app): State<App>, caller: Caller, Path(id): Path<TeamId>) -> Result<Json<Team>, Problem> {
    let actor = caller.need(Permission::MembersRead)?;
    let row = app.db.read(actor.workspace, move |tx| store::find(tx, id)).await?;
    Ok(Json(found(row, "team.not_found", "team")?))
}

/// Changes the fields that are given; `member_ids` replaces all members.
#[utoipa::path(patch, path = "/teams/{id}", tag = "teams", params(("id" = String, Path)), request_body = TeamPatch, responses((status = 200, body = Team)))]
async fn update_team(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TeamId>,
    Body(patch): Body<TeamPatch>,
) -> Result<Json<Team>, Problem> {
    let actor = caller.need(Permission::TeamsManage)?.clone();
    let now = app.now();
    let team = app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::change(tx, &actor, id, &patch, now)).await?;
    Ok(Json(team))
}

/// Removes a team; its conversations stay, without a team.
#[utoipa::path(delete, path = "/teams/{id}", tag = "teams", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_team(State(app): State<App>, caller: Caller, Path(id): Path<TeamId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::TeamsManage)?.clone();
    let now = app.now();
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            found(store::find(tx, id)?, "team.not_found", "team")?;
            conversations::leave_team(tx, &actor, id, now)?;
            actions::delete(tx, &actor, id, now)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
