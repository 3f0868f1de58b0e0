//! Who does something: a person, a program with a token, or the product itself.

use crate::{AccountId, Error, MemberId, Result, TokenId, WorkspaceId};
use serde::{Deserialize, Serialize};

/// What a member may do in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    Agent,
}
impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Agent => "agent",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "admin" => Some(Role::Admin),
            "agent" => Some(Role::Agent),
            _ => None,
        }
    }
    /// The named permissions of the role.
    pub fn allows(self, permission: Permission) -> bool {
        match self {
            Role::Admin => true,
            Role::Agent => !permission.admin_only(),
        }
    }
}

/// Everything a route can ask for, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Permission {
    #[serde(rename = "conversations.read")]
    ConversationsRead,
    #[serde(rename = "conversations.write")]
    ConversationsWrite,
    #[serde(rename = "conversations.delete")]
    ConversationsDelete,
    #[serde(rename = "contacts.read")]
    ContactsRead,
    #[serde(rename = "contacts.write")]
    ContactsWrite,
    #[serde(rename = "contacts.delete")]
    ContactsDelete,
    #[serde(rename = "channels.read")]
    ChannelsRead,
    #[serde(rename = "channels.manage")]
    ChannelsManage,
    #[serde(rename = "members.read")]
    MembersRead,
    #[serde(rename = "members.manage")]
    MembersManage,
    #[serde(rename = "workspace.manage")]
    WorkspaceManage,
    #[serde(rename = "journal.read")]
    JournalRead,
    #[serde(rename = "journal.replay")]
    JournalReplay,
    #[serde(rename = "tokens.manage")]
    TokensManage,
    #[serde(rename = "views.share")]
    ViewsShare,
    /// Canned replies and macros that everybody uses.
    #[serde(rename = "replies.share")]
    RepliesShare,
}
impl Permission {
    pub const ALL: [Permission; 16] = [
        Self::ConversationsRead,
        Self::ConversationsWrite,
        Self::ConversationsDelete,
        Self::ContactsRead,
        Self::ContactsWrite,
        Self::ContactsDelete,
        Self::ChannelsRead,
        Self::ChannelsManage,
        Self::MembersRead,
        Self::MembersManage,
        Self::WorkspaceManage,
        Self::JournalRead,
        Self::JournalReplay,
        Self::TokensManage,
        Self::ViewsShare,
        Self::RepliesShare,
    ];
    fn admin_only(self) -> bool {
        matches!(
            self,
            Self::ConversationsDelete
                | Self::ContactsDelete
                | Self::ChannelsManage
                | Self::MembersManage
                | Self::WorkspaceManage
                | Self::JournalRead
                | Self::JournalReplay
                | Self::ViewsShare
        )
    }
    pub fn name(self) -> &'static str {
        match self {
            Self::ConversationsRead => "conversations.read",
            Self::ConversationsWrite => "conversations.write",
            Self::ConversationsDelete => "conversations.delete",
            Self::ContactsRead => "contacts.read",
            Self::ContactsWrite => "contacts.write",
            Self::ContactsDelete => "contacts.delete",
            Self::ChannelsRead => "channels.read",
            Self::ChannelsManage => "channels.manage",
            Self::MembersRead => "members.read",
            Self::MembersManage => "members.manage",
            Self::WorkspaceManage => "workspace.manage",
            Self::JournalRead => "journal.read",
            Self::JournalReplay => "journal.replay",
            Self::TokensManage => "tokens.manage",
            Self::ViewsShare => "views.share",
            Self::RepliesShare => "replies.share",
        }
    }
}

/// The one who acts, in one workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    pub workspace: WorkspaceId,
    pub role: Role,
    pub who: Who,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// A signed-in person.
    Person { account: AccountId, member: MemberId },
    /// A program that holds an API token, acting for the member who made it.
    Token { token: TokenId, member: MemberId },
    /// The product itself: intake, jobs, demo.
    System,
}

impl Actor {
    pub fn system(workspace: WorkspaceId) -> Self {
        Self { workspace, role: Role::Admin, who: Who::System }
    }
    pub fn member(&self) -> Option<MemberId> {
        match self.who {
            Who::Person { member, .. } | Who::Token { member, .. } => Some(member),
            Who::System => None,
        }
    }
    /// How events and audit rows name the actor: `user:mem_…`, `token:tok_…`, `system`.
    pub fn label(&self) -> String {
        match self.who {
            Who::Person { member, .. } => format!("user:{member}"),
            Who::Token { token, .. } => format!("token:{token}"),
            Who::System => "system".into(),
        }
    }
    /// Refuses with `permission.missing` unless the role has the permission.
    pub fn need(&self, permission: Permission) -> Result<()> {
        if self.role.allows(permission) {
            return Ok(());
        }
        Err(Error::forbidden(
            "permission.missing",
            format!("This needs the permission {}. Ask an admin of this workspace.", permission.name()),
        ))
    }
}
