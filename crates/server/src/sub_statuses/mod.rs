//! Names that a workspace gives to what a status means in its work: "waiting for the supplier" below snoozed, "shipped" below closed.
//! A conversation has one at most, of its own status; with the status it goes.

mod actions;
mod api;
mod model;
mod store;

pub use api::routes;
pub use model::{SubStatus, SubStatusBrief, fits};
pub use store::{find, list};
