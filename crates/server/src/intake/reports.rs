//! What a provider reports about messages of ours: sent, delivered, read, failed. Reports come early, late and twice.

use super::One;
use super::receive::Context;
use crate::contacts;
use crate::conversations::{self, StatusChange};
use crate::outbox;
use db::{Tx, params};
use kernel::channel::{Handle, StatusReport};
use kernel::event::NewEvent;
use kernel::message::MessageStatus;
use kernel::time::Millis;
use kernel::{ChannelId, MessageId, Result};
use serde_json::json;

pub fn status(tx: &mut Tx<'_>, cx: &Context<'_>, report: &StatusReport) -> Result<One> {
    let own = report.message_id.as_deref().and_then(|id| id.parse::<MessageId>().ok());
    let own = match own {
        // Ours comes back from the provider: it must be of this channel all the same.
        Some(id) => tx.opt("SELECT id FROM messages WHERE id = $1 AND channel_id = $2", params![id, cx.entry.id], |r| r.get(0))?,
        None => None,
    };
    let found = match own {
        Some(id) => Some(id),
        None => conversations::message_by_external(tx, cx.entry.id, &report.external_id)?,
    };
    let Some(message) = found else {
        // It may have overtaken the answer that carries its id: kept, and applied when the id is known.
        tx.exec(
            "INSERT INTO early_reports (channel_id, external_id, status, at, error, bounced, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            params![cx.entry.id, &report.external_id, report.status.as_str(), report.at, &report.error, report.bounced, cx.now],
        )?;
        return Ok(One::new("ignored", format!("A report ({}) on a message we do not know yet; kept for it.", report.status)));
    };
    let changed = apply(tx, message, report, cx.now)?;
    let words = if changed {
        format!("{message} is {}.", report.status)
    } else {
        format!("{message} stays as it is: {} says nothing new.", report.status)
    };
    let conversation = conversations::message(tx, message)?.map(|m| m.conversation_id);
    Ok(One { message: Some(message), conversation, ..One::new("done", words) })
}

/// What a provider said when it was asked.
pub fn apply_report(tx: &mut Tx<'_>, message: MessageId, report: &StatusReport, now: Millis) -> Result<()> {
    apply(tx, message, report, now).map(|_| ())
}

/// Applies a report; gives whether the status changed.
fn apply(tx: &mut Tx<'_>, message: MessageId, report: &StatusReport, now: Millis) -> Result<bool> {
    let Some(m) = conversations::message(tx, message)? else { return Ok(false) };
    let at = report.at.unwrap_or(now);
    let next = m.status.after_report(report.status, report.bounced);
    let rank = report.status.rank();
    let change = StatusChange {
        status: next,
        error: (next == Some(MessageStatus::Failed)).then(|| report.error.clone()),
        // Whoever reports on it has it: its fate is known.
        uncertain: (rank > 0).then_some(false),
        sent_at: (rank >= 1).then_some(at),
        delivered_at: (rank >= 2).then_some(at),
        read_at: (rank >= 3).then_some(at),
        provider_id: Some(report.external_id.clone()).filter(|id| report.message_id.is_some() && !id.is_empty() && m.delivery_uncertain),
    };
    conversations::change_message(tx, message, &change)?;
    // A second try of what has arrived would be a second message.
    if rank >= 1 || next == Some(MessageStatus::Failed) {
        outbox::reported(tx, message, rank < 1)?;
    }
    let news = next.is_some() || (m.delivery_uncertain && rank > 0);
    if news {
        let event = NewEvent::new("message.status_updated", "system", now).conversation(m.conversation_id).message(message);
        tx.emit(event.payload(json!({ "status": next.unwrap_or(m.status), "before": m.status })));
    }
    Ok(next.is_some())
}

/// Reports that waited for this id.
pub fn apply_early(tx: &mut Tx<'_>, channel: ChannelId, external_ids: &[&str], message: MessageId, now: Millis) -> Result<()> {
    for id in external_ids {
        let reports = tx.query(
            "DELETE FROM early_reports WHERE channel_id = $1 AND external_id = $2 RETURNING status, at, error, bounced",
            params![channel, *id],
            |r| {
                Ok(StatusReport {
                    external_id: (*id).to_owned(),
                    message_id: None,
                    status: MessageStatus::parse(&r.next::<String>()?).unwrap_or(MessageStatus::Sent),
                    at: r.next()?,
                    error: r.next()?,
                    bounced: r.next()?,
                })
            },
        )?;
        for report in reports {
            apply(tx, message, &report, now)?;
        }
    }
    Ok(())
}

/// Everything of ours up to a time has reached the person, or was read by them.
pub fn up_to(tx: &mut Tx<'_>, cx: &Context<'_>, handle: &Handle, at: Millis, status: MessageStatus) -> Result<One> {
    let value = contacts::normalise(&handle.kind, &handle.value, &cx.entry.default_country).unwrap_or_else(|| handle.value.clone());
    let scope = if matches!(handle.kind.as_str(), "email" | "phone") { String::new() } else { cx.entry.id.to_string() };
    let Some(person) = contacts::find_by_handle(tx, "contact", &handle.kind, &scope, &value)? else {
        return Ok(One::new("ignored", "A report on somebody we do not know.".into()));
    };
    let read: Vec<MessageId> = tx.query(
        "SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.contact_id = $1 AND m.channel_id = $2 \
         AND m.direction = 'outbound' AND m.is_note = FALSE AND m.status IN ('sent', 'delivered') AND m.status <> $4 AND m.created_at <= $3",
        params![person, cx.entry.id, at, status.as_str()],
        |r| r.get(0),
    )?;
    for message in &read {
        let report = StatusReport { external_id: String::new(), message_id: None, status, at: Some(at), error: None, bounced: false };
        apply(tx, *message, &report, cx.now)?;
    }
    Ok(One::new("done", format!("{} messages are {status}.", read.len())))
}
