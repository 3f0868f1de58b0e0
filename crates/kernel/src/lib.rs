//! The words of Switchboard: identifiers, time, errors, the message model, and the traits at the edges.
//!
//! Everything here is plain data and pure rules. Whoever needs a clock, the network or a file gets it
//! through one of the edge traits ([`clock::Clock`], [`http::HttpClient`], [`dial::Dial`], [`channel::Channel`]).

pub mod actor;
pub mod channel;
pub mod clock;
pub mod dial;
pub mod error;
pub mod event;
pub mod fold;
pub mod form;
pub mod http;
pub mod id;
pub mod message;
pub mod page;
pub mod policy;
pub mod secret;
pub mod time;

pub use actor::{Actor, Role};
pub use error::{Error, ErrorKind, Result};
pub use id::*;
pub use secret::Secret;

/// A boxed future, the shape in which edge traits are asynchronous without naming a runtime.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
