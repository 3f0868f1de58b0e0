//! A contact as the API shows it.

use kernel::message::HandleEvidence;
use kernel::time::{Millis, wire, wire_opt};
use kernel::{ContactId, HandleId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A person by name.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContactRef {
    #[schema(value_type = String)]
    pub id: ContactId,
    pub name: String,
}

/// 409 `handle.taken`, with the one who has it for callers who may read contacts.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandleTaken {
    #[serde(flatten)]
    problem: crate::http::error::ProblemBody,
    contact: Option<ContactRef>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContactHandle {
    #[schema(value_type = String)]
    pub id: HandleId,
    /// `email`, `phone`, or the id of a channel type.
    pub kind: String,
    pub value: String,
    /// Empty for world-wide kinds, the channel's id for a provider's own.
    pub scope: String,
    pub evidence: HandleEvidence,
    /// Who said so: `channel:chn_…`, `user:mem_…`.
    pub source: String,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub first_seen_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Millis,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Contact {
    #[schema(value_type = String)]
    pub id: ContactId,
    pub name: String,
    /// Nobody has confirmed yet who this is.
    pub review: bool,
    pub title: Option<String>,
    pub company_name: Option<String>,
    pub notes: Option<String>,
    pub location: Option<String>,
    pub language: Option<String>,
    /// Hue of the avatar, in degrees.
    pub avatar_hue: i64,
    pub handles: Vec<ContactHandle>,
    pub conversation_count: i64,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_contact_at: Option<Millis>,
    #[schema(value_type = Object)]
    pub custom_attributes: Map<String, Value>,
    /// Since when nothing they write is taken in.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub blocked_at: Option<Millis>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
}

#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct NewContact {
    pub name: String,
    #[serde(default)]
    pub emails: Vec<String>,
    #[serde(default)]
    pub phones: Vec<String>,
    pub company_name: Option<String>,
    pub title: Option<String>,
    pub notes: Option<String>,
}

/// A stable hue for an avatar, in steps of 30 degrees.
pub fn hue(id: ContactId) -> i64 {
    let sum: u32 = id.as_bytes().iter().fold(7, |h: u32, b| h.wrapping_mul(31).wrapping_add(u32::from(*b)));
    i64::from(sum % 12) * 30
}
