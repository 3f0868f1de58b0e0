//! Signatures: what a member's mails end with, each member's own, left out on the channels they choose.

mod api;
mod model;
mod store;

pub use api::routes;
pub use model::Signature;
pub use store::of;
