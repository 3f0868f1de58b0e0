//! Teams as the API shows them.

use kernel::time::{Millis, wire, wire_opt};
use kernel::{ChannelId, MemberId, TeamId};
use serde::{Deserialize, Serialize};

/// Pictures a team can have; the screen draws them.
pub const ICONS: &[&str] =
    &["users", "headset", "wrench", "credit-card", "truck", "star", "rocket", "heart", "globe", "shield", "book", "leaf"];

#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Team {
    #[schema(value_type = String)]
    pub id: TeamId,
    pub name: String,
    /// Degrees on the colour circle.
    pub hue: i64,
    /// One of: users, headset, wrench, credit-card, truck, star, rocket, heart, globe, shield, book, leaf.
    pub icon: String,
    #[schema(value_type = Vec<String>)]
    pub member_ids: Vec<MemberId>,
    /// New conversations of these channels begin with this team.
    #[schema(value_type = Vec<String>)]
    pub channel_ids: Vec<ChannelId>,
    #[serde(flatten)]
    pub settings: Settings,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
}

/// Whether a member is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Available {
    Online,
    Away,
    Busy,
    Offline,
}
impl Available {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Busy => "busy",
            Self::Offline => "offline",
        }
    }
    pub fn parse(text: &str) -> Self {
        match text {
            "online" => Self::Online,
            "away" => Self::Away,
            "busy" => Self::Busy,
            _ => Self::Offline,
        }
    }
}

/// A member's presence and load.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MemberPresence {
    #[schema(value_type = String)]
    pub member_id: MemberId,
    pub status: Available,
    /// What they said themselves: `auto`, `away`, `busy`.
    pub chosen: String,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Millis>,
    /// Open conversations they have; null for callers who do not see all of them.
    pub open: Option<i64>,
    /// Open conversations they take at most; null: no limit of their own.
    pub capacity: Option<i64>,
}

/// How a team's conversations are given to its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// By hand.
    #[default]
    Manual,
    /// To one after the other.
    RoundRobin,
    /// To whoever has the fewest open ones.
    Load,
}
impl Distribution {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::RoundRobin => "round_robin",
            Self::Load => "load",
        }
    }
    pub fn parse(text: &str) -> Self {
        match text {
            "round_robin" => Self::RoundRobin,
            "load" => Self::Load,
            _ => Self::Manual,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Settings {
    pub distribution: Distribution,
    /// Only to members who are online.
    pub only_available: bool,
    /// Whoever spoke with a person last gets them again, if they can.
    pub sticky: bool,
    /// Open conversations of one member at most; null: no limit.
    pub capacity: Option<i64>,
    /// Taken from members who have been away so long while the customer waits; null: never.
    pub reassign_minutes: Option<i64>,
}
impl Default for Settings {
    fn default() -> Self {
        Self { distribution: Distribution::Manual, only_available: true, sticky: true, capacity: None, reassign_minutes: None }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewTeam {
    pub name: String,
    pub hue: Option<i64>,
    pub icon: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub member_ids: Vec<MemberId>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub channel_ids: Vec<ChannelId>,
    pub distribution: Option<Distribution>,
    pub only_available: Option<bool>,
    pub sticky: Option<bool>,
    /// 0: no limit.
    pub capacity: Option<i64>,
    /// 0: never.
    pub reassign_minutes: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct TeamPatch {
    pub name: Option<String>,
    pub hue: Option<i64>,
    pub icon: Option<String>,
    /// Replaces all members.
    #[schema(value_type = Option<Vec<String>>)]
    pub member_ids: Option<Vec<MemberId>>,
    /// Replaces the channels whose conversations begin here; a channel leaves the team it had.
    #[schema(value_type = Option<Vec<String>>)]
    pub channel_ids: Option<Vec<ChannelId>>,
    pub distribution: Option<Distribution>,
    pub only_available: Option<bool>,
    pub sticky: Option<bool>,
    /// 0: no limit.
    pub capacity: Option<i64>,
    /// 0: never.
    pub reassign_minutes: Option<i64>,
}
