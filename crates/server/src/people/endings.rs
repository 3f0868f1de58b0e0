//! Word of access that ended, for what goes on without asking again: event streams.

use super::auth::{Authenticated, ended};
use super::{sessions, tokens};
use crate::app::App;
use kernel::actor::Who;
use kernel::{AccountId, MemberId, Result, SessionId, TokenId};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// What ended, and with it everything that was opened by it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    Session(SessionId),
    /// All sessions of the account but one.
    OtherSessions(AccountId, SessionId),
    Token(TokenId),
    /// All sessions of the account.
    Account(AccountId),
    /// The member left: sessions and tokens alike.
    Member(MemberId),
}

impl Ending {
    fn ends(self, who: &Authenticated) -> bool {
        match (self, who.actor.who) {
            (Self::Session(id), _) => who.session == Some(id),
            (Self::OtherSessions(of, but), Who::Person { account, .. }) => account == of && who.session != Some(but),
            (Self::Account(of), Who::Person { account, .. }) => account == of,
            (Self::Token(id), Who::Token { token, .. }) => token == id,
            (Self::Member(id), _) => who.actor.member() == Some(id),
            _ => false,
        }
    }
}

/// Waits for the end of somebody's access.
pub struct Watch {
    who: Authenticated,
    endings: broadcast::Receiver<Ending>,
}

/// Begins to watch, and makes sure that the access has not ended since it was recognised.
pub async fn watch(app: &App, who: Authenticated) -> Result<Watch> {
    let watch = Watch { endings: app.people.endings.subscribe(), who };
    if !still_good(app, &watch.who).await? {
        return Err(ended());
    }
    Ok(watch)
}

impl Watch {
    /// Resolves when the access has ended.
    pub async fn ended(mut self, app: &App) {
        loop {
            match self.endings.recv().await {
                Ok(ending) if ending.ends(&self.who) => return,
                Ok(_) => {}
                // What was missed may have been ours.
                Err(RecvError::Lagged(_)) => match still_good(app, &self.who).await {
                    Ok(true) => {}
                    Ok(false) | Err(_) => return,
                },
                Err(RecvError::Closed) => return,
            }
        }
    }
}

async fn still_good(app: &App, who: &Authenticated) -> Result<bool> {
    let found = match (who.session, who.actor.who) {
        (Some(id), _) => sessions::look_up(app, id).await.map(|_| ()),
        (None, Who::Token { token, .. }) => tokens::look_up(app, token).await.map(|_| ()),
        (None, _) => Ok(()),
    };
    match found {
        Ok(()) => Ok(true),
        Err(e) if e.kind == kernel::ErrorKind::Unauthenticated => Ok(false),
        Err(e) => Err(e),
    }
}
