//! A list of calls (CSV) into the conversations it belongs to: every line that cannot be read is named, the others come in, silently.
//! The same list again changes nothing, since every call has its id.

use super::store;
use crate::app::App;
use crate::channels::Entry;
use crate::{intake, journal};
use connectors::channels::phone::{Listed, read_list};
use kernel::channel::{Inbound, RawDelivery};
use kernel::{Error, Result};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// Lines of one list.
pub const MOST_LINES: usize = 20_000;
/// Calls of one delivery in the journal.
const CHUNK: usize = 500;
/// Faults that are told one by one.
const MOST_FAULTS: usize = 200;
/// What is shown of a list before it is taken in.
const SAMPLE: usize = 5;

/// A line that did not come in, and why.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LineFault {
    pub line: usize,
    pub detail: String,
}

/// What a list holds, or what became of it.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct Imported {
    /// Nothing was changed.
    pub dry_run: bool,
    /// Lines below the headings.
    pub lines: usize,
    /// Calls that are (or would be) new here.
    pub taken: usize,
    /// Calls that were here already.
    pub known: usize,
    /// Lines that are no call with a customer: between extensions, still going on.
    pub left_out: usize,
    pub faulty: usize,
    /// The first 200 of them.
    pub faults: Vec<LineFault>,
    /// The first calls, in words.
    pub sample: Vec<SampleCall>,
}
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SampleCall {
    pub line: usize,
    pub person: String,
    pub text: String,
    pub at: Option<String>,
}

/// Reads the list, and takes it in unless it is only tried.
pub async fn import(app: &App, entry: &Arc<Entry>, text: String, dry_run: bool) -> Result<Imported> {
    if !entry.connector.descriptor().capabilities.calls {
        return Err(Error::conflict("channel.cannot", format!("{} holds no calls.", entry.name)));
    }
    let with = entry.clone();
    let read = move || read_list(&with.account, &text, MOST_LINES);
    let listed = tokio::task::spawn_blocking(read).await.map_err(|e| Error::internal(e.to_string()))?;
    let listed = listed.map_err(|e| Error::field("text", "invalid", e.0))?;
    let mut report = Imported { dry_run, lines: listed.len(), ..Imported::default() };
    let mut records = Vec::new();
    let mut ids = Vec::new();
    for Listed { line, record, read } in listed {
        let message = match read {
            Err(error) => {
                report.faulty += 1;
                if report.faults.len() < MOST_FAULTS {
                    report.faults.push(LineFault { line, detail: error.0 });
                }
                continue;
            }
            Ok(all) => all.into_iter().find_map(|i| if let Inbound::Message(m) = i { Some(m) } else { None }),
        };
        let Some(m) = message else {
            report.left_out += 1;
            continue;
        };
        if report.sample.len() < SAMPLE {
            let person = m.sender.name.clone().unwrap_or_else(|| m.sender.handle.value.clone());
            report.sample.push(SampleCall {
                line,
                person,
                text: kernel::message::preview(&m.text),
                at: m.sent_at.map(kernel::time::rfc3339),
            });
        }
        ids.push(m.external_id);
        records.push(record);
    }
    let (channel, wanted) = (entry.id, ids.clone());
    let known = app.db.read(entry.workspace, move |tx| store::known(tx, channel, &wanted)).await?;
    let mut seen = known.clone();
    // The same id twice in one list is one call.
    report.taken = ids.iter().filter(|id| seen.insert((*id).clone())).count();
    report.known = ids.len() - report.taken;
    if dry_run {
        return Ok(report);
    }
    for some in records.chunks(CHUNK) {
        let raw = RawDelivery {
            method: "IMPORT".into(),
            path: "calls.csv".into(),
            headers: vec![("content-type".into(), "application/json".into())],
            body: json!({ "calls": some }).to_string().into_bytes(),
            received_at: app.now(),
            peer: None,
        };
        let key = journal::store_raw(app, entry, raw, true).await?;
        intake::play(app, entry.workspace, key).await?;
    }
    Ok(report)
}
