//! Is a mail from whom it says? What the receiving server found out about it: ours for mail that is handed to us, the mailbox's for mail
//! that is fetched (RFC 8601), in the words of SPF, DKIM and DMARC. A sender can write such a header too, so it counts only from the top,
//! and a good word of a server that nobody named counts for nothing.

use crate::kit::headers::{self, Headers};
use crate::kit::verdicts::shorten;
use kernel::channel::InboundMessage;
use kernel::message::HandleEvidence;
use serde_json::{Map, Value, json};

/// Header of a delivery that our own listener took: the value of its `Authentication-Results`.
pub const FOUND: &str = "mail-authentication";
/// Where it stands with the message.
pub const AUTHENTICATION: &str = "authentication";
const MOST_HEADERS: usize = 20;

/// Whose headers are believed.
#[derive(Debug, Clone, Copy)]
pub enum Writer<'a> {
    /// Servers with this name, or one that ends in it.
    Named(&'a str),
    /// It gives no name (Exchange Online), and takes away what others wrote.
    Nameless,
    /// Whoever wrote the topmost one: its bad word is heard, its good word is not.
    Topmost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The sender's domain stands by it.
    Pass,
    /// Nobody can say.
    Unknown,
    /// Something failed, and the domain does not ask that such mail be refused.
    Doubtful,
    /// The sender's domain disowns it.
    Fail,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Doubtful => "doubtful",
            Self::Fail => "fail",
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub result: String,
    pub domain: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authenticity {
    /// Who says so.
    pub by: String,
    pub spf: Option<Found>,
    pub dkim: Vec<Found>,
    pub dmarc: Option<Found>,
    /// What the domain wants done with what fails.
    pub policy: Option<String>,
    /// Its good word counts.
    pub believed: bool,
}

impl Authenticity {
    /// The value of one header.
    pub fn read(value: &str) -> Self {
        let value = without_comments(value);
        let mut out = Self { believed: true, ..Self::default() };
        for (n, piece) in value.split(';').enumerate() {
            let mut words = piece.split_whitespace();
            let Some(first) = words.next() else { continue };
            let Some((method, result)) = first.split_once('=') else {
                if n == 0 {
                    out.by = shorten(&first.to_ascii_lowercase(), 253);
                }
                continue;
            };
            let properties: Vec<(String, String)> = words
                .filter_map(|w| w.split_once('='))
                .map(|(name, v)| (name.to_ascii_lowercase(), shorten(v.trim_matches('"'), 253).to_ascii_lowercase()))
                .collect();
            let get = |names: &[&str]| {
                let found = names.iter().find_map(|n| properties.iter().find(|(name, _)| name == n));
                found.map(|(_, v)| v.rsplit('@').next().unwrap_or_default().to_owned()).unwrap_or_default()
            };
            let result = shorten(&result.to_ascii_lowercase(), 20);
            match method.to_ascii_lowercase().split('/').next().unwrap_or_default() {
                "spf" if out.spf.is_none() => out.spf = Some(Found { result, domain: get(&["smtp.mailfrom", "smtp.helo"]) }),
                "dkim" if out.dkim.len() < MOST_HEADERS && result != "none" => {
                    out.dkim.push(Found { result, domain: get(&["header.d", "header.i"]) })
                }
                "dmarc" if out.dmarc.is_none() => {
                    let policy = get(&[
                        "policy.dmarc",
                        "policy.published-domain-policy",
                        "policy.policy-from",
                        "policy.applied-disposition",
                        "action",
                    ]);
                    out.policy = Some(policy).filter(|p| !p.is_empty()).or_else(|| commented_policy(piece));
                    out.dmarc = Some(Found { result, domain: get(&["header.from"]) });
                }
                _ => {}
            }
        }
        out
    }

    /// What stands at the top of a mail, from its believed writer.
    pub fn find(mail: &Headers, writer: Writer<'_>) -> Option<Self> {
        let all: Vec<Self> = mail.all("authentication-results").take(MOST_HEADERS).map(Self::read).collect();
        let name = match writer {
            Writer::Named(name) => name.to_ascii_lowercase(),
            Writer::Nameless => String::new(),
            Writer::Topmost => all.first()?.by.clone(),
        };
        let is_theirs = |by: &str| by == name || (!name.is_empty() && by.ends_with(&name) && by[..by.len() - name.len()].ends_with('.'));
        // Some servers write a header for each method.
        let mut found = all.into_iter().skip_while(|a| !is_theirs(&a.by)).take_while(|a| is_theirs(&a.by));
        let mut out = found.next()?;
        for more in found {
            out.spf = out.spf.or(more.spf);
            if out.dkim.is_empty() {
                out.dkim = more.dkim;
            }
            if out.dmarc.is_none() {
                (out.dmarc, out.policy) = (more.dmarc, more.policy);
            }
        }
        out.believed = !matches!(writer, Writer::Topmost);
        Some(out)
    }

    /// From the words of a provider that writes no header.
    pub fn from_words(by: &str, spf: Option<&str>, dkim: &[(&str, &str)], dmarc: Option<(&str, &str)>) -> Option<Self> {
        let word = |w: &str| shorten(&w.trim().to_ascii_lowercase().replace("hard", ""), 20);
        let out = Self {
            by: by.into(),
            spf: spf.map(word).filter(|w| !w.is_empty()).map(|result| Found { result, domain: String::new() }),
            dkim: dkim.iter().map(|(result, domain)| Found { result: word(result), domain: domain.to_ascii_lowercase() }).collect(),
            dmarc: dmarc.map(|(result, _)| Found { result: word(result), domain: String::new() }),
            policy: dmarc.map(|(_, policy)| policy.to_ascii_lowercase()).filter(|p| !p.is_empty()),
            believed: true,
        };
        (out.spf.is_some() || !out.dkim.is_empty() || out.dmarc.is_some()).then_some(out)
    }

    /// About a mail with this `From`.
    pub fn judge(&self, from: &str) -> Verdict {
        let from = from.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        let is = |found: &Option<Found>, word: &str| found.as_ref().is_some_and(|f| f.result == word);
        let good = if self.believed { Verdict::Pass } else { Verdict::Unknown };
        if is(&self.dmarc, "pass") || is(&self.dmarc, "bestguesspass") {
            return good;
        }
        if is(&self.dmarc, "fail") {
            return if self.policy.as_deref() == Some("none") { Verdict::Doubtful } else { Verdict::Fail };
        }
        let signed = self.dkim.iter().any(|d| d.result == "pass" && is_aligned(&d.domain, &from));
        if signed || self.spf.as_ref().is_some_and(|s| s.result == "pass" && is_aligned(&s.domain, &from)) {
            return good;
        }
        let broken = self.dkim.iter().any(|d| d.result == "fail" && is_aligned(&d.domain, &from));
        let any_good = self.dkim.iter().any(|d| d.result == "pass");
        if (is(&self.spf, "fail") || broken) && !any_good { Verdict::Doubtful } else { Verdict::Unknown }
    }

    fn to_value(&self, verdict: Verdict) -> Value {
        let found = |f: &Found| json!({ "result": f.result, "domain": f.domain });
        let mut out = Map::new();
        out.insert("verdict".into(), verdict.word().into());
        out.insert("by".into(), self.by.as_str().into());
        out.insert("spf".into(), self.spf.as_ref().map_or(Value::Null, found));
        out.insert("dkim".into(), self.dkim.iter().map(found).collect());
        out.insert("dmarc".into(), self.dmarc.as_ref().map_or(Value::Null, found));
        out.insert("policy".into(), self.policy.as_deref().map_or(Value::Null, Value::from));
        Value::Object(out)
    }
}

/// Keeps with a message what was found; whom the domain disowns has proved nothing.
pub fn note(message: &mut InboundMessage, found: Option<Authenticity>) {
    let Some(found) = found.filter(|_| !message.echo) else { return };
    let from = message.metadata.get("sent_through").and_then(Value::as_str).unwrap_or(&message.sender.handle.value).to_owned();
    let verdict = found.judge(&from);
    // Whatever the domain asks to be done with it: who failed has proved nothing.
    if verdict == Verdict::Fail || found.dmarc.as_ref().is_some_and(|d| d.result == "fail") {
        message.sender.handle.evidence = HandleEvidence::Claimed;
    }
    message.metadata.insert(AUTHENTICATION.into(), found.to_value(verdict));
}

/// The same for a mail whose receiving server wrote into it.
pub fn note_written(message: &mut InboundMessage, mail: &[u8], writer: Writer<'_>) {
    note(message, Authenticity::find(&headers::read(mail), writer));
}

/// One of the two is the other or stands below it: what RFC 9989 calls relaxed alignment, as far as that can be said without a list of
/// public suffixes.
fn is_aligned(domain: &str, from: &str) -> bool {
    let below = |a: &str, b: &str| a.ends_with(b) && a[..a.len() - b.len()].ends_with('.') && b.contains('.');
    !domain.is_empty() && (domain == from || below(domain, from) || below(from, domain))
}

/// `dmarc=fail (p=REJECT sp=REJECT dis=NONE)` names the policy in a comment.
fn commented_policy(piece: &str) -> Option<String> {
    let at = piece.find(" p:").map(|at| at + 3)?;
    let word: String = piece[at..].chars().take_while(char::is_ascii_alphabetic).collect();
    Some(word.to_ascii_lowercase()).filter(|w| matches!(w.as_str(), "none" | "quarantine" | "reject"))
}

/// Comments say nothing that counts, except that Google names the policy in one: it stays as ` p:reject`.
fn without_comments(value: &str) -> String {
    let (mut out, mut depth, mut comment) = (String::with_capacity(value.len()), 0usize, String::new());
    for c in value.chars().take(20_000) {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    let policy = comment.split_whitespace().find_map(|w| w.strip_prefix("p="));
                    if let Some(policy) = policy {
                        out.push_str(&format!(" p:{policy}"));
                    }
                    comment.clear();
                }
            }
            c if depth > 0 => comment.push(c),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(mail: &str, writer: Writer<'_>) -> Option<Authenticity> {
        Authenticity::find(&headers::read(format!("{mail}\r\n\r\n").as_bytes()), writer)
    }
    fn verdict(value: &str, from: &str) -> Verdict {
        Authenticity::read(value).judge(from)
    }

    #[test]
    fn headers_of_great_receivers_are_read() {
        let google = "mx.google.com;\r\n dkim=pass header.i=@shop.example header.s=s1 header.b=abc;\r\n spf=pass (google.com: domain of a@shop.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=a@shop.example;\r\n dmarc=fail (p=REJECT sp=NONE dis=NONE) header.from=bank.example";
        let read = Authenticity::read(google);
        assert_eq!((read.by.as_str(), read.policy.as_deref()), ("mx.google.com", Some("reject")));
        assert_eq!(read.spf.as_ref().unwrap(), &Found { result: "pass".into(), domain: "shop.example".into() });
        assert_eq!((read.judge("x@bank.example"), read.dkim[0].domain.as_str()), (Verdict::Fail, "shop.example"));
        let soft = google.replace("REJECT", "NONE");
        assert_eq!(verdict(&soft, "x@bank.example"), Verdict::Doubtful);
        let microsoft = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=shop.example; dkim=none (message not signed) header.d=none;dmarc=bestguesspass action=none header.from=shop.example;compauth=pass reason=109";
        assert_eq!(verdict(microsoft, "a@shop.example"), Verdict::Pass);
        assert_eq!(Authenticity::read(microsoft).by, "");
        let fastmail = "mx1.messagingengine.com; dkim=fail (invalid, public key: not found) header.d=shop.example header.s=x; dmarc=none policy.published-domain-policy=none header.from=shop.example; spf=fail smtp.mailfrom=x@shop.example";
        assert_eq!(verdict(fastmail, "a@shop.example"), Verdict::Doubtful);
    }

    #[test]
    fn without_a_policy_an_aligned_pass_is_enough_and_a_stranger_is_not() {
        assert_eq!(verdict("h; spf=pass smtp.mailfrom=a@news.shop.example", "b@shop.example"), Verdict::Pass);
        assert_eq!(verdict("h; spf=pass smtp.mailfrom=a@esp.example", "b@shop.example"), Verdict::Unknown);
        assert_eq!(verdict("h; dkim=pass header.d=shop.example; spf=fail smtp.mailfrom=x", "b@shop.example"), Verdict::Pass);
        assert_eq!(verdict("h; dkim=pass header.d=evilshop.example", "b@shop.example"), Verdict::Unknown);
        assert_eq!(verdict("h; dkim=pass header.d=example", "b@shop.example"), Verdict::Unknown);
        assert_eq!(verdict("h; none", "b@shop.example"), Verdict::Unknown);
    }

    #[test]
    fn what_a_sender_wrote_himself_counts_for_nothing() {
        let forged = "Authentication-Results: mx.home.example; dmarc=fail header.from=x.example\r\nReceived: x\r\nAuthentication-Results: mx.evil.example; dmarc=pass header.from=x.example";
        assert_eq!(found(forged, Writer::Topmost).unwrap().judge("a@x.example"), Verdict::Fail);
        assert_eq!(found(forged, Writer::Named("home.example")).unwrap().by, "mx.home.example");
        assert_eq!(found(forged, Writer::Named("google.com")), None);
        assert_eq!(found("Authentication-Results: evilhome.example; dmarc=pass", Writer::Named("home.example")), None);
        // A good word of nobody in particular.
        let alone = "Authentication-Results: mx.evil.example; dmarc=pass header.from=x.example";
        assert_eq!(found(alone, Writer::Topmost).unwrap().judge("a@x.example"), Verdict::Unknown);
        assert_eq!(found(alone, Writer::Named("mx.evil.example")).unwrap().judge("a@x.example"), Verdict::Pass);
    }

    #[test]
    fn a_header_for_each_method_is_one_judgement() {
        let apple = "Authentication-Results: dmarc.icloud.com; dmarc=fail header.from=x.example\r\nAuthentication-Results: dkim-verifier.icloud.com; dkim=none\r\nAuthentication-Results: spf.icloud.com; spf=softfail smtp.mailfrom=a@x.example";
        let read = found(apple, Writer::Named("icloud.com")).unwrap();
        assert_eq!((read.judge("a@x.example"), read.spf.unwrap().result.as_str()), (Verdict::Fail, "softfail"));
    }

    #[test]
    fn words_of_providers_are_one_too() {
        assert_eq!(Authenticity::from_words("p", None, &[], None), None);
        let a = Authenticity::from_words("p", Some("Pass"), &[("pass", "x.example")], None).unwrap();
        assert_eq!(a.judge("a@x.example"), Verdict::Pass);
        assert_eq!(
            Authenticity::from_words("p", Some("hardfail"), &[], Some(("FAIL", "REJECT"))).unwrap().judge("a@x.example"),
            Verdict::Fail
        );
    }
}
