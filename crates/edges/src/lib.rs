//! The world outside, guarded: HTTP and SMTP out, the SMTP listener, file storage, secrets at rest.
//!
//! Start in the module of the thing you need. What leaves over the network passes one [`guard::NetGuard`], which decides
//! about the address that is really connected to; what must survive a power cut passes [`durable`].

pub mod convert;
pub mod dial;
pub mod durable;
pub mod files;
pub mod guard;
mod line;
pub mod media;
pub mod net;
pub mod smtp_in;
mod smtp_session;
mod stream;
pub mod thumbnail;
pub mod tls;
pub mod turns;
pub mod vault;

pub use dial::GuardedDial;
pub use files::{FileStore, Stored};
pub use guard::{Allow, NetGuard};
pub use net::GuardedClient;
pub use vault::{DataKey, Vault};
