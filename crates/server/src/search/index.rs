//! The words of a message, as they stand in the index.

use super::words::tokens;
use crate::conversations::{Message, NewMessage, Recipients};
use crate::files::Attachment;
use db::{Tx, Value, params};
use kernel::message::Address;
use kernel::{Error, Result};

/// Which part of a message a word stands in. The sign before it is one that no text can hold as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    From,
    To,
    Subject,
    File,
    /// What it has: `file`, `note`.
    Has,
}
impl Part {
    fn sign(self) -> char {
        match self {
            Self::From => '\u{E000}',
            Self::To => '\u{E001}',
            Self::Subject => '\u{E002}',
            Self::File => '\u{E003}',
            Self::Has => '\u{E004}',
        }
    }
    /// A word of this part as it stands in the index.
    pub fn word(self, word: &str) -> String {
        format!("{}{word}", self.sign())
    }
}
pub const HAS_FILE: &str = "file";
pub const HAS_NOTE: &str = "note";

/// What of a message is searched.
struct Parts<'a> {
    subject: Option<&'a str>,
    sender: [Option<&'a str>; 2],
    body: &'a str,
    people: Vec<&'a Address>,
    files: Vec<&'a str>,
    is_note: bool,
}

impl Parts<'_> {
    fn words(&self) -> String {
        let mut all = String::with_capacity(self.body.len() + 128);
        let mut put = |sign: Option<Part>, text: &str| {
            for token in tokens(text) {
                if !all.is_empty() {
                    all.push(' ');
                }
                all.extend(sign.map(Part::sign));
                all.push_str(&token);
            }
        };
        let people = || self.people.iter().flat_map(|a| [a.name.as_deref().unwrap_or(""), a.address.as_str()]);
        let sender = || self.sender.iter().flatten();
        put(None, self.subject.unwrap_or(""));
        sender().for_each(|t| put(None, t));
        put(None, self.body);
        people().for_each(|t| put(None, t));
        self.files.iter().for_each(|t| put(None, t));
        sender().for_each(|t| put(Some(Part::From), t));
        people().for_each(|t| put(Some(Part::To), t));
        put(Some(Part::Subject), self.subject.unwrap_or(""));
        self.files.iter().for_each(|t| put(Some(Part::File), t));
        if !self.files.is_empty() {
            put(Some(Part::Has), HAS_FILE);
        }
        if self.is_note {
            put(Some(Part::Has), HAS_NOTE);
        }
        all
    }
}

/// The words by which a new message is found: text, subject, people, names of files. `more` are files that are stored with it.
pub fn words_of<'a>(m: &'a NewMessage, files: &'a [Attachment], more: impl IntoIterator<Item = &'a str>) -> String {
    Parts {
        subject: m.subject.as_deref(),
        sender: [m.sender_name.as_deref(), m.from.as_deref()],
        body: m.stripped_text.as_deref().unwrap_or(&m.text),
        people: addressed(&m.recipients),
        files: files.iter().map(|f| f.name.as_str()).chain(more).collect(),
        is_note: m.is_note,
    }
    .words()
}
fn addressed(r: &Recipients) -> Vec<&Address> {
    r.to.iter().chain(&r.cc).collect()
}

/// The same for one that stands already, with its files.
pub fn words_of_message(m: &Message) -> String {
    Parts {
        subject: m.subject.as_deref(),
        sender: [m.sender_name.as_deref(), m.from.as_deref()],
        body: m.stripped_text.as_deref().unwrap_or(&m.text),
        people: m.to.iter().chain(&m.cc).collect(),
        files: m.attachments.iter().map(|f| f.name.as_str()).collect(),
        is_note: m.is_note,
    }
    .words()
}

/// Adds a message to the index at the end of the batch, in order of key.
pub fn index(tx: &mut Tx<'_>, key: i64, words: &str) {
    let sql = tx.dialect().search_insert();
    tx.at_end(key, sql, vec![Value::from(key), Value::from(words.to_owned())]);
}

/// Brings the index in line with a message that was changed.
pub fn reindex(tx: &mut Tx<'_>, m: &Message) -> Result<()> {
    let delete = tx.dialect().search_delete();
    tx.exec(delete, params![m.key])?;
    let words = words_of_message(m);
    if !words.is_empty() {
        index(tx, m.key, &words);
    }
    Ok(())
}

/// For messages from before there were marks: the next ones before a key, newest first; gives the last one done.
pub fn refill(tx: &mut Tx<'_>, after: &[u8], limit: i64) -> Result<Option<Vec<u8>>> {
    let before = match after {
        [] => i64::MAX,
        bytes => i64::from_be_bytes(bytes.try_into().map_err(|_| Error::internal("a position that is no key"))?),
    };
    let keys: Vec<i64> = tx.query(
        "SELECT key FROM messages WHERE key < $1 AND deleted_at IS NULL ORDER BY key DESC LIMIT $2",
        params![before, limit],
        |r| r.get(0),
    )?;
    for m in crate::conversations::messages_whole(tx, &keys)? {
        reindex(tx, &m)?;
    }
    Ok(keys.last().map(|k| k.to_be_bytes().to_vec()))
}
