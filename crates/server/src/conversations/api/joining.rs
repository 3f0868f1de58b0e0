//! Contacts that may be one person: who, joining them, taking it back.

use super::id_of;
use crate::app::{App, found};
use crate::contacts::{self, Contact, MayBe};
use crate::conversations::joining;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Keyed, Path};
use crate::http::once::once;
use axum::Json;
use axum::extract::State;
use db::Lane;
use kernel::ContactId;
use kernel::actor::Permission::{ContactsRead, ContactsWrite};
use kernel::page::Page;
use serde::Deserialize;
use serde_json::Value;

/// Contacts that have, or claim, an address or number of this one.
#[utoipa::path(get, path = "/contacts/{id}/duplicates", tag = "contacts", params(("id" = String, Path)), responses((status = 200, body = Page<MayBe>)))]
pub(super) async fn list_duplicates(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ContactId>,
) -> Result<Json<Page<MayBe>>, Problem> {
    let actor = caller.need(ContactsRead)?;
    let data = app
        .db
        .read(actor.workspace, move |tx| {
            found(contacts::brief(tx, id)?, "contact.not_found", "contact")?;
            contacts::may_be(tx, id)
        })
        .await?;
    Ok(Json(Page { data, next_cursor: None }))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct JoinBody {
    /// The contact that stays.
    into: String,
}
/// Joins this contact with another: its conversations, addresses and numbers go over, and `into` stays.
#[utoipa::path(post, path = "/contacts/{id}/join", tag = "contacts", params(("id" = String, Path)), request_body = JoinBody, responses((status = 200, body = Contact)))]
pub(super) async fn join_contact(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ContactId>,
    b: Keyed<JoinBody>,
) -> Result<Json<Value>, Problem> {
    let actor = caller.need(ContactsWrite)?.clone();
    let into: ContactId = id_of("into", &b.body.into)?;
    let now = app.now();
    let value = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            once(tx, &actor, b.key.as_ref(), now, |tx| {
                found(contacts::brief(tx, id)?, "contact.not_found", "contact")?;
                contacts::brief(tx, into)?.ok_or_else(|| kernel::Error::field("into", "not_found", "There is no such contact."))?;
                joining::join(tx, &actor, id, into, now)?;
                contacts::find_seen(tx, &actor, into)
            })
        })
        .await?;
    Ok(Json(value))
}

/// Takes a join back: what went over comes back, and both stand again.
#[utoipa::path(delete, path = "/contacts/{id}/join", tag = "contacts", params(("id" = String, Path)), responses((status = 200, body = Contact)))]
pub(super) async fn unjoin_contact(State(app): State<App>, caller: Caller, Path(id): Path<ContactId>) -> Result<Json<Contact>, Problem> {
    let actor = caller.need(ContactsWrite)?.clone();
    let (now, ids) = (app.now(), app.ids.clone());
    let contact = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            joining::unjoin(tx, ids.as_ref(), &actor, id, now)?;
            contacts::find_seen(tx, &actor, id)
        })
        .await?;
    Ok(Json(contact))
}
