//! Teams, and the one rule by which a member sees a conversation ([`Sight`]): in lists, counts, searches, live frames, by id and in
//! exports. Whoever shows conversations asks it, in SQL or for a single row; a test keeps the two alike.

mod actions;
mod api;
mod model;
mod sight;
mod store;

pub use api::routes;
pub use model::{Team, TeamRef};
pub use sight::{Seat, Sight, WhySeen, is_about_sight};
pub use store::{find, name_of, names, of_member};
