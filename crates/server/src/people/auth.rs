//! Recognising who sends a request: an access token, an API token, or the session cookie with its CSRF token.

use super::credential::same;
use super::model::{AccountRow, SessionFacts};
use super::{check, cookie, password, sessions, store, tokens};
use crate::app::App;
use crate::http::error::Problem;
use crate::{audit, standstill};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use db::Scope;
use kernel::actor::{Trail, Who};
use kernel::{Actor, Error, Result, Secret, SessionId};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// A recognised request.
#[derive(Debug, Clone)]
pub struct Authenticated {
    pub actor: Actor,
    /// Absent for API tokens.
    pub session: Option<SessionId>,
    /// For the answer of `/me`; absent for API tokens.
    pub(super) csrf_token: Option<String>,
}
impl Authenticated {
    fn session(facts: &Arc<SessionFacts>) -> Self {
        Self { actor: sessions::actor(facts), session: Some(facts.id), csrf_token: Some(facts.csrf_token.clone()) }
    }
}
impl FromRequestParts<App> for Authenticated {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(authenticate(app, parts).await?)
    }
}

/// Who sends this request. Another `Authorization` than Bearer may belong to a proxy and is left to it.
pub async fn authenticate(app: &App, parts: &mut Parts) -> Result<Authenticated> {
    let mut who = recognise(app, parts).await?;
    if let Some(trail) = parts.extensions.get::<Trail>() {
        who.actor.trail = trail.clone();
    }
    if let Some(seat) = parts.extensions.get::<audit::Seat>() {
        seat.take(&who.actor);
    }
    not_while_leaving(app, parts, &who).await?;
    only_looking(parts, who)
}

/// What goes on in a workspace that is about to be deleted: taking that back, exporting it, and what concerns oneself alone.
const STILL_DONE: [&str; 4] = ["/workspace/deletion", "/workspace/exports", "/me", "/me/password"];

/// There everything stands still, and says so.
async fn not_while_leaving(app: &App, parts: &Parts, who: &Authenticated) -> Result<()> {
    let path = parts.uri.path();
    let looks = LOOKS.iter().any(|look| path.ends_with(look)) || matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let own = STILL_DONE.iter().any(|done| path.ends_with(done)) || path.contains("/auth/") || path.contains("/me/");
    if looks || own || standstill::reason(app, who.actor.workspace).await? != Some(standstill::Reason::Deletion) {
        return Ok(());
    }
    Err(Error::conflict(
        "workspace.deleting",
        "This workspace is about to be deleted: nothing is changed in it. Its owner can take that back.",
    ))
}

async fn recognise(app: &App, parts: &Parts) -> Result<Authenticated> {
    if let Some(bearer) = bearer(&parts.headers) {
        if bearer.starts_with(tokens::PREFIX) {
            let actor = tokens::recognise(app, bearer).await?;
            return Ok(Authenticated { actor, session: None, csrf_token: None });
        }
        return Ok(Authenticated::session(&sessions::by_access_token(app, bearer).await?));
    }
    let value = cookie::read(&parts.headers).ok_or_else(required)?;
    let facts = sessions::by_cookie(app, value).await?;
    let given = parts.headers.get("x-csrf-token").map(|v| v.as_bytes()).unwrap_or_default();
    let harmless = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if !harmless && !same(given, facts.csrf_token.as_bytes()) {
        return Err(Error::forbidden("auth.csrf", "The X-CSRF-Token header is missing or wrong. Load the page again."));
    }
    Ok(Authenticated::session(&facts))
}

/// The same caller as they are now: roles change while something goes on.
pub async fn again(app: &App, who: &Authenticated) -> Result<Actor> {
    match (who.session, who.actor.who) {
        (Some(id), _) => Ok(sessions::actor(sessions::look_up(app, id).await?.as_ref())),
        (None, Who::Token { token, .. }) => Ok(tokens::actor(tokens::look_up(app, token).await?.as_ref())),
        (None, _) => Ok(who.actor.clone()),
    }
}

/// What is asked with a body and changes nothing.
const LOOKS: [&str; 3] = ["/conversations/search", "/conversations/count", "/views/counts"];

/// Who looks with another member's eyes can only look, leave that view, and sign out.
fn only_looking(parts: &Parts, who: Authenticated) -> Result<Authenticated> {
    let path = parts.uri.path();
    let asks = parts.method == Method::POST && LOOKS.iter().any(|look| path.ends_with(look));
    let harmless = asks || matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let leaving = (parts.method == Method::DELETE && path.ends_with("/me/preview")) || path.ends_with("/auth/sign-out");
    if who.actor.previewed_by.is_some() && !harmless && !leaving {
        return Err(Error::forbidden("preview.read_only", "You look at the workspace with another member's eyes: nothing can be changed."));
    }
    Ok(who)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
}

pub(super) fn required() -> Error {
    Error::unauthenticated("auth.required", "Sign in first.")
}
pub(super) fn ended() -> Error {
    Error::unauthenticated("auth.expired", "Your session has ended. Sign in again.")
}
pub(super) fn wrong_credentials() -> Error {
    Error::unauthenticated("auth.wrong_credentials", "This email address and password do not go together.")
}

/// The account of an address and its password, slowed down for those who guess. A wrong address and a wrong password look alike.
pub(super) async fn account(app: &App, email: &str, given: Secret<String>, client: &Client) -> Result<AccountRow> {
    let email = check::normal_email(email);
    app.people.throttle.begin(&email, client.address, app.config.auth.failed_sign_ins, app.now())?;
    let asked = email.clone();
    let row = app.db.read(Scope::Control, move |tx| store::account_by_email(tx, &asked)).await?;
    let stored = row.as_ref().map(|a| a.password_hash.clone());
    if !password::fits(app, given, stored).await? {
        return Err(wrong_credentials());
    }
    app.people.throttle.succeeded(&email, client.address);
    row.ok_or_else(wrong_credentials)
}

/// Where a request without a session comes from.
pub struct Client {
    pub address: IpAddr,
    pub user_agent: String,
}
impl FromRequestParts<App> for Client {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let from_elsewhere = parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
        if from_elsewhere {
            return Err(Error::forbidden("auth.csrf", "This was sent by a page of another site.").into());
        }
        Ok(Self::of(app, parts))
    }
}

/// The same where another site is meant to send the browser here.
pub struct Sent(pub Client);
impl FromRequestParts<App> for Sent {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(Client::of(app, parts)))
    }
}

impl Client {
    fn of(app: &App, parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
        let trusted = |ip: IpAddr| app.config.server.trusted_proxies.iter().any(|net| net.contains(&ip));
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let address = address(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), &parts.headers, trusted);
        Self { address, user_agent: user_agent.to_owned() }
    }
}

/// The nearest address that is not one of our own proxies; what stands left of it anybody may have written.
fn address(peer: IpAddr, headers: &HeaderMap, trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted(peer) {
        return peer;
    }
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
    let mut last = peer;
    for hop in lines.iter().flat_map(|line| line.split(',')).rev() {
        let Ok(ip) = hop.trim().parse::<IpAddr>() else { break };
        last = ip.to_canonical();
        if !trusted(last) {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 203.0.113.9".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.2".parse().unwrap());
        let trusted = |ip: IpAddr| matches!(ip, IpAddr::V4(v4) if v4.octets()[0] == 10);
        assert_eq!(address(ip("198.51.100.7"), &headers, trusted), ip("198.51.100.7"));
        assert_eq!(address(ip("::ffff:10.0.0.1"), &headers, trusted), ip("203.0.113.9"));
        assert_eq!(address(ip("10.0.0.1"), &HeaderMap::new(), trusted), ip("10.0.0.1"));
    }
}
