//! The server's side of the chat widget: sessions of visitors, their messages and files, their event stream, and the continuation
//! by mail when a visitor has left.

mod api;
mod continuation;
mod limits;
mod messages;
pub mod session;
mod stream;

pub use api::{raise, routes};
pub use continuation::{CONTINUE_BY_MAIL, continue_by_mail, plan as plan_continuation};
pub use limits::Limits;
