//! What is written down about one conversation, table by table: the latest first, up to a moment, so many at most. Each finds its rows by the
//! conversation; what one conversation has is sorted, not what the workspace has.

use super::model::{Attempt, Entry, Kind, Message, Outside, Told};
use super::reasons;
use crate::journal;
use db::{Row, Tx, Value, params};
use kernel::message::preview;
use kernel::time::Millis;
use kernel::{ConversationId, MemberId, MessageId, NotificationId, Result, WebhookDeliveryId};

/// Up to and with this moment, so many rows at most.
#[derive(Debug, Clone, Copy)]
pub struct Until {
    pub at: Millis,
    pub rows: i64,
}

pub fn messages(tx: &mut Tx<'_>, of: ConversationId, until: Until, journal_too: bool) -> Result<Vec<Entry>> {
    let read = |r: &Row<'_>| -> Result<Entry> {
        let id: MessageId = r.next()?;
        let at = r.next()?;
        let mut m = Message {
            direction: r.next()?,
            is_note: r.next()?,
            sender_name: r.next()?,
            automatic: r.next()?,
            automated_by: r.next()?,
            verified_sender: r.next()?,
            status: r.next()?,
            error: r.next()?,
            external_id: r.next()?,
            thread: r.next::<Option<String>>()?.as_deref().map(reasons::thread),
            person: None,
            journal_id: None,
            journal_state: None,
            journal_outcome: None,
        };
        let text: String = r.next()?;
        let (key, state, outcome): (Option<i64>, Option<String>, Option<String>) = (r.next()?, r.next()?, r.next()?);
        m.person = outcome.as_deref().and_then(|o| reasons::person(o, id));
        if journal_too {
            (m.journal_id, m.journal_state, m.journal_outcome) = (key.map(journal::id_of), state, outcome);
        }
        let entry = Entry::new(id.to_string(), at, Kind::Message);
        Ok(Entry { message_id: Some(id), preview: Some(preview(&text)), message: Some(m), ..entry })
    };
    tx.query(
        "SELECT m.id, m.created_at, m.direction, m.is_note, m.sender_name, m.automatic, m.automated_by, m.verified_sender, m.status, m.error, \
         m.external_id, m.thread_reason, m.text, j.key, j.state, j.outcome FROM messages m LEFT JOIN journal j ON j.key = m.journal_key \
         WHERE m.conversation_id = $1 AND m.deleted_at IS NULL AND m.created_at <= $2 ORDER BY m.created_at DESC, m.key DESC LIMIT $3",
        params![of, until.at, until.rows],
        read,
    )
}

pub fn attempts(tx: &mut Tx<'_>, of: ConversationId, until: Until) -> Result<Vec<Entry>> {
    let read = |r: &Row<'_>| -> Result<Entry> {
        let id: MessageId = r.next()?;
        let (text, at): (String, Millis) = (r.next()?, r.next()?);
        let attempt = Attempt { attempt: r.next()?, outcome: r.next()?, detail: r.next()? };
        let entry = Entry::new(format!("{id}/{}/{at}", attempt.attempt), at, Kind::Attempt);
        Ok(Entry { message_id: Some(id), preview: Some(preview(&text)), attempt: Some(attempt), ..entry })
    };
    tx.query(
        "SELECT a.message_id, m.text, a.at, a.attempt, a.outcome, a.detail FROM messages m JOIN outbox_attempts a ON a.message_id = m.id \
         WHERE m.conversation_id = $1 AND m.deleted_at IS NULL AND a.at <= $2 ORDER BY a.at DESC, a.attempt DESC, m.key DESC LIMIT $3",
        params![of, until.at, until.rows],
        read,
    )
}

pub fn notifications(tx: &mut Tx<'_>, of: ConversationId, until: Until) -> Result<Vec<Entry>> {
    let read = |r: &Row<'_>| -> Result<Entry> {
        let id: NotificationId = r.next()?;
        let (at, about): (Millis, Option<MessageId>) = (r.next()?, r.next()?);
        let told = Told { notification_id: id, kind: r.next()?, member_id: r.next()?, member_name: r.next()?, times: r.next()? };
        Ok(Entry { message_id: about, notification: Some(told), ..Entry::new(id.to_string(), at, Kind::Notification) })
    };
    tx.query(
        "SELECT n.id, n.created_at, n.message_id, n.kind, n.member_id, m.name, n.times FROM notifications n \
         LEFT JOIN members m ON m.id = n.member_id WHERE n.conversation_id = $1 AND n.created_at <= $2 \
         ORDER BY n.created_at DESC, n.id DESC LIMIT $3",
        params![of, until.at, until.rows],
        read,
    )
}

/// Of all webhooks, or of those that somebody owns and that tell what they see.
pub fn webhooks(tx: &mut Tx<'_>, of: ConversationId, own: Option<MemberId>, until: Until) -> Result<Vec<Entry>> {
    let read = |r: &Row<'_>| -> Result<Entry> {
        let id: WebhookDeliveryId = r.next()?;
        let at = r.next()?;
        let told = Outside {
            delivery_id: id,
            subscription_id: r.next()?,
            name: r.next()?,
            event: r.next()?,
            state: r.next()?,
            attempts: r.next()?,
            last_status: r.next()?,
            last_error: r.next()?,
        };
        Ok(Entry { webhook: Some(told), ..Entry::new(id.to_string(), at, Kind::Webhook) })
    };
    let mut args: Vec<Value<'static>> = vec![of.into(), until.at.into(), until.rows.into()];
    let mine = match own {
        Some(member) => {
            args.push(member.into());
            "AND w.owner_id = $4 AND w.reach = 'owner'"
        }
        None => "",
    };
    let sql = format!(
        "SELECT d.id, d.created_at, d.subscription_id, w.name, d.kind, d.state, d.attempts, d.last_status, d.last_error \
         FROM webhook_deliveries d JOIN webhook_subscriptions w ON w.id = d.subscription_id \
         WHERE d.conversation_id = $1 AND d.created_at <= $2 {mine} ORDER BY d.created_at DESC, d.id DESC LIMIT $3"
    );
    tx.query(&sql, &args, read)
}
