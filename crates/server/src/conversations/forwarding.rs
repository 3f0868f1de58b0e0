//! Forwarding a message or the whole conversation to somebody else: what stands in the mail, which files go along, and sending it.

use super::actions::{self, Reply};
use super::asides::Aside;
use super::model::{Conversation, Message};
use super::store;
use super::wording::{Below, as_html, moment, named, writer};
use crate::channels::Entry;
use crate::files::Attachment;
use connectors::kit::markup::escape;
use db::Tx;
use kernel::message::{Address, Direction, MessageStatus};
use kernel::time::Millis;
use kernel::{Actor, Error, FileId, Ids, MessageId, Result};
use serde_json::json;

/// Messages that one mail may carry.
const MOST: i64 = 200;

pub struct Forward {
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    pub subject: Option<String>,
    /// What the writer says to it.
    pub text: String,
    pub html: Option<String>,
    /// One message; the whole conversation without it.
    pub message: Option<MessageId>,
    /// The writer's own files.
    pub attachments: Vec<FileId>,
    /// The forwarded messages' files go along.
    pub with_files: bool,
    pub signature: bool,
    pub send_at: Option<Millis>,
    /// By whose clocks the times in it go.
    pub zone: String,
}

/// What both sides of the conversation have seen: no notes, nothing that has not left or was said beside it.
pub fn is_said(m: &Message) -> bool {
    let left =
        m.direction == Direction::Inbound || matches!(m.status, MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Read);
    left && !m.is_note && !m.is_deleted && m.aside_id.is_none()
}

/// Sends it on. The answer comes back to this conversation.
pub fn forward(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    actor: &Actor,
    c: &Conversation,
    entry: &Entry,
    f: &Forward,
    now: Millis,
) -> Result<Message> {
    if f.to.is_empty() {
        return Err(Error::field("to", "required", "Say whom to forward it to."));
    }
    let chosen = match f.message {
        Some(id) => {
            let m = store::message(tx, id)?.filter(|m| m.conversation_id == c.id && !m.is_note && !m.is_deleted);
            vec![m.ok_or_else(|| Error::field("message_id", "not_found", "There is no such message in this conversation."))?]
        }
        None => {
            let mut all = store::messages(tx, c.id, None, MOST)?;
            all.reverse();
            all.retain(is_said);
            all
        }
    };
    if chosen.is_empty() {
        return Err(Error::conflict("forward.nothing", "There is nothing in this conversation to forward yet."));
    }
    let (below, copies) = content(&chosen, f.message.is_some(), f.with_files, &f.zone);
    let named = f.subject.as_deref().map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned);
    let own = chosen.iter().rev().find_map(|m| m.subject.clone()).or_else(|| c.subject.clone());
    let subject = named.unwrap_or_else(|| match own.as_deref().map(connectors::normalise_subject).filter(|s| !s.is_empty()) {
        Some(_) => format!("Fwd: {}", bare(own.as_deref().unwrap_or_default())),
        None => format!("Fwd: conversation #{}", c.number),
    });
    let reply = Reply {
        text: f.text.clone(),
        html: f.html.clone(),
        attachments: f.attachments.clone(),
        to: Some(f.to.clone()),
        cc: Some(f.cc.clone()),
        bcc: f.bcc.clone(),
        subject: Some(subject),
        send_at: f.send_at,
        signature: f.signature,
        aside: Aside::Begin,
        below: Some(below),
        copies,
        about: [("forward".to_owned(), json!({ "message_id": f.message, "messages": chosen.len() }))].into_iter().collect(),
        ..Default::default()
    };
    actions::reply(tx, ids, actor, c, entry, &reply, now)
}

/// A subject without the marks of answers and forwards in front of it.
fn bare(subject: &str) -> &str {
    let mut rest = subject.trim();
    loop {
        let cut =
            ["re:", "fwd:", "fw:", "aw:", "wg:"].iter().find(|mark| rest.get(..mark.len()).is_some_and(|s| s.eq_ignore_ascii_case(mark)));
        match cut {
            Some(mark) => rest = rest[mark.len()..].trim_start(),
            None => return rest,
        }
    }
}

/// The block below the writer's words, and the files it needs.
fn content(chosen: &[Message], whole: bool, with_files: bool, zone: &str) -> (Below, Vec<Attachment>) {
    let mut below = Below::default();
    let mut files: Vec<Attachment> = Vec::new();
    for m in chosen {
        if !below.text.is_empty() {
            below.text.push_str("\n\n");
            below.html.push_str("<br><hr>");
        }
        // One mail goes on as it came; of a thread each message is told once, without the history below it.
        let formatted = m.html.clone().filter(|_| whole || m.stripped_text.is_none());
        let said = if whole { &m.text } else { m.stripped_text.as_ref().unwrap_or(&m.text) };
        let head = head(m, zone);
        let mark = if whole { "---------- Forwarded message ---------\n" } else { "" };
        below.text.push_str(&format!("{mark}{}\n\n{}", head.join("\n"), said.trim_end()));
        let lines: Vec<String> = head.iter().map(|l| escape(l)).collect();
        let mark = if whole { "---------- Forwarded message ---------<br>" } else { "" };
        below.html.push_str(&format!("<div class=\"gmail_attr\">{mark}{}</div><br>", lines.join("<br>")));
        let shown = |a: &Attachment| formatted.as_ref().is_some_and(|h| a.content_id.as_ref().is_some_and(|id| h.contains(&escape(id))));
        for a in m.attachments.iter().filter(|a| with_files || shown(a)) {
            let mut copy = a.clone();
            copy.inline = shown(a);
            copy.name = free_name(&files, &a.name, copy.inline);
            files.push(copy);
        }
        below.html.push_str(&formatted.unwrap_or_else(|| as_html(said)));
    }
    (below, files)
}

/// Who, when, what, to whom.
fn head(m: &Message, zone: &str) -> Vec<String> {
    let list = |l: &[Address]| l.iter().map(named).collect::<Vec<_>>().join(", ");
    let mut out = vec![format!("From: {}", writer(m)), format!("Date: {}", moment(m.sent_at.unwrap_or(m.created_at), zone))];
    out.extend(m.subject.as_ref().map(|s| format!("Subject: {s}")));
    out.extend((!m.to.is_empty()).then(|| format!("To: {}", list(&m.to))));
    out.extend((!m.cc.is_empty()).then(|| format!("Cc: {}", list(&m.cc))));
    out
}

/// Mails find the pictures in them by the names of their files, so that each has one of its own, without signs that mean something there.
fn free_name(taken: &[Attachment], name: &str, inline: bool) -> String {
    let name: String = if inline { name.chars().map(|c| if "\"<>&'".contains(c) { '_' } else { c }).collect() } else { name.to_owned() };
    let mut free = name.clone();
    let mut n = 2;
    while taken.iter().any(|f| f.name == free || (inline && (f.name.starts_with(&free) || free.starts_with(&f.name)))) {
        free = format!("{n}-{name}");
        n += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_forwarded_without_its_old_marks() {
        assert_eq!(bare("Re: AW: Fwd: Broken lamp"), "Broken lamp");
        assert_eq!(bare("Reading lamp"), "Reading lamp");
        assert_eq!(bare("re:"), "");
    }

    #[test]
    fn two_pictures_of_one_name_are_two() {
        let file = |name: &str| Attachment {
            id: FileId::from_uuid(Default::default()),
            name: name.into(),
            content_type: "image/png".into(),
            size_bytes: 1,
            url: String::new(),
            thumbnail_url: None,
            width: None,
            height: None,
            inline: true,
            content_id: None,
            hash: String::new(),
            thumbnail_hash: None,
            sent_as: None,
        };
        let taken = [file("image001.png")];
        assert_eq!(free_name(&taken, "image001.png", true), "2-image001.png");
        assert_eq!(free_name(&taken, "a\"b.png", true), "a_b.png");
        assert_eq!(free_name(&taken, "image001.png", false), "2-image001.png");
        assert_eq!(free_name(&[], "image001.png", false), "image001.png");
    }
}
