//! When a visitor has left and an address is known, the answer goes on by mail, under the same conversation.

use crate::app::App;
use crate::channels::Entry;
use crate::contacts;
use crate::conversations::{self, StatusChange};
use db::{Lane, Tx, jobs, params};
use kernel::channel::Outbound;
use kernel::event::NewEvent;
use kernel::message::{Address, ChannelStatus, Direction, MessageStatus};
use kernel::time::{MINUTE, Millis};
use kernel::{ChannelId, ConversationId, Error, Ids, MessageId, Result, WorkspaceId};
use serde_json::json;
use std::sync::Arc;

/// The job: send what the visitor has not seen.
pub const CONTINUE_BY_MAIL: &str = "continue_by_mail";

/// Called when a message was handed to the visitor's stream: looks again after a while.
pub fn plan(tx: &mut Tx<'_>, ids: &dyn Ids, entry: &Entry, conversation: ConversationId, now: Millis) -> Result<()> {
    if !entry.connector.descriptor().capabilities.widget {
        return Ok(());
    }
    let minutes = entry.account.settings.number("continuation_minutes").unwrap_or(5).clamp(0, 1_440);
    // Zero: the conversation stays in the chat.
    if minutes == 0 {
        return Ok(());
    }
    let job = jobs::NewJob {
        kind: CONTINUE_BY_MAIL,
        payload: json!({ "conversation_id": conversation }),
        dedupe_key: Some(conversation.to_string()),
        run_at: now + minutes * MINUTE,
        max_attempts: 6,
    };
    jobs::enqueue(tx, ids, now, job).map(|_| ())
}

/// The mail channel that carries continuations: the one named in the settings, else the first that works.
async fn mail_channel(app: &App, workspace: WorkspaceId, entry: &Entry) -> Result<Option<Arc<Entry>>> {
    if let Some(id) = entry.account.settings.text("continuation_channel").and_then(|t| t.parse::<ChannelId>().ok()) {
        return app.directory.by_id(app, workspace, id).await;
    }
    let all = app.db.read(workspace, crate::channels::list).await?;
    for row in all {
        let fits = connectors::channel(&row.provider).is_some_and(|c| c.descriptor().capabilities.outbound_first == "email");
        if fits && row.status == ChannelStatus::Active {
            return app.directory.by_id(app, workspace, row.id).await;
        }
    }
    Ok(None)
}

/// Sends what the visitor has not seen as one mail. Repeating it is harmless: what went by mail is marked and not taken again.
pub async fn continue_by_mail(app: &App, workspace: WorkspaceId, payload: &str) -> Result<()> {
    let payload: serde_json::Value = serde_json::from_str(payload).map_err(|e| Error::internal(e.to_string()))?;
    let id: ConversationId = payload["conversation_id"]
        .as_str()
        .and_then(|t| t.parse().ok())
        .ok_or_else(|| Error::internal("a continuation without a conversation"))?;
    let Some(conversation) = app.db.read(workspace, move |tx| conversations::find(tx, id)).await? else { return Ok(()) };
    let Some(entry) = app.directory.by_id(app, workspace, conversation.channel_id).await? else { return Ok(()) };
    let Some(visitor) = conversation.participants.first().map(|p| p.address.clone()) else { return Ok(()) };
    if app.hub.visitor_is_here(workspace, &visitor) {
        return Ok(());
    }
    let Some(contact) = conversation.contact_id else { return Ok(()) };
    let scope = entry.id.to_string();
    let (unseen, address) = app
        .db
        .read(workspace, move |tx| {
            let mut unseen: Vec<_> = conversations::messages(tx, id, None, 50)?
                .into_iter()
                .filter(|m| {
                    m.direction == Direction::Outbound
                        && !m.is_note
                        && m.aside_id.is_none()
                        && m.status == MessageStatus::Sent
                        && !m.metadata.contains_key("fallback")
                })
                .collect();
            unseen.reverse();
            Ok((unseen, contacts::best_handle(tx, contact, &["email"], &scope)?))
        })
        .await?;
    let (Some((_, address)), Some(last)) = (address, unseen.last()) else { return Ok(()) };
    let Some(mail) = mail_channel(app, workspace, &entry).await? else { return Ok(()) };
    let text = unseen.iter().map(|m| m.text.as_str()).collect::<Vec<_>>().join("\n\n");
    // Marked before it leaves: a crash in between loses a mail at worst, and the message still waits in the chat.
    let ids: Vec<MessageId> = unseen.iter().map(|m| m.id).collect();
    let to = address.clone();
    app.db.write(workspace, Lane::Interactive, move |tx| mark(tx, id, &ids, &to)).await?;
    let outbound = Outbound {
        message_id: last.id.to_string(),
        conversation_id: id,
        conversation_number: conversation.number,
        sender_name: last.sender_name.clone(),
        to: vec![Address { name: conversation.contact.as_ref().map(|c| c.name.clone()), address }],
        cc: vec![],
        bcc: vec![],
        subject: Some(format!("Your chat with {}", entry.name)),
        text,
        html: None,
        files: vec![],
        external_id: mail.connector.outgoing_id(&mail.account, last.id, id),
        in_reply_to: None,
        references: vec![],
        thread_key: None,
        automatic: false,
        created_at: last.created_at,
        attempt: 1,
        template: None,
        buttons: vec![],
        last_inbound_at: None,
        last_inbound_id: None,
        last_inbound_metadata: serde_json::Map::new(),
    };
    let outcome = mail.connector.send(app.edge_of(&mail).edge(), &mail.account, &outbound).await;
    let now = app.now();
    let unseen: Vec<MessageId> = unseen.iter().map(|m| m.id).collect();
    app.db
        .write(workspace, Lane::Interactive, move |tx| {
            for message in &unseen {
                let change = match &outcome {
                    Ok(_) => StatusChange { sent_at: Some(now), ..Default::default() },
                    Err(e) => StatusChange {
                        error: Some(Some(format!("The visitor has left, and the mail did not go out: {e:?}"))),
                        ..Default::default()
                    },
                };
                conversations::change_message(tx, *message, &change)?;
                let event = NewEvent::new("message.status_updated", "system", now).conversation(id).message(*message);
                tx.emit(event.payload(json!({ "fallback": "email" })));
            }
            Ok(())
        })
        .await
}

/// The address takes part from now on: only who holds it can answer with its token.
fn mark(tx: &mut Tx<'_>, conversation: ConversationId, messages: &[MessageId], address: &str) -> Result<()> {
    for id in messages {
        let Some(mut m) = conversations::message(tx, *id)? else { continue };
        m.metadata.insert("fallback".into(), "email".into());
        m.metadata.insert("fallback_to".into(), address.into());
        tx.exec("UPDATE messages SET metadata = $2 WHERE id = $1", params![*id, serde_json::Value::Object(m.metadata).to_string()])?;
    }
    let Some(c) = conversations::find(tx, conversation)? else { return Ok(()) };
    if !c.participants.iter().any(|p| p.address.eq_ignore_ascii_case(address)) {
        let mut all = c.participants;
        all.push(Address::bare(address));
        let text = serde_json::to_string(&all).map_err(|e| Error::internal(e.to_string()))?;
        tx.exec("UPDATE conversations SET participants = $2 WHERE id = $1", params![conversation, text])?;
    }
    Ok(())
}
