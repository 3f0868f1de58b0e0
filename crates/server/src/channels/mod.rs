//! Channel accounts: what a workspace is reachable by. Settings come from the connector's form; secrets are sealed with the
//! workspace's data key. The [`Directory`] keeps opened accounts at hand, because every delivery asks for one.

mod actions;
mod api;
mod directory;
pub mod environment;
pub mod health;
mod install;
mod model;
mod oauth;
pub mod people;
mod store;
mod templates;

pub use actions::{Change, change, create, create_first_widget, note_health, note_working, remove, set_health, set_trouble};
pub use api::routes;
pub use directory::{Directory, Entry, SIMULATED};
pub use model::{Channel, NewChannel};
pub use oauth::{Refreshing, TOKENS, finish as finish_connect, fresh};
pub use store::{find, list, sent, touch};
pub use templates::{TemplateChoice, fill as fill_template, sync as sync_templates};

/// The names by which the world finds a workspace's channels.
pub use store::{Outside, outside_names, take_outside_name, taken};
