//! How much a workspace is used: messages and conversations by month and channel, storage, webhooks, and what its plan includes.
//!
//! Numbers that would take counting all rows are counted in the background ([`count`]) when somebody looks, and kept; the answer says when.
//! Of messages the latest days are counted again, since what is late stands at most a week back; once a day everything is, so that
//! archives, merges and removals find their way in. A day is one short read, however much there is.

mod api;
mod count;
mod model;
mod store;

pub use api::routes;
pub use count::round;
