//! What lists show of a conversation, worked out anew from its messages: after a message was taken back, moved or removed.

use super::model::Message;
use db::{Tx, params};
use kernel::message::preview;
use kernel::time::Millis;
use kernel::{ConversationId, Result};

/// A message sent later than any undo lasts counts when it leaves, not when it is written.
pub const LATER: Millis = kernel::time::MINUTE;

/// Messages that were said: no notes, no receipts, nothing taken back, nothing that is still to leave some other day. A condition on `m`.
const SAID: &str = "m.is_note = FALSE AND m.deleted_at IS NULL AND m.status <> 'cancelled' AND COALESCE(m.automated_by, '') NOT LIKE 'hours.%' \
     AND NOT (m.status = 'scheduled' AND m.send_at > m.created_at + 60000)";

/// Whether one of us wrote to the customer after this.
pub fn said_after(tx: &mut Tx<'_>, m: &Message) -> Result<bool> {
    let sql = "SELECT 1 FROM messages m WHERE m.conversation_id = $1 AND m.key > $2 AND m.direction = 'outbound' AND m.is_note = FALSE \
               AND m.deleted_at IS NULL AND m.status <> 'cancelled' AND COALESCE(m.automated_by, '') NOT LIKE 'hours.%' LIMIT 1";
    Ok(tx.opt(sql, params![m.conversation_id, m.key], |r| r.get::<i64>(0))?.is_some())
}

/// Count, last message, since when somebody waits, and whether there are files and failures. Status, owner and unread marks stay.
pub fn recount(tx: &mut Tx<'_>, id: ConversationId, now: Millis) -> Result<()> {
    super::store::recheck(tx, id)?;
    let count = tx.number("SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND deleted_at IS NULL", params![id])?;
    let last = tx.opt(
        &format!(
            "SELECT m.id, m.key / 1048576, m.direction, COALESCE(m.stripped_text, m.text) FROM messages m \
             WHERE m.conversation_id = $1 AND {SAID} AND (m.aside_id IS NULL OR m.direction = 'inbound') ORDER BY m.key DESC LIMIT 1"
        ),
        params![id],
        |r| Ok((r.next::<kernel::MessageId>()?, r.next::<i64>()?, r.next::<String>()?, r.next::<String>()?)),
    )?;
    // The first thing a person said that nobody has answered.
    let waiting: Option<Millis> = tx.one(
        &format!(
            "SELECT MIN(m.key) / 1048576 FROM messages m WHERE m.conversation_id = $1 AND {SAID} AND m.aside_id IS NULL AND m.direction = 'inbound' AND m.automatic = FALSE \
             AND m.key > COALESCE((SELECT MAX(m.key) FROM messages m WHERE m.conversation_id = $1 AND {SAID} AND m.aside_id IS NULL AND m.direction = 'outbound'), 0)"
        ),
        params![id],
        |r| r.get(0),
    )?;
    let Some((message, at, direction, text)) = last else {
        return tx
            .exec(
                "UPDATE conversations SET message_count = $2, last_message_preview = '', waiting_since = NULL, updated_at = $3 WHERE id = $1",
                params![id, count, now],
            )
            .map(|_| ());
    };
    let text = match text.trim().is_empty() {
        false => text,
        true => {
            crate::files::of_messages(tx, &[message])?.remove(&message).and_then(|f| f.into_iter().next()).map_or(String::new(), |f| f.name)
        }
    };
    tx.exec(
        "UPDATE conversations SET message_count = $2, last_message_at = $3, last_message_direction = $4, last_message_preview = $5, \
         waiting_since = CASE WHEN bucket IN ('open', 'pending', 'snoozed') THEN $6 ELSE NULL END, updated_at = $7 WHERE id = $1",
        params![id, count, at, direction, preview(&text), waiting, now],
    )
    .map(|_| ())
}
