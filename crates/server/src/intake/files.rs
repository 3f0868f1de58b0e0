//! What came along with a message: stored before the transaction, so that nothing slow happens inside it.

use crate::app::App;
use crate::channels::Entry;
use crate::files::{NewFile, keep};
use kernel::channel::{FileSource, Inbound};
use kernel::http::HttpRequest;
use kernel::{Error, Result};

/// One parsed part of a delivery with its files in the store.
pub struct Part {
    pub inbound: Inbound,
    pub files: Vec<NewFile>,
}

/// Largest file fetched from a provider.
const FETCH_BYTES: usize = 100 << 20;

pub async fn store(app: &App, entry: &Entry, inbound: Inbound) -> Result<Part> {
    let Inbound::Message(mut message) = inbound else { return Ok(Part { inbound, files: Vec::new() }) };
    let mut files = Vec::with_capacity(message.files.len());
    let mut lost = Vec::new();
    for f in std::mem::take(&mut message.files) {
        let (mut name, mut content_type) = (f.name, f.content_type);
        let bytes = match f.source {
            FileSource::Bytes(bytes) => Ok(bytes),
            FileSource::Url(url) => fetch(app, entry, &url).await,
            FileSource::Provider(reference) => match entry.connector.fetch(app.edge_of(entry).edge(), &entry.account, &reference).await {
                Ok(fetched) => {
                    name = fetched.name.unwrap_or(name);
                    content_type = fetched.content_type.unwrap_or(content_type);
                    Ok(fetched.bytes)
                }
                Err(error) => Err(Error::conflict("file.not_fetched", error.detail().to_owned())),
            },
        };
        let bytes = match bytes {
            Ok(bytes) if bytes.len() <= FETCH_BYTES => bytes,
            // The message is worth more than its picture: it comes in, and says what is missing.
            other => {
                let why = other.err().map_or_else(|| "The file is too large.".to_owned(), |e| e.detail);
                lost.push(serde_json::json!({ "name": name, "content_type": content_type, "why": why }));
                continue;
            }
        };
        let mut file = keep(app, &name, &content_type, bytes).await?;
        file.inline = f.inline;
        file.content_id = f.content_id;
        files.push(file);
    }
    if !lost.is_empty() {
        message.metadata.insert("files_not_fetched".into(), lost.into());
    }
    Ok(Part { inbound: Inbound::Message(message), files })
}

async fn fetch(app: &App, entry: &Entry, url: &str) -> Result<Vec<u8>> {
    let request = HttpRequest { max_response_bytes: FETCH_BYTES, timeout_ms: 30_000, ..HttpRequest::new("GET", url) };
    let answer = app.edge_of(entry).edge().http.send(request).await.map_err(|e| Error::conflict("file.not_fetched", e.to_string()))?;
    if answer.status != 200 {
        return Err(Error::conflict("file.not_fetched", format!("The provider answered {}.", answer.status)));
    }
    Ok(answer.body)
}
