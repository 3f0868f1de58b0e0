//! From events to notifications. What an event means for whom is decided from the event and the rows as they are, in the one
//! transaction that also moves the cursor: killed at any point, nothing is lost and nothing is told twice.

use super::model::{Kind, Notification, Wishes};
use super::store::{self, Happening};
use super::{mails, pushes};
use crate::app::App;
use crate::people::{self, Member, roles};
use crate::teams::Sight;
use crate::{channels, conversations, realtime};
use db::{Lane, Tx, events};
use kernel::actor::Permissions;
use kernel::event::Event;
use kernel::message::{SenderType, Status};
use kernel::time::Millis;
use kernel::{ChannelId, Ids, MemberId, NotificationId, Result, TokenId, WorkspaceId};
use serde_json::{Value, json};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

const PAGE: i64 = 200;
/// Events that concern nobody move the stored cursor only this often.
const STRIDE: i64 = 500;

/// Whether this event can mean a notification, as far as the event itself tells. Others are passed over without a write, so whether it
/// can must never depend on anything that changes later.
pub fn concerns(e: &Event) -> bool {
    let p = &e.payload;
    match e.kind.as_str() {
        "conversation.assigned" => p["assignee_id"].is_string(),
        "message.created" if p["is_note"] == true => p["mentions"].as_array().is_some_and(|m| !m.is_empty()),
        "message.created" => p["direction"] == "inbound" && p["automatic"] != true && p["assignee_id"].is_string(),
        "message.status_updated" => p["status"] == "failed",
        "conversation.status_changed" => p["because"] == "snooze_ended",
        "channel.updated" => p["health"].is_string(),
        _ => false,
    }
}

/// Whether commits that concern nobody have moved the log on far enough for the cursor to follow.
pub fn is_far(seq: i64) -> bool {
    seq % STRIDE == 0
}

/// A notification that was made or added to.
struct Told {
    member: MemberId,
    notification: Notification,
    unread: i64,
}

/// What one person may do, sees and wants: the same for all of a page.
struct Person {
    may: Permissions,
    sight: Sight,
    wishes: Wishes,
}

/// What the closure needs besides the database.
struct Around<'a> {
    ids: &'a dyn Ids,
    now: Millis,
    /// Letters can leave.
    mail: bool,
    time_zone: &'a str,
    /// Whose programs these are.
    makers: &'a HashMap<TokenId, MemberId>,
}

/// Reads on from the cursor to the end of the log.
pub async fn read_on(app: &App, workspace: WorkspaceId) -> Result<()> {
    let mut at = app.db.read(workspace, store::cursor).await?;
    loop {
        let from = at;
        let page = app.db.read(workspace, move |tx| events::after(tx, 0, from, PAGE)).await?;
        let Some(last) = page.last().map(|e| e.seq) else { return Ok(()) };
        at = last;
        let of_interest: Vec<Event> = page.into_iter().filter(concerns).collect();
        let stored = app.db.read(workspace, store::cursor).await?;
        if of_interest.is_empty() {
            // Reading these again would come to the same: nothing.
            if last - stored >= STRIDE {
                app.db.write(workspace, Lane::Bulk, move |tx| store::advance(tx, stored, last)).await?;
            }
            continue;
        }
        if !take(app, workspace, of_interest, stored, last).await? {
            // Somebody else has read on: from where they are.
            at = app.db.read(workspace, store::cursor).await?;
        }
    }
}

/// Turns a page into notifications; false when it was somebody else's already.
async fn take(app: &App, workspace: WorkspaceId, page: Vec<Event>, stored: i64, last: i64) -> Result<bool> {
    let mut tokens: Vec<TokenId> = page.iter().filter_map(|e| e.actor.strip_prefix("token:")?.parse().ok()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    let makers = if tokens.is_empty() { HashMap::new() } else { people::token_makers(app, workspace, tokens).await? };
    let zone = people::workspace(app, workspace).await?.time_zone.clone();
    let (ids, now, mail) = (app.ids.clone(), app.now(), app.config.mail.is_some());
    let told = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            if !store::advance(tx, stored, last)? {
                return Ok(None);
            }
            let around = Around { ids: ids.as_ref(), now, mail, time_zone: &zone, makers: &makers };
            let members = people::active_members(tx)?;
            let mut people: HashMap<MemberId, Person> = HashMap::new();
            let mut shown: Vec<(MemberId, NotificationId)> = Vec::new();
            for event in page.iter().filter(|e| e.seq > stored) {
                for h in happenings(tx, event, &members, &around)? {
                    let member = h.member;
                    shown.extend(tell(tx, h, &members, &mut people, &around)?.map(|id| (member, id)));
                }
            }
            // Of several additions to the same one, the last says everything; and each person's count is taken once.
            let mut seen = HashSet::new();
            shown.reverse();
            shown.retain(|(_, id)| seen.insert(*id));
            let mut counts: HashMap<MemberId, i64> = HashMap::new();
            let mut told = Vec::with_capacity(shown.len());
            for (member, id) in shown.into_iter().rev() {
                let Some(person) = people.get(&member) else { continue };
                let unread = match counts.get(&member) {
                    Some(n) => *n,
                    None => store::unread(tx, &person.sight, member)?,
                };
                counts.insert(member, unread);
                told.extend(store::find(tx, &person.sight, id)?.map(|notification| Told { member, notification, unread }));
            }
            Ok(Some(told))
        })
        .await?;
    let Some(told) = told else { return Ok(false) };
    for t in told {
        app.hub.send(workspace, realtime::notification(t.member, json!(t.notification), t.unread));
    }
    Ok(true)
}

/// Writes one down in all the ways in which this person wants it; gives its id where the app shows it.
fn tell(
    tx: &mut Tx<'_>,
    mut h: Happening,
    members: &[Member],
    people: &mut HashMap<MemberId, Person>,
    around: &Around<'_>,
) -> Result<Option<NotificationId>> {
    let Some(member) = members.iter().find(|m| m.id == h.member) else { return Ok(None) };
    let Person { may, sight, wishes } = match people.entry(member.id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(Person {
            may: roles::permissions_in(tx, member.role)?,
            sight: Sight::of_member(tx, member.id, member.role)?,
            wishes: wishes(tx, member.id, around.time_zone)?,
        }),
    };
    if !may.has(h.kind.needs()) {
        return Ok(None);
    }
    if let Some(id) = h.conversation
        && !conversations::seat(tx, id)?.is_some_and(|s| sight.sees(&s))
    {
        return Ok(None);
    }
    let ways = wishes.of(h.kind);
    h.shown = ways.in_app;
    h.by_mail = ways.email && around.mail;
    if !(h.shown || h.by_mail || ways.push) {
        return Ok(None);
    }
    let id = store::tell(tx, around.ids, &h, around.now)?;
    let quiet = wishes.quiet.until(around.now);
    if h.by_mail {
        mails::plan(tx, around.ids, member.id, h.kind, quiet, around.now)?;
    }
    if ways.push {
        pushes::plan(tx, around.ids, member.id, id, quiet, around.now)?;
    }
    Ok(h.shown.then_some(id))
}

/// What somebody wants, with the workspace's time zone where they chose none.
pub fn wishes(tx: &mut Tx<'_>, member: MemberId, time_zone: &str) -> Result<Wishes> {
    Ok(store::wishes(tx, member)?.unwrap_or_else(|| {
        let mut wishes = Wishes::default();
        wishes.quiet.time_zone = time_zone.to_owned();
        wishes
    }))
}

/// To whom this event happened, the doer apart.
fn happenings(tx: &mut Tx<'_>, e: &Event, members: &[Member], around: &Around<'_>) -> Result<Vec<Happening>> {
    let doer = doer(&e.actor, around.makers);
    let (kind, of): (Kind, Vec<MemberId>) = match e.kind.as_str() {
        "conversation.assigned" => (Kind::Assigned, member_in(&e.payload["assignee_id"]).into_iter().collect()),
        "message.created" if e.payload["is_note"] == true => {
            (Kind::Mentioned, e.payload["mentions"].as_array().into_iter().flatten().filter_map(member_in).collect())
        }
        "message.created" => (Kind::CustomerReplied, member_in(&e.payload["assignee_id"]).into_iter().collect()),
        "message.status_updated" => (Kind::DeliveryFailed, writer(tx, e)?.into_iter().collect()),
        "conversation.status_changed" => (Kind::SnoozeEnded, sleeper(tx, e, around)?.into_iter().collect()),
        "channel.updated" => return of_channel(tx, e, members),
        _ => return Ok(Vec::new()),
    };
    if let Some(id) = e.conversation_id {
        // Deleted meanwhile, or spam: nobody needs to look.
        let worth = conversations::find(tx, id)?.is_some_and(|c| c.status != Status::Spam || kind != Kind::CustomerReplied);
        if !worth {
            return Ok(Vec::new());
        }
    }
    let detail = match (kind, e.message_id) {
        (Kind::DeliveryFailed, Some(id)) => conversations::message(tx, id)?.and_then(|m| m.error),
        _ => None,
    };
    let bulk = e.payload[realtime::BULK].as_str().map(str::to_owned);
    let happening = |member: MemberId| Happening {
        member,
        kind,
        conversation: e.conversation_id.filter(|_| bulk.is_none()),
        channel: None,
        message: e.message_id,
        bulk: bulk.clone(),
        actor: doer,
        detail: detail.clone(),
        shown: true,
        by_mail: false,
    };
    Ok(of.into_iter().filter(|m| Some(*m) != doer).map(happening).collect())
}

/// Everybody hears of a channel who could mend it.
fn of_channel(tx: &mut Tx<'_>, e: &Event, members: &[Member]) -> Result<Vec<Happening>> {
    let kind = if e.payload["health"] == "broken" { Kind::ChannelBroken } else { Kind::ChannelWell };
    let Some(id) = e.payload["channel_id"].as_str().and_then(|t| t.parse::<ChannelId>().ok()) else { return Ok(Vec::new()) };
    let Some(channel) = channels::find(tx, id)? else { return Ok(Vec::new()) };
    let detail = if kind == Kind::ChannelBroken { channel.sync_error } else { None };
    let happening = |m: &Member| Happening {
        member: m.id,
        kind,
        conversation: None,
        channel: Some(id),
        message: None,
        bulk: None,
        actor: None,
        detail: detail.clone(),
        shown: true,
        by_mail: false,
    };
    let mut told = Vec::new();
    for m in members {
        if roles::permissions_in(tx, m.role)?.has(kind.needs()) {
            told.push(happening(m));
        }
    }
    Ok(told)
}

/// Who wrote the message that failed; what a rule wrote is nobody's.
fn writer(tx: &mut Tx<'_>, e: &Event) -> Result<Option<MemberId>> {
    let Some(id) = e.message_id else { return Ok(None) };
    let message = conversations::message(tx, id)?.filter(|m| m.sender_type == SenderType::User && m.automated_by.is_none());
    Ok(message.and_then(|m| m.sender_id?.parse().ok()))
}

/// Whose sleep it was: the assignee's, or else of whoever sent it to sleep.
fn sleeper(tx: &mut Tx<'_>, e: &Event, around: &Around<'_>) -> Result<Option<MemberId>> {
    let Some(id) = e.conversation_id else { return Ok(None) };
    if let Some(assignee) = conversations::find(tx, id)?.and_then(|c| c.assignee_id) {
        return Ok(Some(assignee));
    }
    let changes = events::history(tx, 0, id, &["conversation.status_changed"], e.seq, 20)?;
    let slept = changes.iter().find(|c| c.payload["status"] == "snoozed");
    Ok(slept.and_then(|c| doer(&c.actor, around.makers)))
}

/// The member who did it, in person or by a program.
fn doer(label: &str, makers: &HashMap<TokenId, MemberId>) -> Option<MemberId> {
    if let Some(id) = label.strip_prefix("user:") {
        return id.parse().ok();
    }
    makers.get(&label.strip_prefix("token:")?.parse().ok()?).copied()
}

fn member_in(value: &Value) -> Option<MemberId> {
    value.as_str()?.parse().ok()
}
