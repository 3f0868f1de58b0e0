//! Who is told of what: in the app, by mail and by push. A reader of the event log turns events into rows, once each, because the
//! cursor moves in the transaction that writes the rows; mails and pushes are jobs that the same transaction queues. Nobody is
//! told of their own act. While a notification is unread, news about the same conversation is added to it.

mod actions;
mod api;
mod keys;
mod letters;
mod mails;
mod model;
mod pushes;
mod quiet;
mod reader;
mod store;
mod webpush;
mod words;

pub use api::routes;
pub use mails::MAIL;
pub use model::{Kind, Notification};
pub use pushes::PUSH;
pub use reader::{concerns, is_far, read_on};
pub use store::forget_old;

use crate::app::App;
use db::{Lane, jobs};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kernel::{Result, WorkspaceId};

/// Mails and pushes under way at once.
const AT_ONCE: i64 = 8;

/// Sends the mails and pushes that are due. A provider that hangs holds up others of its kind only.
pub async fn drain(app: &App, workspace: WorkspaceId) -> Result<()> {
    let mut under_way = FuturesUnordered::new();
    let mut failed = None;
    loop {
        let (now, room) = (app.now(), AT_ONCE - under_way.len() as i64);
        let mut due = Vec::new();
        if failed.is_none() {
            due = app
                .db
                .write(workspace, Lane::Interactive, move |tx| {
                    let mut due = jobs::claim(tx, MAIL, now, room)?;
                    due.extend(jobs::claim(tx, PUSH, now, room - due.len() as i64)?);
                    Ok(due)
                })
                .await?;
        }
        let none = due.is_empty();
        for job in due {
            let app = app.clone();
            under_way.push(async move {
                match job.kind.as_str() {
                    MAIL => mails::send(&app, workspace, job).await,
                    _ => pushes::send(&app, workspace, job).await,
                }
            });
        }
        match under_way.next().await {
            Some(Ok(())) => {}
            Some(Err(error)) => failed = Some(error),
            None if none => return failed.map_or(Ok(()), Err),
            None => {}
        }
    }
}
