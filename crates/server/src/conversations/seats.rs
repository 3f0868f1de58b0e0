//! Who has a conversation: the member and the team. Every change of it goes through [`place`], in the caller's transaction.

use super::actions;
use super::model::Conversation;
use crate::teams::{self, Seat, Sight, WhySeen};
use db::{Tx, params};
use kernel::actor::Permission;
use kernel::event::NewEvent;
use kernel::message::Status;
use kernel::time::Millis;
use kernel::{Actor, ConversationId, Error, MemberId, Result, Role, TeamId};
use serde::Serialize;
use serde_json::json;

/// A change of who has a conversation; what is `None` stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Placing {
    pub assignee: Option<Option<MemberId>>,
    pub team: Option<Option<TeamId>>,
}
impl Placing {
    pub fn to(assignee: Option<MemberId>) -> Self {
        Self { assignee: Some(assignee), team: None }
    }
}

/// Where a conversation stands, deleted or not.
pub fn seat(tx: &mut Tx<'_>, id: ConversationId) -> Result<Option<Seat>> {
    tx.opt("SELECT channel_id, assignee_id, team_id FROM conversations WHERE id = $1", params![id], |r| {
        Ok(Seat { channel: r.next()?, assignee: r.next()?, team: r.next()? })
    })
}

/// Gives the conversation to somebody who may work on it and will see it.
pub fn place(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, p: Placing, now: Millis) -> Result<()> {
    let before = c.seat();
    let after = Seat { assignee: p.assignee.unwrap_or(before.assignee), team: p.team.unwrap_or(before.team), ..before };
    if let Some(team) = after.team.filter(|t| Some(*t) != before.team) {
        teams::name_of(tx, team)?.ok_or_else(|| Error::field("team_id", "not_found", "There is no such team."))?;
    }
    if let Some(id) = after.assignee.filter(|m| Some(*m) != before.assignee) {
        let member = crate::people::member(tx, id)?.filter(|m| m.active);
        let member = member.ok_or_else(|| Error::field("assignee_id", "not_found", "There is no such member."))?;
        if !can_have(tx, id, member.role, &after)? {
            return Err(Error::field("assignee_id", "cannot_see", format!("{} may not work on this conversation.", member.name)));
        }
    }
    if after == before {
        return Ok(());
    }
    settle(tx, actor, c.id, before, after, now)?;
    if c.status == Status::New && actor.member().is_some() {
        actions::set_status(tx, actor, c, Status::Open, None, now)?;
    }
    Ok(())
}

/// Whether a member of this role could work on a conversation that stands there.
pub fn can_have(tx: &mut Tx<'_>, member: MemberId, role: Role, seat: &Seat) -> Result<bool> {
    let may = crate::people::roles::permissions_in(tx, role)?;
    let works = may.has(Permission::ConversationsRead) && may.has(Permission::ConversationsWrite);
    Ok(works && Sight::of_member(tx, member, role)?.sees(seat))
}

/// Writes the new seat down, with its event.
pub fn settle(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, before: Seat, after: Seat, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE conversations SET assignee_id = $2, team_id = $3, updated_at = $4 WHERE id = $1",
        params![id, after.assignee, after.team, now],
    )?;
    let payload = json!({
        "assignee_id": after.assignee, "before": before.assignee, "team_id": after.team, "team_before": before.team,
    });
    tx.emit(NewEvent::new("conversation.assigned", actor.label(), now).conversation(id).payload(payload));
    Ok(())
}

/// A team goes away: its conversations stay, without a team. The event is the team's own: screens fetch anew.
pub fn leave_team(tx: &mut Tx<'_>, _actor: &Actor, team: TeamId, now: Millis) -> Result<()> {
    tx.exec("UPDATE conversations SET team_id = NULL, updated_at = $2 WHERE team_id = $1", params![team, now]).map(drop)
}

/// Somebody who sees a conversation, and why.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Seer {
    #[schema(value_type = String)]
    pub member_id: MemberId,
    pub name: String,
    pub role: Role,
    #[serde(flatten)]
    pub reason: WhySeen,
}

/// Every active member who sees a conversation that stands there, and may read conversations at all.
pub fn seers(tx: &mut Tx<'_>, seat: &Seat) -> Result<Vec<Seer>> {
    let mut out = Vec::new();
    for m in crate::people::all_members(tx)?.into_iter().filter(|m| m.active) {
        if !crate::people::roles::permissions_in(tx, m.role)?.has(Permission::ConversationsRead) {
            continue;
        }
        if let Some(reason) = Sight::of_member(tx, m.id, m.role)?.why(seat) {
            out.push(Seer { member_id: m.id, name: m.name, role: m.role, reason });
        }
    }
    Ok(out)
}
