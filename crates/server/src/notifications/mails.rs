//! Letters: what happens within a few minutes leaves as one. A letter tried twice, after a crash or a broken connection, has the same
//! `Message-ID` and carries the same, so a mailbox that got both shows one.

use super::{letters, reader, store};
use crate::app::App;
use crate::mailer::{self, Letter, Undelivered};
use crate::notifications::Kind;
use crate::people::{self, roles};
use crate::teams::Sight;
use db::jobs::{self, Job, NewJob};
use db::{Lane, Tx};
use kernel::time::{MINUTE, Millis};
use kernel::{Error, Ids, MemberId, Result, WorkspaceId};
use serde_json::{Value, json};

/// The job: write to one person what waits for a letter.
pub const MAIL: &str = "mail_notifications";

/// More may happen within this time and go into the same letter; reading it in the app meanwhile saves the letter.
const GATHER: Millis = 3 * MINUTE;
/// Backoff adds up to some hours.
const TRIES: i64 = 14;

/// Sees to it that a letter leaves, after the quiet hours if there are some.
pub fn plan(tx: &mut Tx<'_>, ids: &dyn Ids, member: MemberId, kind: Kind, quiet: Option<Millis>, now: Millis) -> Result<()> {
    // A broken channel does not wait for company.
    let urgent = kind == Kind::ChannelBroken && quiet.is_none();
    let at = if urgent { now } else { quiet.unwrap_or(now + GATHER) };
    enqueue(tx, ids, member, if urgent { ":now" } else { "" }, at, now)
}

fn enqueue(tx: &mut Tx<'_>, ids: &dyn Ids, member: MemberId, sort: &str, at: Millis, now: Millis) -> Result<()> {
    let job = NewJob {
        kind: MAIL,
        payload: json!({ "member_id": member }),
        dedupe_key: Some(format!("{member}{sort}")),
        run_at: at,
        max_attempts: TRIES,
    };
    jobs::enqueue(tx, ids, now, job).map(drop)
}

pub async fn send(app: &App, workspace: WorkspaceId, job: Job) -> Result<()> {
    let payload: Value = serde_json::from_str(&job.payload).map_err(|e| Error::internal(e.to_string()))?;
    let member: MemberId =
        payload["member_id"].as_str().and_then(|t| t.parse().ok()).ok_or_else(|| Error::internal("a letter to nobody"))?;
    let outcome = deliver(app, workspace, member, &job).await;
    let (now, ids) = (app.now(), app.ids.clone());
    let mut roll = [0u8; 1];
    app.ids.random(&mut roll);
    // Why stands in the job: a server's words may name an address.
    if let Err(Undelivered::Later(_) | Undelivered::Never(_)) = &outcome {
        tracing::warn!(workspace.id = %workspace, member.id = %member, job.id = %job.id, "a notification letter did not leave");
    }
    app.db
        .write(workspace, Lane::Interactive, move |tx| {
            let over = match &outcome {
                Ok(Done::Left) | Err(Undelivered::NotSetUp) => {
                    jobs::finish(tx, job.id)?;
                    true
                }
                Err(Undelivered::Never(why)) => {
                    jobs::bury(tx, job.id, why, now)?;
                    true
                }
                Ok(Done::Quiet(until)) => {
                    jobs::finish(tx, job.id)?;
                    store::put_back(tx, job.id)?;
                    enqueue(tx, ids.as_ref(), member, "", *until, now)?;
                    false
                }
                Err(Undelivered::Later(why)) => jobs::fail(tx, &job, now + jobs::backoff(job.attempts, roll[0]), why)?,
            };
            if over {
                store::letter_left(tx, job.id, now)?;
                // What happened while this one was on its way, and found its job still waiting.
                if store::waits_for_letter(tx, member)? {
                    enqueue(tx, ids.as_ref(), member, "", now + GATHER, now)?;
                }
            }
            Ok(())
        })
        .await
}

enum Done {
    /// Gone, or there was nothing left to tell.
    Left,
    /// Quiet hours have begun meanwhile.
    Quiet(Millis),
}

async fn deliver(app: &App, workspace: WorkspaceId, member: MemberId, job: &Job) -> Result<Done, Undelivered> {
    let later = |e: Error| Undelivered::Later(e.to_string());
    if app.config.mail.is_none() {
        return Err(Undelivered::NotSetUp);
    }
    let info = people::workspace(app, workspace).await.map_err(later)?;
    let (now, id, zone) = (app.now(), job.id, info.time_zone.clone());
    let prepared = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            let who = people::member(tx, member)?.filter(|m| m.active);
            let quiet = reader::wishes(tx, member, &zone)?.quiet.until(now);
            let mut all = Vec::new();
            if let Some(who) = who.as_ref().filter(|_| quiet.is_none()) {
                let sight = Sight::of_member(tx, member, who.role)?;
                let may = roles::permissions_in(tx, who.role)?;
                all = store::take_for_letter(tx, &sight, member, id)?;
                all.retain(|n| may.has(n.kind.needs()));
            }
            Ok((who, quiet, all))
        })
        .await
        .map_err(later)?;
    let (Some(who), quiet, all) = prepared else { return Ok(Done::Left) };
    if let Some(until) = quiet {
        return Ok(Done::Quiet(until));
    }
    if all.is_empty() {
        return Ok(Done::Left);
    }
    let public_url = &app.config.server.public_url;
    let written = letters::write(&all, &info.name, public_url);
    let letter = Letter {
        id: job.id.to_string(),
        to: who.email,
        to_name: who.name,
        subject: written.subject,
        text: written.text,
        html: written.html,
        settings_url: Some(format!("{public_url}/settings/notifications")),
        at: now,
    };
    mailer::send(app, &letter).await.map(|()| Done::Left)
}
