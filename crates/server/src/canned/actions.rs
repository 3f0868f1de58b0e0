//! Verbs on canned replies, and what macros use of them: checking words, filling them in, keeping files.

use super::model::{CannedReply, CannedReplyPatch, FilledReply, NewCannedReply, ReplyScope};
use super::store::{self, Content};
use super::variables::{self, Facts};
use crate::conversations::Conversation;
use crate::{files, search};
use db::Tx;
use kernel::actor::Permission;
use kernel::error::FieldError;
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{Actor, CannedReplyId, Error, FileId, Ids, MemberId, Result, id::new_id};
use serde_json::json;

/// Characters of a text, formatted or not.
const MOST_TEXT: usize = 100_000;
const MOST_FILES: usize = 20;

/// Whose canned replies these are: programs act for the member who made their token.
pub fn member_of(actor: &Actor) -> Result<MemberId> {
    actor.member().ok_or_else(|| Error::not_found("member.not_found", "There is no such member."))
}

/// What everybody uses needs a permission of its own.
pub fn need_share(actor: &Actor, scope: ReplyScope) -> Result<()> {
    if scope == ReplyScope::All { actor.need(Permission::RepliesShare) } else { Ok(()) }
}

/// A text in both its forms.
#[derive(Debug, Clone, Default)]
pub struct Words {
    pub text: String,
    pub html: Option<String>,
}

/// Sanitised, with a plain form, and without names that stand for nothing. `field` is the beginning of the fields' names.
pub fn check_words(field: &str, text: &str, html: Option<&str>) -> Result<Words> {
    let html = html.filter(|h| !h.trim().is_empty()).map(connectors::sanitise_html);
    let text = match (&html, text.trim().is_empty()) {
        (Some(html), true) => connectors::html_to_text(html),
        _ => text.trim().to_owned(),
    };
    let mut faults = Vec::new();
    for (name, words) in [("text", Some(text.as_str())), ("html", html.as_deref())] {
        let Some(words) = words else { continue };
        let mut fault = |code: &str, detail: String| faults.push(FieldError { field: format!("{field}{name}"), code: code.into(), detail });
        if words.chars().count() > MOST_TEXT {
            fault("too_long", "Write at most 100,000 characters.".into());
        }
        if let Some(name) = variables::unknown(words) {
            fault("unknown_variable", format!("There is no variable {{{{{name}}}}}. Choose one from the list."));
        }
    }
    if faults.is_empty() { Ok(Words { text, html }) } else { Err(Error::fields(faults)) }
}

fn content(n: NewCannedReply) -> Result<Content> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, code: &str, detail: &str| {
        faults.push(FieldError { field: field.into(), code: code.into(), detail: detail.into() });
    };
    let title = n.title.trim().to_owned();
    if title.is_empty() || title.chars().count() > 120 || title.contains(['\r', '\n']) {
        fault("title", "invalid", "Give a title of 1 to 120 characters.");
    }
    let shortcut = n.shortcut.unwrap_or_default().trim().trim_start_matches('/').to_lowercase();
    if shortcut.chars().count() > 40 || !shortcut.chars().all(|c| c.is_alphanumeric() || "-_".contains(c)) {
        fault("shortcut", "invalid", "A shortcut has at most 40 letters, digits, - and _.");
    }
    let folder = n.folder.unwrap_or_default().trim().to_owned();
    if !is_folder(&folder) {
        fault("folder", "invalid", "A folder's name has at most 80 characters on one line.");
    }
    if n.attachments.len() > MOST_FILES {
        fault("attachments", "too_many", "Attach at most 20 files.");
    }
    let words = match check_words("", &n.text, n.html.as_deref()) {
        Ok(words) => words,
        Err(Error { kind: kernel::ErrorKind::Invalid(more), .. }) => {
            faults.extend(more);
            return Err(Error::fields(faults));
        }
        Err(e) => return Err(e),
    };
    if words.text.trim().is_empty() && n.attachments.is_empty() {
        faults.push(FieldError { field: "text".into(), code: "required".into(), detail: "Write something or attach a file.".into() });
    }
    if !faults.is_empty() {
        return Err(Error::fields(faults));
    }
    let found_by = [title.as_str(), &shortcut, &folder, &words.text]
        .iter()
        .flat_map(|t| search::tokens(t))
        .fold(String::new(), |all, w| all + " " + &w);
    let title_key = search::tokens(&title).join(" ");
    Ok(Content { title_key, title, shortcut, folder, text: words.text, html: words.html, scope: n.scope, words: found_by })
}

pub fn is_folder(name: &str) -> bool {
    name.chars().count() <= 80 && !name.contains(['\r', '\n'])
}

fn event(kind: &'static str, actor: &Actor, id: CannedReplyId, scope: ReplyScope, now: Millis) -> NewEvent {
    NewEvent::new(kind, actor.label(), now).payload(json!({ "canned_reply_id": id, "scope": scope }))
}

fn read(tx: &mut Tx<'_>, member: MemberId, id: CannedReplyId) -> Result<CannedReply> {
    crate::app::found(store::find(tx, member, id)?, "canned_reply.not_found", "canned reply")
}

fn taken(title: &str) -> Error {
    Error::field("shortcut", "taken", format!("“{title}” has this shortcut already."))
}

pub fn create(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, new: &NewCannedReply, now: Millis) -> Result<CannedReply> {
    let member = member_of(actor)?;
    need_share(actor, new.scope)?;
    let c = content(new.clone())?;
    let id: CannedReplyId = new_id(ids, now);
    if let Some(title) = store::shortcut_taken(tx, id, member, c.scope, &c.shortcut)? {
        return Err(taken(&title));
    }
    if !store::insert(tx, id, member, &c, now)? {
        return Err(taken(&c.shortcut));
    }
    files::keep_for(tx, ids, id.as_bytes(), &new.attachments, Some(member), now)?;
    tx.emit(event("canned_reply.created", actor, id, c.scope, now));
    read(tx, member, id)
}

/// What everybody uses stays its first writer's when it becomes personal again: only they may make it so.
pub fn change(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    actor: &Actor,
    id: CannedReplyId,
    patch: &CannedReplyPatch,
    now: Millis,
) -> Result<CannedReply> {
    let member = member_of(actor)?;
    let before = read(tx, member, id)?;
    let p = patch.clone();
    let scope = p.scope.unwrap_or(before.scope);
    need_share(actor, before.scope)?;
    need_share(actor, scope)?;
    if scope == ReplyScope::Mine && before.owner_id != member {
        return Err(Error::field("scope", "not_yours", "Only whoever wrote it can take it for themselves."));
    }
    let attachments = p.attachments.clone().unwrap_or_else(|| before.attachments.iter().map(|f| f.id).collect());
    // A new formatted form brings its own plain one, unless that was given too.
    let text = p.text.or_else(|| p.html.as_deref().filter(|h| !h.trim().is_empty()).map(|_| String::new()));
    let c = content(NewCannedReply {
        title: p.title.unwrap_or(before.title),
        shortcut: p.shortcut.or(before.shortcut),
        folder: p.folder.or(before.folder),
        text: text.unwrap_or(before.text),
        html: p.html.or(before.html),
        scope,
        attachments: attachments.clone(),
    })?;
    if let Some(title) = store::shortcut_taken(tx, id, before.owner_id, c.scope, &c.shortcut)? {
        return Err(taken(&title));
    }
    store::update(tx, id, &c, now)?;
    files::keep_for(tx, ids, id.as_bytes(), &attachments, Some(member), now)?;
    tx.emit(event("canned_reply.updated", actor, id, c.scope, now));
    read(tx, member, id)
}

pub fn delete(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, id: CannedReplyId, now: Millis) -> Result<()> {
    let member = member_of(actor)?;
    let before = read(tx, member, id)?;
    need_share(actor, before.scope)?;
    files::keep_for(tx, ids, id.as_bytes(), &[], None, now)?;
    store::delete(tx, id)?;
    tx.emit(event("canned_reply.deleted", actor, id, before.scope, now));
    Ok(())
}

pub fn rename_folder(tx: &mut Tx<'_>, actor: &Actor, from: &str, to: &str, now: Millis) -> Result<u64> {
    let member = member_of(actor)?;
    let own = actor.need(Permission::RepliesShare).is_err();
    let to = to.trim();
    if !is_folder(to) || from.trim().is_empty() {
        return Err(Error::field("to", "invalid", "A folder's name has at most 80 characters on one line."));
    }
    let moved = store::rename_folder(tx, member, own, from, to, now)?;
    if moved == 0 {
        return Err(Error::not_found("folder.not_found", "There is no such folder."));
    }
    tx.emit(NewEvent::new("canned_reply.updated", actor.label(), now).payload(json!({ "moved": moved })));
    Ok(moved)
}

/// Fills it in for a conversation and counts the use. Its files are given as copies, the writer's to keep or to drop.
pub fn apply(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    actor: &Actor,
    c: &Conversation,
    id: CannedReplyId,
    facts: &Facts,
    now: Millis,
) -> Result<FilledReply> {
    let member = member_of(actor)?;
    let reply = read(tx, member, id)?;
    let (words, missing) = fill(facts, &Words { text: reply.text, html: reply.html });
    let attachments = copies(tx, ids, &reply.attachments, member, now)?;
    store::count_use(tx, id, now)?;
    tx.emit(event("canned_reply.used", actor, id, reply.scope, now).conversation(c.id));
    Ok(FilledReply { id, text: words.text, html: words.html, attachments, missing })
}

fn copies(tx: &mut Tx<'_>, ids: &dyn Ids, kept: &[files::Attachment], member: MemberId, now: Millis) -> Result<Vec<files::Attachment>> {
    let mut out = Vec::with_capacity(kept.len());
    for file in kept {
        let id = files::insert(tx, ids, &file.clone().into(), None, Some(member), now)?;
        out.push(files::Attachment { id, ..file.clone() });
    }
    Ok(out)
}

/// Both forms filled in, and what neither knew.
pub fn fill(facts: &Facts, words: &Words) -> (Words, Vec<String>) {
    let plain = facts.fill(&words.text);
    let formatted = words.html.as_deref().map(|html| facts.fill_html(html));
    let mut missing = plain.missing;
    for name in formatted.iter().flat_map(|f| &f.missing) {
        if !missing.contains(name) {
            missing.push(name.clone());
        }
    }
    (Words { text: plain.text, html: formatted.map(|f| f.text) }, missing)
}

/// Files of a macro, by the same rules.
pub fn keep_files(tx: &mut Tx<'_>, ids: &dyn Ids, keeper: &[u8], list: &[FileId], member: MemberId, now: Millis) -> Result<()> {
    if list.len() > MOST_FILES {
        return Err(Error::field("attachments", "too_many", "Attach at most 20 files."));
    }
    files::keep_for(tx, ids, keeper, list, Some(member), now)
}
/// Copies of what a keeper has, to be sent.
pub fn kept_files(tx: &mut Tx<'_>, ids: &dyn Ids, keeper: &[u8], member: MemberId, now: Millis) -> Result<Vec<FileId>> {
    let kept = files::kept(tx, &[keeper.to_vec()])?.remove(keeper).unwrap_or_default();
    Ok(copies(tx, ids, &kept, member, now)?.into_iter().map(|f| f.id).collect())
}
