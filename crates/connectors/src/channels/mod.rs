//! One folder for each provider. No channel knows another; what two of them share lives in [`crate::kit`].

pub mod api;
pub mod email;
pub mod gmail;
pub mod graph;
pub mod ses;
pub mod webchat;
