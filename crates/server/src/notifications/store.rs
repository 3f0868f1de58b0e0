//! Every SQL text about notifications, wishes and browsers that take pushes.

use super::model::{Kind, KindTimes, KindWays, Notification, PushDevice, Wishes};
use crate::teams::Sight;
use db::{Row, Tx, Value, params};
use kernel::message::preview;
use kernel::time::{DAY, Millis};
use kernel::{
    ChannelId, ConversationId, Error, Ids, JobId, MemberId, MessageId, NotificationId, PushId, Result, SessionId, WebhookId, id::new_id,
};

/// How long notifications are kept.
const KEEP: Millis = 90 * DAY;

// ---------- where the reader stands ----------

pub fn cursor(tx: &mut Tx<'_>) -> Result<i64> {
    tx.number("SELECT seq FROM notification_cursor WHERE id = 1", params![])
}
/// Moves on from where we thought to stand, and never back; false when somebody else has been there.
pub fn advance(tx: &mut Tx<'_>, from: i64, to: i64) -> Result<bool> {
    Ok(tx.exec("UPDATE notification_cursor SET seq = $2 WHERE id = 1 AND seq = $1 AND seq < $2", params![from, to])? > 0)
}

// ---------- notifications ----------

/// What happened to one person.
#[derive(Debug, Clone)]
pub struct Happening {
    pub member: MemberId,
    pub kind: Kind,
    pub conversation: Option<ConversationId>,
    pub channel: Option<ChannelId>,
    pub webhook: Option<WebhookId>,
    pub message: Option<MessageId>,
    /// The act on many conversations that it was part of: all of it is one piece of news.
    pub bulk: Option<String>,
    pub actor: Option<MemberId>,
    pub detail: Option<String>,
    /// Whether the app shows it, and whether a letter is to carry it.
    pub shown: bool,
    pub by_mail: bool,
}
impl Happening {
    /// News about a conversation goes together; a channel's trouble and its end stay apart. So does what the app does not show.
    fn about(&self) -> String {
        let thing = match (&self.bulk, self.conversation, self.channel) {
            (Some(bulk), ..) => bulk.clone(),
            (None, Some(id), _) => id.to_string(),
            (None, None, Some(id)) => format!("{id}:{}", self.kind.as_str()),
            (None, None, None) => match self.webhook {
                Some(id) => id.to_string(),
                None => self.kind.as_str().to_owned(),
            },
        };
        if self.shown { thing } else { format!("{thing}:apart") }
    }
}

/// Adds to the unread notification about the same thing, or makes one.
pub fn tell(tx: &mut Tx<'_>, ids: &dyn Ids, h: &Happening, now: Millis) -> Result<NotificationId> {
    let about = h.about();
    let known: Option<(NotificationId, String)> = tx.opt(
        "SELECT id, kinds FROM notifications WHERE member_id = $1 AND about = $2 AND read_at IS NULL",
        params![h.member, &about],
        |r| Ok((r.next()?, r.next()?)),
    )?;
    let mail = i64::from(h.by_mail);
    let Some((id, kinds)) = known else {
        let id = new_id(ids, now);
        // What is neither shown nor mailed is of interest to a push only, and done with.
        let read_at = (!h.shown && !h.by_mail).then_some(now);
        tx.exec(
            "INSERT INTO notifications (id, member_id, kind, kinds, times, about, conversation_id, channel_id, message_id, actor_id, detail, \
             shown, mail_pending, created_at, updated_at, read_at, webhook_id) \
             VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $15)",
            params![
                id,
                h.member,
                h.kind.as_str(),
                with_kind("[]", h.kind),
                &about,
                h.conversation,
                h.channel,
                h.message,
                h.actor,
                &h.detail,
                h.shown,
                mail,
                now,
                read_at,
                h.webhook
            ],
        )?;
        return Ok(id);
    };
    tx.exec(
        "UPDATE notifications SET kind = $2, kinds = $3, times = times + 1, message_id = $4, actor_id = $5, detail = $6, \
         mail_pending = mail_pending + $7, updated_at = $8 WHERE id = $1",
        params![id, h.kind.as_str(), with_kind(&kinds, h.kind), h.message, h.actor, &h.detail, mail, now],
    )?;
    Ok(id)
}

/// `[["mentioned", 1], ["customer_replied", 3]]`, the latest first.
fn with_kind(text: &str, kind: Kind) -> String {
    let mut all: Vec<(String, i64)> = serde_json::from_str(text).unwrap_or_default();
    let times = all.iter().find(|(k, _)| k == kind.as_str()).map_or(0, |(_, n)| *n);
    all.retain(|(k, _)| k != kind.as_str());
    all.insert(0, (kind.as_str().to_owned(), times + 1));
    serde_json::to_string(&all).unwrap_or_else(|_| "[]".into())
}

const COLUMNS: &str = "SELECT n.id, n.kind, n.kinds, n.times, n.conversation_id, v.number, v.subject, ct.name, n.channel_id, ch.name, \
    n.message_id, n.actor_id, a.name, COALESCE(ms.stripped_text, ms.text), n.detail, n.created_at, n.updated_at, n.read_at, \
    n.webhook_id, w.name FROM notifications n LEFT JOIN webhook_subscriptions w ON w.id = n.webhook_id LEFT JOIN conversations v ON v.id = n.conversation_id AND v.deleted_at IS NULL \
    LEFT JOIN contacts ct ON ct.id = v.contact_id LEFT JOIN channels ch ON ch.id = n.channel_id LEFT JOIN members a ON a.id = n.actor_id \
    LEFT JOIN messages ms ON ms.id = n.message_id AND ms.deleted_at IS NULL";
/// What is about a deleted conversation, or one that is not seen any more, is not there.
fn there(sight: &Sight, args: &mut Vec<Value<'static>>) -> String {
    let seen = sight.and("v", args);
    format!("(n.conversation_id IS NULL OR (v.id IS NOT NULL{seen}))")
}

fn read(r: &Row<'_>) -> Result<Notification> {
    let kind = |text: String| Kind::parse(&text).ok_or_else(|| Error::internal(format!("a stored kind of notification: {text}")));
    let id = r.next()?;
    let latest = kind(r.next()?)?;
    let kinds: Vec<(String, i64)> = serde_json::from_str(&r.next::<String>()?).unwrap_or_default();
    Ok(Notification {
        id,
        kind: latest,
        kinds: kinds.into_iter().filter_map(|(k, times)| Some(KindTimes { kind: Kind::parse(&k)?, times })).collect(),
        times: r.next()?,
        conversation_id: r.next()?,
        conversation_number: r.next()?,
        subject: r.next()?,
        contact_name: r.next()?,
        channel_id: r.next()?,
        channel_name: r.next()?,
        message_id: r.next()?,
        actor_id: r.next()?,
        actor_name: r.next()?,
        preview: r.next::<Option<String>>()?.map(|t| preview(&t)).filter(|t| !t.is_empty()),
        detail: r.next()?,
        created_at: r.next()?,
        updated_at: r.next()?,
        read_at: r.next()?,
        webhook_id: r.next()?,
        webhook_name: r.next()?,
    })
}

pub fn find(tx: &mut Tx<'_>, sight: &Sight, id: NotificationId) -> Result<Option<Notification>> {
    let mut args: Vec<Value<'static>> = vec![id.into()];
    let there = there(sight, &mut args);
    tx.opt(&format!("{COLUMNS} WHERE n.id = $1 AND {there}"), &args, read)
}

/// The latest first, before a position.
pub fn list(
    tx: &mut Tx<'_>,
    sight: &Sight,
    member: MemberId,
    unread: bool,
    (at, id): (Millis, NotificationId),
    limit: i64,
) -> Result<Vec<Notification>> {
    let mut args: Vec<Value<'static>> = vec![member.into(), at.into(), id.into(), limit.into()];
    let there = there(sight, &mut args);
    let only = if unread { "AND n.read_at IS NULL" } else { "" };
    let sql = format!(
        "{COLUMNS} WHERE n.member_id = $1 AND n.shown {only} AND {there} AND (n.updated_at < $2 OR (n.updated_at = $2 AND n.id < $3)) \
         ORDER BY n.updated_at DESC, n.id DESC LIMIT $4"
    );
    tx.query(&sql, &args, read)
}

pub fn unread(tx: &mut Tx<'_>, sight: &Sight, member: MemberId) -> Result<i64> {
    let mut args: Vec<Value<'static>> = vec![member.into()];
    let there = there(sight, &mut args);
    let sql = format!(
        "SELECT COUNT(*) FROM notifications n LEFT JOIN conversations v ON v.id = n.conversation_id AND v.deleted_at IS NULL \
         WHERE n.member_id = $1 AND n.shown AND n.read_at IS NULL AND {there}"
    );
    tx.number(&sql, &args)
}

/// False when there is no such notification of theirs; one that was read stays as it is.
pub fn mark_read(tx: &mut Tx<'_>, sight: &Sight, member: MemberId, id: NotificationId, now: Millis) -> Result<bool> {
    if find(tx, sight, id)?.is_none() {
        return Ok(false);
    }
    let n = tx.exec(
        "UPDATE notifications SET read_at = COALESCE(read_at, $3), mail_pending = 0 WHERE id = $1 AND member_id = $2 AND shown",
        params![id, member, now],
    )?;
    Ok(n > 0)
}
/// All of them, or those about one conversation; gives how many.
pub fn mark_all_read(tx: &mut Tx<'_>, member: MemberId, about: Option<ConversationId>, now: Millis) -> Result<u64> {
    tx.exec(
        "UPDATE notifications SET read_at = $2, mail_pending = 0 WHERE member_id = $1 AND read_at IS NULL AND shown \
         AND (conversation_id = $3 OR $3 IS NULL)",
        params![member, now, about],
    )
}

/// Once an hour: what nobody will look at any more.
pub fn forget_old(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    tx.exec("DELETE FROM notifications WHERE updated_at < $1", params![now - KEEP]).map(drop)
}

/// Why a webhook was switched off, and whose it is if it tells only what its owner sees.
pub fn webhook(tx: &mut Tx<'_>, id: WebhookId) -> Result<Option<(Option<String>, Option<MemberId>)>> {
    let sql = "SELECT disabled_because, CASE WHEN reach = 'owner' THEN owner_id END FROM webhook_subscriptions WHERE id = $1 AND status = 'disabled'";
    tx.opt(sql, params![id], |r| Ok((r.next()?, r.next()?)))
}

// ---------- letters ----------

/// One letter tells no more than this; the rest waits for the next.
const IN_A_LETTER: i64 = 200;

/// What waits for a letter goes into this one, the oldest first; a second try of the same letter carries the same.
pub fn take_for_letter(tx: &mut Tx<'_>, sight: &Sight, member: MemberId, job: JobId) -> Result<Vec<Notification>> {
    let begun = tx.opt("SELECT 1 FROM notifications WHERE mail_job = $1", params![job], |r| r.get::<i64>(0))?.is_some();
    if !begun {
        tx.exec(
            "UPDATE notifications SET mail_job = $2, mail_pending = 0 WHERE id IN (SELECT id FROM notifications \
             WHERE member_id = $1 AND mail_pending > 0 AND read_at IS NULL ORDER BY updated_at, id LIMIT $3)",
            params![member, job, IN_A_LETTER],
        )?;
    }
    let mut args: Vec<Value<'static>> = vec![job.into()];
    let there = there(sight, &mut args);
    let sql = format!("{COLUMNS} WHERE n.mail_job = $1 AND n.read_at IS NULL AND {there} ORDER BY n.updated_at, n.id");
    tx.query(&sql, &args, read)
}
/// The letter is gone. What the app does not show is done with it.
pub fn letter_left(tx: &mut Tx<'_>, job: JobId, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE notifications SET mail_job = NULL, read_at = CASE WHEN shown OR mail_pending > 0 THEN read_at ELSE $2 END WHERE mail_job = $1",
        params![job, now],
    )
    .map(drop)
}
/// This letter does not leave now; what it was to carry waits for another.
pub fn put_back(tx: &mut Tx<'_>, job: JobId) -> Result<()> {
    tx.exec("UPDATE notifications SET mail_job = NULL, mail_pending = mail_pending + 1 WHERE mail_job = $1", params![job]).map(drop)
}
/// Whether something waits for a letter to this person.
pub fn waits_for_letter(tx: &mut Tx<'_>, member: MemberId) -> Result<bool> {
    let sql = "SELECT 1 FROM notifications WHERE member_id = $1 AND mail_pending > 0 AND read_at IS NULL LIMIT 1";
    Ok(tx.opt(sql, params![member], |r| r.get::<i64>(0))?.is_some())
}

// ---------- wishes ----------

/// The code of wishes that are stored and cannot be read.
pub const UNREADABLE: &str = "notifications.unreadable_wishes";

/// What a person wants; the zone of their quiet hours is the workspace's until they choose one.
pub fn wishes(tx: &mut Tx<'_>, member: MemberId) -> Result<Option<Wishes>> {
    tx.opt("SELECT kinds, quiet FROM notification_settings WHERE member_id = $1", params![member], |r| {
        let unreadable = |e: serde_json::Error| Error { code: UNREADABLE, ..Error::internal(format!("stored wishes of {member}: {e}")) };
        let kinds: Vec<serde_json::Value> = serde_json::from_str(&r.next::<String>()?).map_err(unreadable)?;
        // A kind that this version does not know costs nobody the others.
        let kinds = kinds.into_iter().filter_map(|k| serde_json::from_value::<KindWays>(k).ok());
        let quiet = serde_json::from_str(&r.next::<String>()?).map_err(unreadable)?;
        Ok(Wishes { kinds: kinds.map(|k| (k.kind, k.ways)).collect(), quiet })
    })
}
pub fn put_wishes(tx: &mut Tx<'_>, member: MemberId, wishes: &Wishes, now: Millis) -> Result<()> {
    let kinds: Vec<KindWays> = wishes.kinds.iter().map(|(kind, ways)| KindWays { kind: *kind, ways: *ways }).collect();
    let text = |v: serde_json::Result<String>| v.map_err(|e| Error::internal(e.to_string()));
    tx.exec(
        "INSERT INTO notification_settings (member_id, kinds, quiet, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (member_id) DO UPDATE SET kinds = excluded.kinds, quiet = excluded.quiet, updated_at = excluded.updated_at",
        params![member, text(serde_json::to_string(&kinds))?, text(serde_json::to_string(&wishes.quiet))?, now],
    )
    .map(drop)
}

// ---------- browsers that take pushes ----------

/// A browser about to be noted.
#[derive(Debug, Clone)]
pub struct NewDevice {
    pub id: PushId,
    pub member: MemberId,
    pub session: SessionId,
    pub endpoint: String,
    pub keys: Vec<u8>,
    pub device: String,
    pub at: Millis,
}
/// What it takes to push to a browser.
#[derive(Debug, Clone)]
pub struct Target {
    pub id: PushId,
    pub member: MemberId,
    pub session: SessionId,
    pub endpoint: String,
    pub keys: Vec<u8>,
}

/// One browser has one endpoint: whoever signed in there last is told.
pub fn put_device(tx: &mut Tx<'_>, d: &NewDevice) -> Result<PushDevice> {
    tx.exec("DELETE FROM push_subscriptions WHERE endpoint = $1", params![&d.endpoint])?;
    tx.exec(
        "INSERT INTO push_subscriptions (id, member_id, session_id, endpoint, keys, device, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![d.id, d.member, d.session, &d.endpoint, &d.keys, &d.device, d.at],
    )?;
    Ok(PushDevice { id: d.id, device: d.device.clone(), endpoint: d.endpoint.clone(), created_at: d.at, last_push_at: None })
}
pub fn devices(tx: &mut Tx<'_>, member: MemberId) -> Result<Vec<PushDevice>> {
    tx.query(
        "SELECT id, device, endpoint, created_at, last_push_at FROM push_subscriptions WHERE member_id = $1 ORDER BY created_at, id",
        params![member],
        |r| Ok(PushDevice { id: r.next()?, device: r.next()?, endpoint: r.next()?, created_at: r.next()?, last_push_at: r.next()? }),
    )
}
pub fn target(tx: &mut Tx<'_>, id: PushId) -> Result<Option<Target>> {
    tx.opt("SELECT id, member_id, session_id, endpoint, keys FROM push_subscriptions WHERE id = $1", params![id], |r| {
        Ok(Target { id: r.next()?, member: r.next()?, session: r.next()?, endpoint: r.next()?, keys: r.next()? })
    })
}
pub fn pushed(tx: &mut Tx<'_>, id: PushId, now: Millis) -> Result<()> {
    tx.exec("UPDATE push_subscriptions SET last_push_at = $2 WHERE id = $1", params![id, now]).map(drop)
}
pub fn forget_device(tx: &mut Tx<'_>, member: MemberId, endpoint: &str) -> Result<bool> {
    Ok(tx.exec("DELETE FROM push_subscriptions WHERE member_id = $1 AND endpoint = $2", params![member, endpoint])? > 0)
}
pub fn forget_device_by_id(tx: &mut Tx<'_>, member: MemberId, id: PushId) -> Result<bool> {
    Ok(tx.exec("DELETE FROM push_subscriptions WHERE member_id = $1 AND id = $2", params![member, id])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_with_the_latest_first() {
        let one = with_kind("[]", Kind::CustomerReplied);
        let three = with_kind(&with_kind(&one, Kind::Mentioned), Kind::CustomerReplied);
        assert_eq!(three, r#"[["customer_replied",2],["mentioned",1]]"#);
    }
}
