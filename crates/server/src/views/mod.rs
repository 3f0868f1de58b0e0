//! Saved views: a filter, an order and the look of the rows under a name, for oneself or for everybody; and how many conversations each
//! view holds at this moment, the built-in ones too.

mod actions;
mod api;
mod live;
mod model;
mod store;

pub use actions::create;
pub use api::routes;
pub use live::Counts;
pub use model::{NewView, ViewScope};
