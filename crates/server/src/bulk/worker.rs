//! Goes on with what was asked for, slice by slice, until there is nothing left: also after a restart, since everything about it stands
//! in the database. Between two slices whoever waits goes first.

use super::acts::{self, Cx};
use super::model::{Bulk, BulkAct, BulkState};
use super::store;
use crate::app::App;
use crate::conversations::Chosen;
use crate::filters::{self, Asker, CONVERSATIONS};
use crate::people;
use crate::teams::Sight;
use db::{Lane, Tx};
use kernel::actor::Permission::{ConversationsDelete, ConversationsRead, ConversationsWrite};
use kernel::actor::{Trail, Who};
use kernel::event::NewEvent;
use kernel::time::Millis;
use kernel::{AccountId, Actor, BulkId, ConversationId, ErrorKind, MemberId, Result, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Conversations in one write: an agent's own write waits no longer than these take.
const SLICE: i64 = 60;
/// Rows of the list in one write.
const LIST: usize = 1_000;
/// Progress is told so many times.
const TELLINGS: i64 = 40;

/// Old acts are forgotten; once an hour.
pub use super::store::forget;

/// What an act is done to, while it is not written down yet: the filter as it was asked, by whose clock.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wanted {
    pub filter: serde_json::Value,
    pub text: Option<String>,
    pub me: Option<MemberId>,
    pub now: Millis,
    pub zone: String,
}
impl Wanted {
    /// The conversations that are seen, in no order.
    pub fn ids(&self, tx: &mut Tx<'_>, sight: Sight) -> Result<Vec<ConversationId>> {
        let chosen = Chosen::new(filters::parse(&CONVERSATIONS, &self.filter, "filter")?, self.text.as_deref());
        let asker = Asker { me: self.me, now: self.now, zone: filters::zone(&self.zone), sight };
        let Some(among) = chosen.all_holding(tx, &asker)? else {
            return crate::conversations::ids(tx, &chosen.filter, &asker, None);
        };
        let mut out = Vec::with_capacity(among.len());
        for some in among.chunks(LIST) {
            out.extend(crate::conversations::ids(tx, &chosen.filter, &asker, Some(some))?);
        }
        Ok(out)
    }
}

pub async fn round(app: &App, workspace: WorkspaceId) -> Result<()> {
    while !app.runner.is_stopping() {
        let Some(bulk) = app.db.read(workspace, store::next).await? else { return Ok(()) };
        match bulk.state {
            BulkState::Choosing => choose(app, workspace, &bulk).await?,
            _ => go_on(app, workspace, bulk.id).await?,
        }
    }
    Ok(())
}

/// Writes down what is meant. Begun anew after a restart: nothing has been done yet.
async fn choose(app: &App, workspace: WorkspaceId, bulk: &Bulk) -> Result<()> {
    let (id, now) = (bulk.id, app.now());
    let wanted: Option<Wanted> = bulk.chosen.as_deref().and_then(|t| serde_json::from_str(t).ok());
    let ids = match wanted {
        Some(wanted) => {
            let bulk = bulk.clone();
            app.db
                .read(workspace, move |tx| {
                    let Some(actor) = actor(tx, workspace, &bulk)? else { return Ok(Vec::new()) };
                    let sight = Sight::of(tx, &actor)?;
                    wanted.ids(tx, sight)
                })
                .await?
        }
        None => Vec::new(),
    };
    app.db.write(workspace, Lane::Bulk, move |tx| store::drop_items(tx, id)).await?;
    let total = ids.len() as i64;
    for (n, chunk) in ids.chunks(LIST).enumerate() {
        let (from, chunk) = ((n * LIST) as i64, chunk.to_vec());
        app.db.write(workspace, Lane::Bulk, move |tx| store::add_items(tx, id, from, &chunk)).await?;
    }
    app.db.write(workspace, Lane::Bulk, move |tx| store::begin(tx, id, total, now)).await
}

async fn go_on(app: &App, workspace: WorkspaceId, id: BulkId) -> Result<()> {
    while !app.runner.is_stopping() {
        let (ids, now) = (app.ids.clone(), app.now());
        let mut seed = [0u8; 16];
        ids.random(&mut seed);
        let more = app
            .db
            .write(workspace, Lane::Bulk, move |tx| {
                let Some(mut bulk) = store::find(tx, id)? else { return Ok(false) };
                let Some(actor) = actor(tx, workspace, &bulk)? else { return give_up(tx, &mut bulk, now) };
                let actor = Actor { trail: Trail::new(seed, None), ..actor };
                let sight = Sight::of(tx, &actor)?;
                let cx = Cx { actor: &actor, sight: &sight, ids: ids.as_ref(), now };
                match bulk.state {
                    BulkState::Running => tx.marked(crate::realtime::BULK, &id.to_string(), |tx| forwards(tx, &cx, &mut bulk))?,
                    BulkState::Undoing => tx.marked(crate::realtime::BULK, &id.to_string(), |tx| backwards(tx, &cx, &mut bulk))?,
                    _ => return Ok(false),
                }
                Ok(!bulk.state.is_over())
            })
            .await?;
        if !more {
            break;
        }
    }
    Ok(())
}

fn forwards(tx: &mut Tx<'_>, cx: &Cx<'_>, bulk: &mut Bulk) -> Result<()> {
    let before = bulk.position;
    for (position, conversation) in store::items(tx, bulk.id, before, SLICE)? {
        let done = match acts::one(tx, cx, conversation, &bulk.act) {
            // What cannot be done to this one (any more) holds up no other.
            Err(e) if !matches!(e.kind, ErrorKind::Internal | ErrorKind::Unavailable) => None,
            done => done?,
        };
        if let Some(was) = done {
            let was = serde_json::to_string(&was).map_err(|e| kernel::Error::internal(e.to_string()))?;
            store::keep_before(tx, bulk.id, position, &was)?;
            bulk.changed += 1;
        }
        bulk.position = position + 1;
    }
    if bulk.position >= bulk.total || bulk.position == before {
        bulk.position = bulk.total;
        bulk.state = BulkState::Done;
        bulk.finished_at = Some(cx.now);
    }
    tell(tx, cx, bulk, before)
}

fn backwards(tx: &mut Tx<'_>, cx: &Cx<'_>, bulk: &mut Bulk) -> Result<()> {
    let before = bulk.position;
    for (position, conversation, was) in store::changed_items(tx, bulk.id, before, SLICE)? {
        let was = was.as_deref().and_then(|t| serde_json::from_str(t).ok());
        let Some(was) = was else {
            bulk.position = position;
            continue;
        };
        match acts::back(tx, cx, conversation, &was) {
            // What cannot be put back (whoever had it may not have it any more) holds up no other.
            Err(e) if !matches!(e.kind, ErrorKind::Internal | ErrorKind::Unavailable) => {}
            done => bulk.restored += i64::from(done?),
        }
        bulk.position = position;
    }
    if bulk.position == 0 || bulk.position == before {
        bulk.position = 0;
        bulk.state = BulkState::Undone;
        bulk.finished_at = Some(cx.now);
    }
    tell(tx, cx, bulk, before)
}

/// Notes how far it is, and says so now and then.
fn tell(tx: &mut Tx<'_>, cx: &Cx<'_>, bulk: &Bulk, before: i64) -> Result<()> {
    store::advance(tx, bulk, cx.now)?;
    let step = (bulk.total / TELLINGS).max(1);
    if bulk.state.is_over() || before / step != bulk.position / step {
        let kind = if bulk.state.is_over() { "bulk.finished" } else { "bulk.progressed" };
        let told = bulk.clone().told(cx.now);
        let payload =
            json!({ "state": bulk.state, "total": bulk.total, "done": told.done, "changed": bulk.changed, "restored": bulk.restored });
        tx.emit(NewEvent::new(kind, cx.actor.label(), cx.now).payload(payload));
    }
    Ok(())
}

/// Whoever asked for it, with what they may at this moment; nobody if they may no longer do it. Events know people by their membership.
fn actor(tx: &mut Tx<'_>, workspace: WorkspaceId, bulk: &Bulk) -> Result<Option<Actor>> {
    let Some(member) = people::member(tx, bulk.member)?.filter(|m| m.active) else { return Ok(None) };
    let who = match bulk.token {
        Some(token) => Who::Token { token, member: bulk.member },
        None => Who::Person { account: AccountId::from_uuid(bulk.member.uuid()), member: bulk.member },
    };
    let may = people::roles::permissions_in(tx, member.role)?;
    let fits = may.has(needs(&bulk.act)) && may.has(ConversationsRead);
    Ok(fits.then(|| Actor::new(workspace, member.role, may, who)))
}

/// What is left of it is left undone.
fn give_up(tx: &mut Tx<'_>, bulk: &mut Bulk, now: Millis) -> Result<bool> {
    (bulk.state, bulk.position) = match bulk.state {
        BulkState::Undoing => (BulkState::Undone, 0),
        BulkState::Running => (BulkState::Done, bulk.total),
        _ => return Ok(false),
    };
    bulk.finished_at = Some(now);
    store::advance(tx, bulk, now)?;
    Ok(false)
}

/// Which permission an act takes.
pub fn needs(act: &BulkAct) -> kernel::actor::Permission {
    match act {
        BulkAct::Delete | BulkAct::Restore => ConversationsDelete,
        BulkAct::MarkRead | BulkAct::MarkUnread => ConversationsRead,
        _ => ConversationsWrite,
    }
}
