//! Usage as the API shows it.

use kernel::ChannelId;
use kernel::time::{Millis, wire_opt};
use serde::Serialize;

#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
#[schema(as = UsageMembers)]
pub struct Members {
    /// Who can sign in.
    pub active: i64,
    /// Who has left.
    pub ended: i64,
}

#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
#[schema(as = UsageConversations)]
pub struct Conversations {
    pub total: i64,
    /// New and open ones.
    pub open: i64,
}

/// One channel in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = UsageMonth)]
pub struct Month {
    /// `2026-11`, in UTC.
    pub month: String,
    #[schema(value_type = String)]
    pub channel_id: ChannelId,
    /// Also of a channel that was removed.
    pub channel_name: Option<String>,
    /// Messages from customers.
    pub inbound: i64,
    /// Messages to them, notes not counted.
    pub outbound: i64,
    /// Of those outbound: what nobody wrote by hand.
    pub automatic: i64,
    /// Conversations that began.
    pub conversations: i64,
}

#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
#[schema(as = UsageStorage)]
pub struct Storage {
    /// Different files; the same one sent twice is kept once.
    pub files: i64,
    pub file_bytes: i64,
    pub database_bytes: i64,
}

/// What webhooks were to tell in the last thirty days.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
#[schema(as = UsageWebhooks)]
pub struct Webhooks {
    pub delivered: i64,
    pub failed: i64,
    pub waiting: i64,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = UsageFeature)]
pub struct Feature {
    pub name: &'static str,
    /// The lowest tier that has it.
    pub tier: i64,
    pub included: bool,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = UsageLimit)]
pub struct Limit {
    /// `webhooks`, `teams`.
    pub name: &'static str,
    pub used: i64,
    pub most: i64,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = UsagePlan)]
pub struct Plan {
    pub tier: i64,
    pub features: Vec<Feature>,
    /// Whatever is not named here has no limit.
    pub limits: Vec<Limit>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Usage {
    /// When conversations, messages, storage and webhooks were counted; null before the first time. Members and limits are of now.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub counted_at: Option<Millis>,
    /// They are being counted anew: ask again in a moment.
    pub counting: bool,
    pub members: Members,
    pub conversations: Conversations,
    /// The last twelve months, the latest first; channels in which nothing happened are left out.
    pub months: Vec<Month>,
    pub storage: Storage,
    pub webhooks: Webhooks,
    pub plan: Plan,
}
