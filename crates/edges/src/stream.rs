//! Byte streams out, opened through the same guard as everything else, for protocols that a connector speaks itself.

use crate::guard::{NetGuard, NoAddress};
use crate::net::connect_any;
use crate::tls::BoxStream;
use kernel::BoxFuture;
use kernel::dial::{DialError, Heard, Security, Stream, StreamTo};
use rustls::pki_types::ServerName;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Bytes given at once.
const PIECE: usize = 64 << 10;
/// What may be written before a stream that begins in plain text is encrypted: a question or two, and never a secret.
const PLAIN: usize = 1 << 10;

/// A connection to an address that the guard has judged, encrypted from the start where `to` says so.
pub(crate) async fn connect(guard: &NetGuard, tls: &TlsConnector, step: Duration, to: &StreamTo) -> Result<BoxStream, DialError> {
    let lost = |e: String| DialError::Connect(format!("{}: {e}", to.host));
    let addresses = match timeout(step, guard.addresses(&to.host, to.port)).await {
        Err(_) => return Err(lost("the name does not resolve in time".into())),
        Ok(Err(NoAddress::Refused(why))) => return Err(DialError::Refused(why)),
        Ok(Err(NoAddress::Unknown(why))) => return Err(DialError::Connect(why)),
        Ok(Ok(addresses)) => addresses,
    };
    if to.security == Security::None && !addresses.iter().all(|a| guard.is_allowed(&to.host, *a)) {
        return Err(DialError::Refused(format!("{} may only be reached encrypted", to.host)));
    }
    let tcp = timeout(step, connect_any(&addresses)).await.map_err(|_| lost("no connection in time".into()))?.map_err(lost)?;
    match to.security {
        Security::Tls => encrypt(tls, step, &to.host, Box::new(tcp)).await,
        Security::None | Security::StartTls => Ok(Box::new(tcp)),
    }
}

async fn encrypt(tls: &TlsConnector, step: Duration, host: &str, stream: BoxStream) -> Result<BoxStream, DialError> {
    let lost = |e: String| DialError::Connect(format!("{host}: TLS: {e}"));
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(|e| lost(e.to_string()))?;
    let encrypted = timeout(step, tls.connect(name, stream)).await;
    Ok(Box::new(encrypted.map_err(|_| lost("not in time".into()))?.map_err(|e| lost(e.to_string()))?))
}

pub async fn open(guard: &NetGuard, tls: &TlsConnector, step: Duration, to: &StreamTo) -> Result<Box<dyn Stream>, DialError> {
    let stream = connect(guard, tls, step, to).await?;
    let plain = (to.security == Security::StartTls).then_some(PLAIN);
    Ok(Box::new(Open { stream: Some(stream), tls: tls.clone(), host: to.host.clone(), step, plain, piece: vec![0; PIECE] }))
}

struct Open {
    /// Away while it is being encrypted, and for good if that failed.
    stream: Option<BoxStream>,
    tls: TlsConnector,
    host: String,
    step: Duration,
    /// Bytes that may still be written before encryption; `None` when nothing has to be awaited.
    plain: Option<usize>,
    piece: Vec<u8>,
}

const GONE: &str = "the connection is closed";

impl Stream for Open {
    fn hear(&mut self, wait_ms: u64) -> BoxFuture<'_, Heard> {
        Box::pin(async move {
            let Some(stream) = &mut self.stream else { return Heard::Ended(GONE.into()) };
            match timeout(Duration::from_millis(wait_ms), stream.read(&mut self.piece)).await {
                Err(_) => Heard::Silence,
                Ok(Ok(0)) => Heard::Ended("the server closed the connection".into()),
                Ok(Ok(n)) => Heard::Bytes(self.piece.get(..n).unwrap_or_default().to_vec()),
                Ok(Err(error)) => Heard::Ended(error.to_string()),
            }
        })
    }

    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, Result<(), DialError>> {
        Box::pin(async move {
            if let Some(left) = &mut self.plain {
                *left = left.checked_sub(bytes.len()).ok_or_else(|| DialError::Refused("this stream has to be encrypted first".into()))?;
            }
            let Some(stream) = &mut self.stream else { return Err(DialError::Connect(GONE.into())) };
            let write = async {
                stream.write_all(bytes).await?;
                stream.flush().await
            };
            match timeout(self.step, write).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(DialError::Connect(error.to_string())),
                Err(_) => Err(DialError::Connect("the server takes nothing more".into())),
            }
        })
    }

    fn encrypt(&mut self) -> BoxFuture<'_, Result<(), DialError>> {
        Box::pin(async move {
            let Some(stream) = self.stream.take() else { return Err(DialError::Connect(GONE.into())) };
            self.stream = Some(encrypt(&self.tls, self.step, &self.host, stream).await?);
            self.plain = None;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GuardedDial;
    use crate::tls;
    use kernel::dial::Dial;
    use std::net::SocketAddr;
    use std::sync::Arc;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    /// A server that echoes, over TLS at once, or after it heard one line.
    async fn echo(config: Option<Arc<rustls::ServerConfig>>, after_a_line: bool) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let config = config.clone();
                tokio::spawn(async move {
                    let mut stream: BoxStream = Box::new(tcp);
                    let mut byte = [0u8; 1];
                    while after_a_line && byte != *b"\n" {
                        stream.read_exact(&mut byte).await.unwrap();
                    }
                    if let Some(config) = config {
                        let Ok(encrypted) = TlsAcceptor::from(config).accept(stream).await else { return };
                        stream = Box::new(encrypted);
                    }
                    let mut piece = [0u8; 1024];
                    while let Ok(n) = stream.read(&mut piece).await {
                        if n == 0 || stream.write_all(&piece[..n]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        address
    }
    fn to(address: SocketAddr, security: Security) -> StreamTo {
        StreamTo { host: "localhost".into(), port: address.port(), security }
    }
    fn guard(allow: &[&str]) -> NetGuard {
        NetGuard::new(allow.iter().map(|a| a.parse().unwrap()).collect())
    }
    async fn said(stream: &mut dyn Stream) -> Vec<u8> {
        match stream.hear(5_000).await {
            Heard::Bytes(bytes) => bytes,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_stream_is_encrypted_at_once_or_on_request_and_the_certificate_is_checked() {
        let data = tempfile::tempdir().unwrap();
        let config = tls::self_signed(data.path(), "localhost").unwrap();
        let roots = tls::read_certificates(&data.path().join("tls/smtp.crt")).unwrap();
        let allow = ["127.0.0.0/8", "::1"];
        let dial = GuardedDial::with_roots(guard(&allow), &roots).unwrap();
        let at_once = to(echo(Some(config.clone()), false).await, Security::Tls);
        let mut stream = dial.stream(&at_once).await.unwrap();
        stream.write(b"hello").await.unwrap();
        assert_eq!(said(stream.as_mut()).await, b"hello");
        assert_eq!(stream.hear(10).await, Heard::Silence);
        let strict = GuardedDial::new(guard(&allow)).unwrap().stream(&at_once).await;
        assert!(matches!(strict.err(), Some(DialError::Connect(why)) if why.contains("TLS")));

        let later = to(echo(Some(config), true).await, Security::StartTls);
        let mut stream = dial.stream(&later).await.unwrap();
        stream.write(b"STARTTLS\r\n").await.unwrap();
        // More than a question does not leave in plain text.
        assert!(matches!(stream.write(&[b'x'; 2_000]).await, Err(DialError::Refused(_))));
        stream.encrypt().await.unwrap();
        stream.write(&[b'x'; 2_000]).await.unwrap();
        assert_eq!(said(stream.as_mut()).await[..3], *b"xxx");
    }

    #[tokio::test]
    async fn private_servers_and_plain_text_need_permission() {
        let address = echo(None, false).await;
        for security in [Security::None, Security::StartTls, Security::Tls] {
            let refused = GuardedDial::new(guard(&[])).unwrap().stream(&to(address, security)).await;
            assert!(matches!(refused.err(), Some(DialError::Refused(_))));
        }
        let public = StreamTo { host: "8.8.8.8".into(), port: 143, security: Security::None };
        let refused = GuardedDial::new(guard(&["127.0.0.0/8"])).unwrap().stream(&public).await;
        assert!(matches!(refused.err(), Some(DialError::Refused(why)) if why.contains("encrypted")));
        let allowed = GuardedDial::new(guard(&["127.0.0.0/8", "::1"])).unwrap();
        let mut stream = allowed.stream(&to(address, Security::None)).await.unwrap();
        stream.write(b"plain").await.unwrap();
        assert_eq!(said(stream.as_mut()).await, b"plain");
    }

    #[tokio::test]
    async fn a_wait_that_is_dropped_loses_nothing() {
        let address = echo(None, false).await;
        let dial = GuardedDial::new(guard(&["127.0.0.0/8", "::1"])).unwrap();
        let mut stream = dial.stream(&to(address, Security::None)).await.unwrap();
        timeout(Duration::from_millis(10), stream.hear(60_000)).await.unwrap_err();
        stream.write(b"still there").await.unwrap();
        assert_eq!(said(stream.as_mut()).await, b"still there");
    }
}
