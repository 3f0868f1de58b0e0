//! Reports about mail of ours that come back as mail: delivery status (RFC 3464), read receipts (RFC 8098) and
//! complaints (RFC 5965).

use crate::kit::headers::{self, Headers};
use crate::kit::message_ids;
use crate::kit::verdicts::shorten;
use kernel::channel::StatusReport;
use kernel::message::MessageStatus;

/// The machine part of a report, as the MIME parser cut it out.
pub struct ReportParts<'a> {
    /// `delivery-status`, `disposition-notification`, `feedback-report`; empty when nobody said.
    pub kind: &'a str,
    pub machine: Option<&'a [u8]>,
    /// The original mail or its headers.
    pub original: Option<&'a [u8]>,
    /// What a person would read.
    pub text: &'a str,
}

/// What the report says about one of our messages; `None` when it names none.
pub fn read(parts: &ReportParts<'_>) -> Option<StatusReport> {
    let original = parts.original.map(headers::read).unwrap_or_default();
    let machine = blocks(parts.machine.unwrap_or_default());
    let named = original
        .first("message-id")
        .and_then(|v| message_ids::find_all(v).into_iter().next())
        .or_else(|| machine.iter().find_map(|b| b.first("original-message-id")).and_then(|v| message_ids::find_all(v).into_iter().next()));
    let external_id = named.or_else(|| message_ids::find_own(parts.text))?;
    let (status, error, bounced) = match parts.kind {
        "disposition-notification" => {
            let displayed = machine.iter().filter_map(|b| b.first("disposition")).any(|d| d.to_ascii_lowercase().contains("displayed"));
            (if displayed { MessageStatus::Read } else { MessageStatus::Delivered }, None, false)
        }
        "feedback-report" => {
            let kind = machine.iter().find_map(|b| b.first("feedback-type")).unwrap_or("abuse");
            (MessageStatus::Delivered, Some(format!("complaint: {}", shorten(kind, 40))), false)
        }
        _ => judge_recipients(&machine, parts.text),
    };
    Some(StatusReport { external_id, message_id: None, status, at: None, error, bounced })
}

/// Blocks of headers parted by blank lines.
fn blocks(bytes: &[u8]) -> Vec<Headers> {
    let mut out = Vec::new();
    let mut rest = &bytes[..bytes.len().min(headers::LARGEST)];
    while !rest.is_empty() && out.len() < 500 {
        let end = headers::end(rest);
        let block = headers::read(&rest[..end]);
        out.push(block);
        rest = &rest[end..];
    }
    out
}

/// One failed recipient fails the message; all delivered delivers it; anything else is still on its way.
fn judge_recipients(blocks: &[Headers], text: &str) -> (MessageStatus, Option<String>, bool) {
    let mut failures = Vec::new();
    let (mut delivered, mut others) = (0, 0);
    for block in blocks {
        let Some(action) = block.first("action") else { continue };
        match action.split(['(', ' ', ';']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "failed" => failures.push(describe(block)),
            "delivered" | "expanded" => delivered += 1,
            _ => others += 1,
        }
    }
    if !failures.is_empty() {
        failures.truncate(5);
        return (MessageStatus::Failed, Some(failures.join("; ")), true);
    }
    if delivered > 0 && others == 0 {
        return (MessageStatus::Delivered, None, false);
    }
    if delivered + others > 0 {
        return (MessageStatus::Sent, None, false);
    }
    // Nothing for machines: a mailer wrote that it failed.
    let line = text.lines().map(str::trim).find(|l| crate::kit::verdicts::enhanced_code(l).is_some()).unwrap_or_default();
    let words = if line.is_empty() { "The mail came back.".to_owned() } else { shorten(line, 300) };
    (MessageStatus::Failed, Some(words), true)
}

/// `5.1.1 no such address (ann@example.com): 550 5.1.1 …`
fn describe(block: &Headers) -> String {
    let after = |name: &str| block.first(name).map(|v| v.split_once(';').map_or(v, |(_, rest)| rest).trim().to_owned());
    let code = block.first("status").map(|v| shorten(v, 20)).unwrap_or_else(|| "5.0.0".into());
    let code = code.split_whitespace().next().unwrap_or("5.0.0").to_owned();
    let class = match code.as_str() {
        "5.2.2" | "4.2.2" => "mailbox full",
        c if c.starts_with("5.1.") => "no such address",
        c if c.starts_with("5.7.") => "refused by policy",
        c if c.starts_with("4.") => "given up after temporary failures",
        _ => "not delivered",
    };
    let who = after("original-recipient").or_else(|| after("final-recipient")).unwrap_or_default();
    let mut out = format!("{code} {class}");
    if !who.is_empty() {
        out.push_str(&format!(" ({})", shorten(&who, 100)));
    }
    if let Some(words) = after("diagnostic-code").filter(|w| !w.is_empty()) {
        out.push_str(&format!(": {}", shorten(&words, 200)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(kind: &str, machine: &str) -> Option<StatusReport> {
        read(&ReportParts {
            kind,
            machine: Some(machine.as_bytes()),
            original: Some(b"Message-ID: <m1@example.com>\r\nSubject: x\r\n"),
            text: "",
        })
    }

    #[test]
    fn actions_become_statuses() {
        let failed = report(
            "delivery-status",
            "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; ann@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown\r\n",
        );
        let failed = failed.unwrap();
        assert_eq!((failed.external_id.as_str(), failed.status, failed.bounced), ("m1@example.com", MessageStatus::Failed, true));
        assert_eq!(failed.error.as_deref(), Some("5.1.1 no such address (ann@example.com): 550 5.1.1 unknown"));
        let of = |machine: &str| report("delivery-status", machine).unwrap().status;
        assert_eq!(of("x: y\n\nAction: delayed\nStatus: 4.4.1\n"), MessageStatus::Sent);
        assert_eq!(of("x: y\n\nAction: delivered\nStatus: 2.0.0\n"), MessageStatus::Delivered);
        assert_eq!(of("x: y\n\nAction: relayed\nStatus: 2.0.0\n"), MessageStatus::Sent);
        assert_eq!(of("x: y\n\nAction: delivered\n\nAction: failed\nStatus: 5.2.2\n"), MessageStatus::Failed);
        assert_eq!(
            report("disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed\n").unwrap().status,
            MessageStatus::Read
        );
        assert_eq!(report("feedback-report", "Feedback-Type: abuse\n").unwrap().error.as_deref(), Some("complaint: abuse"));
    }

    #[test]
    fn a_report_about_nothing_of_ours_is_none() {
        assert_eq!(read(&ReportParts { kind: "delivery-status", machine: None, original: None, text: "sorry" }), None);
    }
}
