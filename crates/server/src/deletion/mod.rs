//! Deleting a whole workspace, with proof. An owner asks for it; for some days everything stands still and can be taken back; then database,
//! files and access are removed, and what was removed is certified, table by table.
//!
//! Asked for and taken back is in [`actions`], the end in [`removal`]. Control has the truth; the standstill in the workspace follows it.

mod actions;
mod api;
pub mod cli;
mod model;
mod removal;
mod store;

pub use actions::{ask_as_operator, cancel, settle};
pub use api::routes;
pub use model::{Deletion, DeletionId, DeletionState};
pub use removal::{follow, round};
