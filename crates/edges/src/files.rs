//! Stored files, named by what is in them: the same bytes are kept once, and a name can never be a path of somebody's
//! choosing. A put that returned is on the disk. Behind it stands `object_store`, so that a bucket can take the folder's place.

use crate::vault::mac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures_util::stream::{BoxStream, Stream, StreamExt, TryStreamExt};
use kernel::time::Millis;
use kernel::{Error, Ids, Result};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Place;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Pieces in which a stream is handed to the store.
const PART: usize = 5 << 20;
const UNFINISHED: &str = "unfinished";

#[derive(Clone)]
pub struct FileStore {
    store: Arc<dyn ObjectStore>,
    folder: Arc<Path>,
    ids: Arc<dyn Ids>,
}

/// What a put made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256 of the content, 64 hexadecimal digits.
    pub hash: String,
    pub size: i64,
}

/// One entry of [`FileStore::list`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub hash: String,
    pub size: i64,
    /// When it was last put.
    pub stored_at: Millis,
}

impl FileStore {
    /// Files in a folder, which is made if it is not there.
    pub fn open(folder: &Path, ids: Arc<dyn Ids>) -> Result<Self> {
        let failed = |e: String| Error::internal(format!("the file folder {}: {e}", folder.display()));
        crate::durable::create_dir_durably(folder).map_err(|e| failed(e.to_string()))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|e| failed(e.to_string()))?.with_fsync(true);
        Ok(Self { store: Arc::new(store), folder: folder.into(), ids })
    }

    /// Takes in a stream of unknown length without holding it in memory; more than `limit_bytes` leaves nothing behind.
    pub async fn put_stream<S, E>(&self, mut content: S, limit_bytes: i64) -> Result<Stored>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
        E: std::fmt::Display,
    {
        let mut name = [0u8; 16];
        self.ids.random(&mut name);
        let unfinished = Place::from_iter([UNFINISHED, &HEXLOWER.encode(&name)]);
        let mut upload = self.store.put_multipart(&unfinished).await.map_err(broken)?;
        let stored = match receive(&mut content, upload.as_mut(), limit_bytes).await {
            Ok(stored) => stored,
            Err(error) => {
                upload.abort().await.ok();
                return Err(error);
            }
        };
        upload.complete().await.map_err(broken)?;
        self.store.rename(&unfinished, &place(&stored.hash)?).await.map_err(broken)?;
        Ok(stored)
    }

    pub async fn put_bytes(&self, content: impl Into<Bytes>) -> Result<Stored> {
        let content = content.into();
        let hash = HEXLOWER.encode(&Sha256::digest(&content));
        let size = content.len() as i64;
        // Written even if it is there: its age then says that it is wanted, which the sweep of orphans looks at.
        self.store.put(&place(&hash)?, PutPayload::from(content)).await.map_err(broken)?;
        Ok(Stored { hash, size })
    }

    pub async fn get(&self, hash: &str) -> Result<Bytes> {
        self.store.get(&place(hash)?).await.map_err(broken)?.bytes().await.map_err(broken)
    }

    pub async fn get_stream(&self, hash: &str) -> Result<BoxStream<'static, Result<Bytes>>> {
        Ok(self.store.get(&place(hash)?).await.map_err(broken)?.into_stream().map_err(broken).boxed())
    }

    /// A part of a file, for `Range` requests.
    pub async fn get_range(&self, hash: &str, range: std::ops::Range<u64>) -> Result<Bytes> {
        self.store.get_range(&place(hash)?, range).await.map_err(broken)
    }

    pub async fn size(&self, hash: &str) -> Result<i64> {
        Ok(self.store.head(&place(hash)?).await.map_err(broken)?.size as i64)
    }

    /// When it was last put, if it is there.
    pub async fn stored_at(&self, hash: &str) -> Result<Option<Millis>> {
        match self.store.head(&place(hash)?).await.map_err(broken) {
            Ok(meta) => Ok(Some(meta.last_modified.timestamp_millis())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub async fn exists(&self, hash: &str) -> Result<bool> {
        match self.size(hash).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deleting what is not there is fine.
    pub async fn delete(&self, hash: &str) -> Result<()> {
        match self.store.delete(&place(hash)?).await.map_err(broken) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// Everything stored, for backups and for the sweep of orphans.
    pub fn list(&self) -> BoxStream<'static, Result<Listed>> {
        let entries = self.store.list(None).map_err(broken);
        let known = |meta: object_store::ObjectMeta| {
            let hash = meta.location.filename().filter(|name| place(name).is_ok_and(|p| p == meta.location))?.to_owned();
            Some(Listed { hash, size: meta.size as i64, stored_at: meta.last_modified.timestamp_millis() })
        };
        entries.try_filter_map(move |meta| std::future::ready(Ok(known(meta)))).boxed()
    }

    /// Removes streams that a crash left half written. Only at the start, while nobody else puts.
    pub async fn clear_unfinished(&self) -> Result<()> {
        match tokio::fs::remove_dir_all(self.folder.join(UNFINISHED)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::internal(format!("file storage: {error}"))),
            _ => Ok(()),
        }
    }
}

async fn receive<S, E>(content: &mut S, upload: &mut dyn MultipartUpload, limit_bytes: i64) -> Result<Stored>
where
    S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
    E: std::fmt::Display,
{
    let (mut digest, mut size) = (Sha256::new(), 0i64);
    let (mut parts, mut waiting) = (Vec::<Bytes>::new(), 0usize);
    while let Some(piece) = content.next().await {
        let piece = piece.map_err(|e| Error::bad_request("file.incomplete", format!("The file did not arrive whole: {e}.")))?;
        size += piece.len() as i64;
        if size > limit_bytes {
            return Err(Error::too_large("file.too_large", format!("The file is larger than {} MB.", limit_bytes / 1_000_000)));
        }
        digest.update(&piece);
        waiting += piece.len();
        parts.push(piece);
        if waiting >= PART {
            upload.put_part(PutPayload::from_iter(std::mem::take(&mut parts))).await.map_err(broken)?;
            waiting = 0;
        }
    }
    upload.put_part(PutPayload::from_iter(parts)).await.map_err(broken)?;
    Ok(Stored { hash: HEXLOWER.encode(&digest.finalize()), size })
}

/// `ab/cd/abcd…`; anything that is not a hash is simply not there.
fn place(hash: &str) -> Result<Place> {
    if hash.len() != 64 || !hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(gone());
    }
    Ok(Place::from_iter([&hash[..2], &hash[2..4], hash]))
}

fn gone() -> Error {
    Error::not_found("file.not_found", "The file is not there.")
}

fn broken(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => gone(),
        other => Error::internal(format!("file storage: {other}")),
    }
}

/// The signature of a link to one variant of a file, good until `expires_at`.
pub fn sign(key: &[u8; 32], file_id: &str, variant: &str, expires_at: Millis) -> String {
    URL_SAFE_NO_PAD.encode(mac(key, &link(file_id, variant, expires_at)))
}

/// Whether a link is genuine and still good. Takes the same time for every wrong signature.
pub fn check(key: &[u8; 32], file_id: &str, variant: &str, expires_at: Millis, signature: &str, now: Millis) -> bool {
    let expected = mac(key, &link(file_id, variant, expires_at));
    let given = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    bool::from(expected[..].ct_eq(&given)) && now < expires_at
}

/// Lengths first, so that no two links read the same.
fn link(file_id: &str, variant: &str, expires_at: Millis) -> Vec<u8> {
    format!("{}:{file_id}{}:{variant}{expires_at}", file_id.len(), variant.len()).into_bytes()
}

#[cfg(test)]
mod tests;
