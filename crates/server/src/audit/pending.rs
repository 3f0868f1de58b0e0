//! Acts that are done in the control database: noted there with the act, then carried over to the workspace's chain.

use super::chain::{Act, append};
use crate::app::App;
use db::{Lane, Scope, Tx, params};
use kernel::time::Millis;
use kernel::{Actor, Error, Result, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize)]
struct Left {
    at: Millis,
    by: String,
    seed: [u8; 16],
    address: Option<String>,
    action: String,
    subject: String,
    name: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
}

/// Notes an act in control, in the transaction that does it.
pub fn leave(tx: &mut Tx<'_>, actor: &Actor, act: &Act, now: Millis) -> Result<()> {
    actor.trail.note();
    let left = Left {
        at: now,
        by: actor.label(),
        seed: *actor.trail.seed(),
        address: actor.trail.address().map(str::to_owned),
        action: act.action.to_owned(),
        subject: act.subject.clone(),
        name: act.name.clone(),
        before: act.before.clone(),
        after: act.after.clone(),
    };
    let body = serde_json::to_string(&left).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec("INSERT INTO audit_pending (workspace_id, body) VALUES ($1, $2)", params![actor.workspace, body]).map(drop)
}

/// Carries over what waits for a workspace. Done twice it changes nothing.
pub async fn carry(app: &App, workspace: WorkspaceId) -> Result<()> {
    let rows: Vec<(i64, String)> = app
        .db
        .read(Scope::Control, move |tx| {
            tx.query("SELECT key, body FROM audit_pending WHERE workspace_id = $1 ORDER BY key", params![workspace], |r| {
                Ok((r.next()?, r.next()?))
            })
        })
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    // A workspace that came from elsewhere has rows of the control database there.
    let home = app.vault.fingerprint();
    let keys: Vec<i64> = rows.iter().map(|(key, _)| *key).collect();
    app.db
        .write(workspace, Lane::Interactive, move |tx| {
            for (key, body) in &rows {
                let left: Left = serde_json::from_str(body).map_err(|e| Error::internal(format!("a pending audit row: {e}")))?;
                let act =
                    Act { action: known(&left.action), subject: left.subject, name: left.name, before: left.before, after: left.after };
                append(tx, &left.by, &left.seed, left.address.as_deref(), &act, left.at, Some(&format!("control-{home}-{key}")))?;
            }
            Ok(())
        })
        .await?;
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            for key in &keys {
                tx.exec("DELETE FROM audit_pending WHERE key = $1", params![*key])?;
            }
            Ok(())
        })
        .await
}

/// At start: what a crash left behind.
pub async fn carry_all(app: &App) -> Result<()> {
    let workspaces: Vec<WorkspaceId> =
        app.db.read(Scope::Control, |tx| tx.query("SELECT DISTINCT workspace_id FROM audit_pending", params![], |r| r.get(0))).await?;
    for workspace in workspaces {
        carry(app, workspace).await?;
    }
    Ok(())
}

/// Names of actions are few and fixed; one that an older version wrote is taken as it stands.
fn known(action: &str) -> &'static str {
    const ALL: &[&str] = &[
        "member.updated",
        "member.joined",
        "invitation.created",
        "invitation.deleted",
        "token.created",
        "token.deleted",
        "workspace.updated",
        "workspace.created",
        "sso.updated",
        "sso.deleted",
        "password_reset.created",
        "password.reset",
        "password.changed",
        "second_step.enabled",
        "second_step.disabled",
        "second_step.codes_renewed",
        "second_step.reset",
        "session.opened",
        "session.ended",
        "preview.started",
        "preview.ended",
        "workspace.exported",
        "workspace.deletion_asked",
        "workspace.deletion_cancelled",
    ];
    ALL.iter().find(|a| **a == action).copied().unwrap_or("control.changed")
}
