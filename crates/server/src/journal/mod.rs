//! What came in, byte for byte, before anybody was told it arrived; and what became of it. Nothing is dropped silently.

mod api;
mod keys;
mod store;

pub use api::routes;
pub use keys::Keys;
pub use store::{Waiting, is_waiting, next as waiting_after, outcome, take, waiting_on};

use crate::app::{App, found};
use crate::channels::Entry;
use db::{Lane, params};
use kernel::channel::{Proof, RawDelivery, Reject, Unverified, Verified};
use kernel::{Error, JournalId, Result, WorkspaceId};

/// Bodies up to this size stay in the row; larger ones become files before the row is written.
pub const INLINE: usize = 64 << 10;

/// Headers worth keeping besides those a connector reads: no cookies, no credentials.
fn is_kept(name: &str) -> bool {
    const LEFT_OUT: [&str; 6] = ["cookie", "authorization", "proxy-authorization", "connection", "host", "accept-encoding"];
    !LEFT_OUT.iter().any(|left_out| name.eq_ignore_ascii_case(left_out))
}

/// Verifies a delivery and stores it; when this returns, it is durable. Gives the journal's key.
pub async fn receive(app: &App, entry: &Entry, raw: RawDelivery) -> Result<i64> {
    let verified = verify(app, entry, raw).await.map_err(|reject| refused(app, reject))?;
    store_raw(app, entry, verified.into_raw(), false).await
}

/// Proves a delivery, with the provider's keys where they have to be fetched.
pub async fn verify(app: &App, entry: &Entry, raw: RawDelivery) -> std::result::Result<Verified, Reject> {
    let keys = match entry.connector.keys_url(&entry.account, &raw) {
        Some(url) => Some(app.keys.get(app, entry, &url).await.map_err(|why| Reject::new("signature.keys", why))?),
        None => None,
    };
    let proof = Proof { now: app.now(), keys: keys.as_deref().map(Vec::as_slice) };
    entry.connector.verify(&entry.account, Unverified::new(raw), proof)
}

/// A refusal as the outside hears it.
pub fn refused(app: &App, reject: Reject) -> Error {
    app.metrics.rejected.inc();
    Error::unauthenticated(reject.code, reject.detail)
}

/// Stores a delivery that is already known to be genuine. Silent ones (archives) wake nobody.
pub async fn store_raw(app: &App, entry: &Entry, raw: RawDelivery, silent: bool) -> Result<i64> {
    let headers: Vec<_> = raw.headers.into_iter().filter(|(n, _)| is_kept(n)).collect();
    let headers = serde_json::to_string(&headers).map_err(|e| Error::internal(e.to_string()))?;
    let size = raw.body.len() as i64;
    let (body, hash) =
        if raw.body.len() <= INLINE { (Some(raw.body), None) } else { (None, Some(app.files.put_bytes(raw.body).await?.hash)) };
    let (channel, method, path, at) = (entry.id, raw.method, raw.path, raw.received_at);
    let lane = if silent { Lane::Bulk } else { Lane::Interactive };
    let key = app
        .db
        .write(entry.workspace, lane, move |tx| {
            let key = tx.insert(
                "INSERT INTO journal (channel_id, received_at, method, path, headers, body, body_hash, size_bytes, silent, state, attempts) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'received', 0)",
                "key",
                params![channel, at, &method, &path, &headers, body.as_deref(), &hash, size, silent],
            )?;
            tx.wake("journal");
            Ok(key)
        })
        .await?;
    app.metrics.journalled.inc();
    Ok(key)
}

/// A delivery as it came, if it is still kept.
pub async fn delivery(app: &App, workspace: WorkspaceId, key: i64) -> Result<Option<RawDelivery>> {
    let Some(row) = app.db.read(workspace, move |tx| take(tx, key)).await? else { return Ok(None) };
    let mut raw = row.raw;
    if let Some(hash) = &row.body_hash {
        raw.body = app.files.get(hash).await?.to_vec();
    }
    Ok(Some(raw))
}

/// The row's id as the outside sees it.
pub fn id_of(key: i64) -> JournalId {
    JournalId::from_uuid(uuid_of(key))
}
fn uuid_of(key: i64) -> uuid::Uuid {
    uuid::Uuid::from_u128(key.max(0) as u128)
}
pub(crate) fn key_of(id: JournalId) -> i64 {
    i64::try_from(id.uuid().as_u128()).unwrap_or(0)
}

/// The bytes of a delivery, wherever they lie.
pub async fn body(app: &App, workspace: WorkspaceId, key: i64) -> Result<Vec<u8>> {
    let row = app
        .db
        .read(workspace, move |tx| {
            tx.opt("SELECT body, body_hash FROM journal WHERE key = $1", params![key], |r| {
                Ok((r.next::<Option<Vec<u8>>>()?, r.next::<Option<String>>()?))
            })
        })
        .await?;
    match found(row, "journal.not_found", "journal entry")? {
        (Some(body), _) => Ok(body),
        (None, Some(hash)) => Ok(app.files.get(&hash).await?.to_vec()),
        (None, None) => Ok(Vec::new()),
    }
}
