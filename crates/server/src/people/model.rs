//! People as the API shows them, and what it takes to make one.

use super::credential::Credential;
use super::roles::Visibility;
use kernel::actor::Permissions;
use kernel::id::{InvitationKind, TokenKind};
use kernel::time::{Millis, wire, wire_opt};
use kernel::{AccountId, ChannelId, InvitationId, MemberId, Role, Secret, SessionId, TokenId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A workspace as the rest of the server needs it.
#[derive(Debug, Clone)]
pub struct WorkspaceInfo {
    pub id: WorkspaceId,
    pub name: String,
    pub locale: String,
    pub time_zone: String,
    pub default_country: String,
    pub tier: i64,
    /// Wrapped by the master key.
    pub data_key: Vec<u8>,
    pub sample_data: bool,
    pub created_at: Millis,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Workspace {
    #[schema(value_type = String)]
    pub id: WorkspaceId,
    pub name: String,
    pub locale: String,
    pub time_zone: String,
    /// Two letters; numbers without a country code are read as from here.
    pub default_country: String,
    pub tier: i64,
    /// What the plan includes.
    pub features: Vec<String>,
    /// The sample that came with the first start is still there.
    pub sample_data: bool,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}
impl From<&WorkspaceInfo> for Workspace {
    fn from(w: &WorkspaceInfo) -> Self {
        Self {
            id: w.id,
            name: w.name.clone(),
            locale: w.locale.clone(),
            time_zone: w.time_zone.clone(),
            default_country: w.default_country.clone(),
            tier: w.tier,
            features: super::features(w.tier).into_iter().map(str::to_owned).collect(),
            sample_data: w.sample_data,
            created_at: w.created_at,
        }
    }
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Account {
    #[schema(value_type = String)]
    pub id: AccountId,
    pub name: String,
    pub email: String,
}

/// Who is signed in, and where.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Me {
    pub account: Account,
    #[schema(value_type = String)]
    pub member_id: MemberId,
    pub role: Role,
    pub permissions: Vec<String>,
    /// Set while an admin looks at the workspace with another member's eyes; nothing can be changed then.
    pub preview: Option<Preview>,
    pub workspace: Workspace,
    /// To be sent as `X-CSRF-Token` with the session cookie; null for API tokens, which need none.
    pub csrf_token: Option<String>,
    /// Head of the event log: follow events from here.
    pub cursor: String,
    #[schema(value_type = Object)]
    pub preferences: Map<String, Value>,
}

/// Whose view is being looked at.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Preview {
    #[schema(value_type = String)]
    pub member_id: MemberId,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SessionAnswer {
    pub me: Me,
    pub access_token: String,
    pub refresh_token: String,
    /// When the access token ends.
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Millis,
    pub csrf_token: String,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Refreshed {
    pub access_token: String,
    /// Good for one use; the one it came for is void.
    pub refresh_token: String,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Millis,
}

#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Member {
    #[schema(value_type = String)]
    pub id: MemberId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub active: bool,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    /// Has the product open right now.
    pub online: bool,
    /// Which conversations they see; null: as their role says.
    pub visibility: Option<Visibility>,
    /// For `inbox`: the channels whose conversations they see.
    #[schema(value_type = Vec<String>)]
    pub channel_ids: Vec<ChannelId>,
    /// Open conversations that are given to them at most; null: no limit.
    pub capacity: Option<i64>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Invitation {
    #[schema(value_type = String)]
    pub id: InvitationId,
    pub role: Role,
    /// When given, only this address can accept.
    pub email: Option<String>,
    /// The link to hand over.
    pub url: String,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

/// What somebody who holds the link sees before accepting.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct InvitationOffer {
    pub workspace_name: String,
    pub role: Role,
    pub email: Option<String>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Millis,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Token {
    #[schema(value_type = String)]
    pub id: TokenId,
    pub name: String,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Millis>,
    /// To the minute.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Millis>,
    /// What it may at most; null: all that its member may.
    pub permissions: Option<Vec<String>>,
    /// The token itself, only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// The first person of a new workspace, who administers it.
#[derive(Debug, Clone)]
pub struct NewAdmin {
    pub name: String,
    pub email: String,
    pub password: Secret<String>,
    pub workspace_name: String,
    pub locale: String,
    pub time_zone: String,
    pub default_country: String,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct WorkspacePatch {
    pub name: Option<String>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    pub default_country: Option<String>,
}

/// A row of `accounts` with its password's hash.
#[derive(Clone)]
pub(super) struct AccountRow {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub preferences: String,
}

/// An account about to be made.
#[derive(Clone)]
pub(super) struct NewAccount {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub at: Millis,
}

/// A row of `memberships` together with the account's name and address.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Membership {
    pub member: MemberId,
    pub workspace: WorkspaceId,
    pub account: AccountId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub active: bool,
    pub created_at: Millis,
}

/// What requests of a session are checked against.
#[derive(Clone)]
pub(super) struct SessionFacts {
    pub id: SessionId,
    pub account: AccountId,
    pub workspace: WorkspaceId,
    pub member: MemberId,
    pub role: Role,
    pub secret_hash: Vec<u8>,
    pub refresh_hash: Vec<u8>,
    pub csrf_token: String,
    pub expires_at: Millis,
    pub last_seen_at: Option<Millis>,
    /// Looked up in the workspace: custom roles are there.
    pub permissions: Permissions,
    /// The member with whose eyes this session looks, and that member's role.
    pub preview: Option<(MemberId, Role)>,
}

/// A session about to be made.
#[derive(Clone)]
pub(super) struct NewSession {
    pub id: SessionId,
    pub account: AccountId,
    pub workspace: WorkspaceId,
    pub secret_hash: Vec<u8>,
    pub refresh_hash: Vec<u8>,
    pub csrf_token: String,
    pub user_agent: String,
    pub address: String,
    pub at: Millis,
    pub expires_at: Millis,
}

/// What requests with an API token are checked against.
#[derive(Clone)]
pub(super) struct TokenFacts {
    pub id: TokenId,
    pub workspace: WorkspaceId,
    pub member: MemberId,
    pub role: Role,
    pub secret_hash: Vec<u8>,
    pub expires_at: Option<Millis>,
    pub last_used_at: Option<Millis>,
    /// What it may at most.
    pub scope: Option<Permissions>,
    /// Looked up in the workspace: custom roles are there.
    pub permissions: Permissions,
}

/// A token about to be made.
#[derive(Clone)]
pub(super) struct NewToken {
    pub credential: Credential<TokenKind>,
    pub workspace: WorkspaceId,
    pub member: MemberId,
    pub name: String,
    pub at: Millis,
    pub expires_at: Option<Millis>,
    pub scope: Option<Permissions>,
}

/// A row of `invitations`.
#[derive(Clone)]
pub(super) struct InvitationRow {
    pub id: InvitationId,
    pub workspace: WorkspaceId,
    pub role: Role,
    pub email: Option<String>,
    pub secret_hash: Vec<u8>,
    pub created_at: Millis,
    pub expires_at: Millis,
    pub accepted_at: Option<Millis>,
}
impl InvitationRow {
    /// Holds the right secret and can still be accepted.
    pub fn open_to(&self, held: &Credential<InvitationKind>, now: Millis) -> bool {
        held.fits(&self.secret_hash) && self.accepted_at.is_none() && self.expires_at > now
    }
}
