//! Conversations of two contacts that are one person.

use crate::contacts;
use db::{Tx, params};
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{Actor, ContactId, ConversationId, Error, Ids, Result};
use serde_json::json;

/// Lists on screens are told of so many conversations one by one; whoever has more sees them when they look.
const TOLD: usize = 100;

/// `from` is `into` from now on, with all conversations.
pub fn join(tx: &mut Tx<'_>, actor: &Actor, from: ContactId, into: ContactId, now: Millis) -> Result<()> {
    if from == into {
        return Err(Error::field("into", "same", "Choose another contact than this one."));
    }
    let moved: Vec<ConversationId> =
        tx.query("SELECT id FROM conversations WHERE contact_id = $1 ORDER BY last_message_at DESC", params![from], |r| r.get(0))?;
    tx.exec("UPDATE conversations SET contact_id = $2, updated_at = $3 WHERE contact_id = $1", params![from, into, now])?;
    contacts::join(tx, from, into, moved.clone(), &actor.label(), now)?;
    tx.emit(NewEvent::new("contact.joined", actor.label(), now).contact(from).payload(json!({ "into": into })));
    tx.emit(NewEvent::new("contact.updated", actor.label(), now).contact(into));
    tell(tx, actor, &moved, now);
    Ok(())
}

/// They were two after all.
pub fn unjoin(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, id: ContactId, now: Millis) -> Result<()> {
    let (into, moved) = contacts::unjoin(tx, ids, id, now)?;
    let mut back = Vec::with_capacity(moved.len());
    for conversation in moved {
        // Not those that somebody has given to another person since.
        let n = tx.exec(
            "UPDATE conversations SET contact_id = $2, updated_at = $4 WHERE id = $1 AND contact_id = $3",
            params![conversation, id, into, now],
        )?;
        if n > 0 {
            back.push(conversation);
        }
    }
    tx.emit(NewEvent::new("contact.unjoined", actor.label(), now).contact(id).payload(json!({ "from": into })));
    tx.emit(NewEvent::new("contact.updated", actor.label(), now).contact(into));
    tell(tx, actor, &back, now);
    Ok(())
}

fn tell(tx: &mut Tx<'_>, actor: &Actor, conversations: &[ConversationId], now: Millis) {
    for id in conversations.iter().take(TOLD) {
        let event = NewEvent::new("conversation.updated", actor.label(), now).conversation(*id);
        tx.emit(event.payload(json!({ "changed": ["contact_id"] })));
    }
}
