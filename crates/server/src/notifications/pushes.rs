//! Pushes to browsers that asked for them: one job for each browser and notification. One that is sent twice replaces itself on the
//! screen, because it carries the notification's id as its tag. In quiet hours nothing is pushed; one line at their end says how much there is.

use super::model::Notification;
use super::store::{self, Target};
use super::webpush::{self, BrowserKeys};
use super::{keys, reader, words};
use crate::app::{App, Sealer};
use crate::people::{self, roles};
use crate::teams::Sight;
use data_encoding::BASE64URL_NOPAD;
use db::jobs::{self, Job, NewJob};
use db::{Lane, Tx};
use kernel::http::{HttpError, HttpRequest};
use kernel::time::{HOUR, Millis, SECOND};
use kernel::{ErrorKind, Ids, MemberId, NotificationId, PushId, Result, WorkspaceId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The job: push one thing to one browser.
pub const PUSH: &str = "push_notification";

const TRIES: i64 = 6;
/// A push service keeps it this long for a browser that is not there.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// Queues pushes to all of a person's browsers; within quiet hours only the summary at their end.
pub fn plan(tx: &mut Tx<'_>, ids: &dyn Ids, member: MemberId, about: NotificationId, quiet: Option<Millis>, now: Millis) -> Result<()> {
    for device in store::devices(tx, member)? {
        match quiet {
            Some(until) => enqueue(tx, ids, device.id, None, until, now)?,
            None => enqueue(tx, ids, device.id, Some(about), now, now)?,
        }
    }
    Ok(())
}

/// Without a notification, the summary.
fn enqueue(tx: &mut Tx<'_>, ids: &dyn Ids, device: PushId, about: Option<NotificationId>, at: Millis, now: Millis) -> Result<()> {
    let what = about.map_or_else(|| "summary".to_owned(), |id| id.to_string());
    let job = NewJob {
        kind: PUSH,
        payload: json!({ "device_id": device, "notification_id": about }),
        dedupe_key: Some(format!("{device}:{what}")),
        run_at: at,
        max_attempts: TRIES,
    };
    jobs::enqueue(tx, ids, now, job).map(drop)
}

/// What a push came to.
enum Outcome {
    /// Taken, or not needed any more.
    Done,
    /// Quiet hours have begun meanwhile.
    Quiet(PushId, Millis),
    /// The browser has gone, or was signed out.
    Gone(MemberId, PushId),
    Later(String),
}

pub async fn send(app: &App, workspace: WorkspaceId, job: Job) -> Result<()> {
    let payload: Value = serde_json::from_str(&job.payload).unwrap_or_default();
    let (now, ids) = (app.now(), app.ids.clone());
    let Some(device) = payload["device_id"].as_str().and_then(|t| t.parse::<PushId>().ok()) else {
        let bury = move |tx: &mut Tx<'_>| jobs::bury(tx, job.id, "It does not say to which browser.", now);
        return app.db.write(workspace, Lane::Interactive, bury).await;
    };
    let about = payload["notification_id"].as_str().and_then(|t| t.parse().ok());
    let outcome = match deliver(app, workspace, device, about).await {
        // Only what is away comes back by itself; everything else uses up a try, or it would be tried for ever.
        Err(error) if error.kind != ErrorKind::Unavailable => Outcome::Later(error.to_string()),
        other => other?,
    };
    let mut roll = [0u8; 1];
    app.ids.random(&mut roll);
    let id = job.id;
    let dead = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            match &outcome {
                Outcome::Done => {}
                Outcome::Gone(member, device) => drop(store::forget_device_by_id(tx, *member, *device)?),
                Outcome::Quiet(device, until) => enqueue(tx, ids.as_ref(), *device, None, *until, now)?,
                Outcome::Later(why) => return jobs::fail(tx, &job, now + jobs::backoff(job.attempts, roll[0]), why),
            }
            jobs::finish(tx, job.id).map(|()| false)
        })
        .await?;
    if dead {
        tracing::warn!(workspace.id = %workspace, push.id = %device, job.id = %id, "a push is given up; the job says why");
    }
    Ok(())
}

async fn deliver(app: &App, workspace: WorkspaceId, device: PushId, about: Option<NotificationId>) -> Result<Outcome> {
    let zone = people::workspace(app, workspace).await?.time_zone.clone();
    let now = app.now();
    let found = app
        .db
        .read(workspace, move |tx| {
            let Some(target) = store::target(tx, device)? else { return Ok(None) };
            let Some(who) = people::member(tx, target.member)?.filter(|m| m.active) else { return Ok(Some((target, None))) };
            let sight = Sight::of_member(tx, target.member, who.role)?;
            let may = roles::permissions_in(tx, who.role)?;
            let quiet = reader::wishes(tx, target.member, &zone)?.quiet.until(now);
            let unread = store::unread(tx, &sight, target.member)?;
            let notification = about.map(|id| store::find(tx, &sight, id)).transpose()?.flatten().filter(|n| may.has(n.kind.needs()));
            Ok(Some((target, Some((quiet, unread, notification)))))
        })
        .await?;
    let Some((target, theirs)) = found else { return Ok(Outcome::Done) };
    let Some((quiet, unread, notification)) = theirs else { return Ok(Outcome::Gone(target.member, target.id)) };
    if !people::session_is_open(app, target.session, target.member).await? {
        return Ok(Outcome::Gone(target.member, target.id));
    }
    if let Some(until) = quiet {
        return Ok(Outcome::Quiet(target.id, until));
    }
    let message = match (about, notification) {
        (Some(_), Some(n)) if (n.read_at.is_none() || !is_shown(&n)) => one(&n),
        (Some(_), _) => return Ok(Outcome::Done),
        (None, _) if unread == 0 => return Ok(Outcome::Done),
        (None, _) => summary(unread),
    };
    push(app, workspace, &target, &message).await
}

/// What the app does not show is read from the beginning.
fn is_shown(n: &Notification) -> bool {
    n.read_at.is_none_or(|at| at > n.created_at)
}

/// A push as the service worker takes it.
#[derive(Debug, Clone)]
pub struct Message {
    pub title: String,
    pub body: String,
    /// Where a click leads.
    pub path: String,
    /// One with the same tag replaces this one.
    pub tag: String,
    pub urgent: bool,
}

fn one(n: &Notification) -> Message {
    let body = [words::body(n), words::besides(n)].into_iter().filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    let urgent = n.kind == super::Kind::ChannelBroken;
    Message { title: words::headline(n), body, path: words::path(n), tag: n.id.to_string(), urgent }
}

fn summary(unread: i64) -> Message {
    let title = if unread == 1 { "One thing waits for you".to_owned() } else { format!("{unread} things wait for you") };
    let body = "They came within your quiet hours.".to_owned();
    Message { title, body, path: "/notifications".into(), tag: "summary".into(), urgent: false }
}

/// A push that only says that pushes work.
pub fn test_message() -> Message {
    Message {
        title: "Notifications work in this browser".into(),
        body: "You will hear from Switchboard here.".into(),
        path: "/settings/notifications".into(),
        tag: "test".into(),
        urgent: true,
    }
}

/// Pushes at once; the answer says in words what went wrong.
pub async fn push_now(app: &App, workspace: WorkspaceId, device: PushId, message: &Message) -> Result<std::result::Result<(), String>> {
    let Some(target) = app.db.read(workspace, move |tx| store::target(tx, device)).await? else {
        return Ok(Err("This browser is not known any more. Turn notifications off and on again in it.".into()));
    };
    Ok(match push(app, workspace, &target, message).await? {
        Outcome::Later(why) => Err(why),
        Outcome::Gone(member, id) => {
            app.db.write(workspace, Lane::Interactive, move |tx| store::forget_device_by_id(tx, member, id)).await?;
            Err("The browser has ended its subscription. Turn notifications on in it again.".into())
        }
        Outcome::Done | Outcome::Quiet(..) => Ok(()),
    })
}

async fn push(app: &App, workspace: WorkspaceId, target: &Target, message: &Message) -> Result<Outcome> {
    let info = people::workspace(app, workspace).await?;
    let plain = Sealer::new(app, &info.data_key)?.open(&target.keys, &target.endpoint)?;
    let keys: Option<BrowserKeys> = serde_json::from_slice(&plain).ok();
    let Some(reader) = keys.and_then(|k| k.reader()) else { return Ok(Outcome::Gone(target.member, target.id)) };
    let Some(origin) = origin(&target.endpoint) else { return Ok(Outcome::Gone(target.member, target.id)) };
    let body = webpush::encrypt(&reader, &payload(message), app.ids.as_ref())?;
    let contact = match &app.config.mail {
        Some(mail) => format!("mailto:{}", mail.from),
        None => app.config.server.public_url.clone(),
    };
    let authorization = webpush::authorization(&keys::private(app).await?, &origin, &contact, (app.now() + 12 * HOUR) / SECOND);
    // At most 32 characters, and the same for the same tag: a newer one replaces it while the browser is away (RFC 8030 §5.4).
    let topic = BASE64URL_NOPAD.encode(&Sha256::digest(message.tag.as_bytes())[..24]);
    let request = HttpRequest::new("POST", &target.endpoint)
        .header("Authorization", authorization)
        .header("Content-Encoding", "aes128gcm")
        .header("Content-Type", "application/octet-stream")
        .header("TTL", KEPT_SECONDS.to_string())
        .header("Urgency", if message.urgent { "high" } else { "normal" })
        .header("Topic", topic)
        .body(body);
    let answer = match app.http.send(request).await {
        Ok(answer) => answer,
        Err(HttpError::Refused(why)) => return Ok(Outcome::Later(format!("{origin} must not be reached: {why}"))),
        Err(error) => return Ok(Outcome::Later(format!("{origin}: {error}"))),
    };
    let (id, now) = (target.id, app.now());
    Ok(match answer.status {
        200..300 => {
            app.db.write(workspace, Lane::Bulk, move |tx| store::pushed(tx, id, now)).await?;
            Outcome::Done
        }
        // Gone, or subscribed with a key that is not ours: it will never take one.
        401 | 403 | 404 | 410 => Outcome::Gone(target.member, target.id),
        status => Outcome::Later(format!("{origin} answered {status}.")),
    })
}

/// Shortened until it fits into one record.
fn payload(m: &Message) -> Vec<u8> {
    let text = |most: usize| {
        let cut = |t: &str| t.chars().take(most).collect::<String>();
        json!({ "title": cut(&m.title), "body": cut(&m.body), "path": m.path, "tag": m.tag }).to_string().into_bytes()
    };
    [600, 300, 100].into_iter().map(text).find(|t| t.len() <= webpush::MOST_BYTES).unwrap_or_else(|| text(20))
}

/// `https://push.example.net`, which is who the token is for.
pub fn origin(endpoint: &str) -> Option<String> {
    let (scheme, rest) = endpoint.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().filter(|h| !h.is_empty() && !h.contains('@'))?;
    Some(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_fits_into_one_record_whatever_is_in_it() {
        let long = "\u{1F600}".repeat(3_000);
        let m = Message { title: long.clone(), body: long, path: "/inbox".into(), tag: "t".into(), urgent: false };
        assert!(payload(&m).len() <= webpush::MOST_BYTES);
        let escaped = "\u{1}".repeat(3_000);
        assert!(payload(&Message { title: escaped.clone(), body: escaped, ..m }).len() <= webpush::MOST_BYTES);
    }

    #[test]
    fn the_origin_is_what_stands_before_the_path() {
        assert_eq!(origin("https://push.example.net:8443/p/abc?x").as_deref(), Some("https://push.example.net:8443"));
        assert_eq!(origin("https://user@push.example.net/"), None);
        assert_eq!(origin("push"), None);
    }
}
