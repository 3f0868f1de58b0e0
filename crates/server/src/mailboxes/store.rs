//! Every SQL text about followed folders.

use db::{Tx, params};
use kernel::time::Millis;
use kernel::{ChannelId, Result};

/// Takes the lease, if nobody holds it (or nobody else can). Gives whether it is ours.
pub fn take(tx: &mut Tx<'_>, channel: ChannelId, place: &str, holder: &str, alone: bool, now: Millis, until: Millis) -> Result<bool> {
    let row = tx.opt(
        "INSERT INTO mailboxes (channel_id, place, lease_holder, lease_until) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (channel_id, place) DO UPDATE SET lease_holder = excluded.lease_holder, lease_until = excluded.lease_until \
         WHERE $5 OR mailboxes.lease_until IS NULL OR mailboxes.lease_until <= $6 OR mailboxes.lease_holder = excluded.lease_holder RETURNING 1",
        params![channel, place, holder, until, alone, now],
        |r| r.get::<i64>(0),
    )?;
    Ok(row.is_some())
}
/// Gives whether it is still ours.
pub fn renew(tx: &mut Tx<'_>, channel: ChannelId, place: &str, holder: &str, until: Millis) -> Result<bool> {
    let n = tx.exec(
        "UPDATE mailboxes SET lease_until = $4 WHERE channel_id = $1 AND place = $2 AND lease_holder = $3",
        params![channel, place, holder, until],
    )?;
    Ok(n > 0)
}
pub fn release(tx: &mut Tx<'_>, channel: ChannelId, place: &str, holder: &str) -> Result<()> {
    tx.exec(
        "UPDATE mailboxes SET lease_until = NULL, lease_holder = NULL WHERE channel_id = $1 AND place = $2 AND lease_holder = $3",
        params![channel, place, holder],
    )
    .map(|_| ())
}

pub fn cursor(tx: &mut Tx<'_>, channel: ChannelId, place: &str) -> Result<Option<String>> {
    let row = tx.opt("SELECT cursor FROM mailboxes WHERE channel_id = $1 AND place = $2", params![channel, place], |r| r.get(0))?;
    Ok(row.flatten())
}
/// Gives false when the lease went to somebody else: then the cursor is theirs.
pub fn set_cursor(tx: &mut Tx<'_>, channel: ChannelId, place: &str, holder: &str, cursor: &str) -> Result<bool> {
    let n = tx.exec(
        "UPDATE mailboxes SET cursor = $4 WHERE channel_id = $1 AND place = $2 AND lease_holder = $3",
        params![channel, place, holder, cursor],
    )?;
    Ok(n > 0)
}

pub fn set_detail(tx: &mut Tx<'_>, channel: ChannelId, place: &str, detail: &str, now: Millis) -> Result<()> {
    tx.exec("UPDATE mailboxes SET detail = $3, checked_at = $4 WHERE channel_id = $1 AND place = $2", params![channel, place, detail, now])
        .map(|_| ())
}
/// (place, how far it is) of every folder that was followed, in order.
pub fn details(tx: &mut Tx<'_>, channel: ChannelId) -> Result<Vec<(String, String)>> {
    tx.query("SELECT place, detail FROM mailboxes WHERE channel_id = $1 AND detail IS NOT NULL ORDER BY place", params![channel], |r| {
        Ok((r.next()?, r.next()?))
    })
}
