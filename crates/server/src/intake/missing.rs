//! Files that could not be fetched when their message came: tried again by a job, with backoff; given up with the reason; tried once more
//! when somebody asks. Where a file lies is read from the journal each time, so that no address of a provider's is kept twice.

use super::files::{self, Missing, NOT_FETCHED, PENDING};
use crate::app::{App, found};
use crate::conversations;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Path};
use crate::journal;
use axum::Json;
use axum::extract::State;
use db::jobs::{self, Job, NewJob};
use db::{Lane, Tx};
use kernel::actor::Permission::ConversationsWrite;
use kernel::channel::{Inbound, InboundFile};
use kernel::event::NewEvent;
use kernel::time::{Millis, SECOND};
use kernel::{Error, ErrorKind, Ids, MessageId, Result, WorkspaceId};
use serde_json::{Map, Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The job: fetch one file of one message. Harmless when repeated, since a file that is there is not pending.
pub const FETCH_FILE: &str = "fetch_file";
/// Within some twenty minutes.
const TRIES: i64 = 6;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(fetch_files_again))
}

/// Queues what the metadata says is pending.
pub fn plan(tx: &mut Tx<'_>, ids: &dyn Ids, message: MessageId, metadata: &Map<String, Value>, run_at: Millis, now: Millis) -> Result<()> {
    for file in entries(metadata, PENDING) {
        let job = NewJob {
            kind: FETCH_FILE,
            payload: json!({ "message_id": message, "index": file["index"] }),
            dedupe_key: Some(format!("{message} {}", file["index"])),
            run_at,
            max_attempts: TRIES,
        };
        jobs::enqueue(tx, ids, now, job)?;
    }
    Ok(())
}

/// The first try again.
pub fn soon(now: Millis) -> Millis {
    now + 5 * SECOND
}

fn entries(metadata: &Map<String, Value>, name: &str) -> Vec<Value> {
    metadata.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Runs one job and writes down what it came to.
pub async fn run(app: &App, workspace: WorkspaceId, job: Job) -> Result<()> {
    let payload: Value = serde_json::from_str(&job.payload).unwrap_or_default();
    let (now, ids) = (app.now(), app.ids.clone());
    let Some(id) = payload["message_id"].as_str().and_then(|t| t.parse::<MessageId>().ok()) else {
        let bury = move |tx: &mut Tx<'_>| jobs::bury(tx, job.id, "It does not say for which message.", now);
        return app.db.write(workspace, Lane::Bulk, bury).await;
    };
    let index = payload["index"].as_u64().unwrap_or(0) as usize;
    let fetched = match fetch(app, workspace, id, index).await {
        // Only what is away comes back by itself; everything else uses up a try, or it would be tried for ever.
        Err(error) if error.kind != ErrorKind::Unavailable => {
            tracing::warn!(message.id = %id, job.id = %job.id, error = %error, "a file cannot be fetched for reasons of our own");
            Fetched::Missing(Missing::Later("Something went wrong here; the log says what.".into()))
        }
        other => other?,
    };
    let mut roll = [0u8; 1];
    app.ids.random(&mut roll);
    app.db
        .write(workspace, Lane::Bulk, move |tx| match &fetched {
            Fetched::Gone => jobs::finish(tx, job.id),
            Fetched::Here(file) => {
                settle(tx, id, index, None, now)?;
                crate::files::insert(tx, ids.as_ref(), file, Some((id, index as i64)), None, now)?;
                conversations::count_file(tx, id)?;
                jobs::finish(tx, job.id)
            }
            Fetched::Missing(Missing::Later(why)) => {
                if jobs::fail(tx, &job, now + jobs::backoff(job.attempts + 1, roll[0]), why)? {
                    settle(tx, id, index, Some(why), now)?;
                    jobs::finish(tx, job.id)?;
                }
                Ok(())
            }
            Fetched::Missing(Missing::Never(why)) => {
                settle(tx, id, index, Some(why), now)?;
                jobs::finish(tx, job.id)
            }
        })
        .await
}

enum Fetched {
    Here(crate::files::NewFile),
    Missing(Missing),
    /// Nobody waits for it any more.
    Gone,
}

async fn fetch(app: &App, workspace: WorkspaceId, id: MessageId, index: usize) -> Result<Fetched> {
    let read = app.db.read(workspace, move |tx| {
        let Some(m) = conversations::message(tx, id)? else { return Ok(None) };
        let channel = conversations::find_any(tx, m.conversation_id)?.map(|c| c.channel_id);
        Ok(channel.map(|channel| (m, channel)))
    });
    let Some((message, channel)) = read.await? else { return Ok(Fetched::Gone) };
    let waits = entries(&message.metadata, PENDING).iter().any(|f| f["index"].as_u64() == Some(index as u64));
    if !waits || message.is_deleted {
        return Ok(Fetched::Gone);
    }
    let never = |why: &str| Ok(Fetched::Missing(Missing::Never(why.to_owned())));
    let Some(entry) = app.directory.by_id(app, workspace, channel).await? else { return never("The channel was removed.") };
    let Some(file) = original(app, workspace, &entry, &message, index).await? else {
        return never("The delivery that named it is no longer kept.");
    };
    let entry = match crate::channels::fresh(app, &entry).await? {
        Ok(entry) => entry,
        Err(error) => return Ok(Fetched::Missing(Missing::Later(error.detail().to_owned()))),
    };
    match files::fetch(app, &entry, &file).await {
        Ok((name, content_type, bytes)) => {
            let mut kept = crate::files::keep(app, &name, &content_type, bytes).await?;
            (kept.inline, kept.content_id) = (file.inline, file.content_id);
            Ok(Fetched::Here(kept))
        }
        Err(missing) => Ok(Fetched::Missing(missing)),
    }
}

/// The file as its delivery named it.
async fn original(
    app: &App,
    workspace: WorkspaceId,
    entry: &std::sync::Arc<crate::channels::Entry>,
    message: &conversations::Message,
    index: usize,
) -> Result<Option<InboundFile>> {
    let Some(key) = message.journal_key else { return Ok(None) };
    let Some(raw) = journal::delivery(app, workspace, key).await? else { return Ok(None) };
    let parsed = super::parse(entry, raw).await?;
    let named = parsed.into_iter().find_map(|i| match i {
        Inbound::Message(m) if message.external_id.as_deref() == Some(m.external_id.as_str()) => Some(m.files),
        _ => None,
    });
    Ok(named.and_then(|files| files.into_iter().nth(index)))
}

/// No longer pending: it is here, or given up for this reason.
fn settle(tx: &mut Tx<'_>, id: MessageId, index: usize, why: Option<&str>, now: Millis) -> Result<()> {
    let Some(m) = conversations::message(tx, id)? else { return Ok(()) };
    let mut metadata = m.metadata.clone();
    let (done, rest): (Vec<Value>, Vec<Value>) =
        entries(&metadata, PENDING).into_iter().partition(|f| f["index"].as_u64() == Some(index as u64));
    put(&mut metadata, PENDING, rest);
    if let (Some(why), Some(mut file)) = (why, done.into_iter().next()) {
        let mut lost = entries(&metadata, NOT_FETCHED);
        file["why"] = why.into();
        lost.push(file);
        put(&mut metadata, NOT_FETCHED, lost);
    }
    conversations::set_message_metadata(tx, id, &metadata)?;
    let event = NewEvent::new("message.updated", "system", now).conversation(m.conversation_id).message(id);
    tx.emit(event.payload(json!({ "what": "files" })));
    Ok(())
}

fn put(metadata: &mut Map<String, Value>, name: &str, list: Vec<Value>) {
    if list.is_empty() {
        metadata.remove(name);
    } else {
        metadata.insert(name.into(), list.into());
    }
}

/// Tries once more to fetch the files of a message that were given up.
#[utoipa::path(post, path = "/messages/{id}/fetch-files", tag = "messages", params(("id" = String, Path)), responses((status = 200, body = conversations::Message)))]
async fn fetch_files_again(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MessageId>,
) -> Result<Json<conversations::Message>, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    let (now, ids) = (app.now(), app.ids.clone());
    let links = crate::files::links(&app, actor.workspace);
    let message = app
        .db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let m = found(conversations::message(tx, id)?, "message.not_found", "message")?;
            conversations::access(tx, &actor, m.conversation_id, ConversationsWrite)?;
            let (again, rest): (Vec<Value>, Vec<Value>) = entries(&m.metadata, NOT_FETCHED).into_iter().partition(|f| f["index"].is_u64());
            if again.is_empty() {
                return Err(Error::conflict("file.none_missing", "No file of this message is missing."));
            }
            let mut metadata = m.metadata.clone();
            let mut pending = entries(&metadata, PENDING);
            pending.extend(again);
            put(&mut metadata, PENDING, pending);
            put(&mut metadata, NOT_FETCHED, rest);
            conversations::set_message_metadata(tx, id, &metadata)?;
            plan(tx, ids.as_ref(), id, &metadata, now, now)?;
            let event = NewEvent::new("message.updated", actor.label(), now).conversation(m.conversation_id).message(id);
            tx.emit(event.payload(json!({ "what": "files" })));
            let mut m = found(conversations::message(tx, id)?, "message.not_found", "message")?;
            links.fill_all(&mut m.attachments);
            Ok(m)
        })
        .await?;
    Ok(Json(message))
}
