//! Canned replies: texts written once and used again, with the facts of the conversation filled in. Each is its writer's own or
//! everybody's. What is filled in is decided here ([`Facts`]), for macros too.

mod actions;
mod api;
mod model;
mod store;
mod variables;

pub use actions::{Words, check_words, fill, keep_files, kept_files, member_of, need_share};
pub use api::routes;
pub use model::ReplyScope;
pub use variables::{Facts, Filled, facts};
