//! May this leave, when and how? One verdict for the composer, the API and, later, rules and campaigns.

use crate::time::Millis;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Allow,
    /// It may leave, but not before this time.
    Later {
        #[serde(with = "crate::time::wire")]
        #[schema(value_type = String, format = DateTime)]
        not_before: Millis,
        reason: Reason,
    },
    Refuse {
        reason: Reason,
    },
}

/// Why, for programs and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Reason {
    /// Stable: `policy.text_too_long`.
    pub code: String,
    pub detail: String,
}

/// What is about to leave, as far as the rules care.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    pub text_chars: usize,
    pub has_html: bool,
    pub has_recipient: bool,
    /// (content type, bytes) of each file.
    pub files: Vec<(String, i64)>,
    pub channel_active: bool,
    pub sending_stopped: bool,
}

/// Judges a proposal against a channel's limits.
pub fn judge(p: &Proposal, caps: &crate::channel::Capabilities, limits: &crate::channel::Limits) -> Verdict {
    let refuse = |code: &str, detail: String| Verdict::Refuse { reason: Reason { code: code.into(), detail } };
    if p.sending_stopped {
        return refuse("policy.sending_stopped", "Sending is stopped for this workspace.".into());
    }
    if !p.channel_active {
        return refuse("policy.channel_inactive", "This channel is switched off or not connected. Nothing was sent.".into());
    }
    if !p.has_recipient {
        return refuse("policy.no_recipient", "There is nobody to send this to. Add a recipient.".into());
    }
    if p.text_chars == 0 && p.files.is_empty() {
        return refuse("policy.empty", "Write something or attach a file.".into());
    }
    if p.text_chars > limits.text_chars {
        return refuse("policy.text_too_long", format!("This channel takes {} characters; this is {}.", limits.text_chars, p.text_chars));
    }
    if !p.files.is_empty() && !caps.attachments {
        return refuse("policy.no_attachments", "This channel does not carry files.".into());
    }
    if p.files.len() > limits.attachments {
        return refuse("policy.too_many_attachments", format!("This channel takes {} files in one message.", limits.attachments));
    }
    if let Some((_, size)) = p.files.iter().find(|(_, size)| *size > limits.attachment_bytes) {
        return refuse(
            "policy.attachment_too_large",
            format!("A file of {} MB is too large; this channel takes {} MB.", size / 1_000_000, limits.attachment_bytes / 1_000_000),
        );
    }
    Verdict::Allow
}
