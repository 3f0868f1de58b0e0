//! Messages that leave some other day: the queue of them, changing one, sending it at once, and what happens when its time comes or
//! when the customer writes first.

use super::model::{Conversation, Message};
use super::tally::{self, LATER};
use super::{actions, store, wording};
use crate::channels::Entry;
use crate::teams::Sight;
use crate::{outbox, search};
use db::{Tx, Value, params};
use kernel::event::NewEvent;
use kernel::message::MessageStatus;
use kernel::time::{Millis, wire};
use kernel::{Actor, ConversationId, Error, MemberId, MessageId, Result};
use serde::Serialize;
use serde_json::{Value as Json, json};

/// Name in a message's metadata: it is not sent when the customer writes first.
pub const UNLESS_ANSWERED: &str = "cancel_on_reply";
/// Name in a message's metadata: why the product took it back.
const CANCELLED_BECAUSE: &str = "cancelled_because";
/// Why: the customer wrote first.
pub const ANSWERED: &str = "answered";

/// One message that waits for its time, with the conversation it belongs to.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ScheduledMessage {
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub send_at: Millis,
    pub message: Message,
    pub conversation: Conversation,
}

/// Waits longer than any undo lasts. Conditions on `o` (outbox); the states are named twice, since only so the index of what is open
/// applies.
const WAITS: &str = "o.state IN ('waiting', 'sending') AND o.state = 'waiting' AND o.attempts = 0 AND o.due_at > o.created_at + 60000";

/// Earliest first, after a position; of one conversation or all, of one writer or all.
pub fn list(
    tx: &mut Tx<'_>,
    sight: &Sight,
    conversation: Option<ConversationId>,
    writer: Option<MemberId>,
    after: Option<(Millis, MessageId)>,
    limit: i64,
) -> Result<Vec<ScheduledMessage>> {
    let (at, id) = after.unwrap_or((i64::MIN, MessageId::from_uuid(Default::default())));
    let mut args: Vec<Value<'static>> = vec![conversation.into(), writer.into(), at.into(), id.into(), limit.into()];
    let seen = sight.and("c", &mut args);
    let rows: Vec<(Millis, MessageId)> = tx.query(
        &format!(
            "SELECT o.due_at, o.message_id FROM outbox o JOIN messages m ON m.id = o.message_id JOIN conversations c ON c.id = m.conversation_id \
             WHERE {WAITS} AND c.deleted_at IS NULL AND m.metadata NOT LIKE '%\"part_of\":%' AND (m.conversation_id = $1 OR $1 IS NULL) \
             AND (m.sender_id = $2 OR $2 IS NULL) AND (o.due_at, o.message_id) > ($3, $4){seen} ORDER BY o.due_at, o.message_id LIMIT $5"
        ),
        &args,
        |r| Ok((r.next()?, r.next()?)),
    )?;
    let mut out = Vec::with_capacity(rows.len());
    for (send_at, id) in rows {
        let Some(message) = store::message(tx, id)? else { continue };
        let Some(conversation) = store::find(tx, message.conversation_id)? else { continue };
        out.push(ScheduledMessage { send_at, message, conversation });
    }
    Ok(out)
}
pub fn count(tx: &mut Tx<'_>, sight: &Sight) -> Result<i64> {
    let mut args: Vec<Value<'static>> = Vec::new();
    let seen = sight.and("c", &mut args);
    tx.number(
        &format!(
            "SELECT COUNT(*) FROM outbox o JOIN messages m ON m.id = o.message_id JOIN conversations c ON c.id = m.conversation_id \
             WHERE {WAITS} AND c.deleted_at IS NULL AND m.metadata NOT LIKE '%\"part_of\":%'{seen}"
        ),
        &args,
    )
}

/// What may be changed of a message that waits.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    pub send_at: Option<Millis>,
    /// Plain and formatted; the formatted form is sanitised here.
    pub words: Option<(String, Option<String>)>,
    pub unless_answered: Option<bool>,
}

fn too_late() -> Error {
    Error::conflict("message.already_sent", "It is too late: this message is on its way.")
}

/// Changes it as long as nothing has been tried; what left it in several parts moves together.
pub fn edit(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, m: &Message, entry: &Entry, e: &Edit, now: Millis) -> Result<Message> {
    if e.send_at.is_some_and(|at| at <= now) {
        return Err(Error::field("send_at", "past", "Choose a time in the future."));
    }
    let parts = super::changes::parts_of(tx, m)?;
    for one in std::iter::once(m).chain(&parts) {
        if !outbox::reschedule(tx, one.id, e.send_at, e.unless_answered)? {
            return Err(too_late());
        }
        if let Some(at) = e.send_at {
            tx.exec("UPDATE messages SET send_at = $2 WHERE id = $1", params![one.id, at])?;
        }
        if let Some(on) = e.unless_answered {
            put_metadata(tx, one, UNLESS_ANSWERED, on.then_some(Json::Bool(true)))?;
        }
    }
    if let Some((text, html)) = &e.words {
        let d = entry.connector.descriptor();
        let html = html.as_deref().filter(|_| d.capabilities.html).map(connectors::sanitise_html);
        let text = match (&html, text.trim().is_empty()) {
            (Some(html), true) => connectors::html_to_text(html),
            _ => text.clone(),
        };
        actions::may_say(tx, c, entry, m, &text, now)?;
        let (text, html, written) = wording::rewritten(m, &text, html);
        let kind = if html.is_some() { "html" } else { "text" };
        tx.exec(
            "UPDATE messages SET text = $2, html = $3, content_type = $4, stripped_text = $5 WHERE id = $1",
            params![m.id, &text, &html, kind, &written],
        )?;
        super::changes::reindex(tx, m, written.as_deref().unwrap_or(&text))?;
    }
    tx.emit(NewEvent::new("message.updated", actor.label(), now).conversation(c.id).message(m.id).payload(json!({ "what": "schedule" })));
    crate::app::found(store::message(tx, m.id)?, "message.not_found", "message")
}

/// Sends it now instead.
pub fn send_now(tx: &mut Tx<'_>, actor: &Actor, m: &Message, now: Millis) -> Result<Message> {
    for one in std::iter::once(m.clone()).chain(super::changes::parts_of(tx, m)?) {
        if !outbox::reschedule(tx, one.id, Some(now), None)? {
            return Err(too_late());
        }
    }
    tx.emit(
        NewEvent::new("message.updated", actor.label(), now)
            .conversation(m.conversation_id)
            .message(m.id)
            .payload(json!({ "what": "schedule" })),
    );
    crate::app::found(store::message(tx, m.id)?, "message.not_found", "message")
}

fn put_metadata(tx: &mut Tx<'_>, m: &Message, name: &str, value: Option<Json>) -> Result<()> {
    let mut metadata = m.metadata.clone();
    match value {
        Some(value) => metadata.insert(name.to_owned(), value),
        None => metadata.remove(name),
    };
    tx.exec("UPDATE messages SET metadata = $2 WHERE id = $1", params![m.id, Json::Object(metadata).to_string()]).map(|_| ())
}

/// Takes back what waits for its time in a conversation, with the reason; with `unless_answered`, only what was to wait for silence.
pub fn cancel_waiting(tx: &mut Tx<'_>, conversation: ConversationId, because: &str, unless_answered: bool, now: Millis) -> Result<usize> {
    let waiting: Vec<MessageId> = tx.query(
        &format!("SELECT o.message_id FROM outbox o WHERE o.conversation_id = $1 AND {WAITS} AND (o.unless_answered OR NOT $2)"),
        params![conversation, unless_answered],
        |r| r.get(0),
    )?;
    for id in &waiting {
        let Some(m) = store::message(tx, *id)? else { continue };
        if !outbox::cancel(tx, *id)? {
            continue;
        }
        put_metadata(tx, &m, CANCELLED_BECAUSE, Some(json!(because)))?;
        store::change_message(tx, *id, &store::StatusChange { status: Some(MessageStatus::Cancelled), ..Default::default() })?;
        let event = NewEvent::new("message.status_updated", "system", now).conversation(conversation).message(*id);
        tx.emit(event.payload(json!({ "status": "cancelled", "because": because })));
    }
    Ok(waiting.len())
}

/// What was taken back for a reason that holds no more waits again, if its time has not passed meanwhile; what was to wait for silence, only
/// where there is still silence.
pub fn resume(tx: &mut Tx<'_>, conversation: ConversationId, because: &str, now: Millis) -> Result<()> {
    let taken_back: Vec<(MessageId, bool)> = tx.query(
        "SELECT message_id, unless_answered FROM outbox WHERE conversation_id = $1 AND state = 'cancelled' AND due_at > $2",
        params![conversation, now],
        |r| Ok((r.next()?, r.next()?)),
    )?;
    for (id, unless_answered) in taken_back {
        let Some(m) = store::message(tx, id)?.filter(|m| m.metadata.get(CANCELLED_BECAUSE) == Some(&json!(because))) else { continue };
        if unless_answered && was_answered(tx, &m)? {
            put_metadata(tx, &m, CANCELLED_BECAUSE, Some(json!(ANSWERED)))?;
            continue;
        }
        outbox::resume(tx, id)?;
        put_metadata(tx, &m, CANCELLED_BECAUSE, None)?;
        store::change_message(tx, id, &store::StatusChange { status: Some(MessageStatus::Scheduled), ..Default::default() })?;
        let event = NewEvent::new("message.status_updated", "system", now).conversation(conversation).message(id);
        tx.emit(event.payload(json!({ "status": "scheduled" })));
    }
    Ok(())
}

/// Whether a person wrote after this was written, and to us.
fn was_answered(tx: &mut Tx<'_>, m: &Message) -> Result<bool> {
    let sql = "SELECT 1 FROM messages WHERE conversation_id = $1 AND key > $2 AND direction = 'inbound' AND automatic = FALSE \
               AND aside_id IS NULL AND deleted_at IS NULL LIMIT 1";
    Ok(tx.opt(sql, params![m.conversation_id, m.key], |r| r.get::<i64>(0))?.is_some())
}

/// Its time has come: from now on it stands where it was said, and the conversation's list shows it.
pub fn leaves(tx: &mut Tx<'_>, id: MessageId, now: Millis) -> Result<()> {
    let later = tx
        .opt("SELECT send_at, created_at FROM messages WHERE id = $1 AND status = 'scheduled'", params![id], |r| {
            Ok((r.next::<Option<Millis>>()?, r.next::<Millis>()?))
        })?
        .is_some_and(|(send_at, created_at)| send_at.is_some_and(|at| at > created_at + LATER));
    store::change_message(tx, id, &store::StatusChange { status: Some(MessageStatus::Pending), ..Default::default() })?;
    if !later {
        return Ok(());
    }
    let m = crate::app::found(store::message(tx, id)?, "message.not_found", "message")?;
    let key = store::free_key(tx, now)?;
    tx.exec("UPDATE messages SET key = $2 WHERE id = $1", params![id, key])?;
    let delete = tx.dialect().search_delete();
    tx.exec(delete, params![m.key])?;
    search::index(tx, key, &search::words_of_message(&m));
    tally::recount(tx, m.conversation_id, now)?;
    tx.emit(
        NewEvent::new("message.status_updated", "system", now)
            .conversation(m.conversation_id)
            .message(id)
            .payload(json!({ "status": "pending" })),
    );
    Ok(())
}

/// Whether it was written for some other day.
pub fn is_for_later(m: &Message) -> bool {
    m.send_at.is_some_and(|at| at > m.created_at + LATER)
}
