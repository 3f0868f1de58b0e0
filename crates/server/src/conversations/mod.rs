//! Conversations and their messages: reading them, and the verbs of the people who work on them.

mod access;
mod actions;
mod api;
mod asides;
mod changes;
mod counts;
mod drafts;
mod followers;
mod forwarding;
mod history;
mod mentions;
mod joining;
mod merging;
mod model;
mod outbound;
mod routing;
mod seats;
mod pins;
mod recipients;
mod scheduled;
mod store;
mod tally;
mod threads;
mod transcript;
mod trash;
mod wording;

pub use access::{ELSEWHERE, MERGED, access};
pub use actions::{
    Reply, UNDO, add_tags, cancel, decorate, default_recipients, may_say, may_send, note, remove_note, remove_tags, reply, set_priority,
    set_status, wake_snoozed,
};
pub use api::routes;
pub use asides::{Beside, beside};
pub use changes::{
    LastInbound, edit_message, empty_message, last_inbound, last_inbound_in, move_thread, provider_id, set_reaction, thread_key,
};
pub use followers::of as followers;
pub use merging::note_arrival;
pub use model::{Conversation, Message, OnInbound, Reaction, Recipients, on_inbound};
pub use pins::edit_note;
pub use routing::{arrive, next_due as next_routing, round as route, waits as routing_waits};
pub use scheduled::{ScheduledMessage, cancel_waiting, is_for_later, leaves};
pub use seats::{How, Placing, begin as begin_assignment, leave_team, place, seat};
pub use store::known_externals;
pub use store::{
    Arrival, Filter, NewConversation, NewMessage, Sort, StatusChange, chain, change_message, count_in, find, find_any, insert,
    insert_message, list, message, message_by_external, messages, messages_by_key, next_snooze, tag_key,
};
pub use tally::recount;
pub use threads::{ThreadRow, end_thread, thread_anywhere, thread_by_id, thread_by_key, thread_by_message, threads_by_subject};
pub use trash::empty as empty_trash;
