//! A new password for somebody who lost theirs: by a link in a mail, where the server can send mail, or by one that an admin hands over.

use super::note::{carried, told};
use super::store::{self, Reset};
use crate::app::{App, found};
use crate::audit::{self, Act};
use crate::mailer::{self, Letter};
use crate::people::auth::Client;
use crate::people::check::{Checks, normal_email};
use crate::people::credential::Credential;
use crate::people::endings::Ending;
use crate::people::model::AccountRow;
use crate::people::{password, roles, store as people};
use db::{Lane, Scope};
use kernel::actor::Permissions;
use kernel::id::{ResetKind, new_id};
use kernel::time::{DAY, HOUR, Millis, wire};
use kernel::{AccountId, Actor, Error, MemberId, Result, Secret};
use serde::Serialize;

/// A link to hand over.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ResetLink {
    pub url: String,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Millis,
}

/// A link asked for by mail takes the place of an earlier one; what an admin handed over stays, whoever asks for a mail.
async fn make(app: &App, account: AccountId, made_by: Option<MemberId>, lasts: Millis) -> Result<ResetLink> {
    let now = app.now();
    let credential = Credential::<ResetKind>::random(app, new_id(app.ids.as_ref(), now));
    let row = Reset { id: credential.id, account, secret_hash: credential.hash(), made_by, expires_at: now + lasts, used_at: None };
    let expires_at = row.expires_at;
    app.db.write(Scope::Control, Lane::Interactive, move |tx| store::put_reset(tx, &row, now)).await?;
    Ok(ResetLink { url: format!("{}/reset-password/{}", app.config.server.public_url, credential.text()), expires_at })
}

/// An admin makes a link for a member who asked for it by other means.
pub async fn by_admin(app: &App, actor: &Actor, id: MemberId) -> Result<ResetLink> {
    let workspace = actor.workspace;
    let row = app.db.read(Scope::Control, move |tx| people::membership(tx, workspace, id)).await?;
    let member = found(row.filter(|m| m.active), "member.not_found", "active member")?;
    let theirs: Permissions = roles::permissions(app, workspace, member.role).await?;
    roles::may_give(actor, member.role, theirs)?;
    let account = member.account;
    let all = app.db.read(Scope::Control, move |tx| people::memberships_of(tx, account)).await?;
    if all.iter().any(|m| m.workspace != workspace) {
        return Err(Error::conflict(
            "reset.shared_account",
            "This person belongs to other workspaces too, so only they can reset their password, by mail.",
        ));
    }
    let link = make(app, account, actor.member(), DAY).await?;
    let (who, now) = (actor.clone(), app.now());
    let act = Act::new("password_reset.created", id).named(member.name);
    app.db.write(Scope::Control, Lane::Interactive, move |tx| audit::leave(tx, &who, &act, now)).await?;
    audit::carry(app, workspace).await?;
    Ok(link)
}

/// Somebody asks for a link by mail. The answer is the same whether the address is known or not.
pub async fn by_mail(app: &App, email: &str, client: &Client) -> Result<()> {
    if app.config.mail.is_none() {
        return Err(Error::conflict("reset.no_mail", "This server sends no mail. Ask an admin for a link."));
    }
    let email = normal_email(email);
    app.people.throttle.begin(&format!("reset {email}"), client.address, 5, app.now())?;
    let asked = email.clone();
    let Some(account) = app.db.read(Scope::Control, move |tx| people::account_by_email(tx, &asked)).await? else { return Ok(()) };
    let with = app.clone();
    // Whether the address is known must not show in how long the answer takes: nothing that is done for an account is waited for.
    tokio::spawn(async move {
        let link = match make(&with, account.id, None, HOUR).await {
            Ok(link) => link,
            Err(error) => return tracing::warn!(%error, "a reset link could not be made"),
        };
        if let Err(why) = mailer::send(&with, &letter(&with, account, &link.url)).await {
            tracing::warn!(error = why.words(), "a mail with a reset link did not leave");
        }
    });
    Ok(())
}

fn letter(app: &App, account: AccountRow, url: &str) -> Letter {
    let lines = [
        "Somebody asked for a new password for your Switchboard account.",
        "Open this link within an hour to choose one:",
        "If it was not you, nothing changes, and you can delete this mail.",
    ];
    Letter {
        id: format!("reset_{}", app.secret_text(16)),
        to: account.email,
        to_name: account.name,
        subject: "Choose a new password".into(),
        text: format!("{}\n\n{}\n{url}\n\n{}\n", lines[0], lines[1], lines[2]),
        html: format!(
            "<!doctype html><html><body style=\"font:15px/1.5 system-ui,sans-serif\"><p>{}</p><p>{}</p><p><a href=\"{url}\">{url}</a></p><p>{}</p></body></html>",
            lines[0], lines[1], lines[2]
        ),
        settings_url: None,
        at: app.now(),
    }
}

/// Unknown, used and ended links look alike.
fn gone() -> Error {
    Error::not_found("reset.not_found", "This link was used, has ended, or was replaced by a newer one. Ask for a new one.")
}

async fn open(app: &App, token: &str) -> Result<Reset> {
    let held = Credential::<ResetKind>::parse(token).ok_or_else(gone)?;
    let row = app.db.read(Scope::Control, move |tx| store::reset(tx, held.id)).await?;
    row.filter(|r| held.fits(&r.secret_hash) && r.used_at.is_none() && r.expires_at > app.now()).ok_or_else(gone)
}

/// Whose link it is, for the page that asks for the new password.
pub async fn email_of(app: &App, token: &str) -> Result<String> {
    let account = open(app, token).await?.account;
    let row = app.db.read(Scope::Control, move |tx| people::account_by_id(tx, account)).await?;
    Ok(row.ok_or_else(gone)?.email)
}

/// A new password, once; every session ends. The second step stays.
pub async fn finish(app: &App, token: &str, new: Secret<String>) -> Result<()> {
    let reset = open(app, token).await?;
    let (id, account) = (reset.id, reset.account);
    let row = app.db.read(Scope::Control, move |tx| people::account_by_id(tx, account)).await?.ok_or_else(gone)?;
    let mut checks = Checks::default();
    checks.password("password", &new, &[&row.name, &row.email]);
    checks.done()?;
    let hash = password::hash(app, new).await?;
    let now = app.now();
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            if !store::use_reset(tx, id, now)? {
                return Err(gone());
            }
            store::end_other_resets(tx, account, id)?;
            people::set_password(tx, account, &hash)?;
            store::end_all_sessions(tx, account)?;
            told(tx, account, "password.reset", None, now)
        })
        .await?;
    carried(app, account).await?;
    app.people.sessions.forget(|s| s.account == account);
    app.people.end(Ending::Account(account));
    Ok(())
}
