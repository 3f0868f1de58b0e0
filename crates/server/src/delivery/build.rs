//! A message as a connector needs it: recipients, the chain it answers, its files.

use crate::app::{App, found};
use crate::channels::Entry;
use crate::conversations::{self, Conversation, LastInbound, Message};
use crate::files::{self, Attachment, SentAs};
use crate::outbox::Claimed;
use crate::simulator;
use db::{Lane, Tx};
use kernel::channel::{Outbound, OutboundFile, TemplateUse};
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
    // What was allowed when it was written may not be any more, if that was some time ago.
    let old = |m: &Message| conversations::is_for_later(m) || now - m.created_at > conversations::LATER;
    if let Some(with) = with.filter(|_| old(&message)) {
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

/// Every screenshot is called `image.png`, and a picture in the text is found by its name.
fn unlike(others: &[OutboundFile], name: String) -> String {
    if !others.iter().any(|f| f.name == name) {
        return name;
    }
    let (stem, ending) = match name.rfind('.').filter(|at| *at > 0) {
        Some(at) => name.split_at(at),
        None => (name.as_str(), ""),
    };
    let numbered = (2..).map(|n| format!("{stem}-{n}{ending}"));
    numbered.into_iter().find(|name| !others.iter().any(|f| f.name == *name)).unwrap_or_default()
}

pub async fn outbound(app: &App, workspace: WorkspaceId, c: &Claimed, entry: &Entry, stored: Result<Stored>) -> Result<Outbound> {
    let Stored { message, conversation, chain, thread_key, chosen, last_inbound } = stored?;
    let attachments = converted(app, workspace, entry, &message.attachments).await?;
    let own = message.external_id.clone().ok_or_else(|| Error::internal("a message to send has no external id"))?;
    // Everything before this message; the last thing the customer said is what it answers.
    let before: Vec<_> = chain.into_iter().take_while(|(id, _)| *id != own).collect();
    let in_reply_to =
        chosen.or_else(|| before.iter().rev().find(|(_, d)| *d == Direction::Inbound).or(before.last()).map(|(id, _)| id.clone()));
    let links = files::links(app, workspace);
    let mut outgoing = Vec::with_capacity(attachments.len());
    for a in &attachments {
        let (name, content_type, hash, _) = a.outgoing();
        outgoing.push(OutboundFile {
            content_type: content_type.to_owned(),
            bytes: app.files.get(hash).await?.to_vec(),
            name: unlike(&outgoing, name),
            url: simulator::file_url(entry, a.id).unwrap_or_else(|| links.absolute(a)),
        });
    }
    let place: Option<conversations::Location> = message.metadata.get("location").and_then(|l| serde_json::from_value(l.clone()).ok());
    let mut template: Option<TemplateUse> = message.metadata.get("template").and_then(|t| serde_json::from_value(t.clone()).ok());
    // Providers that fetch the file of a header get its link; those that take it get it uploaded.
    if let (Some(template), Some(file)) = (&mut template, outgoing.first()) {
        template.header_url.get_or_insert_with(|| file.url.clone());
    }
    let shown = |id: &str| message.attachments.iter().position(|a| a.content_id.as_deref() == Some(id));
    let file = |id: &str| shown(id).and_then(|n| outgoing.get(n)).map(|f| f.name.clone());
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
        text: match place {
            Some(place) if entry.connector.descriptor().capabilities.locations => place.geo(),
            Some(place) => place.link(),
            None => message.text,
        },
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
        template,
        buttons: message.metadata.get("buttons").and_then(|b| serde_json::from_value(b.clone()).ok()).unwrap_or_default(),
        last_inbound_at: last_inbound.as_ref().map(|m| m.at),
        last_inbound_id: last_inbound.as_ref().and_then(|m| m.external_id.clone()),
        last_inbound_metadata: last_inbound.map(|m| m.metadata).unwrap_or_default(),
    })
}

/// The files in the form that the provider takes. What was made is kept beside the original, so that a second try, and a provider that
/// fetches it by its link, find it; the work is done off the runtime's threads.
async fn converted(app: &App, workspace: WorkspaceId, entry: &Entry, files: &[Attachment]) -> Result<Vec<Attachment>> {
    let limits = entry.limits();
    let mut out = Vec::with_capacity(files.len());
    for file in files {
        let mut file = file.clone();
        let wanted = limits.conversion(&file.content_type, file.size_bytes);
        if let Some(wanted) = wanted.filter(|w| file.sent_as.as_ref().is_none_or(|s| s.content_type != w.to)) {
            let most = limits.most(wanted.to).unwrap_or(limits.attachment_bytes).max(0) as usize;
            let bytes = app.files.get(&file.hash).await?;
            let made = edges::turns::in_turn(move || {
                std::panic::catch_unwind(|| edges::convert::convert(&bytes, wanted.to, most))
                    .unwrap_or_else(|_| Err(edges::convert::Unconvertible("The file made the converter fail.".into())))
            });
            let made = made.await.map_err(Error::internal)?;
            let made = made
                .map_err(|e| Error::conflict("file.unconvertible", format!("{} could not be sent as {}: {}", file.name, wanted.to, e.0)))?;
            let size_bytes = made.len() as i64;
            let sent = SentAs { content_type: wanted.to.to_owned(), size_bytes, hash: app.files.put_bytes(made).await?.hash };
            let (id, row) = (file.id, sent.clone());
            app.db.write(workspace, Lane::Interactive, move |tx| files::set_sent(tx, id, &row)).await?;
            file.sent_as = Some(sent);
        }
        out.push(file);
    }
    Ok(out)
}
