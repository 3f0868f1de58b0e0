//! Jobs that are done beside a workspace's clock, each kind so many at once. One that hangs holds up its own kind at most: snoozes, letters
//! and everything else go on.

use crate::app::App;
use crate::runner::Work;
use crate::{delivery, intake};
use db::Lane;
use db::jobs::{self, Job};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kernel::{Result, WorkspaceId};
use std::collections::HashMap;
use std::future::Future;

/// What providers are asked for: files that could not be fetched when their message came, and what became of a message.
pub async fn fetch(app: &App, workspace: WorkspaceId) -> Result<()> {
    const KINDS: [(&str, i64); 2] = [(intake::missing::FETCH_FILE, 8), (delivery::asking::ASK_STATUS, 16)];
    drain(app, workspace, Work::Fetching, &KINDS, |job| async move {
        match job.kind.as_str() {
            intake::missing::FETCH_FILE => intake::missing::run(app, workspace, job).await,
            _ => delivery::asking::run(app, workspace, job).await,
        }
    })
    .await
}

/// Claims due jobs of these kinds and runs them until there are none. What becomes due meanwhile need not wait for those under way: it rings
/// this work's bell.
pub async fn drain<F: Future<Output = Result<()>>>(
    app: &App,
    workspace: WorkspaceId,
    work: Work,
    kinds: &'static [(&'static str, i64)],
    run: impl Fn(Job) -> F,
) -> Result<()> {
    let bell = app.runner.bell(workspace, work);
    let mut under_way = FuturesUnordered::new();
    let mut running: HashMap<String, i64> = HashMap::new();
    let mut failed = None;
    loop {
        let mut due = Vec::new();
        if failed.is_none() && !app.runner.is_stopping() {
            let now = app.now();
            let room: Vec<_> = kinds.iter().map(|(kind, most)| (*kind, most - running.get(*kind).copied().unwrap_or(0))).collect();
            let claim = app.db.write(workspace, Lane::Interactive, move |tx| {
                let mut due = Vec::new();
                for (kind, room) in room.iter().copied().filter(|(_, room)| *room > 0) {
                    due.extend(jobs::claim(tx, kind, now, room)?);
                }
                Ok(due)
            });
            match claim.await {
                Ok(claimed) => due = claimed,
                // Those under way are waited for: cut short, each would be done twice.
                Err(error) => failed = Some(error),
            }
        }
        for job in due {
            let kind = job.kind.clone();
            *running.entry(kind.clone()).or_default() += 1;
            let done = run(job);
            under_way.push(async move { (kind, done.await) });
        }
        if under_way.is_empty() {
            return failed.map_or(Ok(()), Err);
        }
        tokio::select! {
            done = under_way.next() => if let Some((kind, done)) = done {
                *running.entry(kind).or_default() -= 1;
                if let Err(error) = done {
                    failed = Some(error);
                }
            },
            () = bell.notified() => {}
        }
    }
}
