//! Records of calls that people make here: logged by hand, or taken in as a list. What telephone systems report comes in through intake
//! like everything else; the sentence and the facts of a call are the phone connector's in every case.

mod actions;
mod api;
mod import;
mod store;

pub use api::routes;
pub use import::{Imported, import};
