//! Opening a conversation: on API inboxes it may be empty, for such programs open first and then bring in what was said.

use super::client;
use super::desk::Desk;
use super::fault::Fault;
use super::filter;
use super::given::{Given, number};
use super::messages::{self, parse};
use crate::app::found;
use crate::attributes::{self, AppliesTo};
use crate::channels::Entry;
use crate::contacts;
use crate::conversations::{self, How, NewConversation, Start};
use crate::teams::{Seat, Sight};
use db::{Lane, Tx};
use kernel::actor::Permission::{self, ContactsWrite, ConversationsWrite};
use kernel::event::NewEvent;
use kernel::message::{Address, Status};
use kernel::time::Millis;
use kernel::{Actor, ChannelId, ContactId, ConversationId, Error, Ids, Result};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Opens what was asked for and gives its number.
pub async fn open(desk: &Desk, mut given: Given) -> std::result::Result<i64, Fault> {
    desk.actor.need(ConversationsWrite)?;
    let entry = inbox(desk, &given).await?;
    let contact = contact(desk, &entry, &given).await?;
    // What would be refused afterwards is refused before anything is made.
    let patch = patch(desk, &given).await?;
    attributes_fit(desk, AppliesTo::Conversation, patch.get("custom_attributes")).await?;
    let message = match given.fields.remove("message") {
        Some(Value::Object(fields)) => Some(Given { fields, files: std::mem::take(&mut given.files) }),
        _ => None,
    };
    if let Some(message) = &message {
        messages::check(&entry, message)?;
    }
    let id = if entry.account.provider == "api" {
        let source = match given.filled("source_id") {
            Some(source) => know(desk, &entry, contact, source.to_owned()).await?,
            None => source_of(desk, &entry, contact).await?,
        };
        let (with, actor) = (entry.clone(), desk.actor.clone());
        let (ids, now, unique) = (desk.app.ids.clone(), desk.app.now(), desk.app.secret_text(5));
        let work = move |tx: &mut Tx<'_>| empty(tx, ids.as_ref(), &actor, &with, contact, &source, &unique, now);
        desk.app.db.write(desk.actor.workspace, Lane::Interactive, work).await?
    } else {
        begin(desk, &entry, contact, &given, message.as_ref()).await?
    };
    if !patch.is_empty() {
        desk.patch(&format!("/conversations/{id}"), Value::Object(patch)).await?;
    }
    if let Some(message) = message {
        messages::write(desk, id, &message).await?;
    }
    Ok(desk.reach(id, ConversationsWrite).await?.number)
}

pub async fn inbox(desk: &Desk, given: &Given) -> std::result::Result<Arc<Entry>, Fault> {
    let number = given.number("inbox_id").ok_or_else(|| Fault::field("inbox_id", "Say in which inbox."))?;
    let id = parse::<ChannelId>(&desk.id("chn", number).await?)?;
    Ok(found(desk.app.directory.by_id(&desk.app, desk.actor.workspace, id).await?, "channel.not_found", "inbox")?)
}

/// By number, or by the name under which the inbox knows them.
async fn contact(desk: &Desk, entry: &Entry, given: &Given) -> std::result::Result<ContactId, Fault> {
    if let Some(n) = given.number("contact_id") {
        return parse(&desk.id("con", n).await?);
    }
    let source = given.filled("source_id").ok_or_else(|| Fault::field("contact_id", "Say with whom: contact_id or source_id."))?;
    let (kind, channel, source) = (entry.account.provider.clone(), entry.id.to_string(), source.to_owned());
    let owner = desk.app.db.read(desk.actor.workspace, move |tx| {
        let first = entry_kind(&kind);
        match contacts::find_by_handle(tx, "contact", &kind, &channel, &source)? {
            Some(id) => Ok(Some(id)),
            None => contacts::find_by_handle(tx, "contact", first, "", &source),
        }
    });
    owner.await?.ok_or_else(|| Fault::field("source_id", "Nobody has this source_id in that inbox."))
}
/// The world-wide kind of handle that an inbox writes to.
fn entry_kind(provider: &str) -> &'static str {
    connectors::channel(provider).map_or("", |c| c.descriptor().capabilities.outbound_first)
}

/// The name under which an API inbox knows somebody; made where it knows them not yet.
pub async fn source_of(desk: &Desk, entry: &Arc<Entry>, contact: ContactId) -> std::result::Result<String, Fault> {
    let (kind, scope) = (entry.account.provider.clone(), entry.id.to_string());
    let known = desk.app.db.read(desk.actor.workspace, move |tx| contacts::best_handle(tx, contact, &[&kind], &scope));
    match known.await? {
        Some((_, source)) => Ok(source),
        // A name of our own making says nothing of them and opens nothing, so that who writes to them may make it.
        None => introduce(desk, entry, contact, client::source(&desk.app, entry, &desk.app.secret_text(15)), None).await,
    }
}

/// From now on the inbox knows this contact by that name as well: one more of their handles.
pub async fn know(desk: &Desk, entry: &Arc<Entry>, contact: ContactId, name: String) -> std::result::Result<String, Fault> {
    if name.len() > 255 {
        return Err(Fault::field("source_id", "A source_id has at most 255 characters."));
    }
    introduce(desk, entry, contact, name, Some(ContactsWrite)).await
}

/// Whether [`know`] could give this name to somebody who is not made yet.
pub async fn is_free(desk: &Desk, entry: &Entry, name: &str) -> std::result::Result<(), Fault> {
    let (kind, scope, name) = (entry.account.provider.clone(), entry.id.to_string(), name.to_owned());
    if name.len() > 255 {
        return Err(Fault::field("source_id", "A source_id has at most 255 characters."));
    }
    let owner = desk.app.db.read(desk.actor.workspace, move |tx| contacts::find_by_handle(tx, "contact", &kind, &scope, &name)).await?;
    if owner.is_some() { Err(taken().into()) } else { Ok(()) }
}
fn taken() -> Error {
    Error::field("source_id", "taken", "This source_id is somebody else's in that inbox.")
}

/// Whether these values would be kept.
pub async fn attributes_fit(desk: &Desk, of: AppliesTo, given: Option<&Value>) -> std::result::Result<(), Fault> {
    let Some(Value::Object(given)) = given.cloned() else { return Ok(()) };
    Ok(desk.app.db.read(desk.actor.workspace, move |tx| attributes::merge(tx, of, &Map::new(), &given)).await.map(drop)?)
}

/// `need`: to give them a name that the inbox does not know yet.
async fn introduce(
    desk: &Desk,
    entry: &Arc<Entry>,
    contact: ContactId,
    name: String,
    need: Option<Permission>,
) -> std::result::Result<String, Fault> {
    let actor = desk.actor.clone();
    let (kind, scope, label) = (entry.account.provider.clone(), entry.id.to_string(), desk.actor.label());
    let (ids, now) = (desk.app.ids.clone(), desk.app.now());
    let work = move |tx: &mut Tx<'_>| {
        found(contacts::brief(tx, contact)?, "contact.not_found", "contact")?;
        match contacts::find_by_handle(tx, "contact", &kind, &scope, &name)? {
            Some(owner) if owner == contact => return Ok(name.clone()),
            Some(_) => return Err(taken()),
            None => need.map_or(Ok(()), |permission| actor.need(permission))?,
        }
        let handle =
            kernel::channel::Handle { kind: kind.clone(), value: name.clone(), evidence: kernel::message::HandleEvidence::Entered };
        contacts::insert_handle(tx, ids.as_ref(), contact, &handle, &scope, &label, now)?;
        tx.emit(NewEvent::new("contact.updated", label.clone(), now).contact(contact));
        Ok(name.clone())
    };
    Ok(desk.app.db.write(desk.actor.workspace, Lane::Interactive, work).await?)
}

/// Each call opens one of its own, as there; which of them is meant later is said by its number.
#[expect(clippy::too_many_arguments, reason = "one call site; a struct would only repeat the names")]
fn empty(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    actor: &Actor,
    entry: &Entry,
    contact: ContactId,
    source: &str,
    unique: &str,
    now: Millis,
) -> Result<ConversationId> {
    let (name, _) = found(contacts::brief(tx, contact)?, "contact.not_found", "contact")?;
    let own = Seat { channel: entry.id, assignee: None, team: None };
    let sight = Sight::of(tx, actor)?;
    // Whoever sees only their own has it from the beginning.
    let assignee = if sight.sees(&own) { None } else { actor.member() };
    let seat = Seat { assignee, ..own };
    if !sight.sees(&seat) {
        return Err(Error::field("inbox_id", "cannot_see", "You do not see the conversations of this inbox. Choose another one."));
    }
    create(tx, ids, &actor.label(), entry, contact, name, source, unique, seat, now)
}

/// An empty conversation of an API channel, with a thread of its own.
#[expect(clippy::too_many_arguments, reason = "two call sites; a struct would only repeat the names")]
pub fn create(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    by: &str,
    entry: &Entry,
    contact: ContactId,
    name: String,
    source: &str,
    unique: &str,
    seat: Seat,
    now: Millis,
) -> Result<ConversationId> {
    let new = NewConversation {
        channel_id: entry.id,
        channel: entry.word.clone(),
        provider: entry.account.provider.clone(),
        status: Status::Open,
        subject: None,
        subject_key: None,
        contact_id: Some(contact),
        thread_key: Some(format!("{source}~{unique}")),
        previous_id: None,
        participants: vec![Address { name: Some(name), address: source.to_owned() }],
        assignee_id: seat.assignee,
        team_id: None,
        metadata: Map::new(),
        sample: false,
        at: now,
    };
    let (id, number) = conversations::insert(tx, ids, &new)?;
    conversations::begin_assignment(tx, by, id, seat, How::Manual, now)?;
    let event = NewEvent::new("conversation.created", by.to_owned(), now).conversation(id).contact(contact);
    tx.emit(event.payload(json!({ "number": number })));
    Ok(id)
}

/// Elsewhere we write first, or go on with the conversation that runs.
async fn begin(
    desk: &Desk,
    entry: &Arc<Entry>,
    contact: ContactId,
    given: &Given,
    message: Option<&Given>,
) -> std::result::Result<ConversationId, Fault> {
    let content = message.and_then(|m| m.filled("content"));
    let additional = given.object("additional_attributes").unwrap_or_default();
    let subject = additional.get("mail_subject").and_then(Value::as_str).or(content).unwrap_or(&entry.name);
    let subject: String = subject.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
    let start = Start { contact_id: Some(contact), to: None, subject: Some(subject), assignee_id: None };
    let (with, actor) = (entry.clone(), desk.actor.clone());
    let (ids, now) = (desk.app.ids.clone(), desk.app.now());
    let work = move |tx: &mut Tx<'_>| Ok(conversations::start(tx, ids.as_ref(), &actor, &with, &start, now)?.id);
    Ok(desk.app.db.write(desk.actor.workspace, Lane::Interactive, work).await?)
}

/// What a conversation is to be, as far as it was said.
pub async fn patch(desk: &Desk, given: &Given) -> std::result::Result<Map<String, Value>, Fault> {
    let mut body = Map::new();
    if let Some(there) = given.filled("status") {
        let ours = filter::statuses(there)?;
        body.insert("status".into(), if there == "open" { "open" } else { ours.first().copied().unwrap_or("open") }.into());
    }
    for (there, ours, kind) in [("assignee_id", "assignee_id", "mem"), ("team_id", "team_id", "tem")] {
        let Some(n) = given.fields.get(there).map(|v| number(v).unwrap_or(0)) else { continue };
        // Zero and null are nobody.
        body.insert(ours.into(), if n > 0 { desk.id(kind, n).await?.into() } else { "".into() });
    }
    if let Some(value) = given.fields.get("priority") {
        body.insert("priority".into(), filter::priority(value)?.into());
    }
    if let Some(map) = given.object("custom_attributes") {
        body.insert("custom_attributes".into(), map.into());
    }
    Ok(body)
}
