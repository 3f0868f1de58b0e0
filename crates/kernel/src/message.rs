//! The message model: words that are the same in SQL, Rust, JSON and TypeScript.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal $(| $alias:literal)*),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text $(, alias = $alias)*)] $variant),* }
        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
            pub fn as_str(self) -> &'static str { match self { $($name::$variant => $text),* } }
            pub fn parse(text: &str) -> Option<Self> { match text { $($text $(| $alias)* => Some($name::$variant),)* _ => None } }
        }
        // Written out: the derive does not see names that a macro hands to serde.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let values: Vec<&str> = $name::ALL.iter().map(|v| v.as_str()).collect();
                utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String).enum_values(Some(values)).into()
            }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
    };
}

words! {
    /// Category of a conversation's state; `closed` is accepted for `resolved`.
    Status {
        /// Nobody has acted yet.
        New = "new", Open = "open",
        /// Waiting for the customer.
        Pending = "pending", Snoozed = "snoozed", Resolved = "resolved" | "closed", Archived = "archived", Spam = "spam",
    }
}
words! { Priority { Low = "low", Normal = "normal", High = "high", Urgent = "urgent" } }
words! { Direction { Inbound = "inbound", Outbound = "outbound" } }
words! { SenderType { Contact = "contact", Lead = "lead", User = "user", System = "system", Bot = "bot" } }
words! {
    ContentType {
        Text = "text", Html = "html", Image = "image", Video = "video", Audio = "audio", File = "file" | "document",
        Location = "location", Contact = "contact", Template = "template", Interactive = "interactive", Reaction = "reaction", Sticker = "sticker",
    }
}
words! {
    /// State of a message on its way out; an inbound one is `delivered`.
    MessageStatus {
        Scheduled = "scheduled", AwaitingApproval = "awaiting_approval", Cancelled = "cancelled",
        Pending = "pending", Sent = "sent", Delivered = "delivered", Read = "read", Failed = "failed",
    }
}
words! {
    /// What kind of channel, whoever provides it.
    ChannelWord {
        Email = "email", Sms = "sms", Whatsapp = "whatsapp", Facebook = "facebook", Instagram = "instagram", Telegram = "telegram",
        Slack = "slack", Discord = "discord", Twitter = "twitter" | "x", Linkedin = "linkedin", Line = "line", Viber = "viber",
        Webchat = "webchat" | "chat", Phone = "phone", Form = "form", Api = "api", Other = "other",
    }
}
words! { ChannelStatus { Active = "active", Inactive = "inactive", Error = "error", Disconnected = "disconnected" } }
words! {
    /// Why a handle is believed to be this person's.
    HandleEvidence {
        /// The channel itself proved it (the sender address of a delivery, a signed identity).
        Verified = "verified",
        /// Somebody typed it; it opens nobody's history.
        Claimed = "claimed",
        /// A member of the team entered it.
        Entered = "entered",
    }
}

impl MessageStatus {
    /// Rank for applying reports: pending 0, sent 1, delivered 2, read 3. A report only raises it.
    pub fn rank(self) -> i32 {
        match self {
            Self::Sent => 1,
            Self::Delivered => 2,
            Self::Read => 3,
            _ => 0,
        }
    }

    /// The status after a report, or `None` when the report is history only.
    /// `failed` is taken from pending or sent; `bounced_after_delivery` also lets it overwrite delivered.
    pub fn after_report(self, report: MessageStatus, bounced_after_delivery: bool) -> Option<MessageStatus> {
        if matches!(self, Self::Cancelled | Self::Scheduled | Self::AwaitingApproval) {
            return None;
        }
        if report == Self::Failed {
            let may = matches!(self, Self::Pending | Self::Sent) || (bounced_after_delivery && self == Self::Delivered);
            return may.then_some(Self::Failed);
        }
        (report.rank() > self.rank()).then_some(report)
    }
}

/// `Name <address>`; on channels without addresses, the handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Address {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub address: String,
}
impl Address {
    pub fn bare(address: impl Into<String>) -> Self {
        Self { name: None, address: address.into() }
    }
}

/// The first 200 characters of a text on one line, as lists show it.
pub fn preview(text: &str) -> String {
    let mut out = String::new();
    let mut count = 0;
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= 200 {
                return out;
            }
            out.push(c);
            count += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_only_raises() {
        use MessageStatus::*;
        assert_eq!(Pending.after_report(Sent, false), Some(Sent));
        assert_eq!(Read.after_report(Delivered, false), None);
        assert_eq!(Sent.after_report(Failed, false), Some(Failed));
        assert_eq!(Read.after_report(Failed, true), None);
        assert_eq!(Delivered.after_report(Failed, false), None);
        assert_eq!(Delivered.after_report(Failed, true), Some(Failed));
        assert_eq!(Failed.after_report(Delivered, false), Some(Delivered));
    }

    #[test]
    fn aliases_are_read_and_never_written() {
        assert_eq!(Status::parse("closed"), Some(Status::Resolved));
        assert_eq!(Status::Resolved.as_str(), "resolved");
        assert_eq!(ChannelWord::parse("x"), Some(ChannelWord::Twitter));
    }

    #[test]
    fn preview_is_one_line_of_at_most_200_characters() {
        assert_eq!(preview("a\n  b"), "a b");
        assert_eq!(preview(&"é".repeat(500)).chars().count(), 200);
    }
}
