//! Where somebody is signed in, and ending it.

use super::store;
use crate::app::{App, found};
use crate::people::auth::Authenticated;
use crate::people::endings::Ending;
use crate::people::store as people;
use db::{Lane, Scope};
use kernel::actor::Who;
use kernel::time::{Millis, wire};
use kernel::{AccountId, Error, Result, SessionId};
use serde::Serialize;

/// One sign-in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Device {
    #[schema(value_type = String)]
    pub id: SessionId,
    /// What the browser said of itself.
    pub user_agent: String,
    /// From where it was opened; null for old ones.
    pub address: Option<String>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    /// To five minutes.
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Millis,
    /// The one that asks.
    pub current: bool,
}

fn account(who: &Authenticated) -> Result<(AccountId, SessionId)> {
    match (who.actor.who, who.session) {
        (Who::Person { account, .. }, Some(session)) => Ok((account, session)),
        _ => Err(Error::forbidden("auth.person_needed", "Sessions are those of people who sign in.")),
    }
}

pub async fn list(app: &App, who: &Authenticated) -> Result<Vec<Device>> {
    let (account, session) = account(who)?;
    let now = app.now();
    let rows = app.db.read(Scope::Control, move |tx| store::sessions(tx, account, now)).await?;
    Ok(rows
        .into_iter()
        .map(|s| Device {
            id: s.id,
            user_agent: s.user_agent,
            address: s.address,
            created_at: s.created_at,
            last_seen_at: s.last_seen_at.unwrap_or(s.created_at),
            expires_at: s.expires_at,
            current: s.id == session,
        })
        .collect())
}

/// Ends one of one's own.
pub async fn end(app: &App, who: &Authenticated, id: SessionId) -> Result<()> {
    let (account, _) = account(who)?;
    let gone = app.db.write(Scope::Control, Lane::Interactive, move |tx| store::end_session(tx, account, id)).await?;
    found(gone.then_some(()), "session.not_found", "session")?;
    app.people.sessions.forget(|s| s.id == id);
    app.people.end(Ending::Session(id));
    Ok(())
}

/// Ends all but this one.
pub async fn end_others(app: &App, who: &Authenticated) -> Result<()> {
    let (account, session) = account(who)?;
    app.db.write(Scope::Control, Lane::Interactive, move |tx| people::delete_other_sessions(tx, account, session)).await?;
    app.people.sessions.forget(|s| s.account == account && s.id != session);
    app.people.end(Ending::OtherSessions(account, session));
    Ok(())
}
