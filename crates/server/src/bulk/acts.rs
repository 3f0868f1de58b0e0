//! What is done to one of many conversations, what is kept of how it was, and how that is put back. Nothing is put back over what
//! somebody has changed since, and nothing is touched that whoever asked does not see.

use super::model::BulkAct;
use crate::conversations::{self, Conversation, LifeCycle, Placing};
use crate::people;
use crate::teams::{Seat, Sight};
use db::Tx;
use kernel::message::{Priority, Status};
use kernel::time::Millis;
use kernel::{Actor, ConversationId, Error, ErrorKind, Ids, MemberId, Result};
use serde::{Deserialize, Serialize};

/// How it was, as far as the act changed it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "was", rename_all = "snake_case")]
pub enum Before {
    Assigned {
        to: Option<MemberId>,
        /// Whom the act gave it to.
        now: Option<MemberId>,
        /// Assigning opens what was new.
        opened: bool,
    },
    Status {
        before: LifeCycle,
        now: Status,
    },
    Priority {
        before: Priority,
        now: Priority,
    },
    /// Tags that came with the act.
    Added {
        tags: Vec<String>,
    },
    /// Tags that went with it.
    Removed {
        tags: Vec<String>,
    },
    Unread {
        count: i64,
        now: i64,
    },
    Deleted,
    Restored,
}

pub struct Cx<'a> {
    pub actor: &'a Actor,
    /// What the actor sees.
    pub sight: &'a Sight,
    pub ids: &'a dyn Ids,
    pub now: Millis,
}

/// The assignee that is meant; `None` is nobody.
pub fn assignee(tx: &mut Tx<'_>, actor: &Actor, id: Option<&str>) -> Result<Option<MemberId>> {
    let wrong = || Error::field("act.assignee_id", "not_found", "There is no such member.");
    match id {
        None => Ok(None),
        Some("me") => actor.member().ok_or_else(wrong).map(Some),
        Some(text) => {
            let id: MemberId = text.parse().map_err(|_| wrong())?;
            people::member(tx, id)?.filter(|m| m.active).ok_or_else(wrong)?;
            Ok(Some(id))
        }
    }
}

/// Does it; gives how it was, or nothing where it changed nothing.
pub fn one(tx: &mut Tx<'_>, cx: &Cx<'_>, id: ConversationId, act: &BulkAct) -> Result<Option<Before>> {
    if !conversations::seat(tx, id)?.is_some_and(|s| cx.sight.sees(&s)) {
        return Ok(None);
    }
    if *act == BulkAct::Restore {
        if !is_in_trash(tx, id)? {
            return Ok(None);
        }
        conversations::restore(tx, cx.actor, id, cx.now)?;
        return Ok(Some(Before::Restored));
    }
    // What has gone meanwhile stays gone.
    let Some(c) = conversations::find(tx, id)? else { return Ok(None) };
    Ok(match act {
        BulkAct::Assign { assignee_id } => {
            let to = assignee(tx, cx.actor, assignee_id.as_deref())?;
            if c.assignee_id == to {
                return Ok(None);
            }
            conversations::place(tx, cx.actor, &c, Placing::to(to), cx.now)?;
            Some(Before::Assigned { to: c.assignee_id, now: to, opened: c.status == Status::New && cx.actor.member().is_some() })
        }
        BulkAct::SetStatus { status, snoozed_until } => {
            if c.status == *status && (*status != Status::Snoozed || c.snoozed_until == *snoozed_until) {
                return Ok(None);
            }
            // A time that has come while the act was waiting wakes it at the next look.
            let until = snoozed_until.map(|at| at.max(cx.now + 1));
            conversations::set_status(tx, cx.actor, &c, *status, until, cx.now)?;
            Some(Before::Status { before: LifeCycle::of(&c), now: *status })
        }
        BulkAct::SetPriority { priority } => {
            if c.priority == *priority {
                return Ok(None);
            }
            conversations::set_priority(tx, cx.actor, c.id, *priority, cx.now)?;
            Some(Before::Priority { before: c.priority, now: *priority })
        }
        BulkAct::AddTags { tags } => {
            let fresh: Vec<String> = tags.iter().filter(|t| !has(&c, t)).cloned().collect();
            if fresh.is_empty() {
                return Ok(None);
            }
            conversations::add_tags(tx, cx.ids, cx.actor, &c, &fresh, cx.now)?;
            Some(Before::Added { tags: fresh })
        }
        BulkAct::RemoveTags { tags } => {
            let gone: Vec<String> = c.tags.iter().filter(|own| tags.iter().any(|t| key(t) == key(own))).cloned().collect();
            if gone.is_empty() {
                return Ok(None);
            }
            conversations::remove_tags(tx, cx.actor, &c, &gone, cx.now)?;
            Some(Before::Removed { tags: gone })
        }
        BulkAct::MarkRead | BulkAct::MarkUnread => {
            let read = *act == BulkAct::MarkRead;
            let count = if read { 0 } else { c.unread_count.max(1) };
            if count == c.unread_count {
                return Ok(None);
            }
            conversations::mark_read(tx, cx.actor, &c, read, cx.now)?;
            Some(Before::Unread { count: c.unread_count, now: count })
        }
        BulkAct::Delete => {
            conversations::delete(tx, cx.actor, &c, cx.now)?;
            Some(Before::Deleted)
        }
        BulkAct::Restore => None,
    })
}

/// Puts it back, unless it has been changed since; gives whether it was.
pub fn back(tx: &mut Tx<'_>, cx: &Cx<'_>, id: ConversationId, before: &Before) -> Result<bool> {
    if !conversations::seat(tx, id)?.is_some_and(|s| sees(cx.sight, s, before)) {
        return Ok(false);
    }
    if let Before::Deleted = before {
        if !is_in_trash(tx, id)? {
            return Ok(false);
        }
        conversations::restore(tx, cx.actor, id, cx.now)?;
        return Ok(true);
    }
    let Some(c) = conversations::find(tx, id)? else { return Ok(false) };
    match before {
        Before::Assigned { to, now, opened } => {
            if c.assignee_id != *now {
                return Ok(false);
            }
            let to = still_there(tx, *to)?;
            conversations::place(tx, cx.actor, &c, Placing::to(to), cx.now)?;
            if *opened && c.status == Status::Open {
                conversations::set_status(tx, cx.actor, &c, Status::New, None, cx.now)?;
            }
        }
        Before::Status { before, now } => {
            if c.status != *now {
                return Ok(false);
            }
            conversations::put_back(tx, cx.actor, &c, before, cx.now)?;
        }
        Before::Priority { before, now } => {
            if c.priority != *now {
                return Ok(false);
            }
            conversations::set_priority(tx, cx.actor, c.id, *before, cx.now)?;
        }
        Before::Added { tags } => conversations::remove_tags(tx, cx.actor, &c, tags, cx.now)?,
        Before::Removed { tags } => conversations::add_tags(tx, cx.ids, cx.actor, &c, tags, cx.now)?,
        Before::Unread { count, now } => {
            if c.unread_count != *now {
                return Ok(false);
            }
            conversations::set_unread(tx, cx.actor, &c, *count, cx.now)?;
        }
        Before::Restored => conversations::delete(tx, cx.actor, &c, cx.now)?,
        Before::Deleted => {}
    }
    Ok(true)
}

/// Whether what was done may be undone. What somebody gave away is out of their own sight; as long as whom they gave it to has it,
/// it is judged by where it stood before.
fn sees(sight: &Sight, seat: Seat, before: &Before) -> bool {
    match before {
        Before::Assigned { to, now, .. } if seat.assignee == *now => sight.sees(&Seat { assignee: *to, ..seat }) || sight.sees(&seat),
        _ => sight.sees(&seat),
    }
}

/// Deleted, and not gone for good nor merged into another.
fn is_in_trash(tx: &mut Tx<'_>, id: ConversationId) -> Result<bool> {
    match conversations::find_in_trash(tx, id) {
        Ok(_) => Ok(true),
        Err(e) if e.kind == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}
fn key(tag: &str) -> String {
    tag.trim().to_lowercase()
}
fn has(c: &Conversation, tag: &str) -> bool {
    c.tags.iter().any(|own| key(own) == key(tag))
}
/// Nobody gets back what belonged to somebody who has left.
fn still_there(tx: &mut Tx<'_>, member: Option<MemberId>) -> Result<Option<MemberId>> {
    match member {
        Some(id) => Ok(people::member(tx, id)?.filter(|m| m.active).map(|m| m.id)),
        None => Ok(None),
    }
}
