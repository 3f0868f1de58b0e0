//! What came along with a message: stored before the transaction, so that nothing slow happens inside it.

use crate::app::App;
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
const FETCH_BYTES: usize = 30 << 20;

pub async fn store(app: &App, inbound: Inbound) -> Result<Part> {
    let Inbound::Message(mut message) = inbound else { return Ok(Part { inbound, files: Vec::new() }) };
    let mut files = Vec::with_capacity(message.files.len());
    let mut lost = Vec::new();
    for f in std::mem::take(&mut message.files) {
        let bytes = match f.source {
            FileSource::Bytes(bytes) => bytes,
            FileSource::Url(url) => match fetch(app, &url).await {
                Ok(bytes) => bytes,
                // The message is worth more than its picture: it comes in, and says what is missing.
                Err(e) => {
                    lost.push(serde_json::json!({ "name": f.name, "why": e.to_string() }));
                    continue;
                }
            },
        };
        let mut file = keep(app, &f.name, &f.content_type, bytes).await?;
        file.inline = f.inline;
        file.content_id = f.content_id;
        files.push(file);
    }
    if !lost.is_empty() {
        message.metadata.insert("files_not_fetched".into(), lost.into());
    }
    Ok(Part { inbound: Inbound::Message(message), files })
}

async fn fetch(app: &App, url: &str) -> Result<Vec<u8>> {
    let request = HttpRequest { max_response_bytes: FETCH_BYTES, timeout_ms: 30_000, ..HttpRequest::new("GET", url) };
    let answer = app.http.send(request).await.map_err(|e| Error::conflict("file.not_fetched", e.to_string()))?;
    if answer.status != 200 {
        return Err(Error::conflict("file.not_fetched", format!("The provider answered {}.", answer.status)));
    }
    Ok(answer.body)
}
