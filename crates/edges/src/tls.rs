//! TLS with rustls and ring, for both directions: the roots we trust going out, the certificate we show coming in.

use crate::durable;
use kernel::{Error, Result};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// A connection, whether encrypted or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub(crate) type BoxStream = Box<dyn Stream>;

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Trusts Mozilla's roots and `more` (certificates in DER), for outgoing connections.
pub fn client_config(more: &[CertificateDer<'static>]) -> Result<Arc<rustls::ClientConfig>> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in more {
        roots
            .add(certificate.clone())
            .map_err(|e| Error::bad_request("tls.ca", format!("A certificate authority cannot be used: {e}.")))?;
    }
    let config = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::internal(format!("tls: {e}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// All certificates of a PEM file.
pub fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let unreadable = |e: String| Error::bad_request("tls.certificate", format!("{} holds no readable certificate: {e}.", path.display()));
    let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(|e| unreadable(e.to_string()))?.collect();
    let all = all.map_err(|e| unreadable(e.to_string()))?;
    if all.is_empty() { Err(unreadable("there is none in it".into())) } else { Ok(all) }
}

/// The certificate and key the administrator gave, both PEM files.
pub fn server_config(certificate: &Path, key: &Path) -> Result<Arc<rustls::ServerConfig>> {
    let chain = read_certificates(certificate)?;
    let unusable = |e: String| Error::bad_request("tls.key", format!("{} is not a usable private key: {e}.", key.display()));
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|e| unusable(e.to_string()))?;
    let config = rustls::ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::internal(format!("tls: {e}")))?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)
        .map_err(|e| unusable(e.to_string()))?;
    Ok(Arc::new(config))
}

/// A certificate of our own making, kept in `{data}/tls`. Good enough for STARTTLS between mail servers, which do not check it.
pub fn self_signed(data: &Path, hostname: &str) -> Result<Arc<rustls::ServerConfig>> {
    let dir = data.join("tls");
    let (certificate, key) = (dir.join("smtp.crt"), dir.join("smtp.key"));
    if !certificate.exists() || !key.exists() {
        let failed = |e: String| Error::internal(format!("making a certificate: {e}"));
        let made = rcgen::generate_simple_self_signed([hostname.to_owned()]).map_err(|e| failed(e.to_string()))?;
        durable::write_secret_durably(&key, made.signing_key.serialize_pem().as_bytes()).map_err(|e| failed(e.to_string()))?;
        durable::write_durably(&certificate, made.cert.pem().as_bytes()).map_err(|e| failed(e.to_string()))?;
    }
    server_config(&certificate, &key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_certificate_is_made_once() {
        let data = tempfile::tempdir().unwrap();
        self_signed(data.path(), "localhost").unwrap();
        let first = std::fs::read(data.path().join("tls/smtp.crt")).unwrap();
        self_signed(data.path(), "localhost").unwrap();
        assert_eq!(first, std::fs::read(data.path().join("tls/smtp.crt")).unwrap());
        assert!(server_config(&data.path().join("none"), &data.path().join("tls/smtp.key")).is_err());
        assert!(client_config(&read_certificates(&data.path().join("tls/smtp.crt")).unwrap()).is_ok());
    }
}
