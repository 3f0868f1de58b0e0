//! How the installation is: its backups, what waits, what failed, how much room each workspace takes. For its admins; what concerns the whole
//! installation is for those of its first workspace, who set it up.

mod api;
mod store;

pub use api::routes;
