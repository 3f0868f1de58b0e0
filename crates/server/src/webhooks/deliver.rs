//! What is due is sent: each subscription in a task of its own, several at a time. A try is committed before its first byte leaves, so that
//! one cut short comes again; and each is written down with what was answered.

use super::model::{Format, Subscription};
use super::store::{self, Claimed, Tried};
use super::{reader, signing};
use crate::app::{App, Sealer};
use crate::people;
use crate::runner::Work;
use db::{Lane, Tx};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kernel::event::NewEvent;
use kernel::http::{HttpError, HttpRequest, HttpResponse};
use kernel::time::{DAY, HOUR, MINUTE, Millis, SECOND};
use kernel::{Result, WebhookDeliveryId, WebhookId, WorkspaceId};
use serde_json::json;

/// Between the tries, some twenty-eight hours altogether, each a fifth more or less.
const BACKOFF: [Millis; 8] = [5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
/// A receiver that takes nothing for so long, and was tried so often, is switched off.
const PATIENCE: Millis = 5 * DAY;
const FAILURES: i64 = 10;
/// Under way to one receiver at a time.
const AT_ONCE: usize = 8;
/// The beginning of an answer that is kept.
const KEPT: usize = 4 << 10;

/// Reads on in the log, and starts what is due.
pub async fn go_on(app: &App, workspace: WorkspaceId) -> Result<()> {
    reader::read_on(app, workspace).await?;
    let now = app.now();
    let (due, next) = app.db.read(workspace, move |tx| Ok((store::due(tx, now)?, store::next_due(tx)?))).await?;
    for id in due {
        app.runner.poke(app, workspace, Work::WebhookTo(id));
    }
    if let Some(at) = next {
        // What is due and could not leave is seen to by its own task; in a while it is looked for in case nobody does.
        app.runner.schedule_work(workspace, Work::Webhooks, at.max(now + 5 * SECOND));
    }
    Ok(())
}

/// Sends what is due to one receiver, in the order of the log as far as it answers.
pub async fn drain(app: &App, workspace: WorkspaceId, id: WebhookId) -> Result<()> {
    let bell = app.runner.bell(workspace, Work::WebhookTo(id));
    let mut under_way = FuturesUnordered::new();
    let (mut failed, mut sent) = (None, 0);
    loop {
        let room = AT_ONCE - under_way.len();
        if failed.is_none() && room > 0 && !app.runner.is_stopping() {
            match claim(app, workspace, id, room).await {
                Ok(Some((to, claimed))) => {
                    sent += claimed.len();
                    under_way.extend(claimed.into_iter().map(|c| send(app.clone(), workspace, to.clone(), c)));
                }
                Ok(None) => {}
                Err(error) => failed = Some(error),
            }
        }
        if under_way.is_empty() {
            break;
        }
        tokio::select! {
            done = under_way.next() => failed = failed.or(done.and_then(Result::err)),
            () = bell.notified() => {}
        }
    }
    if sent > 0 {
        // There may be room for more of the log.
        app.runner.poke(app, workspace, Work::Webhooks);
    }
    failed.map_or(Ok(()), Err)
}

/// Where it goes, and what signs it.
#[derive(Clone)]
struct To {
    id: WebhookId,
    url: String,
    format: Format,
    secrets: Vec<String>,
}

async fn claim(app: &App, workspace: WorkspaceId, id: WebhookId, room: usize) -> Result<Option<(To, Vec<Claimed>)>> {
    let now = app.now();
    if !app.db.read(workspace, move |tx| Ok(store::due(tx, now)?.contains(&id))).await? {
        return Ok(None);
    }
    let found = app
        .db
        .write(workspace, Lane::Bulk, move |tx| {
            let Some(s) = store::find(tx, id)? else { return Ok(None) };
            Ok(Some((s, store::claim(tx, id, now, room as i64)?)))
        })
        .await?;
    let Some((s, claimed)) = found.filter(|(_, claimed)| !claimed.is_empty()) else { return Ok(None) };
    Ok(Some((to(app, workspace, &s).await?, claimed)))
}

async fn to(app: &App, workspace: WorkspaceId, s: &Subscription) -> Result<To> {
    Ok(To { id: s.id, url: s.url.clone(), format: s.format, secrets: secrets(app, workspace, s.id).await? })
}

/// The secrets that are good now, the newest first.
pub async fn secrets(app: &App, workspace: WorkspaceId, id: WebhookId) -> Result<Vec<String>> {
    let now = app.now();
    let sealed = app.db.read(workspace, move |tx| store::secrets(tx, id, now)).await?;
    let info = people::workspace(app, workspace).await?;
    let sealer = Sealer::new(app, &info.data_key)?;
    let open = |s: &Vec<u8>| Ok(String::from_utf8_lossy(&sealer.open(s, &about(id))?).into_owned());
    sealed.iter().map(open).collect()
}

/// What a sealed secret belongs to.
pub fn about(id: WebhookId) -> String {
    format!("secret of {id}")
}

async fn send(app: App, workspace: WorkspaceId, to: To, c: Claimed) -> Result<()> {
    let answer = exchange(&app, &to, &c).await;
    settle(&app, workspace, to.id, c, answer).await
}

/// Tries one delivery now, whatever its turn, and says when it is written down.
pub async fn send_now(app: &App, workspace: WorkspaceId, s: &Subscription, id: WebhookDeliveryId) -> Result<()> {
    let now = app.now();
    let claimed = app.db.write(workspace, Lane::Interactive, move |tx| store::claim_one(tx, id, now)).await?;
    let Some(c) = claimed else { return Ok(()) };
    let to = to(app, workspace, s).await?;
    send(app.clone(), workspace, to, c).await
}

/// What an attempt came to, and when the receiver wants to be asked again.
struct Answer {
    tried: Tried,
    gone: bool,
    again_after: Option<Millis>,
}

async fn exchange(app: &App, to: &To, c: &Claimed) -> Answer {
    let began = app.now();
    let request = signing::signed(app, to.format, &to.url, c.id, c.body.clone().into_bytes(), &to.secrets);
    // An answer is read as far as it is kept, and nobody is followed elsewhere with what was meant for this address.
    let request = HttpRequest { max_redirects: 0, keep_beginning: true, max_response_bytes: KEPT, ..request };
    let answer = match app.webhooks.receivers.token(app, &to.url) {
        Some(token) => Ok(super::receiver::take(app, &token, &request).await),
        None => app.http.send(request).await,
    };
    let (error, status, response) = match &answer {
        Ok(r) => (refusal(r.status), Some(i64::from(r.status)), Some(text(r))),
        Err(HttpError::Refused(why)) => (Some(format!("This address must not be reached: {why}.")), None, None),
        Err(HttpError::Connect(why)) => (Some(format!("There was no connection: {why}.")), None, None),
        Err(HttpError::Uncertain(why)) => (Some(format!("There was no answer: {why}.")), None, None),
        Err(HttpError::TooLarge) => (Some("The answer was too large.".into()), None, None),
    };
    let tried = Tried { at: began, duration_ms: app.now() - began, status, error, response };
    let again_after = answer.as_ref().ok().filter(|r| matches!(r.status, 429 | 503)).and_then(retry_after);
    Answer { tried, gone: status == Some(410), again_after }
}

fn refusal(status: u16) -> Option<String> {
    match status {
        200..300 => None,
        300..400 => Some(format!("It answered {status}. Redirects are not followed: give the address they lead to.")),
        410 => Some("It answered 410: it is gone and wants nothing more.".into()),
        _ => Some(format!("It answered {status}.")),
    }
}

fn text(r: &HttpResponse) -> String {
    // No engine keeps a zero within text.
    String::from_utf8_lossy(&r.body[..r.body.len().min(KEPT)]).replace('\0', "\u{FFFD}")
}

fn retry_after(r: &HttpResponse) -> Option<Millis> {
    let seconds: i64 = r.header("retry-after")?.trim().parse().ok()?;
    Some(seconds.clamp(0, DAY / SECOND) * SECOND)
}

async fn settle(app: &App, workspace: WorkspaceId, id: WebhookId, c: Claimed, a: Answer) -> Result<()> {
    let now = app.now();
    let mut roll = [0u8; 1];
    app.ids.random(&mut roll);
    let again = if a.gone || c.is_test { None } else { backoff(c.tries, roll[0]) };
    let next_at = a.tried.error.as_ref().and(again).map(|wait| now + wait.max(a.again_after.unwrap_or(0)));
    let off = app
        .db
        .write(workspace, Lane::Bulk, move |tx| {
            store::record(tx, c.id, c.attempt, &a.tried, next_at)?;
            match &a.tried.error {
                None => store::succeeded(tx, id, now).map(|()| false),
                // A button that somebody pressed proves nothing against the receiver.
                Some(_) if c.is_test => Ok(false),
                Some(why) => failed(tx, id, why, a.gone, now),
            }
        })
        .await?;
    match next_at {
        _ if off => {
            app.webhooks.interest.changed(workspace);
            tracing::warn!(workspace.id = %workspace, webhook.id = %id, "a webhook is switched off: nothing was taken");
        }
        Some(at) => app.runner.schedule_work(workspace, Work::WebhookTo(id), at),
        None => {}
    }
    Ok(())
}

/// Counts it; gives whether that was enough.
fn failed(tx: &mut Tx<'_>, id: WebhookId, why: &str, gone: bool, now: Millis) -> Result<bool> {
    let Some((since, failures)) = store::failed(tx, id, now)? else { return Ok(false) };
    let over = failures >= FAILURES && now - since >= PATIENCE;
    if !gone && !over {
        return Ok(false);
    }
    let because = match gone {
        true => why.to_owned(),
        false => format!("Nothing was taken for {} days, in {failures} attempts. {why}", (now - since) / DAY),
    };
    let off = store::disable(tx, id, &because, now)?;
    if off {
        tx.emit(NewEvent::new("webhook.disabled", "system", now).payload(json!({ "webhook_id": id })));
    }
    Ok(off)
}

/// How long to wait after so many tries; nothing when they are used up.
fn backoff(tries: i64, roll: u8) -> Option<Millis> {
    let base = *BACKOFF.get(usize::try_from(tries - 1).ok()?)?;
    Some(base * 4 / 5 + base * 2 / 5 * Millis::from(roll) / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_used_up_within_a_day_and_a_half() {
        let all: Millis = (1..).map_while(|n| backoff(n, 255)).sum();
        assert!((27 * HOUR..36 * HOUR).contains(&all), "{all}");
        assert_eq!((backoff(1, 0), backoff(1, 255), backoff(9, 0)), (Some(4_000), Some(6_000), None));
    }
}
