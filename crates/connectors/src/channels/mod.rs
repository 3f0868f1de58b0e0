//! One folder for each provider. No channel knows another; what two of them share lives in [`crate::kit`].

pub mod api;
pub mod email;
pub mod form;
pub mod instagram;
pub mod line;
pub mod messenger;
pub mod phone;
pub mod telegram;
pub mod twilio;
pub mod twilio_whatsapp;
pub mod viber;
pub mod webchat;
pub mod whatsapp;
