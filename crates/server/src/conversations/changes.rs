//! Changes to messages that stand already: reactions, edits, what was taken back, and threads whose key changed.

use super::model::{Message, Reaction};
use crate::search;
use db::{Tx, params};
use kernel::message::preview;
use kernel::time::Millis;
use kernel::{ChannelId, Error, Result};
use serde_json::Value;

/// Name in a message's metadata that says its writer took it back.
pub const TAKEN_BACK: &str = "taken_back";
/// Earlier texts that are kept when a message is edited.
const MOST_EDITS: usize = 20;

/// Sets or takes away one person's reaction; each person has one at a time.
pub fn set_reaction(tx: &mut Tx<'_>, m: &Message, by: &str, new: Option<Reaction>) -> Result<()> {
    let mut all: Vec<Reaction> = m.reactions.iter().filter(|r| r.by != by).cloned().collect();
    all.extend(new);
    all.truncate(200);
    let text = serde_json::to_string(&all).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec("UPDATE messages SET reactions = $2 WHERE id = $1", params![m.id, text]).map(|_| ())
}

/// Puts a new text in the place of the old one, which is kept in the metadata as `edits`.
pub fn edit_message(tx: &mut Tx<'_>, m: &Message, text: &str, at: Millis) -> Result<()> {
    let mut metadata = m.metadata.clone();
    let edits = metadata.entry("edits").or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(list) = edits
        && list.len() < MOST_EDITS
    {
        list.push(serde_json::json!({ "text": m.text, "until": kernel::time::rfc3339(at) }));
    }
    tx.exec(
        "UPDATE messages SET text = $2, stripped_text = NULL, html = NULL, edited_at = $3, metadata = $4 WHERE id = $1",
        params![m.id, text, at, Value::Object(metadata).to_string()],
    )?;
    reindex(tx, m, text)?;
    preview_again(tx, m, text)
}

/// The writer took it back: what it said is gone here too, that it was there stays.
pub fn empty_message(tx: &mut Tx<'_>, m: &Message, at: Millis) -> Result<()> {
    let metadata = serde_json::json!({ TAKEN_BACK: kernel::time::rfc3339(at) });
    tx.exec(
        "UPDATE messages SET text = '', stripped_text = NULL, html = NULL, file_count = 0, edited_at = $2, metadata = $3, reactions = NULL WHERE id = $1",
        params![m.id, at, metadata.to_string()],
    )?;
    tx.exec("DELETE FROM files WHERE message_id = $1", params![m.id])?;
    super::store::recheck(tx, m.conversation_id)?;
    let gone = Message { attachments: Vec::new(), ..m.clone() };
    reindex(tx, &gone, "")?;
    preview_again(tx, m, "")
}

pub fn reindex(tx: &mut Tx<'_>, m: &Message, text: &str) -> Result<()> {
    let mut now = m.clone();
    (now.text, now.stripped_text) = (text.to_owned(), None);
    search::reindex(tx, &now)
}

/// The list shows the last message's text: it changes with it.
fn preview_again(tx: &mut Tx<'_>, m: &Message, text: &str) -> Result<()> {
    // Notes never stand there.
    if m.is_note {
        return Ok(());
    }
    tx.exec(
        "UPDATE conversations SET last_message_preview = $3 WHERE id = $1 AND NOT EXISTS \
         (SELECT 1 FROM messages l WHERE l.conversation_id = $1 AND l.key > $2 AND l.is_note = FALSE AND l.deleted_at IS NULL)",
        params![m.conversation_id, m.key, preview(text)],
    )
    .map(|_| ())
}

/// The provider's id of a thread or person changed: the running conversation goes on under the new one.
pub fn move_thread(tx: &mut Tx<'_>, channel: ChannelId, from: &str, to: &str) -> Result<()> {
    tx.exec(
        "UPDATE conversations SET thread_key = $3 WHERE channel_id = $1 AND thread_key = $2 AND NOT EXISTS \
         (SELECT 1 FROM conversations o WHERE o.channel_id = $1 AND o.thread_key = $3 AND o.thread_live)",
        params![channel, from, to],
    )?;
    let rows: Vec<(kernel::ConversationId, String)> =
        tx.query("SELECT id, participants FROM conversations WHERE channel_id = $1 AND thread_key = $2", params![channel, to], |r| {
            Ok((r.next()?, r.next()?))
        })?;
    for (id, participants) in rows {
        let mut all: Vec<kernel::message::Address> = super::store::json(&participants);
        all.iter_mut().filter(|p| p.address == from).for_each(|p| p.address = to.to_owned());
        let text = serde_json::to_string(&all).map_err(|e| Error::internal(e.to_string()))?;
        tx.exec("UPDATE conversations SET participants = $2 WHERE id = $1", params![id, text])?;
    }
    Ok(())
}

/// What the person last said, as far as answering it goes.
#[derive(Debug, Clone)]
pub struct LastInbound {
    pub at: Millis,
    pub external_id: Option<String>,
    pub metadata: serde_json::Map<String, Value>,
}

pub fn last_inbound(tx: &mut Tx<'_>, conversation: kernel::ConversationId) -> Result<Option<LastInbound>> {
    last_inbound_in(tx, conversation, None)
}
/// The same in a talk beside the conversation.
pub fn last_inbound_in(
    tx: &mut Tx<'_>,
    conversation: kernel::ConversationId,
    aside: Option<kernel::MessageId>,
) -> Result<Option<LastInbound>> {
    tx.opt(
        "SELECT COALESCE(sent_at, created_at), external_id, metadata FROM messages WHERE conversation_id = $1 AND direction = 'inbound' \
         AND is_note = FALSE AND deleted_at IS NULL AND aside_id IS NOT DISTINCT FROM $2 ORDER BY key DESC LIMIT 1",
        params![conversation, aside],
        |r| Ok(LastInbound { at: r.next()?, external_id: r.next()?, metadata: super::store::json(&r.next::<String>()?) }),
    )
}

/// The provider's id of the thread.
pub fn thread_key(tx: &mut Tx<'_>, conversation: kernel::ConversationId) -> Result<Option<String>> {
    Ok(tx.opt("SELECT thread_key FROM conversations WHERE id = $1", params![conversation], |r| r.get(0))?.flatten())
}

/// The messages that left with this one because the channel could not carry all of it at once.
pub fn parts_of(tx: &mut Tx<'_>, m: &Message) -> Result<Vec<Message>> {
    let sign = format!("%\"part_of\":\"{}\"%", m.id);
    let ids: Vec<kernel::MessageId> = tx.query(
        "SELECT id FROM messages WHERE conversation_id = $1 AND key > $2 AND status IN ('scheduled', 'pending') AND metadata LIKE $3 ORDER BY key",
        params![m.conversation_id, m.key, sign],
        |r| r.get(0),
    )?;
    let mut out = Vec::new();
    for id in ids {
        out.extend(super::store::message(tx, id)?);
    }
    Ok(out)
}

/// The id that the provider knows a message by.
pub fn provider_id(tx: &mut Tx<'_>, id: kernel::MessageId) -> Result<Option<String>> {
    Ok(tx.opt("SELECT COALESCE(provider_id, external_id) FROM messages WHERE id = $1", params![id], |r| r.get(0))?.flatten())
}

pub fn set_message_metadata(tx: &mut Tx<'_>, id: kernel::MessageId, metadata: &serde_json::Map<String, Value>) -> Result<()> {
    tx.exec("UPDATE messages SET metadata = $2 WHERE id = $1", params![id, Value::Object(metadata.clone()).to_string()]).map(|_| ())
}

/// One file more than it came with.
pub fn count_file(tx: &mut Tx<'_>, id: kernel::MessageId) -> Result<()> {
    tx.exec("UPDATE messages SET file_count = file_count + 1 WHERE id = $1", params![id]).map(|_| ())
}
