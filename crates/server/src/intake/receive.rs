//! One message into one conversation. Everything here is one transaction; uniqueness is the indexes'.

use super::One;
use super::answers::{self, Came};
use crate::channels::Entry;
use crate::contacts::{self, Person};
use crate::conversations::{self, Arrival, NewConversation, NewMessage, OnInbound, Recipients, ThreadRow, on_inbound};
use crate::files::{self, NewFile};
use crate::search;
use db::{Tx, params};
use kernel::channel::InboundMessage;
use kernel::event::NewEvent;
use kernel::message::{Address, Direction, HandleEvidence, MessageStatus, SenderType, Status, preview};
use kernel::time::{DAY, Millis};
use kernel::{ContactId, FileId, Ids, MessageId, Result, id::new_id};
use serde_json::{Map, Value, json};

pub struct Context<'a> {
    pub entry: &'a Entry,
    pub ids: &'a dyn Ids,
    pub now: Millis,
    pub received_at: Millis,
    pub key: i64,
    /// From an archive: no unread marks, nobody is woken, closed as it comes.
    pub silent: bool,
}

/// A message that comes later than this after its own date stands where it came.
const LATE: Millis = 7 * DAY;
/// A subject may join messages only within this time.
const SUBJECT_WITHIN: Millis = 14 * DAY;

pub fn message(tx: &mut Tx<'_>, cx: &Context<'_>, m: &InboundMessage, stored: &[NewFile]) -> Result<One> {
    let own_id;
    let mut m = m;
    if let Some(known) = conversations::message_by_external(tx, cx.entry.id, &m.external_id)? {
        let Some(id) = another(tx, cx, m, known)? else {
            return Ok(One { message: Some(known), ..One::new("duplicate", format!("Already here as {known}.")) });
        };
        own_id = InboundMessage { external_id: id, ..m.clone() };
        m = &own_id;
    }
    // What was forwarded has the conversation's token too: its receiver proves nothing about the conversation's person.
    let beside = if cx.silent { None } else { conversations::beside(tx, cx.entry.id, m)? };
    // Who answers with a reply token holds the address it was sent to: a claim of the conversation's person is proved by it.
    if beside.is_none()
        && let Some((id, _)) = &m.thread.token
        && let Some(owner) = conversations::thread_anywhere(tx, *id)?.and_then(|t| t.contact_id)
    {
        let h = &m.sender.handle;
        contacts::prove(tx, owner, &h.kind, "", &h.value, &format!("channel:{}", cx.entry.id), cx.now)?;
    }
    let person = contacts::resolve(tx, cx.ids, cx.entry.id, &m.sender, &cx.entry.default_country, cx.now)?;
    if person.created {
        tx.emit(NewEvent::new("contact.created", "system", cx.now).contact(person.id));
    }
    // A clock that is wrong by years would bury a new message where nobody looks; one that is fast would pin it on top. An archive is
    // as old as it says.
    let oldest = if cx.silent { 0 } else { cx.received_at - LATE };
    let at = m.sent_at.filter(|t| *t >= oldest).map_or(cx.received_at, |t| t.min(cx.received_at));
    let beside = beside.filter(|b| b.thread.contact_id != Some(person.id));
    let (thread, reason) = match &beside {
        Some(b) => (Some(b.thread.clone()), "answers what was sent to somebody else".into()),
        None => find_thread(tx, cx, m, &person)?,
    };
    let from = m.sender.handle.value.clone();
    let capabilities = &cx.entry.connector.descriptor().capabilities;

    let known_before = thread.as_ref().map(|t| t.id);
    let assignee = thread.as_ref().and_then(|t| t.assignee_id);
    let through = thread.as_ref().and_then(|t| t.through);
    let (id, verified, reopened, participants) = match thread {
        Some(t) => {
            let known = beside.as_ref().map_or_else(|| is_participant(&t, &from, person.id), |b| b.known);
            let participants = (known && beside.is_none()).then(|| widen(cx.entry, &t.participants, m)).flatten();
            let reopen = !cx.silent
                && !m.attended
                && match on_inbound(t.status, t.resolved_at, cx.now, m.automatic) {
                    OnInbound::Reopen => true,
                    OnInbound::Continue => beside.is_some(),
                    OnInbound::Keep => false,
                };
            (t.id, known, reopen.then_some(t.status), participants)
        }
        None => {
            let previous = previous(tx, cx, m)?;
            // What the provider's own filter called spam begins there; people see it when they look.
            let spam = m.metadata.get("spam").and_then(Value::as_bool).unwrap_or(false);
            let status = match (cx.silent, spam) {
                (_, true) => Status::Spam,
                (true, false) => Status::Resolved,
                (false, false) => Status::New,
            };
            let mut metadata = Map::new();
            for name in ["page_url", "user_agent"] {
                if let Some(value) = m.metadata.get(name) {
                    metadata.insert(name.into(), value.clone());
                }
            }
            let new = NewConversation {
                channel_id: cx.entry.id,
                channel: cx.entry.word.clone(),
                provider: cx.entry.account.provider.clone(),
                status,
                subject: m.subject.clone().filter(|_| capabilities.subject),
                subject_key: m
                    .thread
                    .subject
                    .clone()
                    .or_else(|| m.subject.as_deref().map(connectors::normalise_subject))
                    .filter(|k| !k.is_empty()),
                contact_id: Some(person.id),
                thread_key: m.thread.key.clone(),
                previous_id: previous,
                participants: widen(cx.entry, &[], m).unwrap_or_default(),
                assignee_id: None,
                team_id: None,
                metadata,
                sample: false,
                at,
            };
            let (id, number) = conversations::insert(tx, cx.ids, &new)?;
            tx.emit(
                NewEvent::new("conversation.created", "system", cx.now)
                    .conversation(id)
                    .contact(person.id)
                    .payload(json!({ "number": number })),
            );
            (id, true, None, None)
        }
    };
    let reply_to_id = m.thread.answers.first().map(|a| conversations::message_by_external(tx, cx.entry.id, a)).transpose()?.flatten();
    let message_id: MessageId = new_id(cx.ids, cx.now);
    let uploads = uploads(m);
    let mut metadata = m.metadata.clone();
    metadata.remove("file_ids");
    if let Some(reply_to) = &m.reply_to {
        metadata.insert("reply_to".into(), Value::from(reply_to.address.clone()));
    }
    let new = NewMessage {
        id: message_id,
        conversation_id: id,
        channel_id: cx.entry.id,
        external_id: Some(m.external_id.clone()),
        direction: if m.echo { Direction::Outbound } else { Direction::Inbound },
        sender_type: if m.echo { SenderType::User } else { SenderType::Contact },
        sender: (!m.echo).then(|| person.id.as_bytes().to_vec()),
        sender_name: Some(m.sender.name.clone().filter(|n| !n.trim().is_empty()).unwrap_or_else(|| person.name.clone())),
        from: Some(from),
        recipients: Recipients { to: m.to.clone(), cc: m.cc.clone(), bcc: Vec::new() },
        subject: m.subject.clone(),
        content_type: m.content_type,
        text: m.text.clone(),
        stripped_text: m.stripped_text.clone(),
        html: m.html.clone(),
        file_count: (stored.len() + uploads.len()) as i64,
        reply_to_id,
        is_note: false,
        status: MessageStatus::Delivered,
        automatic: m.automatic,
        automated_by: None,
        verified_sender: verified,
        thread_reason: Some(reason.clone()),
        send_at: None,
        sent_at: Some(at),
        delivered_at: Some(cx.received_at),
        created_at: cx.now,
        metadata,
        journal_key: Some(cx.key),
        aside_id: beside.as_ref().map(|b| b.aside),
    };
    let Some(key) = conversations::insert_message(tx, &new)? else {
        return Ok(One::new("duplicate", "The same message was being taken in at the same time.".into()));
    };
    for (position, file) in stored.iter().enumerate() {
        files::insert(tx, cx.ids, file, Some((message_id, position as i64)), None, cx.now)?;
    }
    let uploaded = files::attach(tx, &uploads, message_id)?;
    super::missing::plan(tx, cx.ids, message_id, &new.metadata, super::missing::soon(cx.now), cx.now)?;
    let words = search::words_of(&new, &uploaded, stored.iter().map(|f| f.name.as_str()));
    search::index(tx, key, &words);
    let shown = m.stripped_text.as_deref().unwrap_or(&m.text);
    let file_name = stored.first().map(|f| f.name.as_str()).or(uploaded.first().map(|f| f.name.as_str())).unwrap_or("");
    let inbound = !m.echo;
    let arrival = Arrival {
        id,
        at,
        preview: &preview(if shown.trim().is_empty() { file_name } else { shown }),
        direction: new.direction,
        unread: i64::from(inbound && !cx.silent && !m.attended),
        status: reopened.map(|_| Status::Open),
        waiting: match m.attended && beside.is_none() {
            true => Some(None),
            false => (inbound && !cx.silent && !m.automatic && beside.is_none()).then_some(Some(at)),
        },
        participants: participants.as_deref(),
        now: cx.now,
    };
    conversations::count_in(tx, &arrival)?;
    if cx.silent {
        conversations::label(tx, cx.ids, id, &labels(&new.metadata), cx.now)?;
    }
    if let Some(through) = through {
        conversations::note_arrival(tx, through, message_id)?;
    }
    if inbound && !cx.silent && !m.automatic && beside.is_none() {
        conversations::cancel_waiting(tx, id, conversations::ANSWERED, true, cx.now)?;
    }
    contacts::seen(tx, person.id, at)?;
    if inbound && !cx.silent && !m.automatic {
        conversations::arrive(tx, id, cx.now)?;
    }
    if let Some(before) = reopened {
        let payload = json!({ "status": Status::Open, "before": before, "because": "message" });
        tx.emit(NewEvent::new("conversation.status_changed", "system", cx.now).conversation(id).payload(payload));
    }
    if !cx.silent {
        let payload = json!({ "direction": new.direction, "automatic": m.automatic, "assignee_id": assignee });
        let actor = format!("contact:{}", person.id);
        tx.emit(NewEvent::new("message.created", actor, cx.now).conversation(id).message(message_id).contact(person.id).payload(payload));
    }
    if inbound && beside.is_none() {
        let (began, contact_name) = (known_before.is_none(), person.name.clone());
        let came = Came { message: message_id, conversation: id, contact: person.id, contact_name, began, verified, at };
        answers::answer(tx, cx, m, &came)?;
    }
    let words = format!("Message {message_id}: {reason}; person by {}.", person.how);
    Ok(One { message: Some(message_id), conversation: Some(id), ..One::new("done", words) })
}

/// Some mail programs give one Message-ID to many mails. One by somebody else, or with other words of another time, is no repetition: it
/// gets an id of its own, which is the same whenever it comes again. `None` for a repetition.
fn another(tx: &mut Tx<'_>, cx: &Context<'_>, m: &InboundMessage, known: MessageId) -> Result<Option<String>> {
    if !cx.entry.connector.descriptor().capabilities.recipients || m.echo {
        return Ok(None);
    }
    let Some(there) = conversations::message(tx, known)?.filter(|t| t.direction == Direction::Inbound && !t.is_deleted) else {
        return Ok(None);
    };
    let from = m.sender.handle.value.as_str();
    let same_sender = there.from.as_deref().is_some_and(|f| f.eq_ignore_ascii_case(from));
    let same_time = m.sent_at.is_some() && there.sent_at == m.sent_at;
    if same_sender && (same_time || there.text == m.text) {
        return Ok(None);
    }
    let mark = connectors::kit::signatures::sha256_hex(format!("{from}\0{}\0{}", m.sent_at.unwrap_or(0), m.text).as_bytes());
    let id = format!("{}#{}", m.external_id, &mark[..16]);
    Ok(conversations::message_by_external(tx, cx.entry.id, &id)?.is_none().then_some(id))
}

/// What an archive called it.
fn labels(metadata: &Map<String, Value>) -> Vec<String> {
    let list = metadata.get("labels").and_then(Value::as_array);
    list.map(|l| l.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()).unwrap_or_default()
}

/// Files that a visitor uploaded before the message.
fn uploads(m: &InboundMessage) -> Vec<FileId> {
    let list = m.metadata.get("file_ids").and_then(Value::as_array);
    list.map(|l| l.iter().filter_map(|v| v.as_str()?.parse().ok()).collect()).unwrap_or_default()
}

/// The conversation this belongs to, and why: token, the channel's own thread, what it answers, the subject. None: a new one.
fn find_thread(tx: &mut Tx<'_>, cx: &Context<'_>, m: &InboundMessage, person: &Person) -> Result<(Option<ThreadRow>, String)> {
    let channel = cx.entry.id;
    if let Some((id, how)) = &m.thread.token {
        let named = conversations::thread_anywhere(tx, *id)?;
        if let Some(t) = usable(tx, cx, named, m)? {
            return Ok((Some(t), format!("reply token ({how})")));
        }
    }
    if let Some(key) = &m.thread.key {
        let running = conversations::thread_by_key(tx, channel, key)?;
        if let Some(t) = usable(tx, cx, running, m)? {
            return Ok((Some(t), "the channel's thread".into()));
        }
        return Ok((None, "first message of a thread".into()));
    }
    for answer in &m.thread.answers {
        let answered = conversations::thread_by_message(tx, channel, answer)?;
        if let Some(t) = usable(tx, cx, answered, m)? {
            return Ok((Some(t), format!("answers {answer}")));
        }
    }
    if let Some(subject) = m.thread.subject.as_deref().filter(|s| !s.is_empty()) {
        let candidates = conversations::threads_by_subject(tx, channel, person.id, subject, cx.now - SUBJECT_WITHIN)?;
        let mut mine: Vec<ThreadRow> = candidates.into_iter().filter(|t| is_participant(t, &m.sender.handle.value, person.id)).collect();
        // Two possible ones are none: never guess.
        if mine.len() == 1
            && let Some(t) = mine.pop()
        {
            return Ok((Some(t), "same subject and person".into()));
        }
    }
    Ok((None, "no earlier conversation".into()))
}

/// A conversation closed too long ago does not go on: its thread ends, a new one begins.
fn usable(tx: &mut Tx<'_>, cx: &Context<'_>, thread: Option<ThreadRow>, m: &InboundMessage) -> Result<Option<ThreadRow>> {
    let Some(t) = thread else { return Ok(None) };
    if !cx.silent && on_inbound(t.status, t.resolved_at, cx.now, m.automatic) == OnInbound::Continue {
        conversations::end_thread(tx, t.id)?;
        return Ok(None);
    }
    Ok(Some(t))
}

/// The conversation that would have gone on, had it not been closed too long ago.
fn previous(tx: &mut Tx<'_>, cx: &Context<'_>, m: &InboundMessage) -> Result<Option<kernel::ConversationId>> {
    if let Some((id, _)) = &m.thread.token {
        return Ok(conversations::thread_anywhere(tx, *id)?.map(|t| t.id));
    }
    if let Some(key) = &m.thread.key {
        return tx.opt(
            "SELECT id FROM conversations WHERE channel_id = $1 AND thread_key = $2 ORDER BY created_at DESC LIMIT 1",
            params![cx.entry.id, key],
            |r| r.get(0),
        );
    }
    for answer in &m.thread.answers {
        if let Some(t) = conversations::thread_by_message(tx, cx.entry.id, answer)? {
            return Ok(Some(t.id));
        }
    }
    Ok(None)
}

fn is_participant(t: &ThreadRow, from: &str, person: ContactId) -> bool {
    t.contact_id == Some(person) || t.participants.iter().any(|p| p.address.eq_ignore_ascii_case(from))
}

/// Everybody who takes part, our own address apart; `None` when nobody is new.
fn widen(entry: &Entry, known: &[Address], m: &InboundMessage) -> Option<Vec<Address>> {
    let mut all = known.to_vec();
    let sender = Address { name: m.sender.name.clone(), address: m.sender.handle.value.clone() };
    let others: &[&[Address]] = if entry.connector.descriptor().capabilities.recipients { &[&m.to, &m.cc] } else { &[] };
    for a in std::iter::once(&sender).chain(others.iter().flat_map(|l| l.iter())) {
        let ours = a.address.eq_ignore_ascii_case(&entry.account.identifier) || is_plus_form(&entry.account.identifier, &a.address);
        let proved = !std::ptr::eq(a, &sender) || m.sender.handle.evidence != HandleEvidence::Claimed;
        if !ours && proved && !all.iter().any(|p| p.address.eq_ignore_ascii_case(&a.address)) {
            all.push(a.clone());
        }
    }
    all.truncate(100);
    (all.len() > known.len()).then_some(all)
}

fn is_plus_form(own: &str, other: &str) -> bool {
    let (Some((own_local, own_domain)), Some((local, domain))) = (own.split_once('@'), other.split_once('@')) else { return false };
    let bare = local.split('+').next().unwrap_or(local);
    domain.eq_ignore_ascii_case(own_domain)
        && (bare.eq_ignore_ascii_case(own_local) || bare.eq_ignore_ascii_case("reply"))
        && local.contains('+')
}
