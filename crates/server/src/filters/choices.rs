//! The words that may stand in fields with a fixed list, with English names for scripts.

use super::fields::Choice;
use kernel::message::{ChannelWord, Direction, Priority, Status};

fn plain(word: &str) -> Choice {
    let mut label = word.replace('_', " ");
    if let Some(first) = label.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Choice { value: word.to_owned(), label }
}

pub fn statuses() -> Vec<Choice> {
    Status::ALL.iter().map(|s| plain(s.as_str())).collect()
}
/// From the least to the most.
pub fn priorities() -> Vec<Choice> {
    Priority::ALL.iter().map(|p| plain(p.as_str())).collect()
}
pub fn directions() -> Vec<Choice> {
    Direction::ALL.iter().map(|d| plain(d.as_str())).collect()
}
/// Kinds of channel, named as in their providers' words.
pub fn channels() -> Vec<Choice> {
    ChannelWord::ALL
        .iter()
        .map(|w| {
            let label = match w {
                ChannelWord::Sms => "SMS",
                ChannelWord::Whatsapp => "WhatsApp",
                ChannelWord::Twitter => "X",
                ChannelWord::Linkedin => "LinkedIn",
                ChannelWord::Line => "LINE",
                ChannelWord::Webchat => "Web chat",
                ChannelWord::Email => "E-mail",
                ChannelWord::Api => "API",
                _ => return plain(w.as_str()),
            };
            Choice { value: w.as_str().into(), label: label.into() }
        })
        .collect()
}
pub fn providers() -> Vec<Choice> {
    let named = |c: &&dyn kernel::channel::Channel| Choice { value: c.descriptor().id.into(), label: c.descriptor().name.into() };
    connectors::CHANNELS.iter().map(named).collect()
}

/// What people also call a word; the same as the API takes elsewhere.
pub fn same_word(options: &[Choice], word: &str) -> Option<String> {
    let known = |w: &str| options.iter().find(|c| c.value == w).map(|c| c.value.clone());
    known(word)
        .or_else(|| Status::parse(word).and_then(|s| known(s.as_str())))
        .or_else(|| ChannelWord::parse(word).and_then(|w| known(w.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_names_and_aliases_are_understood() {
        assert_eq!(plain("awaiting_approval").label, "Awaiting approval");
        assert_eq!(same_word(&statuses(), "closed").as_deref(), Some("resolved"));
        assert_eq!(same_word(&channels(), "x").as_deref(), Some("twitter"));
        assert_eq!(same_word(&statuses(), "x"), None);
        assert!(providers().len() > 20);
    }
}
