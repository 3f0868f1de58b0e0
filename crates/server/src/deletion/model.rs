//! What the API shows of a deletion, and what its certificate says.

use crate::people::departures::Gone;
use kernel::id::{Id, Kind};
use kernel::time::{Millis, wire, wire_opt};
use kernel::{AccountId, WorkspaceId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeletionKind;
impl Kind for DeletionKind {
    const PREFIX: &'static str = "wdl";
}
pub type DeletionId = Id<DeletionKind>;

/// A workspace that is to be deleted, or is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = WorkspaceDeletion)]
pub struct Deletion {
    pub id: DeletionId,
    pub workspace_id: WorkspaceId,
    pub workspace_name: String,
    /// `pending`, `cancelled`, `removing`, `done`.
    pub state: String,
    #[serde(skip)]
    pub asked_by: Option<AccountId>,
    pub asked_by_name: String,
    #[serde(skip)]
    pub asked_by_email: Option<String>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Millis,
    /// From then on it is gone for good.
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Millis,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Millis>,
    /// SHA-256 of the certificate, once it is done.
    pub sha256: Option<String>,
    /// Where the certificate will be, for whoever has this link; told to the account that asked.
    pub certificate_url: Option<String>,
    #[serde(skip)]
    pub certificate: Option<String>,
}

/// How it stands with the caller's workspace.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeletionState {
    /// None: nobody asked for it.
    pub deletion: Option<Deletion>,
    /// Days between asking and the end.
    pub grace_days: u32,
    /// The caller gives a code of their second step with it.
    pub needs_code: bool,
    /// Whether the caller may ask for it and take it back: owners, signed in and not by a token.
    pub may: bool,
}

/// What was there and is gone, written down before anything went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Draft {
    pub control: Vec<Gone>,
    pub tables: Option<Vec<TableGone>>,
    pub files: FilesGone,
    pub workspace_created_at: Millis,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableGone {
    pub name: String,
    pub rows: u64,
    /// Over its rows as an archive writes them.
    pub sha256: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesGone {
    pub count: u64,
    pub bytes: u64,
    /// Over one line for each, sorted: its SHA-256, a blank, its size in bytes.
    pub sha256: String,
    /// Named by this workspace and by another one as well, which keeps them.
    pub kept_for_others: u64,
    pub archives: u64,
}

/// The proof, as it is handed out.
#[derive(Debug, Serialize)]
pub struct Certificate<'a> {
    pub certificate: &'static str,
    pub format: u32,
    pub id: String,
    pub installation: &'a str,
    pub version: &'static str,
    pub workspace: CertificateOf<'a>,
    pub asked_by: Asker<'a>,
    pub asked_at: String,
    pub due_at: String,
    pub removed_at: String,
    pub engine: &'a str,
    pub rows: u64,
    pub tables: &'a [TableGone],
    pub control: &'a [Gone],
    pub files: &'a FilesGone,
    pub remarks: &'static [&'static str],
}
#[derive(Debug, Serialize)]
pub struct CertificateOf<'a> {
    pub id: String,
    pub name: &'a str,
    pub created_at: String,
}
#[derive(Debug, Serialize)]
pub struct Asker<'a> {
    pub name: &'a str,
    pub email: Option<&'a str>,
    pub account_id: Option<String>,
}
