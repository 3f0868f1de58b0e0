//! Whether a mail is from whom it says: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 9989), asked when it is handed to us; and our own
//! signature below what leaves (`sign`).
//!
//! Behind this door stands `mail-auth`, with the resolver it brings: a name server can be given, which is how tests answer for the whole DNS.

mod judge;
mod names;
mod sign;

pub use judge::{Came, Judgement, Named};
pub use names::{Published, Resolver};
pub use sign::{KeyPair, SigningKey};
