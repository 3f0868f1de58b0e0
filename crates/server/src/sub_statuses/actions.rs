//! The verbs: name one, change it, remove it.

use super::model::{self, NewSubStatus, SubStatus, SubStatusPatch};
use super::store;
use crate::app::found;
use crate::audit::{self, Act};
use crate::teams::Sight;
use db::Tx;
use kernel::event::NewEvent;
use kernel::id::new_id;
use kernel::time::Millis;
use kernel::{Actor, Error, Ids, Result, SubStatusId};
use serde_json::json;

const MOST: usize = 100;

fn changed(tx: &mut Tx<'_>, actor: &Actor, now: Millis) {
    tx.emit(NewEvent::new("sub_statuses.updated", actor.label(), now));
}
fn check(s: &SubStatus) -> Result<()> {
    if s.name.is_empty() || s.name.chars().count() > 40 || s.name.chars().any(char::is_control) {
        return Err(Error::field("name", "invalid", "A name has 1 to 40 characters."));
    }
    if !(0..360).contains(&s.hue) {
        return Err(Error::field("hue", "out_of_range", "A hue is 0 to 359 degrees."));
    }
    Ok(())
}
fn taken() -> Error {
    Error::field("name", "taken", "There is one with this name below this status already.")
}

pub fn create(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, n: &NewSubStatus, now: Millis) -> Result<SubStatus> {
    let all = store::list(tx)?;
    if all.len() >= MOST {
        return Err(Error::conflict("sub_status.too_many", format!("There are at most {MOST} of them. Delete one first.")));
    }
    let status = model::base(n.status);
    if !model::has_some(status) {
        return Err(Error::field("status", "not_an_option", "Choose one of: open, pending, snoozed, resolved."));
    }
    let s = SubStatus {
        id: new_id(ids, now),
        name: n.name.trim().to_owned(),
        status,
        hue: n.hue.unwrap_or(210),
        position: all.iter().filter(|s| s.status == status).map(|s| s.position + 1).max().unwrap_or(0),
        archived: false,
        conversation_count: 0,
        created_at: now,
    };
    check(&s)?;
    if !store::insert(tx, &s)? {
        return Err(taken());
    }
    changed(tx, actor, now);
    audit::note(tx, actor, &Act::new("sub_status.created", s.id).named(&s.name).after(json!(s)), now)?;
    Ok(s)
}

pub fn change(tx: &mut Tx<'_>, actor: &Actor, id: SubStatusId, p: &SubStatusPatch, now: Millis) -> Result<SubStatus> {
    let before = found(store::find(tx, id)?, "sub_status.not_found", "sub-status")?;
    let after = SubStatus {
        name: p.name.as_deref().map_or_else(|| before.name.clone(), |n| n.trim().to_owned()),
        hue: p.hue.unwrap_or(before.hue),
        archived: p.archived.unwrap_or(before.archived),
        ..before.clone()
    };
    check(&after)?;
    if store::is_taken(tx, &after)? {
        return Err(taken());
    }
    store::update(tx, &after)?;
    if let Some(to) = p.position {
        place(tx, &after, to)?;
    }
    let after = found(store::find(tx, id)?, "sub_status.not_found", "sub-status")?;
    if before != after {
        changed(tx, actor, now);
        audit::note(tx, actor, &Act::new("sub_status.updated", id).named(&after.name).changed(json!(before), json!(after)), now)?;
    }
    Ok(after)
}

/// The others of its status make room.
fn place(tx: &mut Tx<'_>, s: &SubStatus, to: i64) -> Result<()> {
    let mut all: Vec<SubStatusId> = store::list(tx)?.into_iter().filter(|o| o.status == s.status && o.id != s.id).map(|o| o.id).collect();
    all.insert(usize::try_from(to).unwrap_or(0).min(all.len()), s.id);
    for (position, id) in all.into_iter().enumerate() {
        store::set_position(tx, id, position as i64)?;
    }
    Ok(())
}

/// Only one that no conversation has: the others are archived.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, id: SubStatusId, now: Millis) -> Result<()> {
    let mut before = found(store::find(tx, id)?, "sub_status.not_found", "sub-status")?;
    // Those too that this person does not see.
    store::count(tx, &Sight::all(), std::slice::from_mut(&mut before))?;
    if before.conversation_count > 0 {
        let many = before.conversation_count;
        return Err(Error::conflict(
            "sub_status.in_use",
            format!("{many} conversations have it. Archive it instead, so that they keep it."),
        ));
    }
    store::delete(tx, id)?;
    changed(tx, actor, now);
    audit::note(tx, actor, &Act::new("sub_status.deleted", id).named(&before.name).before(json!(before)), now)
}
