//! Acts on many conversations at once: on a selection or on everything a filter holds. What is meant is settled when it is asked for; it
//! is done in slices, in the lane behind everybody else; what was there before is kept beside each conversation, so that all of it can be
//! taken back as one.

mod acts;
mod api;
mod model;
mod store;
mod worker;

pub use api::routes;
pub use worker::{forget, round};
