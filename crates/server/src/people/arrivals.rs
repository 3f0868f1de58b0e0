//! People on their way to another installation: who belongs to a workspace, and how they come to belong to it there. Whoever has an account of
//! the same address there keeps it as it is; others get one, whose password they set anew unless it came along.

use super::{password, store};
use crate::app::App;
use crate::people::model::WorkspaceInfo;
use db::{Tx, params};
use kernel::id::new_id;
use kernel::time::Millis;
use kernel::{AccountId, Error, MemberId, Result, Secret, TokenId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A member with their account: what may be told without a passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traveller {
    pub member_id: MemberId,
    pub account_id: AccountId,
    pub email: String,
    pub name: String,
    pub role: String,
    pub active: bool,
    pub joined_at: Millis,
    pub account_created_at: Millis,
    /// As JSON.
    pub preferences: String,
}

/// What they prove themselves by, and the workspace's connection to an identity provider.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Proofs {
    /// Argon2 hashes by account.
    pub passwords: HashMap<AccountId, String>,
    pub tokens: Vec<TokenProof>,
    pub sso: Option<SsoProof>,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenProof {
    pub id: TokenId,
    pub member_id: MemberId,
    pub name: String,
    pub secret_hash: Vec<u8>,
    pub created_at: Millis,
    pub expires_at: Option<Millis>,
    pub permissions: Option<String>,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SsoProof {
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    /// Sealed where it lies, open in here.
    pub client_secret: Vec<u8>,
    pub map_by_email: bool,
    pub enforced: bool,
    pub stored_by: MemberId,
    pub updated_at: Millis,
}

/// What the client's secret is sealed for.
pub fn about_sso(workspace: WorkspaceId) -> String {
    super::trust::sso::about(workspace)
}

/// The workspace as control knows it.
pub fn workspace_row(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Option<WorkspaceInfo>> {
    store::workspace(tx, id)
}

/// Workspaces that are called so, by id or by name.
pub fn called(tx: &mut Tx<'_>, name: &str) -> Result<Vec<WorkspaceId>> {
    if let Ok(id) = name.parse::<WorkspaceId>() {
        return tx.query("SELECT id FROM workspaces WHERE id = $1", params![id], |r| r.get(0));
    }
    let all: Vec<(WorkspaceId, String)> =
        tx.query("SELECT id, name FROM workspaces ORDER BY created_at, id", params![], |r| Ok((r.next()?, r.next()?)))?;
    let wanted = name.trim().to_lowercase();
    Ok(all.into_iter().filter(|(_, n)| n.trim().to_lowercase() == wanted).map(|(id, _)| id).collect())
}

/// The one workspace that is called so.
pub fn the_one_called(tx: &mut Tx<'_>, name: &str) -> Result<WorkspaceId> {
    match called(tx, name)?[..] {
        [id] => Ok(id),
        [] => Err(Error::not_found("workspace.not_found", format!("There is no workspace {name}. Give its id or its name."))),
        _ => Err(Error::conflict("workspace.ambiguous", format!("Several workspaces are called {name}. Give the id of the one you mean."))),
    }
}

pub fn travellers(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Vec<Traveller>> {
    tx.query(
        "SELECT m.member_id, a.id, a.email, a.name, m.role, m.active, m.created_at, a.created_at, a.preferences \
         FROM memberships m JOIN accounts a ON a.id = m.account_id WHERE m.workspace_id = $1 ORDER BY m.created_at, m.member_id",
        params![workspace],
        |r| {
            Ok(Traveller {
                member_id: r.next()?,
                account_id: r.next()?,
                email: r.next()?,
                name: r.next()?,
                role: r.next()?,
                active: r.next()?,
                joined_at: r.next()?,
                account_created_at: r.next()?,
                preferences: r.next()?,
            })
        },
    )
}

/// With the client's secret as it lies there, sealed.
pub fn proofs(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Proofs> {
    let passwords: Vec<(AccountId, String)> = tx.query(
        "SELECT a.id, a.password_hash FROM memberships m JOIN accounts a ON a.id = m.account_id WHERE m.workspace_id = $1",
        params![workspace],
        |r| Ok((r.next()?, r.next()?)),
    )?;
    let tokens = tx.query(
        "SELECT id, member_id, name, secret_hash, created_at, expires_at, permissions FROM tokens WHERE workspace_id = $1 ORDER BY created_at, id",
        params![workspace],
        |r| {
            Ok(TokenProof {
                id: r.next()?,
                member_id: r.next()?,
                name: r.next()?,
                secret_hash: r.next()?,
                created_at: r.next()?,
                expires_at: r.next()?,
                permissions: r.next()?,
            })
        },
    )?;
    let sso = tx.opt(
        "SELECT name, issuer, client_id, client_secret, map_by_email, enforced, stored_by, updated_at FROM workspace_sso WHERE workspace_id = $1",
        params![workspace],
        |r| {
            Ok(SsoProof {
                name: r.next()?,
                issuer: r.next()?,
                client_id: r.next()?,
                client_secret: r.next()?,
                map_by_email: r.next()?,
                enforced: r.next()?,
                stored_by: r.next()?,
                updated_at: r.next()?,
            })
        },
    )?;
    Ok(Proofs { passwords: passwords.into_iter().collect(), tokens, sso })
}

/// Who they will be here: the account of the same address, or a new one; its id stays unless somebody has it.
pub fn seats(tx: &mut Tx<'_>, travellers: &[Traveller], fresh: &[AccountId]) -> Result<HashMap<AccountId, AccountId>> {
    let mut seats = HashMap::new();
    for (t, fresh) in travellers.iter().zip(fresh) {
        let seat = match store::account_by_email(tx, &t.email)? {
            Some(known) => known.id,
            None if store::account_by_id(tx, t.account_id)?.is_some() => *fresh,
            None => t.account_id,
        };
        seats.insert(t.account_id, seat);
    }
    Ok(seats)
}

/// Everything that control has to know of a workspace that came.
pub struct Arrival {
    pub info: WorkspaceInfo,
    pub travellers: Vec<Traveller>,
    pub seats: HashMap<AccountId, AccountId>,
    pub proofs: Proofs,
    /// Of a password that nobody knows.
    pub nobodys: String,
}

/// The hash of a password that nobody knows: whoever has it gets in by a link for a new one.
pub async fn nobodys_password(app: &App) -> Result<String> {
    password::hash(app, Secret::new(app.secret_text(30))).await
}

/// Ids for accounts whose own are taken.
pub fn fresh_ids(app: &App, count: usize) -> Vec<AccountId> {
    (0..count).map(|_| new_id(app.ids.as_ref(), app.now())).collect()
}

/// Makes the workspace known, with everybody in it. Gives how many accounts were made.
pub fn arrive(tx: &mut Tx<'_>, a: &Arrival) -> Result<usize> {
    store::insert_workspace(tx, &a.info)?;
    let mut made = 0;
    for t in &a.travellers {
        let seat = a.seats.get(&t.account_id).copied().unwrap_or(t.account_id);
        let hash = a.proofs.passwords.get(&t.account_id).unwrap_or(&a.nobodys);
        made += tx.exec(
            "INSERT INTO accounts (id, email, name, password_hash, preferences, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT DO NOTHING",
            params![seat, &t.email, &t.name, hash, &t.preferences, t.account_created_at],
        )?;
        tx.exec(
            "INSERT INTO memberships (member_id, workspace_id, account_id, role, active, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            params![t.member_id, a.info.id, seat, &t.role, t.active, t.joined_at],
        )?;
    }
    for t in &a.proofs.tokens {
        tx.exec(
            "INSERT INTO tokens (id, workspace_id, member_id, name, secret_hash, created_at, expires_at, last_used_at, permissions) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8) ON CONFLICT (id) DO NOTHING",
            params![t.id, a.info.id, t.member_id, &t.name, &t.secret_hash, t.created_at, t.expires_at, &t.permissions],
        )?;
    }
    if let Some(s) = &a.proofs.sso {
        tx.exec(
            "INSERT INTO workspace_sso (workspace_id, name, issuer, client_id, client_secret, map_by_email, enforced, stored_by, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![a.info.id, &s.name, &s.issuer, &s.client_id, &s.client_secret, s.map_by_email, s.enforced, s.stored_by, s.updated_at],
        )?;
    }
    Ok(made as usize)
}
