//! Where snapshots lie: a folder, or a place in a bucket.

use crate::s3::{self, Bucket};
use kernel::http::HttpClient;
use kernel::{Error, Result};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use std::path::Path;
use std::sync::Arc;

#[derive(Clone)]
pub struct Target {
    pub(crate) store: Arc<dyn ObjectStore>,
    /// As the user wrote it.
    pub shown: String,
    /// Writes really reach the disk, which takes its time; several at once then help nobody.
    pub is_folder: bool,
}

impl Target {
    /// `s3://bucket/prefix`, or a folder. With `make`, a folder that is not there is made.
    pub fn open(text: &str, bucket: &Bucket, http: Arc<dyn HttpClient>, make: bool) -> Result<Self> {
        let shown = text.trim().to_owned();
        if let Some(rest) = shown.strip_prefix("s3://") {
            let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            if name.is_empty() {
                return Err(Error::field("to", "invalid", "Name the bucket: s3://bucket/prefix."));
            }
            let store = s3::open(name, bucket, http)?;
            return Ok(Self { store: Arc::new(PrefixStore::new(store, prefix.trim_matches('/'))), shown, is_folder: false });
        }
        if let Some((scheme, _)) = shown.split_once("://") {
            return Err(Error::field("to", "invalid", format!("{scheme}:// is not supported; give a folder or s3://bucket/prefix.")));
        }
        let folder = Path::new(&shown);
        let failed = |e: String| Error::unavailable("backup.place", format!("The folder {shown} cannot be used: {e}."));
        if make {
            std::fs::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
        } else if !folder.is_dir() {
            return Err(Error::not_found("backup.place", format!("There is no folder {shown}.")));
        }
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|e| failed(e.to_string()))?.with_fsync(true);
        Ok(Self { store: Arc::new(store), shown, is_folder: true })
    }
}

pub(crate) fn broken(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { path, .. } => {
            Error::not_found("backup.missing", format!("{path} is missing where the backup lies."))
        }
        object_store::Error::Unauthenticated { .. } | object_store::Error::PermissionDenied { .. } => {
            Error::unavailable("backup.place", "The place of the backup does not let us in: look at its permissions or at the access key.")
        }
        other => Error::unavailable("backup.place", format!("The place of the backup does not work: {other}.")),
    }
}
