//! Every SQL text about subscriptions: who they are, how they fare, where they stand in the log. Deliveries are in `store/deliveries.rs`.

mod deliveries;

pub use deliveries::{
    Claimed, Filter, KEEP, NewDelivery, Tried, again, again_all, attempts, backlog, claim, claim_one, delivery, due, enqueue,
    forget_contact, forget_conversation, forget_old, list as deliveries, next_due, record,
};

use super::model::{Format, Reach, Status, Subscription};
use db::{Row, Tx, Value, params};
use kernel::time::Millis;
use kernel::{ChannelId, Error, MemberId, Result, WebhookId};

/// A workspace has no more than this.
pub const MOST: i64 = 50;

const COLUMNS: &str = "SELECT w.id, w.name, w.url, w.format, w.channel_id, k.name, w.events, w.reach, w.owner_id, m.name, w.status, w.disabled_because, w.disabled_at, \
    CASE WHEN w.old_secret IS NULL THEN NULL ELSE w.old_secret_until END, w.failing_since, w.failures, w.last_success_at, w.last_failure_at, \
    (SELECT COUNT(*) FROM webhook_deliveries d WHERE d.subscription_id = w.id AND d.state IN ('waiting', 'sending')), w.created_at, w.updated_at \
    FROM webhook_subscriptions w LEFT JOIN members m ON m.id = w.owner_id \
    LEFT JOIN channels k ON k.id = w.channel_id AND k.deleted_at IS NULL";

fn read(r: &Row<'_>) -> Result<Subscription> {
    let unreadable = |what: &str| Error::internal(format!("a stored webhook subscription: {what}"));
    Ok(Subscription {
        id: r.next()?,
        name: r.next()?,
        url: r.next()?,
        format: Format::parse(&r.next::<String>()?).ok_or_else(|| unreadable("format"))?,
        channel_id: r.next()?,
        channel_name: r.next()?,
        events: serde_json::from_str(&r.next::<String>()?).map_err(|e| unreadable(&e.to_string()))?,
        reach: Reach::parse(&r.next::<String>()?).ok_or_else(|| unreadable("reach"))?,
        owner_id: r.next()?,
        owner_name: r.next()?,
        status: Status::parse(&r.next::<String>()?).ok_or_else(|| unreadable("status"))?,
        disabled_because: r.next()?,
        disabled_at: r.next()?,
        old_secret_until: r.next()?,
        failing_since: r.next()?,
        failures: r.next()?,
        last_success_at: r.next()?,
        last_failure_at: r.next()?,
        waiting: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
    })
}

pub fn find(tx: &mut Tx<'_>, id: WebhookId) -> Result<Option<Subscription>> {
    tx.opt(&format!("{COLUMNS} WHERE w.id = $1"), params![id], read)
}

/// The newest first; of one owner's own only, when a name is given.
pub fn list(tx: &mut Tx<'_>, own: Option<MemberId>, before: Option<(Millis, WebhookId)>, limit: i64) -> Result<Vec<Subscription>> {
    let mut args: Vec<Value<'static>> = vec![limit.into()];
    let mut conditions = vec!["TRUE".to_owned()];
    if let Some(member) = own {
        args.push(member.into());
        conditions.push(format!("w.owner_id = ${} AND w.reach = 'owner'", args.len()));
    }
    if let Some((at, id)) = before {
        args.push(at.into());
        args.push(id.into());
        conditions.push(format!("(w.created_at, w.id) < (${}, ${})", args.len() - 1, args.len()));
    }
    let sql = format!("{COLUMNS} WHERE {} ORDER BY w.created_at DESC, w.id DESC LIMIT $1", conditions.join(" AND "));
    tx.query(&sql, &args, read)
}

pub fn count(tx: &mut Tx<'_>) -> Result<i64> {
    tx.number("SELECT COUNT(*) FROM webhook_subscriptions", params![])
}

/// How many there are, of how many there may be.
pub fn limit(tx: &mut Tx<'_>) -> Result<(i64, i64)> {
    Ok((count(tx)?, MOST))
}

pub fn insert(tx: &mut Tx<'_>, s: &Subscription, sealed: &[u8], seq: i64) -> Result<()> {
    tx.exec(
        "INSERT INTO webhook_subscriptions (id, name, url, events, reach, owner_id, status, secret, seq, failures, created_at, updated_at, \
         format, channel_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $10, $11, $12)",
        params![
            s.id,
            &s.name,
            &s.url,
            kinds(&s.events)?,
            s.reach.as_str(),
            s.owner_id,
            s.status.as_str(),
            sealed,
            seq,
            s.created_at,
            s.format.as_str(),
            s.channel_id
        ],
    )
    .map(drop)
}

fn kinds(events: &[String]) -> Result<String> {
    serde_json::to_string(events).map_err(|e| Error::internal(e.to_string()))
}

/// Everything somebody can change.
pub fn update(tx: &mut Tx<'_>, s: &Subscription) -> Result<()> {
    tx.exec(
        "UPDATE webhook_subscriptions SET name = $2, url = $3, events = $4, reach = $5, status = $6, disabled_because = $7, disabled_at = $8, \
         failing_since = $9, failures = $10, updated_at = $11 WHERE id = $1",
        params![
            s.id,
            &s.name,
            &s.url,
            kinds(&s.events)?,
            s.reach.as_str(),
            s.status.as_str(),
            &s.disabled_because,
            s.disabled_at,
            s.failing_since,
            s.failures,
            s.updated_at
        ],
    )
    .map(drop)
}

pub fn delete(tx: &mut Tx<'_>, id: WebhookId) -> Result<()> {
    tx.exec(
        "DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT id FROM webhook_deliveries WHERE subscription_id = $1)",
        params![id],
    )?;
    tx.exec("DELETE FROM webhook_deliveries WHERE subscription_id = $1", params![id])?;
    tx.exec("DELETE FROM webhook_subscriptions WHERE id = $1", params![id]).map(drop)
}

// ---------- secrets ----------

/// The sealed secrets that are good at this time, the newest first.
pub fn secrets(tx: &mut Tx<'_>, id: WebhookId, now: Millis) -> Result<Vec<Vec<u8>>> {
    let sql = "SELECT secret, CASE WHEN old_secret_until > $2 THEN old_secret END FROM webhook_subscriptions WHERE id = $1";
    let both = tx.opt(sql, params![id, now], |r| Ok((r.next::<Vec<u8>>()?, r.next::<Option<Vec<u8>>>()?)))?;
    Ok(both.into_iter().flat_map(|(new, old)| std::iter::once(new).chain(old)).collect())
}

pub fn rotate(tx: &mut Tx<'_>, id: WebhookId, sealed: &[u8], old_until: Option<Millis>, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE webhook_subscriptions SET old_secret = CASE WHEN $3 IS NULL THEN NULL ELSE secret END, old_secret_until = $3, secret = $2, \
         updated_at = $4 WHERE id = $1",
        params![id, sealed, old_until, now],
    )
    .map(drop)
}

/// Secrets whose time is over are not kept.
fn forget_secrets(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    tx.exec("UPDATE webhook_subscriptions SET old_secret = NULL, old_secret_until = NULL WHERE old_secret_until <= $1", params![now])
        .map(drop)
}

// ---------- the log ----------

/// What the reader of the log needs to know of a subscription.
#[derive(Debug, Clone)]
pub struct Place {
    pub id: WebhookId,
    pub events: Vec<String>,
    pub reach: Reach,
    pub owner: MemberId,
    pub format: Format,
    pub channel: Option<ChannelId>,
    pub seq: i64,
}

/// Where those that are switched on stand.
pub fn places(tx: &mut Tx<'_>) -> Result<Vec<Place>> {
    let sql = "SELECT id, events, reach, owner_id, format, channel_id, seq FROM webhook_subscriptions WHERE status = 'active' ORDER BY id LIMIT 100";
    tx.query(sql, params![], |r| {
        let unreadable = |what: String| Error::internal(format!("a stored webhook subscription: {what}"));
        Ok(Place {
            id: r.next()?,
            events: serde_json::from_str(&r.next::<String>()?).map_err(|e| unreadable(e.to_string()))?,
            reach: Reach::parse(&r.next::<String>()?).ok_or_else(|| unreadable("reach".into()))?,
            owner: r.next()?,
            format: Format::parse(&r.next::<String>()?).ok_or_else(|| unreadable("format".into()))?,
            channel: r.next()?,
            seq: r.next()?,
        })
    })
}

/// The log is read up to here; never back.
pub fn advance(tx: &mut Tx<'_>, id: WebhookId, to: i64) -> Result<()> {
    tx.exec("UPDATE webhook_subscriptions SET seq = $2 WHERE id = $1 AND seq < $2", params![id, to]).map(drop)
}

// ---------- how it fares ----------

pub fn succeeded(tx: &mut Tx<'_>, id: WebhookId, now: Millis) -> Result<()> {
    tx.exec("UPDATE webhook_subscriptions SET failing_since = NULL, failures = 0, last_success_at = $2 WHERE id = $1", params![id, now])
        .map(drop)
}

/// Notes a failed attempt; gives since when nothing was taken, and how many failed since.
pub fn failed(tx: &mut Tx<'_>, id: WebhookId, now: Millis) -> Result<Option<(Millis, i64)>> {
    tx.opt(
        "UPDATE webhook_subscriptions SET failing_since = COALESCE(failing_since, $2), failures = failures + 1, last_failure_at = $2 \
         WHERE id = $1 RETURNING failing_since, failures",
        params![id, now],
        |r| Ok((r.next()?, r.next()?)),
    )
}

/// Switches off what is switched on; false when it was not.
pub fn disable(tx: &mut Tx<'_>, id: WebhookId, why: &str, now: Millis) -> Result<bool> {
    let n = tx.exec(
        "UPDATE webhook_subscriptions SET status = 'disabled', disabled_because = $2, disabled_at = $3, updated_at = $3 \
         WHERE id = $1 AND status = 'active'",
        params![id, why, now],
    )?;
    Ok(n > 0)
}

/// Subscriptions with this address.
pub fn leading_to(tx: &mut Tx<'_>, url: &str) -> Result<Vec<Subscription>> {
    tx.query(&format!("{COLUMNS} WHERE w.url = $1 ORDER BY w.id LIMIT 50"), params![url], read)
}
