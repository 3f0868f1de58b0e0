//! Notes: pinning them above the conversation, and changing one's own.

use super::model::Message;
use super::{changes, store};
use db::{Tx, params};
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{Actor, ConversationId, Error, MessageId, Result};
use serde_json::json;

/// Most that stand above a conversation.
const MOST: i64 = 10;

/// Pinned notes, last pinned first.
pub fn of(tx: &mut Tx<'_>, id: ConversationId) -> Result<Vec<Message>> {
    let ids: Vec<MessageId> = tx.query(
        "SELECT id FROM messages WHERE conversation_id = $1 AND pinned_at IS NOT NULL AND deleted_at IS NULL ORDER BY pinned_at DESC LIMIT 20",
        params![id],
        |r| r.get(0),
    )?;
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        out.extend(store::message(tx, id)?);
    }
    Ok(out)
}

fn again(tx: &mut Tx<'_>, id: MessageId) -> Result<Message> {
    crate::app::found(store::message(tx, id)?, "message.not_found", "message")
}

pub fn pin(tx: &mut Tx<'_>, actor: &Actor, m: &Message, on: bool, now: Millis) -> Result<Message> {
    if !m.is_note {
        return Err(Error::conflict("message.not_a_note", "Only notes can be pinned."));
    }
    if m.pinned_at.is_some() == on {
        return again(tx, m.id);
    }
    let pinned = "SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND pinned_at IS NOT NULL AND deleted_at IS NULL";
    if on && tx.number(pinned, params![m.conversation_id])? >= MOST {
        return Err(Error::conflict("note.too_many_pinned", "Ten notes are pinned here. Take one down first."));
    }
    tx.exec("UPDATE messages SET pinned_at = $2 WHERE id = $1", params![m.id, on.then_some(now)])?;
    tx.emit(
        NewEvent::new("message.updated", actor.label(), now)
            .conversation(m.conversation_id)
            .message(m.id)
            .payload(json!({ "what": "pin", "pinned": on })),
    );
    again(tx, m.id)
}

/// One's own note in other words; what it said before is kept with it.
pub fn edit_note(tx: &mut Tx<'_>, actor: &Actor, m: &Message, text: &str, now: Millis) -> Result<Message> {
    let own = m.sender_id.is_some() && m.sender_id == actor.member().map(|id| id.to_string());
    if !m.is_note || !own {
        return Err(Error::forbidden("message.not_yours", "Only your own notes can be changed."));
    }
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 20_000 {
        return Err(Error::field("text", "invalid", "A note has 1 to 20,000 characters."));
    }
    if text != m.text {
        changes::edit_message(tx, m, text, now)?;
        tx.emit(
            NewEvent::new("message.updated", actor.label(), now)
                .conversation(m.conversation_id)
                .message(m.id)
                .payload(json!({ "what": "text" })),
        );
    }
    again(tx, m.id)
}
