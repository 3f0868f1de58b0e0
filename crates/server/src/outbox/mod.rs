//! The durable list of what is to leave. A send is a row first; attempts, next try and reason are rows too. `sending` is committed
//! before the first byte leaves, so that a crash never turns into a silent double.

mod api;
mod stop;

pub use api::routes;
pub use stop::Stop;

use db::{Tx, params};
use kernel::time::{MINUTE, Millis};
use kernel::{ChannelId, ConversationId, MessageId, Result};
use serde::Serialize;

/// How long a send may take before its fate counts as unknown.
pub const LEASE: Millis = 3 * MINUTE;
/// Tries within an hour, then the message has failed.
pub const MAX_ATTEMPTS: i64 = 6;

/// A send that this worker now holds.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub message: MessageId,
    pub conversation: ConversationId,
    pub channel: ChannelId,
    pub attempts: i64,
    pub first_try_at: Millis,
}

/// What leaves first when there is not room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A person wrote it.
    Person = 0,
    /// A rule or a program wrote it.
    Rule = 1,
}

/// Queues a message; it leaves at `due_at` unless it is cancelled before.
pub fn queue(
    tx: &mut Tx<'_>,
    message: MessageId,
    conversation: ConversationId,
    channel: ChannelId,
    due_at: Millis,
    class: Class,
    now: Millis,
) -> Result<()> {
    tx.exec(
        "INSERT INTO outbox (message_id, conversation_id, channel_id, state, due_at, attempts, class, created_at) VALUES ($1, $2, $3, 'waiting', $4, 0, $6, $5)",
        params![message, conversation, channel, due_at, now, class as i64],
    )?;
    tx.due(due_at);
    tx.wake("outbox");
    Ok(())
}

/// Another time for what has not been tried yet, or another wish about answers that come first. False when it is on its way already.
pub fn reschedule(tx: &mut Tx<'_>, message: MessageId, due_at: Option<Millis>, unless_answered: Option<bool>) -> Result<bool> {
    let n = tx.exec(
        "UPDATE outbox SET due_at = COALESCE($2, due_at), unless_answered = COALESCE($3, unless_answered) \
         WHERE message_id = $1 AND state = 'waiting' AND attempts = 0",
        params![message, due_at, unless_answered],
    )?;
    if let Some(at) = due_at {
        tx.due(at);
        tx.wake("outbox");
    }
    Ok(n > 0)
}

/// Takes it back; false when it is on its way already.
pub fn cancel(tx: &mut Tx<'_>, message: MessageId) -> Result<bool> {
    Ok(tx.exec("UPDATE outbox SET state = 'cancelled' WHERE message_id = $1 AND state = 'waiting' AND attempts = 0", params![message])? > 0)
}

/// What was taken back waits again for the time it had.
pub fn resume(tx: &mut Tx<'_>, message: MessageId) -> Result<()> {
    let due: Option<Millis> = tx.opt(
        "UPDATE outbox SET state = 'waiting' WHERE message_id = $1 AND state = 'cancelled' RETURNING due_at",
        params![message],
        |r| r.get(0),
    )?;
    if let Some(at) = due {
        tx.due(at);
        tx.wake("outbox");
    }
    Ok(())
}

/// Puts a send back that failed, was reported as failed, or whose fate is unknown, to really leave again.
pub fn again(tx: &mut Tx<'_>, message: MessageId, now: Millis) -> Result<bool> {
    let n = tx.exec(
        "UPDATE outbox SET state = 'waiting', due_at = $2, attempts = 0, first_try_at = NULL, lease_until = NULL, last_error = NULL \
         WHERE message_id = $1 AND (state IN ('failed', 'uncertain') \
         OR (state = 'done' AND EXISTS (SELECT 1 FROM messages m WHERE m.id = message_id AND m.status = 'failed')))",
        params![message, now],
    )?;
    tx.due(now);
    tx.wake("outbox");
    Ok(n > 0)
}

/// An earlier message `e` of the conversation of `o` that has to leave first: due or being sent, or put off after a try. One that is
/// meant for later holds up nobody, nor does one that is held back. Ids of one millisecond stand in no order, so the place in the
/// conversation says which is earlier. The states are named once more, since only so the index of what is open applies.
const EARLIER: &str = "SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.message_id <> o.message_id \
     AND (SELECT key FROM messages WHERE id = e.message_id) < (SELECT key FROM messages WHERE id = o.message_id) \
     AND e.state IN ('waiting', 'sending') AND (e.state = 'sending' OR (e.state = 'waiting' AND (e.due_at <= $1 OR e.first_try_at IS NOT NULL) \
     AND NOT (e.class >= 1 AND EXISTS (SELECT 1 FROM sending_stop))))";

/// A send that the switch holds back, or that waits because the whole workspace stands still.
const HELD: &str = "((o.class >= 1 AND EXISTS (SELECT 1 FROM sending_stop)) OR EXISTS (SELECT 1 FROM standstill))";

/// Channels that work and have something due.
pub fn due_channels(tx: &mut Tx<'_>, now: Millis) -> Result<Vec<ChannelId>> {
    let sql = format!(
        "SELECT c.id FROM channels c WHERE c.status = 'active' AND c.deleted_at IS NULL \
         AND EXISTS (SELECT 1 FROM outbox o WHERE o.channel_id = c.id AND o.state = 'waiting' AND o.due_at <= $1 AND NOT {HELD})"
    );
    tx.query(&sql, params![now], |r| r.get(0))
}

/// Claims what is due on a channel: the earliest of each conversation only, so that messages leave in order; people's replies
/// before rules' and campaigns'.
pub fn claim(tx: &mut Tx<'_>, channel: ChannelId, now: Millis, limit: i64) -> Result<Vec<Claimed>> {
    let sql = format!(
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1, lease_until = $2, first_try_at = COALESCE(first_try_at, $1) WHERE message_id IN \
         (SELECT o.message_id FROM outbox o JOIN channels c ON c.id = o.channel_id AND c.status = 'active' AND c.deleted_at IS NULL \
          WHERE o.channel_id = $4 AND o.state = 'waiting' AND o.due_at <= $1 AND NOT {HELD} AND NOT EXISTS ({EARLIER}) \
          ORDER BY o.class, o.due_at LIMIT $3 {}) RETURNING message_id, conversation_id, channel_id, attempts, first_try_at",
        tx.dialect().skip_locked_of_o()
    );
    tx.query(&sql, params![now, now + LEASE, limit, channel], |r| {
        Ok(Claimed { message: r.next()?, conversation: r.next()?, channel: r.next()?, attempts: r.next()?, first_try_at: r.next()? })
    })
}

/// Sends whose holder has gone; with `all`, every one that is marked as being sent.
pub fn lost(tx: &mut Tx<'_>, now: Millis, all: bool) -> Result<Vec<Claimed>> {
    tx.query(
        "SELECT message_id, conversation_id, channel_id, attempts, COALESCE(first_try_at, $1) FROM outbox WHERE state = 'sending' AND ($2 OR lease_until <= $1)",
        params![now, all],
        |r| Ok(Claimed { message: r.next()?, conversation: r.next()?, channel: r.next()?, attempts: r.next()?, first_try_at: r.next()? }),
    )
}

/// The end of a try: `done`, `failed`, `uncertain`, or `waiting` again at `due_at`.
pub fn settle(tx: &mut Tx<'_>, message: MessageId, state: &'static str, due_at: Option<Millis>, error: Option<&str>) -> Result<()> {
    tx.exec(
        "UPDATE outbox SET state = $2, due_at = COALESCE($3, due_at), lease_until = NULL, last_error = $4 WHERE message_id = $1",
        params![message, state, due_at, error],
    )?;
    if let Some(at) = due_at {
        tx.due(at);
    }
    Ok(())
}
/// The provider spoke of a message that waits for another try, or whose fate was unknown: it has it, or has refused it for good.
/// What is being sent at this moment is settled by whoever sends it.
pub fn reported(tx: &mut Tx<'_>, message: MessageId, failed: bool) -> Result<()> {
    tx.exec(
        "UPDATE outbox SET state = $2, lease_until = NULL WHERE message_id = $1 AND state IN ('waiting', 'uncertain') AND attempts > 0",
        params![message, if failed { "failed" } else { "done" }],
    )
    .map(|_| ())
}
/// A try that does not count, nor its time: the channel's trouble, not the message's.
pub fn uncount(tx: &mut Tx<'_>, message: MessageId) -> Result<()> {
    let sql =
        "UPDATE outbox SET attempts = attempts - 1, first_try_at = CASE WHEN attempts > 1 THEN first_try_at END WHERE message_id = $1";
    tx.exec(sql, params![message]).map(|_| ())
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Attempt {
    pub attempt: i64,
    #[serde(with = "kernel::time::wire")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Millis,
    /// `sent`, `retry`, `failed`, `uncertain`.
    pub outcome: String,
    pub detail: String,
}
pub fn note(tx: &mut Tx<'_>, message: MessageId, attempt: i64, at: Millis, outcome: &str, detail: &str) -> Result<()> {
    tx.exec(
        "INSERT INTO outbox_attempts (message_id, attempt, at, outcome, detail) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        params![message, attempt, at, outcome, detail],
    )
    .map(|_| ())
}
pub fn attempts(tx: &mut Tx<'_>, message: MessageId) -> Result<Vec<Attempt>> {
    tx.query("SELECT attempt, at, outcome, detail FROM outbox_attempts WHERE message_id = $1 ORDER BY at, attempt", params![message], |r| {
        Ok(Attempt { attempt: r.next()?, at: r.next()?, outcome: r.next()?, detail: r.next()? })
    })
}
/// When the next send is due, or the next lease ends; what is due already and waits on an account that works counts as due now.
pub fn next_due(tx: &mut Tx<'_>, now: Millis) -> Result<Option<Millis>> {
    let later: Option<Millis> =
        tx.one("SELECT MIN(due_at) FROM outbox WHERE state = 'waiting' AND due_at > $1", params![now], |r| r.get(0))?;
    let sending: Option<Millis> = tx.one("SELECT MIN(lease_until) FROM outbox WHERE state = 'sending'", params![], |r| r.get(0))?;
    let waits = !due_channels(tx, now)?.is_empty();
    Ok([later, sending, waits.then_some(now)].into_iter().flatten().min())
}
