//! Who has a conversation: the member and the team. Every change of it goes through [`place`], in the caller's transaction.

use super::model::Conversation;
use super::{actions, routing};
use crate::teams::{self, Seat, Sight, WhySeen};
use db::{Tx, params};
use kernel::actor::Permission;
use kernel::event::NewEvent;
use kernel::message::Status;
use kernel::time::{Millis, wire, wire_opt};
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

/// How a conversation came to whoever has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Somebody gave it.
    Manual,
    /// Whoever answered first has it.
    Reply,
    /// Its channel's conversations begin with that team.
    Channel,
    RoundRobin,
    Load,
    /// They spoke with this person last.
    Sticky,
    /// Whoever had it went away.
    Away,
    /// Its team is gone.
    Team,
}
impl How {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Reply => "reply",
            Self::Channel => "channel",
            Self::RoundRobin => "round_robin",
            Self::Load => "load",
            Self::Sticky => "sticky",
            Self::Away => "away",
            Self::Team => "team",
        }
    }
}

/// Gives the conversation to somebody who may work on it and will see it. Given to a team without naming anybody, it stays with whoever
/// has it if they belong to that team; otherwise it is for the team to give out.
pub fn place(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, p: Placing, now: Millis) -> Result<()> {
    let before = c.seat();
    let mut after = Seat { assignee: p.assignee.unwrap_or(before.assignee), team: p.team.unwrap_or(before.team), ..before };
    let mut how = How::Manual;
    if let Some(team) = after.team.filter(|t| Some(*t) != before.team) {
        teams::name_of(tx, team)?.ok_or_else(|| Error::field("team_id", "not_found", "There is no such team."))?;
        if p.assignee.is_none() {
            let members = teams::members(tx, team)?;
            after.assignee = after.assignee.filter(|m| members.contains(m));
            if after.assignee.is_none()
                && let Some((member, chosen)) = routing::choose(tx, team, &after, c.contact_id, None)?
            {
                (after.assignee, how) = (Some(member), chosen);
            }
        }
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
    settle(tx, &actor.label(), c.id, before, after, how, now)?;
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

/// Writes the new seat down: in the row, in the history, and as an event.
pub fn settle(tx: &mut Tx<'_>, by: &str, id: ConversationId, before: Seat, after: Seat, how: How, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE conversations SET assignee_id = $2, team_id = $3, updated_at = $4 WHERE id = $1",
        params![id, after.assignee, after.team, now],
    )?;
    begin(tx, by, id, after, how, now)?;
    let payload = json!({
        "assignee_id": after.assignee, "before": before.assignee, "team_id": after.team, "team_before": before.team, "how": how.as_str(),
    });
    tx.emit(NewEvent::new("conversation.assigned", by, now).conversation(id).payload(payload));
    if before.assignee.is_some() || after.assignee.is_none() {
        free(tx)?;
    }
    Ok(())
}

/// The next row of who had it: the last one ends.
pub fn begin(tx: &mut Tx<'_>, by: &str, id: ConversationId, seat: Seat, how: How, now: Millis) -> Result<()> {
    tx.exec("UPDATE assignments SET ended_at = $2 WHERE conversation_id = $1 AND ended_at IS NULL", params![id, now])?;
    if seat.assignee.is_none() && seat.team.is_none() {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO assignments (conversation_id, n, member_id, team_id, how, actor, started_at, ended_at) \
         SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3, $4, $5, $6, NULL FROM assignments WHERE conversation_id = $1",
        params![id, seat.assignee, seat.team, how.as_str(), by, now],
    )
    .map(drop)
}

/// Somebody may have room now: what waits is looked at.
pub fn free(tx: &mut Tx<'_>) -> Result<()> {
    if teams::any_gives_out(tx)? {
        tx.wake("routing");
    }
    Ok(())
}

/// A team goes away: its conversations stay, without a team. The event is the team's own: screens fetch anew.
pub fn leave_team(tx: &mut Tx<'_>, actor: &Actor, team: TeamId, now: Millis) -> Result<()> {
    // Those who have one of them go on having it.
    tx.exec("UPDATE assignments SET ended_at = $2 WHERE ended_at IS NULL AND team_id = $1", params![team, now])?;
    tx.exec(
        "INSERT INTO assignments (conversation_id, n, member_id, team_id, how, actor, started_at, ended_at) \
         SELECT c.id, (SELECT COALESCE(MAX(a.n), 0) + 1 FROM assignments a WHERE a.conversation_id = c.id), c.assignee_id, NULL, $4, $2, $3, NULL \
         FROM conversations c WHERE c.team_id = $1 AND c.assignee_id IS NOT NULL",
        params![team, actor.label(), now, How::Team.as_str()],
    )?;
    tx.exec("UPDATE conversations SET team_id = NULL, updated_at = $2 WHERE team_id = $1", params![team, now]).map(drop)
}

/// One time that somebody had a conversation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Assignment {
    #[schema(value_type = Option<String>)]
    pub member_id: Option<MemberId>,
    pub member_name: Option<String>,
    #[schema(value_type = Option<String>)]
    pub team_id: Option<TeamId>,
    /// Null for teams that are gone.
    pub team_name: Option<String>,
    /// `manual`, `reply`, `channel`, `round_robin`, `load`, `sticky`, `away`, `team`.
    pub how: String,
    /// Who gave it: `user:mem_…`, `token:tok_…`, `system`.
    pub actor: String,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Millis,
    /// Null for who has it now.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Millis>,
    pub duration_ms: i64,
    #[serde(skip)]
    pub n: i64,
}

/// Who had it, newest first, before the number `before`.
pub fn assignments(tx: &mut Tx<'_>, id: ConversationId, before: i64, limit: i64, now: Millis) -> Result<Vec<Assignment>> {
    tx.query(
        "SELECT a.n, a.member_id, m.name, a.team_id, t.name, a.how, a.actor, a.started_at, a.ended_at FROM assignments a \
         LEFT JOIN members m ON m.id = a.member_id LEFT JOIN teams t ON t.id = a.team_id \
         WHERE a.conversation_id = $1 AND a.n < $2 ORDER BY a.n DESC LIMIT $3",
        params![id, before, limit],
        |r| {
            let n = r.next()?;
            let (member_id, member_name, team_id, team_name) = (r.next()?, r.next()?, r.next()?, r.next()?);
            let (how, actor, started_at): (String, String, Millis) = (r.next()?, r.next()?, r.next()?);
            let ended_at: Option<Millis> = r.next()?;
            let duration_ms = ended_at.unwrap_or(now) - started_at;
            Ok(Assignment { member_id, member_name, team_id, team_name, how, actor, started_at, ended_at, duration_ms, n })
        },
    )
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
