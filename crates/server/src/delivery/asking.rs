//! What became of a message, asked of providers that do not report by themselves: at growing distances, until it is known or long ago.

use super::acts;
use crate::app::App;
use crate::channels::{self, Entry};
use crate::{conversations, intake};
use db::jobs::{self, Job, NewJob};
use db::{Lane, Tx};
use kernel::message::MessageStatus;
use kernel::time::Millis;
use kernel::{Error, Ids, MessageId, Result, WorkspaceId};
use serde_json::{Value, json};

/// The job. Harmless when repeated: a report only raises a status.
pub const ASK_STATUS: &str = "ask_status";

/// Plans the question of this number, when there is one.
pub fn plan(tx: &mut Tx<'_>, ids: &dyn Ids, entry: &Entry, message: MessageId, step: usize, now: Millis) -> Result<()> {
    let Some(after) = entry.connector.asks_after().get(step) else { return Ok(()) };
    let job = NewJob {
        kind: ASK_STATUS,
        payload: json!({ "message_id": message, "step": step }),
        dedupe_key: Some(format!("{message} {step}")),
        run_at: now + after,
        max_attempts: 3,
    };
    jobs::enqueue(tx, ids, now, job).map(|_| ())
}

pub async fn run(app: &App, workspace: WorkspaceId, job: Job) -> Result<()> {
    let payload: Value = serde_json::from_str(&job.payload).map_err(|e| Error::internal(e.to_string()))?;
    let id = payload["message_id"].as_str().and_then(|t| t.parse().ok());
    let id: MessageId = id.ok_or_else(|| Error::internal("a status to ask for without a message"))?;
    let step = payload["step"].as_u64().unwrap_or(0) as usize;
    let read = app.db.read(workspace, move |tx| {
        let Some(m) = conversations::message(tx, id)? else { return Ok(None) };
        Ok(conversations::provider_id(tx, id)?.map(|external| (m, external)))
    });
    let known = read.await?;
    let over = |status: MessageStatus| !matches!(status, MessageStatus::Sent | MessageStatus::Delivered | MessageStatus::Pending);
    let Some((message, external)) = known.filter(|(m, _)| !over(m.status)) else { return finish(app, workspace, job).await };
    let Some((entry, place)) = acts::place(app, workspace, message.conversation_id).await? else {
        return finish(app, workspace, job).await;
    };
    let asked = match channels::fresh(app, &entry).await? {
        Ok(entry) => entry.connector.status(app.edge_of(&entry).edge(), &entry.account, &place, &external).await,
        Err(error) => Err(error),
    };
    if let Err(error) = &asked {
        tracing::debug!(message.id = %id, error = error.detail(), "a status could not be asked for");
    }
    let (now, ids) = (app.now(), app.ids.clone());
    app.db
        .write(workspace, Lane::Bulk, move |tx| {
            if let Ok(Some(report)) = &asked {
                intake::apply_report(tx, id, report, now)?;
            }
            let settled = conversations::message(tx, id)?.is_none_or(|m| over(m.status));
            if !settled {
                plan(tx, ids.as_ref(), &entry, id, step + 1, now)?;
            }
            jobs::finish(tx, job.id)
        })
        .await
}

async fn finish(app: &App, workspace: WorkspaceId, job: Job) -> Result<()> {
    app.db.write(workspace, Lane::Bulk, move |tx| jobs::finish(tx, job.id)).await
}
