//! What channels share: proofs, mail rules, safe HTML, and the classes of a provider's answers.

pub mod addresses;
pub mod automatic;
pub mod bounces;
pub mod calls;
pub mod forms;
pub mod headers;
pub mod html;
pub mod imap;
pub mod jwt;
pub mod mail;
pub mod markup;
pub mod message_ids;
pub mod meta;
pub mod passwords;
pub mod origins;
pub mod people;
pub mod phones;
pub mod proofs;
pub mod quotes;
pub mod signatures;
pub mod sigv4;
pub mod sms;
pub mod subjects;
pub mod tokens;
pub mod twilio;
pub mod verdicts;
