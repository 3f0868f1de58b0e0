//! A canned reply as the API shows it, and what may stand in one.

use kernel::time::{Millis, wire, wire_opt};
use kernel::{CannedReplyId, FileId, MemberId};
use serde::{Deserialize, Serialize};

/// Who can use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplyScope {
    /// Whoever wrote it.
    #[default]
    Mine,
    /// Everybody in the workspace.
    All,
}
impl ReplyScope {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::All => "all",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Mine, Self::All].into_iter().find(|s| s.as_str() == text)
    }
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CannedReply {
    #[schema(value_type = String)]
    pub id: CannedReplyId,
    pub title: String,
    /// What is typed after the slash.
    pub shortcut: Option<String>,
    pub folder: Option<String>,
    /// For channels without formatting.
    pub text: String,
    /// For channels with formatting; sanitised. Null: the text serves there too.
    pub html: Option<String>,
    pub scope: ReplyScope,
    #[schema(value_type = String)]
    pub owner_id: MemberId,
    pub owner_name: Option<String>,
    /// Null until there are teams.
    pub team_id: Option<String>,
    pub attachments: Vec<crate::files::Attachment>,
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

#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct NewCannedReply {
    pub title: String,
    /// Letters, digits, `-` and `_`.
    pub shortcut: Option<String>,
    pub folder: Option<String>,
    #[serde(default)]
    pub text: String,
    pub html: Option<String>,
    #[serde(default)]
    pub scope: ReplyScope,
    /// Ids of uploaded files.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub attachments: Vec<FileId>,
}

/// What is given is changed; an empty text takes the shortcut, the folder or the formatted form away.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct CannedReplyPatch {
    pub title: Option<String>,
    pub shortcut: Option<String>,
    pub folder: Option<String>,
    pub text: Option<String>,
    pub html: Option<String>,
    pub scope: Option<ReplyScope>,
    #[schema(value_type = Option<Vec<String>>)]
    pub attachments: Option<Vec<FileId>>,
}

/// A folder with how many replies the caller sees in it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CannedFolder {
    pub name: String,
    pub count: i64,
}

/// A canned reply with the facts of a conversation filled in, ready to be written on.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FilledReply {
    #[schema(value_type = String)]
    pub id: CannedReplyId,
    pub text: String,
    pub html: Option<String>,
    pub attachments: Vec<crate::files::Attachment>,
    /// Variables that nothing is known for and that have no fallback; they still stand in the text.
    pub missing: Vec<String>,
}
