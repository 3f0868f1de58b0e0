//! LinkedIn by its notification mails: they are redirected to an address of ours and become the member's chat. There is no way to send.
//!
//! `notices` tells messages from the many other mails, `letter` takes a message out of one, `links` finds the conversation it is about.

mod form;
mod letter;
mod links;
mod notices;
mod simulator;

use crate::kit::addresses;
use crate::kit::headers;
use crate::kit::mail::{ENVELOPE_TO, is_ours};
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Outbound, ParseError, Proof, Receipt, Reject, SendError, Simulator, Unverified,
    Verified,
};

const NO_API: &str = "LinkedIn offers no API for this. Answer in LinkedIn itself.";

pub struct Linkedin;

impl Channel for Linkedin {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn fed_by_mail(&self) -> bool {
        true
    }

    /// Nobody signs SMTP: the envelope names an address of this account. Where the administrator's own mail server checks DKIM,
    /// its word is asked for, too (RFC 8601).
    fn verify(&self, account: &Account, delivery: Unverified, _proof: Proof<'_>) -> Result<Verified, Reject> {
        let raw = delivery.raw();
        if raw.method != "SMTP" {
            return Err(Reject::new("transport.wrong", "LinkedIn's mails come in over SMTP only."));
        }
        let mut recipients = raw.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(ENVELOPE_TO)).peekable();
        if recipients.peek().is_none() {
            return Err(Reject::new("recipient.missing", "The delivery names no recipient."));
        }
        if !recipients.any(|(_, address)| is_ours(account, address)) {
            return Err(Reject::new("recipient.unknown", "No address of this channel is among the recipients."));
        }
        match account.settings.text("mail_server") {
            None => Ok(delivery.accept("smtp recipient")),
            Some(server) => {
                check_dkim(server, &headers::read(&raw.body))?;
                Ok(delivery.accept("dkim"))
            }
        }
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        notices::parse(account, delivery.raw())
    }

    fn send<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account, _message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(std::future::ready(Err(SendError::Policy { code: "policy.read_only".into(), detail: NO_API.into() })))
    }

    fn health<'a>(&'a self, _edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        let detail =
            format!("LinkedIn's mails are taken in at {}. Nothing can be sent: LinkedIn offers no API for it.", account.identifier);
        Box::pin(std::future::ready(Health::Ok { detail }))
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Member)
    }

    /// The id of the conversation with a person, as LinkedIn writes it in its addresses.
    fn simulated_person(&self, n: u32) -> String {
        let inner = format!("00000000-0000-4000-8000-{n:012}_100");
        format!("2-{}", data_encoding::BASE64URL.encode(inner.as_bytes()))
    }
}

/// Is the mail LinkedIn's own? Its `From`, in the domain or below it.
fn is_linkedins(address: &str) -> bool {
    let domain = address.rsplit_once('@').map_or("", |(_, d)| d).to_ascii_lowercase();
    domain == "linkedin.com" || domain.ends_with(".linkedin.com")
}

/// Mail that claims to be LinkedIn's needs this server's word that LinkedIn signed it. Other mail (a mailbox that asks whether it may
/// forward) carries no messages and passes.
fn check_dkim(server: &str, headers: &headers::Headers) -> Result<(), Reject> {
    let from = headers.all("from").flat_map(addresses::find_all);
    if !from.into_iter().any(|a| is_linkedins(&a)) {
        return Ok(());
    }
    let by_server = |value: &&str| value.split([';', ' ', '\t']).next().is_some_and(|id| id.eq_ignore_ascii_case(server.trim()));
    let mut words = headers.all("authentication-results").filter(by_server).peekable();
    if words.peek().is_none() {
        let detail = format!("{} has not said whether LinkedIn signed this mail. Check the name in the channel's settings.", server.trim());
        return Err(Reject::new("signature.missing", detail));
    }
    if words.map(without_comments).any(|value| value.split(';').any(passed)) {
        return Ok(());
    }
    Err(Reject::new("signature.wrong", "The mail says it is LinkedIn's and is not signed by linkedin.com."))
}

/// Header values may hold remarks in brackets, and these a semicolon (RFC 5322 §3.2.2).
fn without_comments(value: &str) -> String {
    let mut depth = 0usize;
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// `dkim=pass … header.d=linkedin.com`, or `header.i=@….linkedin.com`.
fn passed(result: &str) -> bool {
    let mut words = result.split_whitespace();
    words.next().is_some_and(|w| w.eq_ignore_ascii_case("dkim=pass"))
        && words
            .filter_map(|w| w.split_once('='))
            .filter(|(name, _)| name.eq_ignore_ascii_case("header.d") || name.eq_ignore_ascii_case("header.i"))
            .any(|(_, value)| is_linkedins(&format!("@{}", value.trim_matches('"').rsplit('@').next().unwrap_or_default())))
}
