//! The rustls configurations: TLS 1.3 alone, both sides with a certificate, nothing resumed.

use super::{
    ALPN_H2,
    identity::Identity,
    verify::{PinPolicy, PinVerifier, Unpinned},
};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ServerConfig,
    client::Resumption,
    crypto::CryptoProvider,
    server::NoServerSessionStorage,
    sign::{CertifiedKey, SingleCertAndKey},
};
use samsyn_core::code::Code;
use std::{
    io,
    sync::{Arc, LazyLock},
};

/// The one cryptographic provider, named explicitly: nothing depends on what a process installed as its default.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> =
        LazyLock::new(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    Arc::clone(&PROVIDER)
}

fn resolver(identity: &Identity) -> Arc<SingleCertAndKey> {
    Arc::new(SingleCertAndKey::from(CertifiedKey::clone(&identity.certified_key())))
}

/// The accepting side. Resumption would skip the verifier, and with it a change of the admitted pins: there is none.
pub fn server_config(identity: &Identity, policy: Arc<dyn PinPolicy>) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(PinVerifier::new(policy))
        .with_cert_resolver(resolver(identity));
    config.alpn_protocols = vec![ALPN_H2.to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}

/// The dialling side.
pub fn client_config(identity: &Identity, policy: Arc<dyn PinPolicy>) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(PinVerifier::new(policy))
        .with_client_cert_resolver(resolver(identity));
    config.alpn_protocols = vec![ALPN_H2.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    Ok(Arc::new(config))
}

/// The TLS error inside an I/O error of a handshake.
pub(super) fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// The pin of a certificate that was refused because nobody listed it.
pub(super) fn unpinned(error: &rustls::Error) -> Option<super::Pin> {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.0.downcast_ref::<Unpinned>().map(|u| u.0)
        }
        _ => None,
    }
}

/// The stable code of a failed handshake, for either side.
pub(super) fn code_of(error: &rustls::Error) -> Code {
    use rustls::Error as E;
    match error {
        _ if unpinned(error).is_some() => Code::TlsUnpinned,
        E::NoApplicationProtocol | E::AlertReceived(AlertDescription::NoApplicationProtocol) => Code::TlsAlpn,
        E::InvalidCertificate(_) | E::NoCertificatesPresented => Code::TlsCertificate,
        E::AlertReceived(alert) if CERTIFICATE_ALERTS.contains(alert) => Code::TlsCertificate,
        _ => Code::PeerProtocol,
    }
}

/// What the other side says when it does not accept our certificate.
pub(super) const CERTIFICATE_ALERTS: [AlertDescription; 9] = [
    AlertDescription::BadCertificate,
    AlertDescription::UnsupportedCertificate,
    AlertDescription::CertificateRevoked,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateUnknown,
    AlertDescription::UnknownCA,
    AlertDescription::AccessDenied,
    AlertDescription::CertificateRequired,
    AlertDescription::DecryptError,
];
