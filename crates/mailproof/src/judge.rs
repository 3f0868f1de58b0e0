//! One mail judged, in the words of RFC 8601.

use crate::Resolver;
use mail_auth::dkim::DkimError;
use mail_auth::dmarc::Policy;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{AuthenticatedMessage, DkimResult, DmarcResult, Error, SpfOutput, SpfResult};
use std::net::IpAddr;
use std::time::Duration;

/// Name servers that hang hold up one mail no longer than this.
const LONGEST: Duration = Duration::from_secs(10);
/// A mail with more signatures than this is looked at no further.
const MOST_SIGNATURES: usize = 20;

/// How a mail came to us.
#[derive(Debug, Clone, Copy)]
pub struct Came<'a> {
    /// Who handed it over. `None` when that was a server of ours: SPF says nothing about those.
    pub peer: Option<IpAddr>,
    pub helo: &'a str,
    /// The envelope's sender; `None` is the empty return path.
    pub from: Option<&'a str>,
    /// Our own name.
    pub host: &'a str,
}

/// A result and what it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// `pass`, `fail`, `softfail`, `neutral`, `none`, `temperror`, `permerror`.
    pub result: String,
    pub domain: String,
    /// Of a signature.
    pub selector: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    pub spf: Named,
    pub dkim: Vec<Named>,
    pub dmarc: Named,
    /// `none`, `quarantine` or `reject`, where the domain says so.
    pub policy: Option<&'static str>,
}

impl Resolver {
    /// Asks the DNS about a mail. Never fails: what could not be found out says so.
    pub async fn judge(&self, mail: &[u8], came: Came<'_>) -> Judgement {
        tokio::time::timeout(LONGEST, self.ask(mail, came)).await.unwrap_or_else(|_| unknown("temperror"))
    }

    async fn ask(&self, mail: &[u8], came: Came<'_>) -> Judgement {
        let Some(mut message) = AuthenticatedMessage::parse(mail) else { return unknown("none") };
        message.dkim_headers.truncate(MOST_SIGNATURES);
        let dkim = self.names.verify_dkim(&message).await;
        let sender = came.from.unwrap_or_default();
        let spf = match came.peer {
            Some(peer) if sender.is_empty() => self.names.verify_spf(SpfParameters::verify_ehlo(peer, came.helo, came.host)).await,
            Some(peer) => self.names.verify_spf(SpfParameters::verify_mail_from(peer, came.helo, came.host, sender)).await,
            None => SpfOutput::new(domain_of(sender).to_owned()),
        };
        let asked = if sender.is_empty() { came.helo } else { domain_of(sender) };
        let dmarc = self.names.verify_dmarc(DmarcParameters::new(&message, &dkim, asked, &spf)).await;
        let mut result = dmarc_word(&dmarc.result());
        // Without SPF a missing signature says nothing: the server before us may have had its reasons to believe the mail.
        if came.peer.is_none() && result == "fail" && dkim.is_empty() {
            result = "none";
        }
        Judgement {
            spf: Named { result: spf_word(spf.result()).into(), domain: asked.to_ascii_lowercase(), selector: String::new() },
            dkim: dkim
                .iter()
                .map(|one| Named {
                    result: dkim_word(one.result()).into(),
                    domain: one.signature().map(|s| s.d.to_ascii_lowercase()).unwrap_or_default(),
                    selector: one.signature().map(|s| s.s.clone()).unwrap_or_default(),
                })
                .collect(),
            policy: match dmarc.policy() {
                Policy::None => Some("none"),
                Policy::Quarantine => Some("quarantine"),
                Policy::Reject => Some("reject"),
                Policy::Unspecified => None,
            },
            dmarc: Named { result: result.into(), domain: domain_of(message.from()).to_ascii_lowercase(), selector: String::new() },
        }
    }
}

fn unknown(word: &str) -> Judgement {
    let named = || Named { result: word.into(), ..Named::default() };
    Judgement { spf: named(), dkim: Vec::new(), dmarc: named(), policy: None }
}

impl Judgement {
    /// The value of an `Authentication-Results` header (RFC 8601) of ours.
    pub fn to_results(&self, host: &str) -> String {
        let mut out = String::from(host);
        out.push_str(&format!("; spf={}", self.spf.result));
        push(&mut out, " smtp.mailfrom", &self.spf.domain);
        if self.dkim.is_empty() {
            out.push_str("; dkim=none");
        }
        for one in &self.dkim {
            out.push_str(&format!("; dkim={}", one.result));
            push(&mut out, " header.d", &one.domain);
            push(&mut out, " header.s", &one.selector);
        }
        out.push_str(&format!("; dmarc={}", self.dmarc.result));
        push(&mut out, " header.from", &self.dmarc.domain);
        push(&mut out, " policy.dmarc", self.policy.unwrap_or_default());
        out
    }
}

/// What a sender wrote goes into a header of ours as far as it is a name.
fn push(out: &mut String, name: &str, value: &str) {
    let value: String = value.chars().filter(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')).take(253).collect();
    if !value.is_empty() {
        out.push_str(&format!("{name}={value}"));
    }
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

fn spf_word(result: SpfResult) -> &'static str {
    match result {
        SpfResult::Pass => "pass",
        SpfResult::Fail => "fail",
        SpfResult::SoftFail => "softfail",
        SpfResult::Neutral => "neutral",
        SpfResult::TempError => "temperror",
        SpfResult::PermError => "permerror",
        SpfResult::None => "none",
    }
}

fn dkim_word(result: &DkimResult) -> &'static str {
    match result {
        DkimResult::Pass => "pass",
        // Words that were changed on the way; other servers say so too.
        DkimResult::Fail(_) | DkimResult::Neutral(Error::Dkim(DkimError::FailedBodyHashMatch)) => "fail",
        DkimResult::Neutral(_) => "neutral",
        DkimResult::PermError(_) => "permerror",
        DkimResult::TempError(_) => "temperror",
        DkimResult::None => "none",
    }
}

fn dmarc_word(result: &DmarcResult) -> &'static str {
    match result {
        DmarcResult::Pass => "pass",
        DmarcResult::Fail(_) => "fail",
        DmarcResult::TempError(_) => "temperror",
        DmarcResult::PermError(_) => "permerror",
        DmarcResult::None => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_written_as_other_servers_write_them() {
        let named =
            |result: &str, domain: &str, selector: &str| Named { result: result.into(), domain: domain.into(), selector: selector.into() };
        let judged = Judgement {
            spf: named("pass", "bounces.example", ""),
            dkim: vec![named("fail", "shop.example", "s1"), named("pass", "esp.example", "k; dmarc=pass")],
            dmarc: named("fail", "shop.example", ""),
            policy: Some("reject"),
        };
        assert_eq!(
            judged.to_results("desk.example"),
            "desk.example; spf=pass smtp.mailfrom=bounces.example; dkim=fail header.d=shop.example header.s=s1; \
             dkim=pass header.d=esp.example header.s=kdmarcpass; dmarc=fail header.from=shop.example policy.dmarc=reject"
        );
        assert_eq!(unknown("none").to_results("x"), "x; spf=none; dkim=none; dmarc=none");
    }
}
