//! A workspace that stands still: nothing leaves it and nobody outside is asked anything, until somebody says that it goes on. Two things
//! make it stand still: it came from another installation, so that two never send the same; or it is about to be deleted.
//!
//! The row in the workspace is the truth. What sends looks at it in its own statement (`outbox`), channels look switched off while it is
//! there (`channels/directory.rs`), and work that speaks to the world is put off (`runner.rs`). What comes in is still taken and stored.

use crate::app::App;
use crate::audit::{self, Act};
use db::{Lane, Tx, params};
use kernel::event::NewEvent;
use kernel::time::{Millis, wire, wire_opt};
use kernel::{Actor, Error, Result, WorkspaceId};
use serde::Serialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StandstillReason)]
pub enum Reason {
    /// It came from another installation; `POST /workspace/resume` lets it go on.
    Moved,
    /// It is about to be deleted; its owner can take that back.
    Deletion,
}
impl Reason {
    pub fn word(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Deletion => "deletion",
        }
    }
}

/// Since when, why, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Standstill {
    pub reason: Reason,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub since: Millis,
    pub by_name: Option<String>,
    /// When it is deleted.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Millis>,
}

/// Which workspaces stand still, as far as they were asked about.
#[derive(Default)]
pub struct Known(RwLock<HashMap<WorkspaceId, Option<Reason>>>);
impl Known {
    fn get(&self, id: WorkspaceId) -> Option<Option<Reason>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }
    /// What was found earlier does not replace what was said since.
    fn found(&self, id: WorkspaceId, still: Option<Reason>) -> Option<Reason> {
        *self.0.write().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(still)
    }
    fn says(&self, id: WorkspaceId, still: Option<Reason>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id, still);
    }
    pub fn forget(&self, id: WorkspaceId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// Why nothing leaves this workspace now, if so.
pub async fn reason(app: &App, workspace: WorkspaceId) -> Result<Option<Reason>> {
    if let Some(known) = app.standstill.get(workspace) {
        return Ok(known);
    }
    let still = app.db.read(workspace, find).await?.map(|s| s.reason);
    Ok(app.standstill.found(workspace, still))
}

pub async fn is_still(app: &App, workspace: WorkspaceId) -> Result<bool> {
    Ok(reason(app, workspace).await?.is_some())
}

/// Refuses what would speak to the world.
pub async fn refuse(app: &App, workspace: WorkspaceId) -> Result<()> {
    if is_still(app, workspace).await? {
        return Err(Error::conflict("workspace.stands_still", "This workspace stands still: nothing is sent from it until it goes on."));
    }
    Ok(())
}

pub fn find(tx: &mut Tx<'_>) -> Result<Option<Standstill>> {
    tx.opt("SELECT reason, since, actor_name, due_at FROM standstill", params![], |r| {
        let reason = if r.next::<String>()? == Reason::Deletion.word() { Reason::Deletion } else { Reason::Moved };
        Ok(Standstill { reason, since: r.next()?, by_name: r.next()?, due_at: r.next()? })
    })
}

/// From here on nothing leaves. Whoever takes a deletion back finds a move that was not finished as it was.
pub fn begin(tx: &mut Tx<'_>, actor: &Actor, name: Option<&str>, reason: Reason, due_at: Option<Millis>, now: Millis) -> Result<()> {
    tx.exec(
        "INSERT INTO standstill (id, reason, since, actor, actor_name, due_at) VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE \
         SET reason = excluded.reason, since = excluded.since, actor = excluded.actor, actor_name = excluded.actor_name, due_at = excluded.due_at",
        params![reason.word(), now, actor.label(), name, due_at],
    )?;
    tx.emit(NewEvent::new("workspace.stands_still", actor.label(), now).payload(json!({ "reason": reason.word() })));
    Ok(())
}

/// What ending it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It did not stand still for that reason.
    No,
    GoesOn,
    /// It came from elsewhere and nobody has said that it goes on here.
    WaitsAfterMove,
}

pub fn end(tx: &mut Tx<'_>, actor: &Actor, reason: Reason, now: Millis) -> Result<Ended> {
    let back = "UPDATE standstill SET reason = 'moved', since = moved_at, due_at = NULL WHERE reason = $1 AND reason <> 'moved' AND moved_at IS NOT NULL";
    let ended = if tx.exec(back, params![reason.word()])? > 0 {
        Ended::WaitsAfterMove
    } else if tx.exec("DELETE FROM standstill WHERE reason = $1", params![reason.word()])? > 0 {
        Ended::GoesOn
    } else {
        return Ok(Ended::No);
    };
    tx.emit(NewEvent::new("workspace.goes_on", actor.label(), now).payload(json!({ "reason": reason.word() })));
    tx.due(now);
    Ok(ended)
}

/// Whoever began or ended it says so to what runs.
pub fn announce(app: &App, workspace: WorkspaceId, still: Option<Reason>) {
    app.standstill.says(workspace, still);
    app.directory.forget_all();
    app.runner.poke_all(app, workspace);
}

/// Lets a workspace go on that came from another installation.
pub async fn resume(app: &App, actor: &Actor) -> Result<()> {
    let (workspace, who, now) = (actor.workspace, actor.clone(), app.now());
    let done = app.db.write(workspace, Lane::Interactive, move |tx| {
        let before = find(tx)?;
        let done = end(tx, &who, Reason::Moved, now)? == Ended::GoesOn;
        if done {
            audit::note(tx, &who, &Act::new("workspace.resumed", workspace).before(json!(before)), now)?;
        }
        Ok(done)
    });
    if !done.await? {
        return Err(Error::conflict("workspace.not_moved", "This workspace does not wait after a move."));
    }
    announce(app, workspace, None);
    Ok(())
}
