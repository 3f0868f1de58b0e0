//! Programs outside that are told what happens here. A subscription names an address and kinds of events; a reader of the event log
//! writes a delivery for each event that fits, and deliveries are tried until they are taken or given up. Each subscription has its own
//! task, so that a slow or dead receiver holds up nobody else; and its own place in the log, which is the queue behind the queue.
//!
//! At least once, with an id that stays the same. What a subscription tells of is bounded by the rule of sight.

mod actions;
mod api;
mod catalogue;
mod deliver;
mod model;
mod reader;
mod receiver;
mod signing;
mod store;

pub use api::routes;
pub use deliver::{about, drain, go_on};
pub use receiver::routes as receiver_routes;
pub use signing::new_secret;
pub use store::{forget_contact, forget_conversation, forget_old, limit};

/// What is kept in memory.
#[derive(Default)]
pub struct Webhooks {
    interest: reader::Interest,
    receivers: receiver::Receivers,
}
impl Webhooks {
    /// Whether a commit in this workspace may be worth telling.
    pub fn may_want(&self, workspace: kernel::WorkspaceId) -> bool {
        self.interest.may_be(workspace)
    }
}
