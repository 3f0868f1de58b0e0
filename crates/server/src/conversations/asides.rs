//! Talks with somebody else beside a conversation: what was forwarded, and the answers to it. They stand in the conversation for the
//! team; the customer gets nothing of them.

use super::model::{Conversation, Message, Recipients};
use super::store::{self, json};
use super::threads::{self, ThreadRow};
use db::{Tx, params};
use kernel::channel::InboundMessage;
use kernel::message::{Address, Direction};
use kernel::{ChannelId, ConversationId, MessageId, Result};

/// Whom a message is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Aside {
    /// The customer.
    #[default]
    No,
    /// Somebody else, from now on.
    Begin,
    /// Whoever takes part in the talk that this message began.
    In(MessageId),
}
impl Aside {
    /// The talk that a new message belongs to.
    pub fn of(self, id: MessageId) -> Option<MessageId> {
        match self {
            Aside::No => None,
            Aside::Begin => Some(id),
            Aside::In(first) => Some(first),
        }
    }
}

/// An answer that came in to such a talk.
#[derive(Debug, Clone)]
pub struct Beside {
    pub thread: ThreadRow,
    pub aside: MessageId,
    /// Somebody it was written to, not whoever got hold of it.
    pub known: bool,
}

fn same(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

/// Everybody a talk was addressed to.
fn people(tx: &mut Tx<'_>, conversation: ConversationId, aside: MessageId) -> Result<Vec<Address>> {
    let rows: Vec<(bool, Option<String>, Recipients)> = tx.query(
        "SELECT direction = 'outbound', from_address, recipients FROM messages WHERE conversation_id = $1 AND aside_id = $2 AND verified_sender \
         AND status <> 'cancelled' ORDER BY key LIMIT 200",
        params![conversation, aside],
        |r| Ok((r.next()?, r.next()?, json(&r.next::<String>()?))),
    )?;
    let mut all = Vec::new();
    for (ours, from, r) in rows {
        all.extend(from.filter(|_| !ours).map(Address::bare));
        all.extend(r.to.into_iter().chain(r.cc).chain(r.bcc));
    }
    Ok(all)
}

/// The talk whose message somebody answers; `None` when the mail is no such answer, or comes from a person of the conversation itself.
pub fn beside(tx: &mut Tx<'_>, channel: ChannelId, m: &InboundMessage) -> Result<Option<Beside>> {
    let from = &m.sender.handle.value;
    let mut found: Option<(ConversationId, MessageId)> = None;
    for answer in &m.thread.answers {
        let Some(id) = store::message_by_external(tx, channel, answer)? else { continue };
        let row = tx.opt("SELECT conversation_id, aside_id FROM messages WHERE id = $1", params![id], |r| {
            Ok((r.next::<ConversationId>()?, r.next::<Option<MessageId>>()?))
        })?;
        // The nearest message that we know decides.
        found = row.and_then(|(conversation, aside)| aside.map(|aside| (conversation, aside)));
        if found.is_none() {
            return Ok(None);
        }
        break;
    }
    // A mail program that names nothing, at an address that only this talk was given.
    if found.is_none()
        && let Some((named, _)) = &m.thread.token
        && let Some(t) = threads::thread_anywhere(tx, *named)?
    {
        found = last_with(tx, t.id, from)?.map(|aside| (t.id, aside));
    }
    let Some((conversation, aside)) = found else { return Ok(None) };
    let Some(thread) = threads::thread_anywhere(tx, conversation)? else { return Ok(None) };
    if m.echo || thread.participants.iter().any(|p| same(&p.address, from)) {
        return Ok(None);
    }
    let known = people(tx, thread.id, aside)?.iter().any(|a| same(&a.address, from));
    Ok(Some(Beside { thread, aside, known }))
}

/// The last talk of a conversation in which this address takes part.
fn last_with(tx: &mut Tx<'_>, conversation: ConversationId, address: &str) -> Result<Option<MessageId>> {
    let all: Vec<MessageId> = tx.query(
        "SELECT DISTINCT aside_id FROM messages WHERE conversation_id = $1 AND aside_id IS NOT NULL ORDER BY aside_id DESC LIMIT 20",
        params![conversation],
        |r| r.get(0),
    )?;
    for aside in all {
        if people(tx, conversation, aside)?.iter().any(|a| same(&a.address, address)) {
            return Ok(Some(aside));
        }
    }
    Ok(None)
}

/// The channel a message went over: a talk beside may be on another one than its conversation.
pub fn channel_of(tx: &mut Tx<'_>, c: &Conversation, answered: Option<&Message>) -> Result<ChannelId> {
    match answered.filter(|m| m.aside_id.is_some()) {
        Some(m) => tx.one("SELECT channel_id FROM messages WHERE id = $1", params![m.id], |r| r.get(0)),
        None => Ok(c.channel_id),
    }
}

/// Whom an answer to a message of such a talk is for: whoever wrote it, or those it was written to.
pub fn recipients(m: &Message) -> Recipients {
    let to = match m.direction {
        Direction::Outbound => m.to.clone(),
        Direction::Inbound => {
            let asked = m.metadata.get("reply_to").and_then(|v| v.as_str()).map(str::to_owned);
            let address = asked.or_else(|| m.from.clone());
            address.map(|address| Address { name: m.sender_name.clone(), address }).into_iter().collect()
        }
    };
    let cc = if m.direction == Direction::Outbound { m.cc.clone() } else { Vec::new() };
    Recipients { to, cc, bcc: Vec::new() }
}
