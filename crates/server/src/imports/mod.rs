//! Taking in archives through the same intake as everything else: silently, with progress, resumable. Repeating is harmless,
//! since every message has its key.

mod archives;
mod calls;

pub use calls::{calls, calls_with};

use crate::app::App;
use crate::start::{self, Edges};
use crate::{channels, intake, journal};
use archives::Archive;
use config::Config;
use db::{Lane, params};
use kernel::channel::RawDelivery;
use kernel::{ChannelId, Error, Result};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// Messages between two notes of where we are.
const STEP: usize = 200;

/// `switchboard import mbox|mail PATH --channel …`
pub async fn mbox(config: Config, file: PathBuf, channel: String) -> Result<()> {
    mbox_with(config, Edges::default(), file, channel).await
}

pub async fn mbox_with(config: Config, edges: Edges, file: PathBuf, channel: String) -> Result<()> {
    let (app, _lock) = start::open(config, edges).await?;
    let entry = find_channel(&app, &channel).await?;
    let done = take_in(&app, &entry, file).await;
    app.db.close().await;
    done
}

async fn find_channel(app: &App, name: &str) -> Result<Arc<channels::Entry>> {
    for workspace in app.workspaces().await? {
        if let Ok(id) = name.parse::<ChannelId>()
            && let Some(entry) = app.directory.by_id(app, workspace, id).await?
        {
            return Ok(entry);
        }
    }
    for kind in connectors::CHANNELS.iter().filter(|c| c.fed_by_mail()) {
        if let Some(entry) = app.directory.by_identifier(app, kind.descriptor().id, &name.to_lowercase()).await? {
            return Ok(entry);
        }
    }
    Err(Error::not_found("channel.not_found", format!("There is no mail channel {name}. Give its address or id.")))
}

async fn take_in(app: &App, entry: &Arc<channels::Entry>, path: PathBuf) -> Result<()> {
    let unreadable = |e: std::io::Error| Error::conflict("import.unreadable", format!("{} cannot be read: {e}", path.display()));
    let archive = Archive::open(&path).map_err(unreadable)?;
    let total = archive.total().map_err(unreadable)?;
    let what = if archive.kind() == "mbox" { "bytes" } else { "files" };
    // The same one is known again by its name and channel; a longer one goes on where it ended.
    let source = format!("{} {} {}", archive.kind(), entry.id, std::fs::canonicalize(&path).map_err(unreadable)?.display());
    let key = source.clone();
    let begun: Option<i64> = app
        .db
        .read(entry.workspace, move |tx| tx.opt("SELECT position FROM imports WHERE source = $1", params![&key], |r| r.get(0)))
        .await?;
    let begin = begun.filter(|at| *at <= total).unwrap_or(0);
    if begin > 0 {
        println!("Going on at {begin} of {total} {what}.");
    }
    let mut taken = 0usize;
    let mut batch = Vec::new();
    let mut messages = archive.mails(begin).map_err(unreadable)?;
    loop {
        let next = messages.next().transpose().map_err(unreadable)?;
        let last = next.is_none();
        if let Some(message) = next {
            taken += 1;
            batch.push(message);
        }
        if (last && !batch.is_empty()) || batch.len() >= STEP {
            let end = batch.last().map_or(begin, |m| m.next);
            let stores = batch.drain(..).map(|m| {
                let raw = RawDelivery {
                    method: "SMTP".into(),
                    path: "mbox".into(),
                    headers: vec![("envelope-from".into(), String::new()), ("envelope-to".into(), entry.account.identifier.clone())],
                    body: m.raw,
                    received_at: app.now(),
                    peer: None,
                };
                journal::store_raw(app, entry, raw, true)
            });
            for stored in futures_util::future::join_all(stores).await {
                stored?;
            }
            intake::drain(app, entry.workspace).await?;
            let (key, now) = (source.clone(), app.now());
            app.db
                .write(entry.workspace, Lane::Bulk, move |tx| {
                    tx.exec(
                        "INSERT INTO imports (source, position, total, updated_at) VALUES ($1, $2, $3, $4) \
                         ON CONFLICT (source) DO UPDATE SET position = excluded.position, total = excluded.total, updated_at = excluded.updated_at",
                        params![&key, end, total, now],
                    )
                })
                .await?;
            print!("\r{taken} messages, {} %", if total > 0 { end * 100 / total } else { 100 });
            // A terminal that went away does not stop the import.
            drop(std::io::stdout().flush());
        }
        if last {
            break;
        }
    }
    let id = entry.id;
    let (came, held) = app
        .db
        .read(entry.workspace, move |tx| {
            let came = tx.number("SELECT COUNT(*) FROM journal WHERE channel_id = $1 AND silent AND state = 'done'", params![id])?;
            let held = tx.number("SELECT COUNT(*) FROM journal WHERE channel_id = $1 AND silent AND state = 'quarantined'", params![id])?;
            Ok((came, held))
        })
        .await?;
    println!("\n{taken} messages read. {came} of this channel's archive are in the inbox, {held} in quarantine (see the journal).");
    Ok(())
}
