//! Kinds of notifications, what a person wants of them, and the shape in which they are shown.

use super::quiet::Quiet;
use kernel::actor::Permission;
use kernel::time::{Millis, wire, wire_opt};
use kernel::{ChannelId, ConversationId, MemberId, MessageId, NotificationId, PushId, WebhookId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NotificationKind)]
pub enum Kind {
    /// Somebody handed me a conversation.
    Assigned,
    /// A note names me.
    Mentioned,
    /// A customer wrote in a conversation of mine.
    CustomerReplied,
    /// A message of mine was not delivered.
    DeliveryFailed,
    /// A conversation of mine is back from its sleep.
    SnoozeEnded,
    /// A channel does not work any more.
    ChannelBroken,
    /// It works again.
    ChannelWell,
    /// A program outside is not told of anything any more, because it took nothing.
    WebhookDisabled,
}

impl Kind {
    pub const ALL: [Kind; 8] = [
        Self::Assigned,
        Self::Mentioned,
        Self::CustomerReplied,
        Self::DeliveryFailed,
        Self::SnoozeEnded,
        Self::ChannelBroken,
        Self::ChannelWell,
        Self::WebhookDisabled,
    ];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Mentioned => "mentioned",
            Self::CustomerReplied => "customer_replied",
            Self::DeliveryFailed => "delivery_failed",
            Self::SnoozeEnded => "snooze_ended",
            Self::ChannelBroken => "channel_broken",
            Self::ChannelWell => "channel_well",
            Self::WebhookDisabled => "webhook_disabled",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
    /// What somebody needs to be told of it.
    pub fn needs(self) -> Permission {
        match self {
            Self::ChannelBroken | Self::ChannelWell => Permission::ChannelsManage,
            Self::WebhookDisabled => Permission::WorkspaceManage,
            _ => Permission::ConversationsRead,
        }
    }
    /// By which ways somebody hears of it who has set nothing: mails are for what should not wait until the inbox is opened.
    fn by_default(self) -> Ways {
        Ways { in_app: true, email: !matches!(self, Self::CustomerReplied | Self::SnoozeEnded), push: true }
    }
}

/// By which ways one kind is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Ways {
    pub in_app: bool,
    pub email: bool,
    pub push: bool,
}

/// What one person wants.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    pub kinds: BTreeMap<Kind, Ways>,
    pub quiet: Quiet,
}
impl Wishes {
    pub fn of(&self, kind: Kind) -> Ways {
        self.kinds.get(&kind).copied().unwrap_or_else(|| kind.by_default())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KindWays {
    pub kind: Kind,
    #[serde(flatten)]
    pub ways: Ways,
}

/// How often one kind happened since the notification was unread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct KindTimes {
    pub kind: Kind,
    pub times: i64,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Notification {
    #[schema(value_type = String)]
    pub id: NotificationId,
    /// The latest that happened.
    pub kind: Kind,
    /// Everything that happened while it was unread, the latest first.
    pub kinds: Vec<KindTimes>,
    pub times: i64,
    #[schema(value_type = Option<String>)]
    pub conversation_id: Option<ConversationId>,
    pub conversation_number: Option<i64>,
    pub subject: Option<String>,
    pub contact_name: Option<String>,
    #[schema(value_type = Option<String>)]
    pub channel_id: Option<ChannelId>,
    pub channel_name: Option<String>,
    #[schema(value_type = Option<String>)]
    pub webhook_id: Option<WebhookId>,
    pub webhook_name: Option<String>,
    #[schema(value_type = Option<String>)]
    pub message_id: Option<MessageId>,
    /// The colleague whose act it was.
    #[schema(value_type = Option<String>)]
    pub actor_id: Option<MemberId>,
    pub actor_name: Option<String>,
    /// The beginning of the message it is about.
    pub preview: Option<String>,
    /// What is wrong and what mends it.
    pub detail: Option<String>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    /// When something last happened to it.
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Millis>,
}

/// A browser that takes pushes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PushDevice {
    #[schema(value_type = String)]
    pub id: PushId,
    /// What the browser calls itself.
    pub device: String,
    /// To recognise one's own browser by.
    pub endpoint: String,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_push_at: Option<Millis>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_kinds_are_the_same_everywhere() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(Kind::parse("poked"), None);
    }

    #[test]
    fn without_wishes_the_defaults_hold() {
        let wishes = Wishes::default();
        assert!(wishes.of(Kind::ChannelBroken).email && wishes.of(Kind::Mentioned).email);
        assert_eq!(wishes.of(Kind::CustomerReplied), Ways { in_app: true, email: false, push: true });
    }
}
