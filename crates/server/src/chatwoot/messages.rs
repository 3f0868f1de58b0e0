//! Their routes of messages: answers, notes, and on API inboxes what the customer said.

use super::desk::{Desk, encode};
use super::fault::{Answer, Fault};
use super::filter::Asked;
use super::given::{Given, number, plain};
use crate::app::App;
use crate::channels::{Entry, TemplateChoice, fill_template};
use crate::conversations::{self, Conversation, Message, Reply};
use crate::http::extract::Path;
use crate::{files, intake, journal};
use axum::extract::{DefaultBodyLimit, RawQuery};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use connectors::kit::signatures::mac_sha256;
use db::{Lane, Tx};
use kernel::actor::Permission::{ConversationsRead, ConversationsWrite};
use kernel::channel::{Button, RawDelivery};
use kernel::message::Address;
use kernel::{ConversationId, Error, MessageId};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Messages before one, or the last of a conversation.
const LAST: i64 = 20;
/// Messages after one.
const AFTER: i64 = 100;

pub fn routes() -> Router<App> {
    let at = "/api/v1/accounts/{account}/conversations/{id}/messages";
    Router::new()
        .route(at, get(list).post(create).layer(DefaultBodyLimit::disable()))
        .route(&format!("{at}/{{message}}"), delete(remove).patch(report).put(report))
        .route(&format!("{at}/{{message}}/retry"), post(retry))
}

/// The message's row behind a number, of this conversation only.
async fn behind(desk: &Desk, conversation: ConversationId, number: i64) -> Result<Message, Fault> {
    let id = parse::<MessageId>(&desk.id("msg", number).await?)?;
    let row = desk.app.db.read(desk.actor.workspace, move |tx| conversations::message(tx, id)).await?;
    row.filter(|m| m.conversation_id == conversation).ok_or_else(Fault::not_found)
}
pub fn parse<T: std::str::FromStr>(id: &str) -> Result<T, Fault> {
    id.parse().map_err(|_| Fault::from(Error::internal("an id that is none")))
}
pub fn tree<T: serde::Serialize>(thing: &T) -> Result<Value, Fault> {
    serde_json::to_value(thing).map_err(|e| Error::internal(format!("answer: {e}")).into())
}

impl Desk {
    /// The row, if the caller may do that with it.
    pub async fn reach(&self, id: ConversationId, need: kernel::actor::Permission) -> Result<Conversation, Fault> {
        let actor = self.actor.clone();
        Ok(self.app.db.read(actor.workspace, move |tx| conversations::access(tx, &actor, id, need)).await?)
    }
    pub async fn entry(&self, c: &Conversation) -> Result<Arc<Entry>, Fault> {
        let entry = self.app.directory.by_id(&self.app, self.actor.workspace, c.channel_id).await?;
        Ok(entry.ok_or_else(|| Error::conflict("policy.channel_removed", "The channel of this conversation was removed."))?)
    }
    pub async fn message_shown(&self, id: MessageId) -> Result<Value, Fault> {
        let m = self.get(&format!("/messages/{id}")).await?;
        let at = parse::<ConversationId>(m["conversation_id"].as_str().unwrap_or_default())?;
        let c = tree(&self.reach(at, ConversationsRead).await?)?;
        Ok(self.context(&[&c], &[&m], &[]).await?.message(&m, &c))
    }
}

async fn list(desk: Desk, Path((_, n)): Path<(i64, i64)>, RawQuery(query): RawQuery) -> Answer {
    let asked = Asked::of(query.as_deref());
    let id = desk.conversation(n).await?;
    let mut bounds = [None, None];
    for (bound, name) in bounds.iter_mut().zip(["before", "after"]) {
        if let Some(number) = asked.number(name)? {
            *bound = Some(behind(&desk, id, number).await?.key);
        }
    }
    let (actor, links) = (desk.actor.clone(), files::links(&desk.app, desk.actor.workspace));
    let (c, rows) = desk
        .app
        .db
        .read(actor.workspace, move |tx| {
            let c = conversations::access(tx, &actor, id, ConversationsRead)?;
            let mut rows = match bounds {
                [before, Some(after)] => {
                    let mut rows = conversations::messages_after(tx, id, after, AFTER)?;
                    rows.retain(|m| before.is_none_or(|b| m.key < b));
                    rows
                }
                [before, None] => {
                    let mut rows = conversations::messages(tx, id, before, LAST)?;
                    rows.reverse();
                    rows
                }
            };
            rows.iter_mut().for_each(|m| links.fill_all(&mut m.attachments));
            Ok((c, rows))
        })
        .await?;
    let (c, rows) = (tree(&c)?, rows.iter().map(tree).collect::<Result<Vec<_>, _>>()?);
    let cx = desk.context(&[&c], &rows.iter().collect::<Vec<_>>(), &[]).await?;
    let shown = cx.conversation(&c);
    let meta = json!({
        "labels": shown["labels"], "additional_attributes": shown["additional_attributes"], "contact": shown["meta"]["sender"],
        "assignee": shown["meta"]["assignee"], "agent_last_seen_at": shown["agent_last_seen_at"],
        "assignee_last_seen_at": shown["assignee_last_seen_at"],
    });
    Ok(Json(json!({ "meta": meta, "payload": rows.iter().map(|m| cx.message(m, &c)).collect::<Vec<_>>() })))
}

async fn create(desk: Desk, Path((_, number)): Path<(i64, i64)>, given: Given) -> Answer<Response> {
    let id = desk.conversation(number).await?;
    let Some(made) = write(&desk, id, &given).await? else { return Ok(stored(number, &given)) };
    let mut shown = desk.message_shown(made).await?;
    if given.names("echo_id") {
        shown["echo_id"] = given.fields["echo_id"].clone();
    }
    Ok(Json(shown).into_response())
}

/// It is ours from now on, and not to be sent again; only what becomes of it is not known yet.
pub fn stored(conversation: i64, given: &Given) -> Response {
    let shown = json!({
        "id": null, "content": given.text("content"), "message_type": 0, "content_type": "text", "status": "progress",
        "conversation_id": conversation, "echo_id": given.fields.get("echo_id"),
    });
    (StatusCode::ACCEPTED, Json(shown)).into_response()
}

/// An id for a message that is brought in. With an `echo_id` a second try has the same, and makes no second message.
pub fn own_id(app: &App, conversation: &str, given: &Given) -> String {
    match given.fields.get("echo_id").filter(|e| !e.is_null()) {
        Some(echo) => {
            let sum = mac_sha256(&app.vault.derive("chatwoot-message"), &[conversation.as_bytes(), b" ", plain(echo).as_bytes()]);
            format!("cw-{}", data_encoding::BASE32_NOPAD.encode(&sum[..15]).to_lowercase())
        }
        None => format!("cw-{}", app.secret_text(12)),
    }
}

/// Refuses what [`write`] would refuse, before anything is made for it. Whom it goes to, and whether it may, is asked then.
pub fn check(entry: &Entry, given: &Given) -> Result<(), Fault> {
    let says = !given.files.is_empty() || given.filled("content").is_some() || given.names("template_params");
    match given.filled("message_type").unwrap_or("outgoing") {
        "incoming" | "0" if entry.account.provider != "api" => return Err(not_api()),
        "incoming" | "0" | "outgoing" | "1" | "template" => {}
        other => return Err(no_type(other)),
    }
    if given.flag("private") && !given.files.is_empty() {
        return Err(Fault::field("attachments", "Notes take no files here."));
    }
    if says { Ok(()) } else { Err(Fault::field("content", "Write something.")) }
}
fn no_type(other: &str) -> Fault {
    Fault::field("message_type", format!("“{other}” cannot be written. Choose one of: outgoing, incoming."))
}

/// What a program says, by the three ways in which it may be meant. None: it is stored, and not in the conversation yet.
pub async fn write(desk: &Desk, id: ConversationId, given: &Given) -> Result<Option<MessageId>, Fault> {
    match given.filled("message_type").unwrap_or("outgoing") {
        "incoming" | "0" => bring_in(desk, id, given).await,
        _ if given.flag("private") => note(desk, id, given).await.map(Some),
        "outgoing" | "1" | "template" => say(desk, id, given).await.map(Some),
        other => Err(no_type(other)),
    }
}

async fn note(desk: &Desk, id: ConversationId, given: &Given) -> Result<MessageId, Fault> {
    if !given.files.is_empty() {
        return Err(Fault::field("attachments", "Notes take no files here."));
    }
    let m = desk.post(&format!("/conversations/{id}/notes"), json!({ "text": given.text("content").unwrap_or_default() })).await?;
    parse(m["id"].as_str().unwrap_or_default())
}

/// What is kept of a message for such programs: they know their own by it when they hear of it again.
fn about(given: &Given) -> Map<String, Value> {
    let mut kept = Map::new();
    for name in ["source_id", "echo_id"] {
        if let Some(value) = given.fields.get(name).filter(|v| !v.is_null()) {
            kept.insert(name.into(), plain(value).chars().take(500).collect::<String>().into());
        }
    }
    if let Some(map) = given.object("content_attributes").filter(|m| !m.is_empty() && Value::Object(m.clone()).to_string().len() <= 16_000)
    {
        kept.insert("content_attributes".into(), map.into());
    }
    if kept.is_empty() { Map::new() } else { Map::from_iter([("chatwoot".to_owned(), Value::Object(kept))]) }
}

async fn say(desk: &Desk, id: ConversationId, given: &Given) -> Result<MessageId, Fault> {
    let c = desk.reach(id, ConversationsWrite).await?;
    let entry = desk.entry(&c).await?;
    let attributes = given.object("content_attributes").unwrap_or_default();
    let (buttons, lines) = choices(&entry, given, &attributes);
    let mut text = given.text("content").unwrap_or_default().to_owned();
    text.push_str(&lines);
    let template = template(desk, &entry, given).await?;
    let addresses = |name: &str| given.words(name).filter(|w| !w.is_empty()).map(|w| w.into_iter().map(Address::bare).collect());
    let reply = Reply {
        text,
        // The first one goes to whom the conversation was opened with.
        to: addresses("to_emails").or_else(|| (c.message_count == 0).then(|| c.participants.clone())),
        cc: addresses("cc_emails"),
        bcc: addresses("bcc_emails").unwrap_or_default(),
        reply_to_id: answered(desk, id, &attributes).await?.map(|m| m.id),
        buttons,
        about: about(given),
        ..Reply::default()
    };
    let mut uploads = Vec::new();
    for file in &given.files {
        uploads.push(files::keep(&desk.app, &file.name, &file.content_type, file.bytes.clone()).await?);
    }
    let (app, actor) = (desk.app.clone(), desk.actor.clone());
    let (ids, now) = (app.ids.clone(), app.now());
    let work = move |tx: &mut Tx<'_>| {
        let c = conversations::access(tx, &actor, id, ConversationsWrite)?;
        let mut reply = reply.clone();
        for file in &uploads {
            reply.attachments.push(files::insert(tx, ids.as_ref(), file, None, actor.member(), now)?);
        }
        if let Some(choice) = &template {
            let kind = uploads.first().map(|f| f.content_type.as_str());
            let (chosen, text) = fill_template(tx, entry.id, choice, kind)?;
            (reply.template, reply.text) = (Some(chosen), text);
        }
        Ok(conversations::reply(tx, ids.as_ref(), &actor, &c, &entry, &reply, now)?.id)
    };
    Ok(app.db.write(desk.actor.workspace, Lane::Interactive, work).await?)
}

/// The message that is answered, where one is named.
async fn answered(desk: &Desk, id: ConversationId, attributes: &Map<String, Value>) -> Result<Option<Message>, Fault> {
    match attributes.get("in_reply_to").and_then(number) {
        Some(n) => Ok(Some(behind(desk, id, n).await?)),
        None => Ok(None),
    }
}

/// What there is to choose from: buttons where the channel has them, else lines below the words.
fn choices(entry: &Entry, given: &Given, attributes: &Map<String, Value>) -> (Vec<Button>, String) {
    let items = attributes.get("items").and_then(Value::as_array).filter(|_| given.text("content_type") == Some("input_select"));
    let items: Vec<Button> = items
        .into_iter()
        .flatten()
        .filter_map(|i| {
            let title = i["title"].as_str()?.to_owned();
            Some(Button { id: i["value"].as_str().unwrap_or(&title).to_owned(), title, url: None })
        })
        .collect();
    if items.len() <= entry.connector.descriptor().capabilities.buttons as usize {
        return (items, String::new());
    }
    (Vec::new(), items.iter().map(|b| format!("\n- {}", b.title)).collect())
}

/// An approved template by its name and language.
async fn template(desk: &Desk, entry: &Entry, given: &Given) -> Result<Option<TemplateChoice>, Fault> {
    let Some(asked) = given.object("template_params").filter(|t| t.get("name").is_some_and(Value::is_string)) else { return Ok(None) };
    let all = desk.get(&format!("/channels/{}/templates", entry.id)).await?;
    let language = asked.get("language").and_then(Value::as_str);
    let fits = |t: &&Value| Some(&t["name"]) == asked.get("name") && language.is_none_or(|l| t["language"] == l);
    let chosen = all["data"].as_array().and_then(|list| list.iter().find(fits));
    let chosen = chosen.ok_or_else(|| Fault::field("template_params", "There is no approved template of this name and language."))?;
    let given = asked.get("processed_params").cloned().unwrap_or_default();
    // Flat, or by the part of the template that they stand in.
    let body = if given["body"].is_object() { &given["body"] } else { &given };
    let parameters: BTreeMap<String, String> = body.as_object().into_iter().flatten().map(|(n, v)| (n.clone(), plain(v))).collect();
    let header_url = given["header"]["media_url"].as_str().map(str::to_owned);
    Ok(Some(TemplateChoice { id: chosen["id"].as_str().unwrap_or_default().to_owned(), parameters, header_url }))
}

/// What the customer said elsewhere. It comes in as every delivery does: into the journal first, then through the channel's own reader.
async fn bring_in(desk: &Desk, id: ConversationId, given: &Given) -> Result<Option<MessageId>, Fault> {
    let c = desk.reach(id, ConversationsWrite).await?;
    let entry = api_inbox(desk.entry(&c).await?)?;
    let from = c.participants.first().ok_or_else(|| Fault::field("message_type", "Nobody is known to speak in this conversation."))?;
    let attributes = given.object("content_attributes").unwrap_or_default();
    let answered = answered(desk, id, &attributes).await?.and_then(|m| m.external_id);
    let external = given.filled("source_id").map_or_else(|| own_id(&desk.app, &id.to_string(), given), str::to_owned);
    let thread = desk.app.db.read(desk.actor.workspace, move |tx| conversations::thread_key(tx, id)).await?;
    let event = json!({
        "type": "message", "id": external, "from": { "id": from.address, "name": from.name }, "conversation_id": thread,
        "text": given.text("content").unwrap_or_default(), "reply_to_id": answered, "metadata": about(given),
        "attachments": given.files.iter().map(|f| json!({
            "name": f.name, "content_type": f.content_type, "data": data_encoding::BASE64.encode(&f.bytes),
        })).collect::<Vec<_>>(),
    });
    bring(&desk.app, &entry, &event, external).await
}

/// Brings a message in that bears this id. None: it is stored, and comes in as soon as it can.
pub async fn bring(app: &App, entry: &Entry, event: &Value, external: String) -> Result<Option<MessageId>, Fault> {
    let key = take_in(app, entry, event).await?;
    let channel = entry.id;
    let (made, waits) = app
        .db
        .read(entry.workspace, move |tx| Ok((conversations::message_by_external(tx, channel, &external)?, journal::is_waiting(tx, key)?)))
        .await?;
    if made.is_none() && !waits {
        return Err(Error::conflict("message.not_taken", "What this person writes is not taken in.").into());
    }
    Ok(made)
}

pub fn api_inbox(entry: Arc<Entry>) -> Result<Arc<Entry>, Fault> {
    match entry.account.provider.as_str() {
        "api" => Ok(entry),
        _ => Err(not_api()),
    }
}
fn not_api() -> Fault {
    Fault::field("message_type", "What customers say can be brought in on API inboxes only.")
}

/// An event in an API channel's own form, from somebody who is known already. Durable when this returns, and played at once if that can be:
/// what cannot be played now is played later, like every delivery. Gives its key.
pub async fn take_in(app: &App, entry: &Entry, event: &Value) -> Result<i64, Fault> {
    let body = event.to_string().into_bytes();
    let limit = entry.connector.descriptor().limits.inbound_bytes as usize;
    if body.len() > limit {
        return Err(Error::too_large("webhook.too_large", format!("A message takes at most {limit} bytes.")).into());
    }
    let raw =
        RawDelivery { method: "POST".into(), path: "/chatwoot".into(), headers: Vec::new(), body, received_at: app.now(), peer: None };
    let key = journal::store_raw(app, entry, raw, false).await?;
    if let Err(error) = intake::play(app, entry.workspace, key).await {
        tracing::warn!(journal.key = key, %error, "a delivery is stored and waits");
    }
    Ok(key)
}

/// One's own note.
async fn remove(desk: Desk, Path((_, n, message)): Path<(i64, i64, i64)>) -> Answer<()> {
    let id = desk.conversation(n).await?;
    let m = behind(&desk, id, message).await?;
    desk.call(Method::DELETE, &format!("/messages/{}", encode(&m.id.to_string())), None).await?;
    Ok(())
}

async fn retry(desk: Desk, Path((_, n, message)): Path<(i64, i64, i64)>) -> Answer {
    let id = desk.conversation(n).await?;
    let m = behind(&desk, id, message).await?;
    desk.post(&format!("/messages/{}/retry", m.id), json!({})).await?;
    Ok(Json(desk.message_shown(m.id).await?))
}

/// Whether an answer has arrived, as the program that carried it knows.
async fn report(desk: Desk, Path((_, n, message)): Path<(i64, i64, i64)>, given: Given) -> Answer {
    let id = desk.conversation(n).await?;
    let m = behind(&desk, id, message).await?;
    let status = given.filled("status").ok_or_else(|| Fault::field("status", "Of a message only its status can be changed."))?;
    if !["sent", "delivered", "read", "failed"].contains(&status) {
        return Err(Fault::field("status", "Choose one of: sent, delivered, read, failed."));
    }
    let c = desk.reach(id, ConversationsWrite).await?;
    let entry = api_inbox(desk.entry(&c).await?)?;
    let Some(external) = m.external_id else {
        return Err(Fault::field("status", "Nobody outside knows of this message, so nothing can have become of it there."));
    };
    take_in(&desk.app, &entry, &json!({ "type": "status", "id": external, "status": status, "error": given.text("external_error") }))
        .await?;
    Ok(Json(desk.message_shown(m.id).await?))
}
