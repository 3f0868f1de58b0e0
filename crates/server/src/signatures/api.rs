//! Routes of one's own signature.

use super::model::{NewSignature, Signature};
use super::store;
use crate::app::{App, found};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body};
use axum::Json;
use axum::extract::State;
use db::Lane;
use kernel::actor::Permission::{ConversationsRead, ConversationsWrite};
use kernel::event::NewEvent;
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
    Ok(Json(app.db.read(actor.workspace, move |tx| store::of(tx, member)).await?))
}

/// Writes it anew.
#[utoipa::path(put, path = "/me/signature", tag = "me", request_body = NewSignature, responses((status = 200, body = Signature)))]
async fn put_signature(State(app): State<App>, caller: Caller, Body(new): Body<NewSignature>) -> Result<Json<Signature>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let member = found(actor.member(), "member.not_found", "member")?;
    let signature = new.check()?;
    let now = app.now();
    let written = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            store::put(tx, member, &signature, now)?;
            tx.emit(NewEvent::new("signature.changed", actor.label(), now).payload(json!({ "member_id": member })));
            store::of(tx, member)
        })
        .await?;
    Ok(Json(written))
}
