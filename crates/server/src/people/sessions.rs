//! Sessions: one row for each sign-in, ended by signing out, by 30 quiet days, or by a refresh token that was used twice.
//!
//! The browser holds a cookie, programs a short access token (a JWT) and a refresh token. All of them live and die with the row.

use super::credential::{Credential, random_text};
use super::endings::Ending;
use super::model::{NewSession, Refreshed, SessionAnswer, SessionFacts};
use super::{auth, cookie, me, members, roles, store, trust};
use crate::app::App;
use crate::audit::{self, Act};
use db::{Lane, Scope};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::actor::{Trail, Who};
use kernel::event::NewEvent;
use kernel::id::{SessionKind, new_id};
use kernel::time::{DAY, MINUTE, Millis};
use kernel::{AccountId, Actor, Error, MemberId, Result, SessionId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const AGENT: usize = 300;

/// What an access token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: SessionId,
    acc: AccountId,
    wsp: WorkspaceId,
    mem: MemberId,
    /// Seconds, as JWTs have it.
    exp: i64,
    iat: i64,
}

/// Signs an account in to a workspace: the `Set-Cookie` value, and the answer.
pub async fn open_session(app: &App, account: AccountId, workspace: WorkspaceId, client: &auth::Client) -> Result<(String, SessionAnswer)> {
    let now = app.now();
    let id = new_id(app.ids.as_ref(), now);
    let mut seed = [0u8; 16];
    app.ids.random(&mut seed);
    let (secret, refresh) = (Credential::<SessionKind>::random(app, id), Credential::<SessionKind>::random(app, id));
    let new = NewSession {
        id,
        account,
        workspace,
        secret_hash: secret.hash(),
        refresh_hash: refresh.hash(),
        csrf_token: random_text(app),
        user_agent: client.user_agent.chars().take(AGENT).collect(),
        address: client.address.to_string(),
        at: now,
        expires_at: now + lifetime(app),
    };
    let facts = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            store::insert_session(tx, &new)?;
            let facts = store::session(tx, id)?.ok_or_else(no_workspace)?;
            let mut by = actor(&facts);
            by.trail = Trail::new(seed, Some(new.address.clone()));
            audit::leave(
                tx,
                &by,
                &Act::new("session.opened", facts.member).after(serde_json::json!({ "user_agent": new.user_agent })),
                now,
            )?;
            Ok(facts)
        })
        .await?;
    audit::carry(app, workspace).await?;
    let facts = with_permissions(app, facts).await?;
    members::mirror(app, workspace, facts.member, &format!("user:{}", facts.member)).await?;
    let me = me::of(app, &actor(&facts), Some(facts.csrf_token.clone())).await?;
    let (access_token, expires_at) = access_token(app, &facts)?;
    let answer = SessionAnswer { me, access_token, refresh_token: refresh.text(), expires_at, csrf_token: facts.csrf_token };
    Ok((cookie::set(app, &secret.text()), answer))
}

/// Whether a session still speaks for this member.
pub async fn is_open(app: &App, id: SessionId, member: MemberId) -> Result<bool> {
    let now = app.now();
    let facts = app.db.read(Scope::Control, move |tx| store::session(tx, id)).await?;
    Ok(facts.is_some_and(|f| f.member == member && f.expires_at > now))
}

pub(super) fn no_workspace() -> Error {
    Error::forbidden("auth.no_workspace", "Your account belongs to no workspace any more. Ask an admin to invite you.")
}

fn lifetime(app: &App) -> Millis {
    i64::from(app.config.auth.session_days) * DAY
}

pub(super) fn actor(facts: &SessionFacts) -> Actor {
    let (member, role) = facts.preview.unwrap_or((facts.member, facts.role));
    let who = Who::Person { account: facts.account, member };
    let actor = Actor::new(facts.workspace, role, facts.permissions, who);
    Actor { previewed_by: facts.preview.map(|_| facts.member), ..actor }
}

/// Who looks with another's eyes may read what both may, and nothing else.
async fn with_permissions(app: &App, mut facts: SessionFacts) -> Result<SessionFacts> {
    facts.permissions = roles::permissions(app, facts.workspace, facts.role).await?;
    if let Some((_, role)) = facts.preview {
        facts.permissions = facts.permissions.and(roles::permissions(app, facts.workspace, role).await?).reads();
    }
    Ok(facts)
}

fn access_token(app: &App, facts: &SessionFacts) -> Result<(String, Millis)> {
    let now = app.now() / 1_000;
    let exp = now + i64::from(app.config.auth.access_token_minutes) * MINUTE / 1_000;
    let claims = Claims { sub: facts.id, acc: facts.account, wsp: facts.workspace, mem: facts.member, exp, iat: now };
    let key = EncodingKey::from_secret(&app.vault.derive("jwt"));
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key);
    Ok((token.map_err(|e| Error::internal(format!("signing an access token: {e}")))?, exp * 1_000))
}

/// The session of a cookie's value.
pub(super) async fn by_cookie(app: &App, value: &str) -> Result<Arc<SessionFacts>> {
    let held = Credential::<SessionKind>::parse(value).ok_or_else(auth::required)?;
    let facts = look_up(app, held.id).await?;
    if held.fits(&facts.secret_hash) { Ok(facts) } else { Err(auth::ended()) }
}

/// The session of an access token. Its time is checked by our clock, not by the library's.
pub(super) async fn by_access_token(app: &App, token: &str) -> Result<Arc<SessionFacts>> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    let key = DecodingKey::from_secret(&app.vault.derive("jwt"));
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| auth::required())?.claims;
    if claims.exp * 1_000 <= app.now() {
        return Err(auth::ended());
    }
    let facts = look_up(app, claims.sub).await?;
    let same = facts.account == claims.acc && facts.workspace == claims.wsp && facts.member == claims.mem;
    if same { Ok(facts) } else { Err(auth::ended()) }
}

pub(super) async fn look_up(app: &App, id: SessionId) -> Result<Arc<SessionFacts>> {
    let now = app.now();
    let facts = match app.people.sessions.get(&id, now) {
        Ok(facts) => facts,
        Err(ticket) => {
            let row = app.db.read(Scope::Control, move |tx| store::session(tx, id)).await?;
            let mut facts = row.filter(|s| s.expires_at > now).ok_or_else(auth::ended)?;
            facts.expires_at = slide(app, &facts).await?;
            note_seen(app, &facts).await;
            let facts = with_permissions(app, facts).await?;
            app.people.sessions.put(ticket, id, facts, now)
        }
    };
    if facts.expires_at > now { Ok(facts) } else { Err(auth::ended()) }
}

/// To five minutes, for the list of one's sessions. A help, not a promise.
async fn note_seen(app: &App, facts: &SessionFacts) {
    let (id, now) = (facts.id, app.now());
    if facts.last_seen_at.is_some_and(|at| now - at < 5 * MINUTE) {
        return;
    }
    if let Err(error) = app.db.write(Scope::Control, Lane::Bulk, move |tx| trust::store::seen(tx, id, now)).await {
        tracing::warn!(error = %error, "the use of a session could not be noted");
    }
}

/// A session that is used goes on; written at most once a day.
async fn slide(app: &App, facts: &SessionFacts) -> Result<Millis> {
    let (id, until) = (facts.id, app.now() + lifetime(app));
    if until - facts.expires_at < DAY {
        return Ok(facts.expires_at);
    }
    app.db.write(Scope::Control, Lane::Interactive, move |tx| store::extend_session(tx, id, until)).await?;
    Ok(until)
}

/// New tokens for a refresh token. An old one means that somebody has a copy, so the whole session ends.
pub(super) async fn refresh(app: &App, token: &str) -> Result<Refreshed> {
    let held = Credential::<SessionKind>::parse(token).ok_or_else(auth::ended)?;
    let next = Credential::<SessionKind>::random(app, held.id);
    let (now, until) = (app.now(), app.now() + lifetime(app));
    let facts = app
        .db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            let Some(facts) = store::session(tx, held.id)?.filter(|s| s.expires_at > now) else {
                return Ok(None);
            };
            if !held.fits(&facts.refresh_hash) {
                store::delete_session(tx, held.id)?;
                return Ok(None);
            }
            store::rotate_refresh(tx, held.id, &next.hash(), until)?;
            Ok(Some(facts))
        })
        .await?;
    app.people.sessions.forget(|s| s.id == held.id);
    if facts.is_none() {
        app.people.end(Ending::Session(held.id));
    }
    let (access_token, expires_at) = access_token(app, &facts.ok_or_else(auth::ended)?)?;
    Ok(Refreshed { access_token, refresh_token: next.text(), expires_at })
}

/// From now on this session looks at the workspace as `member` sees it, or as itself again.
pub(super) async fn preview(app: &App, who: &auth::Authenticated, member: Option<MemberId>) -> Result<()> {
    let (Some(session), Who::Person { .. }) = (who.session, who.actor.who) else {
        return Err(Error::forbidden("auth.person_needed", "Only somebody who is signed in can look with another's eyes."));
    };
    let (workspace, now) = (who.actor.workspace, app.now());
    let facts = look_up(app, session).await?;
    if member == Some(facts.member) {
        return Err(Error::field("member_id", "yourself", "This is what you see already."));
    }
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            if let Some(member) = member {
                let there = store::membership(tx, workspace, member)?.filter(|m| m.active);
                there.ok_or_else(|| Error::field("member_id", "not_found", "There is no such active member."))?;
            }
            store::set_preview(tx, session, member)
        })
        .await?;
    app.people.sessions.forget(|s| s.id == session);
    // Streams of this session come back with the right eyes.
    app.people.end(Ending::Session(session));
    let (kind, of) = match member {
        Some(member) => ("member.preview_started", Some(member)),
        None => ("member.preview_ended", facts.preview.map(|(member, _)| member)),
    };
    let Some(of) = of else { return Ok(()) };
    let event = NewEvent::new(kind, format!("user:{}", facts.member), now).payload(serde_json::json!({ "member_id": of }));
    let who = who.actor.clone();
    app.db
        .write(workspace, Lane::Interactive, move |tx| {
            let name = store::member(tx, of)?.map(|m| m.name).unwrap_or_default();
            let action = if member.is_some() { "preview.started" } else { "preview.ended" };
            audit::note(tx, &who, &Act::new(action, of).named(name), now)?;
            tx.emit(event.clone());
            Ok(())
        })
        .await
}

pub(super) async fn sign_out(app: &App, id: SessionId) -> Result<()> {
    app.db.write(Scope::Control, Lane::Interactive, move |tx| store::delete_session(tx, id)).await?;
    app.people.sessions.forget(|s| s.id == id);
    app.people.end(Ending::Session(id));
    Ok(())
}
