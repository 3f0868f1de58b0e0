//! Signing mail that leaves directly (DKIM): a key for each domain, made and sealed here, shown as the record to publish, and used from when
//! the DNS has it. Providers with an API of their own sign themselves.

mod actions;
mod api;
mod model;
mod signing;
mod store;

pub use actions::{about, key_for};
pub use api::routes;
pub use signing::SigningDial;
