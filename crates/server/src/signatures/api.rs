//! Routes of one's own signature.

use super::model::{Ending, NewSignature, Signature};
use super::store;
use crate::app::{App, found};
use crate::channels;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body};
use axum::Json;
use axum::extract::State;
use db::Lane;
use kernel::actor::Permission::{ConversationsRead, ConversationsWrite};
use kernel::event::NewEvent;
use kernel::{Result as Outcome, WorkspaceId};
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_signature, put_signature))
}

/// What the caller's mails end with.
#[utoipa::path(get, path = "/me/signature", tag = "me", responses((status = 200, body = Signature)))]
async fn get_signature(State(app): State<App>, caller: Caller) -> Result<Json<Signature>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let member = found(actor.member(), "member.not_found", "member")?;
    let mut signature = app.db.read(actor.workspace, move |tx| store::of(tx, member)).await?;
    signature.endings = endings(&app, actor.workspace).await?;
    Ok(Json(signature))
}

/// Writes it anew.
#[utoipa::path(put, path = "/me/signature", tag = "me", request_body = NewSignature, responses((status = 200, body = Signature)))]
async fn put_signature(State(app): State<App>, caller: Caller, Body(new): Body<NewSignature>) -> Result<Json<Signature>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let workspace = actor.workspace;
    let member = found(actor.member(), "member.not_found", "member")?;
    let signature = new.check()?;
    let now = app.now();
    let mut written = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            store::put(tx, member, &signature, now)?;
            tx.emit(NewEvent::new("signature.changed", actor.label(), now).payload(json!({ "member_id": member })));
            store::of(tx, member)
        })
        .await?;
    written.endings = endings(&app, workspace).await?;
    Ok(Json(written))
}

/// What the mail channels of the workspace add by themselves.
async fn endings(app: &App, workspace: WorkspaceId) -> Outcome<Vec<Ending>> {
    let mut out = Vec::new();
    for row in app.db.read(workspace, channels::list).await? {
        if let Some(entry) = app.directory.by_id(app, workspace, row.id).await?
            && entry.connector.descriptor().capabilities.recipients
            && let Some(text) = entry.account.settings.text("signature")
        {
            out.push(Ending { channel_id: row.id, text: text.to_owned() });
        }
    }
    Ok(out)
}
