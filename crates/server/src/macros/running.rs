//! A macro in a conversation: shown, run, taken back. All of a run is one transaction, and so is its undo.

use super::actions::{assignee, find};
use super::model::{Changes, Macro, MacroChange, MacroPreview, MacroPreviewReply, MacroRun};
use super::store::{self, Run};
use crate::canned::{self, Facts, Words, member_of};
use crate::channels::Entry;
use crate::conversations::{self, Conversation, Message, Placing, Reply};
use db::Tx;
use kernel::event::NewEvent;
use kernel::message::{Priority, Status};
use kernel::policy::{Reason, Verdict};
use kernel::time::Millis;
use kernel::{Actor, Error, Ids, MacroId, MacroRunId, MemberId, Result, id::new_id};
use serde_json::json;

/// Everything around a run besides the transaction.
pub struct Context<'a> {
    pub ids: &'a dyn Ids,
    pub actor: &'a Actor,
    /// The conversation's channel; a reply needs it.
    pub entry: Option<&'a Entry>,
    pub zone: &'a str,
    pub facts: &'a Facts,
    pub now: Millis,
}

/// What whoever runs it says besides.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The reply as it was changed in the preview.
    pub words: Option<Words>,
    /// Variables may stay open.
    pub allow_missing: bool,
    pub seen_message_count: Option<i64>,
    /// When the reply leaves.
    pub send_at: Option<Millis>,
}

fn gone() -> Error {
    Error::conflict("policy.channel_removed", "The channel of this conversation was removed.")
}

/// What a macro changes in a conversation's own fields.
struct Fields {
    tags_added: Vec<String>,
    tags_removed: Vec<String>,
    priority: Option<MacroChange<Priority>>,
    assignee: Option<MacroChange<Option<MemberId>>>,
    status: Option<MacroChange<(Status, Option<Millis>)>>,
}

fn fields(tx: &mut Tx<'_>, cx: &Context<'_>, m: &Macro, c: &Conversation, me: MemberId) -> Result<Fields> {
    let has = |tag: &str| c.tags.iter().any(|t| conversations::tag_key(t) == conversations::tag_key(tag));
    let a = &m.actions;
    let to = match a.assign.as_deref().map(|word| assignee(tx, word, me)).transpose()? {
        None => None,
        Some(Some(to)) => Some(to),
        Some(None) => {
            return Err(Error::conflict("macro.member_left", "It assigns to somebody who is no longer here. Change the macro first."));
        }
    };
    let status = match (a.status, a.snooze) {
        (Some(status), _) => Some((status, None)),
        (None, Some(snooze)) => Some((Status::Snoozed, snooze.moment(cx.now, cx.zone))),
        (None, None) => None,
    };
    Ok(Fields {
        tags_added: a.add_tags.iter().filter(|t| !has(t)).cloned().collect(),
        tags_removed: c
            .tags
            .iter()
            .filter(|t| a.remove_tags.iter().any(|r| conversations::tag_key(r) == conversations::tag_key(t)))
            .cloned()
            .collect(),
        priority: a.priority.map(|after| MacroChange { before: c.priority, after }),
        assignee: to.map(|after| MacroChange { before: c.assignee_id, after }),
        status: status.map(|after| MacroChange { before: (c.status, c.snoozed_until), after }),
    })
}

/// What would happen, without doing it.
pub fn preview(tx: &mut Tx<'_>, cx: &Context<'_>, id: MacroId, c: &Conversation) -> Result<MacroPreview> {
    let me = member_of(cx.actor)?;
    let m = find(tx, me, id)?;
    let f = fields(tx, cx, &m, c, me)?;
    let reply = match &m.actions.reply {
        None => None,
        Some(reply) => {
            let (words, missing) = canned::fill(cx.facts, &Words { text: reply.text.clone(), html: reply.html.clone() });
            let (recipients, refused) = match cx.entry {
                None => (Default::default(), Some(Reason { code: gone().code.into(), detail: gone().detail })),
                Some(entry) => {
                    let recipients = conversations::default_recipients(tx, c, entry)?;
                    let refused = match conversations::may_send(tx, c, entry, &recipients, cx.now)? {
                        Verdict::Refuse { reason } => Some(reason),
                        _ => None,
                    };
                    (recipients, refused)
                }
            };
            let formatted = cx.entry.is_some_and(|e| e.connector.descriptor().capabilities.html);
            Some(MacroPreviewReply {
                text: words.text,
                html: words.html.filter(|_| formatted),
                to: recipients.to,
                cc: recipients.cc,
                attachments: m.attachments.clone(),
                missing,
                refused,
            })
        }
    };
    Ok(MacroPreview {
        reply,
        note: m.actions.note.as_ref().map(|n| cx.facts.fill(n).text),
        tags_added: f.tags_added,
        tags_removed: f.tags_removed,
        priority: f.priority,
        assignee: f.assignee,
        snoozed_until: f.status.as_ref().and_then(|s| s.after.1),
        status: f.status.map(|s| MacroChange { before: s.before.0, after: s.after.0 }),
    })
}

/// Does all of it, or nothing.
pub fn run(tx: &mut Tx<'_>, cx: &Context<'_>, id: MacroId, c: &Conversation, w: &Wishes) -> Result<MacroRun> {
    let (actor, now) = (cx.actor, cx.now);
    let me = member_of(actor)?;
    let m = find(tx, me, id)?;
    let f = fields(tx, cx, &m, c, me)?;
    let message = reply(tx, cx, &m, c, w, me)?;
    let note = match &m.actions.note {
        Some(note) => Some(conversations::note(tx, cx.ids, actor, c, &cx.facts.fill(note).text, now)?),
        None => None,
    };
    if !f.tags_added.is_empty() {
        conversations::add_tags(tx, cx.ids, actor, c, &f.tags_added, now)?;
    }
    if !f.tags_removed.is_empty() {
        conversations::remove_tags(tx, actor, c, &f.tags_removed, now)?;
    }
    if let Some(priority) = f.priority.as_ref().filter(|p| p.before != p.after) {
        conversations::set_priority(tx, actor, c.id, priority.after, now)?;
    }
    // The reply and the note may have moved both already.
    if let Some(to) = &f.assignee {
        let between = conversation(tx, c)?;
        conversations::place(tx, actor, &between, Placing::to(to.after), now)?;
    }
    if let Some(to) = &f.status {
        let between = conversation(tx, c)?;
        if (between.status, between.snoozed_until) != to.after {
            conversations::set_status(tx, actor, &between, to.after.0, to.after.1, now)?;
        }
    }
    let after = conversation(tx, c)?;
    let run = Run {
        id: new_id(cx.ids, now),
        macro_id: id,
        conversation: c.id,
        changes: Changes {
            message: message.as_ref().map(|m| m.id),
            note: note.as_ref().map(|n| n.id),
            tags_added: f.tags_added,
            tags_removed: f.tags_removed,
            priority: f.priority,
            assignee: changed(c.assignee_id, after.assignee_id),
            status: changed((c.status, c.snoozed_until), (after.status, after.snoozed_until)),
        },
    };
    store::insert_run(tx, &run, me, now)?;
    store::count_use(tx, id, 1, now)?;
    tx.emit(NewEvent::new("macro.run", actor.label(), now).conversation(c.id).payload(json!({ "macro_id": id, "macro_run_id": run.id })));
    Ok(MacroRun { id: run.id, macro_id: id, macro_name: m.name, conversation: after, message, note })
}

fn changed<T: PartialEq>(before: T, after: T) -> Option<MacroChange<T>> {
    (before != after).then_some(MacroChange { before, after })
}

fn conversation(tx: &mut Tx<'_>, c: &Conversation) -> Result<Conversation> {
    crate::app::found(conversations::find(tx, c.id)?, "conversation.not_found", "conversation")
}

fn reply(tx: &mut Tx<'_>, cx: &Context<'_>, m: &Macro, c: &Conversation, w: &Wishes, me: MemberId) -> Result<Option<Message>> {
    let Some(reply) = &m.actions.reply else { return Ok(None) };
    let entry = cx.entry.ok_or_else(gone)?;
    let (words, missing) = match &w.words {
        Some(words) => (words.clone(), Vec::new()),
        None => canned::fill(cx.facts, &Words { text: reply.text.clone(), html: reply.html.clone() }),
    };
    if !missing.is_empty() && !w.allow_missing {
        return Err(Error::conflict("macro.missing", format!("Nothing is known for {}. Fill it in, or send it so.", missing.join(", "))));
    }
    let outgoing = Reply {
        text: words.text,
        html: words.html,
        attachments: canned::kept_files(tx, cx.ids, m.id.as_bytes(), me, cx.now)?,
        send_at: w.send_at,
        seen_message_count: w.seen_message_count,
        signature: true,
        ..Default::default()
    };
    conversations::reply(tx, cx.ids, cx.actor, c, entry, &outgoing, cx.now).map(Some)
}

/// Takes all of a run back: what others have changed since stays as they left it. A reply that has left stays too, but only if the
/// caller knows.
pub fn undo(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, id: MacroRunId, keep_reply: bool, now: Millis) -> Result<Conversation> {
    let run = crate::app::found(store::run(tx, id)?, "macro_run.not_found", "run of a macro")?;
    let c = conversations::access(tx, actor, run.conversation, kernel::actor::Permission::ConversationsWrite)?;
    if !store::mark_undone(tx, id, now)? {
        return Err(Error::conflict("macro_run.undone", "This was taken back already."));
    }
    let before = run.changes;
    if let Some(message) = before.message.map(|id| conversations::message(tx, id)).transpose()?.flatten() {
        match conversations::cancel(tx, actor, &message, now) {
            Ok(_) => {}
            // Taken back by hand before, or on its way.
            Err(e) if e.code == "message.already_sent" => {
                if message.status != kernel::message::MessageStatus::Cancelled && !keep_reply {
                    return Err(Error::conflict("macro_run.reply_left", "The reply has left and cannot be taken back. The rest can."));
                }
            }
            Err(e) => return Err(e),
        }
    }
    if let Some(note) = before.note.map(|id| conversations::message(tx, id)).transpose()?.flatten() {
        conversations::remove_note(tx, actor, &note, now)?;
    }
    let c = conversation(tx, &c)?;
    if !before.tags_added.is_empty() {
        conversations::remove_tags(tx, actor, &c, &before.tags_added, now)?;
    }
    if !before.tags_removed.is_empty() {
        conversations::add_tags(tx, ids, actor, &c, &before.tags_removed, now)?;
    }
    if let Some(p) = before.priority.filter(|p| p.before != p.after && c.priority == p.after) {
        conversations::set_priority(tx, actor, c.id, p.before, now)?;
    }
    if let Some(a) = before.assignee.filter(|a| c.assignee_id == a.after) {
        // Whoever had it may have left meanwhile.
        let still = match a.before {
            Some(id) => crate::people::member(tx, id)?.is_some_and(|m| m.active),
            None => true,
        };
        if still {
            conversations::place(tx, actor, &c, Placing::to(a.before), now)?;
        }
    }
    let c = conversation(tx, &c)?;
    if let Some(s) = before.status.filter(|s| (c.status, c.snoozed_until) == s.after) {
        let (status, until) = s.before;
        // A snooze that would have ended by now has.
        let (status, until) = if until.is_some_and(|at| at <= now) { (Status::Open, None) } else { (status, until) };
        conversations::set_status(tx, actor, &c, status, until, now)?;
    }
    conversations::recount(tx, c.id, now)?;
    store::count_use(tx, run.macro_id, -1, now)?;
    tx.emit(
        NewEvent::new("macro.undone", actor.label(), now)
            .conversation(c.id)
            .payload(json!({ "macro_id": run.macro_id, "macro_run_id": id })),
    );
    conversation(tx, &c)
}
