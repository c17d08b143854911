//! Which certificates of a server are accepted, and why one is not.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};

use crate::client::connect::error::ConnectError;
use crate::client::connect::target::Trust;

/// A client's side of TLS that has not begun, for a host and with this trust.
///
/// # Errors
/// If the certificates to trust cannot be read.
pub fn client(host: &str, trust: &Trust) -> Result<ClientConnection, ConnectError> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(host, &error))?;
    let config = if trust.is_insecure {
        config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
            .with_no_client_auth()
    } else {
        config
            .with_root_certificates(roots(trust)?)
            .with_no_client_auth()
    };
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| ConnectError::Tls(format!("{host} cannot be the name in a certificate")))?;
    ClientConnection::new(Arc::new(config), name).map_err(|error| refused(host, &error))
}

/// The certificates that are trusted: those of the file, or those of the system.
fn roots(trust: &Trust) -> Result<RootCertStore, ConnectError> {
    let certificates = match &trust.ca_file {
        Some(file) => certificates(file)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates);
    match (added, &trust.ca_file) {
        (1.., _) => Ok(roots),
        (0, Some(file)) => Err(no_certificate(file, "it has no certificate")),
        (0, None) => Err(ConnectError::Tls(
            "this system has no certificates to trust: install them (Debian: ca-certificates), or use --ca-file"
                .to_owned(),
        )),
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let read = CertificateDer::pem_file_iter(file).map_err(|error| no_certificate(file, error))?;
    read.collect::<Result<_, _>>()
        .map_err(|error| no_certificate(file, error))
}

fn no_certificate(file: &Path, why: impl std::fmt::Display) -> ConnectError {
    ConnectError::Tls(format!("cannot use {} as --ca-file: {why}", file.display()))
}

/// The sentence for an error of TLS: what is wrong, and what to do where that is known.
pub fn refused(host: &str, error: &Error) -> ConnectError {
    let why = match error {
        Error::InvalidCertificate(certificate) => invalid(host, certificate),
        Error::InvalidMessage(_) => "what answers there does not speak TLS: use ws://".to_owned(),
        error => format!("TLS failed: {error}"),
    };
    ConnectError::Tls(why)
}

fn invalid(host: &str, error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate of {host} has expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate of {host} is not valid yet: check this computer's clock")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the certificate is not for {host} but for another host")
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => format!(
            "the certificate of {host} is signed by itself or by an unknown authority: trust it with --ca-file FILE"
        ),
        error => format!("the certificate of {host} is refused: {error}"),
    }
}

/// Accepts every certificate. The server must still prove that it has the key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
