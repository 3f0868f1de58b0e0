//! Routes of blocking.

use super::blocking::{self, Block};
use super::model::Contact;
use super::store;
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Keyed, Path, Query};
use crate::http::once::once;
use crate::{conversations, people};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::actor::Permission::{ContactsRead, ContactsWrite, ConversationsWrite};
use kernel::message::Status;
use kernel::page::{self, Page};
use kernel::time::{Millis, wire_opt};
use kernel::{BlockId, ContactId, ConversationId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(block_contact, unblock_contact))
        .routes(routes!(list_blocks, create_block))
        .routes(routes!(delete_block))
}

#[derive(Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockContact {
    /// Their open conversations are left as they are instead of going to spam.
    #[serde(default)]
    keep_conversations: bool,
}
/// A conversation that went to spam, as it stood before: what puts it back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WentToSpam {
    #[schema(value_type = String)]
    id: ConversationId,
    status: Status,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Millis>,
}
/// A blocked person, with the conversations that went to spam.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BlockedContact {
    contact: Contact,
    conversations: Vec<WentToSpam>,
}

/// Blocks a person: what they write from now on is ignored, on every channel, before anything is made of it.
#[utoipa::path(post, path = "/contacts/{id}/block", tag = "contacts", params(("id" = String, Path)), request_body = BlockContact, responses((status = 200, body = BlockedContact)))]
async fn block_contact(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ContactId>,
    b: Keyed<BlockContact>,
) -> Result<Json<Value>, Problem> {
    let actor = caller.need(ContactsWrite)?.clone();
    caller.need(ConversationsWrite)?;
    let (ids, now) = (app.ids.clone(), app.now());
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            once(tx, &actor, b.key.as_ref(), now, |tx| {
                blocking::block(tx, ids.as_ref(), &actor, id, now)?;
                let mut moved = Vec::new();
                if !b.body.keep_conversations {
                    // What the caller does not see stays where it is.
                    let (filter, asker) = (conversations::open_of_contact(id)?, conversations::asked_by(tx, &actor, now)?);
                    let order = conversations::Order::default();
                    let ask = conversations::Ask { filter: &filter, asker: &asker, ids: None, order, after: None, limit: 500 };
                    for c in conversations::list(tx, &ask)? {
                        conversations::set_status(tx, &actor, &c, Status::Spam, None, now)?;
                        moved.push(WentToSpam { id: c.id, status: c.status, snoozed_until: c.snoozed_until });
                    }
                }
                let contact = store::find_seen(tx, &actor, id)?;
                Ok(BlockedContact { contact, conversations: moved })
            })
        })
        .await?;
    Ok(Json(value))
}

/// What they write is taken in again.
#[utoipa::path(delete, path = "/contacts/{id}/block", tag = "contacts", params(("id" = String, Path)), responses((status = 200, body = Contact)))]
async fn unblock_contact(State(app): State<App>, caller: Caller, Path(id): Path<ContactId>) -> Result<Json<Contact>, Problem> {
    let actor = caller.need(ContactsWrite)?.clone();
    let now = app.now();
    let contact = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            blocking::unblock(tx, &actor, id, now)?;
            store::find_seen(tx, &actor, id)
        })
        .await?;
    Ok(Json(contact))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BlockQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}
/// Whose messages are not taken in, last blocked first.
#[utoipa::path(get, path = "/blocks", tag = "contacts", params(BlockQuery), responses((status = 200, body = Page<Block>)))]
async fn list_blocks(State(app): State<App>, caller: Caller, Query(q): Query<BlockQuery>) -> Result<Json<Page<Block>>, Problem> {
    let actor = caller.need(ContactsRead)?;
    let limit = page::limit(q.limit)?;
    let after: Option<(Millis, BlockId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let rows = app.db.read(actor.workspace, move |tx| blocking::list(tx, after, limit + 1)).await?;
    Ok(Json(Page::cut(rows, limit, |b| (b.created_at, b.id))))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct NewBlock {
    /// `email`, `phone` or `email_domain`.
    kind: String,
    value: String,
}
/// Blocks an address, a number or a whole mail domain.
#[utoipa::path(post, path = "/blocks", tag = "contacts", request_body = NewBlock, responses((status = 201, body = Block)))]
async fn create_block(State(app): State<App>, caller: Caller, b: Keyed<NewBlock>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(ContactsWrite)?.clone();
    let (ids, now) = (app.ids.clone(), app.now());
    let country = people::workspace(&app, actor.workspace).await?.default_country.clone();
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            once(tx, &actor, b.key.as_ref(), now, |tx| {
                blocking::block_value(tx, ids.as_ref(), &actor, &b.body.kind, &b.body.value, &country, now)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(value)))
}
#[utoipa::path(delete, path = "/blocks/{id}", tag = "contacts", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_block(State(app): State<App>, caller: Caller, Path(id): Path<BlockId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(ContactsWrite)?.clone();
    let now = app.now();
    app.db.write(actor.workspace, Lane::Interactive, move |tx| blocking::remove(tx, &actor, id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
