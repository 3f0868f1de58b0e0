//! Every SQL text about usage.

use super::model::{Conversations, Storage, Webhooks};
use db::{Row, Tx, Value, params};
use kernel::time::{DAY, Millis};
use kernel::{ChannelId, Result};

/// The part of a message's key that counts within a millisecond.
const WITHIN: i64 = 1 << 20;
const AT_ONCE: usize = 100;

/// One channel on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    pub inbound: i64,
    pub outbound: i64,
    pub automatic: i64,
    pub conversations: i64,
}

fn key_of(day: i64) -> i64 {
    day.saturating_mul(DAY).saturating_mul(WITHIN)
}

/// The first day from this one on that has messages.
pub fn next_day(tx: &mut Tx<'_>, from: i64) -> Result<Option<i64>> {
    let key: Option<i64> = tx.one("SELECT MIN(key) FROM messages WHERE key >= $1", params![key_of(from)], |r| r.get(0))?;
    Ok(key.map(|k| (k / WITHIN).div_euclid(DAY)))
}

/// The messages of one day that came or left; what is still to be sent or never was is neither.
pub fn messages(tx: &mut Tx<'_>, day: i64) -> Result<Vec<(ChannelId, Counted)>> {
    tx.query(
        "SELECT channel_id, COUNT(CASE WHEN direction = 'inbound' THEN 1 END), COUNT(CASE WHEN direction <> 'inbound' THEN 1 END), \
         COUNT(CASE WHEN direction <> 'inbound' AND automated_by IS NOT NULL THEN 1 END) FROM messages \
         WHERE key >= $1 AND key < $2 AND NOT is_note AND status NOT IN ('scheduled', 'cancelled') AND deleted_at IS NULL GROUP BY channel_id",
        params![key_of(day), key_of(day + 1)],
        |r| Ok((r.next()?, Counted { inbound: r.next()?, outbound: r.next()?, automatic: r.next()?, conversations: 0 })),
    )
}

/// Conversations that began on a day or later, by day and channel.
pub fn conversations(tx: &mut Tx<'_>, from: i64) -> Result<Vec<(i64, ChannelId, i64)>> {
    tx.query(
        "SELECT created_at / 86400000, channel_id, COUNT(*) FROM conversations WHERE created_at >= $1 AND deleted_at IS NULL \
         GROUP BY created_at / 86400000, channel_id",
        params![from.saturating_mul(DAY)],
        |r| Ok((r.next()?, r.next()?, r.next()?)),
    )
}

/// Takes the place of whatever was counted of these days.
pub fn keep(tx: &mut Tx<'_>, from: i64, rows: &[(i64, ChannelId, Counted)]) -> Result<()> {
    tx.exec("DELETE FROM usage_days WHERE day >= $1", params![from])?;
    for some in rows.chunks(AT_ONCE) {
        let mut args: Vec<Value<'_>> = Vec::with_capacity(some.len() * 6);
        let mut marks = Vec::with_capacity(some.len());
        for (day, channel, c) in some {
            let n = args.len();
            marks.push(format!("(${}, ${}, ${}, ${}, ${}, ${})", n + 1, n + 2, n + 3, n + 4, n + 5, n + 6));
            let numbers: [Value<'_>; 6] =
                [(*day).into(), channel.into(), c.inbound.into(), c.outbound.into(), c.automatic.into(), c.conversations.into()];
            args.extend(numbers);
        }
        let sql =
            format!("INSERT INTO usage_days (day, channel_id, inbound, outbound, automatic, conversations) VALUES {}", marks.join(", "));
        tx.exec(&sql, &args)?;
    }
    Ok(())
}

/// A day (since 1970), a channel with its name while it is there, and what was counted of it.
type OnDay = (i64, ChannelId, Option<String>, Counted);

/// What was counted of each channel on each day from this one on.
pub fn days(tx: &mut Tx<'_>, from: i64) -> Result<Vec<OnDay>> {
    tx.query(
        "SELECT u.day, u.channel_id, c.name, u.inbound, u.outbound, u.automatic, u.conversations FROM usage_days u \
         LEFT JOIN channels c ON c.id = u.channel_id WHERE u.day >= $1 ORDER BY u.day DESC, u.channel_id",
        params![from],
        |r| {
            let (day, channel, name) = (r.next()?, r.next()?, r.next()?);
            Ok((day, channel, name, Counted { inbound: r.next()?, outbound: r.next()?, automatic: r.next()?, conversations: r.next()? }))
        },
    )
}
/// Conversations that ever began.
pub fn begun(tx: &mut Tx<'_>) -> Result<i64> {
    tx.number("SELECT CAST(COALESCE(SUM(conversations), 0) AS BIGINT) FROM usage_days", params![])
}

/// Numbers of the workspace as a whole.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    pub counted_at: Millis,
    pub whole_at: Millis,
    pub conversations: Conversations,
    pub storage: Storage,
    pub webhooks: Webhooks,
}

pub fn totals(tx: &mut Tx<'_>) -> Result<Option<Totals>> {
    let read = |r: &Row<'_>| -> Result<Totals> {
        Ok(Totals {
            counted_at: r.next()?,
            whole_at: r.next()?,
            conversations: Conversations { total: 0, open: r.next()? },
            storage: Storage { files: r.next()?, file_bytes: r.next()?, database_bytes: r.next()? },
            webhooks: Webhooks { delivered: r.next()?, failed: r.next()?, waiting: r.next()? },
        })
    };
    let sql = "SELECT counted_at, whole_at, open_conversations, files, file_bytes, database_bytes, webhooks_delivered, webhooks_failed, \
        webhooks_waiting FROM usage_totals WHERE id = 1";
    tx.opt(sql, params![], read)
}

pub fn keep_totals(tx: &mut Tx<'_>, t: &Totals) -> Result<()> {
    tx.exec("DELETE FROM usage_totals WHERE id = 1", params![])?;
    tx.exec(
        "INSERT INTO usage_totals (id, counted_at, whole_at, open_conversations, files, file_bytes, database_bytes, webhooks_delivered, \
         webhooks_failed, webhooks_waiting) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            t.counted_at,
            t.whole_at,
            t.conversations.open,
            t.storage.files,
            t.storage.file_bytes,
            t.storage.database_bytes,
            t.webhooks.delivered,
            t.webhooks.failed,
            t.webhooks.waiting
        ],
    )
    .map(drop)
}

// ---------- counted in the background only ----------

pub fn open(tx: &mut Tx<'_>) -> Result<i64> {
    tx.number("SELECT COUNT(*) FROM conversations WHERE bucket = 'open' AND deleted_at IS NULL", params![])
}
pub fn storage(tx: &mut Tx<'_>) -> Result<Storage> {
    let (files, file_bytes) = tx.one(
        "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM (SELECT hash, MAX(size_bytes) AS size FROM files GROUP BY hash) f",
        params![],
        |r| Ok((r.next()?, r.next()?)),
    )?;
    let sql = tx.dialect().database_bytes();
    Ok(Storage { files, file_bytes, database_bytes: tx.number(sql, params![])? })
}
pub fn webhooks(tx: &mut Tx<'_>) -> Result<Webhooks> {
    let mut out = Webhooks::default();
    let rows: Vec<(String, i64)> =
        tx.query("SELECT state, COUNT(*) FROM webhook_deliveries WHERE seq IS NOT NULL GROUP BY state", params![], |r| {
            Ok((r.next()?, r.next()?))
        })?;
    for (state, n) in rows {
        match state.as_str() {
            "delivered" => out.delivered += n,
            "failed" => out.failed += n,
            _ => out.waiting += n,
        }
    }
    Ok(out)
}
