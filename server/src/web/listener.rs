//! Connections of browsers: so many at once, each with a bound on how slowly it may ask; by TLS with a certificate that
//! is read anew when its files change, or plain for this machine and the proxies that are trusted.

use crate::{
    config::WebTls,
    failure::Failure,
    sign_in::{Certificates, Shown, cryptography},
};
use axum::{Extension, Router};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustls::{
    ServerConfig,
    server::{ClientHello, NoServerSessionStorage, ResolvesServerCert},
    sign::CertifiedKey,
};
use samsyn_core::code::Code;
use samsyn_wire::transport::Identity;
use std::{
    net::IpAddr,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tower::Layer;

/// Connections at once. More wait in the system's queue.
const CONNECTIONS_MAX: usize = 256;
/// How long the head of a request may take, the first and each that follows on a connection; and a TLS handshake.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// A failed accept (no more files, for one) is tried again after this.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// How often the certificate's files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Who may connect, and how.
#[derive(Debug, Clone)]
pub(super) enum Gate {
    /// Anybody, by TLS.
    Tls { certificate: Arc<Certificate>, people: Option<Arc<Certificates>> },
    /// Anybody: nothing here is anybody's alone.
    Open,
    /// This machine and these.
    Proxies(Vec<IpAddr>),
}

impl Gate {
    pub(super) fn tls(files: WebTls, people: Option<Arc<Certificates>>) -> Result<Self, Failure> {
        let certificate = Arc::new(Certificate::load(files)?);
        acceptor(&certificate, people.as_deref())
            .map_err(|e| Failure::new(Code::TlsCertificate, format!("TLS of the pages: {e}"), "report this"))?;
        Ok(Self::Tls { certificate, people })
    }

    fn admits(&self, from: IpAddr) -> bool {
        match self {
            Self::Tls { .. } | Self::Open => true,
            Self::Proxies(trusted) => {
                let from = from.to_canonical();
                from.is_loopback() || trusted.iter().any(|proxy| proxy.to_canonical() == from)
            }
        }
    }
}

/// Made for each connection: whose certificates browsers are asked for is what the files say then.
fn acceptor(certificate: &Arc<Certificate>, people: Option<&Certificates>) -> Result<TlsAcceptor, rustls::Error> {
    let config =
        ServerConfig::builder_with_provider(cryptography()).with_protocol_versions(&[&rustls::version::TLS13])?;
    let config = match people {
        Some(people) => config.with_client_cert_verifier(people.asking()),
        None => config.with_no_client_auth(),
    };
    let mut config = config.with_cert_resolver(certificate.clone());
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A session that is taken up again would show a certificate whose card may have been taken out.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The pages' certificate as its files had it last.
#[derive(Debug)]
pub(super) struct Certificate {
    files: WebTls,
    current: RwLock<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Certificate {
    fn load(files: WebTls) -> Result<Self, Failure> {
        let current = RwLock::new(read(&files)?);
        Ok(Self { files, current })
    }

    /// Takes a new certificate into use; one that cannot be used is told, and the old one goes on.
    async fn follow(&self) {
        let mut seen = self.fingerprint();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = self.fingerprint();
            if now == seen {
                continue;
            }
            seen = now;
            match read(&self.files) {
                Ok(new) => {
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
                    tracing::info!("the pages have a new certificate");
                }
                Err(failure) => tracing::warn!(
                    code = %failure.code,
                    "the pages' new certificate is not taken, the old one goes on: {failure}; remedy: {}", failure.remedy
                ),
            }
        }
    }

    fn fingerprint(&self) -> [Option<(u64, Option<SystemTime>)>; 2] {
        let of = |path: &Path| path.metadata().ok().map(|m| (m.len(), m.modified().ok()));
        [of(&self.files.certificate), of(&self.files.key)]
    }
}

fn read(files: &WebTls) -> Result<Arc<CertifiedKey>, Failure> {
    let identity = Identity::load(&files.certificate, &files.key);
    identity.map(|identity| identity.certified_key()).map_err(|e| Failure::from(e).field("web.certificate"))
}

pub(super) async fn serve(listener: TcpListener, app: Router, gate: Gate) {
    match &gate {
        Gate::Tls { certificate, .. } => tokio::select! {
            () = accept(listener, app, &gate) => {}
            () = certificate.follow() => {}
        },
        _ => accept(listener, app, &gate).await,
    }
}

async fn accept(listener: TcpListener, app: Router, gate: &Gate) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("a browser could not connect: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if !gate.admits(from.ip()) {
            tracing::debug!("a connection that comes from no trusted proxy is closed");
            continue;
        }
        stream.set_nodelay(true).ok();
        let (app, gate) = (app.clone(), gate.clone());
        tokio::spawn(async move {
            connection(stream, app, &gate).await;
            drop(place);
        });
    }
}

/// A browser that goes away, or speaks no TLS, is no news.
async fn connection(stream: TcpStream, app: Router, gate: &Gate) {
    match gate {
        Gate::Tls { certificate, people } => {
            let Ok(acceptor) = acceptor(certificate, people.as_deref()) else { return };
            if let Ok(Ok(stream)) = timeout(HEAD_TIMEOUT, acceptor.accept(stream)).await {
                let shown = Shown::of(stream.get_ref().1.peer_certificates());
                answer(stream, app, shown).await;
            }
        }
        // What a proxy says of a certificate is not believed.
        Gate::Open | Gate::Proxies(_) => answer(stream, app, Shown::default()).await,
    }
}

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, app: Router, shown: Shown) {
    let app = Extension(shown).layer(app);
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BYTES_MAX);
    http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app)).await.ok();
}
