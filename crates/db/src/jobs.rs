//! Durable jobs: claimed under a lease, retried with backoff and jitter, dead-lettered with their reason.
//!
//! A job may run twice (a lease can expire under a live worker); each kind says how that is harmless.

use crate::{params, tx::Tx};
use kernel::time::{MINUTE, Millis, SECOND};
use kernel::{Ids, JobId, Result, id::new_id};

/// How long a claimed job belongs to its worker.
pub const LEASE: Millis = 5 * MINUTE;

/// A job about to be enqueued.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// An order: `send_message`.
    pub kind: &'static str,
    pub payload: serde_json::Value,
    /// With a key, a second job of the kind that is still waiting is not enqueued.
    pub dedupe_key: Option<String>,
    pub run_at: Millis,
    pub max_attempts: i64,
}

#[derive(Debug, Clone)]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    pub payload: String,
    pub attempts: i64,
    pub max_attempts: i64,
}

/// Enqueues; gives false when the dedupe key found one waiting already.
pub fn enqueue(tx: &mut Tx<'_>, ids: &dyn Ids, now: Millis, job: NewJob) -> Result<bool> {
    let id: JobId = new_id(ids, now);
    let n = tx.exec(
        "INSERT INTO jobs (id, kind, payload, dedupe_key, state, run_at, attempts, max_attempts, created_at) \
         VALUES ($1, $2, $3, $4, 'ready', $5, 0, $6, $7) ON CONFLICT DO NOTHING",
        params![id, job.kind, job.payload.to_string(), job.dedupe_key, job.run_at, job.max_attempts, now],
    )?;
    tx.due(job.run_at);
    Ok(n > 0)
}

/// Takes due jobs of one kind (expired leases included) for this worker.
pub fn claim(tx: &mut Tx<'_>, kind: &str, now: Millis, limit: i64) -> Result<Vec<Job>> {
    let sql = format!(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_until = $2 WHERE id IN \
         (SELECT id FROM jobs WHERE kind = $3 AND ((state = 'ready' AND run_at <= $1) OR (state = 'running' AND lease_until <= $1)) \
          ORDER BY run_at LIMIT $4 {}) RETURNING id, kind, payload, attempts, max_attempts",
        tx.dialect().skip_locked()
    );
    tx.query(&sql, params![now, now + LEASE, kind, limit], |r| {
        Ok(Job { id: r.next()?, kind: r.next()?, payload: r.next()?, attempts: r.next()?, max_attempts: r.next()? })
    })
}

/// Done: the row goes away.
pub fn finish(tx: &mut Tx<'_>, id: JobId) -> Result<()> {
    tx.exec("DELETE FROM jobs WHERE id = $1", params![id]).map(|_| ())
}

/// Not done: tried again at `at`, or dead when the attempts are used up. Gives whether it is dead.
pub fn fail(tx: &mut Tx<'_>, job: &Job, at: Millis, why: &str) -> Result<bool> {
    let dead = job.attempts >= job.max_attempts;
    let state = if dead { "dead" } else { "ready" };
    tx.exec(
        "UPDATE jobs SET state = $2, run_at = $3, lease_until = NULL, last_error = $4, \
         dedupe_key = CASE WHEN EXISTS (SELECT 1 FROM jobs o WHERE o.kind = jobs.kind AND o.dedupe_key = jobs.dedupe_key AND o.state = 'ready' AND o.id <> jobs.id) \
         THEN NULL ELSE dedupe_key END WHERE id = $1",
        params![job.id, state, at, why],
    )?;
    if !dead {
        tx.due(at);
    }
    Ok(dead)
}

/// Never to be tried again, whatever attempts are left; kept for a time with the reason.
pub fn bury(tx: &mut Tx<'_>, id: JobId, why: &str, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE jobs SET state = 'dead', run_at = $2, lease_until = NULL, last_error = $3, dedupe_key = NULL WHERE id = $1",
        params![id, now, why],
    )
    .map(drop)
}

/// What died before `until` is looked at by nobody any more.
pub fn forget_dead(tx: &mut Tx<'_>, until: Millis) -> Result<u64> {
    tx.exec("DELETE FROM jobs WHERE state = 'dead' AND run_at < $1", params![until])
}

/// When the next job of this workspace is due.
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<Millis>> {
    tx.one(
        "SELECT MIN(CASE WHEN state = 'ready' THEN run_at ELSE lease_until END) FROM jobs WHERE state IN ('ready', 'running')",
        params![],
        |r| r.get(0),
    )
}

/// 1 s, 4 s, 15 s, 60 s, 5 min, 15 min with ±20 % jitter; `roll` is a random byte.
pub fn backoff(attempt: i64, roll: u8) -> Millis {
    const STEPS: [Millis; 6] = [SECOND, 4 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE];
    let base = STEPS[(attempt.max(1) as usize - 1).min(STEPS.len() - 1)];
    base * 4 / 5 + base * 2 / 5 * Millis::from(roll) / 255
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn backoff_stays_within_a_fifth() {
        assert_eq!(backoff(1, 0), 800);
        assert_eq!(backoff(1, 255), 1_200);
        assert_eq!(backoff(99, 128) / MINUTE, 15);
    }
}
