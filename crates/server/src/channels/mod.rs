//! Channel accounts: what a workspace is reachable by. Settings come from the connector's form; secrets are sealed with the
//! workspace's data key. The [`Directory`] keeps opened accounts at hand, because every delivery asks for one.

mod actions;
mod api;
mod directory;
mod model;
mod store;

pub use actions::{Change, change, create, create_first_widget, remove, set_health};
pub use api::routes;
pub use directory::{Directory, Entry};
pub use model::{Channel, NewChannel};
pub use store::{find, list, touch};
