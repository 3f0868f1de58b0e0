//! Their client API: what a person's own program may do, on API channels only. There is no token; the `source_id` that was given out is the
//! credential. It carries a signature of ours, so that a name that somebody else knows the person by (a number, a customer's id) opens nothing.

use super::context::{Context, Knows, gather};
use super::desk::account_of;
use super::fault::{Answer, Fault};
use super::given::{Given, plain};
use super::messages::{bring, own_id, stored, take_in, tree};
use super::opening;
use crate::app::{App, found};
use crate::channels::Entry;
use crate::contacts;
use crate::conversations::{self, Conversation, Message};
use crate::http::ClientIp;
use crate::http::extract::Path;
use crate::realtime;
use crate::teams::{Seat, Sight};
use crate::widget::session;
use axum::extract::{DefaultBodyLimit, FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use connectors::kit::signatures::{check_hex, equal, mac_sha256};
use db::{Lane, Tx};
use kernel::message::{Direction, MessageStatus, Status};
use kernel::{ContactId, Error, Result as Done};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Requests a minute from one address, and messages a minute of one person.
const PER_ADDRESS: u32 = 120;
const PER_PERSON: u32 = 30;
/// New people a minute from one address.
const NEW_PEOPLE: u32 = 20;
const CONVERSATIONS: i64 = 50;
const MESSAGES: i64 = 50;

pub fn routes() -> Router<App> {
    let at = "/public/api/v1/inboxes/{inbox}";
    let one = "/public/api/v1/inboxes/{inbox}/contacts/{source}";
    let talk = "/public/api/v1/inboxes/{inbox}/contacts/{source}/conversations/{id}";
    Router::new()
        .route(at, get(inbox))
        .route(&format!("{at}/contacts"), post(create_contact))
        .route(one, get(contact).patch(change_contact).put(change_contact))
        .route(&format!("{one}/conversations"), get(list).post(create))
        .route(talk, get(show))
        .route(&format!("{talk}/toggle_typing"), post(typing))
        .route(&format!("{talk}/update_last_seen"), post(seen))
        .route(&format!("{talk}/messages"), get(messages).post(write).layer(DefaultBodyLimit::disable()))
}

/// An inbox by its public name. Asked for before a body is read.
struct Door {
    app: App,
    entry: Arc<Entry>,
    ip: ClientIp,
}
impl FromRequestParts<App> for Door {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let ip = *parts.extensions.get::<ClientIp>().ok_or_else(|| Error::internal("an address that nobody asks from"))?;
        let key = named(parts, app, "inbox").await?;
        app.widget_limits.count(format!("chatwoot {}", ip.0), PER_ADDRESS, app.now())?;
        let entry = app.directory.by_key(app, &key).await?.filter(|e| e.account.provider == "api");
        let entry = entry.filter(|e| e.status != kernel::message::ChannelStatus::Inactive).ok_or_else(Fault::not_found)?;
        Ok(Self { app: app.clone(), entry, ip })
    }
}

async fn named(parts: &mut Parts, app: &App, what: &str) -> Result<String, Fault> {
    let all = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Fault::not_found())?;
    all.iter().find(|(name, _)| *name == what).map(|(_, value)| value.to_owned()).ok_or_else(Fault::not_found)
}

fn sign(app: &App, entry: &Entry, name: &str) -> String {
    let sum = mac_sha256(&app.vault.derive("chatwoot-source"), &[entry.id.to_string().as_bytes(), b" ", name.as_bytes()]);
    data_encoding::BASE32_NOPAD.encode(&sum[..15]).to_lowercase()
}
/// A name that is a credential.
pub fn source(app: &App, entry: &Entry, name: &str) -> String {
    format!("{name}.{}", sign(app, entry, name))
}
fn is_genuine(app: &App, entry: &Entry, source: &str) -> bool {
    source.rsplit_once('.').is_some_and(|(name, mac)| equal(sign(app, entry, name).as_bytes(), mac.as_bytes()))
}

/// Somebody who holds a source_id. Who does not is gone before a body is read.
#[derive(Clone)]
struct Visitor {
    app: App,
    entry: Arc<Entry>,
    source: String,
    contact: ContactId,
}
impl FromRequestParts<App> for Visitor {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let Door { app, entry, .. } = Door::from_request_parts(parts, app).await?;
        let source = named(parts, &app, "source").await?;
        if !is_genuine(&app, &entry, &source) {
            return Err(Fault::not_found());
        }
        let (kind, scope, value) = (entry.account.provider.clone(), entry.id.to_string(), source.clone());
        let owner = app.db.read(entry.workspace, move |tx| contacts::find_by_handle(tx, "contact", &kind, &scope, &value)).await?;
        Ok(Self { contact: owner.ok_or_else(Fault::not_found)?, app, entry, source })
    }
}

/// The same, about to say something: so many times a minute.
struct Speaker(Visitor);
impl FromRequestParts<App> for Speaker {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let v = Visitor::from_request_parts(parts, app).await?;
        app.widget_limits.count(format!("chatwoot {} {}", v.entry.id, v.source), PER_PERSON, app.now())?;
        Ok(Self(v))
    }
}

impl Visitor {
    /// What runs under another of their names is not shown.
    fn is_own(&self, c: &Conversation) -> bool {
        let spoken = c.participants.first().is_some_and(|p| p.address == self.source);
        spoken && c.channel_id == self.entry.id && c.contact_id == Some(self.contact)
    }
    /// Their own conversations here, newest first.
    fn own(&self, tx: &mut Tx<'_>) -> Done<Vec<Conversation>> {
        let filter = conversations::of_contact_on(self.contact, self.entry.id)?;
        let asker = conversations::seeing(Sight::all(), None, 0);
        let order = conversations::Order::default();
        let all = conversations::list(
            tx,
            &conversations::Ask { filter: &filter, asker: &asker, ids: None, order, after: None, limit: CONVERSATIONS },
        )?;
        Ok(all.into_iter().filter(|c| self.is_own(c)).collect())
    }
    async fn conversation(&self, number: i64) -> Result<Conversation, Fault> {
        let this = self.clone();
        let work = move |tx: &mut Tx<'_>| {
            let Some(id) = conversations::id_of_number(tx, number)? else { return Ok(None) };
            Ok(conversations::find(tx, id)?.filter(|c| this.is_own(c)))
        };
        self.app.db.read(self.entry.workspace, work).await?.ok_or_else(Fault::not_found)
    }
    async fn context(&self, conversations: &[&Value], messages: &[&Value]) -> Result<Context, Fault> {
        let knows = Knows { contacts: true, mails: false };
        let mut cx = gather(&self.app, self.entry.workspace, knows, conversations, messages, &[]).await?;
        // What the team says among itself, and what has not left, is not theirs.
        cx.last.clear();
        Ok(cx)
    }
    /// These with the last messages of each, as they may see them.
    async fn shown(&self, all: Vec<Conversation>) -> Result<Vec<Value>, Fault> {
        let (ids, links): (Vec<_>, _) = (all.iter().map(|c| c.id).collect(), crate::files::links(&self.app, self.entry.workspace));
        let work = move |tx: &mut Tx<'_>| ids.iter().map(|id| conversations::messages(tx, *id, None, MESSAGES)).collect::<Done<Vec<_>>>();
        let mut said = Vec::new();
        for rows in self.app.db.read(self.entry.workspace, work).await? {
            let mut shown = Vec::new();
            for mut m in rows.into_iter().rev().filter(is_for_them) {
                links.fill_all(&mut m.attachments);
                shown.push(tree(&m)?);
            }
            said.push(shown);
        }
        let rows = all.iter().map(tree).collect::<Result<Vec<_>, _>>()?;
        let cx = self.context(&rows.iter().collect::<Vec<_>>(), &said.iter().flatten().collect::<Vec<_>>()).await?;
        Ok(rows.iter().zip(&said).map(|(row, messages)| brief(&cx, row, messages)).collect())
    }
    async fn one_shown(&self, c: Conversation) -> Result<Value, Fault> {
        Ok(self.shown(vec![c]).await?.pop().unwrap_or_default())
    }
}

/// What a customer may see of a message.
fn is_for_them(m: &Message) -> bool {
    let left = matches!(m.status, MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read);
    !m.is_note && m.aside_id.is_none() && (m.direction == Direction::Inbound || left)
}

fn brief(cx: &Context, c: &Value, messages: &[Value]) -> Value {
    let whole = cx.conversation(c);
    let shown: Vec<Value> = messages.iter().map(|m| spoken(cx, m, c)).collect();
    json!({
        "id": whole["id"], "uuid": whole["uuid"], "inbox_id": whole["inbox_id"], "status": whole["status"], "messages": shown,
        "contact_last_seen_at": whole["contact_last_seen_at"], "agent_last_seen_at": whole["agent_last_seen_at"],
        "contact": { "id": whole["meta"]["sender"]["id"], "name": whole["meta"]["sender"]["name"] },
    })
}
fn spoken(cx: &Context, m: &Value, c: &Value) -> Value {
    let whole = cx.message(m, c);
    let sender = &whole["sender"];
    json!({
        "id": whole["id"], "content": whole["content"], "message_type": whole["message_type"], "content_type": "text",
        "content_attributes": m["metadata"]["chatwoot"]["content_attributes"].as_object().cloned().unwrap_or_default(),
        "created_at": whole["created_at"], "conversation_id": whole["conversation_id"], "attachments": whole["attachments"],
        "echo_id": whole["echo_id"], "sender": { "name": sender["name"], "type": sender["type"], "thumbnail": "" },
    })
}

async fn inbox(Door { entry, .. }: Door) -> Answer {
    Ok(Json(json!({ "identifier": entry.key, "name": entry.name, "identity_validation_enabled": true, "working_hours_enabled": false,
        "working_hours": [], "csat_survey_enabled": false, "greeting_enabled": false, "timezone": "UTC" })))
}

/// A place for somebody new, who has not been there too often.
struct Newcomer(Door);
impl FromRequestParts<App> for Newcomer {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let door = Door::from_request_parts(parts, app).await?;
        app.widget_limits.count(format!("chatwoot new {}", door.ip.0), NEW_PEOPLE, app.now())?;
        Ok(Self(door))
    }
}

/// Who proves their identifier is the same person on every device; everybody else is somebody new.
async fn create_contact(Newcomer(Door { app, entry, .. }): Newcomer, given: Given) -> Answer {
    let proved = given.filled("identifier").filter(|i| proves(&entry, i, given.filled("identifier_hash")));
    if given.filled("identifier_hash").is_some() && proved.is_none() {
        return Err(Fault::unauthorised("identifier_hash is not the HMAC-SHA256 of the identifier with the channel's signing secret."));
    }
    let name = match proved {
        Some(identifier) => {
            let sum = mac_sha256(&app.vault.derive("chatwoot-identity"), &[entry.id.to_string().as_bytes(), b" ", identifier.as_bytes()]);
            format!("u-{}", data_encoding::BASE32_NOPAD.encode(&sum[..15]).to_lowercase())
        }
        None => app.secret_text(15),
    };
    let source = source(&app, &entry, &name);
    let person = remember(&app, &entry, &source, &given, proved).await?;
    let row = json!({ "id": person.id });
    let cx = gather(&app, entry.workspace, Knows { contacts: false, mails: false }, &[], &[], &[&row]).await?;
    // Only what they said themselves: what else is known of them is not for whoever holds this address.
    Ok(Json(json!({
        "source_id": source, "pubsub_token": null, "id": cx.numbers.of(&row["id"]), "name": person.name, "email": given.filled("email"),
        "phone_number": given.filled("phone_number"),
    })))
}

fn proves(entry: &Entry, identifier: &str, hash: Option<&str>) -> bool {
    let Some((secret, hash)) = entry.account.settings.secret("secret").zip(hash) else { return false };
    check_hex(secret.reveal().as_bytes(), &[identifier.as_bytes()], hash)
}

async fn remember(app: &App, entry: &Arc<Entry>, source: &str, given: &Given, proved: Option<&str>) -> Result<contacts::Person, Fault> {
    let text = |name: &str| given.filled(name).map(str::to_owned);
    let says = session::Says { name: text("name"), email: text("email"), phone: text("phone_number") };
    Ok(session::remember(app, entry, source, proved, says).await?)
}

/// Inbox, source, number.
type Talk = Path<(String, String, i64)>;

async fn contact(v: Visitor) -> Answer {
    me(&v).await
}
async fn me(v: &Visitor) -> Answer {
    let row = json!({ "id": v.contact });
    let cx = gather(&v.app, v.entry.workspace, Knows { contacts: true, mails: false }, &[], &[], &[&row]).await?;
    let known = cx.contacts.get(&v.contact.to_string()).ok_or_else(Fault::not_found)?;
    Ok(Json(
        json!({ "source_id": v.source, "id": cx.numbers.of(&row["id"]), "name": known["name"], "account_id": account_of(v.entry.workspace) }),
    ))
}
async fn change_contact(v: Visitor, given: Given) -> Answer {
    remember(&v.app, &v.entry, &v.source, &given, None).await?;
    me(&v).await
}

async fn list(v: Visitor) -> Answer {
    let this = v.clone();
    let all = v.app.db.read(v.entry.workspace, move |tx| this.own(tx)).await?;
    Ok(Json(v.shown(all).await?.into()))
}

async fn create(Speaker(v): Speaker) -> Answer {
    let this = v.clone();
    let (ids, now, unique) = (v.app.ids.clone(), v.app.now(), v.app.secret_text(5));
    let work = move |tx: &mut Tx<'_>| {
        // One that nothing was said in yet serves again, so that opening pages heaps up nothing.
        if let Some(c) = this.own(tx)?.into_iter().find(|c| c.message_count == 0 && c.status != Status::Spam) {
            return Ok(c);
        }
        let (name, _) = found(contacts::brief(tx, this.contact)?, "contact.not_found", "contact")?;
        let seat = Seat { channel: this.entry.id, assignee: None, team: None };
        let by = format!("contact:{}", this.contact);
        let id = opening::create(tx, ids.as_ref(), &by, &this.entry, this.contact, name, &this.source, &unique, seat, now)?;
        found(conversations::find(tx, id)?, "conversation.not_found", "conversation")
    };
    let c = v.app.db.write(v.entry.workspace, Lane::Interactive, work).await?;
    Ok(Json(v.one_shown(c).await?))
}

async fn show(v: Visitor, Path((_, _, number)): Talk) -> Answer {
    let c = v.conversation(number).await?;
    Ok(Json(v.one_shown(c).await?))
}

async fn messages(v: Visitor, Path((_, _, number)): Talk) -> Answer {
    let c = v.conversation(number).await?;
    Ok(Json(v.one_shown(c).await?["messages"].take()))
}

async fn write(Speaker(v): Speaker, Path((_, _, number)): Talk, given: Given) -> Answer<Response> {
    if given.text("content").is_none_or(|t| t.trim().is_empty()) && given.files.is_empty() {
        return Err(Fault::field("content", "Write something."));
    }
    let c = v.conversation(number).await?;
    let id = c.id;
    let thread = v.app.db.read(v.entry.workspace, move |tx| conversations::thread_key(tx, id)).await?;
    let external = own_id(&v.app, &c.id.to_string(), &given);
    let mut about = Map::new();
    if let Some(echo) = given.fields.get("echo_id").filter(|e| !e.is_null()) {
        about.insert("echo_id".into(), plain(echo).chars().take(200).collect::<String>().into());
    }
    let event = json!({
        "type": "message", "id": external, "from": { "id": v.source }, "conversation_id": thread,
        "text": given.text("content").unwrap_or_default(), "metadata": { "chatwoot": about },
        "attachments": given.files.iter().map(|f| json!({
            "name": f.name, "content_type": f.content_type, "data": data_encoding::BASE64.encode(&f.bytes),
        })).collect::<Vec<_>>(),
    });
    let Some(id) = bring(&v.app, &v.entry, &event, external).await? else {
        return Ok(stored(number, &given));
    };
    let made = v.app.db.read(v.entry.workspace, move |tx| conversations::message(tx, id)).await?;
    let m = made.ok_or_else(Fault::not_found)?;
    let (row, c) = (tree(&m)?, tree(&c)?);
    let cx = v.context(&[&c], &[&row]).await?;
    Ok(Json(spoken(&cx, &row, &c)).into_response())
}

async fn typing(v: Visitor, Path((_, _, number)): Talk, given: Given) -> Answer<()> {
    let c = v.conversation(number).await?;
    let name = c.contact.as_ref().map(|p| p.name.clone()).unwrap_or_default();
    let on = given.text("typing_status") == Some("on");
    realtime::customer_types(&v.app, v.entry.workspace, c.id, &v.contact.to_string(), name, on);
    Ok(())
}

/// What was answered until now has been read.
async fn seen(v: Visitor, Path((_, _, number)): Talk) -> Answer<()> {
    v.conversation(number).await?;
    let event = json!({ "type": "read", "from": { "id": v.source }, "up_to": kernel::time::rfc3339(v.app.now()) });
    take_in(&v.app, &v.entry, &event).await.map(drop)
}
