//! Routes of teams.

use super::model::{Available, MemberPresence, NewTeam, Team, TeamPatch};
use super::presence::{self, Chosen};
use super::{Sight, actions, store};
use crate::app::{App, found};
use crate::conversations;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path};
use crate::http::once::once;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::{Lane, Tx, params};
use kernel::actor::Permission;
use kernel::page::Page;
use kernel::{ChannelId, Error, MemberId, TeamId};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_teams, create_team))
        .routes(routes!(get_team, update_team, delete_team))
        .routes(routes!(list_presence))
        .routes(routes!(set_presence))
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
            once(tx, &actor, b.key.as_ref(), now, |tx| {
                channels_exist(tx, &b.body.channel_ids)?;
                actions::create(tx, ids.as_ref(), &actor, &b.body, now)
            })
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
    let team = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            channels_exist(tx, patch.channel_ids.as_deref().unwrap_or_default())?;
            actions::change(tx, &actor, id, &patch, now)
        })
        .await?;
    Ok(Json(team))
}

fn channels_exist(tx: &mut Tx<'_>, ids: &[ChannelId]) -> kernel::Result<()> {
    for id in ids {
        let there = crate::channels::find(tx, *id)?;
        there.ok_or_else(|| Error::field("channel_ids", "not_found", format!("There is no channel {id}.")))?;
    }
    Ok(())
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

/// Who is there, what they have open and how much they take.
#[utoipa::path(get, path = "/presence", tag = "teams", responses((status = 200, body = Page<MemberPresence>)))]
async fn list_presence(State(app): State<App>, caller: Caller) -> Result<Json<Page<MemberPresence>>, Problem> {
    let actor = caller.need(Permission::MembersRead)?.clone();
    let data = app.db.read(actor.workspace, move |tx| {
        let sees_all = Sight::of(tx, &actor)?.sees_all();
        shown(tx, sees_all)
    });
    Ok(Json(Page { data: data.await?, next_cursor: None }))
}

fn shown(tx: &mut Tx<'_>, loads: bool) -> kernel::Result<Vec<MemberPresence>> {
    let mut rows: HashMap<MemberId, _> =
        presence::all(tx)?.into_iter().map(|(id, status, chosen, since)| (id, (status, chosen, since))).collect();
    let open: HashMap<MemberId, i64> = tx
        .query(
            "SELECT assignee_id, COUNT(*) FROM conversations WHERE bucket = 'open' AND deleted_at IS NULL AND assignee_id IS NOT NULL GROUP BY assignee_id",
            params![],
            |r| Ok((r.next()?, r.next()?)),
        )?
        .into_iter()
        .collect();
    let capacity = crate::people::roles::capacities(tx)?;
    let members = crate::people::all_members(tx)?.into_iter().filter(|m| m.active);
    Ok(members
        .map(|m| {
            let (status, chosen, since) = match rows.remove(&m.id) {
                Some((status, chosen, since)) => (status, chosen, Some(since)),
                None => (Available::Offline, "auto", None),
            };
            MemberPresence {
                member_id: m.id,
                status,
                chosen: chosen.to_owned(),
                since,
                open: loads.then(|| open.get(&m.id).copied().unwrap_or(0)),
                capacity: capacity.get(&m.id).copied(),
            }
        })
        .collect())
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct PresenceBody {
    /// `online` (as long as somebody is there), `away`, `busy`; without it, only a sign of life.
    status: Option<String>,
}

/// Says of oneself: online, away, busy. Who sits before a screen is online without it.
#[utoipa::path(put, path = "/me/presence", tag = "me", request_body = PresenceBody, responses((status = 204)))]
async fn set_presence(State(app): State<App>, caller: Caller, Body(b): Body<PresenceBody>) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::ConversationsRead)?.clone();
    let member = found(actor.member(), "member.not_found", "member")?;
    let chosen = match b.status.as_deref() {
        None => None,
        Some("online") => Some(Chosen::Auto),
        Some("away") => Some(Chosen::Away),
        Some("busy") => Some(Chosen::Busy),
        Some(_) => return Err(Error::field("status", "not_an_option", "Choose one of: online, away, busy.").into()),
    };
    let now = app.now();
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| match chosen {
            Some(chosen) => presence::choose(tx, member, chosen, now),
            None => presence::active(tx, member, now),
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
