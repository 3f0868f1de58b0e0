//! Making, changing, sharing and ordering views.

use super::model::{NewView, View, ViewPatch, ViewScope, check};
use super::store;
use crate::app::found;
use crate::conversations::{Order, Sort};
use db::Tx;
use kernel::actor::Permission::ViewsShare;
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{Actor, Error, Ids, MemberId, Result, ViewId, id::new_id};
use serde_json::json;

/// Views of one member.
const MOST: i64 = 100;

/// Views belong to people; the product itself has none.
pub fn member(actor: &Actor) -> Result<MemberId> {
    actor.member().ok_or_else(|| Error::forbidden("permission.missing", "Views belong to the members of a workspace."))
}
/// One's own, and with the permission those of everybody.
fn may_change(actor: &Actor, v: &View) -> bool {
    match v.scope {
        ViewScope::Mine => actor.member() == Some(v.owner_id),
        ViewScope::All => actor.may(ViewsShare),
    }
}
fn told(actor: &Actor, mut v: View) -> View {
    v.editable = may_change(actor, &v);
    v
}
fn event(kind: &'static str, actor: &Actor, v: &View, now: Millis) -> NewEvent {
    NewEvent::new(kind, actor.label(), now).payload(json!({ "view_id": v.id, "scope": v.scope }))
}

pub fn list(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<View>> {
    Ok(store::list(tx, member(actor)?)?.into_iter().map(|v| told(actor, v)).collect())
}
pub fn find(tx: &mut Tx<'_>, actor: &Actor, id: ViewId) -> Result<View> {
    let view = found(store::find(tx, member(actor)?, id)?, "view.not_found", "view")?;
    Ok(told(actor, view))
}

pub fn create(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, new: &NewView, now: Millis) -> Result<View> {
    let me = member(actor)?;
    let scope = new.scope.unwrap_or(ViewScope::Mine);
    if scope == ViewScope::All {
        actor.need(ViewsShare)?;
    }
    let checked = check(&ViewPatch {
        name: Some(new.name.clone()),
        icon: new.icon.clone(),
        hue: Some(new.hue),
        filter: Some(new.filter.clone()),
        columns: Some(new.columns.clone()),
        ..Default::default()
    })?;
    if store::count_of(tx, me)? >= MOST {
        return Err(Error::conflict("view.too_many", format!("One person keeps at most {MOST} views. Delete one first.")));
    }
    let sort = new.sort.unwrap_or(Sort::Activity);
    let view = View {
        id: new_id(ids, now),
        owner_id: me,
        scope,
        team_id: None,
        name: checked.name.unwrap_or_default(),
        icon: checked.icon.unwrap_or_else(|| "inbox".into()),
        hue: checked.hue.flatten(),
        filter: checked.filter.map(|f| f.json()).unwrap_or_default(),
        sort,
        descending: new.descending.unwrap_or(Order::natural(sort).descending),
        columns: checked.columns.flatten(),
        editable: true,
        created_at: now,
        updated_at: now,
    };
    store::insert(tx, &view)?;
    tx.emit(event("view.created", actor, &view, now));
    Ok(told(actor, view))
}

pub fn change(tx: &mut Tx<'_>, actor: &Actor, id: ViewId, patch: &ViewPatch, now: Millis) -> Result<View> {
    let mut view = changeable(tx, actor, id)?;
    let checked = check(patch)?;
    if let Some(scope) = patch.scope.filter(|s| *s != view.scope) {
        actor.need(ViewsShare)?;
        // Taken back from everybody, it is whoever did that who keeps it.
        if scope == ViewScope::Mine {
            view.owner_id = member(actor)?;
            store::give(tx, id, view.owner_id)?;
        }
        view.scope = scope;
    }
    view.name = checked.name.unwrap_or(view.name);
    view.icon = checked.icon.unwrap_or(view.icon);
    view.hue = checked.hue.unwrap_or(view.hue);
    view.filter = checked.filter.map(|f| f.json()).unwrap_or(view.filter);
    if let Some(sort) = patch.sort {
        view.sort = sort;
        view.descending = Order::natural(sort).descending;
    }
    view.descending = patch.descending.unwrap_or(view.descending);
    view.columns = checked.columns.unwrap_or(view.columns);
    view.updated_at = now;
    store::update(tx, &view)?;
    tx.emit(event("view.updated", actor, &view, now));
    Ok(told(actor, view))
}

pub fn delete(tx: &mut Tx<'_>, actor: &Actor, id: ViewId, now: Millis) -> Result<()> {
    let view = changeable(tx, actor, id)?;
    store::delete(tx, id)?;
    tx.emit(event("view.deleted", actor, &view, now));
    Ok(())
}

fn changeable(tx: &mut Tx<'_>, actor: &Actor, id: ViewId) -> Result<View> {
    let view = find(tx, actor, id)?;
    if !view.editable {
        actor.need(ViewsShare)?;
    }
    Ok(view)
}

/// The caller's own order; views not named come after those that are.
pub fn place(tx: &mut Tx<'_>, actor: &Actor, ids: &[ViewId]) -> Result<Vec<View>> {
    let me = member(actor)?;
    let mut order: Vec<ViewId> = Vec::new();
    for (i, id) in ids.iter().enumerate() {
        if store::find(tx, me, *id)?.is_none() {
            return Err(Error::field(&format!("ids.{i}"), "not_found", "There is no such view."));
        }
        if !order.contains(id) {
            order.push(*id);
        }
    }
    let rest: Vec<ViewId> = store::list(tx, me)?.into_iter().map(|v| v.id).filter(|id| !order.contains(id)).collect();
    order.extend(rest);
    store::place(tx, me, &order)?;
    list(tx, actor)
}
