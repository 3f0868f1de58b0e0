//! People and the handles they are reached by. A handle that a channel proved belongs to one person, by index; a claimed one
//! (typed into a chat) belongs to nobody and opens nobody's history. Intake finds people through [`resolve`].

mod actions;
mod api;
mod model;
mod resolve;
mod store;
mod words;

pub use actions::create;
pub use api::routes;
pub use model::{Contact, NewContact, hue};
pub use resolve::{Person, is_made_up, normalise, resolve};
pub use store::{best_handle, brief, find, find_by_handle, insert_handle, prove, rename, search as search_people, seen};
pub use words::refill as refill_words;
