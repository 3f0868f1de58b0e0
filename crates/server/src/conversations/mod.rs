//! Conversations and their messages: reading them, and the verbs of the people who work on them.

mod access;
mod actions;
mod api;
mod changes;
mod counts;
mod history;
mod model;
mod outbound;
mod routing;
mod seats;
mod store;

pub use access::access;
pub use actions::{decorate, set_status, wake_snoozed};
pub use api::routes;
pub use changes::{LastInbound, edit_message, empty_message, last_inbound, move_thread, provider_id, set_reaction, thread_key};
pub use model::{Conversation, Message, OnInbound, Reaction, Recipients, on_inbound};
pub use routing::{arrive, next_due as next_routing, round as route, waits as routing_waits};
pub use seats::{Placing, leave_team, place, seat};
pub use store::{
    Arrival, Filter, NewConversation, NewMessage, Sort, StatusChange, ThreadRow, chain, change_message, count_in, end_thread, find,
    find_any, insert, insert_message, list, message, message_by_external, messages, messages_by_key, next_snooze, thread_anywhere,
    thread_by_id, thread_by_key, thread_by_message, threads_by_subject,
};
