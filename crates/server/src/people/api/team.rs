//! The workspace, its members, and invitations to it.

use super::ListQuery;
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path, Query};
use crate::people::members::Change;
use crate::people::model::{Invitation, Member, Workspace, WorkspacePatch};
use crate::people::roles::{Granted, Visibility};
use crate::people::{invitations, members, workspaces};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::actor::Permission;
use kernel::page::Page;
use kernel::{ChannelId, Error, InvitationId, MemberId, Role};
use serde::Deserialize;

/// The workspace's settings and plan; every member may read them.
#[utoipa::path(get, path = "/workspace", tag = "workspace", responses((status = 200, body = Workspace)))]
pub(super) async fn get_workspace(State(app): State<App>, Caller(actor): Caller) -> Result<Json<Workspace>, Problem> {
    Ok(Json(workspaces::workspace(&app, actor.workspace).await?.as_ref().into()))
}

/// Changes the settings that are named.
#[utoipa::path(patch, path = "/workspace", tag = "workspace", request_body = WorkspacePatch, responses((status = 200, body = Workspace)))]
pub(super) async fn update_workspace(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<WorkspacePatch>,
) -> Result<Json<Workspace>, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?;
    Ok(Json(workspaces::change(&app, actor, body).await?.as_ref().into()))
}

/// Members, first joined first; those who left are there with `active` false.
#[utoipa::path(get, path = "/members", tag = "members", params(ListQuery), responses((status = 200, body = Page<Member>)))]
pub(super) async fn list_members(
    State(app): State<App>,
    caller: Caller,
    Query(q): Query<ListQuery>,
) -> Result<Json<Page<Member>>, Problem> {
    let actor = caller.need(Permission::MembersRead)?;
    Ok(Json(members::page(&app, actor, q.limit, q.cursor.as_deref()).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct MemberPatch {
    role: Option<Role>,
    /// False ends the member's sessions and API tokens at once.
    active: Option<bool>,
    /// `own`, `own_unassigned`, `team`, `inbox`, `all`; `role`: as the role says.
    visibility: Option<String>,
    /// For `inbox`.
    #[schema(value_type = Option<Vec<String>>)]
    channel_ids: Option<Vec<ChannelId>>,
    /// Open conversations that are given to them at most; 0: no limit.
    capacity: Option<i64>,
}
impl MemberPatch {
    fn change(self) -> Result<Change, Error> {
        let granted = match (self.visibility.as_deref(), self.channel_ids) {
            (None, None) => None,
            (Some("role"), _) => Some(None),
            (None, Some(channels)) => Some(Some(Granted { visibility: Visibility::Inbox, channels })),
            (Some(word), channels) => {
                let visibility = Visibility::parse(word).ok_or_else(|| {
                    Error::field("visibility", "not_an_option", "Choose one of: own, own_unassigned, team, inbox, all, role.")
                })?;
                Some(Some(Granted { visibility, channels: channels.unwrap_or_default() }))
            }
        };
        let capacity = self.capacity.map(|n| Some(n).filter(|n| *n != 0));
        Ok(Change { role: self.role, active: self.active, granted, capacity })
    }
}

/// Changes a role, what is seen, or ends or resumes a membership. 409 `member.last_owner`; 403 `role.beyond_yours`.
#[utoipa::path(patch, path = "/members/{id}", tag = "members", params(("id" = String, Path)), request_body = MemberPatch,
    responses((status = 200, body = Member)))]
pub(super) async fn update_member(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
    Body(body): Body<MemberPatch>,
) -> Result<Json<Member>, Problem> {
    let actor = caller.need(Permission::MembersManage)?;
    Ok(Json(members::change(&app, actor, id, body.change()?).await?))
}

/// Invitations that can still be accepted, newest first.
#[utoipa::path(get, path = "/invitations", tag = "invitations", params(ListQuery), responses((status = 200, body = Page<Invitation>)))]
pub(super) async fn list_invitations(
    State(app): State<App>,
    caller: Caller,
    Query(q): Query<ListQuery>,
) -> Result<Json<Page<Invitation>>, Problem> {
    let actor = caller.need(Permission::MembersManage)?;
    Ok(Json(invitations::page(&app, actor, q.limit, q.cursor.as_deref()).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct InvitationBody {
    role: Role,
    /// When given, only this address can accept.
    email: Option<String>,
}

/// A link that lets one person join.
#[utoipa::path(post, path = "/invitations", tag = "invitations", request_body = InvitationBody, responses((status = 201, body = Invitation)))]
pub(super) async fn create_invitation(
    State(app): State<App>,
    caller: Caller,
    Keyed { body, key }: Keyed<InvitationBody>,
) -> Result<(StatusCode, Json<Invitation>), Problem> {
    let actor = caller.need(Permission::MembersManage)?;
    let invitation = invitations::create(&app, actor, body.role, body.email, key.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(invitation)))
}

/// Withdraws an invitation.
#[utoipa::path(delete, path = "/invitations/{id}", tag = "invitations", params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn delete_invitation(State(app): State<App>, caller: Caller, Path(id): Path<InvitationId>) -> Result<StatusCode, Problem> {
    invitations::delete(&app, caller.need(Permission::MembersManage)?, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
