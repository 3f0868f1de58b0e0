//! People and their workspaces: accounts, sign-in, sessions, API tokens, invitations, members, and what a workspace's plan allows.
//!
//! The truth is in the control database, because an account may belong to several workspaces. Each workspace keeps a mirror of
//! its members, so that everything else joins without leaving its own database; [`members`] writes it after each change and
//! again at each sign-in. Requests are recognised in [`authenticate`].

mod api;
pub mod arrivals;
mod auth;
mod cache;
mod check;
mod cookie;
mod credential;
pub mod departures;
mod endings;
mod invitations;
mod me;
mod members;
mod model;
mod password;
pub mod roles;
mod sessions;
mod store;
mod throttle;
mod tokens;
mod trust;
mod workspaces;

pub use api::routes;
pub use auth::{Authenticated, Client, again, authenticate};
pub use cache::People;
pub use endings::{Watch, watch};
pub use members::{active_members, add_user, all_members, member, member_names, names, names_of_members, token_makers};
pub use model::{Account, Me, Member, NewAdmin, SessionAnswer, Workspace, WorkspaceInfo};
pub use sessions::{is_open as session_is_open, open_session};
pub use trust::second::{needed as second_step_needed, prove as prove_second_step, switch_off_for as switch_second_step_off_for};
pub use workspaces::{
    all_features, create_first_workspace, create_workspace, features, first_admin, is_set_up, need_feature, set_sample_data, set_tier,
    workspace,
};

/// Sorts before every id; where lists begin.
fn first_id<K: kernel::id::Kind>() -> kernel::id::Id<K> {
    kernel::id::Id::from_uuid(Default::default())
}
