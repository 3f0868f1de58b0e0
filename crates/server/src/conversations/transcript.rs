//! A conversation to read elsewhere: as text, as a page, or inside a mail. What the customer gets has nothing in it that they have not
//! seen; what the team downloads may have notes and talks beside it too.

use super::forwarding::is_said;
use super::model::{Conversation, Message};
use super::store;
use super::wording::{Below, moment, named};
use connectors::kit::markup::escape;
use db::{Tx, params};
use kernel::message::{Address, Direction, MessageStatus};
use kernel::{ConversationId, Error, Result};

/// Messages that a transcript has; the latest ones when there are more.
const MOST: i64 = 2_000;

/// What goes into it, oldest first, and whether earlier messages were left out.
pub struct Content {
    pub messages: Vec<Message>,
    pub cut: bool,
}

/// `internal`: with what is the team's own.
pub fn content(tx: &mut Tx<'_>, id: ConversationId, internal: bool) -> Result<Content> {
    let mut messages = store::messages(tx, id, None, MOST + 1)?;
    let cut = messages.len() as i64 > MOST;
    messages.truncate(MOST as usize);
    messages.reverse();
    let kept = |m: &Message| match internal {
        true => !m.is_deleted && !matches!(m.status, MessageStatus::Cancelled | MessageStatus::Scheduled),
        false => is_said(m),
    };
    messages.retain(kept);
    Ok(Content { messages, cut })
}

fn said(m: &Message) -> &str {
    m.stripped_text.as_deref().unwrap_or(&m.text).trim_end()
}
fn speaker(m: &Message) -> String {
    m.sender_name.clone().or_else(|| m.from.clone()).unwrap_or_else(|| "Unknown".into())
}
/// What is not for the customer says so.
fn mark(m: &Message) -> &'static str {
    match (m.is_note, m.aside_id.is_some(), m.direction) {
        (true, _, _) => " (note)",
        (_, true, Direction::Outbound) => " (to somebody else)",
        (_, true, Direction::Inbound) => " (somebody else)",
        _ => "",
    }
}
fn at(m: &Message, zone: &str) -> String {
    moment(m.sent_at.unwrap_or(m.created_at), zone)
}
fn files(m: &Message) -> Vec<String> {
    m.attachments.iter().filter(|a| !a.inline).map(|a| a.name.clone()).collect()
}
fn title(c: &Conversation) -> String {
    match c.subject.as_deref().filter(|s| !s.trim().is_empty()) {
        Some(subject) => subject.to_owned(),
        None => format!("Conversation with {}", c.contact.as_ref().map_or("a customer", |p| &p.name)),
    }
}
const CUT: &str = "Earlier messages are left out.";

/// The customer gets mail there: they take part under this address too, and may answer from it.
pub fn reached(tx: &mut Tx<'_>, c: &Conversation, to: &[Address]) -> Result<()> {
    let mut all = c.participants.clone();
    all.extend(to.iter().filter(|a| !c.participants.iter().any(|p| p.address.eq_ignore_ascii_case(&a.address))).cloned());
    let text = serde_json::to_string(&all).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec("UPDATE conversations SET participants = $2 WHERE id = $1", params![c.id, text]).map(|_| ())
}

/// Plain text.
pub fn text(c: &Conversation, content: &Content, zone: &str) -> String {
    let people: Vec<String> = c.participants.iter().map(named).collect();
    let mut out = format!("{}\n#{} · {}\n", title(c), c.number, c.channel_name);
    if !people.is_empty() {
        out.push_str(&format!("With: {}\n", people.join(", ")));
    }
    if content.cut {
        out.push_str(&format!("{CUT}\n"));
    }
    out.push_str(&lines(content, zone));
    out
}

fn lines(content: &Content, zone: &str) -> String {
    let mut out = String::new();
    for m in &content.messages {
        out.push_str(&format!("\n{} · {}{}\n{}\n", at(m, zone), speaker(m), mark(m), said(m)));
        for name in files(m) {
            out.push_str(&format!("[{name}]\n"));
        }
    }
    out
}

/// A page that stands alone.
pub fn html(c: &Conversation, content: &Content, zone: &str) -> String {
    const STYLE: &str = "body{margin:0 auto;max-width:44rem;padding:2rem 1rem;font:15px/1.5 system-ui,sans-serif;color:#1d1a18}\
        h1{font-size:1.4rem;margin:0 0 .25rem}.about{color:#6b635c;margin:0 0 1.5rem}article{border-top:1px solid #e5dfd8;padding:1rem 0}\
        .by{font-weight:600}.at{color:#6b635c;font-size:.85em}.words{white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0 0}\
        .internal{background:#fdf6d8;margin:0 -1rem;padding:1rem}.file{color:#6b635c;font-size:.9em}";
    let people: Vec<String> = c.participants.iter().map(|p| escape(&named(p))).collect();
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title><style>{STYLE}</style></head><body>\n<h1>{}</h1>\n<p class=\"about\">#{} · {}{}</p>\n",
        escape(&title(c)),
        escape(&title(c)),
        c.number,
        escape(&c.channel_name),
        if people.is_empty() { String::new() } else { format!("<br>{}", people.join(", ")) },
    );
    if content.cut {
        out.push_str(&format!("<p class=\"about\">{CUT}</p>\n"));
    }
    for m in &content.messages {
        let internal = if m.is_note || m.aside_id.is_some() { " class=\"internal\"" } else { "" };
        out.push_str(&format!(
            "<article{internal}><div><span class=\"by\">{}</span>{} <span class=\"at\">{}</span></div><p class=\"words\">{}</p>",
            escape(&speaker(m)),
            mark(m),
            escape(&at(m, zone)),
            escape(said(m)),
        ));
        for name in files(m) {
            out.push_str(&format!("<div class=\"file\">{}</div>", escape(&name)));
        }
        out.push_str("</article>\n");
    }
    out.push_str("</body></html>\n");
    out
}

/// The same inside a mail; style sheets do not survive there.
pub fn below(content: &Content, zone: &str) -> Below {
    let mut shown = String::new();
    for m in &content.messages {
        let files: String = files(m).iter().map(|n| format!("<div style=\"color:#6b635c\">{}</div>", escape(n))).collect();
        shown.push_str(&format!(
            "<div style=\"border-top:1px solid #e5dfd8;padding:12px 0\"><b>{}</b> <span style=\"color:#6b635c\">{}</span><div style=\"white-space:pre-wrap\">{}</div>{files}</div>",
            escape(&speaker(m)),
            escape(&at(m, zone)),
            escape(said(m)).replace('\n', "<br>"),
        ));
    }
    let cut = if content.cut { format!("{CUT}\n") } else { String::new() };
    Below { text: format!("{cut}{}", lines(content, zone).trim_start()), html: shown }
}
