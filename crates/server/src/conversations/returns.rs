//! How a conversation was before something was done to it, and putting it back: for acts that are undone as one.

use super::model::{Conversation, bucket};
use super::store;
use db::{Tx, params};
use kernel::event::NewEvent;
use kernel::message::Status;
use kernel::time::Millis;
use kernel::{Actor, Result, SubStatusId};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The status with the times that go with it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LifeCycle {
    pub status: Status,
    pub snoozed_until: Option<Millis>,
    pub resolved_at: Option<Millis>,
    pub waiting_since: Option<Millis>,
    #[serde(default)]
    pub sub_status_id: Option<SubStatusId>,
}
impl LifeCycle {
    pub fn of(c: &Conversation) -> Self {
        Self {
            status: c.status,
            snoozed_until: c.snoozed_until,
            resolved_at: c.resolved_at,
            waiting_since: c.waiting_since,
            sub_status_id: c.sub_status.as_ref().map(|s| s.id),
        }
    }
}

/// The status as it was, with its times. What should have been woken meanwhile is due at once.
pub fn put_back(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, to: &LifeCycle, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE conversations SET status = $2, bucket = $3, snoozed_until = $4, resolved_at = $5, waiting_since = COALESCE($6, waiting_since), \
         updated_at = $7, \
         sub_status_id = (SELECT s.id FROM sub_statuses s WHERE s.id = $8) WHERE id = $1",
        params![c.id, to.status.as_str(), bucket(to.status), to.snoozed_until, to.resolved_at, to.waiting_since, now, to.sub_status_id],
    )?;
    if let Some(at) = to.snoozed_until {
        tx.due(at);
    }
    match (c.status, to.status) {
        (Status::Spam, Status::Spam) => {}
        (Status::Spam, _) => super::scheduled::resume(tx, c.id, "spam", now)?,
        (_, Status::Spam) => drop(super::scheduled::cancel_waiting(tx, c.id, "spam", false, now)?),
        _ => {}
    }
    let payload = json!({ "status": to.status, "before": c.status, "snoozed_until": to.snoozed_until.map(kernel::time::rfc3339) });
    tx.emit(NewEvent::new("conversation.status_changed", actor.label(), now).conversation(c.id).payload(payload));
    Ok(())
}

/// So many are unread.
pub fn set_unread(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, count: i64, now: Millis) -> Result<()> {
    store::set_unread(tx, c.id, count)?;
    let payload = json!({ "read": count == 0, "unread_count": count, "up_to": null });
    tx.emit(NewEvent::new("conversation.read", actor.label(), now).conversation(c.id).payload(payload));
    Ok(())
}
