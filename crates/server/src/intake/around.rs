//! What providers report around messages: reactions, edits, deletions, who can be reached, what became of the account.

use super::receive::Context;
use super::{One, profiles};
use crate::app::App;
use crate::channels::{self, Entry, people};
use crate::contacts;
use crate::conversations::{self, Message, Reaction};
use db::Tx;
use kernel::channel::{Handle, Inbound};
use kernel::event::NewEvent;
use kernel::http::HttpRequest;
use kernel::message::Direction;
use kernel::time::Millis;
use kernel::{Error, Result};
use serde_json::json;

pub fn take(tx: &mut Tx<'_>, cx: &Context<'_>, inbound: &Inbound) -> Result<One> {
    match inbound {
        Inbound::Reaction { external_id, handle, emoji, at } => reaction(tx, cx, external_id, handle, emoji.as_deref(), *at),
        Inbound::Edited { external_id, text, at } => edited(tx, cx, external_id, text, *at),
        Inbound::Deleted { external_id, at } => deleted(tx, cx, external_id, *at),
        Inbound::Moved { from, to } => moved(tx, cx, from, to),
        Inbound::Reachable { handle, blocked } => {
            people::set_blocked(tx, cx.entry.id, &value(cx, handle), blocked.as_deref(), cx.now)?;
            Ok(One::new(
                "done",
                blocked.clone().map_or_else(|| "They can be written to again.".to_owned(), |why| format!("Cannot be written to: {why}")),
            ))
        }
        Inbound::OptOut { handle, out } => {
            people::set_opted_out(tx, cx.entry.id, &value(cx, handle), *out, cx.now)?;
            Ok(One::new("done", if *out { "They want no more messages.".into() } else { "They want messages again.".into() }))
        }
        Inbound::Profile { handle, profile } => {
            let scope = cx.entry.id.to_string();
            let Some(person) = contacts::find_by_handle(tx, "contact", &handle.kind, &scope, &value(cx, handle))? else {
                return Ok(One::new("ignored", "News of somebody who has not written here.".into()));
            };
            profiles::apply(tx, cx.ids, cx.entry.id, person, profile, &cx.entry.default_country, cx.now)?;
            Ok(One::new("done", "What the provider knows of this person was taken over.".into()))
        }
        Inbound::Account { broken, detail } => {
            channels::note_health(tx, cx.entry.id, broken.as_deref(), cx.now)?;
            Ok(One::new("done", detail.clone()))
        }
        Inbound::Visit { why, .. } => Ok(One::new("done", why.clone())),
        Inbound::PollNow => Ok(One::new("done", "New content waits; it is being fetched.".into())),
        Inbound::Message(_) | Inbound::Status(_) | Inbound::Fetch { .. } | Inbound::UpTo { .. } | Inbound::Ignored { .. } => {
            Err(Error::internal("this part is taken in elsewhere"))
        }
    }
}

/// What comes from somebody who is blocked is nothing but a line in the journal: no person, no file, no message is made of it.
pub async fn without_blocked(app: &App, entry: &Entry, parts: Vec<Inbound>) -> Result<Vec<Inbound>> {
    let mut handles = Vec::new();
    for part in &parts {
        let handle = match part {
            Inbound::Message(m) if !m.echo => Some(&m.sender.handle),
            Inbound::Reaction { handle, .. } => Some(handle),
            _ => None,
        };
        handles.push(handle.map(|h| {
            let value = contacts::normalise(&h.kind, &h.value, &entry.default_country).unwrap_or_else(|| h.value.clone());
            let scope = if matches!(h.kind.as_str(), "email" | "phone") { String::new() } else { entry.id.to_string() };
            (h.kind.clone(), scope, value)
        }));
    }
    if handles.iter().all(Option::is_none) {
        return Ok(parts);
    }
    let blocked = app
        .db
        .read(entry.workspace, move |tx| {
            handles
                .iter()
                .map(|h| h.as_ref().map_or(Ok(false), |(kind, scope, value)| contacts::is_blocked(tx, kind, scope, value)))
                .collect::<Result<Vec<bool>>>()
        })
        .await?;
    let why = || Inbound::Ignored { why: "blocked: this sender is on the block list.".into() };
    Ok(parts.into_iter().zip(blocked).map(|(part, blocked)| if blocked { why() } else { part }).collect())
}

/// Calls an address once, as the provider asked; the connector has checked whose it is.
pub async fn visit(app: &App, url: &str, why: &str) -> Result<()> {
    let answer = app.http.send(HttpRequest::new("GET", url)).await.map_err(|e| Error::conflict("intake.visit", format!("{why} {e}")))?;
    if !(200..300).contains(&answer.status) {
        return Err(Error::conflict("intake.visit", format!("{why} The provider answered {}.", answer.status)));
    }
    Ok(())
}

fn value(cx: &Context<'_>, handle: &Handle) -> String {
    contacts::normalise(&handle.kind, &handle.value, &cx.entry.default_country).unwrap_or_else(|| handle.value.clone())
}

/// The message of this channel with that id.
fn known(tx: &mut Tx<'_>, cx: &Context<'_>, external_id: &str) -> Result<Option<Message>> {
    match conversations::message_by_external(tx, cx.entry.id, external_id)? {
        Some(id) => conversations::message(tx, id),
        None => Ok(None),
    }
}
fn unknown() -> One {
    One::new("ignored", "It is about a message we do not have.".into())
}
fn updated(tx: &mut Tx<'_>, cx: &Context<'_>, m: &Message, what: &str) {
    let event = NewEvent::new("message.updated", "system", cx.now).conversation(m.conversation_id).message(m.id);
    tx.emit(event.payload(json!({ "what": what })));
}
fn about(m: &Message, words: String) -> One {
    One { message: Some(m.id), conversation: Some(m.conversation_id), ..One::new("done", words) }
}

fn reaction(tx: &mut Tx<'_>, cx: &Context<'_>, external_id: &str, handle: &Handle, emoji: Option<&str>, at: Option<Millis>) -> Result<One> {
    let Some(m) = known(tx, cx, external_id)? else { return Ok(unknown()) };
    let by = value(cx, handle);
    let scope = if matches!(handle.kind.as_str(), "email" | "phone") { String::new() } else { cx.entry.id.to_string() };
    let name = match contacts::find_by_handle(tx, "contact", &handle.kind, &scope, &by)? {
        Some(id) => contacts::brief(tx, id)?.map(|(name, _)| name),
        None => None,
    };
    let new = emoji.map(|emoji| Reaction { emoji: emoji.chars().take(16).collect(), by: by.clone(), name, at: at.unwrap_or(cx.now) });
    let words = if new.is_some() { "A reaction." } else { "A reaction was taken back." };
    conversations::set_reaction(tx, &m, &by, new)?;
    updated(tx, cx, &m, "reactions");
    Ok(about(&m, words.into()))
}

fn edited(tx: &mut Tx<'_>, cx: &Context<'_>, external_id: &str, text: &str, at: Option<Millis>) -> Result<One> {
    let Some(m) = known(tx, cx, external_id)? else { return Ok(unknown()) };
    if m.text == text || (m.direction == Direction::Outbound && m.is_note) {
        return Ok(about(&m, "An edit that changes nothing.".into()));
    }
    conversations::edit_message(tx, &m, text, at.unwrap_or(cx.now))?;
    updated(tx, cx, &m, "text");
    Ok(about(&m, "The message was edited.".into()))
}

fn deleted(tx: &mut Tx<'_>, cx: &Context<'_>, external_id: &str, at: Option<Millis>) -> Result<One> {
    let Some(m) = known(tx, cx, external_id)? else { return Ok(unknown()) };
    conversations::empty_message(tx, &m, at.unwrap_or(cx.now))?;
    updated(tx, cx, &m, "deleted");
    Ok(about(&m, "The message was taken back; its content is gone here too.".into()))
}

/// The person has another id now: their handle and their running thread follow.
fn moved(tx: &mut Tx<'_>, cx: &Context<'_>, from: &Handle, to: &Handle) -> Result<One> {
    let (old, new) = (value(cx, from), value(cx, to));
    let scope = |h: &Handle| if matches!(h.kind.as_str(), "email" | "phone") { String::new() } else { cx.entry.id.to_string() };
    let Some(person) = contacts::find_by_handle(tx, "contact", &from.kind, &scope(from), &old)? else {
        return Ok(One::new("ignored", "Somebody we do not know has a new id.".into()));
    };
    let handle = Handle { value: new.clone(), ..to.clone() };
    contacts::insert_handle(tx, cx.ids, person, &handle, &scope(to), &format!("channel:{}", cx.entry.id), cx.now)?;
    conversations::move_thread(tx, cx.entry.id, &old, &new)?;
    Ok(One::new("done", format!("The person's id changed from {old} to {new}.")))
}
