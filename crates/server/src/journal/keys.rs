//! Keys that providers publish at an address (certificates, JSON Web Keys), fetched through the guarded client and kept for an hour.

use crate::app::App;
use crate::channels::Entry;
use kernel::http::HttpRequest;
use kernel::time::{HOUR, Millis};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// More addresses than this are not kept: each provider has one or two.
const MOST: usize = 64;

/// When it was fetched, and what.
type Fetched = (Millis, Arc<Vec<u8>>);

#[derive(Default)]
pub struct Keys(Mutex<HashMap<String, Fetched>>);

impl Keys {
    /// The bytes behind an address that the connector has checked, or the words why there are none.
    pub async fn get(&self, app: &App, entry: &Entry, url: &str) -> Result<Arc<Vec<u8>>, String> {
        let now = app.now();
        if let Some((at, bytes)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(url)
            && now - at < HOUR
        {
            return Ok(bytes.clone());
        }
        let request = HttpRequest { timeout_ms: 5_000, max_response_bytes: 64 << 10, ..HttpRequest::new("GET", url) };
        let answer =
            app.edge_of(entry).edge().http.send(request).await.map_err(|e| format!("The provider's keys cannot be fetched: {e}"))?;
        if answer.status != 200 {
            return Err(format!("The provider's keys cannot be fetched: HTTP {}.", answer.status));
        }
        let bytes = Arc::new(answer.body);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(url.to_owned(), (now, bytes.clone()));
        Ok(bytes)
    }
}
