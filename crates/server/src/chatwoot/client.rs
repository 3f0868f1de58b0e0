//! Their client API: what a person's own program may do, on API channels only. There is no token; the `source_id` that was given out is the
//! credential. It carries a signature of ours, so that a name that somebody else knows the person by (a number, a customer's id) opens nothing.

use super::context::{Context, Knows, gather};
use super::desk::account_of;
use super::fault::{Answer, Fault};
use super::given::{Given, plain};
use super::messages::{take_in, tree};
use super::opening;
use crate::app::{App, found};
use crate::channels::Entry;
use crate::contacts;
use crate::conversations::{self, Conversation, Message};
use crate::http::ClientIp;
use crate::http::extract::Path;
use crate::realtime;
use crate::teams::{Seat, Sight};
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use connectors::kit::signatures::{equal, mac_sha256};
use db::{Lane, Tx};
use kernel::channel::{Handle, Sender};
use kernel::event::NewEvent;
use kernel::message::{Direction, HandleEvidence, MessageStatus, Status};
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

/// An inbox by its public name.
async fn open(app: &App, key: &str, ip: &ClientIp) -> Result<Arc<Entry>, Fault> {
    app.widget_limits.count(format!("chatwoot {}", ip.0), PER_ADDRESS, app.now())?;
    let entry = app.directory.by_key(app, key).await?.filter(|e| e.account.provider == "api");
    entry.filter(|e| e.status != kernel::message::ChannelStatus::Inactive).ok_or_else(Fault::not_found)
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

/// Somebody who holds a source_id.
struct Visitor {
    app: App,
    entry: Arc<Entry>,
    source: String,
    contact: ContactId,
}

async fn visitor(app: App, key: &str, source: String, ip: &ClientIp) -> Result<Visitor, Fault> {
    let entry = open(&app, key, ip).await?;
    if !is_genuine(&app, &entry, &source) {
        return Err(Fault::not_found());
    }
    let (kind, scope, value) = (entry.account.provider.clone(), entry.id.to_string(), source.clone());
    let owner = app.db.read(entry.workspace, move |tx| contacts::find_by_handle(tx, "contact", &kind, &scope, &value)).await?;
    Ok(Visitor { contact: owner.ok_or_else(Fault::not_found)?, app, entry, source })
}

impl Visitor {
    /// Their own conversations here, newest first; what runs under another of their names is not shown.
    fn own(&self, tx: &mut Tx<'_>) -> Done<Vec<Conversation>> {
        let filter = conversations::of_contact(self.contact)?;
        let asker = conversations::seeing(Sight::all(), None, 0);
        let order = conversations::Order::default();
        let all = conversations::list(
            tx,
            &conversations::Ask { filter: &filter, asker: &asker, ids: None, order, after: None, limit: CONVERSATIONS },
        )?;
        let mine = |c: &Conversation| c.channel_id == self.entry.id && c.participants.first().is_some_and(|p| p.address == self.source);
        Ok(all.into_iter().filter(mine).collect())
    }
    async fn conversations(self: &Arc<Self>) -> Result<Vec<Conversation>, Fault> {
        let this = self.clone();
        Ok(self.app.db.read(self.entry.workspace, move |tx| this.own(tx)).await?)
    }
    async fn conversation(self: &Arc<Self>, number: i64) -> Result<Conversation, Fault> {
        self.conversations().await?.into_iter().find(|c| c.number == number).ok_or_else(Fault::not_found)
    }
    async fn context(&self, conversations: &[&Value], messages: &[&Value]) -> Result<Context, Fault> {
        let knows = Knows { contacts: true, mails: false };
        let mut cx = gather(&self.app, self.entry.workspace, knows, conversations, messages, &[]).await?;
        // What the team says among itself, and what has not left, is not theirs.
        cx.last.clear();
        Ok(cx)
    }
    async fn rows(&self, c: &Conversation) -> Result<Vec<Value>, Fault> {
        let (id, links) = (c.id, crate::files::links(&self.app, self.entry.workspace));
        let rows = self.app.db.read(self.entry.workspace, move |tx| conversations::messages(tx, id, None, MESSAGES)).await?;
        let mut out = Vec::new();
        for mut m in rows.into_iter().rev().filter(is_for_them) {
            links.fill_all(&mut m.attachments);
            out.push(tree(&m)?);
        }
        Ok(out)
    }
    async fn shown(&self, c: &Conversation) -> Result<Value, Fault> {
        let (row, messages) = (tree(c)?, self.rows(c).await?);
        let cx = self.context(&[&row], &messages.iter().collect::<Vec<_>>()).await?;
        Ok(brief(&cx, &row, &messages))
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

async fn inbox(State(app): State<App>, Path(key): Path<String>, Extension(ip): Extension<ClientIp>) -> Answer {
    let entry = open(&app, &key, &ip).await?;
    Ok(Json(json!({ "identifier": entry.key, "name": entry.name, "identity_validation_enabled": true, "working_hours_enabled": false,
        "working_hours": [], "csat_survey_enabled": false, "greeting_enabled": false, "timezone": "UTC" })))
}

/// Who proves their identifier is the same person on every device; everybody else is somebody new.
async fn create_contact(State(app): State<App>, Path(key): Path<String>, Extension(ip): Extension<ClientIp>, given: Given) -> Answer {
    let entry = open(&app, &key, &ip).await?;
    app.widget_limits.count(format!("chatwoot new {}", ip.0), NEW_PEOPLE, app.now())?;
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
    let (id, name) = remember(&app, &entry, &source, &given, proved.is_some()).await?;
    let cx = gather(&app, entry.workspace, Knows { contacts: false, mails: false }, &[], &[], &[&json!({ "id": id })]).await?;
    // Only what they said themselves: what else is known of them is not for whoever holds this address.
    Ok(Json(json!({
        "source_id": source, "pubsub_token": null, "id": cx.numbers.of(&id.into()), "name": name, "email": given.filled("email"),
        "phone_number": given.filled("phone_number"),
    })))
}

fn proves(entry: &Entry, identifier: &str, hash: Option<&str>) -> bool {
    let Some((secret, hash)) = entry.account.settings.secret("secret").zip(hash) else { return false };
    let sum = mac_sha256(secret.reveal().as_bytes(), &[identifier.as_bytes()]);
    equal(data_encoding::HEXLOWER.encode(&sum).as_bytes(), hash.trim().to_lowercase().as_bytes())
}

async fn remember(app: &App, entry: &Arc<Entry>, source: &str, given: &Given, proved: bool) -> Result<(String, String), Fault> {
    let evidence = if proved { HandleEvidence::Verified } else { HandleEvidence::Claimed };
    let mut more = Vec::new();
    for (kind, there) in [("email", "email"), ("phone", "phone_number")] {
        let Some(value) = given.filled(there) else { continue };
        let value = contacts::normalise(kind, value, &entry.default_country);
        let value = value.ok_or_else(|| Fault::field(there, format!("This is no {kind} that can be used.")))?;
        more.push(Handle { kind: kind.into(), value, evidence });
    }
    let handle = Handle { kind: entry.account.provider.clone(), value: source.to_owned(), evidence: HandleEvidence::Verified };
    let sender = Sender { handle, name: given.filled("name").map(|n| n.chars().take(100).collect()), more };
    let (with, ids, now) = (entry.clone(), app.ids.clone(), app.now());
    let work = move |tx: &mut Tx<'_>| {
        let person = contacts::resolve(tx, ids.as_ref(), with.id, &sender, &with.default_country, now)?;
        let kind = if person.created { "contact.created" } else { "contact.updated" };
        tx.emit(NewEvent::new(kind, format!("contact:{}", person.id), now).contact(person.id));
        Ok((person.id.to_string(), person.name))
    };
    Ok(app.db.write(entry.workspace, Lane::Interactive, work).await?)
}

type At = (String, String);
type Talk = (String, String, i64);

async fn contact(State(app): State<App>, Path((key, source)): Path<At>, Extension(ip): Extension<ClientIp>) -> Answer {
    let v = visitor(app, &key, source, &ip).await?;
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
async fn change_contact(State(app): State<App>, Path((key, source)): Path<At>, Extension(ip): Extension<ClientIp>, given: Given) -> Answer {
    let v = visitor(app, &key, source, &ip).await?;
    remember(&v.app, &v.entry, &v.source, &given, false).await?;
    me(&v).await
}

async fn list(State(app): State<App>, Path((key, source)): Path<At>, Extension(ip): Extension<ClientIp>) -> Answer {
    let v = Arc::new(visitor(app, &key, source, &ip).await?);
    let mut out = Vec::new();
    for c in v.conversations().await? {
        out.push(v.shown(&c).await?);
    }
    Ok(Json(out.into()))
}

async fn create(State(app): State<App>, Path((key, source)): Path<At>, Extension(ip): Extension<ClientIp>) -> Answer {
    let v = Arc::new(visitor(app, &key, source, &ip).await?);
    count(&v)?;
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
    Ok(Json(v.shown(&c).await?))
}

fn count(v: &Visitor) -> Result<(), Fault> {
    Ok(v.app.widget_limits.count(format!("chatwoot {} {}", v.entry.id, v.source), PER_PERSON, v.app.now())?)
}

async fn show(State(app): State<App>, Path((key, source, number)): Path<Talk>, Extension(ip): Extension<ClientIp>) -> Answer {
    let v = Arc::new(visitor(app, &key, source, &ip).await?);
    let c = v.conversation(number).await?;
    Ok(Json(v.shown(&c).await?))
}

async fn messages(State(app): State<App>, Path((key, source, number)): Path<Talk>, Extension(ip): Extension<ClientIp>) -> Answer {
    let v = Arc::new(visitor(app, &key, source, &ip).await?);
    let c = v.conversation(number).await?;
    Ok(Json(v.shown(&c).await?["messages"].take()))
}

async fn write(
    State(app): State<App>,
    Path((key, source, number)): Path<Talk>,
    Extension(ip): Extension<ClientIp>,
    given: Given,
) -> Answer {
    let v = Arc::new(visitor(app, &key, source, &ip).await?);
    count(&v)?;
    let c = v.conversation(number).await?;
    let id = c.id;
    let thread = v.app.db.read(v.entry.workspace, move |tx| conversations::thread_key(tx, id)).await?;
    let external = format!("cw-{}", v.app.secret_text(12));
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
    if given.text("content").is_none_or(|t| t.trim().is_empty()) && given.files.is_empty() {
        return Err(Fault::field("content", "Write something."));
    }
    take_in(&v.app, &v.entry, &event).await?;
    let channel = v.entry.id;
    let made = v.app.db.read(v.entry.workspace, move |tx| {
        let id = conversations::message_by_external(tx, channel, &external)?;
        id.map(|id| conversations::message(tx, id)).transpose().map(Option::flatten)
    });
    let m = made.await?.ok_or_else(|| Error::forbidden("widget.refused", "Messages are not taken here."))?;
    let (row, c) = (tree(&m)?, tree(&c)?);
    let cx = v.context(&[&c], &[&row]).await?;
    Ok(Json(spoken(&cx, &row, &c)))
}

async fn typing(
    State(app): State<App>,
    Path((key, source, number)): Path<Talk>,
    Extension(ip): Extension<ClientIp>,
    given: Given,
) -> Answer<()> {
    let v = Arc::new(visitor(app, &key, source, &ip).await?);
    let c = v.conversation(number).await?;
    let name = c.contact.as_ref().map(|p| p.name.clone()).unwrap_or_default();
    let on = given.text("typing_status") == Some("on");
    realtime::customer_types(&v.app, v.entry.workspace, c.id, &v.contact.to_string(), name, on);
    Ok(())
}

/// What was answered until now has been read.
async fn seen(State(app): State<App>, Path((key, source, number)): Path<Talk>, Extension(ip): Extension<ClientIp>) -> Answer<()> {
    let v = Arc::new(visitor(app, &key, source, &ip).await?);
    v.conversation(number).await?;
    let event = json!({ "type": "read", "from": { "id": v.source }, "up_to": kernel::time::rfc3339(v.app.now()) });
    take_in(&v.app, &v.entry, &event).await
}
