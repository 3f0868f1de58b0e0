//! The shape of an act on many conversations.

use kernel::message::{Priority, Status};
use kernel::time::{Millis, wire, wire_opt};
use kernel::{BulkId, Error, MemberId, Result, Role, TokenId};
use serde::{Deserialize, Serialize};

/// What is done to each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum BulkAct {
    /// To a member, `me`, or (null) nobody.
    Assign {
        assignee_id: Option<String>,
    },
    /// Snoozed ones may say until when.
    SetStatus {
        status: Status,
        #[serde(default, with = "wire_opt")]
        #[schema(value_type = Option<String>, format = DateTime)]
        snoozed_until: Option<Millis>,
    },
    SetPriority {
        priority: Priority,
    },
    AddTags {
        tags: Vec<String>,
    },
    RemoveTags {
        tags: Vec<String>,
    },
    MarkRead,
    MarkUnread,
    Delete,
    Restore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkState {
    /// The list of conversations is being written down.
    Choosing,
    Running,
    Done,
    Undoing,
    Undone,
}
impl BulkState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Choosing => "choosing",
            Self::Running => "running",
            Self::Done => "done",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }
    pub fn parse(text: &str) -> Self {
        match text {
            "choosing" => Self::Choosing,
            "running" => Self::Running,
            "undoing" => Self::Undoing,
            "undone" => Self::Undone,
            _ => Self::Done,
        }
    }
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Undone)
    }
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Bulk {
    #[schema(value_type = String)]
    pub id: BulkId,
    pub act: BulkAct,
    pub state: BulkState,
    /// Conversations that were chosen.
    pub total: i64,
    /// How many have been looked at; while it is being undone, how many have been put back.
    pub done: i64,
    /// How many were really changed: others were so already, or have gone meanwhile.
    pub changed: i64,
    /// How many are as they were before, after undoing. What somebody has changed since stays as it is.
    pub restored: i64,
    pub can_undo: bool,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Millis>,
    #[serde(skip)]
    pub member: MemberId,
    #[serde(skip)]
    pub token: Option<TokenId>,
    #[serde(skip)]
    pub role: Role,
    #[serde(skip)]
    pub chosen: Option<String>,
    #[serde(skip)]
    pub position: i64,
}

/// Undoing is possible for so long.
pub const UNDO_WITHIN: Millis = 7 * kernel::time::DAY;
/// Conversations named one by one.
pub const MOST_IDS: usize = 1_000;

impl Bulk {
    /// Fills in what follows from the rest.
    pub fn told(mut self, now: Millis) -> Self {
        self.done = match self.state {
            BulkState::Choosing => 0,
            BulkState::Undoing => self.total - self.position,
            BulkState::Undone => self.total,
            _ => self.position,
        };
        let young = now - self.created_at < UNDO_WITHIN;
        self.can_undo = young && !matches!(self.state, BulkState::Undoing | BulkState::Undone);
        self
    }
}

impl BulkAct {
    /// What can be told to be wrong before anything is touched.
    pub fn check(&self, now: Millis) -> Result<()> {
        match self {
            Self::SetStatus { status: Status::Snoozed, snoozed_until: Some(at) } if *at <= now => {
                Err(Error::field("act.snoozed_until", "past", "Choose a time in the future."))
            }
            Self::AddTags { tags } | Self::RemoveTags { tags } if tags.is_empty() || tags.len() > 50 => {
                Err(Error::field("act.tags", "invalid", "Give 1 to 50 tags."))
            }
            Self::AddTags { tags } => {
                let bad = tags.iter().position(|t| t.trim().is_empty() || t.trim().chars().count() > 60);
                bad.map_or(Ok(()), |i| Err(Error::field(&format!("act.tags.{i}"), "invalid", "A tag has 1 to 60 characters.")))
            }
            _ => Ok(()),
        }
    }
}
