//! A mail client's side of IMAP (RFC 3501, 9051) on a guarded byte stream: what fetching mail needs, and nothing else.
//!
//! `frames` cuts what was heard into responses and keeps hostile ones small, `response` reads them (with imap-proto), `names` writes
//! folder names, `session` asks. Nothing here waits for anything but the stream.

mod frames;
mod names;
mod response;
mod session;
#[cfg(test)]
pub mod scripted;

pub use names::{decode_name, encode_name, quoted, uid_set};
pub use session::{Credential, Failure, Folder, Listed, Selected, Session};
