//! The verbs: reply, note, assign, set status, tag, mark read, delete. Each runs in one transaction with its event.

use super::asides::{self, Aside};
use super::mentions;
use super::model::{Conversation, Draft, Location, Message, Recipients};
use super::returns::{self, LifeCycle};
use super::seats::{self, How};
use super::store::{self, Arrival, NewMessage};
use super::wording::{self, Below};
use super::{drafts, followers, meanwhile, recipients, scheduled, tally};
use crate::audit::{self, Act};
use crate::channels::Entry;
use crate::files::Attachment;
use crate::teams::Seat;
use crate::{attributes, files, outbox, search, sub_statuses};
use db::Tx;
use kernel::actor::Who;
use kernel::channel::{Button, TemplateUse};
use kernel::event::NewEvent;
use kernel::message::{Address, ContentType, Direction, MessageStatus, Priority, SenderType, Status, preview};
use kernel::policy::{self, Proposal, Verdict};
use kernel::time::{Millis, SECOND};
use kernel::{Actor, ConversationId, Error, FileId, Ids, MemberId, MessageId, Result, SubStatusId, id::new_id};
use serde_json::{Map, json};

/// What a member writes to the customer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub text: String,
    pub html: Option<String>,
    pub attachments: Vec<FileId>,
    /// Recipients; those of the conversation when absent.
    pub to: Option<Vec<Address>>,
    pub cc: Option<Vec<Address>>,
    pub bcc: Vec<Address>,
    pub subject: Option<String>,
    pub reply_to_id: Option<MessageId>,
    /// When it leaves; undo is possible until then.
    pub send_at: Option<Millis>,
    /// Not sent when the customer writes before that.
    pub unless_answered: bool,
    pub status_after: Option<Status>,
    pub snoozed_until: Option<Millis>,
    /// How many messages the writer had seen; fewer than there are is a conflict.
    pub seen_message_count: Option<i64>,
    pub automated_by: Option<String>,
    /// Says no more than that something has arrived: nobody has answered, and lists show what the person wrote.
    pub receipt: bool,
    /// An approved template, its text already filled in as `text`.
    pub template: Option<TemplateUse>,
    pub buttons: Vec<Button>,
    /// A place; the text is made of it.
    pub location: Option<Location>,
    /// The message this one belongs to, when one reply leaves as several.
    pub part_of: Option<MessageId>,
    /// The writer's signature goes below, where the channel is mail.
    pub signature: bool,
    /// Whom it is for besides the customer. An answer in such a talk knows by `reply_to_id`.
    pub aside: Aside,
    /// What stands below the words, on mail.
    pub below: Option<Below>,
    /// Files of other messages that go along.
    pub copies: Vec<Attachment>,
    /// More for the metadata.
    pub about: Map<String, serde_json::Value>,
}

/// Name in a message's metadata: the status it gave its conversation, and how that was before.
const BEFORE: &str = "status_before";

/// The name and id under which the actor speaks.
#[derive(Debug, Clone)]
pub struct Voice {
    pub member: Option<MemberId>,
    pub name: Option<String>,
}

pub fn voice(tx: &mut Tx<'_>, actor: &Actor) -> Result<Voice> {
    let member = actor.member();
    let name = match member {
        Some(id) => crate::people::member(tx, id)?.map(|m| m.name),
        None => None,
    };
    Ok(Voice { member, name })
}

fn event(kind: &'static str, actor: &Actor, now: Millis, id: ConversationId) -> NewEvent {
    NewEvent::new(kind, actor.label(), now).conversation(id)
}

/// Who gets a reply when nobody was named: everybody the mail went to.
pub fn default_recipients(tx: &mut Tx<'_>, c: &Conversation, entry: &Entry) -> Result<Recipients> {
    Ok(recipients::answering(tx, c, entry)?.all.into())
}

/// What policy says of sending in this conversation, before anything is written.
pub fn may_send(tx: &mut Tx<'_>, c: &Conversation, entry: &Entry, recipients: &Recipients, now: Millis) -> Result<Verdict> {
    let sample = Proposal { text_chars: 1, text_bytes: 1, ..proposal(tx, c, entry, recipients, now)? };
    Ok(policy::judge(&sample, entry.connector.descriptor()))
}

/// How long free answers are possible here.
pub fn window(tx: &mut Tx<'_>, c: &Conversation, entry: &Entry) -> Result<Option<policy::WindowState>> {
    let d = entry.connector.descriptor();
    if d.window.is_none() {
        return Ok(None);
    }
    let last = super::changes::last_inbound(tx, c.id)?.map(|m| m.at);
    Ok(policy::window(d, last))
}

/// Everything that policy looks at besides the content.
fn proposal(tx: &mut Tx<'_>, c: &Conversation, entry: &Entry, r: &Recipients, now: Millis) -> Result<Proposal> {
    let d = entry.connector.descriptor();
    let standing = match r.to.first() {
        Some(to) => crate::channels::people::standing(tx, entry.id, &to.address)?,
        None => Default::default(),
    };
    let last = if d.window.is_some() { super::changes::last_inbound(tx, c.id)?.map(|m| m.at) } else { None };
    Ok(Proposal {
        has_recipient: !(r.to.is_empty() && r.cc.is_empty() && r.bcc.is_empty()),
        by_person: true,
        // A channel in error keeps what is written for it and sends when it works again.
        channel_active: entry.status != kernel::message::ChannelStatus::Inactive,
        read_only: entry.is_read_only(),
        opted_out: standing.opted_out_at.is_some(),
        blocked: standing.blocked,
        last_inbound_at: last,
        now,
        ..Default::default()
    })
}

fn check_addresses(field: &str, list: &[Address]) -> Result<()> {
    for a in list {
        if crate::contacts::normalise("email", &a.address, "").is_none() || a.address.contains(['<', '>', ',', ';', '"']) {
            return Err(Error::field(field, "invalid", format!("{} is no e-mail address.", a.address)));
        }
        if a.name.as_deref().is_some_and(|n| n.contains(['\r', '\n'])) {
            return Err(Error::field(field, "invalid", "A name has no line breaks."));
        }
    }
    Ok(())
}

/// Stores the reply and queues it; gives the (first) message as it stands. What the channel cannot carry in one message (many files,
/// a text beside a file) leaves as several, in order.
pub fn reply(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, c: &Conversation, entry: &Entry, r: &Reply, now: Millis) -> Result<Message> {
    let limits = entry.limits();
    // A template is one message, its file stands in the header; a place is one, too.
    if r.template.is_some() || r.location.is_some() {
        return reply_once(tx, ids, actor, c, entry, r, now);
    }
    // Where text is a caption of the file, sound carries none.
    let mut kinds = Vec::new();
    for id in &r.attachments {
        kinds.extend(files::find(tx, *id)?.map(|f| f.content_type));
    }
    let mute = limits.attachments == 1 && kinds.iter().any(|k| k.starts_with("audio/"));
    let apart = !r.text.trim().is_empty() && !r.attachments.is_empty() && (mute || r.text.trim().chars().count() > limits.caption_chars);
    if limits.attachments == 0 || (!apart && r.attachments.len() <= limits.attachments) {
        return reply_once(tx, ids, actor, c, entry, r, now);
    }
    let mut files = r.attachments.chunks(limits.attachments);
    let again = |tx: &mut Tx<'_>| crate::app::found(store::find(tx, c.id)?, "conversation.not_found", "conversation");
    let with = if apart { &[] } else { files.next().unwrap_or_default() };
    let first = reply_once(tx, ids, actor, c, entry, &Reply { attachments: with.to_vec(), ..r.clone() }, now)?;
    for chunk in files {
        let part = Reply {
            text: String::new(),
            html: None,
            attachments: chunk.to_vec(),
            part_of: Some(first.id),
            seen_message_count: None,
            status_after: None,
            buttons: Vec::new(),
            copies: Vec::new(),
            below: None,
            ..r.clone()
        };
        // The first part made of the conversation what was asked.
        let c = again(tx)?;
        reply_once(tx, ids, actor, &c, entry, &part, now)?;
    }
    Ok(first)
}

fn reply_once(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, c: &Conversation, entry: &Entry, r: &Reply, now: Millis) -> Result<Message> {
    let d = entry.connector.descriptor();
    if let Some(seen) = r.seen_message_count
        && seen < c.message_count
    {
        return Err(Error::conflict("conversation.changed", meanwhile::words(tx, c, seen)?));
    }
    let answered = match r.reply_to_id {
        Some(id) => {
            let known = store::message(tx, id)?.filter(|m| m.conversation_id == c.id && !m.is_note);
            Some(crate::app::found(known, "message.not_found", "message in this conversation")?)
        }
        None => None,
    };
    let aside = match (r.aside, answered.as_ref().and_then(|m| m.aside_id)) {
        (Aside::No, Some(first)) => Aside::In(first),
        (asked, _) => asked,
    };
    let beside = aside != Aside::No;
    let mut recipients = match &answered {
        _ if aside == Aside::Begin => Recipients::default(),
        Some(m) if beside => asides::recipients(m),
        Some(m) => recipients::answering_to(tx, c, entry, m)?.all.into(),
        None => default_recipients(tx, c, entry)?,
    };
    if d.capabilities.recipients {
        for (field, list) in [("to", r.to.as_deref()), ("cc", r.cc.as_deref()), ("bcc", Some(r.bcc.as_slice()))] {
            check_addresses(field, list.unwrap_or_default())?;
        }
        if let Some(to) = &r.to {
            recipients = Recipients { to: to.clone(), cc: r.cc.clone().unwrap_or_default(), bcc: r.bcc.clone() };
        } else {
            recipients.cc = r.cc.clone().unwrap_or(recipients.cc);
            recipients.bcc = r.bcc.clone();
        }
    }
    if r.location.is_some() && !(r.attachments.is_empty() && r.buttons.is_empty() && r.template.is_none()) {
        return Err(Error::field("location", "alone", "A place goes by itself, without files, buttons or a template."));
    }
    let placed = r.location.as_ref().map(|place| Reply { text: place.words(), html: None, ..r.clone() });
    let voice = voice(tx, actor)?;
    let wording::Wording { text, html, written, signed } = wording::put_together(tx, entry, placed.as_ref().unwrap_or(r), voice.member)?;
    let mut uploads = files::claim(tx, ids, &r.attachments, actor.member(), now)?;
    for copy in &r.copies {
        let id = files::insert(tx, ids, &copy.clone().into(), None, actor.member(), now)?;
        uploads.push(Attachment { id, ..copy.clone() });
    }
    let proposed = Proposal {
        text_chars: text.trim().chars().count(),
        text_bytes: text.trim().len(),
        files: uploads.iter().map(|f| (f.content_type.clone(), f.size_bytes)).collect(),
        buttons: r.buttons.len(),
        button_chars: r.buttons.iter().map(|b| b.title.trim().chars().count()).max().unwrap_or(0),
        template: r.template.is_some(),
        by_person: r.automated_by.is_none(),
        ..proposal(tx, c, entry, &recipients, now)?
    };
    if let Verdict::Refuse { reason } = policy::judge(&proposed, d) {
        return Err(refusal(&reason.code, reason.detail));
    }
    let id: MessageId = new_id(ids, now);
    let send_at = r.send_at.filter(|at| *at > now);
    let theirs = answered.as_ref().filter(|_| beside).and_then(|m| m.subject.as_deref()).map(re);
    let subject = r.subject.clone().filter(|s| !s.trim().is_empty()).or(theirs).or_else(|| c.subject.clone());
    let subject = subject.filter(|_| d.capabilities.subject);
    if subject.as_deref().is_some_and(|s| s.contains(['\r', '\n']) || s.chars().count() > 500) {
        return Err(Error::field("subject", "invalid", "A subject is one line of at most 500 characters."));
    }
    let subject = subject.map(|s| if c.message_count > 0 && !beside { answering(s, c) } else { s });
    // What leaves some other day is said then: until that day the customer waits, and the list stays as it is.
    // The same goes for what somebody else is told.
    let later = beside || r.receipt || (send_at.is_some_and(|at| at > now + tally::LATER) && c.message_count > 0);
    let status = match later && r.status_after.is_none() && (r.receipt || c.status != Status::New) {
        _ if r.part_of.is_some() => c.status,
        true => c.status,
        false => next_status(c, r.status_after),
    };
    let mut metadata = outgoing_metadata(r);
    if status != c.status {
        // For taking the message back with what it did.
        metadata.insert(BEFORE.into(), json!({ "conversation_id": c.id, "to": status, "from": LifeCycle::of(c) }));
    }
    if signed {
        metadata.insert("signed".into(), json!(true));
    }
    let new = NewMessage {
        id,
        conversation_id: c.id,
        channel_id: entry.id,
        external_id: Some(entry.connector.outgoing_id(&entry.account, id, c.id)),
        direction: Direction::Outbound,
        sender_type: if voice.member.is_some() { SenderType::User } else { SenderType::Bot },
        sender: voice.member.map(|m| m.as_bytes().to_vec()),
        sender_name: voice.name,
        from: Some(entry.account.identifier.clone()),
        recipients,
        subject,
        content_type: match (&r.template, &html) {
            _ if r.location.is_some() => ContentType::Location,
            (Some(_), _) => ContentType::Template,
            (None, Some(_)) => ContentType::Html,
            (None, None) if !r.buttons.is_empty() => ContentType::Interactive,
            (None, None) => ContentType::Text,
        },
        text,
        stripped_text: written,
        html,
        file_count: uploads.len() as i64,
        reply_to_id: r.reply_to_id,
        is_note: false,
        status: if send_at.is_some() { MessageStatus::Scheduled } else { MessageStatus::Pending },
        automatic: r.automated_by.is_some(),
        automated_by: r.automated_by.clone(),
        verified_sender: true,
        thread_reason: None,
        send_at,
        sent_at: None,
        delivered_at: None,
        created_at: now,
        metadata,
        journal_key: None,
        aside_id: aside.of(id),
    };
    let key = store::insert_message(tx, &new)?.ok_or_else(|| Error::conflict("message.exists", "This message exists already."))?;
    files::attach(tx, &uploads.iter().map(|u| u.id).collect::<Vec<_>>(), id)?;
    search::index(tx, key, &search::words_of(&new, &uploads, []));
    let said = new.stripped_text.as_deref().unwrap_or(&new.text);
    let shown = preview(if said.trim().is_empty() { uploads.first().map_or("", |f| &f.name) } else { said });
    let arrival = Arrival {
        id: c.id,
        at: if later { 0 } else { now },
        preview: if later { "" } else { &shown },
        direction: Direction::Outbound,
        unread: 0,
        status: if status != c.status { Some(status) } else { None },
        waiting: if later { None } else { Some(None) },
        participants: None,
        now,
    };
    store::count_in(tx, &arrival)?;
    if let Some(member) = voice.member {
        // What is being written to the customer stays.
        if aside != Aside::Begin {
            drafts::drop_draft(tx, c.id, member)?;
        }
        followers::wrote(tx, actor, c.id, member, now)?;
        if c.assignee_id.is_none() && !beside {
            let before = c.seat();
            seats::settle(tx, &actor.label(), c.id, before, Seat { assignee: Some(member), ..before }, How::Reply, now)?;
        }
    }
    let program = matches!(actor.who, Who::Token { .. });
    let class = if r.automated_by.is_some() || program { outbox::Class::Rule } else { outbox::Class::Person };
    outbox::queue(tx, id, c.id, entry.id, send_at.unwrap_or(now), class, now)?;
    if r.unless_answered {
        outbox::reschedule(tx, id, None, Some(true))?;
    }
    tx.emit(event("message.created", actor, now, c.id).message(id).payload(json!({ "direction": "outbound" })));
    if status != c.status {
        set_status(tx, actor, c, status, r.snoozed_until, now)?;
    }
    crate::app::found(store::message(tx, id)?, "message.not_found", "message")
}

/// Whether a message that waits may say this instead.
pub fn may_say(tx: &mut Tx<'_>, c: &Conversation, entry: &Entry, m: &Message, text: &str, now: Millis) -> Result<()> {
    let recipients = Recipients { to: m.to.clone(), cc: m.cc.clone(), bcc: m.bcc.clone() };
    let proposed = Proposal {
        text_chars: text.trim().chars().count(),
        text_bytes: text.trim().len(),
        files: m.attachments.iter().map(|f| (f.content_type.clone(), f.size_bytes)).collect(),
        template: m.content_type == ContentType::Template,
        by_person: m.automated_by.is_none(),
        ..proposal(tx, c, entry, &recipients, now)?
    };
    match policy::judge(&proposed, entry.connector.descriptor()) {
        Verdict::Refuse { reason } => Err(refusal(&reason.code, reason.detail)),
        _ => Ok(()),
    }
}

/// What the connector needs besides the text.
fn outgoing_metadata(r: &Reply) -> Map<String, serde_json::Value> {
    let mut metadata = r.about.clone();
    if let Some(template) = &r.template {
        metadata.insert("template".into(), json!(template));
    }
    if !r.buttons.is_empty() {
        metadata.insert("buttons".into(), json!(r.buttons));
    }
    if let Some(location) = &r.location {
        metadata.insert("location".into(), json!(location));
    }
    if let Some(first) = r.part_of {
        metadata.insert("part_of".into(), json!(first));
    }
    if r.unless_answered {
        metadata.insert(scheduled::UNLESS_ANSWERED.into(), json!(true));
    }
    metadata
}

/// The conversation's own subject goes on as its answer (RFC 5322 §3.6.5); one that the writer chose stays.
fn answering(subject: String, c: &Conversation) -> String {
    if c.subject.as_ref() != Some(&subject) { subject } else { re(&subject) }
}
fn re(subject: &str) -> String {
    let marked = subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    if marked { subject.to_owned() } else { format!("Re: {subject}") }
}

fn refusal(code: &str, detail: String) -> Error {
    const CODES: &[&str] = &[
        "policy.sending_stopped",
        "policy.channel_inactive",
        "policy.no_recipient",
        "policy.empty",
        "policy.text_too_long",
        "policy.no_attachments",
        "policy.too_many_attachments",
        "policy.attachment_too_large",
        "policy.attachment_type",
        "policy.too_many_buttons",
        "policy.button_too_long",
        "policy.window_closed",
        "policy.read_only",
        "policy.no_replies",
        "policy.opted_out",
        "policy.unreachable",
    ];
    Error::conflict(CODES.iter().find(|c| **c == code).copied().unwrap_or("policy.refused"), detail)
}

/// The first act of an agent opens a new conversation; the writer may say what it becomes.
fn next_status(c: &Conversation, asked: Option<Status>) -> Status {
    match asked {
        Some(s) => s,
        None if matches!(c.status, Status::New | Status::Snoozed | Status::Resolved | Status::Archived) => Status::Open,
        None => c.status,
    }
}

/// A message for the team only; it never leaves.
pub fn note(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, c: &Conversation, text: &str, now: Millis) -> Result<Message> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 20_000 {
        return Err(Error::field("text", "invalid", "A note has 1 to 20,000 characters."));
    }
    let id: MessageId = new_id(ids, now);
    let voice = voice(tx, actor)?;
    let mentions = mentions::in_text(text, &crate::people::active_members(tx)?);
    let mut metadata = Map::new();
    if !mentions.is_empty() {
        metadata.insert("mentions".into(), json!(mentions));
    }
    let new = NewMessage {
        id,
        conversation_id: c.id,
        channel_id: c.channel_id,
        external_id: None,
        direction: Direction::Outbound,
        sender_type: if voice.member.is_some() { SenderType::User } else { SenderType::System },
        sender: voice.member.map(|m| m.as_bytes().to_vec()),
        sender_name: voice.name,
        from: None,
        recipients: Recipients::default(),
        subject: None,
        content_type: ContentType::Text,
        text: text.to_owned(),
        stripped_text: None,
        html: None,
        file_count: 0,
        reply_to_id: None,
        is_note: true,
        status: MessageStatus::Sent,
        automatic: false,
        automated_by: None,
        verified_sender: true,
        thread_reason: None,
        send_at: None,
        sent_at: Some(now),
        delivered_at: None,
        created_at: now,
        metadata,
        journal_key: None,
        aside_id: None,
    };
    let key = store::insert_message(tx, &new)?.ok_or_else(|| Error::conflict("message.exists", "This message exists already."))?;
    search::index(tx, key, &search::words_of(&new, &[], []));
    let status = (c.status == Status::New).then_some(Status::Open);
    store::count_in(
        tx,
        &Arrival {
            id: c.id,
            at: 0,
            preview: "",
            direction: Direction::Outbound,
            unread: 0,
            status,
            waiting: None,
            participants: None,
            now,
        },
    )?;
    if let Some(member) = voice.member {
        drafts::drop_draft(tx, c.id, member)?;
        followers::wrote(tx, actor, c.id, member, now)?;
    }
    tx.emit(event("message.created", actor, now, c.id).message(id).payload(json!({ "is_note": true, "mentions": mentions })));
    if let Some(status) = status {
        tx.emit(event("conversation.status_changed", actor, now, c.id).payload(json!({ "status": status, "before": c.status })));
    }
    crate::app::found(store::message(tx, id)?, "message.not_found", "message")
}

/// One's own note goes away.
pub fn delete_note(tx: &mut Tx<'_>, actor: &Actor, m: &Message, now: Millis) -> Result<()> {
    let own = m.is_note && m.sender_id.is_some() && m.sender_id == actor.member().map(|id| id.to_string());
    if !own {
        return Err(Error::forbidden("message.not_yours", "Only your own notes can be deleted."));
    }
    remove_note(tx, actor, m, now)
}
/// Whoever wrote it.
pub fn remove_note(tx: &mut Tx<'_>, actor: &Actor, m: &Message, now: Millis) -> Result<()> {
    store::delete_message(tx, m, now)?;
    audit::note(tx, actor, &Act::new("note.deleted", m.id).after(json!({ "conversation_id": m.conversation_id })), now)?;
    tx.emit(event("message.deleted", actor, now, m.conversation_id).message(m.id));
    Ok(())
}

/// Undo: takes a message back that has not left.
pub fn cancel(tx: &mut Tx<'_>, actor: &Actor, m: &Message, now: Millis) -> Result<Message> {
    if !outbox::cancel(tx, m.id)? {
        return Err(Error::conflict("message.already_sent", "It is too late: this message is on its way."));
    }
    store::change_message(tx, m.id, &store::StatusChange { status: Some(MessageStatus::Cancelled), ..Default::default() })?;
    tx.emit(event("message.status_updated", actor, now, m.conversation_id).message(m.id).payload(json!({ "status": "cancelled" })));
    for part in super::changes::parts_of(tx, m)? {
        cancel(tx, actor, &part, now)?;
    }
    undo_status(tx, actor, m, now)?;
    // Whoever waited waits on.
    tally::recount(tx, m.conversation_id, now)?;
    crate::app::found(store::message(tx, m.id)?, "message.not_found", "message")
}

/// The status that a message gave its conversation is taken back with it, unless somebody has given it another since, or answered too:
/// then the status is that answer's as well. A conversation into which it was merged got nothing from it.
fn undo_status(tx: &mut Tx<'_>, actor: &Actor, m: &Message, now: Millis) -> Result<()> {
    #[derive(serde::Deserialize)]
    struct Before {
        conversation_id: ConversationId,
        to: Status,
        from: LifeCycle,
    }
    let Some(before) = m.metadata.get(BEFORE).and_then(|b| serde_json::from_value::<Before>(b.clone()).ok()) else { return Ok(()) };
    let Some(c) = store::find(tx, m.conversation_id)?.filter(|c| c.status == before.to && c.id == before.conversation_id) else {
        return Ok(());
    };
    if tally::said_after(tx, m)? {
        return Ok(());
    }
    returns::put_back(tx, actor, &c, &before.from, now)
}

/// Really sends again what failed, or what may never have left, if it is still allowed.
pub fn retry(tx: &mut Tx<'_>, actor: &Actor, m: &Message, entry: &Entry, now: Millis) -> Result<Message> {
    let c = crate::app::found(store::find(tx, m.conversation_id)?, "conversation.not_found", "conversation")?;
    may_say(tx, &c, entry, m, &m.text, now)?;
    if !outbox::again(tx, m.id, now)? {
        return Err(Error::conflict("message.not_failed", "Only a message that failed, or whose fate is unknown, can be sent again."));
    }
    let change =
        store::StatusChange { status: Some(MessageStatus::Pending), error: Some(None), uncertain: Some(false), ..Default::default() };
    store::change_message(tx, m.id, &change)?;
    tx.emit(event("message.status_updated", actor, now, m.conversation_id).message(m.id).payload(json!({ "status": "pending" })));
    crate::app::found(store::message(tx, m.id)?, "message.not_found", "message")
}

pub fn set_status(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, status: Status, until: Option<Millis>, now: Millis) -> Result<()> {
    let until = match (status, until) {
        (Status::Snoozed, Some(at)) if at <= now => return Err(Error::field("snoozed_until", "past", "Choose a time in the future.")),
        (Status::Snoozed, at) => at,
        _ => None,
    };
    if status == Status::Resolved && c.status != status && actor.member().is_some() {
        let values = store::attributes(tx, c.id)?;
        attributes::missing(tx, &values)?;
    }
    match (c.status, status) {
        (_, Status::Spam) => drop(scheduled::cancel_waiting(tx, c.id, "spam", false, now)?),
        (Status::Spam, _) => scheduled::resume(tx, c.id, "spam", now)?,
        _ => {}
    }
    store::set_status(tx, c.id, status, until, now)?;
    if let Some(at) = until {
        tx.due(at);
    }
    if c.assignee_id.is_some() {
        seats::free(tx)?;
    }
    let payload = json!({ "status": status, "before": c.status, "snoozed_until": until.map(kernel::time::rfc3339) });
    tx.emit(event("conversation.status_changed", actor, now, c.id).payload(payload));
    Ok(())
}

/// What the workspace calls the status more precisely; one of the status that the conversation has now, or none.
pub fn set_sub_status(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, to: Option<SubStatusId>, now: Millis) -> Result<()> {
    let c = crate::app::found(store::find_any(tx, id)?, "conversation.not_found", "conversation")?;
    let before = c.sub_status.as_ref().map(|s| s.id);
    if before == to {
        return Ok(());
    }
    if let Some(to) = to {
        let sub = sub_statuses::find(tx, to)?.filter(|s| !s.archived);
        let sub = sub.ok_or_else(|| Error::field("sub_status_id", "not_found", "There is no such sub-status to choose."))?;
        if !sub_statuses::fits(c.status, sub.status) {
            let help = format!("{} is one of the status {}. Give that status with it.", sub.name, sub.status.as_str());
            return Err(Error::field("sub_status_id", "other_status", help));
        }
    }
    store::set_sub_status(tx, id, to, now)?;
    let payload = json!({ "changed": ["sub_status"], "sub_status_id": to, "sub_status_before": before });
    tx.emit(event("conversation.updated", actor, now, id).payload(payload));
    Ok(())
}

pub fn set_priority(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, priority: Priority, now: Millis) -> Result<()> {
    let change = store::Change { subject: None, priority: Some(priority), custom_attributes: None, metadata: None };
    store::change(tx, id, &change, now)?;
    tx.emit(event("conversation.updated", actor, now, id).payload(json!({ "priority": priority, "changed": ["priority"] })));
    Ok(())
}

/// Wakes what was snoozed until now; gives how many.
pub fn wake_snoozed(tx: &mut Tx<'_>, actor: &Actor, now: Millis) -> Result<usize> {
    let due = store::due_snoozes(tx, now)?;
    for id in &due {
        if let Some(c) = store::find_any(tx, *id)? {
            store::set_status(tx, *id, Status::Open, None, now)?;
            let payload = json!({ "status": Status::Open, "before": c.status, "snoozed_until": null, "because": "snooze_ended" });
            tx.emit(event("conversation.status_changed", actor, now, *id).payload(payload));
            store::set_unread(tx, *id, c.unread_count.max(1))?;
        }
    }
    Ok(due.len())
}

pub fn mark_read(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, read: bool, now: Millis) -> Result<()> {
    let count = if read { 0 } else { c.unread_count.max(1) };
    if count == c.unread_count {
        return Ok(());
    }
    store::set_unread(tx, c.id, count)?;
    // For the customer's side: up to which of their messages somebody has looked.
    let up_to = if read { store::mark_seen(tx, c.id, c.unread_count, now)? } else { None };
    tx.emit(event("conversation.read", actor, now, c.id).payload(json!({ "read": read, "unread_count": count, "up_to": up_to })));
    Ok(())
}

pub fn add_tags(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, c: &Conversation, names: &[String], now: Millis) -> Result<()> {
    if names.is_empty() || names.len() > 50 {
        return Err(Error::field("tags", "invalid", "Give 1 to 50 tags."));
    }
    let mut changed = Vec::new();
    for name in names {
        let tag = store::tag(tx, ids, name, now)?;
        if store::add_tag(tx, c.id, tag)? {
            changed.push(tag);
        }
    }
    tags_changed(tx, actor, c, json!({ "tags_added": changed.len(), "added": changed }), changed.is_empty(), now)
}

/// Tags that came with an archive: nobody is told, as of its messages.
pub fn label(tx: &mut Tx<'_>, ids: &dyn Ids, id: ConversationId, names: &[String], now: Millis) -> Result<()> {
    let mut any = false;
    for name in names {
        let tag = store::tag(tx, ids, name, now)?;
        any |= store::add_tag(tx, id, tag)?;
    }
    if any { store::refresh_tags(tx, id, now) } else { Ok(()) }
}

pub fn remove_tags(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, names: &[String], now: Millis) -> Result<()> {
    let mut changed = Vec::new();
    for name in names {
        changed.extend(store::remove_tag(tx, c.id, name)?);
    }
    tags_changed(tx, actor, c, json!({ "tags_removed": changed.len(), "removed": changed }), changed.is_empty(), now)
}

fn tags_changed(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, payload: serde_json::Value, nothing: bool, now: Millis) -> Result<()> {
    if nothing {
        return Ok(());
    }
    store::refresh_tags(tx, c.id, now)?;
    tx.emit(event("conversation.updated", actor, now, c.id).payload(payload));
    Ok(())
}

/// Replaces all tags.
pub fn set_tags(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, c: &Conversation, names: &[String], now: Millis) -> Result<()> {
    let keep: Vec<String> = names.iter().map(|n| store::tag_key(n)).collect();
    let gone: Vec<String> = c.tags.iter().filter(|t| !keep.contains(&store::tag_key(t))).cloned().collect();
    remove_tags(tx, actor, c, &gone, now)?;
    if names.is_empty() { Ok(()) } else { add_tags(tx, ids, actor, c, names, now) }
}

pub fn delete(tx: &mut Tx<'_>, actor: &Actor, c: &Conversation, now: Millis) -> Result<()> {
    scheduled::cancel_waiting(tx, c.id, "deleted", false, now)?;
    store::set_deleted(tx, c.id, Some(now))?;
    let was = json!({ "status": c.status, "messages": c.message_count });
    audit::note(tx, actor, &Act::new("conversation.deleted", c.id).named(format!("#{}", c.number)).before(was), now)?;
    tx.emit(event("conversation.deleted", actor, now, c.id));
    Ok(())
}
pub fn restore(tx: &mut Tx<'_>, actor: &Actor, id: ConversationId, now: Millis) -> Result<()> {
    store::set_deleted(tx, id, None)?;
    scheduled::resume(tx, id, "deleted", now)?;
    audit::note(tx, actor, &Act::new("conversation.restored", id), now)?;
    tx.emit(event("conversation.restored", actor, now, id));
    Ok(())
}

pub fn put_draft(tx: &mut Tx<'_>, c: &Conversation, member: MemberId, draft: &Draft, now: Millis) -> Result<()> {
    let size = draft.text.len() + draft.html.as_ref().map_or(0, String::len);
    if size > 500_000 {
        return Err(Error::too_large("draft.too_large", "A draft takes at most 500 kB."));
    }
    drafts::put_draft(tx, c.id, member, draft, now)
}

/// How long undo is possible unless the writer says otherwise.
pub const UNDO: Millis = 10 * SECOND;

/// Tags and a note at once, for the sample.
pub fn decorate(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, id: ConversationId, tags: &[&str], text: &str, now: Millis) -> Result<()> {
    let c = crate::app::found(store::find(tx, id)?, "conversation.not_found", "conversation")?;
    if !tags.is_empty() {
        let names: Vec<String> = tags.iter().map(|t| (*t).to_owned()).collect();
        add_tags(tx, ids, actor, &c, &names, now)?;
    }
    if !text.is_empty() {
        note(tx, ids, actor, &c, text, now)?;
    }
    Ok(())
}
