//! Every SQL text about deliveries and the attempts at them.

use super::super::model::{Attempt, Delivery, State};
use crate::teams::Sight;
use db::{Row, Tx, Value, params};
use kernel::time::{DAY, MINUTE, Millis};
use kernel::{ContactId, ConversationId, Error, Result, WebhookDeliveryId, WebhookId};

/// How long what was told is kept.
pub const KEEP: Millis = 30 * DAY;
/// An attempt under way is somebody's for this long.
const LEASE: Millis = 2 * MINUTE;

const COLUMNS: &str = "SELECT d.id, d.subscription_id, d.kind, d.seq, d.conversation_id, d.state, d.attempts, d.last_status, d.last_error, \
    d.last_at, CASE WHEN d.state = 'waiting' THEN d.next_at END, d.created_at, d.body \
    FROM webhook_deliveries d LEFT JOIN conversations v ON v.id = d.conversation_id";

/// What is about a conversation that the asking person does not see is not there.
fn there(sight: &Sight, args: &mut Vec<Value<'static>>) -> String {
    if sight.sees_all() {
        return "TRUE".into();
    }
    let seen = sight.and("v", args);
    format!("(d.conversation_id IS NULL OR (v.id IS NOT NULL{seen}))")
}

fn read(r: &Row<'_>) -> Result<(Delivery, String)> {
    let delivery = Delivery {
        id: r.next()?,
        subscription_id: r.next()?,
        event: r.next()?,
        sequence: r.next()?,
        conversation_id: r.next()?,
        state: State::parse(&r.next::<String>()?).ok_or_else(|| Error::internal("a stored state of a webhook delivery"))?,
        attempts: r.next()?,
        last_status: r.next()?,
        last_error: r.next()?,
        last_attempt_at: r.next()?,
        next_attempt_at: r.next()?,
        created_at: r.next()?,
    };
    Ok((delivery, r.next()?))
}

/// With the body.
pub fn delivery(tx: &mut Tx<'_>, sight: &Sight, of: WebhookId, id: WebhookDeliveryId) -> Result<Option<(Delivery, String)>> {
    let mut args: Vec<Value<'static>> = vec![id.into(), of.into()];
    let there = there(sight, &mut args);
    tx.opt(&format!("{COLUMNS} WHERE d.id = $1 AND d.subscription_id = $2 AND {there}"), &args, read)
}

#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: Option<State>,
    pub event: Option<String>,
    pub since: Option<Millis>,
}

/// The latest first, before a position.
pub fn list(
    tx: &mut Tx<'_>,
    sight: &Sight,
    of: WebhookId,
    f: &Filter,
    before: Option<WebhookDeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let mut args: Vec<Value<'static>> = vec![of.into(), limit.into()];
    let mut conditions = vec!["d.subscription_id = $1".to_owned(), there(sight, &mut args)];
    let mut bind = |v: Value<'static>, condition: &str| {
        args.push(v);
        conditions.push(condition.replace('?', &format!("${}", args.len())));
    };
    if let Some(state) = f.state {
        bind(state.as_str().into(), "d.state = ?");
    }
    if let Some(event) = &f.event {
        bind(event.clone().into(), "d.kind = ?");
    }
    if let Some(since) = f.since {
        bind(since.into(), "d.created_at >= ?");
    }
    if let Some(id) = before {
        bind(id.into(), "d.id < ?");
    }
    let sql = format!("{COLUMNS} WHERE {} ORDER BY d.id DESC LIMIT $2", conditions.join(" AND "));
    Ok(tx.query(&sql, &args, read)?.into_iter().map(|(delivery, _)| delivery).collect())
}

pub fn attempts(tx: &mut Tx<'_>, id: WebhookDeliveryId) -> Result<Vec<Attempt>> {
    let sql = "SELECT n, at, duration_ms, status, error, response FROM webhook_attempts WHERE delivery_id = $1 ORDER BY n DESC LIMIT 100";
    tx.query(sql, params![id], |r| {
        Ok(Attempt { number: r.next()?, at: r.next()?, duration_ms: r.next()?, status: r.next()?, error: r.next()?, response: r.next()? })
    })
}

/// A delivery about to be written down.
pub struct NewDelivery {
    pub id: WebhookDeliveryId,
    pub subscription: WebhookId,
    pub seq: Option<i64>,
    pub kind: String,
    pub conversation: Option<ConversationId>,
    pub contact: Option<ContactId>,
    pub body: String,
    /// Without one it is not tried by itself.
    pub next_at: Option<Millis>,
    pub at: Millis,
}

/// Nothing happens when this event was written down for this subscription already.
pub fn enqueue(tx: &mut Tx<'_>, d: &NewDelivery) -> Result<()> {
    let state = if d.next_at.is_some() { State::Waiting } else { State::Failed };
    tx.exec(
        "INSERT INTO webhook_deliveries (id, subscription_id, seq, kind, conversation_id, contact_id, body, state, next_at, attempts, tries, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10) ON CONFLICT DO NOTHING",
        params![d.id, d.subscription, d.seq, &d.kind, d.conversation, d.contact, &d.body, state.as_str(), d.next_at, d.at],
    )
    .map(drop)
}

/// How many of each subscription wait.
pub fn backlog(tx: &mut Tx<'_>) -> Result<Vec<(WebhookId, i64)>> {
    let sql = "SELECT subscription_id, COUNT(*) FROM webhook_deliveries WHERE state IN ('waiting', 'sending') GROUP BY subscription_id";
    tx.query(sql, params![], |r| Ok((r.next()?, r.next()?)))
}

// ---------- sending ----------

const DUE: &str = "d.state IN ('waiting', 'sending') AND d.next_at <= $1";

/// Which subscriptions that are switched on have something due.
pub fn due(tx: &mut Tx<'_>, now: Millis) -> Result<Vec<WebhookId>> {
    let sql = format!(
        "SELECT w.id FROM webhook_subscriptions w WHERE w.status = 'active' AND EXISTS \
         (SELECT 1 FROM webhook_deliveries d WHERE d.subscription_id = w.id AND {DUE})"
    );
    tx.query(&sql, params![now], |r| r.get(0))
}

/// When the next attempt of any that is switched on is due.
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<Millis>> {
    tx.one(
        "SELECT MIN(d.next_at) FROM webhook_deliveries d JOIN webhook_subscriptions w ON w.id = d.subscription_id AND w.status = 'active' \
         WHERE d.state IN ('waiting', 'sending')",
        params![],
        |r| r.get(0),
    )
}

/// A delivery that is being sent.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub id: WebhookDeliveryId,
    pub body: String,
    /// This attempt's number, of all and since it was last asked for.
    pub attempt: i64,
    pub tries: i64,
    /// Nobody waits for it to be tried again.
    pub is_test: bool,
}
fn claimed(r: &Row<'_>) -> Result<Claimed> {
    Ok(Claimed { id: r.next()?, body: r.next()?, attempt: r.next()?, tries: r.next()?, is_test: r.next::<Option<i64>>()?.is_none() })
}

/// Takes what is due, in the order of the log. What a process that died had taken comes again: at least once.
pub fn claim(tx: &mut Tx<'_>, of: WebhookId, now: Millis, limit: i64) -> Result<Vec<Claimed>> {
    let sql = format!(
        "UPDATE webhook_deliveries SET state = 'sending', next_at = $3, attempts = attempts + 1, tries = tries + 1 WHERE id IN \
         (SELECT d.id FROM webhook_deliveries d JOIN webhook_subscriptions w ON w.id = d.subscription_id AND w.status = 'active' \
          WHERE d.subscription_id = $2 AND {DUE} ORDER BY d.id LIMIT $4) RETURNING id, body, attempts, tries, seq"
    );
    let mut all = tx.query(&sql, params![now, of, now + LEASE, limit], claimed)?;
    all.sort_unstable_by_key(|c| c.id);
    Ok(all)
}

/// Takes this one, unless it is on its way.
pub fn claim_one(tx: &mut Tx<'_>, id: WebhookDeliveryId, now: Millis) -> Result<Option<Claimed>> {
    tx.opt(
        "UPDATE webhook_deliveries SET state = 'sending', next_at = $2, attempts = attempts + 1, tries = tries + 1 \
         WHERE id = $1 AND (state <> 'sending' OR next_at <= $3) RETURNING id, body, attempts, tries, seq",
        params![id, now + LEASE, now],
        claimed,
    )
}

/// What an attempt came to.
#[derive(Debug, Clone)]
pub struct Tried {
    pub at: Millis,
    pub duration_ms: i64,
    pub status: Option<i64>,
    pub error: Option<String>,
    pub response: Option<String>,
}

/// Writes an attempt down; `next_at` is when there will be another. Of a delivery that was removed meanwhile nothing is kept.
pub fn record(tx: &mut Tx<'_>, id: WebhookDeliveryId, number: i64, t: &Tried, next_at: Option<Millis>) -> Result<()> {
    let state = match (&t.error, next_at) {
        (None, _) => State::Delivered,
        (Some(_), Some(_)) => State::Waiting,
        (Some(_), None) => State::Failed,
    };
    let there = tx.exec(
        "UPDATE webhook_deliveries SET state = $2, next_at = $3, last_status = $4, last_error = $5, last_at = $6 WHERE id = $1",
        params![id, state.as_str(), next_at, t.status, &t.error, t.at],
    )?;
    if there == 0 {
        return Ok(());
    }
    tx.exec(
        "INSERT INTO webhook_attempts (delivery_id, n, at, duration_ms, status, error, response) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (delivery_id, n) DO NOTHING",
        params![id, number, t.at, t.duration_ms, t.status, &t.error, &t.response],
    )
    .map(drop)
}

/// Sent again at once, with all its tries before it.
pub fn again(tx: &mut Tx<'_>, id: WebhookDeliveryId, now: Millis) -> Result<()> {
    tx.exec("UPDATE webhook_deliveries SET state = 'waiting', next_at = $2, tries = 0 WHERE id = $1", params![id, now]).map(drop)
}
/// The same with all that failed since a time; gives how many.
pub fn again_all(tx: &mut Tx<'_>, sight: &Sight, of: WebhookId, since: Millis, now: Millis) -> Result<u64> {
    let mut args: Vec<Value<'static>> = vec![of.into(), since.into(), now.into()];
    let there = there(sight, &mut args);
    let sql = format!(
        "UPDATE webhook_deliveries SET state = 'waiting', next_at = $3, tries = 0 WHERE id IN (SELECT d.id FROM webhook_deliveries d \
         LEFT JOIN conversations v ON v.id = d.conversation_id WHERE d.subscription_id = $1 AND d.state = 'failed' AND d.seq IS NOT NULL \
         AND d.created_at >= $2 AND {there})"
    );
    tx.exec(&sql, &args)
}

/// Once an hour: what is older than thirty days.
pub fn forget_old(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    super::forget_secrets(tx, now)?;
    remove(tx, "created_at < $1", &[(now - KEEP).into()])
}

/// With a conversation that is removed for good goes what was told of it. That it was removed carries nothing but ids, and is told all the same.
pub fn forget_conversation(tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
    remove(tx, "conversation_id = $1 AND kind <> 'conversation.purged'", &[id.into()])
}
/// The same with a person.
pub fn forget_contact(tx: &mut Tx<'_>, id: ContactId) -> Result<()> {
    remove(tx, "contact_id = $1 AND kind <> 'contact.deleted'", &[id.into()])
}

fn remove(tx: &mut Tx<'_>, which: &str, args: &[Value<'_>]) -> Result<()> {
    tx.exec(&format!("DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT id FROM webhook_deliveries WHERE {which})"), args)?;
    tx.exec(&format!("DELETE FROM webhook_deliveries WHERE {which}"), args).map(drop)
}
