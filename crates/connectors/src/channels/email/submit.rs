//! Handing a mail to the account's own server (RFC 6409), and asking whether that server lets us in.

use crate::kit::mail::build;
use crate::kit::verdicts::{judge_smtp, shorten};
use kernel::channel::{Account, Edge, Health, Outbound, Receipt, SendError};
use kernel::dial::{DialError, Envelope, SmtpSecurity, SmtpServer};
use kernel::message::MessageStatus;

const NO_SERVER: &str = "No outgoing mail server is set. Open the channel's settings and fill in the outgoing server.";

pub async fn send(edge: Edge<'_>, account: &Account, message: &Outbound) -> Result<Receipt, SendError> {
    let server = find_server(account).ok_or_else(|| SendError::Account { detail: NO_SERVER.into() })?;
    let envelope = Envelope { from: Some(account.identifier.clone()), to: build::recipients(message)? };
    let mail = build::build(account, message)?;
    match edge.dial.smtp(&server, &envelope, &mail).await {
        Ok(answer) => Ok(Receipt { external_id: None, detail: Some(shorten(&answer, 300)), status: Some(MessageStatus::Sent) }),
        Err(error) => Err(judge_smtp(&error)),
    }
}

pub async fn check(edge: Edge<'_>, account: &Account) -> Health {
    let Some(server) = find_server(account) else {
        return Health::Broken { detail: format!("{NO_SERVER} Mail can be received meanwhile.") };
    };
    let place = format!("{}:{}", server.host, server.port);
    let detail = match edge.dial.smtp_check(&server).await {
        Ok(()) => return Health::Ok { detail: format!("{place} lets us in.") },
        Err(DialError::Refused(why)) => format!("{place} is an address this installation must not reach: {why}"),
        Err(DialError::Connect(why)) => format!("{place} cannot be reached: {why}. Check host, port and protection."),
        Err(DialError::Answer { code: 530 | 534 | 535, text }) => {
            format!("{place} does not take the user name and password: {}. Some providers want an app password.", shorten(&text, 200))
        }
        Err(DialError::Answer { code, text }) => format!("{place} answered {code}: {}", shorten(&text, 200)),
        Err(DialError::Uncertain(why)) => format!("{place} broke off: {why}. Try again in a moment."),
    };
    Health::Broken { detail }
}

fn find_server(account: &Account) -> Option<SmtpServer> {
    let settings = &account.settings;
    let security = match settings.text("smtp_security") {
        Some("tls") => SmtpSecurity::Tls,
        Some("none") => SmtpSecurity::None,
        _ => SmtpSecurity::StartTls,
    };
    Some(SmtpServer {
        host: settings.text("smtp_host")?.trim().to_owned(),
        port: settings.number("smtp_port").and_then(|p| u16::try_from(p).ok()).filter(|p| *p > 0).unwrap_or(587),
        security,
        username: settings.text("smtp_username").map(str::to_owned),
        password: settings.secret("smtp_password"),
        bearer: None,
    })
}
