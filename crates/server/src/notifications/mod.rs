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
use crate::runner::Work;
use crate::worklist;
use kernel::{Result, WorkspaceId};

/// Sends the mails and pushes that are due. A provider that hangs holds up others of its kind only.
pub async fn drain(app: &App, workspace: WorkspaceId) -> Result<()> {
    // So many of each under way at once.
    const KINDS: [(&str, i64); 2] = [(MAIL, 8), (PUSH, 8)];
    worklist::drain(app, workspace, Work::Notifying, &KINDS, |job| async move {
        match job.kind.as_str() {
            MAIL => mails::send(app, workspace, job).await,
            _ => pushes::send(app, workspace, job).await,
        }
    })
    .await
}
