//! One folder for each provider. No channel knows another; what two of them share lives in [`crate::kit`].

pub mod api;
pub mod email;
pub mod instagram;
pub mod linkedin;
pub mod messenger;
pub mod respondio;
pub mod webchat;
pub mod whatsapp;
