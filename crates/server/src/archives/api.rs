//! Routes of exports.

use super::cli;
use super::runs::{self, ExportId, LINK, WorkspaceExport};
use crate::app::{App, found};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path, Query};
use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::Scope;
use edges::files::{check, sign};
use futures_util::StreamExt;
use kernel::actor::Permission::WorkspaceManage;
use kernel::actor::Who;
use kernel::page::{self, Page};
use kernel::time::Millis;
use kernel::{Actor, Error, MemberId, Role, Secret};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_exports, create_export)).routes(routes!(fetch_export))
}

/// Whoever has the file has everything: that is for owners, in person.
fn owner(caller: &Caller) -> Result<(&Actor, MemberId), Problem> {
    let actor = caller.need(WorkspaceManage)?;
    match actor.who {
        Who::Person { member, .. } if actor.role == Role::Owner => Ok((actor, member)),
        _ => Err(Error::forbidden("workspace.owner_needed", "Only an owner does this, signed in and not by a token.").into()),
    }
}

fn link(app: &App, mut e: WorkspaceExport) -> WorkspaceExport {
    let until = e.expires_at.filter(|at| e.state == "done" && *at > app.now()).map(|at| at.min(app.now() + LINK));
    e.url = until.map(|until| {
        let signature = sign(&app.vault.derive("workspace exports"), &e.id.to_string(), "archive", until);
        format!("{}/api/v1/exports/{}?exp={until}&sig={signature}", app.config.server.public_url, e.id)
    });
    e
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportsQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Exports of this workspace, the newest first; those that are done with a link that is good for an hour. For owners.
#[utoipa::path(get, path = "/workspace/exports", tag = "archives", params(ExportsQuery), responses((status = 200, body = Page<WorkspaceExport>)))]
async fn list_exports(
    State(app): State<App>,
    caller: Caller,
    Query(q): Query<ExportsQuery>,
) -> Result<Json<Page<WorkspaceExport>>, Problem> {
    let workspace = owner(&caller)?.0.workspace;
    let limit = page::limit(q.limit)?;
    let before: Option<(Millis, ExportId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let rows = app.db.read(Scope::Control, move |tx| runs::list(tx, workspace, before, limit + 1)).await?;
    let mut cut = Page::cut(rows, limit, |r| (r.started_at, r.id));
    cut.data = cut.data.into_iter().map(|e| link(&app, e)).collect();
    Ok(Json(cut))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct ExportBody {
    /// Seals credentials and passwords into it, at least 12 characters; without it they are left out.
    #[schema(value_type = Option<String>)]
    passphrase: Option<Secret<String>>,
}

/// Exports this workspace in the background. 409 `export.busy` while it is being exported (so a repeated request makes no second one); 403
/// `workspace.owner_needed`.
#[utoipa::path(post, path = "/workspace/exports", tag = "archives", request_body = ExportBody, responses((status = 202, body = WorkspaceExport)))]
async fn create_export(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<ExportBody>,
) -> Result<(StatusCode, Json<WorkspaceExport>), Problem> {
    let (actor, member) = owner(&caller)?;
    let passphrase = body.passphrase.filter(|p| !p.reveal().is_empty());
    if let Some(passphrase) = &passphrase {
        cli::good(passphrase.reveal())?;
    }
    let run = runs::ask(&app, actor, member, passphrase).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct SignedQuery {
    exp: Option<i64>,
    sig: Option<String>,
}

/// Fetches an export by its signed link; the signature is the permission.
#[utoipa::path(get, path = "/exports/{id}", tag = "archives", params(("id" = String, Path), SignedQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/zstd")), security(()))]
async fn fetch_export(State(app): State<App>, Path(id): Path<ExportId>, Query(q): Query<SignedQuery>) -> Result<Response, Problem> {
    let gone = || Error::not_found("export.not_found", "There is no such export, or its link has expired. Ask for a new one.");
    let (Some(until), Some(signature)) = (q.exp, q.sig) else { return Err(gone().into()) };
    if !check(&app.vault.derive("workspace exports"), &id.to_string(), "archive", until, &signature, app.now()) {
        return Err(gone().into());
    }
    let row = app.db.read(Scope::Control, move |tx| runs::find(tx, id)).await?;
    let row = found(row.filter(|e| e.state == "done"), "export.not_found", "export")?;
    let file = tokio::fs::File::open(runs::path(&app, row.workspace, id)).await.map_err(|_| gone())?;
    // Whoever compresses asks once more after the end.
    let pieces = pieces_of(file).fuse();
    let headers = [
        (header::CONTENT_TYPE, "application/zstd".to_owned()),
        (header::CONTENT_LENGTH, row.size_bytes.unwrap_or_default().to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"workspace-{}.tar.zst\"", row.id)),
    ];
    Ok((headers, Bytes::from_stream(pieces)).into_response())
}

/// A file piece by piece.
fn pieces_of(file: tokio::fs::File) -> impl tokio_stream::Stream<Item = std::io::Result<bytes::Bytes>> + Send {
    futures_util::stream::unfold(Some(file), |file| async move {
        use tokio::io::AsyncReadExt;
        let mut file = file?;
        let mut buffer = bytes::BytesMut::with_capacity(256 << 10);
        match file.read_buf(&mut buffer).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(buffer.freeze()), Some(file))),
            Err(error) => Some((Err(error), None)),
        }
    })
}
