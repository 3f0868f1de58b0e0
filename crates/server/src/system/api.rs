//! Routes of the system page.

use super::store::{self, FailedJob, Queues};
use crate::app::App;
use crate::audit::{self, Act};
use crate::backups::{self, BackupId, BackupRun, BackupStatus};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Path, Query};
use crate::people;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::{Lane, Scope};
use kernel::actor::Permission::WorkspaceManage;
use kernel::page::{self, Page};
use kernel::time::Millis;
use kernel::{Actor, Error, JobId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_system))
        .routes(routes!(list_backups, create_backup))
        .routes(routes!(list_failed_jobs))
        .routes(routes!(retry_job))
}

/// How the installation is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct System {
    pub version: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// What waits in this workspace.
    pub queues: Queues,
    /// Whether the installation can write letters of its own.
    pub letters: bool,
    /// This workspace, and for those who look after the installation all others.
    pub storage: Vec<Storage>,
    /// Only for those who look after the installation: admins of its first workspace.
    pub backup: Option<BackupStatus>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Storage {
    #[schema(value_type = String)]
    pub workspace_id: WorkspaceId,
    pub name: String,
    pub database_bytes: i64,
    pub file_count: i64,
    pub file_bytes: i64,
}

/// Storage is told of so many workspaces at most, the oldest first.
const MOST: usize = 200;

async fn looks_after(app: &App, actor: &Actor) -> kernel::Result<bool> {
    Ok(app.workspaces().await?.first() == Some(&actor.workspace))
}

async fn guardian(app: &App, caller: &Caller) -> Result<Actor, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    if looks_after(app, &actor).await? {
        return Ok(actor);
    }
    Err(Error::forbidden("permission.missing", "Backups concern the whole installation: admins of its first workspace look after them.")
        .into())
}

/// Versions, queues, storage and backups.
#[utoipa::path(get, path = "/system", tag = "system", responses((status = 200, body = System)))]
async fn get_system(State(app): State<App>, caller: Caller) -> Result<Json<System>, Problem> {
    let actor = caller.need(WorkspaceManage)?;
    let now = app.now();
    let all = looks_after(&app, actor).await?;
    let queues = app.db.read(actor.workspace, move |tx| store::queues(tx, now)).await?;
    let workspaces = if all { app.workspaces().await?.into_iter().take(MOST).collect() } else { vec![actor.workspace] };
    let sizes = backups::sizes(&app, workspaces.iter().map(|id| Scope::Workspace(*id)).collect()).await?;
    let mut storage = Vec::with_capacity(workspaces.len());
    for (workspace_id, database_bytes) in workspaces.into_iter().zip(sizes) {
        let name = people::workspace(&app, workspace_id).await?.name.clone();
        let (file_count, file_bytes) = app.db.read(workspace_id, store::files).await?;
        storage.push(Storage { workspace_id, name, database_bytes, file_count, file_bytes });
    }
    Ok(Json(System {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        engine: if app.exclusive { "sqlite" } else { "postgres" }.to_owned(),
        queues,
        letters: app.config.mail.is_some(),
        storage,
        backup: if all { Some(backups::status(&app).await?) } else { None },
    }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Backups that the server took or tried to take, the newest first.
#[utoipa::path(get, path = "/system/backups", tag = "system", params(PageQuery), responses((status = 200, body = Page<BackupRun>)))]
async fn list_backups(State(app): State<App>, caller: Caller, Query(q): Query<PageQuery>) -> Result<Json<Page<BackupRun>>, Problem> {
    guardian(&app, &caller).await?;
    let limit = page::limit(q.limit)?;
    let before: Option<(Millis, BackupId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let rows = app.db.read(Scope::Control, move |tx| backups::list(tx, before, limit + 1)).await?;
    Ok(Json(Page::cut(rows, limit, |r| (r.started_at, r.id))))
}

/// Takes a backup now. 409 `backup.busy` while one is being taken (so a repeated request takes no second one), `backup.not_set_up` without `backup.to`.
#[utoipa::path(post, path = "/system/backups", tag = "system", responses((status = 202, body = BackupRun)))]
async fn create_backup(State(app): State<App>, caller: Caller) -> Result<(StatusCode, Json<BackupRun>), Problem> {
    let actor = guardian(&app, &caller).await?;
    let run = backups::ask(&app).await?;
    let (id, now, workspace) = (run.id, app.now(), actor.workspace);
    app.db.write(workspace, Lane::Interactive, move |tx| audit::note(tx, &actor, &Act::new("backup.asked", id), now)).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

/// Work of this workspace that was given up, the newest first.
#[utoipa::path(get, path = "/system/jobs", tag = "system", params(PageQuery), responses((status = 200, body = Page<FailedJob>)))]
async fn list_failed_jobs(State(app): State<App>, caller: Caller, Query(q): Query<PageQuery>) -> Result<Json<Page<FailedJob>>, Problem> {
    let actor = caller.need(WorkspaceManage)?;
    let limit = page::limit(q.limit)?;
    let before: Option<(Millis, JobId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let rows = app.db.read(actor.workspace, move |tx| store::failed(tx, before, limit + 1)).await?;
    Ok(Json(Page::cut(rows, limit, |j| (j.failed_at, j.id))))
}

/// Does it again, with all its attempts.
#[utoipa::path(post, path = "/system/jobs/{id}/retry", tag = "system", params(("id" = String, Path)), responses((status = 204)))]
async fn retry_job(State(app): State<App>, caller: Caller, Path(id): Path<JobId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(WorkspaceManage)?.clone();
    let (now, workspace) = (app.now(), actor.workspace);
    let done = app.db.write(workspace, Lane::Interactive, move |tx| {
        let done = store::retry(tx, id, now)?;
        if done {
            audit::note(tx, &actor, &Act::new("job.retried", id), now)?;
        }
        Ok(done)
    });
    match done.await? {
        true => {
            app.runner.poke_all(&app, workspace);
            Ok(StatusCode::NO_CONTENT)
        }
        false => Err(Error::not_found("job.not_found", "There is no such job that failed.").into()),
    }
}
