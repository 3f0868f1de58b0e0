//! Full text. One tokeniser in Rust feeds both engines, so that a word is the same word everywhere: lower-cased, without
//! accents, digits kept together, scripts without blanks between words (Chinese, Japanese, Thai …) in pairs of characters.
//! Search rows commit with the message they belong to.

mod api;
mod words;

pub use api::{conversations, routes};
pub use words::{mark, tokens};

use crate::conversations::{Message, NewMessage};
use crate::files::Attachment;
use db::{Tx, Value};
use kernel::message::Address;

/// The words by which a message is found: text, subject, people, file names.
pub fn words_of(m: &NewMessage, files: &[Attachment]) -> String {
    let people = m.recipients.to.iter().chain(&m.recipients.cc);
    let body = m.stripped_text.as_deref().unwrap_or(&m.text);
    joined([m.subject.as_deref(), m.sender_name.as_deref(), m.from.as_deref(), Some(body)], people, files)
}
/// The same for a message that stands already.
pub fn words_of_message(m: &Message) -> String {
    let body = m.stripped_text.as_deref().unwrap_or(&m.text);
    joined([m.subject.as_deref(), m.sender_name.as_deref(), m.from.as_deref(), Some(body)], m.to.iter().chain(&m.cc), &m.attachments)
}
fn joined<'a>(parts: [Option<&str>; 4], people: impl Iterator<Item = &'a Address>, files: &[Attachment]) -> String {
    let mut all = String::new();
    let people = people.flat_map(|a| [a.name.as_deref().unwrap_or(""), a.address.as_str()]);
    for part in parts.into_iter().flatten().chain(people).chain(files.iter().map(|f| f.name.as_str())) {
        for token in tokens(part) {
            if !all.is_empty() {
                all.push(' ');
            }
            all.push_str(&token);
        }
    }
    all
}

/// Adds a message to the index at the end of the batch, in order of key.
pub fn index(tx: &mut Tx<'_>, key: i64, words: &str) {
    let sql = tx.dialect().search_insert();
    tx.at_end(key, sql, vec![Value::from(key), Value::from(words.to_owned())]);
}
