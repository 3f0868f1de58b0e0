//! Connections to PostgreSQL, encrypted as the address asks in libpq's words (<https://www.postgresql.org/docs/15/libpq-ssl.html>).
//!
//! `sslmode` is `disable`, `prefer` (the default: encrypted where the server offers it), `require` (encrypted or not at all), `verify-ca` or
//! `verify-full`. As with libpq, the first three ask for no certificate, unless `sslrootcert` names who may have signed it; the last two want one
//! from that file or, without it, from an authority this machine trusts. `verify-ca` also checks the host's name, which libpq does not.

use kernel::{Error, Result};
use postgres::Client;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::{Arc, OnceLock};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Who must have signed the server's certificate.
#[derive(Debug, PartialEq, Eq)]
enum Trust {
    Anybody,
    Machine,
    File(String),
}

/// An address without the words that the driver does not know, and what they mean.
fn read(url: &str) -> Result<(String, Trust)> {
    let Some((place, query)) = url.split_once('?') else { return Ok((url.to_owned(), Trust::Anybody)) };
    let (mut rest, mut file, mut verify) = (Vec::new(), None, false);
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        match pair.split_once('=').unwrap_or((pair, "")) {
            ("sslrootcert", "system") => verify = true,
            ("sslrootcert", path) => file = Some(decoded(path)?),
            ("sslmode", "verify-full" | "verify-ca") => {
                verify = true;
                rest.push("sslmode=require".to_owned());
            }
            ("sslmode", "allow") => rest.push("sslmode=prefer".to_owned()),
            _ => rest.push(pair.to_owned()),
        }
    }
    let trust = match (file, verify) {
        (Some(path), _) => Trust::File(path),
        (None, true) => Trust::Machine,
        (None, false) => Trust::Anybody,
    };
    Ok((if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) }, trust))
}

fn decoded(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit =
            |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).ok_or_else(|| wrong("sslrootcert is not spelled as an address is"));
        bytes.push((digit(rest.next())? * 16 + digit(rest.next())?) as u8);
    }
    String::from_utf8(bytes).map_err(|_| wrong("sslrootcert is not UTF-8"))
}

fn wrong(words: &str) -> Error {
    Error::unavailable("storage.unavailable", format!("PostgreSQL cannot be reached: {words}."))
}

/// What the database or the way to it says, in words that hold no password.
pub(crate) fn refused(e: &postgres::Error) -> Error {
    let mut words = e.as_db_error().map_or_else(|| e.to_string(), ToString::to_string);
    let mut cause = std::error::Error::source(e).filter(|_| e.as_db_error().is_none());
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    Error::unavailable("storage.unavailable", format!("PostgreSQL says: {words}."))
}

/// Opens a connection.
pub(crate) fn connect(url: &str) -> Result<Client> {
    let (address, trust) = read(url)?;
    let mut config: postgres::Config = address.parse().map_err(|e| refused(&e))?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(std::time::Duration::from_secs(5));
    }
    config.application_name("switchboard");
    let tls = MakeRustlsConnect::new(client(&trust)?);
    config.connect(tls).map_err(|e| refused(&e))
}

fn client(trust: &Trust) -> Result<ClientConfig> {
    static ANYBODY: OnceLock<ClientConfig> = OnceLock::new();
    static MACHINE: OnceLock<ClientConfig> = OnceLock::new();
    match trust {
        Trust::Anybody => kept(&ANYBODY, || Ok(Arc::new(Unchecked(ring::default_provider())))),
        Trust::Machine => kept(&MACHINE, || {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            verifier(roots)
        }),
        // Read each time: it may be replaced while the server runs.
        Trust::File(path) => {
            let unusable = |e: &dyn std::fmt::Display| wrong(&format!("the certificates in {path} cannot be used: {e}"));
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_file_iter(path).map_err(|e| unusable(&e))? {
                let certificate = certificate.map_err(|e| unusable(&e))?;
                roots.add(certificate).map_err(|e| unusable(&e))?;
            }
            built(verifier(roots)?)
        }
    }
}

fn kept(place: &OnceLock<ClientConfig>, make: impl FnOnce() -> Result<Arc<dyn ServerCertVerifier>>) -> Result<ClientConfig> {
    if let Some(config) = place.get() {
        return Ok(config.clone());
    }
    let config = built(make()?)?;
    Ok(place.get_or_init(|| config).clone())
}

fn built(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig> {
    let with = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    let with = with.map_err(|e| wrong(&e.to_string()))?;
    Ok(with.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn verifier(roots: RootCertStore) -> Result<Arc<dyn ServerCertVerifier>> {
    let provider = Arc::new(ring::default_provider());
    let made = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    Ok(made.map_err(|e| wrong(&e.to_string()))?)
}

/// Takes any certificate: what `prefer` and `require` mean. The other side must still hold its key.
#[derive(Debug)]
struct Unchecked(CryptoProvider);
impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_in_libpq_s_words_how_it_is_to_be_encrypted() {
        let of = |query: &str| read(&format!("postgres://u:p@h/d{query}")).expect("address");
        let place = "postgres://u:p@h/d";
        assert_eq!(of(""), (place.to_owned(), Trust::Anybody));
        assert_eq!(of("?sslmode=require&connect_timeout=3"), (format!("{place}?sslmode=require&connect_timeout=3"), Trust::Anybody));
        assert_eq!(of("?sslmode=verify-full"), (format!("{place}?sslmode=require"), Trust::Machine));
        assert_eq!(
            of("?sslrootcert=%2Fetc%2Fca.pem&sslmode=verify-ca"),
            (format!("{place}?sslmode=require"), Trust::File("/etc/ca.pem".into()))
        );
        assert_eq!(of("?sslmode=require&sslrootcert=system"), (format!("{place}?sslmode=require"), Trust::Machine));
        assert!(read("postgres://h/d?sslrootcert=%zz").is_err());
    }
}
