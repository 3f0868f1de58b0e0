//! Asking for it, taking it back. What both did in control is made true in the workspace again at every start, since a process may die
//! between the two.

use super::model::{Deletion, DeletionId, DeletionState};
use super::store;
use crate::app::App;
use crate::audit::{self, Act};
use crate::people::{self, Authenticated, Client, departures};
use crate::standstill::{self, Reason};
use data_encoding::BASE32_NOPAD;
use db::{Lane, Scope};
use kernel::actor::Who;
use kernel::id::new_id;
use kernel::time::{DAY, Millis};
use kernel::{AccountId, Actor, Error, Result, Role, WorkspaceId};
use serde_json::json;

/// Only who owns it, in person.
fn owner(actor: &Actor) -> Result<AccountId> {
    match actor.who {
        Who::Person { account, .. } if actor.role == Role::Owner => Ok(account),
        _ => Err(Error::forbidden("workspace.owner_needed", "Only an owner does this, signed in and not by a token.")),
    }
}

fn grace(app: &App) -> Millis {
    Millis::from(app.config.deletion.grace_days) * DAY
}

/// Proves that a link is ours: whoever has it may fetch the certificate.
pub fn key(app: &App, id: DeletionId) -> String {
    let mac = connectors::kit::signatures::mac_sha256(&app.vault.derive("deletion certificate"), &[id.to_string().as_bytes()]);
    BASE32_NOPAD.encode(&mac[..20]).to_lowercase()
}
pub fn with_link(app: &App, mut d: Deletion) -> Deletion {
    let base = &app.config.server.public_url;
    d.certificate_url = Some(format!("{base}/api/v1/deletions/{}/certificate?key={}", d.id, key(app, d.id)));
    d
}
/// Told to the account that asked, and to nobody else.
fn as_seen_by(app: &App, d: Deletion, actor: &Actor) -> Deletion {
    match actor.who {
        Who::Person { account, .. } if d.asked_by == Some(account) => with_link(app, d),
        _ => d,
    }
}

pub async fn state(app: &App, actor: &Actor) -> Result<DeletionState> {
    let workspace = actor.workspace;
    let found = app.db.read(Scope::Control, move |tx| store::open(tx, workspace)).await?;
    let needs_code = match owner(actor) {
        Ok(account) => people::second_step_needed(app, account).await?,
        Err(_) => false,
    };
    Ok(DeletionState {
        deletion: found.map(|d| as_seen_by(app, d, actor)),
        grace_days: app.config.deletion.grace_days,
        needs_code,
        may: owner(actor).is_ok(),
    })
}

/// Asks for the deletion of the caller's workspace, whose name was typed to be sure.
pub async fn ask(app: &App, who: &Authenticated, client: &Client, typed: &str, code: Option<&str>) -> Result<Deletion> {
    let actor = &who.actor;
    let account = owner(actor)?;
    let info = people::workspace(app, actor.workspace).await?;
    if !departures::is_called(typed, &info.name) {
        return Err(Error::field("name", "wrong", "Type the name of the workspace as it is written above."));
    }
    people::prove_second_step(app, who, client, code).await?;
    let address = app.db.read(Scope::Control, move |tx| departures::address_of(tx, account)).await?;
    let (name, email) = address.ok_or_else(|| Error::internal("an account without an address"))?;
    let now = app.now();
    let d = Deletion {
        id: new_id(app.ids.as_ref(), now),
        workspace_id: info.id,
        workspace_name: info.name.clone(),
        state: "pending".into(),
        asked_by: Some(account),
        asked_by_name: name,
        asked_by_email: Some(email),
        asked_at: now,
        due_at: now + grace(app),
        ended_at: None,
        sha256: None,
        certificate_url: None,
        certificate: None,
    };
    begin(app, actor, d).await.map(|d| with_link(app, d))
}

/// The same by whoever runs the server.
pub async fn ask_as_operator(app: &App, workspace: WorkspaceId) -> Result<Deletion> {
    let info = people::workspace(app, workspace).await?;
    let now = app.now();
    let d = Deletion {
        id: new_id(app.ids.as_ref(), now),
        workspace_id: info.id,
        workspace_name: info.name.clone(),
        state: "pending".into(),
        asked_by: None,
        asked_by_name: "Operator".into(),
        asked_by_email: None,
        asked_at: now,
        due_at: now + grace(app),
        ended_at: None,
        sha256: None,
        certificate_url: None,
        certificate: None,
    };
    begin(app, &Actor::system(workspace), d).await
}

async fn begin(app: &App, actor: &Actor, d: Deletion) -> Result<Deletion> {
    let (row, who) = (d.clone(), actor.clone());
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            if !store::insert(tx, &row)? {
                return Err(Error::conflict("workspace.deleting", "This workspace is about to be deleted already."));
            }
            let due = kernel::time::rfc3339(row.due_at);
            let act = Act::new("workspace.deletion_asked", row.workspace_id).named(&row.workspace_name).after(json!({ "due_at": due }));
            audit::leave(tx, &who, &act, row.asked_at)
        })
        .await?;
    stand_still(app, actor, &d).await?;
    audit::carry(app, d.workspace_id).await?;
    Ok(d)
}

async fn stand_still(app: &App, actor: &Actor, d: &Deletion) -> Result<()> {
    let (who, name, due_at, now) = (actor.clone(), d.asked_by_name.clone(), d.due_at, d.asked_at);
    app.db
        .write(d.workspace_id, Lane::Interactive, move |tx| standstill::begin(tx, &who, Some(&name), Reason::Deletion, Some(due_at), now))
        .await?;
    standstill::announce(app, d.workspace_id, Some(Reason::Deletion));
    Ok(())
}

/// Everything goes on as if nothing had been.
pub async fn cancel(app: &App, actor: &Actor) -> Result<()> {
    if !matches!(actor.who, Who::System) {
        owner(actor)?;
    }
    let (workspace, who, now) = (actor.workspace, actor.clone(), app.now());
    let cancelled = app.db.write(Scope::Control, Lane::Interactive, move |tx| {
        let done = store::cancel(tx, workspace, now)?;
        if done {
            audit::leave(tx, &who, &Act::new("workspace.deletion_cancelled", workspace), now)?;
        }
        Ok(done)
    });
    if !cancelled.await? {
        return Err(Error::not_found("deletion.not_found", "Nobody has asked for the deletion of this workspace, or it has begun."));
    }
    go_on(app, actor).await?;
    audit::carry(app, workspace).await
}

async fn go_on(app: &App, actor: &Actor) -> Result<()> {
    let (who, now) = (actor.clone(), app.now());
    let ended = app.db.write(actor.workspace, Lane::Interactive, move |tx| standstill::end(tx, &who, Reason::Deletion, now)).await?;
    let still = (ended == standstill::Ended::WaitsAfterMove).then_some(Reason::Moved);
    standstill::announce(app, actor.workspace, still);
    Ok(())
}

/// What a process before us left half done: a workspace stands still exactly while its deletion is asked for.
pub async fn settle(app: &App) -> Result<()> {
    let open = app.db.read(Scope::Control, store::all_open).await?;
    for workspace in app.workspaces().await? {
        let asked = open.iter().find(|d| d.workspace_id == workspace);
        if asked.is_some_and(|d| d.state == "removing") {
            continue;
        }
        let still = app.db.read(workspace, standstill::find).await?.is_some_and(|s| s.reason == Reason::Deletion);
        match (asked, still) {
            (Some(d), false) => stand_still(app, &Actor::system(workspace), d).await?,
            (None, true) => go_on(app, &Actor::system(workspace)).await?,
            _ => {}
        }
    }
    Ok(())
}

/// What an account has asked for, in whichever workspace.
pub async fn of_account(app: &App, actor: &Actor) -> Result<Vec<Deletion>> {
    let Who::Person { account, .. } = actor.who else {
        return Err(Error::forbidden("auth.person_needed", "This is for the person who signed in."));
    };
    let all = app.db.read(Scope::Control, move |tx| store::asked_by(tx, account, 100)).await?;
    Ok(all.into_iter().map(|d| with_link(app, d)).collect())
}

/// The certificate, for whoever has its link.
pub async fn certificate(app: &App, id: DeletionId, given: &str) -> Result<String> {
    let right = connectors::kit::signatures::equal(key(app, id).as_bytes(), given.as_bytes());
    let found = if right { app.db.read(Scope::Control, move |tx| store::find(tx, id)).await? } else { None };
    let d = crate::app::found(found, "deletion.not_found", "certificate")?;
    match (d.state.as_str(), d.certificate) {
        ("done", Some(text)) => Ok(text),
        ("cancelled", _) => Err(Error::not_found("deletion.not_found", "This deletion was taken back; there is no certificate.")),
        _ => Err(Error::conflict("deletion.not_done", "The workspace is not deleted yet; its certificate will be here when it is.")),
    }
}
