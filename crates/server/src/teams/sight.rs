//! Who sees which conversation. A conversation has a seat: its channel, the member who has it, the team that has it. What a member sees
//! follows from the seat and from nothing else, so it can be asked as SQL over many rows, or of one seat at hand.

use super::store;
use crate::people::roles::{self, Granted, Visibility};
use db::{Tx, Value};
use kernel::event::Event;
use kernel::{Actor, ChannelId, MemberId, Result, Role, TeamId};
use serde::Serialize;

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    pub channel: ChannelId,
    pub assignee: Option<MemberId>,
    pub team: Option<TeamId>,
}

/// What one actor sees.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sight {
    visibility: Visibility,
    me: Option<MemberId>,
    teams: Vec<TeamId>,
    channels: Vec<ChannelId>,
    /// Who looks with another's eyes sees what both see.
    also: Option<Box<Sight>>,
}

/// Why a conversation is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum WhySeen {
    /// The role sees everything.
    All,
    Assigned,
    Unassigned,
    Team {
        #[schema(value_type = String)]
        team_id: TeamId,
    },
    /// The channel is one of those chosen.
    Channel,
}

impl Sight {
    pub fn all() -> Self {
        Self { visibility: Visibility::All, me: None, teams: Vec::new(), channels: Vec::new(), also: None }
    }

    /// What the actor sees at this moment.
    pub fn of(tx: &mut Tx<'_>, actor: &Actor) -> Result<Self> {
        let Some(member) = actor.member() else { return Ok(Self::all()) };
        let mut sight = Self::of_member(tx, member, actor.role)?;
        if let Some(admin) = actor.previewed_by {
            let role = crate::people::member(tx, admin)?.map_or(Role::Viewer, |m| m.role);
            sight.also = Some(Box::new(Self::of_member(tx, admin, role)?));
        }
        Ok(sight)
    }

    /// What a member of this role sees.
    pub fn of_member(tx: &mut Tx<'_>, member: MemberId, role: Role) -> Result<Self> {
        if role.sees_all() {
            return Ok(Self::all());
        }
        let granted = match roles::own_grant(tx, member)? {
            Some(own) => own,
            None => roles::granted(tx, role)?,
        };
        let teams = if granted.visibility == Visibility::Team { store::of_member(tx, member)? } else { Vec::new() };
        Ok(Self::new(granted, member, teams))
    }

    fn new(granted: Granted, member: MemberId, teams: Vec<TeamId>) -> Self {
        Self { visibility: granted.visibility, me: Some(member), teams, channels: granted.channels, also: None }
    }

    pub fn sees_all(&self) -> bool {
        self.visibility == Visibility::All && self.also.as_ref().is_none_or(|a| a.sees_all())
    }

    /// Whether a conversation that stands there is seen.
    pub fn sees(&self, seat: &Seat) -> bool {
        self.why(seat).is_some() && self.also.as_ref().is_none_or(|a| a.sees(seat))
    }

    /// The first reason why it is seen.
    pub fn why(&self, seat: &Seat) -> Option<WhySeen> {
        let mine = seat.assignee.is_some() && seat.assignee == self.me;
        match self.visibility {
            Visibility::All => Some(WhySeen::All),
            Visibility::Inbox => self.channels.contains(&seat.channel).then_some(WhySeen::Channel),
            _ if mine => Some(WhySeen::Assigned),
            Visibility::Own => None,
            Visibility::OwnUnassigned => seat.assignee.is_none().then_some(WhySeen::Unassigned),
            Visibility::Team => seat.team.filter(|t| self.teams.contains(t)).map(|team_id| WhySeen::Team { team_id }),
        }
    }

    /// The same as a condition on a row of `conversations` under this alias; `None` when everything is seen.
    pub fn condition(&self, alias: &str, args: &mut Vec<Value<'static>>) -> Option<String> {
        let own = match self.visibility {
            Visibility::All => None,
            Visibility::Own => Some(self.mine(alias, args)),
            Visibility::OwnUnassigned => Some(format!("({alias}.assignee_id IS NULL OR {})", self.mine(alias, args))),
            Visibility::Team => match among(&format!("{alias}.team_id"), &self.teams, args) {
                Some(teams) => Some(format!("({teams} OR {})", self.mine(alias, args))),
                None => Some(self.mine(alias, args)),
            },
            Visibility::Inbox => Some(among(&format!("{alias}.channel_id"), &self.channels, args).unwrap_or_else(|| "FALSE".into())),
        };
        let also = self.also.as_ref().and_then(|a| a.condition(alias, args));
        match (own, also) {
            (Some(a), Some(b)) => Some(format!("({a} AND {b})")),
            (a, b) => a.or(b),
        }
    }

    fn mine(&self, alias: &str, args: &mut Vec<Value<'static>>) -> String {
        args.push(Value::from(self.me));
        format!("{alias}.assignee_id = ${}", args.len())
    }

    /// The same ready to stand behind a `WHERE …`: empty, or ` AND (…)`.
    pub fn and(&self, alias: &str, args: &mut Vec<Value<'static>>) -> String {
        self.condition(alias, args).map(|c| format!(" AND {c}")).unwrap_or_default()
    }
}

fn among<K: kernel::id::Kind>(column: &str, ids: &[kernel::Id<K>], args: &mut Vec<Value<'static>>) -> Option<String> {
    if ids.is_empty() {
        return None;
    }
    let marks: Vec<String> = ids
        .iter()
        .map(|id| {
            args.push(Value::from(*id));
            format!("${}", args.len())
        })
        .collect();
    Some(format!("{column} IN ({})", marks.join(", ")))
}

/// Whether after this event the member may see something else than before.
pub fn is_about_sight(e: &Event, actor: &Actor) -> bool {
    let id = |name: &str| e.payload[name].as_str().and_then(|t| t.parse::<MemberId>().ok());
    let concerned = |id: Option<MemberId>| id.is_some() && (id == actor.member() || id == actor.previewed_by);
    match e.kind.as_str() {
        "member.updated" | "member.access_changed" => concerned(id("member_id")),
        "role.updated" | "role.deleted" => true,
        "team.deleted" => true,
        "team.members_changed" => {
            let listed = |name: &str| e.payload[name].as_array().into_iter().flatten().filter_map(|v| v.as_str()?.parse().ok());
            listed("added").chain(listed("removed")).any(|m| concerned(Some(m)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SystemIds, id::new_id};

    #[test]
    fn each_word_shows_what_it_says() {
        let (me, other): (MemberId, MemberId) = (new_id(&SystemIds, 0), new_id(&SystemIds, 0));
        let (here, there): (ChannelId, ChannelId) = (new_id(&SystemIds, 0), new_id(&SystemIds, 0));
        let (ours, theirs): (TeamId, TeamId) = (new_id(&SystemIds, 0), new_id(&SystemIds, 0));
        let sight = |visibility| Sight::new(Granted { visibility, channels: vec![here] }, me, vec![ours]);
        let seen = |visibility, channel, assignee, team| sight(visibility).sees(&Seat { channel, assignee, team });
        use Visibility::*;
        assert!(seen(Own, there, Some(me), None) && !seen(Own, here, None, Some(ours)) && !seen(Own, here, Some(other), None));
        assert!(seen(OwnUnassigned, there, None, Some(theirs)) && !seen(OwnUnassigned, here, Some(other), Some(ours)));
        assert!(seen(Team, there, Some(other), Some(ours)) && seen(Team, there, Some(me), Some(theirs)));
        assert!(!seen(Team, here, None, None) && !seen(Team, here, Some(other), Some(theirs)));
        assert!(seen(Inbox, here, Some(other), Some(theirs)) && !seen(Inbox, there, Some(me), Some(ours)));
        assert!(seen(All, there, Some(other), None));
        let both = Sight { also: Some(Box::new(sight(Own))), ..sight(Inbox) };
        assert!(both.sees(&Seat { channel: here, assignee: Some(me), team: None }));
        assert!(!both.sees(&Seat { channel: here, assignee: Some(other), team: None }));
    }
}
