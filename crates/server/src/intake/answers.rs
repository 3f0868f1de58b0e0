//! What a person gets without anybody having to write it: a greeting when they begin while it is open, word of when it opens while it
//! is not. Never to a machine, never twice in one closing, never many an hour: two that answer each other stop there.

use super::receive::Context;
use crate::contacts;
use crate::conversations::{self, Conversation, Reply};
use crate::hours::{self, Given, Where, Whom};
use db::{Tx, params};
use kernel::channel::InboundMessage;
use kernel::message::{Address, Status};
use kernel::time::{DAY, HOUR, Millis};
use kernel::{Actor, ContactId, ConversationId, ErrorKind, MessageId, Result};

/// What came in later than this after it was written is answered by a person only.
const FRESH: Millis = 4 * HOUR;
/// Who of us wrote within this time is there, whatever the hours say.
const IN_TALK: Millis = HOUR;
/// Automatic answers to one person within an hour, on all channels together.
const MOST_AN_HOUR: i64 = 3;

/// Metadata of a message that would have been answered automatically: why it was not.
const NOT_ANSWERED: &str = "not_answered";

pub struct Came {
    pub message: MessageId,
    pub conversation: ConversationId,
    pub contact: ContactId,
    pub contact_name: String,
    /// It begins with this message.
    pub began: bool,
    /// The sender is who takes part in it.
    pub verified: bool,
    pub at: Millis,
}

/// Answers a message that has just been stored, in its transaction, if there is an answer for it.
pub fn answer(tx: &mut Tx<'_>, cx: &Context<'_>, m: &InboundMessage, came: &Came) -> Result<()> {
    // What goes to many is not answered, even where a person wrote it.
    let to_many = ["list_id", "mass"].iter().any(|name| m.metadata.contains_key(*name));
    let live = !(m.echo || m.automatic || m.attended || to_many || cx.silent) && came.verified && cx.now - came.at <= FRESH;
    if !live {
        return Ok(());
    }
    let place = Where::Channel(cx.entry.id);
    let Some(book) = hours::answering(tx, place)? else { return Ok(()) };
    let calendar = book.calendar(place, &cx.entry.time_zone);
    let open = calendar.is_open(cx.now);
    let recipients = cx.entry.connector.descriptor().capabilities.recipients;
    // A form on a web page writes as one address for many people, and whoever likes can name somebody else: it is counted for whom it goes to.
    let elsewhere = m.reply_to.as_ref().filter(|a| recipients && !a.address.eq_ignore_ascii_case(&m.sender.handle.value));
    let whom = elsewhere.map_or(Whom::Contact(came.contact), |a| Whom::Address(a.address.to_lowercase()));
    let mut given = hours::given(tx, cx.entry.id, &whom)?;
    let due = match open {
        true => came.began && given.greeted_at.is_none_or(|at| cx.now - at >= DAY),
        false => given.away_at.is_none_or(|at| calendar.opened_between(at, cx.now)),
    };
    let written = if open { book.greeting(place) } else { book.away(place) };
    let Some(written) = written.filter(|_| due) else { return Ok(()) };
    if hours::given_since(tx, &whom, cx.now - HOUR)? >= MOST_AN_HOUR {
        tracing::warn!(channel.id = %cx.entry.id, contact.id = %came.contact, "no more automatic answers to this person within the hour");
        // Whoever looks at the conversation sees why nothing was said.
        return match conversations::message(tx, came.message)? {
            Some(mut message) => {
                message.metadata.insert(NOT_ANSWERED.into(), "too_many".into());
                conversations::set_message_metadata(tx, came.message, &message.metadata)
            }
            None => Ok(()),
        };
    }
    if cx.now - given.hour_at >= HOUR {
        given = Given { hour_at: cx.now, hour_count: 0, ..given };
    }
    let Some(c) = conversations::find(tx, came.conversation)? else { return Ok(()) };
    if c.status == Status::Spam || is_ours(tx, &m.sender.handle.value)? || (!open && in_talk(tx, &c, cx.now)?) {
        return Ok(());
    }
    if let Some(to) = elsewhere
        && is_ours(tx, &to.address)?
    {
        return Ok(());
    }
    let opens = calendar.next_change(cx.now).filter(|_| !open).map(|at| calendar.in_words(at, cx.now)).unwrap_or_default();
    let name = match elsewhere {
        Some(to) => first_name(to.name.as_deref().unwrap_or_default()),
        None if contacts::is_made_up(&came.contact_name) => String::new(),
        None => first_name(&came.contact_name),
    };
    let language = contacts::language(tx, came.contact)?;
    let (text, _) = written.in_language(language.as_deref());
    let words = hours::fill(text, |placeholder| match placeholder {
        "name" => name.clone(),
        "opens" => opens.clone(),
        "number" => c.number.to_string(),
        _ => String::new(),
    });
    // Somebody without a name is not greeted with a gap.
    let words = if name.is_empty() { words.replace(" ,", ",").replace(" !", "!").replace(" .", ".") } else { words };
    let sender = || Address { name: m.sender.name.clone(), address: m.sender.handle.value.clone() };
    let reply = Reply {
        text: words,
        to: recipients.then(|| vec![m.reply_to.clone().unwrap_or_else(sender)]),
        automated_by: Some(if open { "hours.greeting" } else { "hours.away" }.into()),
        receipt: true,
        ..Default::default()
    };
    match conversations::reply(tx, cx.ids, &Actor::system(cx.entry.workspace), &c, cx.entry, &reply, cx.now) {
        Ok(_) => {
            let at = if open { &mut given.greeted_at } else { &mut given.away_at };
            *at = Some(cx.now);
            given.hour_count += 1;
            hours::keep_given(tx, cx.entry.id, &whom, &given)
        }
        // A channel that may not send now, or not this; the message itself has come in all the same.
        Err(e) if e.kind == ErrorKind::Conflict || matches!(e.kind, ErrorKind::Invalid(_)) => {
            tracing::info!(channel.id = %cx.entry.id, code = e.code, reason = %e.detail, "no automatic answer");
            Ok(())
        }
        Err(e) => Err(e),
    }
}

/// One of our own channels writes to another.
fn is_ours(tx: &mut Tx<'_>, address: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM channels WHERE deleted_at IS NULL AND lower(account_identifier) = $1";
    Ok(tx.opt(sql, params![address.to_lowercase()], |r| r.get::<i64>(0))?.is_some())
}

fn in_talk(tx: &mut Tx<'_>, c: &Conversation, now: Millis) -> Result<bool> {
    let last: Option<Millis> = tx.one(
        "SELECT MAX(created_at) FROM messages WHERE conversation_id = $1 AND direction = 'outbound' AND sender_type = 'user' \
         AND is_note = FALSE AND deleted_at IS NULL",
        params![c.id],
        |r| r.get(0),
    )?;
    Ok(last.is_some_and(|at| now - at < IN_TALK))
}

/// `Ann` of `Ann Lee`; nothing of an address or a number.
fn first_name(name: &str) -> String {
    let first = name.split_whitespace().next().unwrap_or_default();
    let is_name = !first.is_empty() && first.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.'));
    if is_name { first.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::first_name;

    #[test]
    fn only_names_are_names() {
        assert_eq!(first_name("Ann-Marie Lee"), "Ann-Marie");
        assert_eq!(first_name("O’Hara"), "O’Hara");
        for odd in ["+46 70 123", "ann@example.com", "", "user_17"] {
            assert_eq!(first_name(odd), "", "{odd}");
        }
    }
}
