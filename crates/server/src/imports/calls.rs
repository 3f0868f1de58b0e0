//! `switchboard import calls FILE --channel …`: the list that the channel's page takes as well.

use crate::app::App;
use crate::calls;
use crate::channels::Entry;
use crate::start::{self, Edges};
use config::Config;
use kernel::{ChannelId, Error, Result};
use std::path::PathBuf;
use std::sync::Arc;

/// Takes in a list of calls, and says which lines it could not read.
pub async fn calls(config: Config, file: PathBuf, channel: String, dry_run: bool) -> Result<()> {
    calls_with(config, Edges::default(), file, channel, dry_run).await
}

pub async fn calls_with(config: Config, edges: Edges, file: PathBuf, channel: String, dry_run: bool) -> Result<()> {
    let unreadable = |e: std::io::Error| Error::conflict("import.unreadable", format!("{} cannot be read: {e}", file.display()));
    let bytes = std::fs::read(&file).map_err(unreadable)?;
    let (app, _lock) = start::open(config, edges).await?;
    let done = match find_channel(&app, &channel).await {
        Ok(entry) => calls::import(&app, &entry, String::from_utf8_lossy(&bytes).into_owned(), dry_run).await,
        Err(error) => Err(error),
    };
    app.db.close().await;
    let report = done?;
    for fault in &report.faults {
        println!("Line {}: {}", fault.line, fault.detail);
    }
    if report.faulty > report.faults.len() {
        println!("… and {} more lines that cannot be read.", report.faulty - report.faults.len());
    }
    let verb = if dry_run { "would come in" } else { "came in" };
    println!(
        "{} lines: {} calls {verb}, {} were here already, {} left out (no call with a customer), {} cannot be read.",
        report.lines, report.taken, report.known, report.left_out, report.faulty
    );
    Ok(())
}

async fn find_channel(app: &App, name: &str) -> Result<Arc<Entry>> {
    let holds = |e: &Arc<Entry>| e.connector.descriptor().capabilities.calls;
    for workspace in app.workspaces().await? {
        if let Ok(id) = name.parse::<ChannelId>()
            && let Some(entry) = app.directory.by_id(app, workspace, id).await?.filter(holds)
        {
            return Ok(entry);
        }
    }
    for kind in connectors::CHANNELS.iter().filter(|c| c.descriptor().capabilities.calls) {
        if let Some(entry) = app.directory.by_identifier(app, kind.descriptor().id, &name.to_lowercase()).await? {
            return Ok(entry);
        }
    }
    Err(Error::not_found("channel.not_found", format!("There is no channel {name} that holds calls. Give its number or id.")))
}
