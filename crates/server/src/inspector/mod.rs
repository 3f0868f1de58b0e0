//! Why is this conversation here, and what happened to it? One list over everything that is written down about it: where its messages came
//! from and why they stand in it, who was recognised, its events, tries at sending, whom it was told to, and programs outside.
//!
//! It only reads, from the tables of many slices; what it may show is decided by the rule of sight first, and for the journal and for
//! webhooks by their own rules on top.

mod api;
mod model;
mod reasons;
mod store;

pub use api::routes;
