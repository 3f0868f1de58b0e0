//! Routes of contacts.

use super::model::{Contact, HandleTaken, NewContact};
use super::{actions, store};
use crate::app::{App, found};
use crate::attributes::{self, AppliesTo};
use crate::audit::{self, Act};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path, Query};
use crate::http::once::once;
use crate::{conversations, people};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::actor::Permission;
use kernel::event::NewEvent;
use kernel::page::{self, Page};
use kernel::{Actor, ContactId, Error, HandleId};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_contacts, create_contact))
        .routes(routes!(get_contact, update_contact, delete_contact))
        .routes(routes!(list_contact_conversations))
        .routes(routes!(add_contact_handle))
        .routes(routes!(delete_contact_handle))
        .routes(routes!(review_contact))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactQuery {
    /// Beginnings of words of a name, company or address, with or without accents; or the end of a number.
    text: Option<String>,
    /// Only people nobody has confirmed yet.
    review: Option<bool>,
    /// `last_contact` (default) or `name`.
    sort: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Contacts, most recently heard from first.
#[utoipa::path(get, path = "/contacts", tag = "contacts", params(ContactQuery), responses((status = 200, body = Page<Contact>)))]
async fn list_contacts(State(app): State<App>, caller: Caller, Query(q): Query<ContactQuery>) -> Result<Json<Page<Contact>>, Problem> {
    let actor = caller.need(Permission::ContactsRead)?;
    let by_name = match q.sort.as_deref() {
        None | Some("last_contact") => false,
        Some("name") => true,
        Some(_) => return Err(Error::field("sort", "not_an_option", "Choose one of: last_contact, name.").into()),
    };
    let limit = page::limit(q.limit)?;
    let after: Option<(String, ContactId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let filter = store::Filter { text: q.text.filter(|t| !t.trim().is_empty()), review: q.review.unwrap_or(false), by_name };
    let who = actor.clone();
    let rows = app
        .db
        .read(actor.workspace, move |tx| {
            let mut rows = store::list(tx, &filter, after, limit + 1)?;
            store::seen_by(tx, &who, &mut rows)?;
            Ok(rows)
        })
        .await?;
    Ok(Json(Page::cut(rows, limit, |c| (if by_name { c.name.clone() } else { c.last_contact_at.unwrap_or(0).to_string() }, c.id))))
}

/// A new contact; 409 `handle.taken` when an address or number belongs to somebody.
#[utoipa::path(post, path = "/contacts", tag = "contacts", request_body = NewContact, responses((status = 201, body = Contact), (status = 409, body = HandleTaken, content_type = "application/problem+json")))]
async fn create_contact(State(app): State<App>, caller: Caller, new: Keyed<NewContact>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(Permission::ContactsWrite)?.clone();
    let country = people::workspace(&app, actor.workspace).await?.default_country.clone();
    let (now, ids, Keyed { body, key }) = (app.now(), app.ids.clone(), new);
    let wanted: Vec<(&str, String)> =
        body.emails.iter().map(|e| ("email", e.clone())).chain(body.phones.iter().map(|p| ("phone", p.clone()))).collect();
    let (who, region) = (actor.clone(), country.clone());
    let done = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            once(tx, &actor, key.as_ref(), now, |tx| {
                let id = actions::create(tx, ids.as_ref(), &actor, &body, &country, now)?;
                found(store::find(tx, id)?, "contact.not_found", "contact")
            })
        })
        .await;
    match done {
        Ok(value) => Ok((StatusCode::CREATED, Json(value))),
        Err(error) => Err(with_owner(&app, &who, error.into(), wanted, region, None).await),
    }
}

/// A refused address or number says whose it is, to those who may know.
async fn with_owner(
    app: &App,
    actor: &Actor,
    problem: Problem,
    wanted: Vec<(&'static str, String)>,
    country: String,
    but: Option<ContactId>,
) -> Problem {
    if problem.code() != actions::TAKEN || !actor.may(Permission::ContactsRead) {
        return problem;
    }
    let owner = app.db.read(actor.workspace, move |tx| {
        let wanted: Vec<(&str, &str)> = wanted.iter().map(|(kind, value)| (*kind, value.as_str())).collect();
        actions::taken_by(tx, &wanted, &country, but)
    });
    match owner.await {
        Ok(Some(owner)) => problem.with("contact", owner),
        Ok(None) => problem,
        Err(error) => error.into(),
    }
}

async fn get(app: &App, actor: &Actor, id: ContactId) -> Result<Json<Contact>, Problem> {
    let who = actor.clone();
    let row = app.db.read(actor.workspace, move |tx| {
        let row = match store::find(tx, id)? {
            Some(contact) => Some(contact),
            // Joined with another: that one answers.
            None => super::joined_into(tx, id)?.map(|into| store::find(tx, into)).transpose()?.flatten(),
        };
        let mut row = found(row, "contact.not_found", "contact")?;
        store::seen_by(tx, &who, std::slice::from_mut(&mut row))?;
        Ok(row)
    });
    Ok(Json(row.await?))
}

#[utoipa::path(get, path = "/contacts/{id}", tag = "contacts", params(("id" = String, Path)), responses((status = 200, body = Contact)))]
async fn get_contact(State(app): State<App>, caller: Caller, Path(id): Path<ContactId>) -> Result<Json<Contact>, Problem> {
    get(&app, caller.need(Permission::ContactsRead)?, id).await
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct ContactPatch {
    name: Option<String>,
    /// An empty text clears a field.
    title: Option<String>,
    company_name: Option<String>,
    notes: Option<String>,
    location: Option<String>,
    language: Option<String>,
    /// Those that are given change, null takes one away, the others stay. Defined ones are checked (see `/attribute-definitions`).
    #[schema(value_type = Option<Object>)]
    custom_attributes: Option<Map<String, Value>>,
}

/// Runs a change on an existing contact, appends `contact.updated`, gives the contact back.
async fn change(
    app: &App,
    actor: &Actor,
    id: ContactId,
    mut work: impl FnMut(&mut db::Tx<'_>) -> kernel::Result<()> + Send + 'static,
) -> Result<Json<Contact>, Problem> {
    let (label, now, who) = (actor.label(), app.now(), actor.clone());
    let contact = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            found(store::brief(tx, id)?, "contact.not_found", "contact")?;
            work(tx)?;
            tx.emit(NewEvent::new("contact.updated", &label, now).contact(id));
            store::find_seen(tx, &who, id)
        })
        .await?;
    Ok(Json(contact))
}

#[utoipa::path(patch, path = "/contacts/{id}", tag = "contacts", params(("id" = String, Path)), request_body = ContactPatch, responses((status = 200, body = Contact)))]
async fn update_contact(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ContactId>,
    Body(p): Body<ContactPatch>,
) -> Result<Json<Contact>, Problem> {
    let actor = caller.need(Permission::ContactsWrite)?;
    let name = p.name.map(|n| n.trim().to_owned());
    if name.as_ref().is_some_and(|n| n.is_empty() || n.chars().count() > 200) {
        return Err(Error::field("name", "invalid", "Give a name of 1 to 200 characters.").into());
    }
    crate::http::json::check_nul("custom_attributes", p.custom_attributes.as_ref())?;
    let c = store::Change {
        name,
        title: p.title,
        company_name: p.company_name,
        notes: p.notes,
        location: p.location,
        language: p.language,
        custom_attributes: None,
    };
    let now = app.now();
    change(&app, actor, id, move |tx| {
        let mut c = c.clone();
        if let Some(given) = &p.custom_attributes {
            let known = store::find(tx, id)?.map(|c| c.custom_attributes).unwrap_or_default();
            c.custom_attributes = Some(attributes::merge(tx, AppliesTo::Contact, &known, given)?.0);
        }
        store::change(tx, id, &c, now)
    })
    .await
}

/// Removes a contact; the conversations stay, without their person.
#[utoipa::path(delete, path = "/contacts/{id}", tag = "contacts", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_contact(State(app): State<App>, caller: Caller, Path(id): Path<ContactId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::ContactsDelete)?;
    let (label, now, who) = (actor.label(), app.now(), actor.clone());
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let (name, _) = found(store::brief(tx, id)?, "contact.not_found", "contact")?;
            for one in super::with_joined(tx, id)? {
                crate::webhooks::forget_contact(tx, one)?;
            }
            store::delete(tx, id, now)?;
            audit::note(tx, &who, &Act::new("contact.deleted", id).named(name), now)?;
            tx.emit(NewEvent::new("contact.deleted", &label, now).contact(id));
            Ok(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

#[utoipa::path(get, path = "/contacts/{id}/conversations", tag = "contacts", params(("id" = String, Path), PageQuery), responses((status = 200, body = Page<conversations::Conversation>)))]
async fn list_contact_conversations(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ContactId>,
    Query(q): Query<PageQuery>,
) -> Result<Json<Page<conversations::Conversation>>, Problem> {
    caller.need(Permission::ContactsRead)?;
    let actor = caller.need(Permission::ConversationsRead)?;
    let limit = page::limit(q.limit)?;
    let after: Option<conversations::Position> = q.cursor.as_deref().map(page::decode).transpose()?;
    let order = conversations::Order::default();
    after.as_ref().map(|a| a.fits(order)).transpose()?;
    let (filter, who, now) = (conversations::of_contact(id)?, actor.clone(), app.now());
    let rows = app
        .db
        .read(actor.workspace, move |tx| {
            found(store::brief(tx, id)?, "contact.not_found", "contact")?;
            let (asker, after) = (conversations::asked_by(tx, &who, now)?, after.as_ref());
            conversations::list(tx, &conversations::Ask { filter: &filter, asker: &asker, ids: None, order, after, limit: limit + 1 })
        })
        .await?;
    Ok(Json(Page::cut(rows, limit, |c| conversations::Position::of(order, c))))
}

#[derive(Clone, Deserialize, utoipa::ToSchema)]
pub struct NewHandle {
    /// `email` or `phone`.
    kind: String,
    value: String,
}

#[utoipa::path(post, path = "/contacts/{id}/handles", tag = "contacts", params(("id" = String, Path)), request_body = NewHandle, responses((status = 201, body = Contact), (status = 409, body = HandleTaken, content_type = "application/problem+json")))]
async fn add_contact_handle(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ContactId>,
    Body(new): Body<NewHandle>,
) -> Result<(StatusCode, Json<Contact>), Problem> {
    let actor = caller.need(Permission::ContactsWrite)?.clone();
    let country = people::workspace(&app, actor.workspace).await?.default_country.clone();
    let (now, ids, who) = (app.now(), app.ids.clone(), actor.clone());
    let kind = if new.kind == "phone" { "phone" } else { "email" };
    let (wanted, region) = (vec![(kind, new.value.clone())], country.clone());
    let done =
        change(&app, &actor, id, move |tx| actions::add_handle(tx, ids.as_ref(), &who, id, &new.kind, &new.value, &country, now)).await;
    match done {
        Ok(contact) => Ok((StatusCode::CREATED, contact)),
        Err(problem) => Err(with_owner(&app, &actor, problem, wanted, region, Some(id)).await),
    }
}

#[utoipa::path(delete, path = "/contacts/{id}/handles/{handle_id}", tag = "contacts", params(("id" = String, Path), ("handle_id" = String, Path)), responses((status = 200, body = Contact)))]
async fn delete_contact_handle(
    State(app): State<App>,
    caller: Caller,
    Path((id, handle)): Path<(ContactId, HandleId)>,
) -> Result<Json<Contact>, Problem> {
    let actor = caller.need(Permission::ContactsWrite)?;
    change(&app, actor, id, move |tx| {
        let gone = store::delete_handle(tx, id, handle)?;
        found(gone.then_some(()), "handle.not_found", "address or number")
    })
    .await
}

/// Somebody looked: this is who it seems to be.
#[utoipa::path(post, path = "/contacts/{id}/reviewed", tag = "contacts", params(("id" = String, Path)), responses((status = 200, body = Contact)))]
async fn review_contact(State(app): State<App>, caller: Caller, Path(id): Path<ContactId>) -> Result<Json<Contact>, Problem> {
    let actor = caller.need(Permission::ContactsWrite)?;
    let now = app.now();
    change(&app, actor, id, move |tx| store::set_reviewed(tx, id, now)).await
}
