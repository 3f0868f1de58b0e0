//! Logging a call: checked, put into its conversation, with its event.

use crate::channels::Entry;
use crate::contacts;
use crate::conversations::{self, Arrival, Conversation, How, Message, NewConversation, NewMessage, OnInbound, Recipients, on_inbound};
use crate::search;
use crate::teams::Seat;
use connectors::channels::phone::{Call, Outcome};
use db::Tx;
use kernel::actor::Permission::ConversationsWrite;
use kernel::channel::{Handle, Sender};
use kernel::error::FieldError;
use kernel::event::NewEvent;
use kernel::message::{Address, ContentType, Direction, HandleEvidence, MessageStatus, SenderType, Status, preview};
use kernel::time::{HOUR, MINUTE, Millis};
use kernel::{Actor, ContactId, Error, Ids, MessageId, Result, id::new_id};
use serde_json::{Map, Value, json};

/// Longer ones are a slip of the finger.
const LONGEST_SECONDS: i64 = 100 * 3_600;
const NOTE_CHARS: usize = 20_000;

/// What somebody says of a call.
#[derive(Debug, Clone)]
pub struct Told {
    pub direction: Direction,
    pub outcome: Outcome,
    /// When it began.
    pub at: Millis,
    pub seconds: Option<i64>,
    pub note: Option<String>,
}

impl Told {
    pub fn check(
        direction: Direction,
        outcome: &str,
        at: Option<Millis>,
        seconds: Option<i64>,
        note: Option<String>,
        now: Millis,
    ) -> Result<Self> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, code: &str, detail: &str| {
            faults.push(FieldError { field: field.into(), code: code.into(), detail: detail.into() });
        };
        let known = Outcome::named(outcome);
        if known.is_none() {
            fault("outcome", "not_an_option", "Choose one of: answered, missed, no_answer, busy, cancelled, failed, voicemail.");
        }
        let at = at.unwrap_or(now);
        if at > now + 5 * MINUTE {
            fault("started_at", "out_of_range", "A call that has not been yet cannot be logged.");
        }
        if at < now - 10 * 366 * 24 * HOUR {
            fault("started_at", "out_of_range", "That is more than ten years ago.");
        }
        if seconds.is_some_and(|s| !(0..=LONGEST_SECONDS).contains(&s)) {
            fault("seconds", "out_of_range", "A call lasts 0 seconds to 100 hours.");
        }
        let note = note.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
        if note.as_deref().is_some_and(|n| n.chars().count() > NOTE_CHARS) {
            fault("note", "too_long", "A note takes 20,000 characters.");
        }
        match (known, faults.is_empty()) {
            (Some(outcome), true) => {
                let lasted = matches!(outcome, Outcome::Answered | Outcome::Voicemail);
                Ok(Self { direction, outcome, at, seconds: seconds.filter(|s| lasted && *s > 0), note })
            }
            _ => Err(Error::fields(faults)),
        }
    }

    fn incoming(&self) -> bool {
        self.direction == Direction::Inbound
    }
}

/// Whom a call was with, when no conversation is named.
pub struct With {
    pub contact: Option<ContactId>,
    pub number: Option<String>,
    pub name: Option<String>,
}

/// The person's conversation on a channel that holds calls: the running one, or a new one.
pub fn conversation_with(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    actor: &Actor,
    entry: &Entry,
    with: &With,
    told: &Told,
    now: Millis,
) -> Result<Conversation> {
    let name = match with.contact {
        Some(id) => Some(contacts::brief(tx, id)?.ok_or_else(|| Error::field("contact_id", "not_found", "There is no such contact."))?.0),
        None => with.name.clone().map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()),
    };
    let given = with.number.as_deref().map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned);
    let number = match (given, with.contact) {
        (Some(number), _) => contacts::normalise("phone", &number, &entry.default_country)
            .ok_or_else(|| Error::field("number", "invalid", "This is no phone number; write it with its country code."))?,
        (None, Some(id)) => {
            let handle = contacts::best_handle(tx, id, &["phone"], "")?;
            handle.ok_or_else(|| Error::field("number", "required", "This person has no phone number. Say which one it was."))?.1
        }
        (None, None) => return Err(Error::field("number", "required", "Say whom it was with: a contact or a number.")),
    };
    let person = match with.contact {
        Some(id) => id,
        None => {
            let handle = Handle { kind: "phone".into(), value: number.clone(), evidence: HandleEvidence::Entered };
            let person = contacts::resolve(
                tx,
                ids,
                entry.id,
                &Sender { handle, name: name.clone(), more: Vec::new() },
                &entry.default_country,
                now,
            )?;
            if person.created {
                tx.emit(NewEvent::new("contact.created", actor.label(), now).contact(person.id));
            }
            person.id
        }
    };
    let mut previous_id = None;
    if let Some(running) = conversations::thread_by_key(tx, entry.id, &number)? {
        if on_inbound(running.status, running.resolved_at, now, false) != OnInbound::Continue {
            return conversations::access(tx, actor, running.id, ConversationsWrite).map_err(|e| match e.is_not_found() {
                true => Error::conflict(
                    conversations::ELSEWHERE,
                    "Colleagues you do not share conversations with are talking to this person here.",
                ),
                false => e,
            });
        }
        conversations::end_thread(tx, running.id)?;
        previous_id = Some(running.id);
    }
    let new = NewConversation {
        channel_id: entry.id,
        channel: entry.word.clone(),
        provider: entry.account.provider.clone(),
        // Somebody of the team has dealt with it; a missed call waits for one who does.
        status: if told.incoming() && told.outcome != Outcome::Answered { Status::New } else { Status::Open },
        subject: None,
        subject_key: None,
        contact_id: Some(person),
        thread_key: Some(number.clone()),
        previous_id,
        participants: vec![Address { name, address: number }],
        assignee_id: actor.member(),
        team_id: None,
        metadata: Map::new(),
        sample: false,
        at: told.at,
    };
    let (id, number) = conversations::insert(tx, ids, &new)?;
    let seat = Seat { channel: entry.id, assignee: actor.member(), team: None };
    conversations::begin_assignment(tx, &actor.label(), id, seat, How::Manual, now)?;
    let event = NewEvent::new("conversation.created", actor.label(), now).conversation(id).contact(person);
    tx.emit(event.payload(json!({ "number": number })));
    crate::app::found(conversations::find(tx, id)?, "conversation.not_found", "conversation")
}

/// Where a record stands.
pub struct Place<'a> {
    pub conversation: &'a Conversation,
    /// The channel holds calls. In a conversation of any other the record is for the team only: the person there never sees it, no window
    /// opens by it, and no answer goes to the number.
    pub holds_calls: bool,
    pub number: Option<&'a str>,
    pub ours: &'a str,
}

/// Puts the record into a conversation, whatever channel that one is on.
pub fn log(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, place: &Place<'_>, told: &Told, now: Millis) -> Result<Message> {
    let Place { conversation: c, holds_calls, number, ours } = *place;
    let id: MessageId = new_id(ids, now);
    let incoming = told.incoming();
    let member = actor.member();
    let by = match member {
        Some(m) => crate::people::member(tx, m)?.map(|m| m.name),
        None => None,
    };
    let person = c.contact.as_ref();
    let phone = match (number, person) {
        (Some(n), _) => Some(n.to_owned()),
        (None, Some(p)) => contacts::best_handle(tx, p.id, &["phone"], "")?.map(|(_, value)| value),
        (None, None) => None,
    };
    let call = Call {
        external_id: id.to_string(),
        call_id: id.to_string(),
        incoming,
        person: phone.clone().unwrap_or_default(),
        name: None,
        ours: ours.to_owned(),
        outcome: told.outcome,
        seconds: told.seconds,
        started_at: Some(told.at),
        answered_at: None,
        ended_at: told.seconds.map(|s| told.at + s * 1_000),
        recording: None,
        handled_by: by.clone().filter(|_| told.outcome == Outcome::Answered || !incoming),
        note: told.note.clone(),
        text: None,
    };
    let mut facts = call.metadata();
    facts.insert("logged_by".into(), Value::from(actor.label()));
    let words = call.words();
    let theirs = incoming && holds_calls;
    let failed = call.not_reached();
    let new = NewMessage {
        id,
        conversation_id: c.id,
        channel_id: c.channel_id,
        external_id: holds_calls.then(|| id.to_string()),
        direction: told.direction,
        sender_type: match (theirs, member) {
            (true, _) => SenderType::Contact,
            (false, Some(_)) => SenderType::User,
            (false, None) => SenderType::System,
        },
        sender: if theirs { person.map(|p| p.id.as_bytes().to_vec()) } else { member.map(|m| m.as_bytes().to_vec()) },
        sender_name: if theirs { person.map(|p| p.name.clone()) } else { by },
        from: phone.filter(|_| theirs),
        recipients: Recipients::default(),
        subject: None,
        content_type: ContentType::Text,
        text: words.clone(),
        stripped_text: None,
        html: None,
        file_count: 0,
        reply_to_id: None,
        is_note: !holds_calls,
        status: if failed.is_some() { MessageStatus::Failed } else { MessageStatus::Delivered },
        automatic: false,
        automated_by: None,
        verified_sender: true,
        thread_reason: Some("logged by hand".into()),
        send_at: None,
        sent_at: Some(told.at),
        delivered_at: failed.is_none().then_some(told.at),
        created_at: now,
        metadata: Map::from_iter([("call".to_owned(), Value::Object(facts))]),
        journal_key: None,
        aside_id: None,
    };
    let key = conversations::insert_message(tx, &new)?.ok_or_else(|| Error::conflict("message.exists", "This message exists already."))?;
    if let Some(why) = failed {
        let change = conversations::StatusChange { error: Some(Some(why.to_owned())), ..Default::default() };
        conversations::change_message(tx, id, &change)?;
    }
    search::index(tx, key, &search::words_of(&new, &[], []));
    let unanswered = incoming && !call.attended();
    // Who calls wants something, unless somebody was there; and logging it is an act of the team's.
    let status = match c.status {
        Status::New if !unanswered => Some(Status::Open),
        s if unanswered && on_inbound(s, None, now, false) == OnInbound::Reopen => Some(Status::Open),
        _ => None,
    };
    let arrival = Arrival {
        id: c.id,
        at: told.at,
        preview: &preview(&words),
        direction: told.direction,
        unread: i64::from(unanswered),
        status,
        waiting: match (call.attended(), unanswered) {
            (true, _) => Some(None),
            (_, true) => Some(Some(told.at)),
            _ => None,
        },
        participants: None,
        now,
    };
    conversations::count_in(tx, &arrival)?;
    if let Some(p) = person {
        contacts::seen(tx, p.id, told.at)?;
    }
    let event = |kind: &'static str| NewEvent::new(kind, actor.label(), now).conversation(c.id);
    tx.emit(event("message.created").message(id).payload(json!({ "direction": told.direction, "automatic": false, "call": true })));
    if let Some(status) = status {
        tx.emit(event("conversation.status_changed").payload(json!({ "status": status, "before": c.status })));
    }
    crate::app::found(conversations::message(tx, id)?, "message.not_found", "message")
}
