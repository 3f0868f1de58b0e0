//! Conversations and their messages: reading them, and the verbs of the people who work on them.

mod access;
mod actions;
mod api;
mod changes;
mod history;
mod listing;
mod model;
mod outbound;
mod returns;
mod store;

pub use access::access;
pub use actions::{add_tags, assign, decorate, delete, mark_read, remove_tags, restore, set_status, wake_snoozed};
pub use api::{Chosen, asker, routes};
pub use changes::{LastInbound, edit_message, empty_message, last_inbound, move_thread, provider_id, set_reaction, thread_key};
pub use listing::{Ask, Order, Position, Sort, anybody, count, ids, list, numbers, numbers_among, of_contact, some_ids};
pub use model::{Conversation, Message, OnInbound, Reaction, Recipients, on_inbound};
pub use returns::{LifeCycle, put_back, revive_thread, set_priority, set_unread, thread_is_live};
pub use store::{
    Arrival, KEYS_PER_MS, NewConversation, NewMessage, StatusChange, ThreadRow, chain, change_message, count_in, end_thread, find,
    find_any, insert, insert_message, message, message_by_external, messages, messages_by_key, messages_whole, next_snooze,
    refold_subjects, tag_names_like, thread_anywhere, thread_by_id, thread_by_key, thread_by_message, threads_by_subject,
};
