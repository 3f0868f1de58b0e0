//! The network of an account whose mail is signed on its way out.

use kernel::BoxFuture;
use kernel::dial::{Dial, DialError, Envelope, Line, SmtpServer, Stream, StreamTo};
use mailproof::SigningKey;
use std::sync::Arc;

pub struct SigningDial {
    pub inner: Arc<dyn Dial>,
    pub key: Arc<SigningKey>,
}

impl Dial for SigningDial {
    fn stream<'a>(&'a self, to: &'a StreamTo) -> BoxFuture<'a, Result<Box<dyn Stream>, DialError>> {
        self.inner.stream(to)
    }
    fn websocket<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Box<dyn Line>, DialError>> {
        self.inner.websocket(url)
    }
    fn smtp<'a>(&'a self, server: &'a SmtpServer, envelope: &'a Envelope, message: &'a [u8]) -> BoxFuture<'a, Result<String, DialError>> {
        Box::pin(async move {
            match self.key.sign(message) {
                Ok(signed) => self.inner.smtp(server, envelope, &signed).await,
                // A mail without a signature arrives; one that stays here does not.
                Err(why) => {
                    tracing::error!(reason = %why, "a mail could not be signed and leaves without its signature");
                    self.inner.smtp(server, envelope, message).await
                }
            }
        })
    }
    fn smtp_check<'a>(&'a self, server: &'a SmtpServer) -> BoxFuture<'a, Result<(), DialError>> {
        self.inner.smtp_check(server)
    }
}
