//! The verbs on teams.

use super::model::{ICONS, NewTeam, Settings, Team, TeamPatch};
use super::store;
use crate::audit::{self, Act};
use db::Tx;
use kernel::event::NewEvent;
use kernel::id::new_id;
use kernel::time::Millis;
use kernel::{Actor, ChannelId, Error, Ids, MemberId, Result, TeamId};
use serde_json::json;

fn name(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 60 || text.chars().any(char::is_control) {
        return Err(Error::field("name", "invalid", "A team has a name of 1 to 60 characters, on one line."));
    }
    Ok(text.to_owned())
}
fn hue(hue: i64) -> Result<i64> {
    if (0..360).contains(&hue) { Ok(hue) } else { Err(Error::field("hue", "out_of_range", "A hue is 0 to 359 degrees.")) }
}
fn icon(word: &str) -> Result<String> {
    match ICONS.contains(&word) {
        true => Ok(word.to_owned()),
        false => Err(Error::field("icon", "not_an_option", format!("Choose one of: {}.", ICONS.join(", ")))),
    }
}

pub fn create(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, new: &NewTeam, now: Millis) -> Result<Team> {
    if store::count(tx)? >= store::MOST {
        return Err(Error::conflict("team.too_many", format!("A workspace has at most {} teams.", store::MOST)));
    }
    let name = name(&new.name)?;
    let chosen = name.bytes().fold(7u32, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b))) % 12 * 30;
    let team = Team {
        id: new_id(ids, now),
        name,
        hue: hue(new.hue.unwrap_or(i64::from(chosen)))?,
        icon: icon(new.icon.as_deref().unwrap_or("users"))?,
        settings: settings(
            Settings::default(),
            &TeamPatch {
                distribution: new.distribution,
                only_available: new.only_available,
                sticky: new.sticky,
                capacity: new.capacity,
                reassign_minutes: new.reassign_minutes,
                ..Default::default()
            },
        )?,
        member_ids: Vec::new(),
        channel_ids: Vec::new(),
        created_at: now,
        updated_at: now,
    };
    store::insert(tx, &team)?;
    tx.emit(NewEvent::new("team.created", actor.label(), now).payload(json!({ "team_id": team.id })));
    audit::note(tx, actor, &Act::new("team.created", team.id).named(&team.name).after(json!(new)), now)?;
    set_members(tx, actor, team.id, &new.member_ids, now)?;
    set_channels(tx, actor, team.id, &[], &new.channel_ids)?;
    tx.wake("routing");
    crate::app::found(store::find(tx, team.id)?, "team.not_found", "team")
}

pub fn change(tx: &mut Tx<'_>, actor: &Actor, id: TeamId, patch: &TeamPatch, now: Millis) -> Result<Team> {
    let before = crate::app::found(store::find(tx, id)?, "team.not_found", "team")?;
    let after = Team {
        name: patch.name.as_deref().map(name).transpose()?.unwrap_or_else(|| before.name.clone()),
        hue: patch.hue.map(hue).transpose()?.unwrap_or(before.hue),
        icon: patch.icon.as_deref().map(icon).transpose()?.unwrap_or_else(|| before.icon.clone()),
        settings: settings(before.settings, patch)?,
        updated_at: now,
        ..before.clone()
    };
    if (Team { updated_at: before.updated_at, ..after.clone() }) != before {
        store::update(tx, &after)?;
        tx.emit(NewEvent::new("team.updated", actor.label(), now).payload(json!({ "team_id": id })));
    }
    if let Some(members) = &patch.member_ids {
        set_members(tx, actor, id, members, now)?;
    }
    if let Some(channels) = patch.channel_ids.as_ref().filter(|c| **c != before.channel_ids) {
        set_channels(tx, actor, id, &before.channel_ids, channels)?;
        tx.emit(NewEvent::new("team.updated", actor.label(), now).payload(json!({ "team_id": id })));
    }
    // Whoever waits may find somebody now.
    tx.wake("routing");
    let after = crate::app::found(store::find(tx, id)?, "team.not_found", "team")?;
    audit::note(tx, actor, &Act::new("team.updated", id).named(&after.name).changed(json!(before), json!(after)), now)?;
    Ok(after)
}

fn settings(before: Settings, p: &TeamPatch) -> Result<Settings> {
    let number = |field: &str, asked: Option<i64>, most: i64, before: Option<i64>| match asked {
        None => Ok(before),
        Some(0) => Ok(None),
        Some(n) if (1..=most).contains(&n) => Ok(Some(n)),
        Some(_) => Err(Error::field(field, "out_of_range", format!("Give a number from 1 to {most}, or 0 for none."))),
    };
    Ok(Settings {
        distribution: p.distribution.unwrap_or(before.distribution),
        only_available: p.only_available.unwrap_or(before.only_available),
        sticky: p.sticky.unwrap_or(before.sticky),
        capacity: number("capacity", p.capacity, 1_000, before.capacity)?,
        reassign_minutes: number("reassign_minutes", p.reassign_minutes, 10_080, before.reassign_minutes)?,
    })
}

/// Conversations of these channels begin with this team.
fn set_channels(tx: &mut Tx<'_>, actor: &Actor, id: TeamId, before: &[ChannelId], wanted: &[ChannelId]) -> Result<()> {
    if wanted.len() > 200 {
        return Err(Error::field("channel_ids", "too_many", "Choose at most 200 channels."));
    }
    let own = match actor.member() {
        Some(me) => store::members(tx, id)?.contains(&me),
        None => false,
    };
    if own && wanted.iter().any(|c| !before.contains(c)) {
        crate::people::roles::may_widen_own_team(tx, actor)?;
    }
    store::set_channels(tx, id, wanted)
}

/// Makes these the team's members, no others.
fn set_members(tx: &mut Tx<'_>, actor: &Actor, id: TeamId, wanted: &[MemberId], now: Millis) -> Result<()> {
    if wanted.len() > 1_000 {
        return Err(Error::field("member_ids", "too_many", "A team has at most 1,000 members."));
    }
    let before = store::members(tx, id)?;
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for member in wanted.iter().filter(|m| !before.contains(m)) {
        let known = crate::people::member(tx, *member)?.is_some_and(|m| m.active);
        if !known {
            return Err(Error::field("member_ids", "not_found", format!("There is no active member {member}.")));
        }
        if actor.member() == Some(*member) {
            crate::people::roles::may_widen_own_team(tx, actor)?;
        }
        if store::add_member(tx, id, *member, now)? {
            added.push(*member);
        }
    }
    for member in before.iter().filter(|m| !wanted.contains(m)) {
        if store::remove_member(tx, id, *member)? {
            removed.push(*member);
        }
    }
    if !added.is_empty() || !removed.is_empty() {
        let payload = json!({ "team_id": id, "added": added, "removed": removed });
        tx.emit(NewEvent::new("team.members_changed", actor.label(), now).payload(payload));
    }
    Ok(())
}

/// Removes the team; the caller has taken its conversations from it.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, id: TeamId, now: Millis) -> Result<()> {
    let before = store::find(tx, id)?;
    store::delete(tx, id)?;
    let name = before.as_ref().map(|t| t.name.clone()).unwrap_or_default();
    audit::note(tx, actor, &Act::new("team.deleted", id).named(name).before(json!(before)), now)?;
    tx.emit(NewEvent::new("team.deleted", actor.label(), now).payload(json!({ "team_id": id })));
    Ok(())
}
