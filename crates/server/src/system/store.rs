//! What waits and what failed in one workspace.

use db::{Tx, params};
use kernel::time::{Millis, wire, wire_opt};
use kernel::{JobId, Result};
use serde::Serialize;

/// Queues of a workspace.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Queues {
    /// Deliveries that came in and are not conversations yet.
    pub journal_waiting: i64,
    /// Since when the oldest of them waits.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub journal_since: Option<Millis>,
    /// Deliveries that could not be played.
    pub quarantined: i64,
    /// Messages whose time to leave has come.
    pub outbox_waiting: i64,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub outbox_since: Option<Millis>,
    /// Of what is sent to webhooks, not there yet.
    pub webhooks_waiting: i64,
    /// Jobs that wait or run.
    pub jobs_waiting: i64,
    /// Jobs that were given up.
    pub jobs_failed: i64,
    /// Kinds of old rows that are brought up to date in the background.
    pub upkeep: i64,
}

pub fn queues(tx: &mut Tx<'_>, now: Millis) -> Result<Queues> {
    tx.one(
        "SELECT (SELECT COUNT(*) FROM journal WHERE state = 'received'), (SELECT MIN(received_at) FROM journal WHERE state = 'received'), \
         (SELECT COUNT(*) FROM journal WHERE state = 'quarantined'), \
         (SELECT COUNT(*) FROM outbox WHERE state = 'sending') + (SELECT COUNT(*) FROM outbox WHERE state = 'waiting' AND due_at <= $1), \
         (SELECT MIN(due_at) FROM outbox WHERE state = 'waiting' AND due_at <= $1), \
         (SELECT COUNT(*) FROM webhook_deliveries WHERE state IN ('waiting', 'sending')), \
         (SELECT COUNT(*) FROM jobs WHERE state IN ('ready', 'running')), (SELECT COUNT(*) FROM jobs WHERE state = 'dead'), \
         (SELECT COUNT(*) FROM backfills)",
        params![now],
        |r| {
            Ok(Queues {
                journal_waiting: r.next()?,
                journal_since: r.next()?,
                quarantined: r.next()?,
                outbox_waiting: r.next()?,
                outbox_since: r.next()?,
                webhooks_waiting: r.next()?,
                jobs_waiting: r.next()?,
                jobs_failed: r.next()?,
                upkeep: r.next()?,
            })
        },
    )
}

/// Attachments by their rows: how many, and their bytes.
pub fn files(tx: &mut Tx<'_>) -> Result<(i64, i64)> {
    tx.one("SELECT COUNT(*), CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM files", params![], |r| Ok((r.next()?, r.next()?)))
}

/// A job that was given up.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FailedJob {
    #[schema(value_type = String)]
    pub id: JobId,
    /// What was to be done: `fetch_file`.
    pub kind: String,
    pub attempts: i64,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub failed_at: Millis,
    /// Why, in words.
    pub error: Option<String>,
}

pub fn failed(tx: &mut Tx<'_>, before: Option<(Millis, JobId)>, limit: i64) -> Result<Vec<FailedJob>> {
    let (at, id) = before.unwrap_or((i64::MAX, JobId::from_uuid(uuid::Uuid::max())));
    tx.query(
        "SELECT id, kind, attempts, run_at, last_error FROM jobs WHERE state = 'dead' AND (run_at, id) < ($1, $2) ORDER BY run_at DESC, id DESC LIMIT $3",
        params![at, id, limit],
        |r| Ok(FailedJob { id: r.next()?, kind: r.next()?, attempts: r.next()?, failed_at: r.next()?, error: r.next()? }),
    )
}

/// Once more from the start; false when there is no such job.
pub fn retry(tx: &mut Tx<'_>, id: JobId, now: Millis) -> Result<bool> {
    let n = tx.exec(
        "UPDATE jobs SET state = 'ready', run_at = $2, attempts = 0, last_error = NULL, dedupe_key = NULL WHERE id = $1 AND state = 'dead'",
        params![id, now],
    )?;
    tx.due(now);
    Ok(n > 0)
}
