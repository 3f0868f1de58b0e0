//! What end-to-end tests need: a real server on free ports with a clock that is moved by hand, clients for each of its doors, and
//! stand-ins for the world outside. Everything stays on the loopback interface.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test tool fails the test at once")]

mod client;
mod doors;
mod dovecot;
mod live;
mod names;
mod outside;
mod postfix;
mod server;
mod smtp;

pub use client::{Answer, Client, encode};
pub use doors::{ApiDoor, MailDoor, Visitor};
pub use dovecot::{Dovecot, DovecotOptions, MAILBOX, MAILBOX_PASSWORD};
pub use live::Live;
pub use names::Names;
pub use outside::{Hook, HookAnswer, HookRequest};
pub use postfix::Postfix;
pub use server::{Options, PASSWORD, TestServer, engine_is_postgres};
pub use smtp::{Mail, Sink, Submitted, submit};

use std::future::Future;
use std::time::Duration;

/// Longest wait for something that has to come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that has to come, and says what was missing.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} did not come in {PATIENCE:?}"))
}

/// Asks again until there is an answer.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    within(what, async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}
