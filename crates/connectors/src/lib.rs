//! Connectors: everything that speaks a provider's language, and nothing else does.
//!
//! [`CHANNELS`] is the whole registry. A new channel is a folder under `channels/` with a README, fixtures and
//! one line here; `tests/contract.rs` then asks of it what it asks of every other.

pub mod channels;
pub mod kit;

use kernel::channel::Channel;

/// Every channel there is, in the order in which the "add channel" screen shows them.
pub static CHANNELS: &[&dyn Channel] = &[
    &channels::email::Email,
    &channels::webchat::Webchat,
    &channels::api::Api,
    &channels::whatsapp::Whatsapp,
    &channels::messenger::Messenger,
    &channels::instagram::Instagram,
    &channels::telegram::Telegram,
    &channels::line::Line,
    &channels::viber::Viber,
    &channels::twilio::Twilio,
    &channels::twilio_whatsapp::TwilioWhatsapp,
    &channels::ses::Ses,
    &channels::gmail::Gmail,
    &channels::graph::Graph,
    &channels::sms_gateway::SmsGateway,
    &channels::sendgrid::SendGrid,
    &channels::mailgun::Mailgun,
    &channels::slack::Slack,
    &channels::respondio::Respondio,
    &channels::postmark::Postmark,
    &channels::discord::Discord,
    &channels::linkedin::Linkedin,
    &channels::x::X,
    &channels::phone::Phone,
    &channels::form::Form,
];

/// The channel of that id (`smtp`, `webchat`, `api`).
pub fn channel(id: &str) -> Option<&'static dyn Channel> {
    CHANNELS.iter().copied().find(|c| c.descriptor().id == id)
}

/// HTML that is safe to show in a script-less frame; empty when nothing of it is.
pub fn sanitise_html(html: &str) -> String {
    kit::html::sanitise(html).unwrap_or_default()
}
/// Clean HTML as it leaves, its pictures where mail programs look for them; `file` names a file by the id that shows it.
pub fn outgoing_html(clean: &str, file: impl Fn(&str) -> Option<String>) -> String {
    kit::outgoing::html(clean, file)
}
/// The words of an HTML text.
pub fn html_to_text(html: &str) -> String {
    kit::html::to_text(html)
}
/// A subject without its prefixes, for comparing.
pub fn normalise_subject(subject: &str) -> String {
    kit::subjects::normalise(subject)
}
