//! Invitations: links that let somebody join a workspace once. The secret in a link follows from the invitation's id and our
//! master key, so that an admin can copy the link again although only its hash is stored.

use super::auth::{self, Client};
use super::check::Checks;
use super::credential::Credential;
use super::model::{Invitation, InvitationOffer, InvitationRow, NewAccount, SessionAnswer};
use super::tokens::key_reused;
use super::trust::second;
use super::{password, roles, sessions, store, workspaces};
use crate::app::{App, found};
use crate::audit::{self, Act};
use crate::http::extract::IdempotencyKey;
use db::{Lane, Scope};
use kernel::id::{InvitationKind, new_id};
use kernel::page::{self, Page};
use kernel::time::{DAY, Millis};
use kernel::{Actor, Error, InvitationId, Result, Role, Secret};

const PURPOSE: &str = "invitations";

fn shown(app: &App, row: InvitationRow) -> Result<Invitation> {
    let token = Credential::derived(app, PURPOSE, row.id)?.text();
    let url = format!("{}/invitations/{token}", app.config.server.public_url);
    Ok(Invitation { id: row.id, role: row.role, email: row.email, url, expires_at: row.expires_at, created_at: row.created_at })
}

pub(super) async fn create(
    app: &App,
    actor: &Actor,
    role: Role,
    email: Option<String>,
    key: Option<&IdempotencyKey>,
) -> Result<Invitation> {
    let mut checks = Checks::default();
    let email = email.filter(|e| !e.trim().is_empty()).map(|e| checks.email("email", &e));
    checks.done()?;
    roles::check_giving(app, actor, role).await?;
    let (now, workspace, who) = (app.now(), actor.workspace, actor.clone());
    let id = Credential::<InvitationKind>::keyed(app, PURPOSE, actor, key)?.id;
    let secret_hash = Credential::derived(app, PURPOSE, id)?.hash();
    let expires_at = now + i64::from(app.config.auth.invitation_days) * DAY;
    let new = InvitationRow { id, workspace, role, email: email.clone(), secret_hash, created_at: now, expires_at, accepted_at: None };
    let row = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            if let Some(email) = &new.email
                && store::member_by_email(tx, workspace, email)?.is_some_and(|m| m.active)
            {
                return Err(Error::field("email", "taken", "This person is a member already."));
            }
            let made = store::put_invitation(tx, &new)?;
            if made.created_at == now {
                let act = Act::new("invitation.created", new.id).named(new.email.clone().unwrap_or_default());
                audit::leave(tx, &who, &act.after(serde_json::json!({ "role": new.role, "email": new.email })), now)?;
            }
            Ok(made)
        })
        .await?;
    audit::carry(app, workspace).await?;
    if row.role != role || row.email != email {
        return Err(key_reused());
    }
    shown(app, row)
}

/// The invitations that can still be accepted, newest first.
pub(super) async fn page(app: &App, actor: &Actor, limit: Option<i64>, cursor: Option<&str>) -> Result<Page<Invitation>> {
    let limit = page::limit(limit)?;
    let before: Option<(Millis, InvitationId)> = cursor.map(page::decode).transpose()?;
    let (at, id) = before.unwrap_or((i64::MAX, super::first_id()));
    let (workspace, now) = (actor.workspace, app.now());
    let rows = app.db.read(Scope::Control, move |tx| store::open_invitations(tx, workspace, now, at, id, limit + 1)).await?;
    let rows = rows.into_iter().map(|row| shown(app, row)).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(rows, limit, |i| (i.created_at, i.id)))
}

pub(super) async fn delete(app: &App, actor: &Actor, id: InvitationId) -> Result<()> {
    let workspace = actor.workspace;
    let (who, now) = (actor.clone(), app.now());
    let gone = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let before = store::invitation(tx, id)?;
            let gone = store::delete_invitation(tx, workspace, id)?;
            if let Some(i) = before.filter(|_| gone > 0) {
                let act = Act::new("invitation.deleted", id).named(i.email.clone().unwrap_or_default());
                audit::leave(tx, &who, &act.before(serde_json::json!({ "role": i.role, "email": i.email })), now)?;
            }
            Ok(gone)
        })
        .await?;
    audit::carry(app, workspace).await?;
    found((gone > 0).then_some(()), "invitation.not_found", "invitation")
}

/// Unknown, used and ended links look alike.
fn gone() -> Error {
    Error::not_found("invitation.not_found", "This invitation was used, has ended, or was withdrawn. Ask for a new one.")
}

async fn open(app: &App, token: &str) -> Result<InvitationRow> {
    let held = Credential::<InvitationKind>::parse(token).ok_or_else(gone)?;
    let row = app.db.read(Scope::Control, move |tx| store::invitation(tx, held.id)).await?;
    row.filter(|i| i.open_to(&held, app.now())).ok_or_else(gone)
}

pub(super) async fn offer(app: &App, token: &str) -> Result<InvitationOffer> {
    let row = open(app, token).await?;
    let workspace_name = workspaces::workspace(app, row.workspace).await?.name.clone();
    Ok(InvitationOffer { workspace_name, role: row.role, email: row.email, expires_at: row.expires_at })
}

/// Who accepts: a new person with a name and a new password, or one with an account who proves it by its password.
pub(super) struct Acceptance {
    pub name: String,
    pub email: String,
    pub password: Secret<String>,
}

pub(super) async fn accept(app: &App, token: &str, by: Acceptance, client: &Client) -> Result<(String, SessionAnswer)> {
    let row = open(app, token).await?;
    let mut checks = Checks::default();
    let email = checks.email("email", &by.email);
    if row.email.as_ref().is_some_and(|only| *only != email) {
        checks.wrong("email", "other", "This invitation is for another address.");
    }
    checks.done()?;
    let account = account(app, email, by, client).await?;
    let (workspace, invitation) = (row.workspace, row.id);
    let (now, new) = (app.now(), new_id(app.ids.as_ref(), app.now()));
    let (account, member) = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            if store::member_by_email(tx, workspace, &account.email)?.is_some_and(|m| m.active) {
                return Err(Error::conflict("member.exists", "You are a member of this workspace already. Sign in instead."));
            }
            if store::accept_invitation(tx, invitation, now)? == 0 {
                return Err(gone());
            }
            let id = match store::account_by_email(tx, &account.email)? {
                Some(there) if there.password_hash != account.password_hash => return Err(auth::wrong_credentials()),
                Some(there) => there.id,
                None => store::account_for(tx, &account)?,
            };
            let member = store::put_membership(tx, new, workspace, id, row.role, now)?;
            let joined = Actor::new(workspace, row.role, Default::default(), kernel::actor::Who::Person { account: id, member });
            let act = Act::new("member.joined", member)
                .named(&account.name)
                .after(serde_json::json!({ "role": row.role, "invitation": invitation }));
            audit::leave(tx, &joined, &act, now)?;
            Ok((id, member))
        })
        .await?;
    audit::carry(app, workspace).await?;
    app.people.forget_member(member);
    sessions::open_session(app, account, workspace, client).await
}

/// The account that joins, as it is or as it will be. Its hash tells, when joining, that nobody else took the address meanwhile.
async fn account(app: &App, email: String, by: Acceptance, client: &Client) -> Result<NewAccount> {
    let asked = email.clone();
    let at = app.now();
    if app.db.read(Scope::Control, move |tx| store::account_by_email(tx, &asked)).await?.is_some() {
        let there = auth::account(app, &email, by.password, client).await?;
        // The link is no second step: they sign in first, with their code.
        if second::needed(app, there.id).await? {
            return Err(Error::conflict(
                "invitation.sign_in_first",
                "Your account has a second step. Ask the admin to invite an address without an account, or switch the second step off to join.",
            ));
        }
        return Ok(NewAccount { id: there.id, email, name: there.name, password_hash: there.password_hash, at });
    }
    let mut checks = Checks::default();
    let name = checks.name("name", &by.name);
    checks.password("password", &by.password, &[&name, &email]);
    checks.done()?;
    let password_hash = password::hash(app, by.password).await?;
    Ok(NewAccount { id: new_id(app.ids.as_ref(), at), email, name, password_hash, at })
}
