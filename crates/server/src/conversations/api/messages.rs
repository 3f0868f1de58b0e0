//! Single messages: as they are, as they came, their tries to leave, undo and retry.

use super::{Deps, deps};
use crate::app::{App, found};
use crate::conversations::model::Message;
use crate::conversations::{access, actions, store};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Path};
use crate::outbox;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::{Lane, Tx};
use kernel::actor::Permission::{self, ConversationsRead, ConversationsWrite};
use kernel::page::Page;
use kernel::{Actor, Error, MessageId, Result};

/// The message, through its conversation's access.
pub(super) fn reach(tx: &mut Tx<'_>, actor: &Actor, id: MessageId, need: Permission) -> Result<Message> {
    let message = found(store::message(tx, id)?, "message.not_found", "message")?;
    access(tx, actor, message.conversation_id, need).map_err(|e| match e.is_not_found() {
        true => Error::not_found("message.not_found", "There is no such message."),
        false => e,
    })?;
    Ok(message)
}

pub(super) async fn on_message(
    app: &App,
    caller: &Caller,
    id: MessageId,
    mut verb: impl FnMut(&mut Tx<'_>, &Deps, &Message) -> Result<Message> + Send + 'static,
) -> Result<Json<Message>, Problem> {
    let d = deps(app, caller.need(ConversationsWrite)?);
    let message = app
        .db
        .write(d.actor.workspace, Lane::Interactive, move |tx| {
            let m = reach(tx, &d.actor, id, ConversationsWrite)?;
            let mut m = verb(tx, &d, &m)?;
            d.links.fill_all(&mut m.attachments);
            Ok(m)
        })
        .await?;
    Ok(Json(message))
}

#[utoipa::path(get, path = "/messages/{id}", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Message)))]
pub(super) async fn get_message(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    let d = deps(&app, caller.need(ConversationsRead)?);
    let workspace = d.actor.workspace;
    let message = app
        .db
        .read(workspace, move |tx| {
            let mut m = reach(tx, &d.actor, id, ConversationsRead)?;
            d.links.fill_all(&mut m.attachments);
            Ok(m)
        })
        .await?;
    Ok(Json(message))
}
/// Deletes one's own note.
#[utoipa::path(delete, path = "/messages/{id}", tag = "messages", params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn delete_message(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<StatusCode, Problem> {
    let Json(_) = on_message(&app, &caller, id, |tx, d, m| actions::delete_note(tx, &d.actor, m, d.now).map(|()| m.clone())).await?;
    Ok(StatusCode::NO_CONTENT)
}
/// Undo: takes back a message that has not left.
#[utoipa::path(post, path = "/messages/{id}/cancel", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Message)))]
pub(super) async fn cancel_message(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    on_message(&app, &caller, id, |tx, d, m| actions::cancel(tx, &d.actor, m, d.now)).await
}
/// Sends a failed or uncertain message again, really.
#[utoipa::path(post, path = "/messages/{id}/retry", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Message)))]
pub(super) async fn retry_message(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let who = actor.clone();
    let channel = app
        .db
        .read(actor.workspace, move |tx| {
            let m = reach(tx, &who, id, ConversationsWrite)?;
            Ok(found(store::find(tx, m.conversation_id)?, "conversation.not_found", "conversation")?.channel_id)
        })
        .await?;
    let entry = super::writing::entry(&app, &actor, channel).await?;
    on_message(&app, &caller, id, move |tx, d, m| actions::retry(tx, &d.actor, m, &entry, d.now)).await
}

/// The tries to send a message, with the provider's words.
#[utoipa::path(get, path = "/messages/{id}/attempts", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Page<outbox::Attempt>)))]
pub(super) async fn list_attempts(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MessageId>,
) -> Result<Json<Page<outbox::Attempt>>, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let data = app
        .db
        .read(actor.workspace, move |tx| {
            reach(tx, &actor, id, ConversationsRead)?;
            outbox::attempts(tx, id)
        })
        .await?;
    Ok(Json(Page { data, next_cursor: None }))
}

/// The message as it came in, byte for byte (raw mail), as plain text.
#[utoipa::path(get, path = "/messages/{id}/source", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn get_message_source(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Response, Problem> {
    let actor = caller.need(ConversationsRead)?.clone();
    let who = actor.clone();
    let key = app.db.read(actor.workspace, move |tx| reach(tx, &who, id, ConversationsRead).map(|m| m.journal_key)).await?;
    let key = found(key, "message.no_source", "source; it was written here or is no longer kept")?;
    let raw = crate::journal::body(&app, actor.workspace, key).await?;
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    Ok((headers, String::from_utf8_lossy(&raw).into_owned()).into_response())
}
