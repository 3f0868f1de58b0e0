//! A message as a connector needs it: recipients, the chain it answers, its files.

use crate::app::{App, found};
use crate::channels::Entry;
use crate::conversations::{self, Conversation, LastInbound, Message};
use crate::files;
use crate::outbox::Claimed;
use crate::simulator;
use db::Tx;
use kernel::channel::{Outbound, OutboundFile};
use kernel::message::Direction;
use kernel::time::Millis;
use kernel::{Error, Result, WorkspaceId};

/// What the database knows of a message that is to leave.
pub struct Stored {
    message: Message,
    conversation: Conversation,
    chain: Vec<(String, Direction)>,
    thread_key: Option<String>,
    /// External id of the message the writer chose to answer.
    chosen: Option<String>,
    last_inbound: Option<LastInbound>,
}

pub fn load(tx: &mut Tx<'_>, c: &Claimed, with: Option<&Entry>, now: Millis) -> Result<Stored> {
    let message = found(conversations::message(tx, c.message)?, "message.not_found", "message")?;
    let conversation = found(conversations::find_any(tx, message.conversation_id)?, "conversation.not_found", "conversation")?;
    // What was allowed when it was written may not be any more.
    if let Some(with) = with.filter(|_| conversations::is_for_later(&message)) {
        conversations::may_say(tx, &conversation, with, &message, &message.text, now)?;
    }
    let chosen = match message.reply_to_id {
        Some(id) => conversations::provider_id(tx, id)?,
        None => None,
    };
    Ok(Stored {
        chain: conversations::chain(tx, conversation.id, message.aside_id)?,
        // Whoever is told something beside the conversation does not come into the customer's thread.
        thread_key: if message.aside_id.is_some() { None } else { conversations::thread_key(tx, conversation.id)? },
        last_inbound: conversations::last_inbound_in(tx, conversation.id, message.aside_id)?,
        message,
        conversation,
        chosen,
    })
}

pub async fn outbound(app: &App, workspace: WorkspaceId, c: &Claimed, entry: &Entry, stored: Result<Stored>) -> Result<Outbound> {
    let Stored { message, conversation, chain, thread_key, chosen, last_inbound } = stored?;
    let own = message.external_id.clone().ok_or_else(|| Error::internal("a message to send has no external id"))?;
    // Everything before this message; the last thing the customer said is what it answers.
    let before: Vec<_> = chain.into_iter().take_while(|(id, _)| *id != own).collect();
    let in_reply_to =
        chosen.or_else(|| before.iter().rev().find(|(_, d)| *d == Direction::Inbound).or(before.last()).map(|(id, _)| id.clone()));
    let links = files::links(app, workspace);
    let mut outgoing = Vec::with_capacity(message.attachments.len());
    for a in &message.attachments {
        outgoing.push(OutboundFile {
            name: a.name.clone(),
            content_type: a.content_type.clone(),
            bytes: app.files.get(&a.hash).await?.to_vec(),
            url: simulator::file_url(entry, a.id).unwrap_or_else(|| links.absolute(a)),
        });
    }
    let file = |id: &str| message.attachments.iter().find(|a| a.content_id.as_deref() == Some(id)).map(|a| a.name.clone());
    let html = message.html.as_deref().map(|html| connectors::outgoing_html(html, file));
    // What was written for some other day is said on the day it leaves.
    let said_at = if conversations::is_for_later(&message) { c.first_try_at } else { message.created_at };
    Ok(Outbound {
        message_id: message.id.to_string(),
        conversation_id: conversation.id,
        conversation_number: conversation.number,
        sender_name: message.sender_name,
        to: message.to,
        cc: message.cc,
        bcc: message.bcc,
        subject: message.subject,
        text: message.text,
        html,
        files: outgoing,
        external_id: own,
        in_reply_to,
        references: before.into_iter().map(|(id, _)| id).collect(),
        thread_key: thread_key.or_else(|| {
            let person = conversation.participants.first().map(|p| p.address.clone());
            person.filter(|_| entry.connector.descriptor().capabilities.continuous)
        }),
        automatic: message.automatic,
        created_at: said_at,
        attempt: c.attempts as u32,
        template: message.metadata.get("template").and_then(|t| serde_json::from_value(t.clone()).ok()),
        buttons: message.metadata.get("buttons").and_then(|b| serde_json::from_value(b.clone()).ok()).unwrap_or_default(),
        last_inbound_at: last_inbound.as_ref().map(|m| m.at),
        last_inbound_id: last_inbound.as_ref().and_then(|m| m.external_id.clone()),
        last_inbound_metadata: last_inbound.map(|m| m.metadata).unwrap_or_default(),
    })
}
