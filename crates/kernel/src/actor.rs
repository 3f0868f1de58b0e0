//! Who does something: a person, a program with a token, or the product itself; and what they may do.

use crate::{AccountId, Error, MemberId, Result, RoleId, TokenId, WorkspaceId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a member is in a workspace: one of the built-in roles, or one that the workspace made of named permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// May do everything; the only one who makes and unmakes owners.
    Owner,
    Admin,
    /// An agent who also looks after teams and deletes.
    Lead,
    Agent,
    /// Reads and changes nothing.
    Viewer,
    Custom(RoleId),
}
impl Role {
    pub const BUILT_IN: [Role; 5] = [Role::Owner, Role::Admin, Role::Lead, Role::Agent, Role::Viewer];

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "owner" => Some(Role::Owner),
            "admin" => Some(Role::Admin),
            "lead" => Some(Role::Lead),
            "agent" => Some(Role::Agent),
            "viewer" => Some(Role::Viewer),
            other => other.parse().ok().map(Role::Custom),
        }
    }
    /// The permissions of a built-in role; those of a custom one are in the workspace.
    pub fn permissions(self) -> Option<Permissions> {
        let those = |may: fn(Permission) -> bool| Some(Permissions::of(Permission::ALL.into_iter().filter(|p| may(*p))));
        match self {
            Role::Owner | Role::Admin => Some(Permissions::all()),
            Role::Lead => those(|p| !p.admin_only() || p.leads_too()),
            Role::Agent => those(|p| !p.admin_only()),
            Role::Viewer => those(|p| !p.admin_only() && p.is_read()),
            Role::Custom(_) => None,
        }
    }
    /// Owners and admins see everything and cannot be narrowed.
    pub fn sees_all(self) -> bool {
        matches!(self, Role::Owner | Role::Admin)
    }
}
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Owner => f.write_str("owner"),
            Role::Admin => f.write_str("admin"),
            Role::Lead => f.write_str("lead"),
            Role::Agent => f.write_str("agent"),
            Role::Viewer => f.write_str("viewer"),
            Role::Custom(id) => id.fmt(f),
        }
    }
}
impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| format!("`{text}` is no role; choose owner, admin, lead, agent, viewer, or the id of one of yours"))
    }
}
impl Serialize for Role {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
impl utoipa::PartialSchema for Role {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("`owner`, `admin`, `lead`, `agent`, `viewer`, or the id of a role of the workspace's own (`rol_…`)."))
            .examples([serde_json::json!("agent")])
            .into()
    }
}
impl utoipa::ToSchema for Role {
    fn name() -> std::borrow::Cow<'static, str> {
        "Role".into()
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
    #[serde(rename = "teams.manage")]
    TeamsManage,
    #[serde(rename = "roles.manage")]
    RolesManage,
    #[serde(rename = "audit.read")]
    AuditRead,
    #[serde(rename = "views.share")]
    ViewsShare,
    /// Canned replies and macros that everybody uses.
    #[serde(rename = "replies.share")]
    RepliesShare,
    /// The switch that stops all automatic sending.
    #[serde(rename = "sending.stop")]
    SendingStop,
}
impl Permission {
    pub const ALL: [Permission; 20] = [
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
        Self::TeamsManage,
        Self::RolesManage,
        Self::AuditRead,
        Self::ViewsShare,
        Self::RepliesShare,
        Self::SendingStop,
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
                | Self::TeamsManage
                | Self::RolesManage
                | Self::AuditRead
                | Self::ViewsShare
                | Self::SendingStop
        )
    }
    /// What leads have beyond agents.
    fn leads_too(self) -> bool {
        matches!(self, Self::ConversationsDelete | Self::TeamsManage | Self::SendingStop)
    }
    /// Looks and changes nothing.
    pub fn is_read(self) -> bool {
        self.name().ends_with(".read")
    }
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
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
            Self::TeamsManage => "teams.manage",
            Self::RolesManage => "roles.manage",
            Self::AuditRead => "audit.read",
            Self::ViewsShare => "views.share",
            Self::RepliesShare => "replies.share",
            Self::SendingStop => "sending.stop",
        }
    }
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u64);
impl Permissions {
    pub fn all() -> Self {
        Self::of(Permission::ALL)
    }
    pub fn of(list: impl IntoIterator<Item = Permission>) -> Self {
        Self(list.into_iter().fold(0, |bits, p| bits | (1 << p as u64)))
    }
    pub fn has(self, p: Permission) -> bool {
        self.0 & (1 << p as u64) != 0
    }
    /// What both have.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    /// Whether nothing of `other` is missing here.
    pub fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }
    pub fn reads(self) -> Self {
        Self::of(self.iter().filter(|p| p.is_read()))
    }
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |p| self.has(*p))
    }
    pub fn names(self) -> Vec<String> {
        self.iter().map(|p| p.name().to_owned()).collect()
    }
}
impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Permission::name)).finish()
    }
}

/// What is noted of one request besides who made it, for the audit log.
#[derive(Debug, Clone, Default)]
pub struct Trail(Arc<Steps>);
#[derive(Debug, Default)]
struct Steps {
    seed: [u8; 16],
    address: Option<String>,
    administers: AtomicBool,
    noted: AtomicBool,
}
impl Trail {
    /// `seed` is random; salts of audit rows come from it.
    pub fn new(seed: [u8; 16], address: Option<String>) -> Self {
        Self(Arc::new(Steps { seed, address, ..Default::default() }))
    }
    pub fn seed(&self) -> &[u8; 16] {
        &self.0.seed
    }
    pub fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }
    /// A permission was asked for that agents do not have.
    pub fn administers(&self) -> bool {
        self.0.administers.load(Ordering::Relaxed)
    }
    /// The act stands in the audit log, with its details.
    pub fn note(&self) {
        self.0.noted.store(true, Ordering::Relaxed);
    }
    pub fn is_noted(&self) -> bool {
        self.0.noted.load(Ordering::Relaxed)
    }
}
/// Who acts is the same whatever was noted of it.
impl PartialEq for Trail {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The one who acts, in one workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    pub workspace: WorkspaceId,
    pub role: Role,
    pub permissions: Permissions,
    pub who: Who,
    /// The admin who looks at the workspace with this member's eyes, and changes nothing.
    pub previewed_by: Option<MemberId>,
    pub trail: Trail,
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
    /// Somebody with a role and its permissions.
    pub fn new(workspace: WorkspaceId, role: Role, permissions: Permissions, who: Who) -> Self {
        Self { workspace, role, permissions, who, previewed_by: None, trail: Trail::default() }
    }
    pub fn system(workspace: WorkspaceId) -> Self {
        Self::new(workspace, Role::Owner, Permissions::all(), Who::System)
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
            Who::Person { member, .. } => format!("user:{}", self.previewed_by.unwrap_or(member)),
            Who::Token { token, .. } => format!("token:{token}"),
            Who::System => "system".into(),
        }
    }
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }
    /// Refuses with `permission.missing` unless the actor has the permission.
    pub fn need(&self, permission: Permission) -> Result<()> {
        if permission.admin_only() {
            self.trail.0.administers.store(true, Ordering::Relaxed);
        }
        if self.may(permission) {
            return Ok(());
        }
        Err(Error::forbidden(
            "permission.missing",
            format!("This needs the permission {}. Ask an admin of this workspace.", permission.name()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_widen_from_viewer_to_owner() {
        let of = |r: Role| r.permissions().unwrap();
        for pair in Role::BUILT_IN.windows(2) {
            assert!(of(pair[0]).covers(of(pair[1])), "{} has less than {}", pair[0], pair[1]);
        }
        assert!(of(Role::Viewer).iter().all(Permission::is_read) && of(Role::Viewer).has(Permission::ConversationsRead));
        assert!(!of(Role::Viewer).has(Permission::JournalRead) && !of(Role::Agent).has(Permission::ConversationsDelete));
        assert!(of(Role::Lead).has(Permission::TeamsManage) && !of(Role::Lead).has(Permission::MembersManage));
    }

    #[test]
    fn names_lead_back_to_permissions_and_roles() {
        for p in Permission::ALL {
            assert_eq!(Permission::parse(p.name()), Some(p));
            assert_eq!(serde_json::to_value(p).unwrap(), p.name());
        }
        for r in Role::BUILT_IN {
            assert_eq!(Role::parse(&r.to_string()), Some(r));
        }
        let own = Role::Custom(RoleId::from_uuid(Default::default()));
        assert_eq!(Role::parse(&own.to_string()), Some(own));
        assert_eq!((own.permissions(), Role::parse("king")), (None, None));
    }
}
