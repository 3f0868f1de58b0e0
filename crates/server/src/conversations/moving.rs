//! Moving messages to the conversation where they belong, by hand, and taking that back. Answers to them arrive there from then on, for a
//! message is found by its id wherever it stands.

use super::model::{Conversation, Message};
use super::{access, store, tally};
use crate::channels::Entry;
use db::{Tx, params};
use kernel::actor::Permission::ConversationsWrite;
use kernel::event::NewEvent;
use kernel::message::{Address, Direction};
use kernel::time::Millis;
use kernel::{Actor, ConversationId, Error, Ids, MessageId, MoveId, Result, id::new_id};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a move changed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Moved {
    /// Each with the reason why it stood where it was.
    messages: Vec<(MessageId, Option<String>)>,
    participants: Vec<Address>,
    unread: i64,
}

/// One move as the API tells of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MessageMove {
    #[schema(value_type = String)]
    pub id: MoveId,
    #[schema(value_type = String)]
    pub source_id: ConversationId,
    #[schema(value_type = String)]
    pub target_id: ConversationId,
}

pub fn move_messages(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    actor: &Actor,
    (source, target): (&Conversation, &Conversation),
    entry: &Entry,
    messages: &[MessageId],
    now: Millis,
) -> Result<MessageMove> {
    if source.id == target.id {
        return Err(Error::field("to", "same", "Choose another conversation than the one the message is in."));
    }
    if source.channel_id != target.channel_id {
        let words = format!("#{} came through another channel. An answer would not reach it there.", target.number);
        return Err(Error::conflict("move.other_channel", words));
    }
    if entry.connector.descriptor().capabilities.continuous {
        return Err(Error::conflict(
            "move.one_thread",
            "On this channel a person has one running conversation; nothing can be moved out of it.",
        ));
    }
    if messages.is_empty() || messages.len() > 200 {
        return Err(Error::field("message_ids", "invalid", "Give 1 to 200 messages."));
    }
    let mut chosen: Vec<Message> = Vec::with_capacity(messages.len());
    for id in messages {
        let m = store::message(tx, *id)?.filter(|m| m.conversation_id == source.id && !m.is_deleted);
        chosen.push(m.ok_or_else(|| Error::field("message_ids", "not_found", "There is no such message in this conversation."))?);
    }
    chosen.sort_by_key(|m| m.key);
    chosen.dedup_by_key(|m| m.id);
    let all = said(tx, source.id)?;
    if chosen.iter().filter(|m| !m.is_note).count() as i64 >= all {
        return Err(Error::conflict("move.nothing_left", "Nothing would be left here. Merge the two conversations instead."));
    }
    let own = std::slice::from_ref(&entry.account.identifier);
    let mut participants: Vec<Address> = Vec::new();
    for m in chosen.iter().filter(|m| !m.is_note && m.verified_sender) {
        if let Some(address) = m.from.clone().filter(|_| m.direction == Direction::Inbound) {
            let known = target.participants.iter().chain(&participants).any(|p| p.address.eq_ignore_ascii_case(&address));
            if !known && !super::recipients::is_own(&address, own) {
                participants.push(Address { name: m.sender_name.clone(), address });
            }
        }
    }
    let unread = unread_of(tx, source, &chosen)?;
    let id: MoveId = new_id(ids, now);
    let moved = Moved { messages: chosen.iter().map(|m| (m.id, m.thread_reason.clone())).collect(), participants, unread };
    let text = serde_json::to_string(&moved).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec(
        "INSERT INTO message_moves (id, source_id, target_id, member_id, at, moved) VALUES ($1, $2, $3, $4, $5, $6)",
        params![id, source.id, target.id, actor.member(), now, text],
    )?;
    let reason = format!("moved by hand from #{}", source.number);
    for m in &chosen {
        place(tx, m.id, target.id, Some(&reason))?;
    }
    if !moved.participants.is_empty() {
        let everybody: Vec<&Address> = target.participants.iter().chain(&moved.participants).collect();
        set_people(tx, target.id, &everybody)?;
    }
    settle(tx, (source.id, source.unread_count - unread), (target.id, target.unread_count + unread), now)?;
    for (one, word, other) in [(source, "into", target), (target, "from", source)] {
        let event = NewEvent::new("conversation.messages_moved", actor.label(), now).conversation(one.id);
        tx.emit(event.payload(json!({ "move_id": id, word: other.id, "number": other.number, "messages": chosen.len() })));
    }
    Ok(MessageMove { id, source_id: source.id, target_id: target.id })
}

/// Puts back what is still where it was moved to.
pub fn undo(tx: &mut Tx<'_>, actor: &Actor, id: MoveId, now: Millis) -> Result<(Conversation, Conversation)> {
    let row = tx.opt("SELECT source_id, target_id, moved, undone_at FROM message_moves WHERE id = $1", params![id], |r| {
        Ok((r.next::<ConversationId>()?, r.next::<ConversationId>()?, r.next::<String>()?, r.next::<Option<Millis>>()?))
    })?;
    let (source, target, moved, undone) = crate::app::found(row, "move.not_found", "move")?;
    let reach = |tx: &mut Tx<'_>, id| {
        access::access(tx, actor, id, ConversationsWrite).map_err(|e| match e.is_not_found() {
            true => Error::not_found("move.not_found", "There is no such move, or one of the conversations is gone."),
            false => e,
        })
    };
    let (source, target) = (reach(tx, source)?, reach(tx, target)?);
    if undone.is_some() {
        return Err(Error::conflict("move.undone", "This was taken back already."));
    }
    let moved: Moved = store::json(&moved);
    tx.exec("UPDATE message_moves SET undone_at = $2 WHERE id = $1", params![id, now])?;
    let mut back = Vec::new();
    for (message, reason) in &moved.messages {
        // What was moved on, split out or merged meanwhile stays where it is.
        if let Some(m) = store::message(tx, *message)?.filter(|m| m.conversation_id == target.id) {
            place(tx, m.id, source.id, reason.as_deref())?;
            back.push(m);
        }
    }
    let unread = moved.unread.min(target.unread_count).min(back.iter().filter(|m| m.direction == Direction::Inbound).count() as i64);
    let left: Vec<&Address> =
        target.participants.iter().filter(|p| !moved.participants.iter().any(|a| a.address.eq_ignore_ascii_case(&p.address))).collect();
    set_people(tx, target.id, &left)?;
    settle(tx, (target.id, target.unread_count - unread), (source.id, source.unread_count + unread), now)?;
    for (one, other) in [(&source, &target), (&target, &source)] {
        let event = NewEvent::new("conversation.messages_moved", actor.label(), now).conversation(one.id);
        tx.emit(event.payload(json!({ "move_id": id, "other": other.id, "number": other.number, "messages": back.len(), "undone": true })));
    }
    let again = |tx: &mut Tx<'_>, id| crate::app::found(store::find(tx, id)?, "conversation.not_found", "conversation");
    Ok((again(tx, source.id)?, again(tx, target.id)?))
}

fn said(tx: &mut Tx<'_>, id: ConversationId) -> Result<i64> {
    tx.number("SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND is_note = FALSE AND deleted_at IS NULL", params![id])
}

fn place(tx: &mut Tx<'_>, message: MessageId, conversation: ConversationId, reason: Option<&str>) -> Result<()> {
    let sql = "UPDATE messages SET conversation_id = $2, aside_id = NULL, thread_reason = $3 WHERE id = $1";
    tx.exec(sql, params![message, conversation, reason])?;
    tx.exec("UPDATE outbox SET conversation_id = $2 WHERE message_id = $1", params![message, conversation]).map(|_| ())
}

/// The newest so many are unread: how many of them are among these.
fn unread_of(tx: &mut Tx<'_>, c: &Conversation, chosen: &[Message]) -> Result<i64> {
    if c.unread_count <= 0 {
        return Ok(0);
    }
    let newest: Vec<MessageId> = tx.query(
        "SELECT id FROM messages WHERE conversation_id = $1 AND direction = 'inbound' AND deleted_at IS NULL ORDER BY key DESC LIMIT $2",
        params![c.id, c.unread_count.min(1_000)],
        |r| r.get(0),
    )?;
    Ok(chosen.iter().filter(|m| newest.contains(&m.id)).count() as i64)
}

fn settle(tx: &mut Tx<'_>, one: (ConversationId, i64), other: (ConversationId, i64), now: Millis) -> Result<()> {
    for (id, unread) in [one, other] {
        store::set_unread(tx, id, unread.max(0))?;
        tally::recount(tx, id, now)?;
    }
    Ok(())
}

fn set_people(tx: &mut Tx<'_>, id: ConversationId, people: &[&Address]) -> Result<()> {
    let text = serde_json::to_string(people).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec("UPDATE conversations SET participants = $2 WHERE id = $1", params![id, text]).map(|_| ())
}
