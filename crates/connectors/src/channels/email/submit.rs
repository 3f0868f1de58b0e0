//! Handing a mail to the account's own server (RFC 6409), and asking whether that server lets us in.

use super::settings::{by_button, outgoing};
use super::words;
use crate::kit::mail::build;
use crate::kit::verdicts::{judge_smtp, shorten};
use kernel::channel::{Account, Edge, Outbound, Receipt, SendError};
use kernel::dial::{DialError, Envelope};
use kernel::message::MessageStatus;

const NO_SERVER: &str = "No outgoing mail server is set. Open the channel's settings and fill in the outgoing server.";

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let server = outgoing(account).ok_or_else(|| SendError::Account { detail: NO_SERVER.into() })?;
    let report_arrival = account.settings.flag("delivery_reports") && !message.automatic;
    let envelope = Envelope { from: Some(account.identifier.clone()), to: build::recipients(message)?, report_arrival };
    let mail = build::build(account, message)?;
    match edge.dial.smtp(&server, &envelope, &mail).await {
        Ok(answer) => Ok(Receipt { external_id: None, detail: Some(shorten(&answer, 300)), status: Some(MessageStatus::Sent) }),
        Err(error) => Err(judge_smtp(&error)),
    }
}

/// Whether the server lets us in: what works, or what to do.
pub async fn check(edge: Edge<'_>, account: &Account) -> Result<String, String> {
    let server = outgoing(account).ok_or_else(|| format!("{NO_SERVER} Mail can be received meanwhile."))?;
    let place = format!("{}:{}", server.host, server.port);
    if by_button(account) && server.password.is_none() && server.bearer.is_none() {
        return Err("Not connected yet. Press the connect button in the channel's settings.".into());
    }
    match edge.dial.smtp_check(&server).await {
        Ok(()) => Ok(format!("{place} lets us in.")),
        Err(DialError::Refused(why)) => Err(format!("{place} is an address this installation must not reach: {why}")),
        Err(DialError::Connect(why)) => Err(format!("{place} cannot be reached: {}", words::reason(&why))),
        Err(DialError::Answer { code: 530 | 534 | 535, text }) => Err(words::refused(account, &place, &server.host, "", &text)),
        Err(DialError::Answer { code, text }) => Err(format!("{place} answered {code}: {}", shorten(&text, 200))),
        Err(DialError::Uncertain(why)) => Err(format!("{place} broke off: {why}. Try again in a moment.")),
    }
}
