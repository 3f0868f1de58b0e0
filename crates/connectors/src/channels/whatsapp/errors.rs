//! What the error codes of the Cloud API mean. The code decides, never the HTTP status or the title.

use crate::kit::meta::GraphError;
use kernel::channel::SendError;
use kernel::time::MINUTE;

/// Least wait between two messages to the same person.
pub const PAIR_MS: i64 = 6_000;

/// The verdict on one error; `attempt` counts from 1 and makes the waits longer.
pub fn judge(error: &GraphError, attempt: u32) -> SendError {
    let detail = error.words(words(error.code));
    let retry = |after_ms: Option<i64>, detail| SendError::Retry { after_ms, detail };
    match error.code {
        131_056 => retry(Some(pair_wait(attempt)), detail),
        131_048 => retry(Some(60 * MINUTE), detail),
        4 | 80_007 | 130_429 | 133_016 | 1 | 2 | 131_000 | 131_016 | 131_057 | 133_004 => retry(None, detail),
        131_052 if attempt <= 1 => retry(None, detail),
        0 | 3 | 10 | 190 | 200..=299 | 131_005 | 131_031 | 368 | 131_042 | 131_045 | 133_010 | 130_497 => SendError::Account { detail },
        131_047 => SendError::Policy { code: "policy.window_closed".into(), detail },
        131_050 => SendError::Policy { code: "policy.opted_out".into(), detail },
        _ if error.transient => retry(None, detail),
        _ => SendError::Permanent { detail },
    }
}

/// Meta asks for 4^n seconds, never less than the six of the pair limit.
fn pair_wait(attempt: u32) -> i64 {
    4_i64.saturating_pow(attempt.min(6)).saturating_mul(1_000).max(PAIR_MS)
}

/// What a person can do about it; empty where the provider's own words are as good.
pub fn words(code: i64) -> &'static str {
    match code {
        0 | 190 => "Meta no longer accepts the access token. Make a new one and put it into the channel's settings.",
        3 | 10 | 200..=299 | 131_005 => {
            "The access token may not do this. It needs whatsapp_business_messaging and whatsapp_business_management for this account."
        }
        4 | 80_007 | 130_429 => "Too many messages at once from this number.",
        131_048 => "WhatsApp holds back messages of this number because many were reported as spam.",
        131_056 => "Too many messages to this person in a short time.",
        131_026 => "It cannot be delivered: the number is not on WhatsApp, or its app is too old.",
        131_047 => "Outside the 24-hour window. Send a template.",
        131_049 => "WhatsApp did not deliver it because this person gets many marketing messages. Try again after a day.",
        131_050 => "This person has stopped marketing messages from you.",
        131_052 => "WhatsApp could not fetch the file.",
        131_053 => "WhatsApp could not take the file. Check its kind and size.",
        131_021 => "Sender and recipient are the same number.",
        131_062 => "This template needs the person's phone number, and WhatsApp gave us only their id.",
        131_031 | 368 => "WhatsApp has locked or restricted the business account. Look into WhatsApp Manager.",
        131_042 => "WhatsApp cannot bill the business account. Check the payment method in WhatsApp Manager.",
        131_045 => "The number's certificate is wrong. Register the number again.",
        133_010 => "The number is not registered with the Cloud API. Register it in WhatsApp Manager.",
        130_497 => "WhatsApp does not let this business write to that country.",
        130_472 => "WhatsApp did not deliver it: the person is part of an experiment of Meta's.",
        132_000 => "The template has another number of blanks.",
        132_001 => "There is no approved template of that name in that language.",
        132_005 => "The template's text gets too long with these words.",
        132_007 => "The template's words break WhatsApp's policy.",
        132_012 => "A blank of the template is filled with the wrong kind of value.",
        132_015 => "WhatsApp has paused this template because of low quality.",
        132_016 => "WhatsApp has disabled this template for good.",
        1 | 2 | 131_000 | 131_016 | 131_057 | 133_004 => "WhatsApp is not available for the moment.",
        _ => "",
    }
}
