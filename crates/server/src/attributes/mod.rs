//! What a workspace keeps of its conversations and contacts besides what everybody keeps: attributes with a name, a kind and rules.
//!
//! The values stand with the row they belong to, in `custom_attributes`, by key. Keys that nobody has defined are taken as they are, so
//! that programs can keep their own; defined ones hold to their kind.

mod actions;
mod api;
mod model;
mod store;

pub use actions::{merge, missing};
pub use api::routes;
pub use model::{AppliesTo, AttributeKind, Definition};
pub use store::list;
