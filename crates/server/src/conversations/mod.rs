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
pub mod history;
mod joining;
mod listing;
mod meanwhile;
mod mentions;
mod merging;
mod moving;
mod model;
mod outbound;
mod routing;
mod seats;
mod pins;
mod recipients;
mod returns;
mod scheduled;
mod store;
mod tally;
mod threads;
mod transcript;
mod trash;
mod wording;

pub use access::{ELSEWHERE, MERGED, access};
pub use actions::{
    Reply, UNDO, add_tags, cancel, decorate, default_recipients, delete, label, mark_read, may_say, may_send, note, remove_note,
    remove_tags, reply, restore, set_priority, set_status, set_sub_status, wake_snoozed,
};
pub use api::{Asking, Chosen, asking, routes};
pub use asides::{Beside, beside};
pub use changes::{
    LastInbound, count_file, edit_message, empty_message, last_inbound, last_inbound_in, move_thread, provider_id, set_message_metadata,
    set_reaction, thread_key,
};
pub use followers::of as followers;
pub use listing::{
    Ask, Order, Position, Sort, asked_by, count, ids, list, numbers, numbers_among, of_contact, of_contact_on, open_of_contact, seeing,
    some_ids,
};
pub use merging::note_arrival;
pub use model::{Conversation, Location, Message, OnInbound, Reaction, Recipients, on_inbound};
pub use outbound::{Start, start};
pub use pins::edit_note;
pub use returns::{LifeCycle, put_back, set_unread};
pub use routing::{arrive, next_due as next_routing, round as route, waits as routing_waits};
pub use scheduled::{ANSWERED, ScheduledMessage, cancel_waiting, count as count_scheduled, is_for_later, leaves};
pub use seats::{How, Placing, begin as begin_assignment, leave_team, place, seat};
pub use store::known_externals;
pub use store::{
    Arrival, KEYS_PER_MS, NewConversation, NewMessage, StatusChange, chain, change_message, count_in, find, find_any, insert,
    insert_message, make_tag, message, message_by_external, messages, messages_after, messages_by_key, messages_whole, next_snooze,
    refold_subjects, tag_key, tag_names_like,
};
pub use tally::{LATER, recount};
pub use threads::{
    ThreadRow, end_thread, id_of_number, last_keys, thread_anywhere, thread_by_id, thread_by_key, thread_by_message, threads_by_subject,
};
pub use trash::{empty as empty_trash, find as find_in_trash};
