//! Idempotency keys: the answer is stored in the transaction that did the work, so a repeat finds it or nothing happened.

use super::extract::IdempotencyKey;
use db::{Tx, params};
use kernel::time::{DAY, Millis};
use kernel::{Actor, Error, Result};
use serde::Serialize;
use serde_json::Value;

/// Does `work` unless this actor's key did it before; then gives the stored answer. Keys are kept for 24 hours.
pub fn once<T: Serialize>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    key: Option<&IdempotencyKey>,
    now: Millis,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T>,
) -> Result<Value> {
    let answer = |done: T| serde_json::to_value(done).map_err(|e| Error::internal(format!("answer: {e}")));
    let Some(key) = key else {
        return answer(work(tx)?);
    };
    let label = actor.label();
    tx.exec("DELETE FROM idempotency WHERE created_at < $1", params![now - DAY])?;
    let stored =
        tx.opt("SELECT request_hash, body FROM idempotency WHERE actor = $1 AND idempotency_key = $2", params![&label, &key.key], |r| {
            Ok((r.next::<String>()?, r.next::<String>()?))
        })?;
    if let Some((hash, body)) = stored {
        // Done, and noted, the first time.
        actor.trail.note();
        if hash != key.request_hash {
            return Err(Error::conflict("idempotency.key_reused", "This Idempotency-Key was used for another request."));
        }
        return serde_json::from_str(&body).map_err(|e| Error::internal(format!("stored answer: {e}")));
    }
    let value = answer(work(tx)?)?;
    tx.exec(
        "INSERT INTO idempotency (actor, idempotency_key, request_hash, status, body, created_at) VALUES ($1, $2, $3, 201, $4, $5)",
        params![&label, &key.key, &key.request_hash, value.to_string(), now],
    )?;
    Ok(value)
}
