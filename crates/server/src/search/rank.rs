//! Which of the newest hits fit best: the words in the subject, the sender or a file's name weigh more than somewhere in a long text,
//! whole words more than beginnings, and what is recent more than what is old.

use super::ask::Ask;
use super::words::tokens;
use crate::conversations::Message;
use kernel::time::{DAY, Millis};
use std::collections::HashMap;

/// So many of the newest are weighed.
pub const CANDIDATES: usize = 300;

/// The better, the higher.
pub fn score(m: &Message, ask: &Ask, now: Millis) -> f64 {
    let count = |text: &str| {
        let mut all: HashMap<String, usize> = HashMap::new();
        let found = tokens(text);
        let length = found.len();
        found.into_iter().for_each(|t| *all.entry(t).or_default() += 1);
        (all, length)
    };
    let (body, length) = count(m.stripped_text.as_deref().unwrap_or(&m.text));
    let (subject, _) = count(m.subject.as_deref().unwrap_or(""));
    let (sender, _) = count(m.sender_name.as_deref().unwrap_or(""));
    let (files, _) = count(&m.attachments.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(" "));
    let mut score = 0.0;
    let mut in_subject = 0;
    for word in &ask.shown {
        // Saturates, so that saying a word often is not everything; long texts say everything sometime.
        let times = body.get(word).copied().unwrap_or(0) as f64;
        score += 2.2 * times / (times + 0.5 + length as f64 / 150.0);
        if subject.contains_key(word) {
            score += 2.0;
            in_subject += 1;
        }
        score += if sender.contains_key(word) { 1.5 } else { 0.0 };
        score += if files.contains_key(word) { 1.5 } else { 0.0 };
    }
    if in_subject > 0 && in_subject == ask.shown.len() {
        score += 2.0;
    }
    let age = (now - m.sent_at.unwrap_or(m.created_at)).max(0) as f64 / DAY as f64;
    score + 1.5 / (1.0 + age / 30.0)
}
