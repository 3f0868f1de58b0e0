//! One folder for each provider. No channel knows another; what two of them share lives in [`crate::kit`].

pub mod api;
pub mod discord;
pub mod email;
pub mod slack;
pub mod webchat;
pub mod x;
