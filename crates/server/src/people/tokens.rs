//! API tokens (`sbt_…`): programs act with them for the member who made them, with that member's role of the moment.

use super::check::Checks;
use super::credential::Credential;
use super::endings::Ending;
use super::model::{NewToken, Token, TokenFacts};
use super::{auth, roles, store};
use crate::app::{App, found};
use crate::audit::{self, Act};
use crate::http::extract::IdempotencyKey;
use db::{Lane, Scope};
use kernel::actor::{Permission, Permissions, Who};
use kernel::id::TokenKind;
use kernel::page::{self, Page};
use kernel::time::{MINUTE, Millis};
use kernel::{Actor, Error, MemberId, Result, TokenId};
use std::sync::Arc;

pub(super) const PREFIX: &str = "sbt_";
const PURPOSE: &str = "api tokens";

/// The actor a token speaks for.
pub(super) async fn recognise(app: &App, text: &str) -> Result<Actor> {
    let held = text.strip_prefix(PREFIX).and_then(Credential::<TokenKind>::parse).ok_or_else(auth::required)?;
    let facts = look_up(app, held.id).await?;
    if !held.fits(&facts.secret_hash) || facts.expires_at.is_some_and(|at| at <= app.now()) {
        return Err(auth::ended());
    }
    Ok(actor(&facts))
}

pub(super) fn actor(facts: &TokenFacts) -> Actor {
    let who = Who::Token { token: facts.id, member: facts.member };
    Actor::new(facts.workspace, facts.role, facts.permissions, who)
}

pub(super) async fn look_up(app: &App, id: TokenId) -> Result<Arc<TokenFacts>> {
    let now = app.now();
    let ticket = match app.people.tokens.get(&id, now) {
        Ok(facts) => return Ok(facts),
        Err(ticket) => ticket,
    };
    let row = app.db.read(Scope::Control, move |tx| store::token(tx, id)).await?;
    let mut facts = row.ok_or_else(auth::ended)?;
    let of_member = roles::permissions(app, facts.workspace, facts.role).await?;
    facts.permissions = facts.scope.map_or(of_member, |scope| scope.and(of_member));
    if facts.last_used_at.is_none_or(|at| now - at >= MINUTE) {
        note_use(app, id, now).await;
        facts.last_used_at = Some(now);
    }
    Ok(app.people.tokens.put(ticket, id, facts, now))
}

/// The time of use is a help, not a promise: when it cannot be written, the request goes on.
async fn note_use(app: &App, id: TokenId, now: Millis) {
    if let Err(error) = app.db.write(Scope::Control, Lane::Bulk, move |tx| store::token_used(tx, id, now)).await {
        tracing::warn!(token.id = %id, error = %error, "the use of an API token could not be noted");
    }
}

pub(super) async fn create(
    app: &App,
    actor: &Actor,
    name: &str,
    expires_at: Option<Millis>,
    scope: Option<Vec<String>>,
    key: Option<&IdempotencyKey>,
) -> Result<Token> {
    let mut checks = Checks::default();
    let name = checks.name("name", name);
    if expires_at.is_some_and(|at| at <= app.now()) {
        checks.wrong("expires_at", "past", "Give a time that is still to come.");
    }
    let mut known = Vec::new();
    for name in scope.iter().flatten() {
        match Permission::parse(name) {
            Some(p) if actor.may(p) => known.push(p),
            Some(_) => checks.wrong("permissions", "beyond_yours", format!("You do not have {name} yourself.")),
            None => checks.wrong("permissions", "not_an_option", format!("`{name}` is no permission.")),
        }
    }
    let scope = scope.map(|_| Permissions::of(known));
    checks.done()?;
    let member = person(actor)?;
    let credential = Credential::keyed(app, PURPOSE, actor, key)?;
    let new = NewToken { credential, workspace: actor.workspace, member, name, at: app.now(), expires_at, scope };
    let (name, text) = (new.name.clone(), format!("{PREFIX}{}", credential.text()));
    let (who, now) = (actor.clone(), app.now());
    let row = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let row = store::put_token(tx, &new)?;
            if row.created_at == now {
                let after = serde_json::json!({ "permissions": row.permissions, "expires_at": row.expires_at.map(kernel::time::rfc3339) });
                audit::leave(tx, &who, &Act::new("token.created", row.id).named(&row.name).after(after), now)?;
            }
            Ok(row)
        })
        .await?;
    audit::carry(app, actor.workspace).await?;
    if row.name != name || row.expires_at != expires_at || row.permissions != scope.map(Permissions::names) {
        return Err(key_reused());
    }
    Ok(Token { token: Some(text), ..row })
}

/// A token cannot make tokens: what ends with it must not outlive it.
fn person(actor: &Actor) -> Result<MemberId> {
    match actor.who {
        Who::Person { member, .. } => Ok(member),
        _ => Err(Error::forbidden("token.person_needed", "API tokens are made by people. Sign in to make one.")),
    }
}

pub(super) fn key_reused() -> Error {
    Error::conflict("idempotency.key_reused", "This Idempotency-Key was used for another request.")
}

/// Admins see all tokens of the workspace, others their own.
fn whose(actor: &Actor) -> Option<MemberId> {
    if actor.may(Permission::MembersManage) { None } else { actor.member() }
}

pub(super) async fn page(app: &App, actor: &Actor, limit: Option<i64>, cursor: Option<&str>) -> Result<Page<Token>> {
    let limit = page::limit(limit)?;
    let before: Option<(Millis, TokenId)> = cursor.map(page::decode).transpose()?;
    let (at, id) = before.unwrap_or((i64::MAX, super::first_id()));
    let (workspace, of) = (actor.workspace, whose(actor));
    let rows = app.db.read(Scope::Control, move |tx| store::tokens_before(tx, workspace, of, at, id, limit + 1)).await?;
    Ok(Page::cut(rows, limit, |t| (t.created_at, t.id)))
}

pub(super) async fn delete(app: &App, actor: &Actor, id: TokenId) -> Result<()> {
    let (workspace, of) = (actor.workspace, whose(actor));
    let (who, now) = (actor.clone(), app.now());
    let gone = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let gone = store::delete_token(tx, workspace, of, id)?;
            if gone > 0 {
                audit::leave(tx, &who, &Act::new("token.deleted", id), now)?;
            }
            Ok(gone)
        })
        .await?;
    audit::carry(app, workspace).await?;
    app.people.tokens.forget(|t| t.id == id);
    if gone > 0 {
        app.people.end(Ending::Token(id));
    }
    found((gone > 0).then_some(()), "token.not_found", "token")
}
