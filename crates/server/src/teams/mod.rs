//! Teams, and the one rule by which a member sees a conversation ([`Sight`]): in lists, counts, searches, live frames, by id and in
//! exports. Whoever shows conversations asks it, in SQL or for a single row; a test keeps the two alike.

mod actions;
mod api;
mod model;
pub mod presence;
mod sight;
mod store;

pub use api::routes;
pub use model::{Available, Distribution, Settings, Team};
pub use sight::{Seat, Sight, WhySeen, is_about_sight};
pub use store::{any_gives_out, find, limit, members, name_of, names, of_channel, of_member, took_turn};
