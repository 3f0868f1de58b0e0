//! All SQL of the slice. Everything but the mirror of members runs in the control database.

use super::model::{
    AccountRow, InvitationRow, Member, Membership, NewAccount, NewSession, NewToken, SessionFacts, Token, TokenFacts, WorkspaceInfo,
};
use db::{Row, Tx, Value, params};
use kernel::actor::{Permission, Permissions};
use kernel::time::Millis;
use kernel::{AccountId, Error, InvitationId, MemberId, Result, Role, SessionId, TokenId, WorkspaceId};
use std::collections::HashMap;

fn role(r: &Row<'_>) -> Result<Role> {
    let text: String = r.next()?;
    Role::parse(&text).ok_or_else(|| Error::internal(format!("a stored role: {text}")))
}

// Accounts

pub fn any_account(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(tx.opt("SELECT id FROM accounts LIMIT 1", params![], |r| r.next::<AccountId>())?.is_some())
}

fn account(r: &Row<'_>) -> Result<AccountRow> {
    Ok(AccountRow { id: r.next()?, email: r.next()?, name: r.next()?, password_hash: r.next()?, preferences: r.next()? })
}

pub fn account_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<AccountRow>> {
    tx.opt("SELECT id, email, name, password_hash, preferences FROM accounts WHERE email = $1", params![email], account)
}

pub fn account_by_id(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<AccountRow>> {
    tx.opt("SELECT id, email, name, password_hash, preferences FROM accounts WHERE id = $1", params![id], account)
}

pub fn account_of_member(tx: &mut Tx<'_>, member: MemberId) -> Result<Option<AccountRow>> {
    tx.opt(
        "SELECT a.id, a.email, a.name, a.password_hash, a.preferences FROM memberships m JOIN accounts a ON a.id = m.account_id \
         WHERE m.member_id = $1",
        params![member],
        account,
    )
}

/// Makes the account unless the address has one; gives whichever there is then.
pub fn account_for(tx: &mut Tx<'_>, new: &NewAccount) -> Result<AccountId> {
    tx.exec(
        "INSERT INTO accounts (id, email, name, password_hash, preferences, created_at) VALUES ($1, $2, $3, $4, '{}', $5) \
         ON CONFLICT (email) DO NOTHING",
        params![new.id, &new.email, &new.name, &new.password_hash, new.at],
    )?;
    tx.one("SELECT id FROM accounts WHERE email = $1", params![&new.email], |r| r.next())
}

pub fn set_account(tx: &mut Tx<'_>, id: AccountId, name: &str, preferences: &str) -> Result<()> {
    tx.exec("UPDATE accounts SET name = $2, preferences = $3 WHERE id = $1", params![id, name, preferences]).map(drop)
}

pub fn set_password(tx: &mut Tx<'_>, id: AccountId, hash: &str) -> Result<()> {
    tx.exec("UPDATE accounts SET password_hash = $2 WHERE id = $1", params![id, hash]).map(drop)
}

// Workspaces

pub fn workspace(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Option<WorkspaceInfo>> {
    tx.opt(
        "SELECT id, name, locale, time_zone, default_country, tier, data_key, sample_data, created_at FROM workspaces WHERE id = $1",
        params![id],
        |r| {
            Ok(WorkspaceInfo {
                id: r.next()?,
                name: r.next()?,
                locale: r.next()?,
                time_zone: r.next()?,
                default_country: r.next()?,
                tier: r.next()?,
                data_key: r.next()?,
                sample_data: r.next()?,
                created_at: r.next()?,
            })
        },
    )
}

pub fn insert_workspace(tx: &mut Tx<'_>, w: &WorkspaceInfo) -> Result<()> {
    tx.exec(
        "INSERT INTO workspaces (id, name, locale, time_zone, default_country, tier, data_key, sample_data, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![w.id, &w.name, &w.locale, &w.time_zone, &w.default_country, w.tier, &w.data_key, w.sample_data, w.created_at],
    )
    .map(drop)
}

/// Everything of a workspace that can change.
pub fn update_workspace(tx: &mut Tx<'_>, w: &WorkspaceInfo) -> Result<()> {
    tx.exec(
        "UPDATE workspaces SET name = $2, locale = $3, time_zone = $4, default_country = $5, tier = $6, sample_data = $7 WHERE id = $1",
        params![w.id, &w.name, &w.locale, &w.time_zone, &w.default_country, w.tier, w.sample_data],
    )
    .map(drop)
}

// Memberships

const MEMBERSHIP: &str = "SELECT m.member_id, m.workspace_id, m.account_id, a.name, a.email, m.role, m.active, m.created_at \
     FROM memberships m JOIN accounts a ON a.id = m.account_id";

fn membership_row(r: &Row<'_>) -> Result<Membership> {
    Ok(Membership {
        member: r.next()?,
        workspace: r.next()?,
        account: r.next()?,
        name: r.next()?,
        email: r.next()?,
        role: role(r)?,
        active: r.next()?,
        created_at: r.next()?,
    })
}

pub fn membership(tx: &mut Tx<'_>, workspace: WorkspaceId, member: MemberId) -> Result<Option<Membership>> {
    tx.opt(&format!("{MEMBERSHIP} WHERE m.workspace_id = $1 AND m.member_id = $2"), params![workspace, member], membership_row)
}

/// Where an account belongs, first joined first.
pub fn memberships_of(tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<Membership>> {
    let sql = format!("{MEMBERSHIP} WHERE m.account_id = $1 ORDER BY m.created_at, m.member_id");
    tx.query(&sql, params![account], membership_row)
}

/// Who administers the oldest workspace, and has done so longest.
pub fn first_admin(tx: &mut Tx<'_>) -> Result<Option<(AccountId, WorkspaceId)>> {
    tx.opt(
        "SELECT m.account_id, m.workspace_id FROM memberships m JOIN workspaces w ON w.id = m.workspace_id \
         WHERE m.role IN ('owner', 'admin') AND m.active = TRUE ORDER BY w.created_at, m.created_at LIMIT 1",
        params![],
        |r| Ok((r.next()?, r.next()?)),
    )
}

pub fn member_by_email(tx: &mut Tx<'_>, workspace: WorkspaceId, email: &str) -> Result<Option<Membership>> {
    tx.opt(&format!("{MEMBERSHIP} WHERE m.workspace_id = $1 AND a.email = $2"), params![workspace, email], membership_row)
}

/// Adds a member, or brings back one who had left, with the given role.
pub fn put_membership(
    tx: &mut Tx<'_>,
    new: MemberId,
    workspace: WorkspaceId,
    account: AccountId,
    role: Role,
    now: Millis,
) -> Result<MemberId> {
    tx.exec(
        "INSERT INTO memberships (member_id, workspace_id, account_id, role, active, created_at) VALUES ($1, $2, $3, $4, TRUE, $5) \
         ON CONFLICT (workspace_id, account_id) DO UPDATE SET role = excluded.role, active = TRUE",
        params![new, workspace, account, role.to_string(), now],
    )?;
    let sql = "SELECT member_id FROM memberships WHERE workspace_id = $1 AND account_id = $2";
    tx.one(sql, params![workspace, account], |r| r.next())
}

pub fn set_membership(tx: &mut Tx<'_>, member: MemberId, role: Role, active: bool) -> Result<()> {
    let sql = "UPDATE memberships SET role = $2, active = $3 WHERE member_id = $1";
    tx.exec(sql, params![member, role.to_string(), active]).map(drop)
}

pub fn other_owners(tx: &mut Tx<'_>, workspace: WorkspaceId, member: MemberId) -> Result<i64> {
    tx.number(
        "SELECT COUNT(*) FROM memberships WHERE workspace_id = $1 AND member_id <> $2 AND role = 'owner' AND active = TRUE",
        params![workspace, member],
    )
}

/// Whether anybody has the role, or could still join with it.
pub fn role_in_use(tx: &mut Tx<'_>, workspace: WorkspaceId, role: Role, now: Millis) -> Result<bool> {
    let held = tx.number("SELECT COUNT(*) FROM memberships WHERE workspace_id = $1 AND role = $2", params![workspace, role.to_string()])?;
    let offered = tx.number(
        "SELECT COUNT(*) FROM invitations WHERE workspace_id = $1 AND role = $2 AND accepted_at IS NULL AND expires_at > $3",
        params![workspace, role.to_string(), now],
    )?;
    Ok(held + offered > 0)
}

// Members as each workspace mirrors them

pub fn mirrored(tx: &mut Tx<'_>, workspace: WorkspaceId, member: MemberId) -> Result<Option<Membership>> {
    tx.opt("SELECT id, account_id, name, email, role, active, created_at FROM members WHERE id = $1", params![member], |r| {
        Ok(Membership {
            member: r.next()?,
            workspace,
            account: r.next()?,
            name: r.next()?,
            email: r.next()?,
            role: role(r)?,
            active: r.next()?,
            created_at: r.next()?,
        })
    })
}

pub fn put_mirror(tx: &mut Tx<'_>, m: &Membership) -> Result<()> {
    tx.exec(
        "INSERT INTO members (id, account_id, name, email, role, active, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, role = excluded.role, active = excluded.active",
        params![m.member, m.account, &m.name, &m.email, m.role.to_string(), m.active, m.created_at],
    )
    .map(drop)
}

fn member_row(r: &Row<'_>) -> Result<Member> {
    Ok(Member {
        id: r.next()?,
        name: r.next()?,
        email: r.next()?,
        role: role(r)?,
        active: r.next()?,
        created_at: r.next()?,
        online: false,
        visibility: None,
        channel_ids: Vec::new(),
        capacity: None,
    })
}

pub fn member(tx: &mut Tx<'_>, id: MemberId) -> Result<Option<Member>> {
    tx.opt("SELECT id, name, email, role, active, created_at FROM members WHERE id = $1", params![id], member_row)
}

pub fn all_members(tx: &mut Tx<'_>) -> Result<Vec<Member>> {
    tx.query("SELECT id, name, email, role, active, created_at FROM members ORDER BY created_at, id", params![], member_row)
}

pub fn names(tx: &mut Tx<'_>, ids: &[MemberId]) -> Result<HashMap<MemberId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let marks: Vec<String> = (1..=ids.len()).map(|i| format!("${i}")).collect();
    let args: Vec<Value<'_>> = ids.iter().map(Value::from).collect();
    let sql = format!("SELECT id, name FROM members WHERE id IN ({})", marks.join(", "));
    Ok(tx.query(&sql, &args, |r| Ok((r.next()?, r.next()?)))?.into_iter().collect())
}

pub fn members_after(tx: &mut Tx<'_>, at: Millis, id: MemberId, limit: i64) -> Result<Vec<Member>> {
    tx.query(
        "SELECT id, name, email, role, active, created_at FROM members WHERE created_at > $1 OR (created_at = $1 AND id > $2) \
         ORDER BY created_at, id LIMIT $3",
        params![at, id, limit],
        member_row,
    )
}

// Sessions

pub fn insert_session(tx: &mut Tx<'_>, s: &NewSession) -> Result<()> {
    tx.exec("DELETE FROM sessions WHERE account_id = $1 AND expires_at <= $2", params![s.account, s.at])?;
    tx.exec(
        "INSERT INTO sessions (id, account_id, workspace_id, secret_hash, refresh_hash, csrf_token, user_agent, created_at, expires_at, address, last_seen_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $8)",
        params![s.id, s.account, s.workspace, &s.secret_hash, &s.refresh_hash, &s.csrf_token, &s.user_agent, s.at, s.expires_at, &s.address],
    )
    .map(drop)
}

/// A session whose member is still active.
pub fn session(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<SessionFacts>> {
    tx.opt(
        "SELECT s.id, s.account_id, s.workspace_id, m.member_id, m.role, s.secret_hash, s.refresh_hash, s.csrf_token, s.expires_at, \
         s.last_seen_at, p.member_id, p.role \
         FROM sessions s JOIN memberships m ON m.workspace_id = s.workspace_id AND m.account_id = s.account_id \
         LEFT JOIN memberships p ON p.member_id = s.preview_member_id AND p.workspace_id = s.workspace_id AND p.active = TRUE \
         WHERE s.id = $1 AND m.active = TRUE",
        params![id],
        |r| {
            Ok(SessionFacts {
                id: r.next()?,
                account: r.next()?,
                workspace: r.next()?,
                member: r.next()?,
                role: role(r)?,
                secret_hash: r.next()?,
                refresh_hash: r.next()?,
                csrf_token: r.next()?,
                expires_at: r.next()?,
                last_seen_at: r.next()?,
                permissions: Default::default(),
                preview: r.next::<Option<MemberId>>()?.zip(r.next::<Option<String>>()?.and_then(|text| Role::parse(&text))),
            })
        },
    )
}

pub fn extend_session(tx: &mut Tx<'_>, id: SessionId, expires_at: Millis) -> Result<()> {
    tx.exec("UPDATE sessions SET expires_at = $2 WHERE id = $1", params![id, expires_at]).map(drop)
}

pub fn rotate_refresh(tx: &mut Tx<'_>, id: SessionId, refresh_hash: &[u8], expires_at: Millis) -> Result<()> {
    tx.exec("UPDATE sessions SET refresh_hash = $2, expires_at = $3 WHERE id = $1", params![id, refresh_hash, expires_at]).map(drop)
}

/// With whose eyes this session looks from now on.
pub fn set_preview(tx: &mut Tx<'_>, id: SessionId, member: Option<MemberId>) -> Result<()> {
    tx.exec("UPDATE sessions SET preview_member_id = $2 WHERE id = $1", params![id, member]).map(drop)
}

pub fn delete_session(tx: &mut Tx<'_>, id: SessionId) -> Result<()> {
    tx.exec("DELETE FROM sessions WHERE id = $1", params![id]).map(drop)
}

pub fn delete_other_sessions(tx: &mut Tx<'_>, account: AccountId, keep: SessionId) -> Result<()> {
    tx.exec("DELETE FROM sessions WHERE account_id = $1 AND id <> $2", params![account, keep]).map(drop)
}

/// Ends what speaks for a member: the account's sessions in the workspace, and the member's tokens.
pub fn end_access(tx: &mut Tx<'_>, m: &Membership) -> Result<()> {
    tx.exec("DELETE FROM sessions WHERE account_id = $1 AND workspace_id = $2", params![m.account, m.workspace])?;
    tx.exec("DELETE FROM tokens WHERE member_id = $1", params![m.member]).map(drop)
}

// API tokens

fn token_row(r: &Row<'_>) -> Result<Token> {
    Ok(Token {
        id: r.next()?,
        name: r.next()?,
        created_at: r.next()?,
        expires_at: r.next()?,
        last_used_at: r.next()?,
        permissions: r.next::<Option<String>>()?.map(|t| serde_json::from_str(&t).unwrap_or_default()),
        token: None,
    })
}

/// Adds the token unless an earlier try with the same id did; gives the row there is then.
pub fn put_token(tx: &mut Tx<'_>, t: &NewToken) -> Result<Token> {
    tx.exec(
        "INSERT INTO tokens (id, workspace_id, member_id, name, secret_hash, created_at, expires_at, last_used_at, permissions) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8) ON CONFLICT (id) DO NOTHING",
        params![
            t.credential.id,
            t.workspace,
            t.member,
            &t.name,
            t.credential.hash(),
            t.at,
            t.expires_at,
            t.scope.map(|s| serde_json::to_string(&s.names()).unwrap_or_default())
        ],
    )?;
    let sql = "SELECT id, name, created_at, expires_at, last_used_at, permissions FROM tokens WHERE id = $1";
    tx.one(sql, params![t.credential.id], token_row)
}

/// Newest first, before a position; of one member, or of all.
pub fn tokens_before(tx: &mut Tx<'_>, w: WorkspaceId, of: Option<MemberId>, at: Millis, id: TokenId, limit: i64) -> Result<Vec<Token>> {
    tx.query(
        "SELECT id, name, created_at, expires_at, last_used_at, permissions FROM tokens \
         WHERE workspace_id = $1 AND (member_id = $2 OR $2 IS NULL) AND (created_at < $3 OR (created_at = $3 AND id < $4)) \
         ORDER BY created_at DESC, id DESC LIMIT $5",
        params![w, of, at, id, limit],
        token_row,
    )
}

/// A token whose member is still active.
pub fn token(tx: &mut Tx<'_>, id: TokenId) -> Result<Option<TokenFacts>> {
    tx.opt(
        "SELECT t.id, t.workspace_id, t.member_id, m.role, t.secret_hash, t.expires_at, t.last_used_at, t.permissions \
         FROM tokens t JOIN memberships m ON m.member_id = t.member_id WHERE t.id = $1 AND m.active = TRUE",
        params![id],
        |r| {
            Ok(TokenFacts {
                id: r.next()?,
                workspace: r.next()?,
                member: r.next()?,
                role: role(r)?,
                secret_hash: r.next()?,
                expires_at: r.next()?,
                last_used_at: r.next()?,
                scope: r.next::<Option<String>>()?.map(|t| {
                    let names: Vec<String> = serde_json::from_str(&t).unwrap_or_default();
                    Permissions::of(names.iter().filter_map(|n| Permission::parse(n)))
                }),
                permissions: Default::default(),
            })
        },
    )
}

pub fn token_used(tx: &mut Tx<'_>, id: TokenId, now: Millis) -> Result<()> {
    tx.exec("UPDATE tokens SET last_used_at = $2 WHERE id = $1", params![id, now]).map(drop)
}

/// Whose tokens these are; those that ended are not there.
pub fn token_makers(tx: &mut Tx<'_>, workspace: WorkspaceId, ids: &[TokenId]) -> Result<HashMap<TokenId, MemberId>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let marks: Vec<String> = (2..ids.len() + 2).map(|i| format!("${i}")).collect();
    let mut args: Vec<Value<'_>> = vec![workspace.into()];
    args.extend(ids.iter().map(Value::from));
    let sql = format!("SELECT id, member_id FROM tokens WHERE workspace_id = $1 AND id IN ({})", marks.join(", "));
    Ok(tx.query(&sql, &args, |r| Ok((r.next()?, r.next()?)))?.into_iter().collect())
}

pub fn delete_token(tx: &mut Tx<'_>, workspace: WorkspaceId, of: Option<MemberId>, id: TokenId) -> Result<u64> {
    let sql = "DELETE FROM tokens WHERE workspace_id = $1 AND (member_id = $2 OR $2 IS NULL) AND id = $3";
    tx.exec(sql, params![workspace, of, id])
}

// Invitations

const INVITATION: &str = "SELECT id, workspace_id, role, email, secret_hash, created_at, expires_at, accepted_at FROM invitations";

fn invitation_row(r: &Row<'_>) -> Result<InvitationRow> {
    Ok(InvitationRow {
        id: r.next()?,
        workspace: r.next()?,
        role: role(r)?,
        email: r.next()?,
        secret_hash: r.next()?,
        created_at: r.next()?,
        expires_at: r.next()?,
        accepted_at: r.next()?,
    })
}

/// Adds the invitation unless an earlier try with the same id did; gives the row there is then.
pub fn put_invitation(tx: &mut Tx<'_>, i: &InvitationRow) -> Result<InvitationRow> {
    tx.exec(
        "INSERT INTO invitations (id, workspace_id, role, email, secret_hash, created_at, expires_at, accepted_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL) ON CONFLICT (id) DO NOTHING",
        params![i.id, i.workspace, i.role.to_string(), &i.email, &i.secret_hash, i.created_at, i.expires_at],
    )?;
    tx.one(&format!("{INVITATION} WHERE id = $1"), params![i.id], invitation_row)
}

pub fn invitation(tx: &mut Tx<'_>, id: InvitationId) -> Result<Option<InvitationRow>> {
    tx.opt(&format!("{INVITATION} WHERE id = $1"), params![id], invitation_row)
}

/// Those that can still be accepted, newest first, before a position.
pub fn open_invitations(
    tx: &mut Tx<'_>,
    w: WorkspaceId,
    now: Millis,
    at: Millis,
    id: InvitationId,
    limit: i64,
) -> Result<Vec<InvitationRow>> {
    let sql = format!(
        "{INVITATION} WHERE workspace_id = $1 AND accepted_at IS NULL AND expires_at > $2 \
         AND (created_at < $3 OR (created_at = $3 AND id < $4)) ORDER BY created_at DESC, id DESC LIMIT $5"
    );
    tx.query(&sql, params![w, now, at, id, limit], invitation_row)
}

/// Marks the invitation as used; 0 when somebody was first.
pub fn accept_invitation(tx: &mut Tx<'_>, id: InvitationId, now: Millis) -> Result<u64> {
    tx.exec("UPDATE invitations SET accepted_at = $2 WHERE id = $1 AND accepted_at IS NULL", params![id, now])
}

pub fn delete_invitation(tx: &mut Tx<'_>, workspace: WorkspaceId, id: InvitationId) -> Result<u64> {
    tx.exec("DELETE FROM invitations WHERE workspace_id = $1 AND id = $2 AND accepted_at IS NULL", params![workspace, id])
}
