//! Every SQL text about conversations, messages and tags.

use super::model::{ContactBrief, Conversation, Message, Recipients, bucket};
use crate::sub_statuses::SubStatusBrief;
use db::{Row, Tx, Value, params};
use kernel::fold::fold;
use kernel::message::{Address, ContentType, Direction, MessageStatus, Priority, SenderType, Status};
use kernel::time::Millis;
use kernel::{ChannelId, ContactId, ConversationId, Error, Ids, MemberId, MessageId, Result, SubStatusId, TagId, TeamId, id::new_id};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

pub fn json<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

// ---------- conversations ----------

pub(super) const COLUMNS: &str = "c.id, c.number, c.external_id, c.channel, c.channel_id, ch.name, c.provider, c.status, c.priority, c.subject, \
    c.contact_id, p.name, p.review, c.participants, c.last_message_at, c.last_message_preview, c.last_message_direction, c.unread_count, \
    c.message_count, c.assignee_id, c.tags, c.custom_attributes, c.metadata, c.snoozed_until, c.waiting_since, c.resolved_at, \
    c.created_at, c.updated_at, c.previous_id, c.team_id, p.blocked_at IS NOT NULL, ss.id, ss.name, ss.hue";
pub(super) const JOINS: &str = "LEFT JOIN channels ch ON ch.id = c.channel_id LEFT JOIN contacts p ON p.id = c.contact_id \
    LEFT JOIN sub_statuses ss ON ss.id = c.sub_status_id";

pub(super) fn read(r: &Row<'_>) -> Result<Conversation> {
    let id = r.next()?;
    let number = r.next()?;
    let external_id = r.next()?;
    let channel = r.next()?;
    let channel_id = r.next()?;
    let channel_name: Option<String> = r.next()?;
    let provider = r.next()?;
    let status = Status::parse(&r.next::<String>()?).unwrap_or(Status::Open);
    let priority = Priority::parse(&r.next::<String>()?).unwrap_or(Priority::Normal);
    let subject = r.next()?;
    let contact_id: Option<ContactId> = r.next()?;
    let contact_name: Option<String> = r.next()?;
    let review: Option<bool> = r.next()?;
    let mut contact =
        contact_id.zip(contact_name).map(|(id, name)| ContactBrief { id, name, review: review.unwrap_or(false), blocked: false });
    let mut c = Conversation {
        id,
        number,
        external_id,
        channel,
        channel_id,
        channel_name: channel_name.unwrap_or_default(),
        provider,
        status,
        priority,
        subject,
        contact_id,
        contact: None,
        lead_id: None,
        company_id: None,
        participants: json(&r.next::<String>()?),
        last_message_at: r.next()?,
        last_message_preview: r.next()?,
        last_message_direction: Direction::parse(&r.next::<String>()?).unwrap_or(Direction::Inbound),
        unread_count: r.next()?,
        message_count: r.next()?,
        assignee_id: r.next()?,
        tags: json(&r.next::<String>()?),
        custom_attributes: json(&r.next::<String>()?),
        metadata: json(&r.next::<String>()?),
        snoozed_until: r.next()?,
        waiting_since: r.next()?,
        resolved_at: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
        previous_id: r.next()?,
        team_id: r.next()?,
        sub_status: None,
    };
    let blocked: bool = r.next()?;
    let sub: (Option<SubStatusId>, Option<String>, Option<i64>) = (r.next()?, r.next()?, r.next()?);
    if let (Some(id), Some(name), Some(hue)) = sub {
        c.sub_status = Some(SubStatusBrief { id, name, hue });
    }
    contact.iter_mut().for_each(|p| p.blocked = blocked);
    c.contact = contact;
    Ok(c)
}

/// The conversation, deleted or not.
pub fn find_any(tx: &mut Tx<'_>, id: ConversationId) -> Result<Option<Conversation>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM conversations c {JOINS} WHERE c.id = $1"), params![id], read)
}

pub fn find(tx: &mut Tx<'_>, id: ConversationId) -> Result<Option<Conversation>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM conversations c {JOINS} WHERE c.id = $1 AND c.deleted_at IS NULL"), params![id], read)
}

/// What a new conversation starts with.
pub struct NewConversation {
    pub channel_id: ChannelId,
    pub channel: String,
    pub provider: String,
    pub status: Status,
    pub subject: Option<String>,
    pub subject_key: Option<String>,
    pub contact_id: Option<ContactId>,
    pub thread_key: Option<String>,
    pub previous_id: Option<ConversationId>,
    pub participants: Vec<Address>,
    pub assignee_id: Option<MemberId>,
    pub team_id: Option<TeamId>,
    pub metadata: Map<String, Json>,
    pub sample: bool,
    pub at: Millis,
}

pub fn insert(tx: &mut Tx<'_>, ids: &dyn Ids, new: &NewConversation) -> Result<(ConversationId, i64)> {
    let id: ConversationId = new_id(ids, new.at);
    let number = tx.number("UPDATE counters SET value = value + 1 WHERE name = 'conversation_number' RETURNING value", params![])?;
    tx.exec(
        "INSERT INTO conversations (id, number, channel_id, channel, provider, status, bucket, priority, subject, subject_key, contact_id, thread_key, \
         thread_live, previous_id, participants, last_message_at, last_message_preview, last_message_direction, unread_count, message_count, assignee_id, \
         tags, custom_attributes, metadata, sample, created_at, updated_at, team_id, subject_folded) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'normal', $8, $9, $10, $11, TRUE, $12, $13, $14, '', 'inbound', 0, 0, $15, '[]', '{}', $16, $17, $14, $14, $18, $19)",
        params![
            id,
            number,
            new.channel_id,
            &new.channel,
            &new.provider,
            new.status.as_str(),
            bucket(new.status),
            &new.subject,
            &new.subject_key,
            new.contact_id,
            &new.thread_key,
            new.previous_id,
            serde_json::to_string(&new.participants).unwrap_or_default(),
            new.at,
            new.assignee_id,
            Json::Object(new.metadata.clone()).to_string(),
            new.sample,
            new.team_id,
            new.subject.as_deref().map(fold)
        ],
    )?;
    Ok((id, number))
}

/// Counts a new message in. `unread` is 1 for an inbound one; `waiting_since` is set by the first unanswered one.
pub struct Arrival<'a> {
    pub id: ConversationId,
    pub at: Millis,
    pub preview: &'a str,
    pub direction: Direction,
    pub unread: i64,
    pub status: Option<Status>,
    /// Some(None) clears, Some(Some(t)) sets unless set already.
    pub waiting: Option<Option<Millis>>,
    pub participants: Option<&'a [Address]>,
    pub now: Millis,
}
pub fn count_in(tx: &mut Tx<'_>, a: &Arrival<'_>) -> Result<()> {
    let (set_waiting, waiting) = match a.waiting {
        None => (0i64, None),
        Some(None) => (1, None),
        Some(Some(at)) => (2, Some(at)),
    };
    let participants = a.participants.map(|p| serde_json::to_string(p).unwrap_or_default());
    tx.exec(
        "UPDATE conversations SET message_count = message_count + 1, unread_count = unread_count + $2, \
         last_message_preview = CASE WHEN $3 >= last_message_at OR message_count = 0 THEN $4 ELSE last_message_preview END, \
         last_message_direction = CASE WHEN $3 >= last_message_at OR message_count = 0 THEN $5 ELSE last_message_direction END, \
         last_message_at = CASE WHEN $3 > last_message_at OR message_count = 0 THEN $3 ELSE last_message_at END, \
         status = COALESCE($6, status), sub_status_id = CASE WHEN $7 IS NULL OR $7 = bucket THEN sub_status_id END, \
         bucket = COALESCE($7, bucket), \
         snoozed_until = CASE WHEN $6 IS NULL THEN snoozed_until ELSE NULL END, \
         resolved_at = CASE WHEN $6 IS NULL THEN resolved_at ELSE NULL END, \
         waiting_since = CASE WHEN $8 = 1 THEN NULL WHEN $8 = 2 THEN COALESCE(waiting_since, $9) ELSE waiting_since END, \
         participants = COALESCE($10, participants), updated_at = $11 WHERE id = $1",
        params![
            a.id,
            a.unread,
            a.at,
            a.preview,
            a.direction.as_str(),
            a.status.map(Status::as_str),
            a.status.map(bucket),
            set_waiting,
            waiting,
            participants,
            a.now
        ],
    )
    .map(|_| ())
}

pub fn set_status(tx: &mut Tx<'_>, id: ConversationId, status: Status, snoozed_until: Option<Millis>, now: Millis) -> Result<()> {
    let closed = matches!(status, Status::Resolved | Status::Archived | Status::Spam);
    tx.exec(
        "UPDATE conversations SET status = $2, sub_status_id = CASE WHEN bucket = $3 THEN sub_status_id END, bucket = $3, \
         snoozed_until = $4, updated_at = $5, resolved_at = CASE WHEN $6 THEN COALESCE(resolved_at, $5) ELSE NULL END, \
         waiting_since = CASE WHEN $6 THEN NULL ELSE waiting_since END WHERE id = $1",
        params![id, status.as_str(), bucket(status), snoozed_until, now, closed],
    )
    .map(|_| ())
}
pub fn set_sub_status(tx: &mut Tx<'_>, id: ConversationId, to: Option<SubStatusId>, now: Millis) -> Result<()> {
    tx.exec("UPDATE conversations SET sub_status_id = $2, updated_at = $3 WHERE id = $1", params![id, to, now]).map(|_| ())
}
/// The values of custom attributes as they are at this moment.
pub fn attributes(tx: &mut Tx<'_>, id: ConversationId) -> Result<Map<String, Json>> {
    let text: Option<String> = tx.opt("SELECT custom_attributes FROM conversations WHERE id = $1", params![id], |r| r.get(0))?;
    Ok(json(&text.unwrap_or_default()))
}
pub fn set_unread(tx: &mut Tx<'_>, id: ConversationId, count: i64) -> Result<()> {
    tx.exec("UPDATE conversations SET unread_count = $2 WHERE id = $1", params![id, count]).map(|_| ())
}
#[derive(Clone)]
pub struct Change {
    pub subject: Option<String>,
    pub priority: Option<Priority>,
    pub custom_attributes: Option<Map<String, Json>>,
    pub metadata: Option<Map<String, Json>>,
}
pub fn change(tx: &mut Tx<'_>, id: ConversationId, c: &Change, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE conversations SET subject = COALESCE($2, subject), subject_folded = COALESCE($7, subject_folded), priority = COALESCE($3, priority), \
         custom_attributes = COALESCE($4, custom_attributes), metadata = COALESCE($5, metadata), updated_at = $6 WHERE id = $1",
        params![
            id,
            &c.subject,
            c.priority.map(Priority::as_str),
            c.custom_attributes.clone().map(|m| Json::Object(m).to_string()),
            c.metadata.clone().map(|m| Json::Object(m).to_string()),
            now,
            c.subject.as_deref().map(fold)
        ],
    )
    .map(|_| ())
}
/// For subjects from before they were folded: the next few after `after`; gives the last one done.
pub fn refold_subjects(tx: &mut Tx<'_>, after: &[u8], limit: i64) -> Result<Option<Vec<u8>>> {
    let rows: Vec<(ConversationId, Option<String>)> =
        tx.query("SELECT id, subject FROM conversations WHERE id > $1 ORDER BY id LIMIT $2", params![after.to_vec(), limit], |r| {
            Ok((r.next()?, r.next()?))
        })?;
    for (id, subject) in rows.iter().filter_map(|(id, s)| s.as_deref().map(|s| (*id, s))) {
        tx.exec("UPDATE conversations SET subject_folded = $2 WHERE id = $1", params![id, fold(subject)])?;
    }
    Ok(rows.last().map(|(id, _)| id.as_bytes().to_vec()))
}
pub fn set_deleted(tx: &mut Tx<'_>, id: ConversationId, at: Option<Millis>) -> Result<()> {
    tx.exec(
        "UPDATE conversations SET deleted_at = $2, thread_live = $2 IS NULL AND NOT EXISTS (SELECT 1 FROM conversations o WHERE o.channel_id = \
         conversations.channel_id AND o.thread_key = conversations.thread_key AND o.thread_live AND o.id <> conversations.id) WHERE id = $1",
        params![id, at],
    )
    .map(|_| ())
}
pub fn due_snoozes(tx: &mut Tx<'_>, now: Millis) -> Result<Vec<ConversationId>> {
    tx.query(
        "SELECT id FROM conversations WHERE snoozed_until IS NOT NULL AND snoozed_until <= $1 ORDER BY snoozed_until LIMIT 200",
        params![now],
        |r| r.get(0),
    )
}
pub fn next_snooze(tx: &mut Tx<'_>) -> Result<Option<Millis>> {
    tx.one("SELECT MIN(snoozed_until) FROM conversations WHERE snoozed_until IS NOT NULL", params![], |r| r.get(0))
}

// ---------- messages ----------

const MESSAGE: &str = "key, id, conversation_id, external_id, direction, sender_type, sender_id, sender_name, from_address, recipients, subject, \
    content_type, text, stripped_text, html, file_count, reply_to_id, is_note, status, error, delivery_uncertain, automated_by, automatic, \
    verified_sender, thread_reason, send_at, sent_at, delivered_at, read_at, created_at, metadata, journal_key, reactions, edited_at, pinned_at, aside_id";

fn read_message(r: &Row<'_>) -> Result<(Message, i64)> {
    let key = r.next()?;
    let id = r.next()?;
    let conversation_id = r.next()?;
    let external_id = r.next()?;
    let direction = Direction::parse(&r.next::<String>()?).unwrap_or(Direction::Inbound);
    let sender_type = SenderType::parse(&r.next::<String>()?).unwrap_or(SenderType::System);
    let sender: Option<Vec<u8>> = r.next()?;
    let sender_id = sender.and_then(|bytes| match sender_type {
        SenderType::User => MemberId::from_slice(&bytes).ok().map(|id| id.to_string()),
        _ => ContactId::from_slice(&bytes).ok().map(|id| id.to_string()),
    });
    let sender_name = r.next()?;
    let from = r.next()?;
    let recipients: Recipients = json(&r.next::<String>()?);
    let subject = r.next()?;
    let content_type = ContentType::parse(&r.next::<String>()?).unwrap_or(ContentType::Text);
    let text = r.next()?;
    let stripped_text = r.next()?;
    let html = r.next()?;
    let files: i64 = r.next()?;
    let mut message = Message {
        id,
        conversation_id,
        external_id,
        direction,
        sender_type,
        sender_id,
        sender_name,
        from,
        to: recipients.to,
        cc: recipients.cc,
        bcc: recipients.bcc,
        subject,
        content_type,
        text,
        stripped_text,
        html,
        attachments: Vec::new(),
        reply_to_id: r.next()?,
        is_note: r.next()?,
        status: MessageStatus::parse(&r.next::<String>()?).unwrap_or(MessageStatus::Sent),
        error: r.next()?,
        delivery_uncertain: r.next()?,
        automated_by: r.next()?,
        automatic: r.next()?,
        verified_sender: r.next()?,
        thread_reason: r.next()?,
        send_at: r.next()?,
        sent_at: r.next()?,
        delivered_at: r.next()?,
        read_at: r.next()?,
        created_at: r.next()?,
        metadata: json(&r.next::<String>()?),
        key,
        journal_key: r.next()?,
        reactions: r.next::<Option<String>>()?.map(|t| json(&t)).unwrap_or_default(),
        edited_at: r.next()?,
        pinned_at: r.next()?,
        aside_id: r.next()?,
        is_deleted: false,
    };
    message.is_deleted = message.metadata.contains_key(super::changes::TAKEN_BACK);
    Ok((message, files))
}

fn with_files(tx: &mut Tx<'_>, rows: Vec<(Message, i64)>) -> Result<Vec<Message>> {
    let owners: Vec<MessageId> = rows.iter().filter(|(_, n)| *n > 0).map(|(m, _)| m.id).collect();
    let mut files = crate::files::of_messages(tx, &owners)?;
    let mut out = Vec::with_capacity(rows.len());
    for (mut message, _) in rows {
        if let Some(list) = files.remove(&message.id) {
            message.attachments = list;
        }
        out.push(message);
    }
    Ok(out)
}

pub fn message(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<Message>> {
    let rows = tx.query(&format!("SELECT {MESSAGE} FROM messages WHERE id = $1 AND deleted_at IS NULL"), params![id], read_message)?;
    Ok(with_files(tx, rows)?.into_iter().next())
}
/// Newest first, before `key`.
pub fn messages(tx: &mut Tx<'_>, conversation: ConversationId, before: Option<i64>, limit: i64) -> Result<Vec<Message>> {
    let sql =
        format!("SELECT {MESSAGE} FROM messages WHERE conversation_id = $1 AND key < $2 AND deleted_at IS NULL ORDER BY key DESC LIMIT $3");
    let rows = tx.query(&sql, params![conversation, before.unwrap_or(i64::MAX), limit], read_message)?;
    with_files(tx, rows)
}
/// Oldest first, after `key`.
pub fn messages_after(tx: &mut Tx<'_>, conversation: ConversationId, key: i64, limit: i64) -> Result<Vec<Message>> {
    let sql =
        format!("SELECT {MESSAGE} FROM messages WHERE conversation_id = $1 AND key > $2 AND deleted_at IS NULL ORDER BY key LIMIT $3");
    let rows = tx.query(&sql, params![conversation, key, limit], read_message)?;
    with_files(tx, rows)
}
/// Without their files.
pub fn messages_by_key(tx: &mut Tx<'_>, keys: &[i64]) -> Result<Vec<Message>> {
    Ok(rows_by_key(tx, keys)?.into_iter().map(|(m, _)| m).collect())
}
/// With them.
pub fn messages_whole(tx: &mut Tx<'_>, keys: &[i64]) -> Result<Vec<Message>> {
    let rows = rows_by_key(tx, keys)?;
    with_files(tx, rows)
}
fn rows_by_key(tx: &mut Tx<'_>, keys: &[i64]) -> Result<Vec<(Message, i64)>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = keys.iter().map(i64::to_string).collect();
    let sql = format!("SELECT {MESSAGE} FROM messages WHERE key IN ({}) AND deleted_at IS NULL ORDER BY key DESC", list.join(", "));
    tx.query(&sql, params![], read_message)
}
/// By either id that may name it in a report or an answer.
pub fn message_by_external(tx: &mut Tx<'_>, channel: ChannelId, external_id: &str) -> Result<Option<MessageId>> {
    let own = tx.opt("SELECT id FROM messages WHERE channel_id = $1 AND external_id = $2", params![channel, external_id], |r| r.get(0))?;
    match own {
        Some(id) => Ok(Some(id)),
        None => tx.opt("SELECT id FROM messages WHERE channel_id = $1 AND provider_id = $2", params![channel, external_id], |r| r.get(0)),
    }
}

/// Those of these external ids that are messages of the channel; at most a few hundred are asked for.
pub fn known_externals(tx: &mut Tx<'_>, channel: ChannelId, external_ids: &[String]) -> Result<Vec<String>> {
    if external_ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = (2..external_ids.len() + 2).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let mut args: Vec<Value<'static>> = vec![channel.into()];
    args.extend(external_ids.iter().map(|id| Value::from(id.clone())));
    tx.query(
        &format!(
            "SELECT external_id FROM messages WHERE channel_id = $1 AND external_id IN ({places}) \
             UNION SELECT provider_id FROM messages WHERE channel_id = $1 AND provider_id IN ({places})"
        ),
        &args,
        |r| r.get(0),
    )
}

/// External ids of the messages of a conversation, or of a talk beside it, oldest first, for References; the last inbound one is answered.
pub fn chain(tx: &mut Tx<'_>, conversation: ConversationId, aside: Option<MessageId>) -> Result<Vec<(String, Direction)>> {
    let mut rows = tx.query(
        "SELECT COALESCE(provider_id, external_id), direction FROM messages WHERE conversation_id = $1 AND external_id IS NOT NULL \
         AND is_note = FALSE AND status <> 'cancelled' AND status <> 'failed' AND aside_id IS NOT DISTINCT FROM $2 ORDER BY key DESC LIMIT 60",
        params![conversation, aside],
        |r| Ok((r.next::<String>()?, Direction::parse(&r.next::<String>()?).unwrap_or(Direction::Inbound))),
    )?;
    rows.reverse();
    Ok(rows)
}

pub struct NewMessage {
    pub id: MessageId,
    pub conversation_id: ConversationId,
    pub channel_id: ChannelId,
    pub external_id: Option<String>,
    pub direction: Direction,
    pub sender_type: SenderType,
    pub sender: Option<Vec<u8>>,
    pub sender_name: Option<String>,
    pub from: Option<String>,
    pub recipients: Recipients,
    pub subject: Option<String>,
    pub content_type: ContentType,
    pub text: String,
    pub stripped_text: Option<String>,
    pub html: Option<String>,
    pub file_count: i64,
    pub reply_to_id: Option<MessageId>,
    pub is_note: bool,
    pub status: MessageStatus,
    pub automatic: bool,
    pub automated_by: Option<String>,
    pub verified_sender: bool,
    pub thread_reason: Option<String>,
    pub send_at: Option<Millis>,
    pub sent_at: Option<Millis>,
    pub delivered_at: Option<Millis>,
    pub created_at: Millis,
    pub metadata: Map<String, Json>,
    pub journal_key: Option<i64>,
    pub aside_id: Option<MessageId>,
}

/// Room for a million messages in one millisecond.
pub const KEYS_PER_MS: i64 = 1 << 20;

/// The next free place at a time.
pub fn free_key(tx: &mut Tx<'_>, at: Millis) -> Result<i64> {
    let base = at.clamp(0, i64::MAX / KEYS_PER_MS - 1) * KEYS_PER_MS;
    tx.number("SELECT COALESCE(MAX(key) + 1, $1) FROM messages WHERE key >= $1 AND key < $2", params![base, base + KEYS_PER_MS])
}

/// Inserts and gives its key; `None` when the channel already has this external id.
pub fn insert_message(tx: &mut Tx<'_>, m: &NewMessage) -> Result<Option<i64>> {
    let key = free_key(tx, m.sent_at.unwrap_or(m.created_at))?;
    let n = tx.exec(
        "INSERT INTO messages (key, id, conversation_id, channel_id, external_id, direction, sender_type, sender_id, sender_name, from_address, \
         recipients, subject, content_type, text, stripped_text, html, file_count, reply_to_id, is_note, status, delivery_uncertain, automated_by, \
         automatic, verified_sender, thread_reason, send_at, sent_at, delivered_at, created_at, metadata, journal_key, aside_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, FALSE, $21, $22, $23, $24, $25, $26, $27, \
         $28, $29, $30, $31) ON CONFLICT DO NOTHING",
        params![
            key,
            m.id,
            m.conversation_id,
            m.channel_id,
            &m.external_id,
            m.direction.as_str(),
            m.sender_type.as_str(),
            m.sender.clone(),
            &m.sender_name,
            &m.from,
            serde_json::to_string(&m.recipients).unwrap_or_default(),
            &m.subject,
            m.content_type.as_str(),
            &m.text,
            &m.stripped_text,
            &m.html,
            m.file_count,
            m.reply_to_id,
            m.is_note,
            m.status.as_str(),
            &m.automated_by,
            m.automatic,
            m.verified_sender,
            &m.thread_reason,
            m.send_at,
            m.sent_at,
            m.delivered_at,
            m.created_at,
            Json::Object(m.metadata.clone()).to_string(),
            m.journal_key,
            m.aside_id
        ],
    )?;
    if n > 0 && m.file_count > 0 {
        tx.exec("UPDATE conversations SET has_files = TRUE WHERE id = $1", params![m.conversation_id])?;
    }
    Ok((n > 0).then_some(key))
}

/// A change of a message's state; times are filled in the first time only.
#[derive(Debug, Clone, Default)]
pub struct StatusChange {
    pub status: Option<MessageStatus>,
    pub error: Option<Option<String>>,
    pub uncertain: Option<bool>,
    pub provider_id: Option<String>,
    pub sent_at: Option<Millis>,
    pub delivered_at: Option<Millis>,
    pub read_at: Option<Millis>,
}
pub fn change_message(tx: &mut Tx<'_>, id: MessageId, c: &StatusChange) -> Result<()> {
    let (set_error, error) = match &c.error {
        None => (false, None),
        Some(e) => (true, e.clone()),
    };
    tx.exec(
        "UPDATE messages SET status = COALESCE($2, status), error = CASE WHEN $3 THEN $4 ELSE error END, \
         delivery_uncertain = COALESCE($5, delivery_uncertain), provider_id = COALESCE($6, provider_id), sent_at = COALESCE(sent_at, $7), \
         delivered_at = COALESCE(delivered_at, $8), read_at = COALESCE(read_at, $9) WHERE id = $1",
        params![
            id,
            c.status.map(MessageStatus::as_str),
            set_error,
            error,
            c.uncertain,
            &c.provider_id,
            c.sent_at,
            c.delivered_at,
            c.read_at
        ],
    )?;
    // A failure, or the end of one.
    match c.status {
        Some(MessageStatus::Failed) => tx.exec(
            "UPDATE conversations SET has_failed = TRUE WHERE id = (SELECT conversation_id FROM messages WHERE id = $1)",
            params![id],
        )?,
        Some(_) => tx.exec(
            "UPDATE conversations SET has_failed = FALSE WHERE has_failed AND id = (SELECT conversation_id FROM messages WHERE id = $1) \
             AND NOT EXISTS (SELECT 1 FROM messages f WHERE f.conversation_id = conversations.id AND f.status = 'failed' AND f.deleted_at IS NULL)",
            params![id],
        )?,
        None => 0,
    };
    Ok(())
}
/// After messages went away or elsewhere: whether the conversation still has files, and a failure.
pub fn recheck(tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
    tx.exec(
        "UPDATE conversations SET has_files = EXISTS (SELECT 1 FROM messages f WHERE f.conversation_id = conversations.id AND f.file_count > 0 \
         AND f.deleted_at IS NULL), has_failed = EXISTS (SELECT 1 FROM messages f WHERE f.conversation_id = conversations.id \
         AND f.status = 'failed' AND f.deleted_at IS NULL) WHERE id = $1",
        params![id],
    )
    .map(|_| ())
}
/// The team has looked: the newest `unread` messages of the customer are read. Gives the last one that is.
pub fn mark_seen(tx: &mut Tx<'_>, conversation: ConversationId, unread: i64, now: Millis) -> Result<Option<MessageId>> {
    tx.exec(
        "UPDATE messages SET read_at = $3 WHERE read_at IS NULL AND key IN (SELECT key FROM messages WHERE conversation_id = $1 \
         AND direction = 'inbound' AND deleted_at IS NULL ORDER BY key DESC LIMIT $2)",
        params![conversation, unread, now],
    )?;
    // The customer hears of their own only.
    tx.opt(
        "SELECT id FROM messages WHERE conversation_id = $1 AND direction = 'inbound' AND read_at IS NOT NULL AND deleted_at IS NULL \
         AND aside_id IS NULL ORDER BY key DESC LIMIT 1",
        params![conversation],
        |r| r.get(0),
    )
}
pub fn delete_message(tx: &mut Tx<'_>, m: &Message, now: Millis) -> Result<()> {
    tx.exec("UPDATE messages SET deleted_at = $2 WHERE id = $1", params![m.id, now])?;
    tx.exec("UPDATE conversations SET message_count = message_count - 1, updated_at = $2 WHERE id = $1", params![m.conversation_id, now])?;
    let sql = tx.dialect().search_delete();
    tx.exec(sql, params![m.key]).map(|_| ())
}

// ---------- tags ----------

pub fn tag_key(name: &str) -> String {
    name.trim().to_lowercase()
}
/// The tag of that name, made when there is none.
pub fn tag(tx: &mut Tx<'_>, ids: &dyn Ids, name: &str, now: Millis) -> Result<TagId> {
    let key = tag_key(name);
    if key.is_empty() || key.chars().count() > 60 {
        return Err(Error::field("tags", "invalid", "A tag has 1 to 60 characters."));
    }
    let hue = key.bytes().fold(7u32, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b))) % 12 * 30;
    let id: TagId = new_id(ids, now);
    tx.exec(
        "INSERT INTO tags (id, name, name_key, hue) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        params![id, name.trim(), &key, i64::from(hue)],
    )?;
    tx.one("SELECT id FROM tags WHERE name_key = $1", params![&key], |r| r.get(0))
}
/// A tag that nothing carries yet, in this colour.
pub fn make_tag(tx: &mut Tx<'_>, ids: &dyn Ids, name: &str, hue: Option<i64>, now: Millis) -> Result<TagId> {
    let id = tag(tx, ids, name, now)?;
    if let Some(hue) = hue {
        set_tag_hue(tx, id, hue)?;
    }
    Ok(id)
}
pub fn add_tag(tx: &mut Tx<'_>, conversation: ConversationId, tag: TagId) -> Result<bool> {
    let n = tx.exec(
        "INSERT INTO conversation_tags (tag_id, conversation_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        params![tag, conversation],
    )?;
    Ok(n > 0)
}
/// Takes the tag of that name off; gives it when it was there.
pub fn remove_tag(tx: &mut Tx<'_>, conversation: ConversationId, name: &str) -> Result<Option<TagId>> {
    tx.opt(
        "DELETE FROM conversation_tags WHERE conversation_id = $1 AND tag_id IN (SELECT id FROM tags WHERE name_key = $2) RETURNING tag_id",
        params![conversation, tag_key(name)],
        |r| r.get(0),
    )
}
pub fn tag_names(tx: &mut Tx<'_>, ids: &[TagId]) -> Result<HashMap<TagId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let marks: Vec<String> = (1..=ids.len()).map(|i| format!("${i}")).collect();
    let args: Vec<Value<'_>> = ids.iter().map(Value::from).collect();
    let sql = format!("SELECT id, name FROM tags WHERE id IN ({})", marks.join(", "));
    Ok(tx.query(&sql, &args, |r| Ok((r.next()?, r.next()?)))?.into_iter().collect())
}
/// Tags of whose name every word is the beginning of one of theirs.
pub fn tag_names_like(tx: &mut Tx<'_>, words: &[String], limit: usize) -> Result<Vec<String>> {
    let all: Vec<String> = tx.query("SELECT name FROM tags ORDER BY name_key LIMIT 2000", params![], |r| r.get(0))?;
    let fits = |name: &String| {
        let own = kernel::fold::tokens(name);
        !words.is_empty() && words.iter().all(|w| own.iter().any(|o| o.starts_with(w.as_str())))
    };
    Ok(all.into_iter().filter(fits).take(limit).collect())
}
/// Writes the names of a conversation's tags into its row, where lists read them.
pub fn refresh_tags(tx: &mut Tx<'_>, conversation: ConversationId, now: Millis) -> Result<()> {
    let names: Vec<String> = tx.query(
        "SELECT t.name FROM conversation_tags ct JOIN tags t ON t.id = ct.tag_id WHERE ct.conversation_id = $1 ORDER BY t.name_key",
        params![conversation],
        |r| r.get(0),
    )?;
    let names = serde_json::to_string(&names).unwrap_or_default();
    tx.exec("UPDATE conversations SET tags = $2, updated_at = $3 WHERE id = $1", params![conversation, names, now]).map(|_| ())
}
pub fn set_tag_hue(tx: &mut Tx<'_>, id: TagId, hue: i64) -> Result<bool> {
    Ok(tx.exec("UPDATE tags SET hue = $2 WHERE id = $1", params![id, hue])? > 0)
}
