//! One folder for each provider. No channel knows another; what two of them share lives in [`crate::kit`].

pub mod api;
pub mod discord;
pub mod email;
pub mod gmail;
pub mod graph;
pub mod form;
pub mod instagram;
pub mod line;
pub mod linkedin;
pub mod messenger;
pub mod ses;
pub mod phone;
pub mod telegram;
pub mod sms_gateway;
pub mod twilio;
pub mod twilio_whatsapp;
pub mod viber;
pub mod mailgun;
pub mod postmark;
pub mod sendgrid;
pub mod slack;
pub mod respondio;
pub mod webchat;
pub mod whatsapp;
pub mod x;
