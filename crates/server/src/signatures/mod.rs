//! Signatures: what a member's mails end with, each member's own: one for all channels, another or none where they choose.

mod api;
mod model;
mod store;

pub use api::routes;
pub use store::on;
