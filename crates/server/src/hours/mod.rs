//! When a workspace and its channels are open, and what is answered by itself while they are not.
//!
//! A *place* is the workspace or one of its channels. A channel has what the workspace has until it is given something of its own:
//! each of hours, greeting and out-of-office answer apart.

mod api;
mod calendar;
mod ical;
mod model;
mod store;

pub use api::routes;
pub use calendar::Calendar;
pub use model::{Answer, Holiday, Place, Schedule, Slot};
pub use store::{Book, book, forget};
