//! Teams as the API shows them.

use kernel::time::{Millis, wire};
use kernel::{MemberId, TeamId};
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
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
}

/// A team by name.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TeamRef {
    #[schema(value_type = String)]
    pub id: TeamId,
    pub name: String,
    pub hue: i64,
    pub icon: String,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct NewTeam {
    pub name: String,
    pub hue: Option<i64>,
    pub icon: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub member_ids: Vec<MemberId>,
}

#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct TeamPatch {
    pub name: Option<String>,
    pub hue: Option<i64>,
    pub icon: Option<String>,
    /// Replaces all members.
    #[schema(value_type = Option<Vec<String>>)]
    pub member_ids: Option<Vec<MemberId>>,
}
