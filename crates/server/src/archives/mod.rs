//! One workspace as one file: written beside a running server, taken in by another installation on whichever engine, or by the same one. Moving
//! a workspace is that and a deletion (`deletion`): the deletion is asked for first, since from then on it stands still.
//!
//! The form is `docs/archives.md`; [`format`] has it in types. Nothing in it belongs to an engine, and what this installation alone can open is
//! opened and sealed anew under a passphrase, or left out ([`secrets`]).

mod check;
pub mod cli;
mod export;
mod format;
mod import;
mod secrets;
mod tar;

pub use check::{Checked, check};
pub use export::{Exported, Order, Progress, clear_scratch, export, find};
pub use format::{LEFT_OUT, Manifest, TableEntry};
pub use import::{Imported, Order as ImportOrder, import, waits};
