//! Filling a workspace with the sample, and taking it away again.

use super::scripts::{THREADS, Thread};
use crate::app::App;
use crate::channels::{self, Entry, NewChannel};
use crate::conversations::{self, Arrival, NewMessage, Recipients};
use crate::{intake, journal, people, search};
use db::{Lane, Tx, params};
use kernel::channel::Simulated;
use kernel::event::NewEvent;
use kernel::message::{ContentType, Direction, MessageStatus, SenderType, Status, preview};
use kernel::time::{MINUTE, Millis};
use kernel::{Actor, ConversationId, Error, Ids, MemberId, MessageId, Result, WorkspaceId, id::new_id};
use serde_json::{Map, json};
use std::sync::Arc;

const SAMPLE_CHANNEL: &str = "Sample shop";

/// The sample of a real start: only what needs no mail server. Removable in one act.
pub async fn fill_sample(app: &App, workspace: WorkspaceId) -> Result<()> {
    let actor = Actor::system(workspace);
    channels::create(
        app,
        &actor,
        NewChannel { provider: "api".into(), name: SAMPLE_CHANNEL.into(), configuration: Map::new(), simulated: false },
        false,
    )
    .await?;
    fill(app, workspace, THREADS).await
}

/// Plays the threads for which the workspace has a channel.
pub async fn fill(app: &App, workspace: WorkspaceId, threads: &'static [Thread]) -> Result<()> {
    let rows = app.db.read(workspace, channels::list).await?;
    let members = people::member_names(app, workspace).await?;
    let mut order: Vec<&Thread> = threads.iter().collect();
    order.sort_by_key(|t| -t.turns.first().map_or(0, |(ago, ..)| *ago));
    for (n, thread) in order.into_iter().enumerate() {
        let Some(row) = rows.iter().find(|r| r.provider == thread.provider) else { continue };
        let Some(entry) = app.directory.by_id(app, workspace, row.id).await? else { continue };
        let member = members.get(n % members.len().max(1)).map(|m| (m.id, m.name.clone()));
        play(app, &entry, thread, member).await?;
    }
    Ok(())
}

async fn play(app: &App, entry: &Arc<Entry>, thread: &'static Thread, member: Option<(MemberId, String)>) -> Result<()> {
    let now = app.now();
    let simulator = entry.connector.simulator().ok_or_else(|| Error::internal("a channel of the sample has no simulator"))?;
    let mut answers: Option<String> = None;
    let mut conversation: Option<ConversationId> = None;
    for (ago, agent, text) in thread.turns {
        let at = now - ago * MINUTE;
        if *agent {
            let (Some(id), Some((member, name))) = (conversation, member.clone()) else { continue };
            let (with, ids) = (entry.clone(), app.ids.clone());
            let external = app
                .db
                .write(entry.workspace, Lane::Interactive, move |tx| agent_says(tx, ids.as_ref(), &with, id, member, &name, text, at))
                .await?;
            answers = Some(external);
            continue;
        }
        let say = Simulated {
            external_id: format!("sample-{}", app.secret_text(8)),
            from: thread.from.into(),
            from_name: Some(thread.name.into()),
            subject: Some(thread.subject.to_owned())
                .filter(|s| !s.is_empty())
                .map(|s| if answers.is_some() { format!("Re: {s}") } else { s }),
            text: (*text).to_owned(),
            answers: answers.clone(),
            ..Default::default()
        };
        let mut raw = simulator.delivery(&entry.account, &say, at);
        raw.received_at = at;
        let key = journal::store_raw(app, entry, raw, false).await?;
        intake::drain(app, entry.workspace).await?;
        let found = app
            .db
            .read(entry.workspace, move |tx| {
                tx.opt("SELECT conversation_id, message_id FROM journal WHERE key = $1", params![key], |r| {
                    Ok((r.next()?, r.next::<Option<MessageId>>()?))
                })
            })
            .await?;
        if let Some((c, m)) = found {
            conversation = c;
            if let Some(m) = m {
                answers = app.db.read(entry.workspace, move |tx| Ok(conversations::message(tx, m)?.and_then(|m| m.external_id))).await?;
            }
        }
    }
    let Some(id) = conversation else { return Ok(()) };
    let (ids, workspace) = (app.ids.clone(), entry.workspace);
    app.db.write(workspace, Lane::Interactive, move |tx| finish(tx, ids.as_ref(), workspace, id, thread, member.as_ref(), now)).await
}

/// A reply as it stands in the sample: written, sent and read long ago. Gives its external id.
#[expect(clippy::too_many_arguments, reason = "one call site; a struct would only repeat the names")]
fn agent_says(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    entry: &Entry,
    c: ConversationId,
    member: MemberId,
    name: &str,
    text: &str,
    at: Millis,
) -> Result<String> {
    let id: MessageId = new_id(ids, at);
    let conversation = conversations::find(tx, c)?.ok_or_else(|| Error::internal("the sample lost a conversation"))?;
    let external = entry.connector.outgoing_id(&entry.account, id, c);
    let m = NewMessage {
        id,
        conversation_id: c,
        channel_id: entry.id,
        external_id: Some(external.clone()),
        direction: Direction::Outbound,
        sender_type: SenderType::User,
        sender: Some(member.as_bytes().to_vec()),
        sender_name: Some(name.to_owned()),
        from: Some(entry.account.identifier.clone()),
        recipients: Recipients { to: conversation.participants.into_iter().take(1).collect(), ..Default::default() },
        subject: conversation.subject,
        content_type: ContentType::Text,
        text: text.to_owned(),
        stripped_text: None,
        html: None,
        file_count: 0,
        reply_to_id: None,
        is_note: false,
        status: MessageStatus::Read,
        automatic: false,
        automated_by: None,
        verified_sender: true,
        thread_reason: None,
        send_at: None,
        sent_at: Some(at),
        delivered_at: Some(at),
        created_at: at,
        metadata: Map::new(),
        journal_key: None,
        aside_id: None,
    };
    if let Some(key) = conversations::insert_message(tx, &m)? {
        search::index(tx, key, &search::words_of(&m, &[], []));
    }
    let arrival = Arrival {
        id: c,
        at,
        preview: &preview(text),
        direction: Direction::Outbound,
        unread: 0,
        status: None,
        waiting: Some(None),
        participants: None,
        now: at,
    };
    conversations::count_in(tx, &arrival)?;
    Ok(external)
}

/// Tags, note, assignee and status; and the mark by which the sample is found again.
fn finish(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    workspace: WorkspaceId,
    id: ConversationId,
    t: &Thread,
    member: Option<&(MemberId, String)>,
    now: Millis,
) -> Result<()> {
    let actor = match member {
        Some((member, _)) => Actor {
            who: kernel::actor::Who::Person { account: kernel::AccountId::from_uuid(member.uuid()), member: *member },
            ..Actor::system(workspace)
        },
        None => Actor::system(workspace),
    };
    conversations::decorate(tx, ids, &actor, id, t.tags, t.note, now)?;
    if t.assigned
        && let Some((member, _)) = member
    {
        tx.exec("UPDATE conversations SET assignee_id = $2, status = 'open' WHERE id = $1", params![id, *member])?;
    }
    if t.resolved
        && let Some(c) = conversations::find(tx, id)?
    {
        conversations::set_status(tx, &actor, &c, Status::Resolved, None, now)?;
        tx.exec("UPDATE conversations SET unread_count = 0 WHERE id = $1", params![id])?;
    }
    tx.exec("UPDATE conversations SET sample = TRUE WHERE id = $1", params![id])?;
    tx.exec(
        "UPDATE contacts SET sample = TRUE, review = FALSE WHERE id IN (SELECT contact_id FROM conversations WHERE id = $1)",
        params![id],
    )?;
    tx.emit(NewEvent::new("conversation.updated", "system", now).conversation(id).payload(json!({ "sample": true })));
    Ok(())
}

/// Takes the sample away: its conversations, people and channel. What somebody wrote to a sample person goes with them.
pub async fn remove_sample(app: &App, workspace: WorkspaceId) -> Result<()> {
    let now = app.now();
    app.db
        .write(workspace, Lane::Interactive, move |tx| {
            let ids: Vec<ConversationId> =
                tx.query("SELECT id FROM conversations WHERE sample AND deleted_at IS NULL", params![], |r| r.get(0))?;
            for id in ids {
                let keys: Vec<i64> = tx.query("SELECT key FROM messages WHERE conversation_id = $1", params![id], |r| r.get(0))?;
                for key in keys {
                    let sql = tx.dialect().search_delete();
                    tx.exec(sql, params![key])?;
                }
                tx.exec(
                    "UPDATE files SET message_id = NULL WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = $1)",
                    params![id],
                )?;
                tx.exec("DELETE FROM outbox WHERE conversation_id = $1", params![id])?;
                tx.exec("DELETE FROM messages WHERE conversation_id = $1", params![id])?;
                tx.exec("DELETE FROM conversation_tags WHERE conversation_id = $1", params![id])?;
                tx.exec("DELETE FROM drafts WHERE conversation_id = $1", params![id])?;
                tx.exec("DELETE FROM conversations WHERE id = $1", params![id])?;
                tx.emit(NewEvent::new("conversation.deleted", "system", now).conversation(id));
            }
            tx.exec("DELETE FROM tags WHERE NOT EXISTS (SELECT 1 FROM conversation_tags ct WHERE ct.tag_id = tags.id)", params![])?;
            let unused =
                "SELECT id FROM contacts WHERE sample AND NOT EXISTS (SELECT 1 FROM conversations v WHERE v.contact_id = contacts.id)";
            tx.exec(&format!("DELETE FROM contact_handles WHERE owner_id IN ({unused})"), params![])?;
            tx.exec(&format!("DELETE FROM contact_words WHERE contact_id IN ({unused})"), params![])?;
            tx.exec(&format!("DELETE FROM contacts WHERE id IN ({unused})"), params![])?;
            Ok(())
        })
        .await?;
    let actor = Actor::system(workspace);
    for row in app.db.read(workspace, channels::list).await? {
        if row.name == SAMPLE_CHANNEL {
            channels::remove(app, &actor, row.id).await?;
        }
    }
    Ok(())
}
