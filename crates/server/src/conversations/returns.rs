//! How a conversation was before something was done to it, and putting it back: for acts that are undone as one.

use super::model::{Conversation, bucket};
use super::store;
use db::{Tx, params};
use kernel::event::NewEvent;
use kernel::message::{Priority, Status};
use kernel::time::Millis;
use kernel::{Actor, ConversationId, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The status with the times that go with it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LifeCycle {
    pub status: Status,
    pub snoozed_until: Option<Millis>,
    pub resolved_at: Option<Millis>,
    pub waiting_since: Option<Millis>,
}
impl LifeCycle {
    pub fn of(c: &Conversation) -> Self {
        Self { status: c.status, snoozed_until: c.snoozed_until, resolved_at: c.resolved_at, waiting_since: c.waiting_since }
    }
}

/// The status as it was, with its times. What should have been woken meanwhile is due at once.
pub fn put_back(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, to: &LifeCycle, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE conversations SET status = $2, bucket = $3, snoozed_until = $4, resolved_at = $5, waiting_since = COALESCE($6, waiting_since), \
         updated_at = $7 WHERE id = $1",
        params![c.id, to.status.as_str(), bucket(to.status), to.snoozed_until, to.resolved_at, to.waiting_since, now],
    )?;
    if let Some(at) = to.snoozed_until {
        tx.due(at);
    }
    let payload = json!({ "status": to.status, "before": c.status, "snoozed_until": to.snoozed_until.map(kernel::time::rfc3339) });
    tx.emit(NewEvent::new("conversation.status_changed", actor.label(), now).conversation(c.id).payload(payload));
    Ok(())
}

pub fn set_priority(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, priority: Priority, now: Millis) -> Result<()> {
    let change = store::Change { subject: None, priority: Some(priority), custom_attributes: None, metadata: None };
    store::change(tx, c.id, &change, now)?;
    let payload = json!({ "priority": priority, "changed": ["priority"] });
    tx.emit(NewEvent::new("conversation.updated", actor.label(), now).conversation(c.id).payload(payload));
    Ok(())
}

/// So many are unread.
pub fn set_unread(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, count: i64, now: Millis) -> Result<()> {
    store::set_unread(tx, c.id, count)?;
    let payload = json!({ "read": count == 0, "unread_count": count, "up_to": null });
    tx.emit(NewEvent::new("conversation.read", actor.label(), now).conversation(c.id).payload(payload));
    Ok(())
}

/// Whether the provider's thread goes on in this conversation.
pub fn thread_is_live(tx: &mut Tx<'_>, id: ConversationId) -> Result<bool> {
    Ok(tx.opt("SELECT thread_live FROM conversations WHERE id = $1", params![id], |r| r.get(0))?.unwrap_or(false))
}
/// It goes on here again, unless it has begun anew elsewhere.
pub fn revive_thread(tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
    tx.exec(
        "UPDATE conversations SET thread_live = TRUE WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM conversations o \
         WHERE o.channel_id = conversations.channel_id AND o.thread_key = conversations.thread_key AND o.thread_live AND o.id <> conversations.id)",
        params![id],
    )
    .map(|_| ())
}
