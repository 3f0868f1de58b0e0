//! SQL about second steps, resets, sessions and identities; all of it in control.

use db::{Row, Tx, params};
use kernel::time::Millis;
use kernel::{AccountId, MemberId, Result, SessionId, WorkspaceId};

// Second steps

#[derive(Clone)]
pub struct SecondFactor {
    pub data_key: Vec<u8>,
    pub secret: Vec<u8>,
    pub confirmed_at: Option<Millis>,
    pub last_step: i64,
}

pub fn second_factor(tx: &mut Tx<'_>, account: AccountId) -> Result<Option<SecondFactor>> {
    tx.opt("SELECT data_key, secret, confirmed_at, last_step FROM second_factors WHERE account_id = $1", params![account], |r| {
        Ok(SecondFactor { data_key: r.next()?, secret: r.next()?, confirmed_at: r.next()?, last_step: r.next()? })
    })
}

/// A new secret in place of one that was never confirmed; false when one is in use.
pub fn begin_second_factor(tx: &mut Tx<'_>, account: AccountId, data_key: &[u8], secret: &[u8], now: Millis) -> Result<bool> {
    tx.exec("DELETE FROM second_factors WHERE account_id = $1 AND confirmed_at IS NULL", params![account])?;
    let n = tx.exec(
        "INSERT INTO second_factors (account_id, data_key, secret, confirmed_at, last_step, created_at) VALUES ($1, $2, $3, NULL, 0, $4) ON CONFLICT DO NOTHING",
        params![account, data_key, secret, now],
    )?;
    Ok(n > 0)
}

/// Notes a step as used; false when it was used already, or a later one.
pub fn use_step(tx: &mut Tx<'_>, account: AccountId, step: i64) -> Result<bool> {
    Ok(tx.exec("UPDATE second_factors SET last_step = $2 WHERE account_id = $1 AND last_step < $2", params![account, step])? > 0)
}

pub fn confirm_second_factor(tx: &mut Tx<'_>, account: AccountId, now: Millis) -> Result<()> {
    tx.exec("UPDATE second_factors SET confirmed_at = COALESCE(confirmed_at, $2) WHERE account_id = $1", params![account, now]).map(drop)
}

pub fn end_second_factor(tx: &mut Tx<'_>, account: AccountId) -> Result<bool> {
    tx.exec("DELETE FROM recovery_codes WHERE account_id = $1", params![account])?;
    Ok(tx.exec("DELETE FROM second_factors WHERE account_id = $1", params![account])? > 0)
}

pub fn put_recovery_codes(tx: &mut Tx<'_>, account: AccountId, hashes: &[Vec<u8>]) -> Result<()> {
    tx.exec("DELETE FROM recovery_codes WHERE account_id = $1", params![account])?;
    for hash in hashes {
        tx.exec("INSERT INTO recovery_codes (account_id, code_hash, used_at) VALUES ($1, $2, NULL)", params![account, hash])?;
    }
    Ok(())
}

pub fn use_recovery_code(tx: &mut Tx<'_>, account: AccountId, hash: &[u8], now: Millis) -> Result<bool> {
    let sql = "UPDATE recovery_codes SET used_at = $3 WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL";
    Ok(tx.exec(sql, params![account, hash, now])? > 0)
}

pub fn recovery_codes_left(tx: &mut Tx<'_>, account: AccountId) -> Result<i64> {
    tx.number("SELECT COUNT(*) FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL", params![account])
}

// Resets

pub struct Reset {
    pub id: kernel::ResetId,
    pub account: AccountId,
    pub secret_hash: Vec<u8>,
    /// The admin who hands it over; nobody when it was asked for by mail.
    pub made_by: Option<MemberId>,
    pub expires_at: Millis,
    pub used_at: Option<Millis>,
}

/// One link at a time: earlier ones end. What an admin handed over is ended by an admin only, because anybody can ask for a mail.
pub fn put_reset(tx: &mut Tx<'_>, r: &Reset, now: Millis) -> Result<()> {
    let ended = match r.made_by {
        Some(_) => "DELETE FROM password_resets WHERE account_id = $1",
        None => "DELETE FROM password_resets WHERE account_id = $1 AND made_by IS NULL",
    };
    tx.exec(ended, params![r.account])?;
    tx.exec(
        "INSERT INTO password_resets (id, account_id, secret_hash, made_by, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, NULL)",
        params![r.id, r.account, &r.secret_hash, r.made_by, now, r.expires_at],
    )
    .map(drop)
}

pub fn reset(tx: &mut Tx<'_>, id: kernel::ResetId) -> Result<Option<Reset>> {
    tx.opt("SELECT id, account_id, secret_hash, made_by, expires_at, used_at FROM password_resets WHERE id = $1", params![id], |r| {
        Ok(Reset {
            id: r.next()?,
            account: r.next()?,
            secret_hash: r.next()?,
            made_by: r.next()?,
            expires_at: r.next()?,
            used_at: r.next()?,
        })
    })
}

pub fn use_reset(tx: &mut Tx<'_>, id: kernel::ResetId, now: Millis) -> Result<bool> {
    Ok(tx.exec("UPDATE password_resets SET used_at = $2 WHERE id = $1 AND used_at IS NULL", params![id, now])? > 0)
}

/// A new password ends the links that were made before it.
pub fn end_other_resets(tx: &mut Tx<'_>, account: AccountId, but: kernel::ResetId) -> Result<()> {
    tx.exec("DELETE FROM password_resets WHERE account_id = $1 AND id <> $2", params![account, but]).map(drop)
}

// Sessions

pub struct SessionRow {
    pub id: SessionId,
    pub user_agent: String,
    pub address: Option<String>,
    pub created_at: Millis,
    pub last_seen_at: Option<Millis>,
    pub expires_at: Millis,
}

/// Those that have not ended, last used first.
pub fn sessions(tx: &mut Tx<'_>, account: AccountId, now: Millis) -> Result<Vec<SessionRow>> {
    tx.query(
        "SELECT id, user_agent, address, created_at, last_seen_at, expires_at FROM sessions \
         WHERE account_id = $1 AND expires_at > $2 ORDER BY COALESCE(last_seen_at, created_at) DESC, id LIMIT 200",
        params![account, now],
        |r| {
            Ok(SessionRow {
                id: r.next()?,
                user_agent: r.next()?,
                address: r.next()?,
                created_at: r.next()?,
                last_seen_at: r.next()?,
                expires_at: r.next()?,
            })
        },
    )
}

pub fn end_session(tx: &mut Tx<'_>, account: AccountId, id: SessionId) -> Result<bool> {
    Ok(tx.exec("DELETE FROM sessions WHERE account_id = $1 AND id = $2", params![account, id])? > 0)
}

pub fn end_all_sessions(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    tx.exec("DELETE FROM sessions WHERE account_id = $1", params![account]).map(drop)
}

pub fn seen(tx: &mut Tx<'_>, id: SessionId, now: Millis) -> Result<()> {
    tx.exec("UPDATE sessions SET last_seen_at = $2 WHERE id = $1", params![id, now]).map(drop)
}

// Identity providers

#[derive(Clone)]
pub struct SsoRow {
    pub workspace: WorkspaceId,
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Vec<u8>,
    pub map_by_email: bool,
    pub enforced: bool,
    /// The owner who saved it last.
    pub stored_by: MemberId,
    pub updated_at: Millis,
}

const SSO: &str =
    "SELECT workspace_id, name, issuer, client_id, client_secret, map_by_email, enforced, stored_by, updated_at FROM workspace_sso";
fn sso_row(r: &Row<'_>) -> Result<SsoRow> {
    Ok(SsoRow {
        workspace: r.next()?,
        name: r.next()?,
        issuer: r.next()?,
        client_id: r.next()?,
        client_secret: r.next()?,
        map_by_email: r.next()?,
        enforced: r.next()?,
        stored_by: r.next()?,
        updated_at: r.next()?,
    })
}

pub fn sso(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Option<SsoRow>> {
    tx.opt(&format!("{SSO} WHERE workspace_id = $1"), params![workspace], sso_row)
}

/// All of the installation, by name.
pub fn all_sso(tx: &mut Tx<'_>) -> Result<Vec<SsoRow>> {
    tx.query(&format!("{SSO} ORDER BY name, workspace_id LIMIT 100"), params![], sso_row)
}

pub fn put_sso(tx: &mut Tx<'_>, s: &SsoRow) -> Result<()> {
    tx.exec(
        "INSERT INTO workspace_sso (workspace_id, name, issuer, client_id, client_secret, map_by_email, enforced, stored_by, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (workspace_id) DO UPDATE SET name = excluded.name, issuer = excluded.issuer, \
         client_id = excluded.client_id, client_secret = excluded.client_secret, map_by_email = excluded.map_by_email, \
         enforced = excluded.enforced, stored_by = excluded.stored_by, updated_at = excluded.updated_at",
        params![s.workspace, &s.name, &s.issuer, &s.client_id, &s.client_secret, s.map_by_email, s.enforced, s.stored_by, s.updated_at],
    )
    .map(drop)
}

pub fn delete_sso(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<bool> {
    Ok(tx.exec("DELETE FROM workspace_sso WHERE workspace_id = $1", params![workspace])? > 0)
}

#[derive(Clone)]
pub struct Begun {
    pub state: String,
    pub workspace: WorkspaceId,
    pub nonce: String,
    pub verifier: String,
    pub next: String,
    pub created_at: Millis,
}

pub fn put_state(tx: &mut Tx<'_>, b: &Begun, older_than: Millis) -> Result<()> {
    tx.exec("DELETE FROM sso_states WHERE created_at < $1", params![older_than])?;
    tx.exec(
        "INSERT INTO sso_states (state, workspace_id, nonce, verifier, next, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        params![&b.state, b.workspace, &b.nonce, &b.verifier, &b.next, b.created_at],
    )
    .map(drop)
}

/// A state is good for one return.
pub fn take_state(tx: &mut Tx<'_>, state: &str, newer_than: Millis) -> Result<Option<Begun>> {
    tx.opt(
        "DELETE FROM sso_states WHERE state = $1 AND created_at >= $2 RETURNING state, workspace_id, nonce, verifier, next, created_at",
        params![state, newer_than],
        |r| {
            Ok(Begun {
                state: r.next()?,
                workspace: r.next()?,
                nonce: r.next()?,
                verifier: r.next()?,
                next: r.next()?,
                created_at: r.next()?,
            })
        },
    )
}

pub fn identity(tx: &mut Tx<'_>, issuer: &str, subject: &str) -> Result<Option<AccountId>> {
    tx.opt("SELECT account_id FROM identities WHERE issuer = $1 AND subject = $2", params![issuer, subject], |r| r.next())
}

pub fn put_identity(tx: &mut Tx<'_>, issuer: &str, subject: &str, account: AccountId, now: Millis) -> Result<()> {
    tx.exec(
        "INSERT INTO identities (issuer, subject, account_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        params![issuer, subject, account, now],
    )
    .map(drop)
}
