//! One folder for each provider. No channel knows another; what two of them share lives in [`crate::kit`].

pub mod api;
pub mod email;
pub mod mailgun;
pub mod postmark;
pub mod sendgrid;
pub mod webchat;
