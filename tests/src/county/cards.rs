//! People's certificates and a browser that shows them: an issuer of cards, what it revokes, and requests by TLS.

use super::browser::{self, Shown};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
};
use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// Issues certificates, of servers and of persons.
#[derive(Debug)]
pub struct CardIssuer {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// A certificate with its key.
#[derive(Debug)]
pub struct Card {
    certificate: CertificateDer<'static>,
    key: KeyPair,
    pem: String,
}

impl Card {
    /// Writes certificate and key as files, the key for its owner alone.
    pub fn save(&self, certificate: &Path, key: &Path) {
        std::fs::write(certificate, &self.pem).expect("written");
        std::fs::remove_file(key).ok();
        samsyn_wire::transport::create_private_file(key, self.key.serialize_pem().as_bytes()).expect("written");
    }
}

impl CardIssuer {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let own = params.self_signed(&key).expect("a certificate");
        let (pem, certificate) = (own.pem(), own.der().clone());
        Self { issuer: Issuer::new(params, key), certificate, pem }
    }

    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// For the pages themselves, as `localhost`.
    pub fn server(&self) -> Card {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params)
    }

    /// For a person, with the subject's serial number as its identity, valid in these years.
    pub fn card(&self, identity: &str, name: &str, number: u64, (from, until): (i32, i32)) -> Card {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 5]), identity);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.serial_number = Some(SerialNumber::from(number));
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Card {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Card { certificate: certificate.der().clone(), pem: certificate.pem(), key }
    }

    /// The list of revoked certificates, in PEM.
    pub fn revoked(&self, numbers: &[u64]) -> String {
        let revoked = |number: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*number),
            revocation_time: date_time_ymd(2026, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(2099, 1, 1),
            crl_number: SerialNumber::from(1u64),
            issuing_distribution_point: None,
            revoked_certs: numbers.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).expect("a list").pem().expect("text")
    }
}

/// One person at one browser: cookies, and perhaps a card.
#[derive(Debug)]
pub struct Visitor {
    pages: SocketAddr,
    client: Arc<ClientConfig>,
    pub cookies: BTreeMap<String, String>,
}

impl Visitor {
    pub fn new(pages: SocketAddr, servers: &CardIssuer, card: Option<&Card>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(servers.certificate.clone()).expect("an issuer");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("protocols").with_root_certificates(roots);
        let client = match card {
            None => config.with_no_client_auth(),
            Some(card) => {
                let key = PrivateKeyDer::try_from(card.key.serialize_der()).expect("a key");
                config.with_client_auth_cert(vec![card.certificate.clone()], key).expect("a card")
            }
        };
        Self { pages, client: Arc::new(client), cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Shown {
        self.ask(&format!("GET {path} HTTP/1.1\r\n"), "").await
    }

    /// Sends a form of a page of this site.
    pub async fn post(&mut self, path: &str, form: &str) -> Shown {
        self.post_from(path, form, "same-origin").await
    }

    /// The same, of a page of some site.
    pub async fn post_from(&mut self, path: &str, form: &str, site: &str) -> Shown {
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nSec-Fetch-Site: {site}\r\n",
            form.len()
        );
        self.ask(&head, form).await
    }

    async fn ask(&mut self, head: &str, body: &str) -> Shown {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = if cookies.is_empty() { String::new() } else { format!("Cookie: {}\r\n", cookies.join("; ")) };
        let request = format!("{head}Host: localhost\r\n{cookies}Connection: close\r\n\r\n{body}");
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TcpStream::connect(self.pages).await.expect("somebody shows pages there");
        let asked = async {
            let mut stream = TlsConnector::from(self.client.clone()).connect(name, stream).await.expect("TLS");
            stream.write_all(request.as_bytes()).await.expect("the request is taken");
            let mut answer = Vec::new();
            // That the other side ends without saying so is no matter: the head says how long the answer is.
            stream.read_to_end(&mut answer).await.ok();
            answer
        };
        let answer = timeout(ANSWER_TIMEOUT, asked).await.expect("an answer in time");
        let text = String::from_utf8_lossy(&answer).into_owned();
        for line in text.split("\r\n\r\n").next().unwrap_or_default().lines() {
            let Some((header, value)) = line.split_once(": ") else { continue };
            let pair = value.split(';').next().and_then(|pair| pair.split_once('='));
            if let (true, Some((name, value))) = (header.eq_ignore_ascii_case("set-cookie"), pair) {
                match value {
                    "" => self.cookies.remove(name),
                    value => self.cookies.insert(name.to_owned(), value.to_owned()),
                };
            }
        }
        browser::read(answer)
    }

    /// What the page says of who has signed in.
    pub async fn is_in(&mut self) -> bool {
        self.get("/").await.page().contains("Inloggad som")
    }
}
