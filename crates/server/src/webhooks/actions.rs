//! The verbs on subscriptions and their deliveries.

use super::catalogue::{self, Kind};
use super::deliver::about;
use super::model::{Delivery, Format, NewSubscription, Reach, Status, Subscription, SubscriptionPatch};
use super::store::{self, NewDelivery};
use super::{reader, signing};
use crate::app::{App, Sealer, found};
use crate::audit::{self, Act};
use crate::channels;
use crate::chatwoot;
use crate::people;
use crate::teams::Sight;
use db::{Tx, events};
use edges::NetGuard;
use kernel::event::NewEvent;
use kernel::time::{HOUR, Millis, rfc3339};
use kernel::{Actor, Error, Ids, MemberId, Result, WebhookDeliveryId, WebhookId, WorkspaceId};
use serde_json::json;

/// A rotated secret goes on signing for so long at most.
const LONGEST_OVERLAP: i64 = 7 * 24;

/// A subscription as this person may know of it: whoever sees every conversation knows all of them, others those of their own that tell what
/// they see themselves.
pub fn access(tx: &mut Tx<'_>, actor: &Actor, id: WebhookId) -> Result<(Subscription, Sight)> {
    let sight = Sight::of(tx, actor)?;
    let row = store::find(tx, id)?.filter(|s| sight.sees_all() || is_own(s, actor));
    Ok((found(row, "webhook.not_found", "webhook")?, sight))
}
fn is_own(s: &Subscription, actor: &Actor) -> bool {
    s.reach == Reach::Owner && Some(s.owner_id) == actor.member()
}

fn name(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 80 || text.chars().any(char::is_control) {
        return Err(Error::field("name", "invalid", "Give it a name of 1 to 80 characters, on one line."));
    }
    Ok(text.to_owned())
}

/// An address that we will post to: encrypted, or on a network that the configuration allows, or our own test receiver.
pub fn check_url(app: &App, url: &str) -> Result<String> {
    let url = url.trim();
    if app.webhooks.receivers.token(app, url).is_some() {
        return Ok(url.to_owned());
    }
    let wrong = |why: &str| Error::field("url", "invalid", format!("Nothing can be sent to this address: {why}."));
    if url.len() > 2_000 {
        return Err(wrong("it is too long"));
    }
    let guard = NetGuard::from_words(&app.config.net.allow)?;
    let parsed = guard.check_url(url).map_err(|e| wrong(&e.to_string()))?;
    let host = parsed.host_str().unwrap_or_default();
    let port = parsed.port_or_known_default().unwrap_or(0);
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let inside = address.is_ok_and(|ip| guard.is_allowed(host, std::net::SocketAddr::new(ip, port)));
    if parsed.scheme() != "https" && !inside {
        return Err(wrong("it has to begin with https://, or lie in a network that net.allow names"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(wrong("it must not carry a name or password; the signature proves who sends"));
    }
    Ok(url.to_owned())
}

fn reach(sight: &Sight, asked: Option<Reach>) -> Result<Reach> {
    match asked {
        Some(Reach::All) if !sight.sees_all() => {
            Err(Error::field("reach", "not_allowed", "You do not see every conversation, so it can only tell of those that you see."))
        }
        Some(reach) => Ok(reach),
        None if sight.sees_all() => Ok(Reach::All),
        None => Ok(Reach::Owner),
    }
}

/// The workspace's key for secrets.
pub async fn sealer(app: &App, workspace: WorkspaceId) -> Result<Sealer> {
    Sealer::new(app, &people::workspace(app, workspace).await?.data_key)
}

/// What a new secret is, and how it is kept.
pub fn new_secret(ids: &dyn Ids, sealer: &Sealer, id: WebhookId) -> Result<(String, Vec<u8>)> {
    let secret = signing::new_secret(ids);
    let sealed = sealer.seal(secret.as_bytes(), &about(id))?;
    Ok((secret, sealed))
}

pub struct Making<'a> {
    pub owner: MemberId,
    pub id: WebhookId,
    pub url: String,
    pub sealed: &'a [u8],
}

/// Begins at the end of the log: what happened before is nobody's news.
pub fn create(tx: &mut Tx<'_>, actor: &Actor, m: &Making<'_>, new: &NewSubscription, now: Millis) -> Result<Subscription> {
    if store::count(tx)? >= store::MOST {
        return Err(Error::conflict("webhook.too_many", format!("A workspace has at most {} webhooks.", store::MOST)));
    }
    let sight = Sight::of(tx, actor)?;
    let channel = match new.channel_id {
        Some(id) => Some(channels::find(tx, id)?.ok_or_else(|| Error::field("channel_id", "not_found", "There is no such channel."))?),
        None => None,
    };
    let row = Subscription {
        id: m.id,
        name: name(&new.name)?,
        url: m.url.clone(),
        format: new.format,
        channel_name: channel.as_ref().map(|c| c.name.clone()),
        channel_id: channel.map(|c| c.id),
        events: catalogue::checked_for(new.format, &new.events)?,
        reach: reach(&sight, new.reach)?,
        owner_id: m.owner,
        owner_name: None,
        status: Status::Active,
        disabled_because: None,
        disabled_at: None,
        old_secret_until: None,
        failing_since: None,
        failures: 0,
        last_success_at: None,
        last_failure_at: None,
        waiting: 0,
        created_at: now,
        updated_at: now,
    };
    let seq = events::head(tx)?.seq;
    store::insert(tx, &row, m.sealed, seq)?;
    audit::note(tx, actor, &Act::new("webhook.created", row.id).named(&row.name).after(told(&row)), now)?;
    tx.emit(NewEvent::new("webhook.created", actor.label(), now).payload(json!({ "webhook_id": row.id })));
    found(store::find(tx, row.id)?, "webhook.not_found", "webhook")
}

/// What the audit log keeps of one.
fn told(s: &Subscription) -> serde_json::Value {
    json!({ "name": s.name, "url": s.url, "format": s.format, "channel_id": s.channel_id, "events": s.events, "reach": s.reach, "status": s.status })
}

pub fn change(tx: &mut Tx<'_>, actor: &Actor, id: WebhookId, p: &SubscriptionPatch, now: Millis) -> Result<Subscription> {
    let (before, sight) = access(tx, actor, id)?;
    let mut after = before.clone();
    if let Some(text) = &p.name {
        after.name = name(text)?;
    }
    if let Some(url) = &p.url {
        after.url = url.clone();
    }
    if let Some(events) = &p.events {
        after.events = catalogue::checked_for(before.format, events)?;
    }
    if p.reach.is_some() {
        after.reach = reach(&sight, p.reach)?;
    }
    match p.status {
        Some(Status::Disabled) => {
            return Err(Error::field("status", "not_an_option", "Choose active or paused; disabled is what failures come to."));
        }
        Some(Status::Active) if before.status != Status::Active => {
            (after.status, after.disabled_because, after.disabled_at) = (Status::Active, None, None);
            (after.failing_since, after.failures) = (None, 0);
            if !p.catch_up {
                let head = events::head(tx)?.seq;
                store::advance(tx, id, head)?;
            }
        }
        Some(Status::Paused) if before.status == Status::Active => after.status = Status::Paused,
        _ => {}
    }
    if after != before {
        after.updated_at = now;
        store::update(tx, &after)?;
        let act = Act::new("webhook.updated", id).named(&after.name).changed(told(&before), told(&after));
        audit::note(tx, actor, &act, now)?;
        tx.emit(NewEvent::new("webhook.updated", actor.label(), now).payload(json!({ "webhook_id": id })));
    }
    found(store::find(tx, id)?, "webhook.not_found", "webhook")
}

pub fn delete(tx: &mut Tx<'_>, actor: &Actor, id: WebhookId, now: Millis) -> Result<()> {
    let (s, _) = access(tx, actor, id)?;
    store::delete(tx, id)?;
    audit::note(tx, actor, &Act::new("webhook.deleted", id).named(&s.name).before(told(&s)), now)?;
    tx.emit(NewEvent::new("webhook.deleted", actor.label(), now).payload(json!({ "webhook_id": id })));
    Ok(())
}

/// How long the old secret signs beside the new one: a day unless somebody says otherwise. Chatwoot's header has room for one signature.
fn overlap(format: Format, hours: Option<i64>, now: Millis) -> Result<Option<Millis>> {
    let (usual, most) = if format == Format::Standard { (24, LONGEST_OVERLAP) } else { (0, 0) };
    match hours.unwrap_or(usual) {
        0 => Ok(None),
        _ if most == 0 => Err(Error::field("overlap_hours", "out_of_range", "This format carries one signature. Give 0 hours.")),
        h if (1..=LONGEST_OVERLAP).contains(&h) => Ok(Some(now + h * HOUR)),
        _ => Err(Error::field("overlap_hours", "out_of_range", format!("Give 0 to {LONGEST_OVERLAP} hours."))),
    }
}

pub fn rotate(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: WebhookId,
    sealed: &[u8],
    overlap_hours: Option<i64>,
    now: Millis,
) -> Result<Subscription> {
    let (s, _) = access(tx, actor, id)?;
    let old_until = overlap(s.format, overlap_hours, now)?;
    store::rotate(tx, id, sealed, old_until, now)?;
    let after = json!({ "old_secret_until": old_until.map(rfc3339) });
    audit::note(tx, actor, &Act::new("webhook.secret_rotated", id).named(&s.name).after(after), now)?;
    tx.emit(NewEvent::new("webhook.updated", actor.label(), now).payload(json!({ "webhook_id": id })));
    found(store::find(tx, id)?, "webhook.not_found", "webhook")
}

/// What an example takes besides the database.
pub struct Trying<'a> {
    pub ids: &'a dyn Ids,
    pub account: &'a chatwoot::Account,
    pub now: Millis,
}

/// A delivery of an example, not tried yet.
pub fn test(
    tx: &mut Tx<'_>,
    trying: &Trying<'_>,
    actor: &Actor,
    id: WebhookId,
    event: Option<&str>,
) -> Result<(Subscription, WebhookDeliveryId)> {
    let (s, _) = access(tx, actor, id)?;
    let now = trying.now;
    let kind = match event {
        Some(name) => Kind::find(name)
            .filter(|k| catalogue::speaks(s.format, k.name))
            .ok_or_else(|| Error::field("event", "not_an_option", "GET /webhook-events lists the kinds of events."))?,
        None => {
            let mut kinds = catalogue::KINDS.iter().filter(|k| catalogue::speaks(s.format, k.name));
            kinds.find(|k| catalogue::means(&s.events, k.name)).unwrap_or(&catalogue::KINDS[0])
        }
    };
    let mut body = kind.example();
    body["timestamp"] = rfc3339(now).into();
    body["workspace_id"] = json!(actor.workspace);
    if s.format == Format::Chatwoot {
        body = chatwoot::example(trying.account, &body)?;
    }
    body["test"] = true.into();
    let new = NewDelivery {
        id: reader::ordered_id(trying.ids, now, events::head(tx)?.seq),
        subscription: id,
        seq: None,
        kind: kind.name.to_owned(),
        conversation: None,
        contact: None,
        body: body.to_string(),
        next_at: None,
        at: now,
    };
    store::enqueue(tx, &new)?;
    Ok((s, new.id))
}

fn is_on(s: &Subscription) -> Result<()> {
    match s.status {
        Status::Active => Ok(()),
        _ => Err(Error::conflict("webhook.off", "This webhook is switched off. Switch it on first.")),
    }
}

/// Sends one again, at once. One on its way is left alone.
pub fn replay(tx: &mut Tx<'_>, actor: &Actor, of: WebhookId, id: WebhookDeliveryId, now: Millis) -> Result<Delivery> {
    let (s, sight) = access(tx, actor, of)?;
    let (d, _) = found(store::delivery(tx, &sight, of, id)?, "webhook_delivery.not_found", "delivery")?;
    is_on(&s)?;
    if d.state != super::model::State::Sending {
        store::again(tx, id, now)?;
        audit::note(tx, actor, &Act::new("webhook.replayed", of).named(&s.name).after(json!({ "delivery_id": id })), now)?;
    }
    Ok(found(store::delivery(tx, &sight, of, id)?, "webhook_delivery.not_found", "delivery")?.0)
}

/// Sends again all that failed since; gives how many.
pub fn replay_all(tx: &mut Tx<'_>, actor: &Actor, of: WebhookId, since: Millis, now: Millis) -> Result<u64> {
    let (s, sight) = access(tx, actor, of)?;
    is_on(&s)?;
    let count = store::again_all(tx, &sight, of, since, now)?;
    let act = Act::new("webhook.replayed", of).named(&s.name).after(json!({ "since": rfc3339(since), "count": count }));
    audit::note(tx, actor, &act, now)?;
    Ok(count)
}
