//! Verbs on macros themselves; what they do in a conversation is in `running.rs`.

use super::model::{Macro, MacroActions, MacroPatch, NewMacro};
use super::store::{self, Content};
use crate::canned::{self, ReplyScope, member_of, need_share};
use crate::{conversations, people, search};
use db::Tx;
use kernel::error::FieldError;
use kernel::event::NewEvent;
use kernel::message::Status;
use kernel::time::Millis;
use kernel::{Actor, Error, ErrorKind, Ids, MacroId, MemberId, Result, id::new_id};
use serde_json::json;

fn event(kind: &'static str, actor: &Actor, id: MacroId, scope: ReplyScope, now: Millis) -> NewEvent {
    NewEvent::new(kind, actor.label(), now).payload(json!({ "macro_id": id, "scope": scope }))
}

pub fn find(tx: &mut Tx<'_>, member: MemberId, id: MacroId) -> Result<Macro> {
    crate::app::found(store::find(tx, member, id)?, "macro.not_found", "macro")
}

/// Who is meant by `me`, `nobody` or a member's id; the outer `None`: no such word.
pub fn assignee(tx: &mut Tx<'_>, word: &str, me: MemberId) -> Result<Option<Option<MemberId>>> {
    match word {
        "me" => Ok(Some(Some(me))),
        "nobody" => Ok(Some(None)),
        id => match id.parse::<MemberId>() {
            Ok(id) => Ok(people::member(tx, id)?.filter(|m| m.active).map(|m| Some(m.id))),
            Err(_) => Ok(None),
        },
    }
}

/// Checked and tidied: sanitised words, each tag once, nothing that contradicts itself.
fn checked(tx: &mut Tx<'_>, name: &str, mut a: MacroActions, files: usize, me: MemberId) -> Result<(String, MacroActions)> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, code: &str, detail: &str| {
        faults.push(FieldError { field: field.into(), code: code.into(), detail: detail.into() });
    };
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 120 || name.contains(['\r', '\n']) {
        fault("name", "invalid", "Give a name of 1 to 120 characters.");
    }
    a.note = a.note.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
    if a.note.as_ref().is_some_and(|n| n.chars().count() > 20_000) {
        fault("actions.note", "too_long", "A note has at most 20,000 characters.");
    }
    for (field, tags) in [("actions.add_tags", &mut a.add_tags), ("actions.remove_tags", &mut a.remove_tags)] {
        let mut seen: Vec<String> = Vec::new();
        for tag in tags.iter().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()) {
            if !seen.iter().any(|s| conversations::tag_key(s) == conversations::tag_key(&tag)) {
                seen.push(tag);
            }
        }
        if seen.len() > 20 || seen.iter().any(|t| t.chars().count() > 60) {
            fault(field, "invalid", "Give at most 20 tags of 1 to 60 characters.");
        }
        *tags = seen;
    }
    if a.add_tags.iter().any(|t| a.remove_tags.iter().any(|r| conversations::tag_key(r) == conversations::tag_key(t))) {
        fault("actions.remove_tags", "contradiction", "The same tag cannot be added and taken off.");
    }
    if let Some(word) = &a.assign
        && assignee(tx, word, me)?.is_none()
    {
        fault("actions.assign", "not_found", "There is no such member.");
    }
    if a.status == Some(Status::Snoozed) {
        fault("actions.status", "not_an_option", "Say until when it is snoozed: that is `snooze`.");
    }
    if a.snooze.is_some() && a.status.is_some() {
        fault("actions.snooze", "contradiction", "Either set a status or snooze.");
    }
    if a.snooze.is_some_and(|s| !s.is_sound()) {
        fault("actions.snooze", "out_of_range", "Snooze 1 to 720 hours, 1 to 90 days, or until a day from 1 (Monday) to 7.");
    }
    if let Some(reply) = a.reply.take() {
        match canned::check_words("actions.reply.", &reply.text, reply.html.as_deref()) {
            Ok(words) if !words.text.trim().is_empty() || files > 0 => {
                a.reply = Some(super::model::MacroReply { text: words.text, html: words.html });
            }
            // An empty reply is none.
            Ok(_) => {}
            Err(Error { kind: ErrorKind::Invalid(more), .. }) => faults.extend(more),
            Err(e) => return Err(e),
        }
    }
    if files > 0 && a.reply.is_none() && faults.is_empty() {
        a.reply = Some(Default::default());
    }
    if faults.is_empty() && a == MacroActions::default() {
        faults.push(FieldError { field: "actions".into(), code: "required".into(), detail: "Let it do something.".into() });
    }
    if faults.is_empty() { Ok((name, a)) } else { Err(Error::fields(faults)) }
}

fn content(name: String, a: &MacroActions, scope: ReplyScope) -> Result<Content> {
    let said = a.reply.as_ref().map_or("", |r| r.text.as_str());
    let note = a.note.as_deref().unwrap_or("");
    let tags = a.add_tags.iter().chain(&a.remove_tags).map(String::as_str);
    let words = [name.as_str(), said, note].into_iter().chain(tags).flat_map(search::tokens).fold(String::new(), |all, w| all + " " + &w);
    let actions = serde_json::to_string(a).map_err(|e| Error::internal(e.to_string()))?;
    Ok(Content { name, actions, scope, words })
}

pub fn create(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, new: &NewMacro, now: Millis) -> Result<Macro> {
    let member = member_of(actor)?;
    need_share(actor, new.scope)?;
    let (name, actions) = checked(tx, &new.name, new.actions.clone(), new.attachments.len(), member)?;
    let id: MacroId = new_id(ids, now);
    store::insert(tx, id, member, &content(name, &actions, new.scope)?, now)?;
    canned::keep_files(tx, ids, id.as_bytes(), &new.attachments, member, now)?;
    tx.emit(event("macro.created", actor, id, new.scope, now));
    find(tx, member, id)
}

pub fn change(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, id: MacroId, patch: &MacroPatch, now: Millis) -> Result<Macro> {
    let member = member_of(actor)?;
    let before = find(tx, member, id)?;
    let scope = patch.scope.unwrap_or(before.scope);
    need_share(actor, before.scope)?;
    need_share(actor, scope)?;
    if scope == ReplyScope::Mine && before.owner_id != member {
        return Err(Error::field("scope", "not_yours", "Only whoever made it can take it for themselves."));
    }
    let files = patch.attachments.clone().unwrap_or_else(|| before.attachments.iter().map(|f| f.id).collect());
    let name = patch.name.clone().unwrap_or(before.name);
    let (name, actions) = checked(tx, &name, patch.actions.clone().unwrap_or(before.actions), files.len(), member)?;
    store::update(tx, id, &content(name, &actions, scope)?, now)?;
    canned::keep_files(tx, ids, id.as_bytes(), &files, member, now)?;
    tx.emit(event("macro.updated", actor, id, scope, now));
    find(tx, member, id)
}

pub fn delete(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, id: MacroId, now: Millis) -> Result<()> {
    let member = member_of(actor)?;
    let before = find(tx, member, id)?;
    need_share(actor, before.scope)?;
    canned::keep_files(tx, ids, id.as_bytes(), &[], member, now)?;
    store::delete(tx, id)?;
    tx.emit(event("macro.deleted", actor, id, before.scope, now));
    Ok(())
}
