//! Every SQL text about teams.

use super::model::{Distribution, Settings, Team};
use db::{Row, Tx, params};
use kernel::time::Millis;
use kernel::{ChannelId, Error, MemberId, Result, TeamId};
use std::collections::HashMap;

const COLUMNS: &str = "id, name, hue, icon, created_at, updated_at, distribution, only_available, sticky, capacity, reassign_minutes";

fn read(r: &Row<'_>) -> Result<Team> {
    Ok(Team {
        id: r.next()?,
        name: r.next()?,
        hue: r.next()?,
        icon: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
        settings: Settings {
            distribution: Distribution::parse(&r.next::<String>()?),
            only_available: r.next()?,
            sticky: r.next()?,
            capacity: r.next()?,
            reassign_minutes: r.next()?,
        },
        member_ids: Vec::new(),
        channel_ids: Vec::new(),
    })
}

pub fn find(tx: &mut Tx<'_>, id: TeamId) -> Result<Option<Team>> {
    let team = tx.opt(&format!("SELECT {COLUMNS} FROM teams WHERE id = $1"), params![id], read)?;
    let Some(mut team) = team else { return Ok(None) };
    team.member_ids = members(tx, id)?;
    team.channel_ids = channels(tx, id)?;
    Ok(Some(team))
}

pub fn name_of(tx: &mut Tx<'_>, id: TeamId) -> Result<Option<String>> {
    tx.opt("SELECT name FROM teams WHERE id = $1", params![id], |r| r.get(0))
}

/// Names by id.
pub fn names(tx: &mut Tx<'_>) -> Result<HashMap<TeamId, String>> {
    Ok(tx.query("SELECT id, name FROM teams", params![], |r| Ok((r.next()?, r.next()?)))?.into_iter().collect())
}

/// By name; a workspace has at most [`MOST`].
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Team>> {
    let mut teams = tx.query(&format!("SELECT {COLUMNS} FROM teams ORDER BY name_key, id"), params![], read)?;
    let mut members: HashMap<TeamId, Vec<MemberId>> = HashMap::new();
    let rows =
        tx.query("SELECT team_id, member_id FROM team_members ORDER BY added_at, member_id", params![], |r| Ok((r.next()?, r.next()?)))?;
    for (team, member) in rows {
        members.entry(team).or_default().push(member);
    }
    let mut channels: HashMap<TeamId, Vec<ChannelId>> = HashMap::new();
    let rows = tx.query("SELECT team_id, channel_id FROM channel_teams ORDER BY channel_id", params![], |r| Ok((r.next()?, r.next()?)))?;
    for (team, channel) in rows {
        channels.entry(team).or_default().push(channel);
    }
    for t in &mut teams {
        t.member_ids = members.remove(&t.id).unwrap_or_default();
        t.channel_ids = channels.remove(&t.id).unwrap_or_default();
    }
    Ok(teams)
}

/// Teams of one workspace.
pub const MOST: i64 = 200;
pub fn count(tx: &mut Tx<'_>) -> Result<i64> {
    tx.number("SELECT COUNT(*) FROM teams", params![])
}

/// How many there are, of how many there may be.
pub fn limit(tx: &mut Tx<'_>) -> Result<(i64, i64)> {
    Ok((count(tx)?, MOST))
}

pub fn members(tx: &mut Tx<'_>, team: TeamId) -> Result<Vec<MemberId>> {
    tx.query("SELECT member_id FROM team_members WHERE team_id = $1 ORDER BY added_at, member_id", params![team], |r| r.get(0))
}

/// The teams a member belongs to.
pub fn of_member(tx: &mut Tx<'_>, member: MemberId) -> Result<Vec<TeamId>> {
    tx.query("SELECT team_id FROM team_members WHERE member_id = $1 ORDER BY team_id", params![member], |r| r.get(0))
}

fn taken(error: Error) -> Error {
    if error.code == "storage.unique" { Error::field("name", "taken", "There is a team of this name already.") } else { error }
}

pub fn insert(tx: &mut Tx<'_>, t: &Team) -> Result<()> {
    tx.exec(
        "INSERT INTO teams (id, name, name_key, hue, icon, created_at, updated_at, distribution, only_available, sticky, capacity, reassign_minutes) \
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11)",
        params![
            t.id,
            &t.name,
            t.name.to_lowercase(),
            t.hue,
            &t.icon,
            t.created_at,
            t.settings.distribution.as_str(),
            t.settings.only_available,
            t.settings.sticky,
            t.settings.capacity,
            t.settings.reassign_minutes
        ],
    )
    .map(drop)
    .map_err(taken)
}

pub fn update(tx: &mut Tx<'_>, t: &Team) -> Result<()> {
    tx.exec(
        "UPDATE teams SET name = $2, name_key = $3, hue = $4, icon = $5, updated_at = $6, distribution = $7, only_available = $8, \
         sticky = $9, capacity = $10, reassign_minutes = $11 WHERE id = $1",
        params![
            t.id,
            &t.name,
            t.name.to_lowercase(),
            t.hue,
            &t.icon,
            t.updated_at,
            t.settings.distribution.as_str(),
            t.settings.only_available,
            t.settings.sticky,
            t.settings.capacity,
            t.settings.reassign_minutes
        ],
    )
    .map(drop)
    .map_err(taken)
}

pub fn add_member(tx: &mut Tx<'_>, team: TeamId, member: MemberId, now: Millis) -> Result<bool> {
    let sql = "INSERT INTO team_members (team_id, member_id, added_at, turn) VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING";
    Ok(tx.exec(sql, params![team, member, now])? > 0)
}

pub fn remove_member(tx: &mut Tx<'_>, team: TeamId, member: MemberId) -> Result<bool> {
    Ok(tx.exec("DELETE FROM team_members WHERE team_id = $1 AND member_id = $2", params![team, member])? > 0)
}

pub fn delete(tx: &mut Tx<'_>, team: TeamId) -> Result<()> {
    tx.exec("DELETE FROM team_members WHERE team_id = $1", params![team])?;
    tx.exec("DELETE FROM channel_teams WHERE team_id = $1", params![team])?;
    tx.exec("DELETE FROM teams WHERE id = $1", params![team]).map(drop)
}

/// It was this member's turn.
pub fn took_turn(tx: &mut Tx<'_>, team: TeamId, member: MemberId) -> Result<()> {
    tx.exec(
        "UPDATE team_members SET turn = (SELECT MAX(t.turn) + 1 FROM team_members t WHERE t.team_id = $1) WHERE team_id = $1 AND member_id = $2",
        params![team, member],
    )
    .map(drop)
}

/// Whether any team gives conversations out or takes them back by itself.
pub fn any_gives_out(tx: &mut Tx<'_>) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM teams WHERE distribution <> 'manual' OR reassign_minutes IS NOT NULL";
    Ok(tx.number(sql, params![])? > 0)
}

// The team that a channel's conversations begin with

pub fn channels(tx: &mut Tx<'_>, team: TeamId) -> Result<Vec<ChannelId>> {
    tx.query("SELECT channel_id FROM channel_teams WHERE team_id = $1 ORDER BY channel_id", params![team], |r| r.get(0))
}

pub fn of_channel(tx: &mut Tx<'_>, channel: ChannelId) -> Result<Option<TeamId>> {
    tx.opt("SELECT team_id FROM channel_teams WHERE channel_id = $1", params![channel], |r| r.get(0))
}

pub fn set_channels(tx: &mut Tx<'_>, team: TeamId, channels: &[ChannelId]) -> Result<()> {
    tx.exec("DELETE FROM channel_teams WHERE team_id = $1", params![team])?;
    for channel in channels {
        tx.exec(
            "INSERT INTO channel_teams (channel_id, team_id) VALUES ($1, $2) ON CONFLICT (channel_id) DO UPDATE SET team_id = excluded.team_id",
            params![channel, team],
        )?;
    }
    Ok(())
}
