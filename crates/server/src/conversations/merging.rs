//! Merging conversations and taking a merge back, and splitting messages out into one of their own.
//!
//! What is merged goes out of sight like what is deleted, but keeps its row: whoever answers on it reaches the conversation it went
//! into, and the merge can be taken back, with what has arrived through it since.

use super::model::Conversation;
use super::seats::{self, How, Placing};
use super::store::{self, NewConversation};
use super::{access, followers, tally};
use crate::channels::Entry;
use crate::teams::Seat;
use db::{Tx, params};
use kernel::actor::Permission::ConversationsWrite;
use kernel::event::NewEvent;
use kernel::message::{Address, Direction, Status};
use kernel::time::Millis;
use kernel::{Actor, ContactId, ConversationId, Error, Ids, MemberId, MergeId, MessageId, Result, TeamId, id::new_id};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

/// What a merge added to the conversation that stays, for taking it back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Added {
    participants: Vec<Address>,
    tags: Vec<String>,
    unread: i64,
    /// Status before it was opened by what came in.
    reopened: Option<Status>,
    assignee: Option<MemberId>,
    #[serde(default)]
    team: Option<TeamId>,
    /// The thread went on in the other one before.
    live: bool,
    /// Whose drafts went along.
    #[serde(default)]
    drafts: Vec<MemberId>,
}

/// One merge as the API tells of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Merge {
    #[schema(value_type = String)]
    pub id: MergeId,
    #[schema(value_type = String)]
    pub source_id: ConversationId,
    pub source_number: i64,
    #[schema(value_type = String)]
    pub target_id: ConversationId,
}

fn event(kind: &'static str, actor: &Actor, now: Millis, id: ConversationId) -> NewEvent {
    NewEvent::new(kind, actor.label(), now).conversation(id)
}

/// Where a conversation's messages are now: it itself, or what it was merged into.
pub fn follow(tx: &mut Tx<'_>, id: ConversationId) -> Result<ConversationId> {
    let mut at = id;
    // Merges of merges end; a circle cannot be made, because what is merged is out of reach.
    for _ in 0..32 {
        let next: Option<ConversationId> =
            tx.opt("SELECT merged_into FROM conversations WHERE id = $1", params![at], |r| r.get::<Option<ConversationId>>(0))?.flatten();
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(at)
}

/// The merge by which a conversation went into another, if it did.
pub fn of_source(tx: &mut Tx<'_>, source: ConversationId) -> Result<Option<Merge>> {
    tx.opt(
        "SELECT g.id, g.source_id, c.number, g.target_id FROM conversation_merges g JOIN conversations c ON c.id = g.source_id \
         WHERE g.source_id = $1 AND g.undone_at IS NULL ORDER BY g.at DESC LIMIT 1",
        params![source],
        read,
    )
}
/// What went into a conversation, newest first.
pub fn into(tx: &mut Tx<'_>, target: ConversationId) -> Result<Vec<Merge>> {
    tx.query(
        "SELECT g.id, g.source_id, c.number, g.target_id FROM conversation_merges g JOIN conversations c ON c.id = g.source_id \
         WHERE g.target_id = $1 AND g.undone_at IS NULL ORDER BY g.at DESC LIMIT 50",
        params![target],
        read,
    )
}
fn read(r: &db::Row<'_>) -> Result<Merge> {
    Ok(Merge { id: r.next()?, source_id: r.next()?, source_number: r.next()?, target_id: r.next()? })
}

/// A message arrived through a conversation that was merged: it goes back with it.
pub fn note_arrival(tx: &mut Tx<'_>, through: ConversationId, message: MessageId) -> Result<()> {
    tx.exec(
        "INSERT INTO merged_messages (merge_id, message_id) SELECT g.id, $2 FROM conversation_merges g WHERE g.source_id = $1 AND g.undone_at IS NULL \
         ON CONFLICT DO NOTHING",
        params![through, message],
    )
    .map(|_| ())
}

/// Puts one conversation's messages into another's.
pub fn merge(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    actor: &Actor,
    target: &Conversation,
    source: &Conversation,
    entry: &Entry,
    now: Millis,
) -> Result<Merge> {
    if target.id == source.id {
        return Err(Error::field("from", "same", "A conversation cannot be merged with itself."));
    }
    if target.channel_id != source.channel_id {
        return Err(Error::conflict(
            "merge.other_channel",
            format!("#{} came through another channel. An answer would not reach it there.", source.number),
        ));
    }
    let thread = |tx: &mut Tx<'_>, id: ConversationId| {
        tx.one("SELECT thread_key, thread_live FROM conversations WHERE id = $1", params![id], |r| {
            Ok((r.next::<Option<String>>()?, r.next::<bool>()?))
        })
    };
    let (target_key, target_live) = thread(tx, target.id)?;
    let (source_key, source_live) = thread(tx, source.id)?;
    let one_thread = target_key.is_some() && target_key == source_key;
    if entry.connector.descriptor().capabilities.continuous && !one_thread {
        return Err(Error::conflict(
            "merge.other_person",
            format!("#{} is with somebody else. On this channel an answer reaches only one of them.", source.number),
        ));
    }
    let id: MergeId = new_id(ids, now);
    let new_people: Vec<Address> = source
        .participants
        .iter()
        .filter(|p| !target.participants.iter().any(|t| t.address.eq_ignore_ascii_case(&p.address)))
        .cloned()
        .collect();
    let new_tags: Vec<String> =
        source.tags.iter().filter(|t| !target.tags.iter().any(|o| store::tag_key(o) == store::tag_key(t))).cloned().collect();
    let open = |s: Status| matches!(s, Status::New | Status::Open);
    let reopens = open(source.status) && !open(target.status);
    let (team, assignee) = goes_along(tx, target, source)?;
    let drafts = tx.query(
        "SELECT member_id FROM drafts WHERE conversation_id = $1 AND member_id NOT IN (SELECT member_id FROM drafts WHERE conversation_id = $2)",
        params![source.id, target.id],
        |r| r.get(0),
    )?;
    let added = Added {
        participants: new_people,
        tags: new_tags,
        unread: source.unread_count,
        reopened: reopens.then_some(target.status),
        assignee,
        team,
        live: one_thread && source_live && !target_live,
        drafts,
    };
    let before = serde_json::to_string(&added).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec(
        "INSERT INTO conversation_merges (id, source_id, target_id, member_id, at, added) VALUES ($1, $2, $3, $4, $5, $6)",
        params![id, source.id, target.id, actor.member(), now, before],
    )?;
    tx.exec(
        "INSERT INTO merged_messages (merge_id, message_id) SELECT $1, id FROM messages WHERE conversation_id = $2",
        params![id, source.id],
    )?;
    tx.exec("UPDATE messages SET conversation_id = $2 WHERE conversation_id = $1", params![source.id, target.id])?;
    tx.exec("UPDATE outbox SET conversation_id = $2 WHERE conversation_id = $1", params![source.id, target.id])?;
    // What somebody writes in both stays where it is.
    tx.exec(
        "UPDATE drafts SET conversation_id = $2 WHERE conversation_id = $1 AND member_id NOT IN (SELECT member_id FROM drafts WHERE conversation_id = $2)",
        params![source.id, target.id],
    )?;
    followers::join_all(tx, source.id, target.id, now)?;
    // Of one thread only one can go on; other threads lead here from now on.
    tx.exec(
        "UPDATE conversations SET deleted_at = $2, merged_into = $3, thread_live = CASE WHEN $4 THEN FALSE ELSE thread_live END, updated_at = $2 WHERE id = $1",
        params![source.id, now, target.id, one_thread],
    )?;
    if added.live {
        tx.exec("UPDATE conversations SET thread_live = TRUE WHERE id = $1", params![target.id])?;
    }
    if !added.tags.is_empty() {
        super::actions::add_tags(tx, ids, actor, target, &added.tags, now)?;
    }
    let everybody: Vec<&Address> = target.participants.iter().chain(&added.participants).collect();
    set_people(tx, target.id, &everybody)?;
    store::set_unread(tx, target.id, target.unread_count + added.unread)?;
    if added.assignee.is_some() || added.team.is_some() {
        let before = target.seat();
        let after = Seat { assignee: before.assignee.or(added.assignee), team: before.team.or(added.team), ..before };
        seats::settle(tx, &actor.label(), target.id, before, after, How::Manual, now)?;
    }
    if reopens {
        super::actions::set_status(tx, actor, target, Status::Open, None, now)?;
    }
    tally::recount(tx, target.id, now)?;
    tx.emit(
        event("conversation.merged", actor, now, source.id).payload(json!({ "merge_id": id, "into": target.id, "number": target.number })),
    );
    tx.emit(
        event("conversation.merged", actor, now, target.id).payload(json!({ "merge_id": id, "from": source.id, "number": source.number })),
    );
    Ok(Merge { id, source_id: source.id, source_number: source.number, target_id: target.id })
}

/// The team and the member of the other one, where this one has none; somebody who would not see it stays out.
fn goes_along(tx: &mut Tx<'_>, target: &Conversation, source: &Conversation) -> Result<(Option<TeamId>, Option<MemberId>)> {
    let team = source.team_id.filter(|_| target.team_id.is_none());
    let seat = Seat { assignee: source.assignee_id, team: target.team_id.or(team), ..target.seat() };
    let Some(id) = source.assignee_id.filter(|_| target.assignee_id.is_none()) else { return Ok((team, None)) };
    let member = crate::people::member(tx, id)?.filter(|m| m.active);
    let works = match member {
        Some(m) => seats::can_have(tx, id, m.role, &seat)?,
        None => false,
    };
    Ok((team, works.then_some(id)))
}

fn set_people(tx: &mut Tx<'_>, id: ConversationId, people: &[&Address]) -> Result<()> {
    let text = serde_json::to_string(people).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec("UPDATE conversations SET participants = $2 WHERE id = $1", params![id, text]).map(|_| ())
}

/// Takes a merge back: the messages return to where they were, with those that have arrived on them since.
pub fn unmerge(tx: &mut Tx<'_>, actor: &Actor, id: MergeId, now: Millis) -> Result<(Conversation, Conversation)> {
    let row = tx.opt("SELECT source_id, target_id, added, undone_at, at FROM conversation_merges WHERE id = $1", params![id], |r| {
        Ok((
            r.next::<ConversationId>()?,
            r.next::<ConversationId>()?,
            r.next::<String>()?,
            r.next::<Option<Millis>>()?,
            r.next::<Millis>()?,
        ))
    })?;
    let (source, into, added, undone, merged_at) = crate::app::found(row, "merge.not_found", "merge")?;
    for one in [source, into] {
        access::access_any(tx, actor, one, ConversationsWrite).map_err(|e| match e.is_not_found() {
            true => Error::not_found("merge.not_found", "There is no such merge."),
            false => e,
        })?;
    }
    if undone.is_some() {
        return Err(Error::conflict("merge.undone", "This was taken back already."));
    }
    let target = store::find(tx, into)?.ok_or_else(|| {
        Error::conflict("merge.target_gone", "What it was merged into is deleted or merged itself. Bring that back first.")
    })?;
    let added: Added = store::json(&added);
    tx.exec("UPDATE conversation_merges SET undone_at = $2 WHERE id = $1", params![id, now])?;
    const MOVED: &str = "(SELECT message_id FROM merged_messages WHERE merge_id = $1)";
    // The newest so many are unread: those of them that go back are unread there.
    let unread = tx.number(
        &format!(
            "SELECT COUNT(*) FROM (SELECT id FROM messages WHERE conversation_id = $2 AND direction = 'inbound' AND deleted_at IS NULL \
             ORDER BY key DESC LIMIT $3) n WHERE n.id IN {MOVED}"
        ),
        params![id, into, target.unread_count],
    )?;
    // What was split out or merged on meanwhile stays where it is.
    tx.exec(
        &format!("UPDATE outbox SET conversation_id = $2 WHERE conversation_id = $3 AND message_id IN {MOVED}"),
        params![id, source, into],
    )?;
    tx.exec(&format!("UPDATE messages SET conversation_id = $2 WHERE conversation_id = $3 AND id IN {MOVED}"), params![id, source, into])?;
    tx.exec(
        "UPDATE conversations SET deleted_at = NULL, merged_into = NULL, unread_count = $2, updated_at = $3 WHERE id = $1",
        params![source, unread, now],
    )?;
    if added.live {
        tx.exec("UPDATE conversations SET thread_live = FALSE WHERE id = $1", params![into])?;
        // The thread may go on in a third one by now.
        store::set_deleted(tx, source, None)?;
    }
    for member in &added.drafts {
        tx.exec(
            "UPDATE drafts SET conversation_id = $2 WHERE conversation_id = $1 AND member_id = $3 \
             AND NOT EXISTS (SELECT 1 FROM drafts o WHERE o.conversation_id = $2 AND o.member_id = $3)",
            params![into, source, *member],
        )?;
    }
    // Who follows only because of the merge.
    tx.exec(
        "DELETE FROM conversation_followers WHERE conversation_id = $1 AND since = $3 \
         AND member_id IN (SELECT member_id FROM conversation_followers WHERE conversation_id = $2)",
        params![into, source, merged_at],
    )?;
    if !added.tags.is_empty() {
        super::actions::remove_tags(tx, actor, &target, &added.tags, now)?;
    }
    let left: Vec<&Address> =
        target.participants.iter().filter(|p| !added.participants.iter().any(|a| a.address.eq_ignore_ascii_case(&p.address))).collect();
    set_people(tx, into, &left)?;
    store::set_unread(tx, into, (target.unread_count - unread).max(0))?;
    let given = Placing {
        assignee: (added.assignee.is_some() && target.assignee_id == added.assignee).then_some(None),
        team: (added.team.is_some() && target.team_id == added.team).then_some(None),
    };
    seats::place(tx, actor, &target, given, now)?;
    // Whoever has written there since would have opened it anyway.
    let heard = tx.number(
        "SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND direction = 'inbound' AND automatic = FALSE AND created_at >= $2",
        params![into, merged_at],
    )?;
    if let Some(status) = added.reopened.filter(|_| target.status == Status::Open && heard == 0) {
        super::actions::set_status(tx, actor, &target, status, None, now)?;
    }
    tally::recount(tx, into, now)?;
    tally::recount(tx, source, now)?;
    tx.emit(event("conversation.unmerged", actor, now, source).payload(json!({ "merge_id": id, "other": into })));
    tx.emit(event("conversation.unmerged", actor, now, into).payload(json!({ "merge_id": id, "other": source })));
    let again = |tx: &mut Tx<'_>, id| crate::app::found(store::find(tx, id)?, "conversation.not_found", "conversation");
    Ok((again(tx, source)?, again(tx, into)?))
}

/// Puts some messages into a conversation of their own.
pub fn split(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    actor: &Actor,
    c: &Conversation,
    entry: &Entry,
    (messages, subject): (&[MessageId], Option<&str>),
    now: Millis,
) -> Result<Conversation> {
    let d = entry.connector.descriptor();
    if d.capabilities.continuous {
        return Err(Error::conflict("split.one_thread", "On this channel a person has one running conversation; it cannot be split."));
    }
    if messages.is_empty() || messages.len() > 200 {
        return Err(Error::field("message_ids", "invalid", "Give 1 to 200 messages."));
    }
    let mut chosen = Vec::with_capacity(messages.len());
    for id in messages {
        let m = store::message(tx, *id)?.filter(|m| m.conversation_id == c.id);
        chosen.push(m.ok_or_else(|| Error::field("message_ids", "not_found", "There is no such message in this conversation."))?);
    }
    chosen.sort_by_key(|m| m.key);
    chosen.dedup_by_key(|m| m.id);
    let said = chosen.iter().filter(|m| !m.is_note).count();
    let all =
        tx.number("SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND is_note = FALSE AND deleted_at IS NULL", params![c.id])?;
    if said == 0 || said as i64 >= all {
        return Err(Error::conflict("split.nothing_left", "Leave at least one message here, and take at least one along."));
    }
    let first = chosen.iter().find(|m| m.direction == Direction::Inbound);
    let contact: Option<ContactId> = first.and_then(|m| m.sender_id.as_deref()).and_then(|id| id.parse().ok());
    let mut people: Vec<Address> = Vec::new();
    for m in chosen.iter().filter(|m| !m.is_note) {
        let writer =
            m.from.clone().filter(|_| m.direction == Direction::Inbound).map(|address| Address { name: m.sender_name.clone(), address });
        for a in writer.iter().chain(&m.to).chain(&m.cc) {
            if !super::recipients::is_own(&a.address, std::slice::from_ref(&entry.account.identifier))
                && !people.iter().any(|p| p.address.eq_ignore_ascii_case(&a.address))
            {
                people.push(a.clone());
            }
        }
    }
    let subject = subject.map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned);
    if subject.as_deref().is_some_and(|s| s.contains(['\r', '\n']) || s.chars().count() > 500) {
        return Err(Error::field("subject", "invalid", "A subject is one line of at most 500 characters."));
    }
    let subject =
        subject.or_else(|| first.and_then(|m| m.subject.clone())).or_else(|| c.subject.clone()).filter(|_| d.capabilities.subject);
    let new = NewConversation {
        channel_id: c.channel_id,
        channel: c.channel.clone(),
        provider: c.provider.clone(),
        status: Status::Open,
        subject_key: subject.as_deref().map(connectors::normalise_subject).filter(|k| !k.is_empty()),
        subject,
        contact_id: contact.or(c.contact_id),
        thread_key: None,
        previous_id: Some(c.id),
        participants: people,
        assignee_id: c.assignee_id,
        team_id: c.team_id,
        metadata: Map::new(),
        sample: false,
        at: now,
    };
    let (id, number) = store::insert(tx, ids, &new)?;
    seats::begin(tx, &actor.label(), id, c.seat(), How::Manual, now)?;
    for m in &chosen {
        // What was said beside the one is the other's own.
        tx.exec("UPDATE messages SET conversation_id = $2, aside_id = NULL WHERE id = $1", params![m.id, id])?;
        tx.exec("UPDATE outbox SET conversation_id = $2 WHERE message_id = $1", params![m.id, id])?;
    }
    tally::recount(tx, c.id, now)?;
    tally::recount(tx, id, now)?;
    tx.emit(event("conversation.created", actor, now, id).payload(json!({ "number": number, "split_from": c.id })));
    tx.emit(event("conversation.split", actor, now, c.id).payload(json!({ "into": id, "number": number, "messages": chosen.len() })));
    crate::app::found(store::find(tx, id)?, "conversation.not_found", "conversation")
}
