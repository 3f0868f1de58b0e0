//! Beginning a conversation from our side: the person, the handle to reach them by, the row.

use super::model::Conversation;
use super::seats::{self, How};
use super::store::{self, NewConversation};
use super::threads;
use crate::channels::Entry;
use crate::contacts;
use crate::teams::{Seat, Sight};
use db::Tx;
use kernel::actor::Permission::ConversationsWrite;
use kernel::channel::{Handle, Sender};
use kernel::event::NewEvent;
use kernel::message::{Address, HandleEvidence, Status};
use kernel::time::Millis;
use kernel::{Actor, ContactId, Error, Ids, MemberId, Result};
use serde_json::Map;

pub struct Start {
    pub contact_id: Option<ContactId>,
    pub to: Option<Vec<Address>>,
    pub subject: Option<String>,
    pub assignee_id: Option<MemberId>,
}

pub fn start(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, entry: &Entry, s: &Start, now: Millis) -> Result<Conversation> {
    let d = entry.connector.descriptor();
    let kind = d.capabilities.outbound_first;
    if kind.is_empty() {
        return Err(Error::field("channel_id", "not_outbound", "On this channel the customer writes first. Choose another one."));
    }
    let recipients: Vec<Address> = match (&s.to, s.contact_id) {
        (Some(to), _) if !to.is_empty() => to.clone(),
        (_, Some(id)) => {
            let (name, _) = contacts::brief(tx, id)?.ok_or_else(|| Error::field("contact_id", "not_found", "There is no such contact."))?;
            let handle = contacts::best_handle(tx, id, &[d.id, kind], &entry.id.to_string())?;
            let (_, value) =
                handle.ok_or_else(|| Error::field("contact_id", "unreachable", format!("{name} has no {kind} to write to.")))?;
            vec![Address { name: Some(name), address: value }]
        }
        _ => return Err(Error::field("to", "required", "Say whom to write to.")),
    };
    let mut participants = Vec::new();
    for r in &recipients {
        let address = contacts::normalise(kind, &r.address, &entry.default_country)
            .ok_or_else(|| Error::field("to", "invalid", format!("{} is no {kind} we can write to.", r.address)))?;
        participants.push(Address { name: r.name.clone(), address });
    }
    let contact = match (s.contact_id, participants.first()) {
        (Some(id), _) => Some(id),
        (None, Some(first)) => {
            let handle = Handle { kind: kind.into(), value: first.address.clone(), evidence: HandleEvidence::Entered };
            let sender = Sender { handle, name: first.name.clone(), more: Vec::new() };
            let person = contacts::resolve(tx, ids, entry.id, &sender, &entry.default_country, now)?;
            if person.created {
                tx.emit(NewEvent::new("contact.created", actor.label(), now).contact(person.id));
            }
            Some(person.id)
        }
        _ => None,
    };
    let subject = s.subject.as_deref().map(str::trim).filter(|t| !t.is_empty() && d.capabilities.subject).map(str::to_owned);
    if d.capabilities.subject && subject.is_none() {
        return Err(Error::field("subject", "required", "Give it a subject."));
    }
    // On a continuous channel the person's running conversation goes on.
    let thread_key = d.capabilities.continuous.then(|| participants.first().map(|p| p.address.clone())).flatten();
    if let Some(key) = &thread_key
        && let Some(running) = threads::thread_by_key(tx, entry.id, key)?
    {
        // There is one thread with this person here; who does not see it cannot write into it blindly.
        super::access(tx, actor, running.id, ConversationsWrite).map_err(|e| match e.is_not_found() {
            true => Error::conflict(super::ELSEWHERE, "Colleagues you do not share conversations with are talking to this person here."),
            false => e,
        })?;
        return crate::app::found(store::find(tx, running.id)?, "conversation.not_found", "conversation");
    }
    let new = NewConversation {
        channel_id: entry.id,
        channel: entry.word.clone(),
        provider: d.id.to_owned(),
        status: Status::Open,
        subject_key: subject.as_deref().map(connectors::normalise_subject),
        subject,
        contact_id: contact,
        thread_key,
        previous_id: None,
        participants,
        assignee_id: s.assignee_id.or(actor.member()),
        team_id: None,
        metadata: Map::new(),
        sample: false,
        at: now,
    };
    let own = Seat { channel: entry.id, assignee: actor.member(), team: None };
    if !Sight::of(tx, actor)?.sees(&own) {
        return Err(Error::field("channel_id", "cannot_see", "You do not see the conversations of this channel. Choose another one."));
    }
    if let Some(member) = s.assignee_id {
        let known = crate::people::member(tx, member)?.filter(|m| m.active);
        let known = known.ok_or_else(|| Error::field("assignee_id", "not_found", "There is no such member."))?;
        let seat = Seat { channel: entry.id, assignee: Some(member), team: None };
        if !seats::can_have(tx, member, known.role, &seat)? {
            return Err(Error::field("assignee_id", "cannot_see", format!("{} may not work on this conversation.", known.name)));
        }
    }
    let (id, number) = store::insert(tx, ids, &new)?;
    let seat = Seat { channel: entry.id, assignee: new.assignee_id, team: None };
    seats::begin(tx, &actor.label(), id, seat, How::Manual, now)?;
    tx.emit(NewEvent::new("conversation.created", actor.label(), now).conversation(id).payload(serde_json::json!({ "number": number })));
    crate::app::found(store::find(tx, id)?, "conversation.not_found", "conversation")
}
