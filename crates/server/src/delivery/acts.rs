//! The small acts around messages: reacting, changing and taking back what was sent, showing that somebody writes or has read.

use crate::app::{App, found};
use crate::channels::{self, Entry};
use crate::conversations::{self, Message, Reaction};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path};
use crate::standstill;
use axum::Json;
use axum::extract::State;
use db::{Lane, Scope};
use kernel::actor::Permission::ConversationsWrite;
use kernel::channel::{Act, Capabilities, Place};
use kernel::event::NewEvent;
use kernel::message::{Address, Direction, MessageStatus};
use kernel::{Actor, ConversationId, Error, MessageId, Result, WorkspaceId};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(react_to_message)).routes(routes!(edit_message)).routes(routes!(take_back_message))
}

/// Where an act in this conversation happens; `None` when the channel is gone.
pub(super) async fn place(app: &App, workspace: WorkspaceId, id: ConversationId) -> Result<Option<(Arc<Entry>, Place)>> {
    let row = app
        .db
        .read(workspace, move |tx| {
            let Some(c) = conversations::find(tx, id)? else { return Ok(None) };
            let last = conversations::last_inbound(tx, id)?;
            Ok(Some((conversations::thread_key(tx, id)?, last, c)))
        })
        .await?;
    let Some((thread_key, last, c)) = row else { return Ok(None) };
    let Some(entry) = app.directory.by_id(app, workspace, c.channel_id).await? else { return Ok(None) };
    let place = Place {
        to: c.participants.first().cloned().unwrap_or_else(|| Address::bare("")),
        thread_key,
        last_inbound_id: last.as_ref().and_then(|m| m.external_id.clone()),
        last_inbound_metadata: last.map(|m| m.metadata).unwrap_or_default(),
    };
    Ok(Some((entry, place)))
}

async fn perform(app: &App, entry: &Arc<Entry>, place: &Place, act: &Act) -> Result<()> {
    standstill::refuse(app, entry.workspace).await?;
    let refused = |e: kernel::channel::SendError| Error::conflict("provider.refused", e.detail().to_owned());
    let entry = channels::fresh(app, entry).await?.map_err(refused)?;
    entry.connector.act(app.edge_of(&entry).edge(), &entry.account, place, act).await.map_err(refused)
}

/// A message the caller may act on, and where; the channel has to be able to.
async fn reach(app: &App, actor: &Actor, id: MessageId, can: fn(&Capabilities) -> bool) -> Result<(Message, Arc<Entry>, Place)> {
    let who = actor.clone();
    let message = app
        .db
        .read(actor.workspace, move |tx| {
            let m = found(conversations::message(tx, id)?, "message.not_found", "message")?;
            conversations::access(tx, &who, m.conversation_id, ConversationsWrite)?;
            Ok(m)
        })
        .await?;
    let gone = || Error::conflict("policy.channel_removed", "The channel of this conversation was removed.");
    let (entry, place) = place(app, actor.workspace, message.conversation_id).await?.ok_or_else(gone)?;
    if !can(&entry.connector.descriptor().capabilities) || message.is_note {
        return Err(Error::conflict("channel.cannot", format!("{} has no way to do that.", entry.connector.descriptor().name)));
    }
    if entry.is_read_only() {
        return Err(Error::conflict("policy.read_only", "This channel is read only."));
    }
    Ok((message, entry, place))
}

/// The id that the provider knows the message by.
async fn provider_id(app: &App, workspace: WorkspaceId, m: &Message) -> Result<String> {
    let id = m.id;
    let known = app.db.read(workspace, move |tx| conversations::provider_id(tx, id)).await?;
    known.ok_or_else(|| Error::conflict("message.not_sent", "The provider does not know this message."))
}

/// One of ours that has left and is still there.
fn ours(m: &Message) -> Result<()> {
    let left = matches!(m.status, MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read);
    if m.direction != Direction::Outbound || !left || m.is_deleted {
        return Err(Error::conflict("message.not_ours", "Only messages of yours that were sent can be changed or taken back."));
    }
    Ok(())
}

async fn shown(app: &App, workspace: WorkspaceId, id: MessageId) -> Result<Json<Message>, Problem> {
    let links = crate::files::links(app, workspace);
    let m = app.db.read(workspace, move |tx| conversations::message(tx, id)).await?;
    let mut m = found(m, "message.not_found", "message")?;
    links.fill_all(&mut m.attachments);
    Ok(Json(m))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReactionBody {
    /// `null` takes the reaction back.
    emoji: Option<String>,
}

/// Puts an emoji on a message, for the customer to see.
#[utoipa::path(post, path = "/messages/{id}/reactions", tag = "messages", params(("id" = String, Path)), request_body = ReactionBody, responses((status = 200, body = Message)))]
async fn react_to_message(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MessageId>,
    Body(body): Body<ReactionBody>,
) -> Result<Json<Message>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let emoji = body.emoji.map(|e| e.trim().to_owned()).filter(|e| !e.is_empty());
    if emoji.as_deref().is_some_and(|e| e.chars().count() > 16) {
        return Err(Error::field("emoji", "invalid", "Give one emoji.").into());
    }
    let (message, entry, place) = reach(&app, &actor, id, |c| c.reactions).await?;
    let external_id = provider_id(&app, actor.workspace, &message).await?;
    perform(&app, &entry, &place, &Act::React { external_id, emoji: emoji.clone() }).await?;
    let (who, now) = (actor.clone(), app.now());
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let m = found(conversations::message(tx, id)?, "message.not_found", "message")?;
            let by = who.label();
            let name = who.member().map(|m| crate::people::member(tx, m)).transpose()?.flatten().map(|m| m.name);
            let new = emoji.clone().map(|emoji| Reaction { emoji, by: by.clone(), name, at: now });
            conversations::set_reaction(tx, &m, &by, new)?;
            let event = NewEvent::new("message.updated", &by, now).conversation(m.conversation_id).message(m.id);
            tx.emit(event.payload(json!({ "what": "reactions" })));
            Ok(())
        })
        .await?;
    shown(&app, actor.workspace, id).await
}

#[derive(Deserialize, utoipa::ToSchema)]
pub struct EditBody {
    text: String,
}

/// Whether it is a note that the caller may see.
async fn is_note(app: &App, actor: &Actor, id: MessageId) -> Result<bool> {
    let who = actor.clone();
    app.db
        .read(actor.workspace, move |tx| {
            let Some(m) = conversations::message(tx, id)?.filter(|m| m.is_note) else { return Ok(false) };
            Ok(conversations::access(tx, &who, m.conversation_id, ConversationsWrite).is_ok())
        })
        .await
}

/// Changes one's own note, or the text of a message that was sent where the channel allows it.
#[utoipa::path(patch, path = "/messages/{id}", tag = "messages", params(("id" = String, Path)), request_body = EditBody, responses((status = 200, body = Message)))]
async fn edit_message(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MessageId>,
    Body(body): Body<EditBody>,
) -> Result<Json<Message>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let text = body.text.trim().to_owned();
    if is_note(&app, &actor, id).await? {
        let (who, now) = (actor.clone(), app.now());
        app.db
            .write(actor.workspace, Lane::Interactive, move |tx| {
                let m = found(conversations::message(tx, id)?, "message.not_found", "message")?;
                conversations::access(tx, &who, m.conversation_id, ConversationsWrite)?;
                conversations::edit_note(tx, &who, &m, &text, now)
            })
            .await?;
        return shown(&app, actor.workspace, id).await;
    }
    let (message, entry, place) = reach(&app, &actor, id, |c| c.edits).await?;
    ours(&message)?;
    let most = entry.limits().text_chars;
    if text.is_empty() || text.chars().count() > most {
        return Err(Error::field("text", "invalid", format!("A message has 1 to {most} characters.")).into());
    }
    let external_id = provider_id(&app, actor.workspace, &message).await?;
    perform(&app, &entry, &place, &Act::Edit { external_id, text: text.clone() }).await?;
    change(&app, &actor, id, Some(text)).await?;
    shown(&app, actor.workspace, id).await
}

/// Takes a message back from the customer's screen, where the channel allows it.
#[utoipa::path(post, path = "/messages/{id}/take-back", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = Message)))]
async fn take_back_message(State(app): State<App>, caller: Caller, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let (message, entry, place) = reach(&app, &actor, id, |c| c.deletes).await?;
    ours(&message)?;
    let external_id = provider_id(&app, actor.workspace, &message).await?;
    perform(&app, &entry, &place, &Act::Delete { external_id }).await?;
    change(&app, &actor, id, None).await?;
    shown(&app, actor.workspace, id).await
}

/// Writes down what the provider has just done: a new text, or none.
async fn change(app: &App, actor: &Actor, id: MessageId, text: Option<String>) -> Result<()> {
    let (label, now) = (actor.label(), app.now());
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let m = found(conversations::message(tx, id)?, "message.not_found", "message")?;
            match &text {
                Some(text) => conversations::edit_message(tx, &m, text, now)?,
                None => conversations::empty_message(tx, &m, now)?,
            }
            let event = NewEvent::new("message.updated", &label, now).conversation(m.conversation_id).message(id);
            tx.emit(event.payload(json!({ "what": if text.is_some() { "text" } else { "deleted" } })));
            Ok(())
        })
        .await
}

/// Shows the customer that somebody writes, where the provider has a way; our own chat has its own.
pub async fn tell_typing(app: &App, workspace: WorkspaceId, id: ConversationId, on: bool) {
    let told = async {
        let Some((entry, place)) = place(app, workspace, id).await? else { return Ok(()) };
        let c = &entry.connector.descriptor().capabilities;
        if !c.typing || c.widget || entry.is_read_only() {
            return Ok(());
        }
        perform(app, &entry, &place, &Act::Typing { on }).await
    };
    if let Err(error) = told.await {
        tracing::debug!(error = %error, "typing could not be shown");
    }
}

/// Tells providers what was read, as members read it.
pub async fn follow(app: App) {
    let mut commits = app.db.subscribe();
    loop {
        match commits.recv().await {
            Ok(c) => {
                let Scope::Workspace(workspace) = c.scope else { continue };
                for e in c.events.iter().filter(|e| e.kind == "conversation.read" && e.payload["read"] == true) {
                    let (app, id) = (app.clone(), e.conversation_id);
                    tokio::spawn(async move {
                        if let Some(id) = id
                            && let Err(error) = tell_read(&app, workspace, id).await
                        {
                            tracing::debug!(error = %error, "the provider could not be told what was read");
                        }
                    });
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

async fn tell_read(app: &App, workspace: WorkspaceId, id: ConversationId) -> Result<()> {
    let Some((entry, place)) = place(app, workspace, id).await? else { return Ok(()) };
    if !entry.connector.descriptor().capabilities.mark_read || entry.is_read_only() {
        return Ok(());
    }
    let Some(external_id) = place.last_inbound_id.clone() else { return Ok(()) };
    perform(app, &entry, &place, &Act::MarkRead { external_id }).await
}
