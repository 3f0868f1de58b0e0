//! What keeps programs out: where the form stood, and when it was shown.

use super::content::{Content, TOKEN};
use crate::kit::{origins, proofs, signatures};
use data_encoding::HEXLOWER;
use kernel::channel::{Account, RawDelivery, Reject};
use kernel::time::{HOUR, Millis};

/// How old a shown form may be.
pub const LONGEST_MS: Millis = 24 * HOUR;

/// The least time between showing and sending, in milliseconds.
pub fn minimum(account: &Account) -> Millis {
    account.settings.number("minimum_seconds").unwrap_or(3).clamp(0, 600) * 1_000
}

/// The time as text with its MAC: `1795244400000.0123…`.
pub fn stamp(account: &Account, at: Millis) -> String {
    format!("{at}.{}", HEXLOWER.encode(&mac(account, &at.to_string())[..16]))
}

fn mac(account: &Account, at: &str) -> [u8; 32] {
    signatures::mac_sha256(account.mac_key.reveal(), &[b"form:", at.as_bytes()])
}

pub fn check(account: &Account, raw: &RawDelivery, now: Millis) -> Result<(), Reject> {
    if !raw.method.eq_ignore_ascii_case("POST") {
        return Err(Reject::new("transport.wrong", "Forms are sent with POST."));
    }
    let from = raw.header("origin").or_else(|| raw.header("referer")).unwrap_or_default();
    if !origins::is_allowed(account, from) {
        let words = "This form may not be sent from this site. Add its domain to the allowed domains of the channel.";
        return Err(Reject::new("origin.wrong", words));
    }
    let minimum = minimum(account);
    if minimum == 0 {
        return Ok(());
    }
    let content = Content::read(raw).map_err(|e| Reject::new("signature.missing", e.0))?;
    let Some(token) = content.exact(TOKEN) else {
        let words = "The form has no signed time. Its page has to load the script that belongs to it, and the browser has to run it.";
        return Err(Reject::new("signature.missing", words));
    };
    let wrong = || Reject::new("signature.wrong", "The form’s signed time is not of this channel. Load the page again.");
    let (at, given) = token.split_once('.').ok_or_else(wrong)?;
    if !proofs::same(given, &HEXLOWER.encode(&mac(account, at)[..16])) {
        return Err(wrong());
    }
    let passed = now - at.parse::<Millis>().map_err(|_| wrong())?;
    if passed > LONGEST_MS {
        return Err(Reject::new(
            "signature.expired",
            "The page stood open for more than a day. Load it again and send the form once more.",
        ));
    }
    if passed < minimum {
        return Err(Reject::new("form.too_fast", "The form was sent too fast. Wait a few seconds and send it again."));
    }
    Ok(())
}
