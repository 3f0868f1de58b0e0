//! Subscriptions, deliveries and attempts as the API shows them.

use kernel::time::{Millis, wire, wire_opt};
use kernel::{ChannelId, ConversationId, MemberId, WebhookDeliveryId, WebhookId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookStatus)]
pub enum Status {
    Active,
    /// By somebody.
    Paused,
    /// By the product, because nothing was taken for days or the receiver said that it is gone.
    Disabled,
}
impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Paused, Self::Disabled].into_iter().find(|s| s.as_str() == text)
    }
}

/// Which conversations a subscription tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookReach)]
pub enum Reach {
    All,
    /// Those that its owner sees at that moment.
    Owner,
}
impl Reach {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Owner => "owner",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::All, Self::Owner].into_iter().find(|r| r.as_str() == text)
    }
}

/// In whose words it is told, and how it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookFormat)]
pub enum Format {
    /// Our own, signed as standardwebhooks.com says.
    #[default]
    Standard,
    /// Names, bodies and signature of Chatwoot's webhooks, for programs written for them.
    Chatwoot,
}
impl Format {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Chatwoot => "chatwoot",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Standard, Self::Chatwoot].into_iter().find(|f| f.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = WebhookSubscription)]
pub struct Subscription {
    #[schema(value_type = String)]
    pub id: WebhookId,
    pub name: String,
    pub url: String,
    pub format: Format,
    /// Tells of this channel's conversations only.
    #[schema(value_type = Option<String>)]
    pub channel_id: Option<ChannelId>,
    /// Null also when the channel was removed.
    pub channel_name: Option<String>,
    /// Kinds of events; `message.*` means all of messages, `*` means all there are and will be.
    pub events: Vec<String>,
    pub reach: Reach,
    #[schema(value_type = String)]
    pub owner_id: MemberId,
    pub owner_name: Option<String>,
    pub status: Status,
    /// Why the product switched it off.
    pub disabled_because: Option<String>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Millis>,
    /// So long the secret before the last one signs too.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub old_secret_until: Option<Millis>,
    /// Since when nothing was taken, though something was sent.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Millis>,
    /// Attempts that failed since then.
    pub failures: i64,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_success_at: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_failure_at: Option<Millis>,
    /// Deliveries that wait for their first or next attempt.
    pub waiting: i64,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
}

/// A subscription with the secret that signs for it: in the answer that makes one, and nowhere else.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = WebhookSubscriptionWithSecret)]
pub struct WithSecret {
    #[serde(flatten)]
    pub subscription: Subscription,
    /// `whsec_…`; shown this once.
    pub secret: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NewWebhookSubscription)]
pub struct NewSubscription {
    pub name: String,
    pub url: String,
    /// It stays as it is chosen.
    #[serde(default)]
    pub format: Format,
    /// To tell of one channel's conversations only; it stays as it is chosen.
    #[schema(value_type = Option<String>)]
    pub channel_id: Option<ChannelId>,
    pub events: Vec<String>,
    /// Absent: every conversation for whoever sees all, else those that the maker sees.
    pub reach: Option<Reach>,
}

#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = WebhookSubscriptionPatch)]
pub struct SubscriptionPatch {
    pub name: Option<String>,
    pub url: Option<String>,
    pub events: Option<Vec<String>>,
    pub reach: Option<Reach>,
    /// `active` also switches on again what was disabled; `disabled` cannot be asked for.
    pub status: Option<Status>,
    /// With `status: active`: also what happened while it was off, at most thirty days back.
    #[serde(default)]
    pub catch_up: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WebhookDeliveryState)]
pub enum State {
    Waiting,
    Sending,
    Delivered,
    /// Given up; it can be replayed.
    Failed,
}
impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Sending, Self::Delivered, Self::Failed].into_iter().find(|s| s.as_str() == text)
    }
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct Delivery {
    /// Also in each attempt's `webhook-id`: the same however often it is sent.
    #[schema(value_type = String)]
    pub id: WebhookDeliveryId,
    #[schema(value_type = String)]
    pub subscription_id: WebhookId,
    pub event: String,
    /// The event's number; null for a test.
    pub sequence: Option<i64>,
    #[schema(value_type = Option<String>)]
    pub conversation_id: Option<ConversationId>,
    pub state: State,
    pub attempts: i64,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_attempt_at: Option<Millis>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_attempt_at: Option<Millis>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = WebhookAttempt)]
pub struct Attempt {
    pub number: i64,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Millis,
    pub duration_ms: i64,
    /// What the receiver answered; null when it did not.
    pub status: Option<i64>,
    pub error: Option<String>,
    /// The first four kilobytes of the answer.
    pub response: Option<String>,
}

/// A delivery with what was sent and what was answered each time, the latest first.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = WebhookDeliveryDetail)]
pub struct DeliveryDetail {
    #[serde(flatten)]
    pub delivery: Delivery,
    pub url: String,
    /// As it was sent, byte for byte; without the person, for those who may not know people.
    pub body: String,
    pub attempts_made: Vec<Attempt>,
}
