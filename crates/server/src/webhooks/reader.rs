//! From events to deliveries. Each subscription has a place in the log; what fits is written down in the transaction that moves it on. One that
//! has much waiting is not read for: the log itself is the rest of its queue.

use super::catalogue;
use super::model::{Format, Reach};
use super::store::{self, NewDelivery, Place};
use crate::app::App;
use crate::chatwoot;
use crate::files::{self, Links};
use crate::people::{self, roles};
use crate::teams::Sight;
use crate::{contacts, conversations};
use db::{Lane, Tx, events};
use kernel::actor::Permission;
use kernel::event::Event;
use kernel::time::{Millis, rfc3339};
use kernel::{ChannelId, Ids, Result, WebhookDeliveryId, WebhookId, WorkspaceId};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const PAGE: i64 = 100;
/// Events that concern nobody move the stored places only this often.
const STRIDE: i64 = 500;
/// With so many waiting, no more are written down.
pub const MOST_WAITING: i64 = 1_000;

/// Whether anybody in a workspace is told of anything, as far as is known: commits of the others wake nobody.
#[derive(Default)]
pub struct Interest(Mutex<HashMap<WorkspaceId, (u64, bool)>>);
impl Interest {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, (u64, bool)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub fn may_be(&self, workspace: WorkspaceId) -> bool {
        self.all().get(&workspace).is_none_or(|(_, wanted)| *wanted)
    }
    /// A subscription is new, or another.
    pub fn changed(&self, workspace: WorkspaceId) {
        let mut all = self.all();
        let entry = all.entry(workspace).or_default();
        *entry = (entry.0 + 1, true);
    }
    fn mark(&self, workspace: WorkspaceId) -> u64 {
        self.all().entry(workspace).or_insert((0, true)).0
    }
    /// Nobody was, when this mark was taken.
    fn none(&self, workspace: WorkspaceId, mark: u64) {
        if let Some(entry) = self.all().get_mut(&workspace).filter(|e| e.0 == mark) {
            entry.1 = false;
        }
    }
}

/// Reads on to the end of the log, for all that have room.
pub async fn read_on(app: &App, workspace: WorkspaceId) -> Result<()> {
    // How far is looked through already without a reason to write it down.
    let mut seen: HashMap<WebhookId, i64> = HashMap::new();
    loop {
        let mark = app.webhooks.interest.mark(workspace);
        let (mut places, backlog) = app.db.read(workspace, |tx| Ok((store::places(tx)?, store::backlog(tx)?))).await?;
        if places.is_empty() {
            app.webhooks.interest.none(workspace, mark);
            return Ok(());
        }
        let full: Vec<WebhookId> = backlog.into_iter().filter(|(_, n)| *n >= MOST_WAITING).map(|(id, _)| id).collect();
        places.retain(|p| !full.contains(&p.id));
        let stored = places.iter().map(|p| p.seq).min().unwrap_or(0);
        for p in &mut places {
            p.seq = p.seq.max(seen.get(&p.id).copied().unwrap_or(0));
        }
        let Some(from) = places.iter().map(|p| p.seq).min() else { return Ok(()) };
        let page = app.db.read(workspace, move |tx| events::after(tx, 0, from, PAGE)).await?;
        let Some(last) = page.last().map(|e| e.seq) else { return Ok(()) };
        let wanted: Vec<Event> = page.into_iter().filter(|e| places.iter().any(|p| wants(p, e))).collect();
        if !wanted.is_empty() || last - stored >= STRIDE {
            write_down(app, workspace, places.iter().map(|p| p.id).collect(), wanted, last).await?;
        }
        seen.extend(places.iter().map(|p| (p.id, last)));
        if app.runner.is_stopping() {
            return Ok(());
        }
    }
}

fn wants(p: &Place, e: &Event) -> bool {
    p.seq < e.seq && catalogue::is_told(&e.kind) && catalogue::means(&p.events, &e.kind) && catalogue::speaks(p.format, &e.kind)
}

async fn write_down(app: &App, workspace: WorkspaceId, among: Vec<WebhookId>, page: Vec<Event>, last: i64) -> Result<()> {
    let (ids, now, links) = (app.ids.clone(), app.now(), files::links(app, workspace));
    let account = chatwoot::Account::of(app, workspace).await?;
    app.db
        .write(workspace, Lane::Bulk, move |tx| {
            // As they are now: one may have been switched off meanwhile.
            let around = Around { ids: ids.as_ref(), workspace, links: &links, account: &account, now };
            let mut places = store::places(tx)?;
            places.retain(|p| among.contains(&p.id));
            for p in &places {
                let Some(eyes) = Eyes::of(tx, p)? else {
                    store::advance(tx, p.id, last)?;
                    continue;
                };
                for e in page.iter().filter(|e| wants(p, e) && now - e.at < store::KEEP) {
                    if eyes.see(tx, e)?
                        && let Some(new) = delivery(tx, &around, p, e, &eyes)?
                    {
                        store::enqueue(tx, &new)?;
                    }
                }
                store::advance(tx, p.id, last)?;
            }
            Ok(())
        })
        .await
}

/// What one subscription may tell of.
struct Eyes {
    sight: Sight,
    /// Of this channel alone.
    channel: Option<ChannelId>,
    people: bool,
    mails: bool,
}
impl Eyes {
    /// None: its owner is not known here any more, so there is nothing they see.
    fn of(tx: &mut Tx<'_>, p: &Place) -> Result<Option<Self>> {
        // Whoever has left goes on seeing what they saw: their going does not end it.
        let owner = people::member(tx, p.owner)?;
        let (people, mails) = match &owner {
            Some(owner) => {
                let may = roles::permissions_in(tx, owner.role)?;
                (may.has(Permission::ContactsRead), may.has(Permission::MembersRead))
            }
            None => (false, false),
        };
        let sight = match (p.reach, owner) {
            (Reach::All, _) => Sight::all(),
            (Reach::Owner, Some(owner)) => Sight::of_member(tx, owner.id, owner.role)?,
            (Reach::Owner, None) => return Ok(None),
        };
        Ok(Some(Self { sight, channel: p.channel, people, mails }))
    }
    fn see(&self, tx: &mut Tx<'_>, e: &Event) -> Result<bool> {
        if let Some(channel) = self.channel {
            // What is about no conversation is about no channel's conversations.
            let seat = e.conversation_id.map(|id| conversations::seat(tx, id)).transpose()?.flatten();
            if seat.is_none_or(|seat| seat.channel != channel) {
                return Ok(false);
            }
        }
        Ok(match (e.conversation_id, e.contact_id) {
            _ if self.sight.sees_all() => e.conversation_id.is_some() || e.contact_id.is_none() || self.people,
            (Some(id), _) => conversations::seat(tx, id)?.is_some_and(|seat| self.sight.sees(&seat)),
            (None, Some(_)) => self.people,
            (None, None) => true,
        })
    }
}

/// What writing down takes besides the database.
struct Around<'a> {
    ids: &'a dyn Ids,
    workspace: WorkspaceId,
    links: &'a Links,
    account: &'a chatwoot::Account,
    now: Millis,
}

/// None when the format has no words for it.
fn delivery(tx: &mut Tx<'_>, around: &Around<'_>, p: &Place, e: &Event, eyes: &Eyes) -> Result<Option<NewDelivery>> {
    let ours = body(tx, around.workspace, e, eyes, around.links)?;
    let body = match p.format {
        Format::Standard => ours,
        Format::Chatwoot => {
            let knows = chatwoot::Knows { contacts: eyes.people, mails: eyes.mails };
            let teller = chatwoot::Teller { account: around.account, links: around.links, knows, now: around.now };
            let Some(theirs) = teller.told(tx, &ours)? else { return Ok(None) };
            theirs
        }
    };
    Ok(Some(NewDelivery {
        id: ordered_id(around.ids, around.now, e.seq),
        subscription: p.id,
        seq: Some(e.seq),
        kind: e.kind.clone(),
        conversation: e.conversation_id,
        contact: e.contact_id,
        body: body.to_string(),
        next_at: Some(around.now),
        at: around.now,
    }))
}

/// An id that sorts as the log does.
pub fn ordered_id(ids: &dyn Ids, now: Millis, seq: i64) -> WebhookDeliveryId {
    let mut roll = [0u8; 10];
    ids.random(&mut roll);
    roll[..6].copy_from_slice(&(seq.max(0) as u64).to_be_bytes()[2..]);
    // Version and variant take the upper bits of the first and third byte; so many events no log has.
    WebhookDeliveryId::from_uuid(uuid::Builder::from_unix_timestamp_millis(now.max(0) as u64, &roll).into_uuid())
}

/// The event with what it is about as it is now.
fn body(tx: &mut Tx<'_>, workspace: WorkspaceId, e: &Event, eyes: &Eyes, links: &Links) -> Result<Value> {
    let mut data = json!({ "changes": e.payload });
    if let Some(id) = e.conversation_id {
        match conversations::find(tx, id)? {
            Some(c) => data["conversation"] = json!(c),
            // In the trash, merged or gone: its id is all that is left to say.
            None => data["conversation_id"] = json!(id),
        }
    }
    if let Some(id) = e.message_id {
        match conversations::message(tx, id)? {
            Some(mut m) => {
                links.fill_all(&mut m.attachments);
                data["message"] = json!(m);
            }
            None => data["message_id"] = json!(id),
        }
    }
    if let Some(id) = e.contact_id {
        match contacts::find(tx, id)?.filter(|_| eyes.people) {
            Some(mut c) => {
                contacts::count_seen(tx, &eyes.sight, std::slice::from_mut(&mut c))?;
                data["contact"] = json!(c);
            }
            None => data["contact_id"] = json!(id),
        }
    }
    Ok(json!({
        "type": e.kind,
        "timestamp": rfc3339(e.at),
        "workspace_id": workspace,
        "sequence": e.seq,
        "actor": e.actor,
        "data": data,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SystemIds;

    #[test]
    fn ids_sort_as_the_log_does() {
        let ids: Vec<_> = (0..5_000).map(|seq| ordered_id(&SystemIds, 1_793_181_600_000, seq * 7 + 66_000)).collect();
        assert!(ids.is_sorted() && ids.windows(2).all(|w| w[0] != w[1]));
    }

    #[test]
    fn what_was_seen_before_a_change_settles_nothing() {
        let (interest, w) = (Interest::default(), kernel::new_id(&SystemIds, 1));
        assert!(interest.may_be(w));
        let mark = interest.mark(w);
        interest.changed(w);
        interest.none(w, mark);
        assert!(interest.may_be(w), "a subscription came between looking and noting");
        interest.none(w, interest.mark(w));
        assert!(!interest.may_be(w));
        interest.changed(w);
        assert!(interest.may_be(w));
    }
}
