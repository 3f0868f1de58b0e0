//! Work that waits: each workspace has one task at most for intake, for sending and for timers, started when there is something to do.

use crate::app::App;
use crate::teams::presence;
use crate::{conversations, delivery, gateways, intake, macros, mailboxes, notifications, outbox, polling, standstill, webhooks, widget};
use db::{Lane, Scope, Tx, jobs, params};
use kernel::time::{DAY, HOUR, Millis, SECOND};
use kernel::{Actor, ChannelId, Result, WebhookId, WorkspaceId};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, broadcast::error::RecvError, watch};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// Journal to conversations.
    Intake,
    /// What waits on one channel and has to be fetched from its provider first.
    IntakeOn(ChannelId),
    /// Which channels have something to send.
    Sending,
    /// Outbox to one provider's account.
    SendingOn(ChannelId),
    /// Which providers that do not push are to be asked.
    Polling,
    /// Asking one of them.
    PollingOn(ChannelId),
    /// Whether channels work: providers are asked, and may hang.
    Health,
    /// Snoozes, jobs, schedules.
    Timers,
    /// Old rows brought up to what new ones are.
    Upkeep,
    /// Acts on many conversations at once.
    Bulk,
    /// From the event log to notifications.
    Noticing,
    /// Their mails and pushes.
    Notifying,
    /// Files that are fetched later, and what became of messages: providers are asked, and may hang.
    Fetching,
    /// From the event log to what programs outside are told.
    Webhooks,
    /// Telling one of them.
    WebhookTo(WebhookId),
    /// How much the workspace is used, when somebody looks.
    Counting,
}
const ALL: [Work; 11] = [
    Work::Intake,
    Work::Sending,
    Work::Polling,
    Work::Health,
    Work::Timers,
    Work::Upkeep,
    Work::Bulk,
    Work::Noticing,
    Work::Notifying,
    Work::Fetching,
    Work::Webhooks,
];

/// What the clock starts by itself, for a workspace as a whole.
const TIMED: [Work; 6] = [Work::Sending, Work::Timers, Work::Polling, Work::Health, Work::Notifying, Work::Fetching];

#[derive(Default)]
struct Slot {
    running: bool,
    again: bool,
    /// Rung when there is more to do while it runs.
    bell: Arc<Notify>,
}

/// Whose turn comes: one piece of work, or everything in a workspace that goes by the clock.
type Turn = (WorkspaceId, Option<Work>);

/// When each turn comes, and in which order.
#[derive(Default)]
struct Turns {
    at: HashMap<Turn, Millis>,
    order: BTreeSet<(Millis, Turn)>,
}
impl Turns {
    /// Notes the earlier of two times; true when nothing comes before it.
    fn note(&mut self, turn: Turn, at: Millis) -> bool {
        if let Some(known) = self.at.get(&turn).copied() {
            if known <= at {
                return false;
            }
            self.order.remove(&(known, turn));
        }
        self.at.insert(turn, at);
        self.order.insert((at, turn));
        self.order.first() == Some(&(at, turn))
    }
    /// Takes those that have come.
    fn take(&mut self, now: Millis) -> Vec<Turn> {
        let mut ready = Vec::new();
        while let Some((_, turn)) = self.order.first().copied().filter(|(at, _)| *at <= now) {
            self.order.pop_first();
            self.at.remove(&turn);
            ready.push(turn);
        }
        ready
    }
    fn next(&self) -> Option<Millis> {
        self.order.first().map(|(at, _)| *at)
    }
}

pub struct Runner {
    slots: Mutex<HashMap<(WorkspaceId, Work), Slot>>,
    due: Mutex<Turns>,
    /// Something became due earlier, or the clock was moved.
    turn: Notify,
    idle: watch::Sender<usize>,
    stopping: watch::Sender<bool>,
    /// Workspaces that are being removed: nothing is begun for them any more.
    retired: Mutex<HashSet<WorkspaceId>>,
}
impl Default for Runner {
    fn default() -> Self {
        Self {
            slots: Mutex::default(),
            due: Mutex::default(),
            turn: Notify::new(),
            idle: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            retired: Mutex::default(),
        }
    }
}

impl Runner {
    /// Sees to it that this work is done soon, once.
    pub fn poke(&self, app: &App, workspace: WorkspaceId, work: Work) {
        if *self.stopping.borrow() || self.is_retired(workspace) {
            return;
        }
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry((workspace, work)).or_default();
        if slot.running {
            slot.again = true;
            slot.bell.notify_one();
            return;
        }
        slot.running = true;
        self.idle.send_modify(|n| *n += 1);
        let app = app.clone();
        tokio::spawn(async move { run(app, workspace, work).await });
    }
    pub fn poke_all(&self, app: &App, workspace: WorkspaceId) {
        ALL.into_iter().for_each(|work| self.poke(app, workspace, work));
    }
    /// Rings when this work is wanted again while it runs, so that it need not come to an end first.
    pub fn bell(&self, workspace: WorkspaceId, work: Work) -> Arc<Notify> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry((workspace, work)).or_default().bell.clone()
    }
    /// There is work at `at`.
    pub fn schedule(&self, workspace: WorkspaceId, at: Millis) {
        self.note((workspace, None), at);
    }
    /// There is this work at `at`, and nothing else.
    pub fn schedule_work(&self, workspace: WorkspaceId, work: Work, at: Millis) {
        self.note((workspace, Some(work)), at);
    }
    fn note(&self, turn: Turn, at: Millis) {
        if self.due.lock().unwrap_or_else(PoisonError::into_inner).note(turn, at) {
            self.turn.notify_one();
        }
    }
    /// Looks at the clock again; for tests that move it.
    pub fn look(&self) {
        self.turn.notify_one();
    }
    /// Waits until nothing runs.
    pub async fn quiet(&self) {
        let mut idle = self.idle.subscribe();
        // The sender lives as long as we do.
        drop(idle.wait_for(|n| *n == 0).await);
    }
    /// Nothing new is to be started from now on.
    pub fn begin_stop(&self) {
        self.stopping.send_replace(true);
    }
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
    fn is_retired(&self, workspace: WorkspaceId) -> bool {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner).contains(&workspace)
    }
    /// Nothing new is begun for this workspace, for good; resolves when nothing runs for it any more.
    pub async fn retire(&self, workspace: WorkspaceId) {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner).insert(workspace);
        let mut idle = self.idle.subscribe();
        loop {
            idle.borrow_and_update();
            let slots = |s: &HashMap<(WorkspaceId, Work), Slot>| s.iter().any(|((w, _), slot)| *w == workspace && slot.running);
            if !slots(&self.slots.lock().unwrap_or_else(PoisonError::into_inner)) || idle.changed().await.is_err() {
                return;
            }
        }
    }
    /// Starts nothing new and waits for what runs.
    pub async fn stop(&self) {
        self.begin_stop();
        self.quiet().await;
    }
    fn take_due(&self, now: Millis) -> (Vec<Turn>, Option<Millis>) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        (due.take(now), due.next())
    }
}

async fn run(app: App, workspace: WorkspaceId, work: Work) {
    loop {
        let done = tokio::spawn(one(app.clone(), workspace, work)).await;
        let failed = match done {
            Ok(Ok(())) => false,
            Ok(Err(error)) => {
                tracing::warn!(workspace.id = %workspace, work = ?work, error = %error, "work is put off");
                true
            }
            Err(panic) => {
                tracing::error!(workspace.id = %workspace, work = ?work, error = %panic, "work panicked");
                true
            }
        };
        if failed && !*app.runner.stopping.borrow() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let mut slots = app.runner.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry((workspace, work)).or_default();
        let stopping = *app.runner.stopping.borrow() || app.runner.is_retired(workspace);
        if (slot.again || failed) && !stopping {
            slot.again = false;
            continue;
        }
        slot.running = false;
        app.runner.idle.send_modify(|n| *n -= 1);
        return;
    }
}

/// What goes on in a workspace that stands still: what came in is stored, what is there is looked after. Followers of folders and kept
/// connections are rung, so that they end.
const GOES_ON: [Work; 5] = [Work::Intake, Work::Polling, Work::Upkeep, Work::Bulk, Work::Counting];

async fn one(app: App, workspace: WorkspaceId, work: Work) -> Result<()> {
    if !GOES_ON.contains(&work) && standstill::is_still(&app, workspace).await? {
        return Ok(());
    }
    match work {
        Work::Intake => intake::drain(&app, workspace).await.map(|_| ()),
        Work::IntakeOn(channel) => intake::drain_channel(&app, workspace, channel).await,
        Work::Sending => {
            delivery::drain(&app, workspace).await?;
            next_send(&app, workspace).await
        }
        Work::SendingOn(channel) => delivery::drain_channel(&app, workspace, channel).await,
        Work::Polling => {
            gateways::ensure(&app, workspace).await?;
            mailboxes::ensure(&app, workspace).await?;
            polling::round(&app, workspace).await
        }
        Work::PollingOn(channel) => polling::ask(&app, workspace, channel).await,
        Work::Health => crate::channels::health::round(&app, workspace).await,
        Work::Upkeep => crate::upkeep::round(&app, workspace).await,
        Work::Bulk => crate::bulk::round(&app, workspace).await,
        Work::Timers => {
            timers(&app, workspace).await?;
            next(&app, workspace).await
        }
        Work::Noticing => notifications::read_on(&app, workspace).await,
        Work::Notifying => {
            notifications::drain(&app, workspace).await?;
            next(&app, workspace).await
        }
        Work::Fetching => {
            crate::worklist::fetch(&app, workspace).await?;
            next(&app, workspace).await
        }
        Work::Webhooks => webhooks::go_on(&app, workspace).await,
        Work::WebhookTo(id) => webhooks::drain(&app, workspace, id).await,
        Work::Counting => crate::usage::round(&app, workspace).await,
    }
}

/// Notes when something is to be sent next.
async fn next_send(app: &App, workspace: WorkspaceId) -> Result<()> {
    let now = app.now();
    let at = app.db.read(workspace, move |tx| outbox::next_due(tx, now)).await?;
    if let Some(at) = at {
        // What is due and could not leave is seen to by its account; in a second it is looked for in case nobody does.
        app.runner.schedule_work(workspace, Work::Sending, if at > now { at } else { now + SECOND });
    }
    Ok(())
}

/// Notes when this workspace has other work next.
async fn next(app: &App, workspace: WorkspaceId) -> Result<()> {
    let now = app.now();
    let at = app
        .db
        .read(workspace, move |tx| {
            let all = [conversations::next_routing(tx, now)?, conversations::next_snooze(tx)?, jobs::next_due(tx)?, Some(schedule_at(tx)?)];
            Ok(all.into_iter().flatten().min())
        })
        .await?;
    if let Some(at) = at {
        // What is due and could not be done now is not tried again at once.
        app.runner.schedule(workspace, at.max(app.now() + SECOND / 5));
    }
    Ok(())
}

const HOUSEKEEPING: &str = "housekeeping";
fn schedule_at(tx: &mut Tx<'_>) -> Result<Millis> {
    Ok(tx.opt("SELECT next_at FROM schedules WHERE name = $1", params![HOUSEKEEPING], |r| r.get(0))?.unwrap_or(0))
}

async fn timers(app: &App, workspace: WorkspaceId) -> Result<()> {
    let now = app.now();
    let actor = Actor::system(workspace);
    let snoozes = app.db.read(workspace, conversations::next_snooze).await?;
    if snoozes.is_some_and(|at| at <= now) {
        app.db.write(workspace, Lane::Interactive, move |tx| conversations::wake_snoozed(tx, &actor, now)).await?;
    }
    if app.db.read(workspace, move |tx| conversations::routing_waits(tx, now)).await? {
        app.db.write(workspace, Lane::Interactive, move |tx| conversations::route(tx, now)).await?;
    }
    loop {
        let jobs = app.db.write(workspace, Lane::Interactive, move |tx| jobs::claim(tx, widget::CONTINUE_BY_MAIL, now, 32)).await?;
        if jobs.is_empty() {
            break;
        }
        for job in jobs {
            let outcome = widget::continue_by_mail(app, workspace, &job.payload).await;
            let mut roll = [0u8; 1];
            app.ids.random(&mut roll);
            app.db
                .write(workspace, Lane::Interactive, move |tx| match &outcome {
                    Ok(()) => jobs::finish(tx, job.id),
                    Err(e) => jobs::fail(tx, &job, now + jobs::backoff(job.attempts, roll[0]), &e.to_string()).map(|_| ()),
                })
                .await?;
        }
    }
    let keep = Millis::from(app.config.journal.keep_days) * DAY;
    if app.db.read(workspace, schedule_at).await? <= now {
        app.db.write(workspace, Lane::Bulk, move |tx| housekeeping(tx, now, keep)).await?;
        conversations::empty_trash(app, workspace).await?;
    }
    Ok(())
}

/// Once an hour: what is kept for a time and no longer.
fn housekeeping(tx: &mut Tx<'_>, now: Millis, keep: Millis) -> Result<()> {
    tx.exec("DELETE FROM journal WHERE received_at < $1 AND state <> 'received' AND state <> 'quarantined'", params![now - keep])?;
    tx.exec("DELETE FROM idempotency WHERE created_at < $1", params![now - DAY])?;
    tx.exec("DELETE FROM early_reports WHERE received_at < $1", params![now - DAY])?;
    crate::bulk::forget(tx, now)?;
    crate::hours::forget_old(tx, now)?;
    notifications::forget_old(tx, now)?;
    macros::forget_runs(tx, now - 30 * DAY)?;
    jobs::forget_dead(tx, now - 30 * DAY)?;
    webhooks::forget_old(tx, now)?;
    tx.exec(
        "INSERT INTO schedules (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at",
        params![HOUSEKEEPING, now + HOUR],
    )
    .map(|_| ())
}

/// Follows commits and the clock until told to stop.
pub async fn follow(app: App) {
    let mut commits = app.db.subscribe();
    let mut stopping = app.runner.stopping.subscribe();
    let opening = tokio::spawn(open_all(app.clone(), true));
    loop {
        let (ready, next) = app.runner.take_due(app.now());
        for (workspace, work) in ready {
            match work {
                Some(work) => app.runner.poke(&app, workspace, work),
                None => TIMED.into_iter().for_each(|work| app.runner.poke(&app, workspace, work)),
            }
        }
        let wait = next.map_or(HOUR, |at| (at - app.now()).clamp(1, HOUR));
        tokio::select! {
            got = commits.recv() => match got {
                Ok(c) => {
                    let Scope::Workspace(workspace) = c.scope else { continue };
                    if c.topics.contains(&"journal") {
                        app.runner.poke(&app, workspace, Work::Intake);
                    }
                    if c.topics.contains(&"outbox") {
                        app.runner.poke(&app, workspace, Work::Sending);
                    }
                    if c.topics.contains(&"routing") {
                        app.runner.poke(&app, workspace, Work::Timers);
                    }
                    if c.events.iter().any(|e| notifications::concerns(e) || notifications::is_far(e.seq)) {
                        app.runner.poke(&app, workspace, Work::Noticing);
                    }
                    if !c.events.is_empty() && app.webhooks.may_want(workspace) {
                        app.runner.poke(&app, workspace, Work::Webhooks);
                    }
                    if c.topics.contains(&"channels") {
                        app.runner.poke(&app, workspace, Work::Polling);
                    }
                    if let Some(at) = c.due {
                        app.runner.schedule(workspace, at);
                    }
                }
                Err(RecvError::Lagged(_)) => drop(tokio::spawn(open_all(app.clone(), false))),
                Err(RecvError::Closed) => break,
            },
            () = tokio::time::sleep(Duration::from_millis(wait as u64)) => {}
            () = app.runner.turn.notified() => {}
            _ = stopping.changed() => break,
        }
    }
    opening.abort();
}

/// Every workspace once: migrated, what was interrupted settled, what waits started. New ones poke themselves.
async fn open_all(app: App, at_start: bool) {
    let all = loop {
        match app.workspaces().await {
            Ok(all) => break all,
            Err(error) => {
                tracing::warn!(error = %error, "the workspaces cannot be listed yet");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    };
    if at_start && let Err(error) = crate::audit::carry_all(&app).await {
        tracing::error!(error = %error, "acts that wait for the audit log are not there yet");
    }
    for workspace in all {
        if let Err(error) = app.db.ensure_open(workspace.into()).await {
            tracing::error!(workspace.id = %workspace, error = %error, "a workspace cannot be opened");
            continue;
        }
        // Whoever was here was here with the process before.
        let now = app.now();
        if at_start && let Err(error) = app.db.write(workspace, Lane::Interactive, move |tx| presence::all_gone(tx, now)).await {
            tracing::warn!(workspace.id = %workspace, error = %error, "presence could not be noted");
        }
        // Nothing of ours is under way yet: what is marked as being sent was cut off with the process before.
        if at_start && let Err(error) = delivery::settle_lost(&app, workspace, true).await {
            tracing::warn!(workspace.id = %workspace, error = %error, "interrupted sends are settled later");
        }
        app.runner.poke_all(&app, workspace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SystemIds, new_id};

    #[test]
    fn turns_come_in_order_of_time_each_once_and_at_its_earliest() {
        let (a, b): (WorkspaceId, WorkspaceId) = (new_id(&SystemIds, 1), new_id(&SystemIds, 1));
        let mut turns = Turns::default();
        assert!(turns.note((a, None), 500));
        assert!(!turns.note((a, Some(Work::Sending)), 600));
        assert!(turns.note((b, Some(Work::Sending)), 300));
        assert!(!turns.note((b, Some(Work::Sending)), 400), "the earlier time stays");
        assert!(turns.note((a, Some(Work::Sending)), 200));
        assert_eq!(turns.take(199), vec![]);
        assert_eq!(turns.take(300), vec![(a, Some(Work::Sending)), (b, Some(Work::Sending))]);
        assert_eq!((turns.take(300), turns.next()), (vec![], Some(500)));
        assert_eq!((turns.take(i64::MAX), turns.next()), (vec![(a, None)], None));
    }
}
