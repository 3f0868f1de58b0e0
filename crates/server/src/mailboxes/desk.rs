//! What the server does for a follower: journal, cursor, health, and the clock.

use super::{Followed, rest, store};
use crate::app::App;
use crate::channels::{self, Entry};
use crate::{conversations, journal};
use db::Lane;
use futures_util::future::try_join_all;
use kernel::BoxFuture;
use kernel::channel::{Brought, Desk, SendError};
use kernel::time::{MINUTE, Millis};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub struct ServerDesk<'a> {
    pub app: &'a App,
    pub entry: &'a Arc<Entry>,
    pub place: &'a str,
    pub followed: &'a Arc<Followed>,
    /// When it was last written down that it works; 0 is not yet.
    pub worked: AtomicI64,
}

fn ours(error: kernel::Error) -> SendError {
    SendError::Retry { after_ms: None, detail: format!("Our own failure: {}", error.detail) }
}

impl Desk for ServerDesk<'_> {
    fn cursor(&self) -> BoxFuture<'_, Result<Option<String>, SendError>> {
        let (id, place) = (self.entry.id, self.place.to_owned());
        Box::pin(async move { self.app.db.read(self.entry.workspace, move |tx| store::cursor(tx, id, &place)).await.map_err(ours) })
    }

    fn store(&self, brought: Vec<Brought>) -> BoxFuture<'_, Result<(), SendError>> {
        Box::pin(async move {
            // Together, so that they are committed together, in the order in which they came: an answer is not played before what it
            // answers. Large ones become files first, and so each waits for those before it.
            let mut together = Vec::new();
            for one in brought {
                let large = one.raw.body.len() > journal::INLINE;
                if large {
                    try_join_all(std::mem::take(&mut together)).await.map_err(ours)?;
                }
                together.push(journal::store_raw(self.app, self.entry, one.raw, one.silent));
                if large {
                    try_join_all(std::mem::take(&mut together)).await.map_err(ours)?;
                }
            }
            try_join_all(together).await.map(|_| ()).map_err(ours)
        })
    }

    fn set_cursor(&self, cursor: String) -> BoxFuture<'_, Result<(), SendError>> {
        let (id, place, holder) = (self.entry.id, self.place.to_owned(), self.app.mailboxes.holder.clone());
        Box::pin(async move {
            let set = self.app.db.write(self.entry.workspace, Lane::Intake, move |tx| store::set_cursor(tx, id, &place, &holder, &cursor));
            match set.await.map_err(ours)? {
                true => Ok(()),
                false => Err(SendError::Retry { after_ms: None, detail: "Another process follows this folder now.".into() }),
            }
        })
    }

    fn known(&self, external_ids: Vec<String>) -> BoxFuture<'_, Result<Vec<String>, SendError>> {
        let id = self.entry.id;
        Box::pin(async move {
            self.app.db.read(self.entry.workspace, move |tx| conversations::known_externals(tx, id, &external_ids)).await.map_err(ours)
        })
    }

    fn report(&self, detail: String) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let now = self.app.now();
            let before = self.worked.load(Ordering::SeqCst);
            let (id, place, words) = (self.entry.id, self.place.to_owned(), detail.clone());
            let known = self.app.db.read(self.entry.workspace, move |tx| store::details(tx, id)).await.unwrap_or_default();
            let same = known.iter().any(|(name, said)| *name == place && *said == words);
            // Once a minute, or when there is something else to say.
            if before > 0 && same && now - before < MINUTE {
                return;
            }
            self.worked.store(now.max(1), Ordering::SeqCst);
            let places = self.entry.connector.follower().map(|f| f.places(&self.entry.account)).unwrap_or_default();
            let changed = self.app.db.write(self.entry.workspace, Lane::Interactive, move |tx| {
                store::set_detail(tx, id, &place, &words, now)?;
                let all = store::details(tx, id)?.into_iter().filter(|(name, _)| places.contains(name)).map(|(_, said)| said);
                channels::note_working(tx, id, &format!("{}.", all.collect::<Vec<_>>().join(". ")), now)
            });
            match changed.await {
                Ok(true) => self.app.directory.forget(id),
                Ok(false) => {}
                Err(error) => tracing::warn!(channel.id = %id, error = %error, "that a mailbox works could not be noted"),
            }
        })
    }

    fn rest(&self, ms: Millis) -> BoxFuture<'_, ()> {
        Box::pin(rest(self.app, self.entry.workspace, self.followed, ms))
    }
}
