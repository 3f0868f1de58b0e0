//! May this leave, and when? One verdict with its reason, for the composer, the API and, later, rules and campaigns.

use crate::channel::{Descriptor, WindowAfter};
use crate::time::{HOUR, Millis};
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
    pub text_bytes: usize,
    pub has_recipient: bool,
    /// (content type, bytes) of each file.
    pub files: Vec<(String, i64)>,
    pub buttons: usize,
    /// Characters of the longest title.
    pub button_chars: usize,
    /// An approved template instead of free text.
    pub template: bool,
    /// Written by a person of the team, not by a rule or a campaign.
    pub by_person: bool,
    pub channel_active: bool,
    /// The channel's switch that forbids sending is on.
    pub read_only: bool,
    pub sending_stopped: bool,
    /// The person wants no messages from this account.
    pub opted_out: bool,
    /// The person cannot be written to, and why.
    pub blocked: Option<String>,
    /// When the person last wrote on this channel.
    pub last_inbound_at: Option<Millis>,
    pub now: Millis,
}

/// How long free answers are possible, for the composer's countdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WindowState {
    /// Free answers until then.
    #[serde(with = "crate::time::wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub open_until: Option<Millis>,
    /// A person may still answer until then, under the provider's tag.
    #[serde(with = "crate::time::wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub human_until: Option<Millis>,
    /// What remains when it is closed.
    pub after: WindowAfter,
}

/// The state of a channel's answering window; `None` when it has none.
pub fn window(d: &Descriptor, last_inbound_at: Option<Millis>) -> Option<WindowState> {
    let w = d.window?;
    let until = |hours: u32| last_inbound_at.filter(|_| hours > 0).map(|at| at + Millis::from(hours) * HOUR);
    Some(WindowState { open_until: until(w.hours), human_until: until(w.human_hours), after: w.after })
}

/// Judges a proposal against a channel's rules.
pub fn judge(p: &Proposal, d: &Descriptor) -> Verdict {
    match refusal(p, d) {
        Some(reason) => Verdict::Refuse { reason },
        None => Verdict::Allow,
    }
}

fn refusal(p: &Proposal, d: &Descriptor) -> Option<Reason> {
    let say = |code: &str, detail: String| Some(Reason { code: code.into(), detail });
    if p.sending_stopped {
        return say("policy.sending_stopped", "Sending is stopped for this workspace.".into());
    }
    if !p.channel_active {
        return say("policy.channel_inactive", "This channel is switched off or not connected. Nothing was sent.".into());
    }
    if p.read_only {
        return say(
            "policy.read_only",
            format!(
                "This {} channel is read only: answer where the conversation lives. An administrator can allow replies in the channel's settings.",
                d.name
            ),
        );
    }
    if d.capabilities.inbound_only {
        return say(
            "policy.no_replies",
            format!("Answers cannot be sent through {}. Call or write to the person on another channel.", d.name),
        );
    }
    if !p.has_recipient {
        return say("policy.no_recipient", "There is nobody to send this to. Add a recipient.".into());
    }
    if let Some(why) = &p.blocked {
        return say("policy.unreachable", format!("This person cannot be written to: {why}"));
    }
    if p.opted_out {
        return say(
            "policy.opted_out",
            "This person has asked for no more messages from this number. They can write START to change that.".into(),
        );
    }
    closed_window(p, d).or_else(|| content(p, d))
}

/// Outside the window, only what the provider still takes.
fn closed_window(p: &Proposal, d: &Descriptor) -> Option<Reason> {
    let state = window(d, p.last_inbound_at)?;
    let open = |until: Option<Millis>| until.is_some_and(|at| p.now < at);
    if p.template || open(state.open_until) || (p.by_person && open(state.human_until)) {
        return None;
    }
    let hours = d.window.map_or(24, |w| if w.human_hours > 0 && p.by_person { w.human_hours } else { w.hours });
    let span = if hours.is_multiple_of(24) && hours > 24 { format!("{} days", hours / 24) } else { format!("{hours} hours") };
    let detail = match (state.after, p.last_inbound_at) {
        (WindowAfter::Template, None) => format!("{} takes only approved templates until the person has written.", d.name),
        (WindowAfter::Template, Some(_)) => {
            format!("The person last wrote more than {span} ago; now {} takes only approved templates.", d.name)
        }
        (WindowAfter::Wait, None) => format!("On {} the person writes first.", d.name),
        (WindowAfter::Wait, Some(_)) => {
            format!("The person last wrote more than {span} ago; {} takes answers again when they write.", d.name)
        }
    };
    Some(Reason { code: "policy.window_closed".into(), detail })
}

fn content(p: &Proposal, d: &Descriptor) -> Option<Reason> {
    let say = |code: &str, detail: String| Some(Reason { code: code.into(), detail });
    let limits = &d.limits;
    if p.text_chars == 0 && p.files.is_empty() && !p.template {
        return say("policy.empty", "Write something or attach a file.".into());
    }
    if p.text_chars > limits.text_chars {
        return say("policy.text_too_long", format!("This channel takes {} characters; this is {}.", limits.text_chars, p.text_chars));
    }
    if limits.text_bytes > 0 && p.text_bytes > limits.text_bytes {
        return say(
            "policy.text_too_long",
            format!(
                "This channel takes {} bytes of text; this is {}. Letters with accents and emoji count more than one.",
                limits.text_bytes, p.text_bytes
            ),
        );
    }
    if p.buttons > usize::from(d.capabilities.buttons) {
        return say("policy.too_many_buttons", format!("This channel takes {} buttons under a message.", d.capabilities.buttons));
    }
    if p.buttons > 0 && p.button_chars > limits.button_chars {
        let most = limits.button_chars;
        return say("policy.button_too_long", format!("A button on {} has at most {most} characters; one has {}.", d.name, p.button_chars));
    }
    if p.buttons > 0 && limits.button_text_chars > 0 && p.text_chars > limits.button_text_chars {
        let most = limits.button_text_chars;
        return say("policy.text_too_long", format!("Above buttons {} takes {most} characters; this is {}.", d.name, p.text_chars));
    }
    if !p.files.is_empty() && !d.capabilities.attachments {
        return say("policy.no_attachments", "This channel does not carry files.".into());
    }
    if p.files.len() > limits.attachments {
        return say("policy.too_many_attachments", format!("This channel takes {} files in one message.", limits.attachments));
    }
    for (kind, size) in &p.files {
        // What is converted is made to fit; the original has to be of a size that can be worked on.
        let most = match limits.conversion(kind, *size) {
            Some(_) => Some(limits.attachment_bytes.max(CONVERTIBLE_BYTES)),
            None => limits.most(kind),
        };
        let Some(most) = most else {
            return say("policy.attachment_type", format!("{} takes no files of the type {kind}.", d.name));
        };
        if *size > most {
            return say(
                "policy.attachment_too_large",
                format!("A file of {} is too large; this channel takes {} of this kind.", bytes(*size), bytes(most)),
            );
        }
    }
    None
}

/// Largest file that is turned into another form.
const CONVERTIBLE_BYTES: i64 = 25_000_000;

fn bytes(n: i64) -> String {
    if n >= 1_000_000 { format!("{} MB", n / 1_000_000) } else { format!("{} kB", (n / 1_000).max(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{Capabilities, Conversion, Limits, MediaLimit, Window};

    const CHAT: Descriptor = Descriptor {
        name: "Chat",
        capabilities: Capabilities { attachments: true, ..Capabilities::NONE },
        limits: Limits {
            text_chars: 10,
            text_bytes: 12,
            attachments: 1,
            media: &[MediaLimit { prefix: "image/", bytes: 5_000_000 }, MediaLimit { prefix: "image/webp", bytes: 100_000 }],
            convert: &[Conversion::new("image/tiff", "image/jpeg", 0), Conversion::new("image/heic", "image/jpeg", 5_000_000)],
            ..Limits::WIDE
        },
        window: Some(Window { hours: 24, human_hours: 168, after: WindowAfter::Wait }),
        ..Descriptor::BASE
    };
    const NOW: Millis = 1_000 * HOUR;

    fn fine() -> Proposal {
        Proposal {
            text_chars: 2,
            text_bytes: 2,
            has_recipient: true,
            channel_active: true,
            by_person: true,
            last_inbound_at: Some(NOW - HOUR),
            now: NOW,
            ..Default::default()
        }
    }
    fn code(p: &Proposal) -> String {
        match judge(p, &CHAT) {
            Verdict::Refuse { reason } => reason.code,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn each_rule_has_its_reason() {
        assert_eq!(code(&fine()), "Allow");
        assert_eq!(code(&Proposal { read_only: true, ..fine() }), "policy.read_only");
        assert_eq!(code(&Proposal { opted_out: true, ..fine() }), "policy.opted_out");
        assert_eq!(code(&Proposal { blocked: Some("They blocked us.".into()), ..fine() }), "policy.unreachable");
        assert_eq!(code(&Proposal { text_chars: 0, ..fine() }), "policy.empty");
        assert_eq!(code(&Proposal { text_chars: 11, ..fine() }), "policy.text_too_long");
        assert_eq!(code(&Proposal { text_bytes: 13, ..fine() }), "policy.text_too_long");
        assert_eq!(code(&Proposal { buttons: 1, ..fine() }), "policy.too_many_buttons");
        let buttons = Descriptor { capabilities: Capabilities { buttons: 3, ..CHAT.capabilities }, ..CHAT };
        let buttons = Descriptor {
            limits: Limits { text_chars: 50, text_bytes: 0, button_chars: 5, button_text_chars: 8, ..CHAT.limits },
            ..buttons
        };
        let said = |buttoned: &Proposal| match judge(buttoned, &buttons) {
            Verdict::Refuse { reason } => reason.code,
            other => format!("{other:?}"),
        };
        let two = Proposal { buttons: 2, button_chars: 5, text_chars: 8, ..fine() };
        assert_eq!(said(&two), "Allow");
        assert_eq!(said(&Proposal { button_chars: 6, ..two.clone() }), "policy.button_too_long");
        assert_eq!(said(&Proposal { text_chars: 9, ..two.clone() }), "policy.text_too_long");
        assert_eq!(said(&Proposal { buttons: 0, text_chars: 9, ..two }), "Allow");
        let file = |kind: &str, size| Proposal { files: vec![(kind.into(), size)], ..fine() };
        assert_eq!(code(&file("image/png", 5_000_000)), "Allow");
        assert_eq!(code(&file("image/png", 5_000_001)), "policy.attachment_too_large");
        assert_eq!(code(&file("image/webp", 100_001)), "policy.attachment_too_large");
        assert_eq!(code(&file("text/plain", 1)), "policy.attachment_type");
        assert_eq!(code(&file("image/tiff", 20_000_000)), "Allow", "it leaves as a JPEG that fits");
        assert_eq!(code(&file("image/tiff", 25_000_001)), "policy.attachment_too_large");
        assert_eq!(code(&file("image/heic", 5_000_001)), "Allow");
        assert_eq!(CHAT.limits.conversion("image/heic", 5_000_000), None);
    }

    #[test]
    fn the_window_closes_first_for_rules_and_then_for_people() {
        let at = |hours: i64, by_person| Proposal { last_inbound_at: Some(NOW - hours * HOUR), by_person, ..fine() };
        assert_eq!(code(&at(23, false)), "Allow");
        assert_eq!(code(&at(24, false)), "policy.window_closed");
        assert_eq!(code(&at(24, true)), "Allow");
        assert_eq!(code(&at(168, true)), "policy.window_closed");
        assert_eq!(code(&Proposal { template: true, ..at(999, false) }), "Allow");
        assert_eq!(code(&Proposal { last_inbound_at: None, ..fine() }), "policy.window_closed");
    }
}
