//! One workspace as one file: written beside a running server, taken in by another installation on whichever engine, or by the same one. Moving
//! a workspace is that and a deletion (`deletion`): the deletion is asked for first, since from then on it stands still.
//!
//! The form is `docs/archives.md`; [`format`] has it in types. Nothing in it belongs to an engine, and what this installation alone can open is
//! opened and sealed anew under a passphrase, or left out ([`secrets`]).

mod api;
mod check;
pub mod cli;
mod export;
mod format;
mod import;
mod runs;
mod secrets;
mod tar;

pub use api::routes;
pub use check::{Checked, check};
pub use export::{Exported, Order, Progress, clear_scratch, export, find};
pub use format::{LEFT_OUT, Manifest, TableEntry, carried, line};
pub use import::{Imported, Order as ImportOrder, import};
pub use runs::{Exports, WorkspaceExport, follow, sweep};

/// Where archives lie that the server wrote for a workspace, until they expire.
pub fn folder(data: &std::path::Path, workspace: kernel::WorkspaceId) -> std::path::PathBuf {
    data.join("exports").join(workspace.to_string())
}
