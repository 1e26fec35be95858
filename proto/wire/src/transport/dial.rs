//! The dialling side: a channel to one address whose other end holds an admitted key.

use super::{
    ALPN_H2, CONNECT_TIMEOUT, CONNECTION_WINDOW_BYTES, HANDSHAKE_TIMEOUT, HEADER_LIST_BYTES_MAX, KEEPALIVE_EVERY,
    KEEPALIVE_TIMEOUT, STREAM_WINDOW_BYTES,
    identity::Identity,
    pin::Pin,
    tls::{CERTIFICATE_ALERTS, client_config, code_of, tls_error, unpinned},
    verify::PinPolicy,
};
use hyper_util::rt::TokioIo;
use rustls::{CertificateError, ClientConfig};
use rustls_pki_types::ServerName;
use samsyn_core::code::Code;
use std::{
    error::Error,
    fmt, io,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::Channel;

/// Where a node listens: `https://host:port`, port 443 if none is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    host: String,
    port: u16,
}

/// Why no channel could be made. Each says what the operator of which side can do.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("'{0}' is not an address: write https://host:port")]
    Address(String),
    #[error("{endpoint} cannot be reached: {source}")]
    Unreachable { endpoint: Endpoint, source: io::Error },
    #[error("{endpoint} did not answer in time")]
    TooSlow { endpoint: Endpoint },
    #[error("{endpoint} holds the key {pin}, which is not among those admitted for it")]
    Unpinned { endpoint: Endpoint, pin: Pin },
    #[error("the certificate of {endpoint} has expired")]
    Expired { endpoint: Endpoint },
    #[error("the certificate of {endpoint} cannot be accepted: {reason}")]
    Certificate { endpoint: Endpoint, reason: String },
    #[error("{endpoint} does not accept our certificate")]
    Refused { endpoint: Endpoint },
    #[error("{endpoint} does not speak HTTP/2 over TLS (ALPN h2)")]
    Alpn { endpoint: Endpoint },
    #[error("{endpoint} does not speak the expected protocol: {reason}")]
    Protocol { endpoint: Endpoint, reason: String },
}

impl DialError {
    pub fn code(&self) -> Code {
        match self {
            Self::Address(_) => Code::ConfigInvalid,
            Self::Unreachable { .. } | Self::TooSlow { .. } => Code::Unreachable,
            Self::Unpinned { .. } => Code::TlsUnpinned,
            Self::Expired { .. } | Self::Certificate { .. } | Self::Refused { .. } => Code::TlsCertificate,
            Self::Alpn { .. } => Code::TlsAlpn,
            Self::Protocol { .. } => Code::PeerProtocol,
        }
    }

    /// What can be done about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Address(_) => "write the address as https://host:port",
            Self::Unreachable { .. } | Self::TooSlow { .. } => {
                "check that the node runs, the address and port, and that a firewall lets the connection through"
            }
            Self::Unpinned { .. } => {
                "check the address; if the key was replaced, the charter or configuration must name it"
            }
            Self::Expired { .. } => "its operator runs 'samsynd cert renew'; also check the clocks of both machines",
            Self::Certificate { .. } => "its operator makes a new certificate with 'samsynd cert renew'",
            Self::Refused { .. } => {
                "let the other side admit our key (charter or 'samsynd device add'); check that our certificate has not expired"
            }
            Self::Alpn { .. } | Self::Protocol { .. } => {
                "check that the address is a samsyn node's, with no proxy between that ends TLS"
            }
        }
    }
}

/// Connects to `https://host:port`, with mutual TLS and a key that `policy` admits. The channel connects anew by the
/// same rules when the connection is lost. In TLS 1.3 a refusal by the other side shows only at the first call: see
/// [`certificate_refused`].
pub async fn connect(endpoint: &str, identity: &Identity, policy: Arc<dyn PinPolicy>) -> Result<Channel, DialError> {
    let endpoint: Endpoint = endpoint.parse()?;
    let config = client_config(identity, policy)
        .map_err(|e| DialError::Protocol { endpoint: endpoint.clone(), reason: e.to_string() })?;
    // The first connection is made here, so that its failure keeps its type; tonic gets it when it asks.
    let first = Arc::new(Mutex::new(Some(dial(&endpoint, &config).await?)));
    let target = endpoint.clone();
    let connector = tower::service_fn(move |_| {
        let ready = first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (endpoint, config) = (target.clone(), Arc::clone(&config));
        async move {
            match ready {
                Some(stream) => Ok::<_, DialError>(TokioIo::new(stream)),
                None => dial(&endpoint, &config).await.map(TokioIo::new),
            }
        }
    });
    let protocol =
        |e: tonic::transport::Error| DialError::Protocol { endpoint: endpoint.clone(), reason: e.to_string() };
    // tonic refuses https:// for a connector that does TLS itself; `dial` is the only connector there is.
    tonic::transport::Endpoint::new(format!("http://{}", endpoint.authority()))
        .map_err(protocol)?
        .connect_timeout(CONNECT_TIMEOUT + HANDSHAKE_TIMEOUT)
        .http2_keep_alive_interval(KEEPALIVE_EVERY)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .http2_max_header_list_size(HEADER_LIST_BYTES_MAX)
        .connect_with_connector(connector)
        .await
        .map_err(protocol)
}

async fn dial(endpoint: &Endpoint, config: &Arc<ClientConfig>) -> Result<TlsStream<TcpStream>, DialError> {
    let too_slow = |_| DialError::TooSlow { endpoint: endpoint.clone() };
    let unreachable = |source| DialError::Unreachable { endpoint: endpoint.clone(), source };
    let tcp = TcpStream::connect((endpoint.host.as_str(), endpoint.port));
    let tcp = tokio::time::timeout(CONNECT_TIMEOUT, tcp).await.map_err(too_slow)?.map_err(unreachable)?;
    // Small frames go back and forth; failing to set it is harmless.
    tcp.set_nodelay(true).ok();
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|_| DialError::Address(endpoint.to_string()))?;
    let tls = TlsConnector::from(Arc::clone(config)).connect(name, tcp);
    let stream = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls)
        .await
        .map_err(too_slow)?
        .map_err(|error| handshake_error(endpoint, error))?;
    if stream.get_ref().1.alpn_protocol() != Some(ALPN_H2) {
        return Err(DialError::Alpn { endpoint: endpoint.clone() });
    }
    Ok(stream)
}

fn handshake_error(endpoint: &Endpoint, error: io::Error) -> DialError {
    let endpoint = endpoint.clone();
    let Some(tls) = tls_error(&error) else { return DialError::Unreachable { endpoint, source: error } };
    if let Some(pin) = unpinned(tls) {
        return DialError::Unpinned { endpoint, pin };
    }
    match (code_of(tls), tls) {
        (Code::TlsAlpn, _) => DialError::Alpn { endpoint },
        (_, rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
            DialError::Expired { endpoint }
        }
        (Code::TlsCertificate, rustls::Error::AlertReceived(_)) => DialError::Refused { endpoint },
        (Code::TlsCertificate, other) => DialError::Certificate { endpoint, reason: other.to_string() },
        (_, other) => DialError::Protocol { endpoint, reason: other.to_string() },
    }
}

/// True if a failed call's error (with its sources) says that the other side did not accept our certificate.
/// The HTTP/2 library keeps only the text of a TLS error, so texts are compared.
pub fn certificate_refused(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<io::Error>() {
            let text = error.to_string();
            return CERTIFICATE_ALERTS.iter().any(|a| rustls::Error::AlertReceived(*a).to_string() == text);
        }
        next = error.source();
    }
    false
}

impl Endpoint {
    pub fn host(&self) -> &str {
        &self.host
    }
    pub fn port(&self) -> u16 {
        self.port
    }
    /// `host:port`, an IPv6 address in brackets.
    fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.authority())
    }
}

impl FromStr for Endpoint {
    type Err = DialError;
    fn from_str(text: &str) -> Result<Self, DialError> {
        let wrong = || DialError::Address(text.chars().take(256).collect());
        let rest = text.trim().strip_prefix("https://").ok_or_else(wrong)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.strip_prefix('[') {
            Some(v6) => {
                let (host, after) = v6.split_once(']').ok_or_else(wrong)?;
                (host, after.strip_prefix(':'))
            }
            None => rest.split_once(':').map_or((rest, None), |(h, p)| (h, Some(p))),
        };
        let port = port.map_or(Ok(443), str::parse).map_err(|_| wrong())?;
        // As a name on the wire: also keeps paths, users and spaces out.
        ServerName::try_from(host).map_err(|_| wrong())?;
        if port == 0 {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}
