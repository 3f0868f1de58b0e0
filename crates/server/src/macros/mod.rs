//! Macros: an answer, a note, tags, an owner, a priority, a status or a snooze in one act, shown beforehand and taken back as a whole.

mod actions;
mod api;
mod model;
mod running;
mod store;

pub use api::routes;
pub use store::forget_runs;
