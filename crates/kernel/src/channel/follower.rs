//! Channels that keep connections of their own protocol open (IMAP) and fetch over them, one for each place they follow.

use super::{Account, Edge, RawDelivery, SendError};
use crate::BoxFuture;
use crate::time::Millis;

/// Fetches what waits and goes on to listen, for each place (folder) over a connection of its own. One process at a time follows a
/// place; it is begun again when it ends or when the settings change.
pub trait Follower: Send + Sync {
    /// What is followed for this account; nothing when it is fed another way.
    fn places(&self, account: &Account) -> Vec<String>;
    /// Brings what came since the cursor, then waits for more. It ends with an error only; when it is dropped instead, everything
    /// that was stored stays so, and what was not is fetched again.
    fn follow<'a>(&'a self, edge: Edge<'a>, account: &'a Account, place: &'a str, desk: &'a dyn Desk) -> BoxFuture<'a, SendError>;
}

/// Something fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct Brought {
    pub raw: RawDelivery,
    /// History: no unread marks, nobody is woken, conversations closed as they come.
    pub silent: bool,
}

/// What the server does for a [`Follower`], about one place.
pub trait Desk: Send + Sync {
    /// Where it stopped last time.
    fn cursor(&self) -> BoxFuture<'_, Result<Option<String>, SendError>>;
    /// Journals all of them; when it returns well, they are durable and the cursor may go on.
    fn store(&self, brought: Vec<Brought>) -> BoxFuture<'_, Result<(), SendError>>;
    fn set_cursor(&self, cursor: String) -> BoxFuture<'_, Result<(), SendError>>;
    /// Those of these external ids that are messages of this account already.
    fn known(&self, external_ids: Vec<String>) -> BoxFuture<'_, Result<Vec<String>, SendError>>;
    /// It works; in words how far it is.
    fn report(&self, detail: String) -> BoxFuture<'_, ()>;
    /// Waits so long, by our clock.
    fn rest(&self, ms: Millis) -> BoxFuture<'_, ()>;
}
