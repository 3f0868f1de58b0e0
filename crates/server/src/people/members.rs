//! Members of a workspace: adding, changing and ending them, and the mirror each workspace keeps of them.
//!
//! Control is changed first, then the mirror is made to agree. A crash between the two leaves an old mirror, which the person's
//! next sign-in repairs; mirroring twice changes nothing and appends no second event.

use super::check::Checks;
use super::endings::Ending;
use super::model::{Member, Membership, NewAccount};
use super::roles::{self, Granted, Visibility};
use super::{password, store};
use crate::app::{App, found};
use crate::audit::{self, Act};
use db::{Lane, Scope, Tx};
use kernel::event::NewEvent;
use kernel::id::new_id;
use kernel::page::{self, Page};
use kernel::time::Millis;
use kernel::{Actor, Error, MemberId, Result, Role, Secret, TokenId, WorkspaceId};
use serde_json::json;
use std::collections::HashMap;

/// One member, from the workspace's mirror; `online` is not known here.
pub fn member(tx: &mut Tx<'_>, id: MemberId) -> Result<Option<Member>> {
    store::member(tx, id)
}

/// Everybody, ended memberships too, first joined first.
pub fn all_members(tx: &mut Tx<'_>) -> Result<Vec<Member>> {
    store::all_members(tx)
}

/// Names of all there are, and of those who left.
pub fn names_of_members(tx: &mut Tx<'_>) -> Result<Vec<(MemberId, String)>> {
    Ok(store::all_members(tx)?.into_iter().map(|m| (m.id, m.name)).collect())
}

/// Everybody who can sign in, first joined first, from the workspace's mirror; `online` is not known here.
pub fn active_members(tx: &mut Tx<'_>) -> Result<Vec<Member>> {
    Ok(store::all_members(tx)?.into_iter().filter(|m| m.active).collect())
}

/// Names by id, of those who left too.
pub fn names(tx: &mut Tx<'_>, ids: &[MemberId]) -> Result<HashMap<MemberId, String>> {
    store::names(tx, ids)
}

/// Whose tokens these are.
pub async fn token_makers(app: &App, workspace: WorkspaceId, ids: Vec<TokenId>) -> Result<HashMap<TokenId, MemberId>> {
    app.db.read(Scope::Control, move |tx| store::token_makers(tx, workspace, &ids)).await
}

/// All members, ended ones too, first joined first.
pub async fn member_names(app: &App, workspace: WorkspaceId) -> Result<Vec<Member>> {
    let members = app.db.read(workspace, store::all_members).await?;
    Ok(with_presence(app, workspace, members))
}

pub(super) async fn page(app: &App, actor: &Actor, limit: Option<i64>, cursor: Option<&str>) -> Result<Page<Member>> {
    let limit = page::limit(limit)?;
    let after: Option<(Millis, MemberId)> = cursor.map(page::decode).transpose()?;
    let (at, id) = after.unwrap_or((i64::MIN, super::first_id()));
    let rows = app
        .db
        .read(actor.workspace, move |tx| {
            let rows = store::members_after(tx, at, id, limit + 1)?;
            with_grants(tx, rows)
        })
        .await?;
    Ok(Page::cut(with_presence(app, actor.workspace, rows), limit, |m| (m.created_at, m.id)))
}

fn with_presence(app: &App, workspace: WorkspaceId, mut members: Vec<Member>) -> Vec<Member> {
    let online = app.hub.online(workspace);
    for member in &mut members {
        member.online = online.contains(&member.id);
    }
    members
}

/// Adds a person to a workspace, or brings back one who had left. An account of this address is taken as it is.
pub async fn add_user(
    app: &App,
    workspace: WorkspaceId,
    email: &str,
    name: &str,
    password: Secret<String>,
    role: Role,
) -> Result<MemberId> {
    let mut checks = Checks::default();
    let (name, email) = (checks.name("name", name), checks.email("email", email));
    checks.password("password", &password, &[&name, &email]);
    checks.done()?;
    let (now, ids) = (app.now(), app.ids.as_ref());
    let account = NewAccount { id: new_id(ids, now), email, name, password_hash: password::hash(app, password).await?, at: now };
    let new = new_id(ids, now);
    let member = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            found(store::workspace(tx, workspace)?, "workspace.not_found", "workspace")?;
            let account = store::account_for(tx, &account)?;
            store::put_membership(tx, new, workspace, account, role, now)
        })
        .await?;
    app.people.forget_member(member);
    mirror(app, workspace, member, "system").await?;
    Ok(member)
}

fn with_grants(tx: &mut Tx<'_>, mut members: Vec<Member>) -> Result<Vec<Member>> {
    let mut own = roles::store::own_grants(tx)?;
    let capacity = roles::capacities(tx)?;
    for m in &mut members {
        if let Some(g) = own.remove(&m.id) {
            (m.visibility, m.channel_ids) = (Some(g.visibility), g.channels);
        }
        m.capacity = capacity.get(&m.id).copied();
    }
    Ok(members)
}

/// What is to become of a member; what is absent stays.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    pub role: Option<Role>,
    pub active: Option<bool>,
    /// `Some(None)`: as the role says.
    pub granted: Option<Option<Granted>>,
    /// `Some(None)`: no limit.
    pub capacity: Option<Option<i64>>,
}

/// Changes a member's role, what they see, or ends or resumes the membership. The last owner stays one.
pub(super) async fn change(app: &App, actor: &Actor, id: MemberId, change: Change) -> Result<Member> {
    let (workspace, who, now) = (actor.workspace, actor.clone(), app.now());
    let Change { role, active, granted, capacity } = change;
    // What the member may do now must not be beyond the one who changes it, nor what they may do then.
    let now_is = app.db.read(Scope::Control, move |tx| store::membership(tx, workspace, id)).await?;
    let now_is = found(now_is, "member.not_found", "member")?.role;
    roles::may_give(actor, now_is, roles::permissions(app, workspace, now_is).await?)?;
    if let Some(role) = role.filter(|r| *r != now_is) {
        roles::check_permissions(app, actor, role).await?;
    }
    if role.is_some() || granted.is_some() {
        check_sight(app, actor, id, now_is, role.unwrap_or(now_is), granted.clone()).await?;
    }
    if let Some(granted) = granted {
        set_grant(app, actor, id, granted, role.unwrap_or(now_is)).await?;
    }
    if let Some(capacity) = capacity {
        set_capacity(app, actor, id, capacity).await?;
    }
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let before = found(store::membership(tx, workspace, id)?, "member.not_found", "member")?;
            if before.role != now_is && who.role != Role::Owner {
                return Err(Error::conflict("member.changed", "Somebody else has just changed this member. Look again."));
            }
            let (role, active) = (role.unwrap_or(before.role), active.unwrap_or(before.active));
            keep_an_owner(tx, &before, role, active)?;
            store::set_membership(tx, id, role, active)?;
            if (role, active) != (before.role, before.active) {
                let act = Act::new("member.updated", id).named(&before.name);
                let act = act.changed(json!({ "role": before.role, "active": before.active }), json!({ "role": role, "active": active }));
                audit::leave(tx, &who, &act, now)?;
            }
            if active { Ok(()) } else { store::end_access(tx, &before) }
        })
        .await?;
    audit::carry(app, workspace).await?;
    app.people.forget_member(id);
    if active == Some(false) {
        app.people.end(Ending::Member(id));
    }
    mirror(app, workspace, id, &actor.label()).await?;
    let rows = app
        .db
        .read(workspace, move |tx| {
            let row = found(store::member(tx, id)?, "member.not_found", "member")?;
            with_grants(tx, vec![row])
        })
        .await?;
    with_presence(app, workspace, rows).pop().ok_or_else(|| Error::internal("a member was lost"))
}

/// What the member will see must not be more than what the one who changes it sees, unless it is what they see already.
async fn check_sight(app: &App, actor: &Actor, id: MemberId, now_is: Role, role: Role, granted: Option<Option<Granted>>) -> Result<()> {
    let who = actor.clone();
    app.db
        .read(actor.workspace, move |tx| {
            let before = roles::in_effect(tx, id, now_is)?;
            let after = match &granted {
                Some(Some(own)) if !role.sees_all() => own.clone(),
                Some(_) => roles::granted(tx, role)?,
                None => roles::in_effect(tx, id, role)?,
            };
            if who.member() == Some(id) && (role, &after) != (now_is, &before) {
                roles::may_change_own_sight(tx, &who)?;
            }
            if after == before { Ok(()) } else { roles::may_show(tx, &who, &after) }
        })
        .await
}

fn keep_an_owner(tx: &mut Tx<'_>, before: &Membership, role: Role, active: bool) -> Result<()> {
    let was = before.role == Role::Owner && before.active;
    let stays = role == Role::Owner && active;
    if was && !stays && store::other_owners(tx, before.workspace, before.member)? == 0 {
        return Err(Error::conflict("member.last_owner", "This is the last owner of the workspace. Make somebody else owner first."));
    }
    Ok(())
}

/// Sets how many open conversations are given to one member.
async fn set_capacity(app: &App, actor: &Actor, id: MemberId, capacity: Option<i64>) -> Result<()> {
    if capacity.is_some_and(|n| !(1..=1_000).contains(&n)) {
        return Err(Error::field("capacity", "out_of_range", "Give a number from 1 to 1,000, or 0 for no limit."));
    }
    let (label, now, who) = (actor.label(), app.now(), actor.clone());
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            if roles::capacities(tx)?.get(&id).copied() == capacity {
                return Ok(());
            }
            let before = roles::capacities(tx)?.get(&id).copied();
            roles::store::set_capacity(tx, id, capacity, now)?;
            let name = store::member(tx, id)?.map(|m| m.name).unwrap_or_default();
            let act =
                Act::new("member.capacity_changed", id).named(name).changed(json!({ "capacity": before }), json!({ "capacity": capacity }));
            audit::note(tx, &who, &act, now)?;
            tx.emit(NewEvent::new("member.capacity_changed", label.clone(), now).payload(json!({ "member_id": id, "capacity": capacity })));
            tx.wake("routing");
            Ok(())
        })
        .await
}

/// Sets which conversations one member sees, apart from the role.
async fn set_grant(app: &App, actor: &Actor, id: MemberId, granted: Option<Granted>, role: Role) -> Result<()> {
    if granted.is_some() && role.sees_all() {
        return Err(Error::field("visibility", "built_in", "Owners and admins see everything."));
    }
    if granted.as_ref().is_some_and(|g| g.visibility == Visibility::Inbox && g.channels.is_empty()) {
        return Err(Error::field("channel_ids", "required", "Choose at least one channel."));
    }
    let (label, now, who) = (actor.label(), app.now(), actor.clone());
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            if roles::own_grant(tx, id)? == granted {
                return Ok(());
            }
            let told = |g: Option<&Granted>| json!({ "visibility": g.map(|g| g.visibility), "channel_ids": g.map(|g| g.channels.clone()) });
            let before = roles::own_grant(tx, id)?;
            roles::store::set_own_grant(tx, id, granted.as_ref(), now)?;
            let name = store::member(tx, id)?.map(|m| m.name).unwrap_or_default();
            let act = Act::new("member.access_changed", id).named(name).changed(told(before.as_ref()), told(granted.as_ref()));
            audit::note(tx, &who, &act, now)?;
            let payload = json!({ "member_id": id, "visibility": granted.as_ref().map(|g| g.visibility) });
            tx.emit(NewEvent::new("member.access_changed", label.clone(), now).payload(payload));
            Ok(())
        })
        .await
}

/// Makes the workspace's mirror of a member agree with control, with an event if anything changed.
pub(super) async fn mirror(app: &App, workspace: WorkspaceId, member: MemberId, by: &str) -> Result<()> {
    let _turn = app.people.mirroring.lock().await;
    let Some(now) = app.db.read(Scope::Control, move |tx| store::membership(tx, workspace, member)).await? else {
        return Ok(());
    };
    if app.db.read(workspace, move |tx| store::mirrored(tx, workspace, member)).await?.as_ref() == Some(&now) {
        return Ok(());
    }
    let (by, at) = (by.to_owned(), app.now());
    app.db
        .write(workspace, Lane::Interactive, move |tx| {
            let kind = match store::mirrored(tx, workspace, member)? {
                Some(before) if before == now => return Ok(()),
                Some(_) => "member.updated",
                None => "member.joined",
            };
            store::put_mirror(tx, &now)?;
            let payload = json!({"member_id": member, "role": now.role, "active": now.active});
            tx.emit(NewEvent::new(kind, by.clone(), at).payload(payload));
            Ok(())
        })
        .await
}
