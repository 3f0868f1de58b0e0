//! One switch that stops everything nobody wrote by hand. What waits stays waiting; whoever switches it off says what becomes of that.
//! A person's own messages leave all the while.

use crate::audit::{self, Act};
use db::{Tx, params};
use kernel::event::NewEvent;
use kernel::time::{Millis, wire};
use kernel::{Actor, ConversationId, MessageId, Result};
use serde::Serialize;
use serde_json::json;

/// Since when and by whom automatic sending is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SendingStop)]
pub struct Stop {
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Millis,
    /// `user:mem_…`, `token:tok_…`.
    pub by: String,
    pub by_name: Option<String>,
    pub reason: Option<String>,
}

pub fn stopped(tx: &mut Tx<'_>) -> Result<Option<Stop>> {
    tx.opt("SELECT at, actor, actor_name, reason FROM sending_stop", params![], |r| {
        Ok(Stop { at: r.next()?, by: r.next()?, by_name: r.next()?, reason: r.next()? })
    })
}

/// Automatic messages that have not left.
pub fn waiting(tx: &mut Tx<'_>) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND class >= 1", params![], |r| r.get(0))
}
/// The first of them: message and conversation.
pub fn held(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<(MessageId, ConversationId)>> {
    tx.query(
        "SELECT message_id, conversation_id FROM outbox WHERE state = 'waiting' AND class >= 1 ORDER BY message_id LIMIT $1",
        params![limit],
        |r| Ok((r.next()?, r.next()?)),
    )
}

/// From here on nothing automatic leaves; stopping twice changes nothing.
pub fn stop(tx: &mut Tx<'_>, actor: &Actor, name: Option<&str>, reason: Option<&str>, now: Millis) -> Result<()> {
    let reason = reason.map(str::trim).filter(|r| !r.is_empty());
    let n = tx.exec(
        "INSERT INTO sending_stop (id, at, actor, actor_name, reason) VALUES (1, $1, $2, $3, $4) ON CONFLICT DO NOTHING",
        params![now, actor.label(), name, reason],
    )?;
    if n > 0 {
        tx.emit(NewEvent::new("sending.stopped", actor.label(), now));
        let waiting = waiting(tx)?;
        audit::note(tx, actor, &Act::new("sending.stopped", actor.workspace).after(json!({ "reason": reason, "waiting": waiting })), now)?;
    }
    Ok(())
}

/// What waits leaves now; whoever wants it not to has taken it away before.
pub fn resume(tx: &mut Tx<'_>, actor: &Actor, discarded: i64, now: Millis) -> Result<()> {
    let Some(before) = stopped(tx)? else { return Ok(()) };
    tx.exec("DELETE FROM sending_stop", params![])?;
    tx.emit(NewEvent::new("sending.resumed", actor.label(), now));
    tx.due(now);
    tx.wake("outbox");
    let sent = waiting(tx)?;
    let act = Act::new("sending.resumed", actor.workspace).before(json!(before)).after(json!({ "discarded": discarded, "waiting": sent }));
    audit::note(tx, actor, &act, now)
}
