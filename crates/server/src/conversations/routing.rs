//! Giving conversations to people: who of a team gets one, and what happens when they go away. All of it is decided inside the write
//! that changes it, and a workspace's writes come one after the other, so two conversations never reach for the same last place.

use super::seats::{self, How};
use super::store;
use crate::people::roles;
use crate::teams::{self, Available, Distribution, Seat, presence};
use db::{Tx, params};
use kernel::time::{MINUTE, Millis};
use kernel::{ContactId, ConversationId, MemberId, Result, Role, TeamId};

/// Waiting conversations that are looked at in one round; more wait for the next.
const ROUND: i64 = 200;

/// A customer wrote. Without anybody who has it, the conversation goes to its team, or to the one that its channel's conversations begin
/// with; and to a member of that team, if the team gives them out.
pub fn arrive(tx: &mut Tx<'_>, id: ConversationId, now: Millis) -> Result<()> {
    let Some(c) = store::find(tx, id)? else { return Ok(()) };
    if c.assignee_id.is_some() {
        // Whoever has it may have been away for long.
        return if teams::any_gives_out(tx)? { absent(tx, now) } else { Ok(()) };
    }
    let before = c.seat();
    let Some(team) = before.team.map_or_else(|| teams::of_channel(tx, c.channel_id), |t| Ok(Some(t)))? else { return Ok(()) };
    let seat = Seat { team: Some(team), ..before };
    let (assignee, how) = choose(tx, team, &seat, c.contact_id, None)?.map_or((None, How::Channel), |(m, how)| (Some(m), how));
    let after = Seat { assignee, ..seat };
    if after == before { Ok(()) } else { seats::settle(tx, "system", id, before, after, how, now) }
}

/// A member as far as giving work goes.
struct Candidate {
    member: MemberId,
    role: Role,
    status: Available,
    turn: i64,
    capacity: Option<i64>,
    open: i64,
}

impl Candidate {
    fn has_room(&self, of_team: Option<i64>) -> bool {
        [self.capacity, of_team].into_iter().flatten().min().is_none_or(|most| self.open < most)
    }
}

fn candidates(tx: &mut Tx<'_>, team: TeamId) -> Result<Vec<Candidate>> {
    let capacity = roles::capacities(tx)?;
    tx.query(
        "SELECT t.member_id, m.role, COALESCE(p.status, 'offline'), t.turn, (SELECT COUNT(*) FROM conversations c \
         WHERE c.assignee_id = t.member_id AND c.bucket = 'open' AND c.deleted_at IS NULL) \
         FROM team_members t JOIN members m ON m.id = t.member_id AND m.active = TRUE LEFT JOIN member_presence p ON p.member_id = t.member_id \
         WHERE t.team_id = $1 ORDER BY t.turn, t.added_at, t.member_id",
        params![team],
        |r| {
            let member = r.next()?;
            let role = Role::parse(&r.next::<String>()?).unwrap_or(Role::Viewer);
            let status = Available::parse(&r.next::<String>()?);
            Ok(Candidate { member, role, status, turn: r.next()?, open: r.next()?, capacity: capacity.get(&member).copied() })
        },
    )
}

/// Who of the team gets a conversation that stands there: nobody who cannot see it or work on it, who is not there, or has no room.
pub fn choose(
    tx: &mut Tx<'_>,
    team: TeamId,
    seat: &Seat,
    contact: Option<ContactId>,
    but: Option<MemberId>,
) -> Result<Option<(MemberId, How)>> {
    let Some(settings) = teams::find(tx, team)?.map(|t| t.settings) else { return Ok(None) };
    let how = match settings.distribution {
        Distribution::Manual => return Ok(None),
        Distribution::RoundRobin => How::RoundRobin,
        Distribution::Load => How::Load,
    };
    let mut able = candidates(tx, team)?;
    able.retain(|c| {
        let there = !settings.only_available || c.status == Available::Online;
        there && Some(c.member) != but && c.has_room(settings.capacity)
    });
    if how == How::Load {
        able.sort_by_key(|c| (c.open, c.turn));
    }
    if but.is_some() {
        // In place of somebody who is away: those who are there go first.
        able.sort_by_key(|c| c.status != Available::Online);
    }
    let last = if settings.sticky { spoke_last(tx, contact)? } else { Vec::new() };
    let known = last.iter().find_map(|m| able.iter().position(|c| c.member == *m));
    let order = known.map(|at| (at, How::Sticky)).into_iter().chain((0..able.len()).map(|at| (at, how)));
    for (at, how) in order {
        let c = &able[at];
        if seats::can_have(tx, c.member, c.role, &Seat { assignee: Some(c.member), ..*seat })? {
            teams::took_turn(tx, team, c.member)?;
            return Ok(Some((c.member, how)));
        }
    }
    Ok(None)
}

/// Who had conversations with this person, the last one first.
fn spoke_last(tx: &mut Tx<'_>, contact: Option<ContactId>) -> Result<Vec<MemberId>> {
    let Some(contact) = contact else { return Ok(Vec::new()) };
    tx.query(
        "SELECT a.member_id, MAX(a.started_at) FROM assignments a JOIN conversations c ON c.id = a.conversation_id \
         WHERE c.contact_id = $1 AND a.member_id IS NOT NULL GROUP BY a.member_id ORDER BY 2 DESC LIMIT 5",
        params![contact],
        |r| r.next(),
    )
}

/// Presence that runs out, conversations of those who are away, and what waits for somebody with room.
pub fn round(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    presence::settle(tx, now)?;
    if !teams::any_gives_out(tx)? {
        return Ok(());
    }
    absent(tx, now)?;
    waiting(tx, now)
}

/// Who is away does not keep customers waiting: after the team's time the conversation goes to somebody else, or back to the team.
fn absent(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    let rows: Vec<ConversationId> = tx.query(
        &format!("SELECT c.id {ABSENT} AND {AWAY_SINCE} + t.reassign_minutes * $2 <= $1 LIMIT $3"),
        params![now, MINUTE, ROUND],
        |r| r.get(0),
    )?;
    for id in rows {
        let Some(c) = store::find(tx, id)? else { continue };
        let (before, Some(team)) = (c.seat(), c.team_id) else { continue };
        let free = Seat { assignee: None, ..before };
        let (assignee, how) = choose(tx, team, &free, c.contact_id, before.assignee)?.map_or((None, How::Away), |(m, how)| (Some(m), how));
        seats::settle(tx, "system", id, before, Seat { assignee, ..before }, how, now)?;
    }
    Ok(())
}

/// Open conversations in which a customer waits for somebody who is away.
const ABSENT: &str = "FROM conversations c JOIN teams t ON t.id = c.team_id AND t.reassign_minutes IS NOT NULL \
    JOIN members m ON m.id = c.assignee_id LEFT JOIN member_presence p ON p.member_id = c.assignee_id \
    LEFT JOIN assignments a ON a.conversation_id = c.id AND a.ended_at IS NULL \
    WHERE c.bucket = 'open' AND c.deleted_at IS NULL AND c.waiting_since IS NOT NULL \
    AND (m.active = FALSE OR COALESCE(p.status, 'offline') IN ('away', 'offline'))";
/// Since when, but no longer than they have had it: given to somebody who is away, it stays with them for the team's time. Otherwise two
/// who are away would hand it to and fro without end. Who has left the workspace has been away for ever, and gets nothing.
const AWAY_SINCE: &str = "CASE WHEN NOT m.active THEN 0 WHEN COALESCE(a.started_at, 0) > COALESCE(p.since, 0) THEN a.started_at \
    ELSE COALESCE(p.since, 0) END";

/// What belongs to a team and to nobody in it, longest waiting first.
fn waiting(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    let teams: Vec<TeamId> = tx.query("SELECT id FROM teams WHERE distribution <> 'manual' ORDER BY id", params![], |r| r.get(0))?;
    for team in teams {
        let rows: Vec<ConversationId> = tx.query(
            "SELECT id FROM conversations WHERE team_id = $1 AND assignee_id IS NULL AND bucket = 'open' AND deleted_at IS NULL \
             AND waiting_since IS NOT NULL ORDER BY waiting_since, id LIMIT $2",
            params![team, ROUND],
            |r| r.get(0),
        )?;
        for id in rows {
            let Some(c) = store::find(tx, id)? else { continue };
            let before = c.seat();
            // Nobody for this one may still be somebody for the next: channels differ in who sees them.
            let Some((member, how)) = choose(tx, team, &before, c.contact_id, None)? else { continue };
            seats::settle(tx, "system", id, before, Seat { assignee: Some(member), ..before }, how, now)?;
        }
    }
    Ok(())
}

/// Whether a round would find something to do now.
pub fn waits(tx: &mut Tx<'_>, now: Millis) -> Result<bool> {
    if next_due(tx, now)?.is_some_and(|at| at <= now) {
        return Ok(true);
    }
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM conversations c JOIN teams t ON t.id = c.team_id AND t.distribution <> 'manual' \
         WHERE c.assignee_id IS NULL AND c.bucket = 'open' AND c.deleted_at IS NULL AND c.waiting_since IS NOT NULL LIMIT 1) few";
    Ok(tx.number(sql, params![])? > 0)
}

/// When the next round has something to do by itself.
pub fn next_due(tx: &mut Tx<'_>, now: Millis) -> Result<Option<Millis>> {
    let gone = presence::next_due(tx, now)?;
    if !teams::any_gives_out(tx)? {
        return Ok(gone);
    }
    let away: Option<Millis> =
        tx.one(&format!("SELECT MIN({AWAY_SINCE} + t.reassign_minutes * $1) {ABSENT}"), params![MINUTE], |r| r.get(0))?;
    Ok([gone, away].into_iter().flatten().min())
}
