//! What came along with a message: stored before the transaction, so that nothing slow happens inside it.

use crate::app::App;
use crate::channels::Entry;
use crate::files::{NewFile, keep};
use kernel::Result;
use kernel::channel::{FileSource, Inbound, InboundFile, SendError};
use kernel::http::{HttpError, HttpRequest};
use serde_json::json;

/// Names in a message's metadata: files that are still being fetched, and files that were given up, each with its place and the reason.
pub const PENDING: &str = "files_pending";
pub const NOT_FETCHED: &str = "files_not_fetched";

/// One parsed part of a delivery with its files in the store.
pub struct Part {
    pub inbound: Inbound,
    pub files: Vec<NewFile>,
}

/// Largest file fetched from a provider.
const FETCH_BYTES: usize = 100 << 20;

/// Why a file is not here yet, or never will be.
pub enum Missing {
    /// The same request may pass later.
    Later(String),
    Never(String),
}

/// A file that came along by reference: its name and type as the provider gives them, and its bytes.
pub async fn fetch(app: &App, entry: &Entry, file: &InboundFile) -> Result<(String, String, Vec<u8>), Missing> {
    let (mut name, mut content_type) = (file.name.clone(), file.content_type.clone());
    let bytes = match &file.source {
        FileSource::Bytes(bytes) => bytes.clone(),
        FileSource::Url(url) => by_address(app, entry, url).await?,
        FileSource::Provider(reference) => match entry.connector.fetch(app.edge_of(entry).edge(), &entry.account, reference).await {
            Ok(fetched) => {
                name = fetched.name.unwrap_or(name);
                content_type = fetched.content_type.unwrap_or(content_type);
                fetched.bytes
            }
            // Credentials that are renewed, a provider that has an outage: all of it may be over in an hour.
            Err(SendError::Retry { detail, .. } | SendError::Uncertain { detail } | SendError::Account { detail }) => {
                return Err(Missing::Later(detail));
            }
            Err(error) => return Err(Missing::Never(error.detail().to_owned())),
        },
    };
    if bytes.len() > FETCH_BYTES { Err(Missing::Never("The file is too large.".into())) } else { Ok((name, content_type, bytes)) }
}

async fn by_address(app: &App, entry: &Entry, url: &str) -> Result<Vec<u8>, Missing> {
    let request = HttpRequest { max_response_bytes: FETCH_BYTES, timeout_ms: 30_000, ..HttpRequest::new("GET", url) };
    match app.edge_of(entry).edge().http.send(request).await {
        Ok(answer) if answer.status == 200 => Ok(answer.body),
        Ok(answer) if answer.status >= 500 || matches!(answer.status, 408 | 425 | 429) => {
            Err(Missing::Later(format!("The provider answered {}.", answer.status)))
        }
        Ok(answer) => Err(Missing::Never(format!("The provider answered {}.", answer.status))),
        Err(HttpError::TooLarge) => Err(Missing::Never("The file is too large.".into())),
        Err(HttpError::Refused(why)) => Err(Missing::Never(why)),
        Err(error) => Err(Missing::Later(error.to_string())),
    }
}

pub async fn store(app: &App, entry: &Entry, inbound: Inbound) -> Result<Part> {
    let Inbound::Message(mut message) = inbound else { return Ok(Part { inbound, files: Vec::new() }) };
    let mut files = Vec::with_capacity(message.files.len());
    let (mut lost, mut pending) = (Vec::new(), Vec::new());
    for (index, f) in std::mem::take(&mut message.files).into_iter().enumerate() {
        match fetch(app, entry, &f).await {
            Ok((name, content_type, bytes)) => {
                let mut file = keep(app, &name, &content_type, bytes).await?;
                file.inline = f.inline;
                file.content_id = f.content_id;
                files.push(file);
            }
            // The message is worth more than its picture: it comes in, and says what is missing.
            Err(Missing::Later(why)) => pending.push(json!({ "index": index, "name": f.name, "content_type": f.content_type, "why": why })),
            Err(Missing::Never(why)) => lost.push(json!({ "index": index, "name": f.name, "content_type": f.content_type, "why": why })),
        }
    }
    for (name, list) in [(NOT_FETCHED, lost), (PENDING, pending)] {
        if !list.is_empty() {
            message.metadata.insert(name.into(), list.into());
        }
    }
    Ok(Part { inbound: Inbound::Message(message), files })
}
