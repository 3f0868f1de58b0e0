//! What is known of a person on one channel besides who they are: whether they can be written to, and want to be.

use db::{Tx, params};
use kernel::time::Millis;
use kernel::{ChannelId, Result};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Why they cannot be written to.
    pub blocked: Option<String>,
    /// Since when they want no more messages.
    pub opted_out_at: Option<Millis>,
}

pub fn standing(tx: &mut Tx<'_>, channel: ChannelId, value: &str) -> Result<Standing> {
    let row =
        tx.opt("SELECT blocked, opted_out_at FROM channel_people WHERE channel_id = $1 AND value = $2", params![channel, value], |r| {
            Ok(Standing { blocked: r.next()?, opted_out_at: r.next()? })
        })?;
    Ok(row.unwrap_or_default())
}

pub fn set_blocked(tx: &mut Tx<'_>, channel: ChannelId, value: &str, blocked: Option<&str>, now: Millis) -> Result<()> {
    tx.exec(
        "INSERT INTO channel_people (channel_id, value, blocked, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (channel_id, value) DO UPDATE SET blocked = excluded.blocked, updated_at = excluded.updated_at",
        params![channel, value, blocked, now],
    )
    .map(|_| ())
}

pub fn set_opted_out(tx: &mut Tx<'_>, channel: ChannelId, value: &str, out: bool, now: Millis) -> Result<()> {
    let at = out.then_some(now);
    tx.exec(
        "INSERT INTO channel_people (channel_id, value, opted_out_at, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (channel_id, value) DO UPDATE SET opted_out_at = excluded.opted_out_at, updated_at = excluded.updated_at",
        params![channel, value, at, now],
    )
    .map(|_| ())
}
