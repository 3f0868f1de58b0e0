//! One grammar for saying which rows are meant: the inbox's lists, saved views, bulk actions, and later rules and segments.
//!
//! A filter is JSON: a condition `{"field", "op", "value"}`, or a group `{"and": […]}`, `{"or": […]}`, `{"not": …}`. [`parse`] checks it
//! against a [`Subject`] (which fields there are) and says what is wrong where; the result knows nothing of who asks or when.
//! [`Sql`] turns it into one WHERE for one caller at one time. Nothing here knows how a list is made of it.

mod api;
mod choices;
mod conversations;
mod fields;
mod grammar;
mod sql;
mod times;

pub use api::routes;
pub use conversations::CONVERSATIONS;
pub use fields::{Field, Subject};
pub use grammar::{Condition, Filter, Operator, Value, Who, parse, parse_text};
pub use sql::{Asker, Sql};
pub use times::{Moment, zone};
