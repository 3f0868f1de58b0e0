//! People and the handles they are reached by. A handle that a channel proved belongs to one person, by index; a claimed one
//! (typed into a chat or a form) belongs to nobody and opens nobody's history. Intake finds people through [`resolve`]; who may be the same
//! person is said, and joined by somebody of the team ([`join`]).

mod actions;
mod api;
mod api_blocks;
mod blocking;
mod joining;
mod model;
mod resolve;
mod store;
mod words;

pub use actions::create;
pub use blocking::is_blocked;
pub use joining::{MayBe, join, joined_into, may_be, unjoin, with_joined};
pub use model::{Contact, NewContact, hue};
pub use resolve::{Person, is_made_up, normalise, resolve};
pub use store::recount as count_seen;
pub use store::{
    best_handle, brief, count, find, find_by_handle, find_seen, find_some, insert_handle, language, prove, rename, search as search_people,
    seen,
};
pub use words::refill as refill_words;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

pub fn routes() -> OpenApiRouter<App> {
    api::routes().merge(api_blocks::routes())
}
