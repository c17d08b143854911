//! Which certificates of a server are accepted, and why one is not.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};

use crate::client::connect::error::ConnectError;
use crate::client::connect::target::Trust;

/// Makes the client's side of TLS for a host, with this trust. Its handshake has not begun.
pub(super) fn client(host: &str, trust: &Trust) -> Result<ClientConnection, ConnectError> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(host, &error))?;
    let config = if trust.is_insecure {
        let verifier = Arc::new(AnyCertificate(provider.signature_verification_algorithms));
        config
            .dangerous()
            .with_custom_certificate_verifier(verifier)
    } else {
        config.with_root_certificates(roots(trust)?)
    };
    let config = Arc::new(config.with_no_client_auth());
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| ConnectError::Tls(format!("{host} cannot be the name in a certificate")))?;
    ClientConnection::new(config, name).map_err(|error| refused(host, &error))
}

/// The certificates that are trusted: those of the file, or those of the system.
fn roots(trust: &Trust) -> Result<RootCertStore, ConnectError> {
    let mut roots = RootCertStore::empty();
    let added = match &trust.ca_file {
        None => roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
        Some(file) => roots.add_parsable_certificates(certificates(file)?),
    };
    match added {
        (1.., _) => Ok(roots),
        (0, _) => Err(ConnectError::Tls(match &trust.ca_file {
            Some(file) => format!("cannot use {} as --ca-file: it has no certificate", file.display()),
            None => "this system has no certificates to trust: install them (Debian: ca-certificates), or use --ca-file".to_owned(),
        })),
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    certificates.map_err(|error| {
        ConnectError::Tls(format!(
            "cannot use {} as --ca-file: {error}",
            file.display()
        ))
    })
}

/// The error for a failure of TLS. It says what is wrong, and what to do where that is known.
pub(super) fn refused(host: &str, error: &Error) -> ConnectError {
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
struct AnyCertificate(WebPkiSupportedAlgorithms);

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
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
