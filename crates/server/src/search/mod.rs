//! Full text. One tokeniser in Rust feeds both engines, so that a word is the same word everywhere: lower-cased, without
//! accents, digits kept together, scripts without blanks between words (Chinese, Japanese, Thai …) in pairs of characters.
//! Search rows commit with the message they belong to. Besides its words each has marks for who wrote it, to whom, its subject and
//! its files, so that operators such as `from:` are words too.

mod api;
mod ask;
mod find;
mod index;
mod rank;
mod words;

pub use api::routes;
pub use find::{Holding, all_conversations, conversations};
pub use index::{index, refill, reindex, words_of, words_of_message};
pub use words::{mark, tokens};
