//! A macro as the API shows it, what it does, and when a snooze of it ends.

use crate::canned::ReplyScope;
use crate::conversations::{Conversation, Message};
use jiff::civil::{Time, Weekday};
use kernel::message::{Address, Priority, Status};
use kernel::policy::Reason;
use kernel::time::{HOUR, Millis, wire, wire_opt};
use kernel::{FileId, MacroId, MacroRunId, MemberId};
use serde::{Deserialize, Serialize};

/// The words of a macro's reply; variables are filled in when it runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MacroReply {
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub html: Option<String>,
}

/// When a snooze of a macro ends, on the workspace's clocks; mornings are at nine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SnoozeUntil {
    /// When the customer writes again.
    Reply,
    /// In 1 to 720 hours.
    Hours { count: i64 },
    /// In the morning 1 to 90 days ahead.
    Morning { days: i64 },
    /// In the morning of the next such day; Monday is 1.
    Weekday { day: i64 },
}
const MORNING: i8 = 9;

impl SnoozeUntil {
    pub fn is_sound(self) -> bool {
        match self {
            Self::Reply => true,
            Self::Hours { count } => (1..=720).contains(&count),
            Self::Morning { days } => (1..=90).contains(&days),
            Self::Weekday { day } => (1..=7).contains(&day),
        }
    }
    /// The moment; `None` while it waits for the customer.
    pub fn moment(self, now: Millis, zone: &str) -> Option<Millis> {
        let here = jiff::Timestamp::from_millisecond(now).ok().and_then(|t| t.in_tz(zone).ok());
        let morning = |days: i64| {
            let day = here.as_ref()?.date().checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
            let at = day.to_datetime(Time::constant(MORNING, 0, 0, 0)).in_tz(zone).ok()?;
            Some(at.timestamp().as_millisecond())
        };
        match self {
            Self::Reply => None,
            Self::Hours { count } => Some(now + count * HOUR),
            Self::Morning { days } => morning(days).or(Some(now + days * 24 * HOUR)),
            Self::Weekday { day } => {
                let wanted = Weekday::from_monday_one_offset(day as i8).unwrap_or(Weekday::Monday);
                let ahead = here.as_ref().map_or(7, |z| i64::from(z.weekday().until(wanted)));
                let ahead = if ahead == 0 { 7 } else { ahead };
                morning(ahead).or(Some(now + ahead * 24 * HOUR))
            }
        }
    }
}

/// Everything a macro does, in this order; what is absent is left alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MacroActions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<MacroReply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// `me` (whoever runs it), `nobody`, or a member's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<String>,
    /// Not `snoozed`: that is `snooze`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snooze: Option<SnoozeUntil>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Macro {
    #[schema(value_type = String)]
    pub id: MacroId,
    pub name: String,
    pub actions: MacroActions,
    /// Sent with its reply.
    pub attachments: Vec<crate::files::Attachment>,
    pub scope: ReplyScope,
    #[schema(value_type = String)]
    pub owner_id: MemberId,
    pub owner_name: Option<String>,
    /// Null until there are teams.
    pub team_id: Option<String>,
    pub used_count: i64,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Millis>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct NewMacro {
    pub name: String,
    pub actions: MacroActions,
    /// Ids of uploaded files, for the reply.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub attachments: Vec<FileId>,
    #[serde(default)]
    pub scope: ReplyScope,
}

/// What is given is changed; `actions` as a whole.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct MacroPatch {
    pub name: Option<String>,
    pub actions: Option<MacroActions>,
    #[schema(value_type = Option<Vec<String>>)]
    pub attachments: Option<Vec<FileId>>,
    pub scope: Option<ReplyScope>,
}

/// The reply as it would leave.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MacroPreviewReply {
    pub text: String,
    pub html: Option<String>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub attachments: Vec<crate::files::Attachment>,
    /// Variables that nothing is known for; they still stand in the text.
    pub missing: Vec<String>,
    /// Why it cannot leave now.
    pub refused: Option<Reason>,
}

/// A field before and after; the same twice where nothing changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MacroChange<T> {
    pub before: T,
    pub after: T,
}

/// What a macro would do in one conversation; what it leaves alone is null or empty.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MacroPreview {
    pub reply: Option<MacroPreviewReply>,
    pub note: Option<String>,
    /// Those it does not carry yet.
    pub tags_added: Vec<String>,
    /// Those it carries.
    pub tags_removed: Vec<String>,
    pub priority: Option<MacroChange<Priority>>,
    /// Ids of members.
    #[schema(value_type = Option<Object>)]
    pub assignee: Option<MacroChange<Option<MemberId>>>,
    pub status: Option<MacroChange<Status>>,
    /// Until when, where it is snoozed; null while it waits for the customer.
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub snoozed_until: Option<Millis>,
}

/// What a run changed, for taking it back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Changes {
    pub message: Option<kernel::MessageId>,
    pub note: Option<kernel::MessageId>,
    pub tags_added: Vec<String>,
    pub tags_removed: Vec<String>,
    pub priority: Option<MacroChange<Priority>>,
    pub assignee: Option<MacroChange<Option<MemberId>>>,
    pub status: Option<MacroChange<(Status, Option<Millis>)>>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MacroRun {
    #[schema(value_type = String)]
    pub id: MacroRunId,
    #[schema(value_type = String)]
    pub macro_id: MacroId,
    pub macro_name: String,
    /// As it is now.
    pub conversation: Conversation,
    /// The reply on its way.
    pub message: Option<Message>,
    pub note: Option<Message>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::time::rfc3339;

    /// A Wednesday, ten in the morning in Berlin.
    const NOW: Millis = 1_793_181_600_000;

    fn at(until: SnoozeUntil, zone: &str) -> Option<String> {
        until.moment(NOW, zone).map(|at| rfc3339(at)[..16].to_owned())
    }

    #[test]
    fn a_snooze_ends_on_the_clocks_of_the_workspace() {
        let today = rfc3339(NOW);
        assert!(today.starts_with("2026-10-28T"), "{today}");
        assert_eq!(at(SnoozeUntil::Reply, "Europe/Berlin"), None);
        assert_eq!(at(SnoozeUntil::Morning { days: 1 }, "Europe/Berlin").as_deref(), Some("2026-10-29T08:00"));
        assert_eq!(at(SnoozeUntil::Morning { days: 1 }, "Asia/Tokyo").as_deref(), Some("2026-10-29T00:00"));
        assert_eq!(at(SnoozeUntil::Weekday { day: 1 }, "Europe/Berlin").as_deref(), Some("2026-11-02T08:00"));
        // The same weekday is the one in a week.
        assert_eq!(at(SnoozeUntil::Weekday { day: 3 }, "Europe/Berlin").as_deref(), Some("2026-11-04T08:00"));
        assert_eq!(SnoozeUntil::Hours { count: 3 }.moment(NOW, "no/where"), Some(NOW + 3 * HOUR));
        assert!(!SnoozeUntil::Weekday { day: 8 }.is_sound() && !SnoozeUntil::Hours { count: 0 }.is_sound());
    }

    #[test]
    fn what_a_macro_does_is_read_back_as_it_was_written() {
        let text = r#"{"reply":{"text":"Hi","html":null},"add_tags":["x"],"assign":"me","snooze":{"kind":"morning","days":2}}"#;
        let actions: MacroActions = serde_json::from_str(text).unwrap();
        assert_eq!(actions.snooze, Some(SnoozeUntil::Morning { days: 2 }));
        assert_eq!(serde_json::to_string(&actions).unwrap(), text);
        assert!(serde_json::from_str::<MacroActions>(r#"{"snooze":{"kind":"never"}}"#).is_err());
    }
}
