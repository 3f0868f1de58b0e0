//! One file for each channel that a stranger can check: every kind of request the connector makes, and the refusals the description has.

mod discord;
mod gmail;
mod graph;
mod instagram;
mod line;
mod mailgun;
mod messenger;
mod postmark;
mod respondio;
mod sendgrid;
mod ses;
mod slack;
mod telegram;
mod twilio;
mod twilio_whatsapp;
mod whatsapp;

/// Does a send end in this way?
macro_rules! ends {
    ($($pattern:tt)+) => {
        |error: &kernel::channel::SendError| matches!(error, $($pattern)+)
    };
}
use ends;

use crate::passage::Answer;

/// What a place of files or an unlisted page says.
fn said(status: u16, content_type: &str, body: &[u8]) -> Answer {
    Answer { status, headers: vec![("content-type".into(), content_type.into())], body: body.to_vec() }
}
fn said_json(status: u16, body: serde_json::Value) -> Answer {
    said(status, "application/json", body.to_string().as_bytes())
}
