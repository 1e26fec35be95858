//! Who is admitted: first the pin, then the certificate itself (not expired, made for this use).

use super::{pin::Pin, tls::provider};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::WebPkiSupportedAlgorithms,
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::{
    collections::BTreeSet,
    fmt::Debug,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// Which keys may connect. Asked at every handshake, so the answer may change while a listener runs.
pub trait PinPolicy: Send + Sync + Debug {
    fn admits(&self, pin: &Pin) -> bool;
}

/// A set of admitted keys that can be changed while in use (a charter is amended, a device is added or revoked).
/// Connections that already stand are not closed by a change: services check their caller at each call.
#[derive(Debug, Default)]
pub struct PinSet(RwLock<BTreeSet<Pin>>);

impl PinSet {
    pub fn new(pins: impl IntoIterator<Item = Pin>) -> Arc<Self> {
        Arc::new(Self(RwLock::new(pins.into_iter().collect())))
    }
    /// Admits exactly these from now on.
    pub fn replace(&self, pins: impl IntoIterator<Item = Pin>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = pins.into_iter().collect();
    }
}

impl PinPolicy for PinSet {
    fn admits(&self, pin: &Pin) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(pin)
    }
}

/// A certificate with a key that nobody listed.
#[derive(Debug, thiserror::Error)]
#[error("the key {0} is not among those admitted")]
pub(super) struct Unpinned(pub(super) Pin);

/// Checks the certificate of either side; the two traits below differ only in the usage asked for.
#[derive(Debug)]
pub(super) struct PinVerifier {
    policy: Arc<dyn PinPolicy>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl PinVerifier {
    pub(super) fn new(policy: Arc<dyn PinPolicy>) -> Arc<Self> {
        Arc::new(Self { policy, algorithms: provider().signature_verification_algorithms })
    }

    /// Admits a certificate when
    /// - its key is pinned;
    /// - it is signed by its own key, valid at `now`, and made for `usage` ([`check`]).
    ///
    /// Names in it are not compared with the address dialled: the pin says more than a name could.
    fn verify(&self, certificate: &CertificateDer<'_>, now: UnixTime, usage: KeyUsage) -> Result<(), Error> {
        let pin = Pin::of_certificate(certificate).map_err(|_| CertificateError::BadEncoding)?;
        if !self.policy.admits(&pin) {
            return Err(CertificateError::Other(OtherError(Arc::new(Unpinned(pin)))).into());
        }
        check(certificate, now, usage, &self.algorithms).map_err(|e| as_tls_error(&e).into())
    }

    fn verify_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }
}

/// The certificate as its own trust anchor: webpki then checks form, signature, validity and usage.
fn check(
    certificate: &CertificateDer<'_>,
    now: UnixTime,
    usage: KeyUsage,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<(), webpki::Error> {
    let anchor = anchor_from_trusted_cert(certificate)?;
    EndEntityCert::try_from(certificate)?
        .verify_for_usage(algorithms.all, &[anchor], &[], now, usage, None, None)
        .map(|_| ())
}

fn as_tls_error(error: &webpki::Error) -> CertificateError {
    match error {
        webpki::Error::CertExpired { time, not_after } => {
            CertificateError::ExpiredContext { time: *time, not_after: *not_after }
        }
        webpki::Error::CertNotValidYet { time, not_before } => {
            CertificateError::NotValidYetContext { time: *time, not_before: *not_before }
        }
        webpki::Error::RequiredEkuNotFoundContext(_) => CertificateError::InvalidPurpose,
        webpki::Error::BadDer | webpki::Error::BadDerTime => CertificateError::BadEncoding,
        other => CertificateError::Other(OtherError(Arc::new(other.clone()))),
    }
}

/// When a certificate ceases to be accepted. webpki shows that moment only in its refusal, so it is asked about a
/// moment at which every certificate has expired.
pub(super) fn valid_until(certificate: &CertificateDer<'static>) -> Option<SystemTime> {
    const YEAR_10000: Duration = Duration::from_hours(70_389_528);
    let algorithms = provider().signature_verification_algorithms;
    let end_of_time = UnixTime::since_unix_epoch(YEAR_10000);
    match check(certificate, end_of_time, KeyUsage::server_auth(), &algorithms) {
        Err(webpki::Error::CertExpired { not_after, .. }) => {
            Some(UNIX_EPOCH + Duration::from_secs(not_after.as_secs()))
        }
        _ => None,
    }
}

impl ClientCertVerifier for PinVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }
    fn client_auth_mandatory(&self) -> bool {
        true
    }
    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.verify(end_entity, now, KeyUsage::client_auth()).map(|()| ClientCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("only TLS 1.3 is spoken here".to_owned()))
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, certificate, signed)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify(end_entity, now, KeyUsage::server_auth()).map(|()| ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("only TLS 1.3 is spoken here".to_owned()))
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, certificate, signed)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
