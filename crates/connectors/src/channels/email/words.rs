//! What went wrong with a mailbox, in words that say what to do.

use super::providers;
use super::settings::{Mailbox, by_button};
use crate::kit::imap::Failure;
use crate::kit::verdicts::shorten;
use kernel::channel::{Account, SendError};

/// Refusals that pass: the server is busy, or full of connections. What a code says counts more than words beside it (RFC 5530 §3).
pub fn passes(code: &str, text: &str) -> bool {
    if matches!(code, "AUTHENTICATIONFAILED" | "AUTHORIZATIONFAILED" | "EXPIRED" | "PRIVACYREQUIRED" | "CONTACTADMIN" | "NOPERM") {
        return false;
    }
    let low = text.to_lowercase();
    matches!(code, "UNAVAILABLE" | "INUSE" | "LIMIT" | "SERVERBUG" | "OVERQUOTA")
        || ["too many", "try again", "temporar", "rate limit", "server error", "internal error"].iter().any(|w| low.contains(w))
}

pub fn explain(account: &Account, mailbox: &Mailbox, failure: &Failure) -> SendError {
    let place = mailbox.place();
    let retry = |detail: String| SendError::Retry { after_ms: None, detail };
    match failure {
        Failure::Forbidden(why) => SendError::Account { detail: format!("{place} is an address this installation must not reach: {why}.") },
        Failure::Unreachable(why) => retry(format!("{place} cannot be reached: {}", reason(why))),
        Failure::Ended(why) => retry(format!("The connection to {place} ended: {}.", shorten(why, 200))),
        Failure::SignIn { code, text } if passes(code, text) => retry(format!("{place} lets nobody in at present: {}", shorten(text, 200))),
        Failure::SignIn { code, text } => SendError::Account { detail: refused(account, &place, &mailbox.to.host, code, text) },
        Failure::No { command: "SELECT" | "EXAMINE", text, .. } => retry(format!("{place} does not open a folder: {}", shorten(text, 200))),
        Failure::No { command, text, .. } => retry(format!("{place} answers NO to {command}: {}", shorten(text, 200))),
    }
}

/// What a refused sign-in means, with what the provider is known to want.
pub fn refused(account: &Account, place: &str, host: &str, code: &str, text: &str) -> String {
    let said = shorten(text, 200);
    let said = if said.is_empty() { String::new() } else { format!(" It says: {said}") };
    if by_button(account) {
        return format!(
            "{place} does not take the sign-in of the connected account any more. Connect again, as the owner of the mailbox, and see that IMAP and SMTP are switched on for it.{said}"
        );
    }
    let hint = match providers::note_of(account.settings.text("mail_provider"), host) {
        Some(preset) => format!(" {} {}", preset.note, preset.note_url),
        None if code == "LOGINDISABLED" => " The server takes no passwords over this connection; choose TLS.".into(),
        None => " Check both; some providers want a password made for this application.".into(),
    };
    format!("{place} refuses this user name and password.{hint}{said}")
}

/// TLS and network in plain words.
pub fn reason(why: &str) -> String {
    let why = shorten(why, 200);
    let low = why.to_lowercase();
    let hint = if low.contains("unknownissuer") {
        "Its certificate is signed by nobody this installation trusts. Give the authority's certificate in the option net.ca_file."
    } else if low.contains("expired") {
        "Its certificate has run out."
    } else if low.contains("notvalidforname") || low.contains("not valid for name") {
        "Its certificate is for another name. Write the host as the provider does."
    } else if low.contains("corrupt message") || low.contains("invalidcontenttype") {
        "What answers there does not begin with TLS. Choose STARTTLS, or another port."
    } else {
        "Check host, port and protection."
    };
    format!("{why}. {hint}")
}

#[cfg(test)]
mod tests {
    use super::passes;

    #[test]
    fn a_refused_password_does_not_pass_whatever_is_said_beside_it() {
        for code in ["AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "NOPERM"] {
            assert!(!passes(code, "Invalid credentials, please try again"), "{code}");
        }
        assert!(passes("UNAVAILABLE", "no") && passes("ALERT", "Too many simultaneous connections") && passes("", "Temporary failure"));
        assert!(!passes("", "Invalid credentials"));
    }
}
