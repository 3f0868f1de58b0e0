//! Roles: five that the product knows, and those a workspace makes of named permissions. Each role says which conversations its
//! members see; a member may have it otherwise. All of this is in the workspace's own database, so that it joins in SQL; who has
//! which role is in control, with the membership.

pub(super) mod store;

use super::check::Checks;
use super::store as people;
use crate::app::{App, found};
use crate::audit::{self, Act};
use crate::http::extract::IdempotencyKey;
use crate::http::once::once;
use db::{Lane, Scope, Tx};
use kernel::actor::{Permission, Permissions};
use kernel::event::NewEvent;
use kernel::id::new_id;
use kernel::time::{Millis, wire_opt};
use kernel::{Actor, ChannelId, Error, MemberId, Result, Role, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
pub use store::{Granted, capacities};

/// Which conversations somebody sees, besides the rights to do something with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Those assigned to them.
    Own,
    /// Those, and what is assigned to nobody.
    OwnUnassigned,
    /// Their own, and those of their teams.
    Team,
    /// Those of chosen channels, whoever has them.
    Inbox,
    All,
}
impl Visibility {
    pub const ALL: [Visibility; 5] = [Self::Own, Self::OwnUnassigned, Self::Team, Self::Inbox, Self::All];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::OwnUnassigned => "own_unassigned",
            Self::Team => "team",
            Self::Inbox => "inbox",
            Self::All => "all",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.as_str() == text)
    }
}

/// A role as the API shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RoleDetail {
    #[schema(value_type = String)]
    pub id: Role,
    /// Empty for built-in roles: the screen names them.
    pub name: String,
    pub built_in: bool,
    pub permissions: Vec<String>,
    pub visibility: Visibility,
    /// For `inbox`: the channels whose conversations are seen.
    #[schema(value_type = Vec<String>)]
    pub channel_ids: Vec<ChannelId>,
    /// Active members who have it.
    pub members: i64,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Millis>,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct NewRole {
    pub name: String,
    pub permissions: Vec<String>,
    pub visibility: Option<Visibility>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub channel_ids: Vec<ChannelId>,
}

/// Of a built-in role only what its members see can be changed.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct RolePatch {
    pub name: Option<String>,
    pub permissions: Option<Vec<String>>,
    pub visibility: Option<Visibility>,
    #[schema(value_type = Option<Vec<String>>)]
    pub channel_ids: Option<Vec<ChannelId>>,
}

/// The permissions of a role. One that is gone has none.
pub async fn permissions(app: &App, workspace: WorkspaceId, role: Role) -> Result<Permissions> {
    match role.permissions() {
        Some(known) => Ok(known),
        None => app.db.read(workspace, move |tx| permissions_in(tx, role)).await,
    }
}

/// The same within a transaction of the workspace.
pub fn permissions_in(tx: &mut Tx<'_>, role: Role) -> Result<Permissions> {
    match role.permissions() {
        Some(known) => Ok(known),
        None => Ok(store::find(tx, role)?.map(|r| r.permissions).unwrap_or_default()),
    }
}

/// What a role's members see unless it is set otherwise for one of them.
pub fn granted(tx: &mut Tx<'_>, role: Role) -> Result<Granted> {
    if role.sees_all() {
        return Ok(Granted::all());
    }
    Ok(store::find(tx, role)?.map_or_else(Granted::all, |r| r.granted))
}

/// What is set of one member apart from the role.
pub fn own_grant(tx: &mut Tx<'_>, member: MemberId) -> Result<Option<Granted>> {
    store::own_grant(tx, member)
}

/// Nobody gives what they do not have themselves: a role can be given by those whose permissions cover it, and owners are made by owners.
pub(super) fn may_give(actor: &Actor, role: Role, permissions: Permissions) -> Result<()> {
    let owners = role == Role::Owner && actor.role != Role::Owner;
    if owners || !actor.permissions.covers(permissions) {
        let words = if owners { "Only an owner makes owners, and changes them." } else { "This role may do more than you may." };
        return Err(Error::forbidden("role.beyond_yours", words));
    }
    Ok(())
}

/// The same for a role by name, which has to exist; and its members must not see more than the one who gives it.
pub(super) async fn check_giving(app: &App, actor: &Actor, role: Role) -> Result<()> {
    check_permissions(app, actor, role).await?;
    let who = actor.clone();
    app.db
        .read(actor.workspace, move |tx| {
            let theirs = granted(tx, role)?;
            may_show(tx, &who, &theirs)
        })
        .await
}

/// The permissions of a role by name, which has to exist.
pub(super) async fn check_permissions(app: &App, actor: &Actor, role: Role) -> Result<()> {
    let permissions = match role.permissions() {
        Some(known) => known,
        None => {
            let row = app.db.read(actor.workspace, move |tx| store::find(tx, role)).await?;
            row.ok_or_else(|| Error::field("role", "not_found", "There is no such role."))?.permissions
        }
    };
    may_give(actor, role, permissions)
}

/// What the actor sees.
fn sight_of(tx: &mut Tx<'_>, actor: &Actor) -> Result<Granted> {
    match actor.member() {
        Some(member) => in_effect(tx, member, actor.role),
        None => Ok(Granted::all()),
    }
}

/// What a member of this role sees: as it is set for them, or as the role says.
pub(super) fn in_effect(tx: &mut Tx<'_>, member: MemberId, role: Role) -> Result<Granted> {
    match own_grant(tx, member)?.filter(|_| !role.sees_all()) {
        Some(own) => Ok(own),
        None => granted(tx, role),
    }
}

/// Nobody shows others more than they see themselves.
pub(super) fn may_show(tx: &mut Tx<'_>, actor: &Actor, theirs: &Granted) -> Result<()> {
    match sight_of(tx, actor)?.covers(theirs) {
        true => Ok(()),
        false => Err(Error::forbidden("role.beyond_yours", "This would show more conversations than you see yourself.")),
    }
}

/// Who does not see everything leaves what they see themselves to others.
pub(super) fn may_change_own_sight(tx: &mut Tx<'_>, actor: &Actor) -> Result<()> {
    match sight_of(tx, actor)?.visibility {
        Visibility::All => Ok(()),
        _ => Err(Error::forbidden("role.beyond_yours", "What you see yourself is changed by somebody who sees everything.")),
    }
}

/// Who sees what their teams have does not widen it by a team of their own.
pub fn may_widen_own_team(tx: &mut Tx<'_>, actor: &Actor) -> Result<()> {
    match sight_of(tx, actor)?.visibility {
        Visibility::Team => may_change_own_sight(tx, actor),
        _ => Ok(()),
    }
}

fn detail(row: Option<store::RoleRow>, role: Role, members: i64) -> RoleDetail {
    let built_in = role.permissions();
    let (name, own, granted, updated_at) = match row {
        Some(r) => (r.name, r.permissions, r.granted, Some(r.updated_at)),
        None => (String::new(), Permissions::default(), Granted::all(), None),
    };
    RoleDetail {
        id: role,
        name,
        built_in: built_in.is_some(),
        permissions: built_in.unwrap_or(own).names(),
        visibility: granted.visibility,
        channel_ids: granted.channels,
        members,
        updated_at,
    }
}

/// Built-in ones first, then the workspace's own by name.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<RoleDetail>> {
    let rows = store::all(tx)?;
    let counts = store::members_by_role(tx)?;
    let count = |role: Role| counts.get(&role.to_string()).copied().unwrap_or(0);
    let mut out: Vec<RoleDetail> =
        Role::BUILT_IN.into_iter().map(|role| detail(rows.iter().find(|r| r.role == role).cloned(), role, count(role))).collect();
    let own = rows.into_iter().filter(|r| r.role.permissions().is_none());
    out.extend(own.map(|r| (r.role, count(r.role), r)).map(|(role, n, r)| detail(Some(r), role, n)));
    Ok(out)
}

fn parsed(checks: &mut Checks, actor: &Actor, names: &[String]) -> Permissions {
    let mut known = Vec::new();
    for name in names {
        match Permission::parse(name) {
            Some(p) if actor.may(p) => known.push(p),
            Some(_) => checks.wrong("permissions", "beyond_yours", format!("You do not have {name} yourself.")),
            None => checks.wrong("permissions", "not_an_option", format!("`{name}` is no permission.")),
        }
    }
    Permissions::of(known)
}

fn check_grant(checks: &mut Checks, granted: &Granted) {
    if granted.visibility == Visibility::Inbox && granted.channels.is_empty() {
        checks.wrong("channel_ids", "required", "Choose at least one channel.");
    }
    if granted.channels.len() > 200 {
        checks.wrong("channel_ids", "too_many", "Choose at most 200 channels.");
    }
}

fn changed(tx: &mut Tx<'_>, actor: &Actor, kind: &'static str, role: Role, now: Millis) {
    tx.emit(NewEvent::new(kind, actor.label(), now).payload(json!({ "role": role })));
}

pub(super) async fn create(app: &App, actor: &Actor, new: NewRole, key: Option<IdempotencyKey>) -> Result<Value> {
    let mut checks = Checks::default();
    let name = checks.name("name", &new.name);
    let permissions = parsed(&mut checks, actor, &new.permissions);
    let granted = Granted { visibility: new.visibility.unwrap_or(Visibility::All), channels: new.channel_ids };
    check_grant(&mut checks, &granted);
    checks.done()?;
    let (now, actor, ids) = (app.now(), actor.clone(), app.ids.clone());
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            may_show(tx, &actor, &granted)?;
            once(tx, &actor, key.as_ref(), now, |tx| {
                let role = Role::Custom(new_id(ids.as_ref(), now));
                let row = store::RoleRow { role, name: name.clone(), permissions, granted: granted.clone(), updated_at: now };
                store::insert(tx, &row, now)?;
                changed(tx, &actor, "role.created", role, now);
                let made = detail(Some(row), role, 0);
                audit::note(tx, &actor, &Act::new("role.created", role).named(&made.name).after(json!(made)), now)?;
                Ok(made)
            })
        })
        .await
}

pub(super) async fn change(app: &App, actor: &Actor, role: Role, patch: RolePatch) -> Result<RoleDetail> {
    let mut checks = Checks::default();
    let name = patch.name.as_deref().map(|n| checks.name("name", n));
    let permissions = patch.permissions.as_deref().map(|p| parsed(&mut checks, actor, p));
    let fixed = role.permissions().is_some();
    if fixed && (name.is_some() || permissions.is_some()) {
        checks.wrong("permissions", "built_in", "What a built-in role may do stays as it is. Make a role of your own.");
    }
    if role.sees_all() {
        checks.wrong("visibility", "built_in", "Owners and admins see everything.");
    }
    checks.done()?;
    let (now, who) = (app.now(), actor.clone());
    let done = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let before = match store::find(tx, role)? {
                Some(row) => row,
                None if fixed => store::RoleRow::untouched(role),
                None => return Err(Error::not_found("role.not_found", "There is no such role.")),
            };
            // What the role may do already must not be out of reach for who changes it.
            may_give(&who, role, role.permissions().unwrap_or(before.permissions))?;
            if role == who.role {
                may_change_own_sight(tx, &who)?;
            }
            let told = json!(detail(Some(before.clone()), role, 0));
            let granted = Granted {
                visibility: patch.visibility.unwrap_or(before.granted.visibility),
                channels: patch.channel_ids.clone().unwrap_or_else(|| before.granted.channels.clone()),
            };
            let mut checks = Checks::default();
            check_grant(&mut checks, &granted);
            checks.done()?;
            if granted != before.granted {
                may_show(tx, &who, &granted)?;
            }
            let row = store::RoleRow {
                role,
                name: name.clone().unwrap_or(before.name),
                permissions: permissions.unwrap_or(before.permissions),
                granted,
                updated_at: now,
            };
            store::put(tx, &row, now)?;
            changed(tx, &who, "role.updated", role, now);
            let after = detail(Some(row.clone()), role, 0);
            audit::note(tx, &who, &Act::new("role.updated", role).named(&after.name).changed(told, json!(after)), now)?;
            let members = store::members_by_role(tx)?.get(&role.to_string()).copied().unwrap_or(0);
            Ok(detail(Some(row), role, members))
        })
        .await?;
    app.people.forget_role(actor.workspace, role);
    Ok(done)
}

/// A role that somebody has, or is invited to, stays.
pub(super) async fn delete(app: &App, actor: &Actor, role: Role) -> Result<()> {
    if role.permissions().is_some() {
        return Err(Error::conflict("role.built_in", "The built-in roles stay."));
    }
    let (workspace, now, who) = (actor.workspace, app.now(), actor.clone());
    let row = app.db.read(workspace, move |tx| store::find(tx, role)).await?;
    let row = found(row, "role.not_found", "role")?;
    may_give(actor, role, row.permissions)?;
    let before = detail(Some(row), role, 0);
    if app.db.read(Scope::Control, move |tx| people::role_in_use(tx, workspace, role, now)).await? {
        return Err(Error::conflict("role.in_use", "Somebody has this role, or is invited to it. Give them another one first."));
    }
    app.db
        .write(workspace, Lane::Interactive, move |tx| {
            found(store::delete(tx, role)?.then_some(()), "role.not_found", "role")?;
            changed(tx, &who, "role.deleted", role, now);
            audit::note(tx, &who, &Act::new("role.deleted", role).named(&before.name).before(json!(before)), now)?;
            Ok(())
        })
        .await
}
