//! A door for programs written for Chatwoot's API: bots and bridges move over by changing an address and a token.
//!
//! It is an adapter and nothing else. Whoever calls is recognised by the same tokens, and what they do goes through our own API in the
//! process ([`desk::Desk::call`]), so that permissions, the rule of sight, checks, the audit log and events are those of every other caller. What is
//! added is the other spelling: integers for ids ([`numbers`]), their names for states, and their three ways to wrap an answer ([`shapes`]).
//!
//! What happens is told such programs in the same spelling ([`hooks`]); subscriptions to it are ours ([`subscriptions`]).
//!
//! The client API ([`client`]) has no token: its `source_id` is the credential, and works on API channels only.

mod account;
mod api;
mod client;
mod contacts;
mod context;
mod conversations;
mod desk;
mod fault;
mod filter;
mod finding;
mod given;
mod hooks;
mod messages;
mod numbers;
mod opening;
mod settings;
mod shapes;
mod store;
mod subscriptions;

pub use api::routes;
pub use context::Knows;
pub use hooks::{Account, Teller, event_of, example};

use crate::app::App;
use axum::extract::DefaultBodyLimit;
use axum::routing::any;
use axum::{Extension, Router};
use desk::Doors;

/// Everything below `/chatwoot`, on top of our own API.
pub fn doors(app: &App, api: Router) -> Router<App> {
    let inner = account::routes()
        .merge(conversations::routes())
        .merge(messages::routes())
        .merge(contacts::routes())
        .merge(settings::routes())
        .merge(subscriptions::routes())
        .merge(client::routes())
        .fallback(fault::nothing_here)
        .method_not_allowed_fallback(fault::nothing_here);
    // Bodies are limited where they are read: files may be larger than what the API takes.
    Router::new()
        .route("/chatwoot/{*path}", any(desk::serve))
        .layer(DefaultBodyLimit::disable())
        .layer(Extension(Doors::new(app, api, inner)))
}
