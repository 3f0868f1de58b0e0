//! Every SQL text about channel accounts, in the workspace and in the control index.

use super::model::ChannelRow;
use db::{Row, Tx, params};
use kernel::message::ChannelStatus;
use kernel::time::Millis;
use kernel::{ChannelId, Result, WorkspaceId};
use serde_json::Value;

const COLUMNS: &str = "c.id, c.channel_key, c.provider, c.channel, c.name, c.account_identifier, c.status, c.sync_error, c.last_sync_at, \
    c.configuration, c.secrets, c.read_only, c.created_at, c.updated_at, c.last_inbound_at, \
    c.last_outbound_at, c.checked_at, c.health_detail, (SELECT COUNT(*) FROM conversations v WHERE v.channel_id = c.id AND v.bucket = 'open' AND v.deleted_at IS NULL)";

fn read(r: &Row<'_>) -> Result<ChannelRow> {
    Ok(ChannelRow {
        id: r.next()?,
        key: r.next()?,
        provider: r.next()?,
        channel: r.next()?,
        name: r.next()?,
        account_identifier: r.next()?,
        status: ChannelStatus::parse(&r.next::<String>()?).unwrap_or(ChannelStatus::Inactive),
        sync_error: r.next()?,
        last_sync_at: r.next()?,
        configuration: serde_json::from_str(&r.next::<String>()?).unwrap_or_default(),
        secrets: r.next()?,
        read_only: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
        last_inbound_at: r.next()?,
        last_outbound_at: r.next()?,
        checked_at: r.next()?,
        health_detail: r.next()?,
        open_count: r.next()?,
    })
}

pub fn find(tx: &mut Tx<'_>, id: ChannelId) -> Result<Option<ChannelRow>> {
    tx.opt(&format!("SELECT {COLUMNS} FROM channels c WHERE c.id = $1 AND c.deleted_at IS NULL"), params![id], read)
}
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<ChannelRow>> {
    tx.query(&format!("SELECT {COLUMNS} FROM channels c WHERE c.deleted_at IS NULL ORDER BY c.created_at, c.id"), params![], read)
}
pub fn insert(tx: &mut Tx<'_>, c: &ChannelRow) -> Result<()> {
    tx.exec(
        "INSERT INTO channels (id, channel_key, provider, channel, name, account_identifier, status, configuration, secrets, read_only, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        params![
            c.id,
            &c.key,
            &c.provider,
            &c.channel,
            &c.name,
            &c.account_identifier,
            c.status.as_str(),
            Value::Object(c.configuration.clone()).to_string(),
            &c.secrets,
            c.read_only,
            c.created_at
        ],
    )
    .map(|_| ())
}
pub fn update(tx: &mut Tx<'_>, c: &ChannelRow, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE channels SET name = $2, account_identifier = $3, status = $4, sync_error = $5, configuration = $6, secrets = $7, updated_at = $8 WHERE id = $1",
        params![
            c.id,
            &c.name,
            &c.account_identifier,
            c.status.as_str(),
            &c.sync_error,
            Value::Object(c.configuration.clone()).to_string(),
            &c.secrets,
            now
        ],
    )
    .map(|_| ())
}
/// Gives whether anything changed.
pub fn set_status(tx: &mut Tx<'_>, id: ChannelId, status: ChannelStatus, error: Option<&str>, now: Millis) -> Result<bool> {
    let n = tx.exec(
        "UPDATE channels SET status = $2, sync_error = $3, checked_at = $4 WHERE id = $1 AND (status <> $2 OR COALESCE(sync_error, '') <> COALESCE($3, ''))",
        params![id, status.as_str(), error, now],
    )?;
    Ok(n > 0)
}
/// It broke; gives whether it was well before.
pub fn set_broken(tx: &mut Tx<'_>, id: ChannelId, now: Millis) -> Result<bool> {
    Ok(tx.exec("UPDATE channels SET broken_since = $2 WHERE id = $1 AND broken_since IS NULL", params![id, now])? > 0)
}
/// It has been seen to work; gives whether it was broken before.
pub fn set_mended(tx: &mut Tx<'_>, id: ChannelId) -> Result<bool> {
    Ok(tx.exec("UPDATE channels SET broken_since = NULL WHERE id = $1 AND broken_since IS NOT NULL", params![id])? > 0)
}
/// Notes that its health was looked at.
pub fn checked(tx: &mut Tx<'_>, id: ChannelId, detail: &str, now: Millis) -> Result<()> {
    tx.exec("UPDATE channels SET checked_at = $2, health_detail = $3 WHERE id = $1", params![id, now, detail]).map(|_| ())
}
/// Something came in; noted once a minute.
pub fn touch(tx: &mut Tx<'_>, id: ChannelId, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE channels SET last_sync_at = $2, last_inbound_at = $2 WHERE id = $1 AND COALESCE(last_inbound_at, 0) < $2 - 60000",
        params![id, now],
    )
    .map(|_| ())
}
/// Something went out; noted once a minute.
pub fn sent(tx: &mut Tx<'_>, id: ChannelId, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE channels SET last_sync_at = $2, last_outbound_at = $2 WHERE id = $1 AND COALESCE(last_outbound_at, 0) < $2 - 60000",
        params![id, now],
    )
    .map(|_| ())
}
pub fn set_deleted(tx: &mut Tx<'_>, id: ChannelId, now: Millis) -> Result<()> {
    tx.exec("UPDATE channels SET deleted_at = $2, status = 'inactive' WHERE id = $1", params![id, now]).map(|_| ())
}

// ---------- the control index ----------

/// Where an outside name leads.
#[derive(Debug, Clone)]
pub struct Located {
    pub workspace: WorkspaceId,
    pub channel: ChannelId,
}
pub fn locate_key(tx: &mut Tx<'_>, key: &str) -> Result<Option<Located>> {
    tx.opt("SELECT workspace_id, channel_id FROM channel_index WHERE channel_key = $1", params![key], |r| {
        Ok(Located { workspace: r.next()?, channel: r.next()? })
    })
}
pub fn locate_identifier(tx: &mut Tx<'_>, provider: &str, identifier: &str) -> Result<Option<Located>> {
    tx.opt(
        "SELECT workspace_id, channel_id FROM channel_index WHERE provider = $1 AND identifier = $2",
        params![provider, identifier],
        |r| Ok(Located { workspace: r.next()?, channel: r.next()? }),
    )
}
/// All channels of one provider; for plain paths that name none.
pub fn of_provider(tx: &mut Tx<'_>, provider: &str) -> Result<Vec<Located>> {
    tx.query("SELECT workspace_id, channel_id FROM channel_index WHERE provider = $1 LIMIT 500", params![provider], |r| {
        Ok(Located { workspace: r.next()?, channel: r.next()? })
    })
}
/// False when another channel already has this outside name.
pub fn index(tx: &mut Tx<'_>, key: &str, provider: &str, identifier: &str, workspace: WorkspaceId, channel: ChannelId) -> Result<bool> {
    let n = tx.exec(
        "INSERT INTO channel_index (channel_key, provider, identifier, workspace_id, channel_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        params![key, provider, identifier, workspace, channel],
    )?;
    Ok(n > 0)
}
pub fn rename_index(tx: &mut Tx<'_>, key: &str, provider: &str, identifier: &str) -> Result<bool> {
    let other = tx.opt(
        "SELECT 1 FROM channel_index WHERE provider = $1 AND identifier = $2 AND channel_key <> $3",
        params![provider, identifier, key],
        |r| r.get::<i64>(0),
    )?;
    if other.is_some() {
        return Ok(false);
    }
    tx.exec("UPDATE channel_index SET identifier = $2 WHERE channel_key = $1", params![key, identifier])?;
    Ok(true)
}
pub fn unindex(tx: &mut Tx<'_>, key: &str) -> Result<()> {
    tx.exec("DELETE FROM channel_index WHERE channel_key = $1", params![key]).map(|_| ())
}

/// How the world finds a channel: the key in our addresses, and the provider's own name of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    pub channel: ChannelId,
    pub key: String,
    pub provider: String,
    pub identifier: String,
}

pub fn outside_names(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Vec<Outside>> {
    tx.query(
        "SELECT channel_id, channel_key, provider, identifier FROM channel_index WHERE workspace_id = $1 ORDER BY channel_key",
        params![workspace],
        |r| Ok(Outside { channel: r.next()?, key: r.next()?, provider: r.next()?, identifier: r.next()? }),
    )
}

/// Takes one for a workspace that came; false when another channel of this installation has it.
pub fn take_outside_name(tx: &mut Tx<'_>, workspace: WorkspaceId, o: &Outside) -> Result<bool> {
    index(tx, &o.key, &o.provider, &o.identifier, workspace, o.channel)
}

/// The first of these that another channel has.
pub fn taken<'a>(tx: &mut Tx<'_>, wanted: &'a [Outside]) -> Result<Option<&'a Outside>> {
    for o in wanted {
        let sql = "SELECT 1 FROM channel_index WHERE channel_key = $1 OR (provider = $2 AND identifier = $3)";
        if tx.opt(sql, params![&o.key, &o.provider, &o.identifier], |r| r.get::<i64>(0))?.is_some() {
            return Ok(Some(o));
        }
    }
    Ok(None)
}
