//! Which server certificates the client accepts, and why it rejects the others.

use std::fmt::Display;
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
use rustls_native_certs::load_native_certs;

use crate::client::connect::error::ConnectError;
use crate::client::connect::target::Trust;

const NO_CERTIFICATES: &str = "this system has no certificates to trust: install them (Debian: ca-certificates), or use --ca-file";

/// Creates the client's side of a TLS connection to a host. The caller performs the handshake.
pub(super) fn client(host: &str, trust: &Trust) -> Result<ClientConnection, ConnectError> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| tls_error(host, &error))?;
    let any = Arc::new(AnyCertificate(provider.signature_verification_algorithms));
    let config = match trust.is_insecure {
        true => config.dangerous().with_custom_certificate_verifier(any),
        false => config.with_root_certificates(roots(trust)?),
    };
    let config = Arc::new(config.with_no_client_auth());
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| ConnectError::Tls(format!("{host} cannot be the name in a certificate")))?;
    ClientConnection::new(config, name).map_err(|error| tls_error(host, &error))
}

/// Returns the trusted certificates: those in the `--ca-file`, or else those of the system. Fails if there are none.
fn roots(trust: &Trust) -> Result<RootCertStore, ConnectError> {
    let (certificates, none) = match &trust.ca_file {
        None => (load_native_certs().certs, NO_CERTIFICATES.to_owned()),
        Some(file) => {
            let unusable =
                |why: &dyn Display| format!("cannot use {} as --ca-file: {why}", file.display());
            let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
            let certificates = certificates.map_err(|error| ConnectError::Tls(unusable(&error)))?;
            (certificates, unusable(&"it has no certificate"))
        }
    };
    let mut roots = RootCertStore::empty();
    match roots.add_parsable_certificates(certificates) {
        (0, _) => Err(ConnectError::Tls(none)),
        _ => Ok(roots),
    }
}

/// Returns the error for a failure of TLS. Its message says what is wrong and, if possible, what to do.
pub(super) fn tls_error(host: &str, error: &Error) -> ConnectError {
    ConnectError::Tls(match error {
        Error::InvalidCertificate(error) => format!("the certificate of {host} {}", problem(error)),
        Error::InvalidMessage(_) => "the server does not speak TLS: use ws://".to_owned(),
        Error::NoCertificatesPresented => format!("{host} sent no certificate"),
        error => format!("TLS failed: {error}"),
    })
}

/// Returns what is wrong with a certificate, in words for users. The messages of rustls are for programmers.
fn problem(error: &CertificateError) -> &'static str {
    use CertificateError::*;
    match error {
        Expired | ExpiredContext { .. } => "has expired",
        NotValidYet | NotValidYetContext { .. } => "is not valid yet: check this computer's clock",
        NotValidForName | NotValidForNameContext { .. } => "is for another host",
        UnknownIssuer | BadSignature => {
            "is self-signed or signed by an unknown authority: trust it with --ca-file FILE"
        }
        Revoked => "was revoked by its authority",
        InvalidPurpose | InvalidPurposeContext { .. } => "is not for a server",
        BadEncoding => "is damaged",
        // rustls has no variant for this fault.
        Other(error) if error.to_string() == "CaUsedAsEndEntity" => {
            "is for an authority, not for a server: create one with CA:FALSE, or accept it with --insecure"
        }
        _ => "uses a feature that this client does not support",
    }
}

/// Accepts every certificate. The server must still prove that it has the private key.
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
