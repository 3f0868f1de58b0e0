//! Every SQL text about threads: from what a message names to the conversation that goes on.

use super::merging;
use super::store::json;
use db::{Row, Tx, params};
use kernel::message::{Address, Status};
use kernel::time::Millis;
use kernel::{ChannelId, ContactId, ConversationId, MemberId, Result};

/// The few columns that threading decides by.
#[derive(Debug, Clone)]
pub struct ThreadRow {
    pub id: ConversationId,
    pub status: Status,
    pub resolved_at: Option<Millis>,
    pub contact_id: Option<ContactId>,
    pub assignee_id: Option<MemberId>,
    pub participants: Vec<Address>,
    pub updated_at: Millis,
    /// The merged conversation by which it was found.
    pub through: Option<ConversationId>,
}
const THREAD_COLUMNS: &str = "id, status, resolved_at, contact_id, assignee_id, participants, updated_at";
fn read_thread(r: &Row<'_>) -> Result<ThreadRow> {
    Ok(ThreadRow {
        id: r.next()?,
        status: Status::parse(&r.next::<String>()?).unwrap_or(Status::Open),
        resolved_at: r.next()?,
        contact_id: r.next()?,
        assignee_id: r.next()?,
        participants: json(&r.next::<String>()?),
        updated_at: r.next()?,
        through: None,
    })
}
/// The thread that goes on: for a merged conversation, that of the one it was merged into.
fn going_on(tx: &mut Tx<'_>, id: ConversationId, channel: Option<ChannelId>) -> Result<Option<ThreadRow>> {
    let at = merging::follow(tx, id)?;
    let sql =
        format!("SELECT {THREAD_COLUMNS} FROM conversations WHERE id = $1 AND (channel_id = $2 OR $2 IS NULL) AND deleted_at IS NULL");
    let row = tx.opt(&sql, params![at, channel], read_thread)?;
    Ok(row.map(|t| ThreadRow { through: (at != id).then_some(id), ..t }))
}

pub fn thread_by_id(tx: &mut Tx<'_>, channel: ChannelId, id: ConversationId) -> Result<Option<ThreadRow>> {
    going_on(tx, id, Some(channel))
}
/// Whatever channel it is on: for reply tokens, which prove themselves.
pub fn thread_anywhere(tx: &mut Tx<'_>, id: ConversationId) -> Result<Option<ThreadRow>> {
    going_on(tx, id, None)
}
pub fn thread_by_key(tx: &mut Tx<'_>, channel: ChannelId, key: &str) -> Result<Option<ThreadRow>> {
    let sql = "SELECT id FROM conversations WHERE channel_id = $1 AND thread_key = $2 AND thread_live";
    match tx.opt(sql, params![channel, key], |r| r.get(0))? {
        Some(id) => going_on(tx, id, None),
        None => Ok(None),
    }
}
/// By the external id of one of its messages, ours or the provider's.
pub fn thread_by_message(tx: &mut Tx<'_>, channel: ChannelId, external_id: &str) -> Result<Option<ThreadRow>> {
    let found: Option<ConversationId> =
        tx.opt("SELECT conversation_id FROM messages WHERE channel_id = $1 AND external_id = $2", params![channel, external_id], |r| {
            r.get(0)
        })?;
    let found = match found {
        Some(id) => Some(id),
        None => {
            tx.opt("SELECT conversation_id FROM messages WHERE channel_id = $1 AND provider_id = $2", params![channel, external_id], |r| {
                r.get(0)
            })?
        }
    };
    match found {
        Some(id) => thread_by_id(tx, channel, id),
        None => Ok(None),
    }
}
/// Open conversations of the channel with this normalised subject that were active since `since`: all of the person, and of everybody
/// else's the newest, in which they may take part.
pub fn threads_by_subject(
    tx: &mut Tx<'_>,
    channel: ChannelId,
    person: ContactId,
    subject_key: &str,
    since: Millis,
) -> Result<Vec<ThreadRow>> {
    const OPEN: &str = "channel_id = $1 AND subject_key = $2 AND deleted_at IS NULL AND bucket IN ('open', 'pending', 'snoozed')";
    let own = format!("SELECT {THREAD_COLUMNS} FROM conversations WHERE contact_id = $4 AND {OPEN} AND last_message_at >= $3 LIMIT 20");
    let mut found = tx.query(&own, params![channel, subject_key, since, person], read_thread)?;
    // The newest are taken before the date is looked at, so that a subject which everybody uses costs no more than another.
    let newest = format!(
        "SELECT {THREAD_COLUMNS} FROM (SELECT {THREAD_COLUMNS}, last_message_at FROM conversations WHERE {OPEN} ORDER BY id DESC LIMIT 50) n \
         WHERE last_message_at >= $3"
    );
    for t in tx.query(&newest, params![channel, subject_key, since], read_thread)? {
        if !found.iter().any(|f| f.id == t.id) {
            found.push(t);
        }
    }
    Ok(found)
}
/// The thread goes on elsewhere from now on.
pub fn end_thread(tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
    tx.exec("UPDATE conversations SET thread_live = FALSE WHERE id = $1", params![id]).map(|_| ())
}
