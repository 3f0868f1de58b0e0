//! What providers of mail have in common around the mail: one webhook address for several channels, whose delivery it is, and the marks
//! by which reports find our messages again.

use super::is_ours;
use crate::kit::{addresses, message_ids, verdicts::shorten};
use kernel::channel::{Account, Outbound, RawDelivery};
use serde_json::Value;

/// Did it come at the address that names the provider and no channel (`/api/webhooks/email/sendgrid`)?
pub fn is_shared_path(raw: &RawDelivery, provider: &str) -> bool {
    let path = raw.path.split('?').next().unwrap_or_default().trim_end_matches('/');
    path.rsplit('/').next() == Some(provider)
}

/// The names to look for when mail came at that address: its recipients, with and without their tags.
pub fn names_of(recipients: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in recipients {
        let untagged = addresses::split(&name).map(|(local, _, domain)| format!("{local}@{domain}"));
        for name in [Some(name), untagged].into_iter().flatten() {
            if !out.contains(&name) {
                out.push(name);
            }
        }
    }
    out
}

/// Is mail with these recipients for this account? Words when it is not. A channel's own webhook address takes all mail, unless
/// `any_recipient` is off.
pub fn refused(account: &Account, recipients: &[String], shared: bool) -> Option<String> {
    let any = !shared && account.settings.values().get("any_recipient").and_then(Value::as_bool).unwrap_or(true);
    if any || recipients.iter().any(|address| is_ours(account, address)) {
        return None;
    }
    let whose = recipients.first().map_or_else(|| "nobody".into(), |a| shorten(a, 100));
    Some(format!("This mail is for {whose}, which is not this channel's."))
}

/// What goes along with a mail of ours and comes back with every report on it. Providers keep it for good: nothing personal.
pub fn marks(account: &Account, message: &Outbound) -> [(&'static str, String); 3] {
    [("message_id", message.message_id.clone()), ("account_id", account.identifier.clone()), ("external_id", message.external_id.clone())]
}

/// The channel a report is about, by its marks.
pub fn account_of(marks: &Value) -> Option<&str> {
    marks["account_id"].as_str().filter(|name| !name.is_empty() && name.len() <= 320)
}

/// Our `msg_…`, by the marks.
pub fn message_of(marks: &Value) -> Option<String> {
    marks["message_id"].as_str().filter(|id| id.starts_with("msg_") && id.len() <= 100).map(str::to_owned)
}

/// The Message-ID we chose: by the marks, else as it stands in the mail.
pub fn own_id(marks: &Value, message_id: Option<&str>) -> Option<String> {
    let given = marks["external_id"].as_str().or(message_id)?;
    message_ids::find_all(given).into_iter().next().filter(|id| message_ids::read_own(id).is_some())
}

/// Does a report with these marks concern this account? Providers report on all mail of their account, newsletters included; what
/// carries nothing of ours does not.
pub fn concerns(account: &Account, marks: &Value, message_id: Option<&str>) -> bool {
    match account_of(marks) {
        Some(name) => name.eq_ignore_ascii_case(&account.identifier),
        None => own_id(marks, message_id).is_some(),
    }
}

/// A full mailbox passes; any other refusal for good is about the address.
pub fn is_mailbox_full(code: &str) -> bool {
    matches!(code, "5.2.2" | "4.2.2" | "552")
}
