//! Everything that control knows of a workspace, on its way out: sessions, tokens, invitations, memberships, and accounts that belong nowhere
//! else. How many of each there were is told.

use super::endings::Ending;
use super::store;
use crate::app::App;
use db::{Tx, params};
use kernel::{MemberId, Result, WorkspaceId};
use serde::{Deserialize, Serialize};

/// How many rows of a table went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    pub name: String,
    pub rows: u64,
}

/// Rows that belong to the workspace itself, by table, in an order that respects who refers to whom.
const OF_WORKSPACE: &[&str] = &[
    "sessions",
    "tokens",
    "invitations",
    "channel_index",
    "oauth_states",
    "workspace_sso",
    "sso_states",
    "audit_pending",
    "memberships",
    "workspace_exports",
];
/// Rows of an account that belongs nowhere else.
const OF_ACCOUNT: &[&str] = &["sessions", "second_factors", "recovery_codes", "password_resets", "identities"];

/// Nobody gets in from here on. The workspace's own row stays until everything else is gone.
pub fn depart(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Vec<Gone>> {
    let accounts: Vec<Vec<u8>> = tx.query(
        "SELECT m.account_id FROM memberships m WHERE m.workspace_id = $1 AND NOT EXISTS \
         (SELECT 1 FROM memberships o WHERE o.account_id = m.account_id AND o.workspace_id <> $1)",
        params![workspace],
        |r| r.get(0),
    )?;
    let mut gone: Vec<Gone> = Vec::new();
    let mut add = |name: &str, rows: u64| match gone.iter_mut().find(|g| g.name == name) {
        Some(g) => g.rows += rows,
        None => gone.push(Gone { name: name.to_owned(), rows }),
    };
    for table in OF_WORKSPACE {
        add(table, tx.exec(&format!("DELETE FROM {table} WHERE workspace_id = $1"), params![workspace])?);
    }
    for account in accounts {
        for table in OF_ACCOUNT {
            add(table, tx.exec(&format!("DELETE FROM {table} WHERE account_id = $1"), params![&account])?);
        }
        add("accounts", tx.exec("DELETE FROM accounts WHERE id = $1", params![&account])?);
    }
    Ok(gone)
}

/// The last row.
pub fn forget(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<u64> {
    tx.exec("DELETE FROM workspaces WHERE id = $1", params![workspace])
}

/// Who is in it now.
pub fn members_of(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Vec<MemberId>> {
    tx.query("SELECT member_id FROM memberships WHERE workspace_id = $1", params![workspace], |r| r.get(0))
}

/// Whatever speaks for these members ends at once, open streams too.
pub fn end(app: &App, workspace: WorkspaceId, members: &[MemberId]) {
    for member in members {
        app.people.forget_member(*member);
        app.people.end(Ending::Member(*member));
    }
    app.people.workspaces.forget(|w| w.id == workspace);
}

/// Whether this is the name of the workspace, as it was typed to be sure.
pub fn is_called(typed: &str, name: &str) -> bool {
    typed.split_whitespace().collect::<Vec<_>>() == name.split_whitespace().collect::<Vec<_>>()
}

/// The address of an account.
pub fn address_of(tx: &mut Tx<'_>, account: kernel::AccountId) -> Result<Option<(String, String)>> {
    Ok(store::account_by_id(tx, account)?.map(|a| (a.name, a.email)))
}
