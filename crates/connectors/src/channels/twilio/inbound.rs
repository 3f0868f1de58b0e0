//! Text messages, reports, and who wants no more.

use crate::kit::forms::first;
use crate::kit::twilio::{bare, events};
use crate::kit::{people, verdicts::shorten};
use kernel::channel::{Account, Handle, Inbound, InboundMessage, ParseError, RawDelivery, Sender};

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    let pairs = events::fields(raw);
    let ignored = |why: String| Ok(vec![Inbound::Ignored { why }]);
    if first(&pairs, "CallSid").is_some() {
        return ignored("It speaks of a phone call.".into());
    }
    if first(&pairs, "MessageSid").or_else(|| first(&pairs, "SmsSid")).is_none() {
        return ignored("It is neither a message nor a report.".into());
    }
    if let Some(why) = events::foreign(account, raw, &pairs) {
        return ignored(why);
    }
    if events::is_report(&pairs) {
        return events::report(raw, &pairs).map(|r| vec![r]);
    }
    let from = first(&pairs, "From").ok_or_else(|| ParseError("The message has no sender (From).".into()))?;
    // RCS through a messaging service reaches the same phone, and so do answers by text message.
    let from = from.strip_prefix("rcs:").unwrap_or(from);
    if let Some((channel, _)) = from.split_once(':') {
        return ignored(format!("It came over {}, which is a channel of its own.", shorten(channel, 30)));
    }
    let handle = handle(account, from)?;
    let text = first(&pairs, "Body").unwrap_or_default().replace('\0', "");
    let files = events::files(&pairs);
    let words = account.settings.flag("opt_out_words");
    let out = events::opt_out_type(&pairs).or_else(|| events::opt_out_word(&text).filter(|_| words && !twilio_says(&pairs)));
    let text = if text.trim().is_empty() && files.is_empty() { "(empty message)".to_owned() } else { text };
    let sender = Sender { handle: handle.clone(), name: None, more: Vec::new() };
    let message = InboundMessage {
        content_type: events::content_type(&pairs, &files),
        files,
        ..InboundMessage::text(events::sid(&pairs)?, handle.value.clone(), sender, text)
    };
    let mut all = vec![Inbound::Message(Box::new(message))];
    all.extend(out.map(|out| Inbound::OptOut { handle, out }));
    Ok(all)
}

/// With Advanced Opt-Out it is Twilio that says what a word means, HELP included.
fn twilio_says(pairs: &events::Pairs) -> bool {
    first(pairs, "OptOutType").is_some()
}

/// A number; short codes and sender names are the provider's own.
fn handle(account: &Account, from: &str) -> Result<Handle, ParseError> {
    if from.len() > 100 {
        return Err(ParseError("The sender is too long.".into()));
    }
    let plain = bare(from);
    let phone = if plain.starts_with('+') { people::phone(&plain) } else { None };
    Ok(phone.unwrap_or_else(|| people::handle(account, from)))
}
