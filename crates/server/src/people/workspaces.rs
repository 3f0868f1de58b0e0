//! Workspaces: making one with its owner, its settings, and what its plan includes.

use super::check::Checks;
use super::members;
use super::model::{NewAccount, NewAdmin, WorkspaceInfo, WorkspacePatch};
use super::{password, store};
use crate::app::{App, found};
use crate::audit::{self, Act};
use db::{Lane, Scope, Tx};
use kernel::event::NewEvent;
use kernel::id::new_id;
use kernel::{AccountId, Actor, Error, MemberId, Result, Role, WorkspaceId};
use std::sync::Arc;

/// Features by the lowest tier that has them.
const FEATURES: &[(&str, i64)] = &[("contacts", 1), ("channels", 1), ("unified_inbox", 3)];
const TIERS: std::ops::RangeInclusive<i64> = 1..=5;

/// Every feature, with the lowest tier that has it.
pub fn all_features() -> impl Iterator<Item = (&'static str, i64)> {
    FEATURES.iter().copied()
}

/// What a tier includes.
pub fn features(tier: i64) -> Vec<&'static str> {
    FEATURES.iter().filter(|(_, lowest)| *lowest <= tier).map(|(name, _)| *name).collect()
}

/// Refuses with `plan.feature_missing` unless the workspace's plan includes the feature.
pub async fn need_feature(app: &App, actor: &Actor, feature: &'static str) -> Result<()> {
    included(feature, workspace(app, actor.workspace).await?.tier)
}

fn included(feature: &'static str, tier: i64) -> Result<()> {
    let lowest = FEATURES.iter().find(|(name, _)| *name == feature).map(|(_, lowest)| *lowest);
    match lowest {
        Some(lowest) if lowest <= tier => Ok(()),
        Some(lowest) => Err(Error::forbidden(
            "plan.feature_missing",
            format!("The feature {feature} belongs to tier {lowest} and up; this workspace has tier {tier}."),
        )),
        None => Err(Error::internal(format!("no feature is called {feature}"))),
    }
}

/// The workspace, from memory when it was asked for lately.
pub async fn workspace(app: &App, id: WorkspaceId) -> Result<Arc<WorkspaceInfo>> {
    let ticket = match app.people.workspaces.get(&id, app.now()) {
        Ok(info) => return Ok(info),
        Err(ticket) => ticket,
    };
    let row = app.db.read(Scope::Control, move |tx| store::workspace(tx, id)).await?;
    let info = found(row, "workspace.not_found", "workspace")?;
    Ok(app.people.workspaces.put(ticket, id, info, app.now()))
}

/// Who administers the oldest workspace, and has done so longest.
pub async fn first_admin(app: &App) -> Result<Option<(AccountId, WorkspaceId)>> {
    app.db.read(Scope::Control, store::first_admin).await
}

/// Whether anybody has an account yet.
pub async fn is_set_up(app: &App) -> Result<bool> {
    app.db.read(Scope::Control, store::any_account).await
}

/// A workspace with its first admin; an account of this address is taken as it is, its password too.
pub async fn create_workspace(app: &App, new: NewAdmin) -> Result<(AccountId, WorkspaceId, MemberId)> {
    create(app, new, |_| Ok(())).await
}

/// The same for the very first workspace. Of several at once one wins, because control has one queue of writes.
pub async fn create_first_workspace(app: &App, new: NewAdmin) -> Result<(AccountId, WorkspaceId, MemberId)> {
    if is_set_up(app).await? {
        return Err(already_set_up());
    }
    create(app, new, |tx| match store::any_account(tx)? {
        true => Err(already_set_up()),
        false => Ok(()),
    })
    .await
}

fn already_set_up() -> Error {
    Error::conflict("setup.done", "This server is set up already. Sign in instead.")
}

async fn create(app: &App, new: NewAdmin, allowed: fn(&mut Tx<'_>) -> Result<()>) -> Result<(AccountId, WorkspaceId, MemberId)> {
    let new = checked(new)?;
    let (ids, now) = (app.ids.as_ref(), app.now());
    let account = NewAccount {
        id: new_id(ids, now),
        email: new.email,
        name: new.name,
        password_hash: password::hash(app, new.password).await?,
        at: now,
    };
    let info = WorkspaceInfo {
        id: new_id(ids, now),
        name: new.workspace_name,
        locale: new.locale,
        time_zone: new.time_zone,
        default_country: new.default_country,
        tier: i64::from(app.config.plan.default_tier),
        data_key: app.vault.new_data_key()?,
        sample_data: false,
        created_at: now,
    };
    let (workspace, member) = (info.id, new_id(ids, now));
    let (account, member) = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            allowed(tx)?;
            let account = store::account_for(tx, &account)?;
            store::insert_workspace(tx, &info)?;
            Ok((account, store::put_membership(tx, member, info.id, account, Role::Owner, now)?))
        })
        .await?;
    members::mirror(app, workspace, member, &format!("user:{member}")).await?;
    Ok((account, workspace, member))
}

fn checked(new: NewAdmin) -> Result<NewAdmin> {
    let mut checks = Checks::default();
    let name = checks.name("name", &new.name);
    let email = checks.email("email", &new.email);
    checks.password("password", &new.password, &[&name, &email]);
    let tidy = NewAdmin {
        name,
        email,
        workspace_name: checks.name("workspace_name", &new.workspace_name),
        locale: checks.locale("locale", &new.locale),
        time_zone: checks.time_zone("time_zone", &new.time_zone),
        default_country: checks.country("default_country", &new.default_country),
        password: new.password,
    };
    checks.done()?;
    Ok(tidy)
}

/// Changes a workspace's settings; what is not named stays.
pub(super) async fn change(app: &App, actor: &Actor, patch: WorkspacePatch) -> Result<Arc<WorkspaceInfo>> {
    let mut checks = Checks::default();
    let name = patch.name.map(|v| checks.name("name", &v));
    let locale = patch.locale.map(|v| checks.locale("locale", &v));
    let time_zone = patch.time_zone.map(|v| checks.time_zone("time_zone", &v));
    let country = patch.default_country.map(|v| checks.country("default_country", &v));
    checks.done()?;
    update(app, actor, move |w| {
        w.name = name.clone().unwrap_or_else(|| w.name.clone());
        w.locale = locale.clone().unwrap_or_else(|| w.locale.clone());
        w.time_zone = time_zone.clone().unwrap_or_else(|| w.time_zone.clone());
        w.default_country = country.clone().unwrap_or_else(|| w.default_country.clone());
    })
    .await
}

/// Gives a workspace another plan; for operators.
pub async fn set_tier(app: &App, workspace: WorkspaceId, tier: i64) -> Result<()> {
    if !TIERS.contains(&tier) {
        return Err(Error::field("tier", "out_of_range", "Give a tier from 1 to 5."));
    }
    update(app, &Actor::system(workspace), move |w| w.tier = tier).await.map(drop)
}

/// Notes whether the workspace holds the sample.
pub async fn set_sample_data(app: &App, actor: &Actor, present: bool) -> Result<()> {
    update(app, actor, move |w| w.sample_data = present).await.map(drop)
}

async fn update(app: &App, actor: &Actor, set: impl Fn(&mut WorkspaceInfo) + Send + 'static) -> Result<Arc<WorkspaceInfo>> {
    let id = actor.workspace;
    let (who, now) = (actor.clone(), app.now());
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let mut info = found(store::workspace(tx, id)?, "workspace.not_found", "workspace")?;
            let before = serde_json::json!(super::model::Workspace::from(&info));
            set(&mut info);
            store::update_workspace(tx, &info)?;
            let after = serde_json::json!(super::model::Workspace::from(&info));
            if before != after {
                audit::leave(tx, &who, &Act::new("workspace.updated", id).named(&info.name).changed(before, after), now)?;
            }
            Ok(())
        })
        .await?;
    // Accounts at hand keep the country and the clock.
    app.directory.forget_all();
    audit::carry(app, id).await?;
    app.people.workspaces.forget(|w| w.id == id);
    let event = NewEvent::new("workspace.updated", actor.label(), app.now());
    app.db
        .write(id, Lane::Interactive, move |tx| {
            tx.emit(event.clone());
            Ok(())
        })
        .await?;
    workspace(app, id).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unified_inbox_begins_with_tier_three() {
        assert!(!features(2).contains(&"unified_inbox"));
        assert!(features(3).contains(&"unified_inbox") && features(5).contains(&"unified_inbox"));
        let refused = included("unified_inbox", 2).unwrap_err();
        assert_eq!(refused.code, "plan.feature_missing");
        assert!(refused.detail.contains("unified_inbox") && refused.detail.contains("tier 3"), "{}", refused.detail);
        assert_eq!(included("unified_inbox", 3), Ok(()));
    }
}
