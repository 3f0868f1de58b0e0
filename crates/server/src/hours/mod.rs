//! When a workspace and its channels are open, and what is answered by itself while they are not.
//!
//! A *place* is the workspace or one of its channels. A channel has what the workspace has until it is given something of its own:
//! each of hours, greeting and out-of-office answer apart.

mod actions;
mod api;
mod calendar;
mod ical;
mod model;
mod store;

pub use api::routes;
pub use model::{Answer, Where, fill};
pub use store::{Book, Given, Whom, answering, forget_old, given, given_since, keep_given};
