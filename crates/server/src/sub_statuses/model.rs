//! A sub-status as the API shows it.

use kernel::SubStatusId;
use kernel::message::Status;
use kernel::time::{Millis, wire};
use serde::{Deserialize, Serialize};

/// On a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SubStatusBrief {
    #[schema(value_type = String)]
    pub id: SubStatusId,
    pub name: String,
    /// Of its chip, in degrees.
    pub hue: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SubStatus {
    #[schema(value_type = String)]
    pub id: SubStatusId,
    pub name: String,
    /// Below which status it stands: `open` (new ones too), `pending`, `snoozed` or `resolved`. It never changes.
    pub status: Status,
    /// Of its chip, in degrees.
    pub hue: i64,
    /// Its place among those of its status, from 0.
    pub position: i64,
    /// Not to be chosen any more; conversations that have it keep it.
    pub archived: bool,
    /// Conversations that have it, of those the caller sees.
    pub conversation_count: i64,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubStatus {
    pub name: String,
    /// `open`, `pending`, `snoozed` or `resolved`; `closed` is taken for `resolved`.
    pub status: Status,
    #[serde(default)]
    pub hue: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubStatusPatch {
    pub name: Option<String>,
    pub hue: Option<i64>,
    /// Where it is to stand among those of its status, from 0.
    pub position: Option<i64>,
    pub archived: Option<bool>,
}

/// New conversations are open ones.
pub fn base(status: Status) -> Status {
    if status == Status::New { Status::Open } else { status }
}
/// Whether a conversation of this status can have a sub-status of that one.
pub fn fits(status: Status, of: Status) -> bool {
    base(status) == of
}
/// Those that can have some.
pub fn has_some(status: Status) -> bool {
    matches!(status, Status::Open | Status::Pending | Status::Snoozed | Status::Resolved)
}
