//! Their routes of contacts.

use super::desk::{Desk, encode, skipped};
use super::fault::{Answer, Fault};
use super::filter::Asked;
use super::given::{Given, words};
use super::messages::parse;
use super::{finding, opening, store};
use crate::app::App;
use crate::attributes::AppliesTo;
use crate::contacts;
use crate::http::extract::Path;
use axum::extract::RawQuery;
use axum::http::Method;
use axum::routing::{get, post};
use axum::{Json, Router};
use db::Lane;
use kernel::ContactId;
use kernel::actor::Permission::ContactsRead;
use serde_json::{Map, Value, json};

pub const PAGE: i64 = 15;
const MOST: i64 = 100;

pub fn routes() -> Router<App> {
    let at = "/api/v1/accounts/{account}/contacts";
    let one = "/api/v1/accounts/{account}/contacts/{id}";
    Router::new()
        .route(at, get(list).post(create))
        .route(&format!("{at}/search"), get(search))
        .route(&format!("{at}/filter"), post(finding::filtered))
        .route(one, get(show).patch(change).put(change).delete(remove))
        .route(&format!("{one}/conversations"), get(conversations))
        .route(&format!("{one}/contactable_inboxes"), get(inboxes))
        .route(&format!("{one}/contact_inboxes"), post(add_inbox))
        .route("/api/v1/accounts/{account}/actions/contact_merge", post(merge))
}

impl Desk {
    pub async fn contact(&self, id: &str) -> Result<Value, Fault> {
        self.get(&format!("/contacts/{}", encode(id))).await
    }
    pub async fn contact_shown(&self, id: &str) -> Result<Value, Fault> {
        let contact = self.contact(id).await?;
        Ok(self.context(&[], &[], &[&contact]).await?.contact(&contact))
    }
    pub async fn contacts_shown(&self, rows: &[Value]) -> Result<Vec<Value>, Fault> {
        let cx = self.context(&[], &[], &rows.iter().collect::<Vec<_>>()).await?;
        Ok(rows.iter().map(|c| cx.contact(c)).collect())
    }

    async fn contacts(&self, text: Option<&str>, sort: &str, page: i64) -> Result<Vec<Value>, Fault> {
        let mut skip = skipped(page, PAGE)?;
        let text = text.map(|t| format!("&text={}", encode(t))).unwrap_or_default();
        let mut cursor = String::new();
        loop {
            let limit = if skip == 0 { PAGE } else { skip.min(MOST) };
            let mut answer = self.get(&format!("/contacts?limit={limit}&sort={sort}{text}{cursor}")).await?;
            let rows = match answer["data"].take() {
                Value::Array(rows) => rows,
                _ => Vec::new(),
            };
            if skip == 0 {
                return Ok(rows);
            }
            skip -= limit;
            match answer["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={}", encode(next)),
                None => return Ok(Vec::new()),
            }
        }
    }
    async fn contact_count(&self, text: Option<&str>) -> Result<i64, Fault> {
        self.actor.need(ContactsRead)?;
        let text = text.map(str::to_owned);
        Ok(self.app.db.read(self.actor.workspace, move |tx| contacts::count(tx, text.as_deref())).await?)
    }
    /// The contact that programs call so.
    pub async fn called(&self, identifier: &str) -> Result<Option<String>, Fault> {
        let name = identifier.to_owned();
        let id = self.app.db.read(self.actor.workspace, move |tx| store::contact_called(tx, &name)).await?;
        Ok(id.map(|id| id.to_string()))
    }
    /// The same, whole, if this token may see it.
    pub async fn contact_called(&self, identifier: &str) -> Result<Option<Value>, Fault> {
        let Some(id) = self.called(identifier).await? else { return Ok(None) };
        match self.contact(&id).await {
            Err(fault) if fault.is_not_found() => Ok(None),
            other => other.map(Some),
        }
    }
}

async fn list(desk: Desk, RawQuery(query): RawQuery) -> Answer {
    let asked = Asked::of(query.as_deref());
    let sort = match asked.text("sort") {
        Some("name") => "name",
        _ => "last_contact",
    };
    let rows = desk.contacts(None, sort, asked.page()).await?;
    let meta = json!({ "count": desk.contact_count(None).await?, "current_page": asked.page() });
    Ok(Json(json!({ "meta": meta, "payload": desk.contacts_shown(&rows).await? })))
}

/// By name, address, number, or what the program calls them.
async fn search(desk: Desk, RawQuery(query): RawQuery) -> Answer {
    let asked = Asked::of(query.as_deref());
    let text = asked.text("q").ok_or_else(|| Fault::field("q", "Say what to search for."))?;
    let mut rows = desk.contacts(Some(text), "last_contact", asked.page()).await?;
    let mut count = desk.contact_count(Some(text)).await?;
    if asked.page() == 1
        && let Some(contact) = desk.contact_called(text).await?
        && !rows.iter().any(|r| r["id"] == contact["id"])
    {
        rows.insert(0, contact);
        count += 1;
    }
    Ok(Json(json!({ "meta": { "count": count, "current_page": asked.page() }, "payload": desk.contacts_shown(&rows).await? })))
}

async fn show(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer {
    let id = desk.id("con", n).await?;
    Ok(Json(json!({ "payload": desk.contact_shown(&id).await? })))
}

fn taken() -> Fault {
    Fault::field("identifier", "Another contact has this identifier already.")
}

async fn create(desk: Desk, given: Given) -> Answer {
    let entry = if given.names("inbox_id") { Some(opening::inbox(&desk, &given).await?) } else { None };
    // What would be refused afterwards is refused before anybody is made.
    let identifier = given.filled("identifier");
    if let Some(name) = identifier {
        check_name(name)?;
        if desk.called(name).await?.is_some() {
            return Err(taken());
        }
    }
    let entry_named = entry.as_ref().filter(|e| e.account.provider == "api");
    if let Some((entry, source)) = entry_named.zip(given.filled("source_id")) {
        opening::is_free(&desk, entry, source).await?;
    }
    let custom = given.object("custom_attributes").filter(|m| !m.is_empty());
    opening::attributes_fit(&desk, AppliesTo::Contact, custom.clone().map(Value::Object).as_ref()).await?;
    let (email, phone) = (given.filled("email"), given.filled("phone_number"));
    let name = given.filled("name").or(email).or(phone).or(identifier).unwrap_or_default();
    let additional = given.object("additional_attributes").unwrap_or_default();
    let new = json!({
        "name": name, "emails": email.iter().collect::<Vec<_>>(), "phones": phone.iter().collect::<Vec<_>>(),
        "company_name": additional.get("company_name"), "notes": additional.get("description"),
    });
    let made = desk.post("/contacts", new).await?;
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    if let Some(name) = identifier {
        call(&desk, &id, name).await?;
    }
    let city = additional.get("city").filter(|c| c.is_string());
    if custom.is_some() || city.is_some() {
        desk.patch(&format!("/contacts/{id}"), json!({ "custom_attributes": custom, "location": city })).await?;
    }
    if let Some(entry) = entry_named {
        let contact = parse::<ContactId>(&id)?;
        match given.filled("source_id") {
            Some(source) => opening::know(&desk, entry, contact, source.to_owned()).await?,
            None => opening::source_of(&desk, entry, contact).await?,
        };
    }
    let contact = desk.contact(&id).await?;
    let cx = desk.context(&[], &[], &[&contact]).await?;
    let named = entry.as_ref().map(|e| e.id.to_string());
    let sources = cx.sources(&contact);
    let through = sources.iter().find(|(inbox, _)| Some(&inbox.id) == named.as_ref());
    let through = through.map_or(Value::Null, |(inbox, source)| cx.contact_inbox(inbox, source));
    Ok(Json(json!({ "payload": { "contact": cx.contact(&contact), "contact_inbox": through } })))
}

fn check_name(name: &str) -> Result<(), Fault> {
    match name.chars().count() {
        0..=255 => Ok(()),
        _ => Err(Fault::field("identifier", "An identifier has at most 255 characters.")),
    }
}

/// What programs call this contact from now on.
async fn call(desk: &Desk, id: &str, name: &str) -> Result<(), Fault> {
    check_name(name)?;
    let (id, name) = (parse::<ContactId>(id)?, name.to_owned());
    let work = move |tx: &mut db::Tx<'_>| store::call_contact(tx, id, &name);
    let done = desk.app.db.write(desk.actor.workspace, Lane::Interactive, work).await?;
    if done { Ok(()) } else { Err(taken()) }
}

/// Custom attributes are added to those there are, as there.
async fn change(desk: Desk, Path((_, n)): Path<(i64, i64)>, given: Given) -> Answer {
    let id = desk.id("con", n).await?;
    let before = desk.contact(&id).await?;
    let mut body = Map::new();
    if let Some(name) = given.filled("name") {
        body.insert("name".into(), name.into());
    }
    if let Some(more) = given.object("custom_attributes") {
        let mut all = before["custom_attributes"].as_object().cloned().unwrap_or_default();
        all.extend(more);
        body.insert("custom_attributes".into(), all.into());
    }
    let additional = given.object("additional_attributes").unwrap_or_default();
    for (there, ours) in [("company_name", "company_name"), ("description", "notes"), ("city", "location")] {
        if let Some(text) = additional.get(there).filter(|t| t.is_string()) {
            body.insert(ours.into(), text.clone());
        }
    }
    // Asked for even when empty, so that who may not change contacts is refused.
    desk.patch(&format!("/contacts/{id}"), Value::Object(body)).await?;
    for (there, kind) in [("email", "email"), ("phone_number", "phone")] {
        if let Some(value) = given.filled(there) {
            set_handle(&desk, &id, &before, kind, value).await?;
        }
    }
    if let Some(name) = given.text("identifier") {
        call(&desk, &id, name.trim()).await?;
    }
    Ok(Json(json!({ "payload": desk.contact_shown(&id).await? })))
}

/// One address or number in the place of what somebody entered before; what a channel proved stays.
async fn set_handle(desk: &Desk, id: &str, before: &Value, kind: &str, value: &str) -> Result<(), Fault> {
    let after = desk.post(&format!("/contacts/{id}/handles"), json!({ "kind": kind, "value": value })).await?;
    let known: Vec<&Value> = before["handles"].as_array().into_iter().flatten().collect();
    let handles = after["handles"].as_array().into_iter().flatten();
    let is_new = |h: &&Value| h["kind"] == kind && !known.iter().any(|k| k["id"] == h["id"]);
    if handles.clone().any(|h| is_new(&h)) {
        let gone = known.iter().filter(|h| h["kind"] == kind && h["evidence"] == "entered");
        for handle in gone.filter_map(|h| h["id"].as_str()) {
            desk.call(Method::DELETE, &format!("/contacts/{id}/handles/{}", encode(handle)), None).await?;
        }
    }
    Ok(())
}

async fn remove(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer<()> {
    let id = desk.id("con", n).await?;
    desk.call(Method::DELETE, &format!("/contacts/{id}"), None).await?;
    // Their name is free again.
    call(&desk, &id, "").await
}

async fn conversations(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer {
    let id = desk.id("con", n).await?;
    let answer = desk.get(&format!("/contacts/{id}/conversations?limit=20")).await?;
    let rows = answer["data"].as_array().cloned().unwrap_or_default();
    Ok(Json(json!({ "payload": desk.all_shown(&rows).await? })))
}

async fn inboxes(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer {
    let id = desk.id("con", n).await?;
    let contact = desk.contact(&id).await?;
    let cx = desk.context(&[], &[], &[&contact]).await?;
    let all = cx.sources(&contact).into_iter().map(|(inbox, source)| cx.contact_inbox(inbox, source));
    Ok(Json(json!({ "payload": all.collect::<Vec<_>>() })))
}

/// From now on an API inbox knows the contact, by this name or one that is made.
async fn add_inbox(desk: Desk, Path((_, n)): Path<(i64, i64)>, given: Given) -> Answer {
    let id = desk.id("con", n).await?;
    let entry = opening::inbox(&desk, &given).await?;
    desk.actor.need(kernel::actor::Permission::ContactsWrite)?;
    if entry.account.provider == "api" {
        let contact = parse::<ContactId>(&id)?;
        match given.filled("source_id") {
            Some(source) => opening::know(&desk, &entry, contact, source.to_owned()).await?,
            None => opening::source_of(&desk, &entry, contact).await?,
        };
    }
    let contact = desk.contact(&id).await?;
    let cx = desk.context(&[], &[], &[&contact]).await?;
    let through = cx.sources(&contact).into_iter().find(|(inbox, _)| inbox.id == entry.id.to_string());
    let (inbox, source) = through.ok_or_else(|| Fault::field("inbox_id", "This contact cannot be reached through this inbox."))?;
    Ok(Json(cx.contact_inbox(inbox, source)))
}

async fn merge(desk: Desk, given: Given) -> Answer {
    let number = |name: &str| given.number(name).ok_or_else(|| Fault::field(name, "Name both contacts."));
    let (stays, goes) = (number("base_contact_id")?, number("mergee_contact_id")?);
    let (stays, goes) = (desk.id("con", stays).await?, desk.id("con", goes).await?);
    desk.post(&format!("/contacts/{goes}/join"), json!({ "into": stays })).await?;
    Ok(Json(desk.contact_shown(&stays).await?))
}

/// Words of a condition's values.
pub fn texts(values: &Value) -> Vec<String> {
    words(values).unwrap_or_default()
}
