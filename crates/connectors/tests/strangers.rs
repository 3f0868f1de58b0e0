//! A stranger checks what we send: mock servers run from the providers' own API descriptions take the bytes that the product's real
//! client sends, and the providers' own libraries verify what we sign and sign what we verify.
//!
//! `scripts/strangers` installs the strangers (npm and PyPI) and runs this; without them there is nothing to ask.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by falling over")]

#[path = "strangers/channels/mod.rs"]
mod channels;
#[path = "strangers/messages.rs"]
mod messages;
#[path = "strangers/mock.rs"]
mod mock;
#[path = "strangers/passage.rs"]
mod passage;
#[path = "strangers/requests.rs"]
mod requests;
#[path = "strangers/sdk.rs"]
mod sdk;
#[path = "strangers/signatures.rs"]
mod signatures;
#[path = "strangers/world.rs"]
mod world;
