//! The own organisation's node, as a client calls it: pinned TLS, a deadline on every call, errors as problems.

use crate::{config::Config, problem::Problem, text::Text, vocabulary::fold};
use rustls_pki_types::ServerName;
use samsyn_core::code::Code;
use samsyn_wire::{
    transport::{self, Endpoint, Identity, Pin, PinSet},
    v1::{
        self, node_client::NodeClient, portfolio_client::PortfolioClient, register_client::RegisterClient,
        replica_client::ReplicaClient,
    },
};
use std::{error::Error as _, future::Future, time::Duration};
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_rustls::TlsConnector;
use tonic::{Response, Status, transport::Channel};

/// How long one answer may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long finding out why a call failed may take.
const LOOK_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of one answer: a working copy with its whole history is the largest.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A connection to the own node.
#[derive(Debug, Clone)]
pub struct Node {
    channel: Channel,
    server: String,
    server_pin: Pin,
    identity: Identity,
}

impl Node {
    /// Connects with the device's key to the node with the pinned key.
    pub async fn connect(config: &Config) -> Result<Self, Problem> {
        let identity = Identity::load(&config.certificate, &config.key)?;
        let server_pin = config.pin()?;
        let channel = transport::connect(&config.server, &identity, PinSet::new([server_pin])).await?;
        Ok(Self { channel, server: config.server.clone(), server_pin, identity })
    }

    pub fn portfolio(&self) -> PortfolioClient<Channel> {
        PortfolioClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }
    pub fn replica(&self) -> ReplicaClient<Channel> {
        ReplicaClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }
    pub fn register(&self) -> RegisterClient<Channel> {
        RegisterClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }
    pub fn node(&self) -> NodeClient<Channel> {
        NodeClient::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Awaits one call, with the deadline.
    pub async fn call<T>(&self, call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, Problem> {
        let answer = tokio::time::timeout(CALL_TIMEOUT, call).await;
        let answer = answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time")));
        match answer {
            Ok(answer) => Ok(answer.into_inner()),
            Err(status) if status.source().is_some() && self.refuses_us().await => {
                Err(Problem::not_admitted(self.identity.pin()))
            }
            Err(status) => Err(Problem::of_status(&status, self.identity.pin())),
        }
    }

    /// True if the node turns this device's key away. In TLS 1.3 a refusal comes after the handshake has ended for us,
    /// and the HTTP/2 library often says no more than that the connection closed; so this connects once more and reads:
    /// a node that admits us speaks first.
    async fn refuses_us(&self) -> bool {
        let look = async {
            let endpoint: Endpoint = self.server.parse().ok()?;
            let config = transport::client_config(&self.identity, PinSet::new([self.server_pin])).ok()?;
            let name = ServerName::try_from(endpoint.host().to_owned()).ok()?;
            let tcp = TcpStream::connect((endpoint.host(), endpoint.port())).await.ok()?;
            let mut stream = match TlsConnector::from(config).connect(name, tcp).await {
                Ok(stream) => stream,
                Err(error) => return Some(error),
            };
            stream.read_u8().await.err()
        };
        let error = tokio::time::timeout(LOOK_TIMEOUT, look).await.ok().flatten();
        error.is_some_and(|e| transport::certificate_refused(&e))
    }

    pub async fn status(&self) -> Result<v1::StatusResponse, Problem> {
        self.call(self.node().status(v1::StatusRequest {})).await
    }

    pub async fn parties(&self) -> Result<Parties, Problem> {
        let answer = self.call(self.node().parties(v1::PartiesRequest {})).await?;
        Ok(Parties(answer.parties))
    }

    pub async fn works(&self, request: v1::ListWorksRequest) -> Result<v1::ListWorksResponse, Problem> {
        self.call(self.portfolio().list_works(request)).await
    }

    /// One work; where there is none of the id, the remedy names those that come close.
    pub async fn work(&self, id: &str) -> Result<v1::Work, Problem> {
        let request = v1::GetWorkRequest { id: id.to_owned() };
        let answer = self.call(self.portfolio().get_work(request)).await;
        match answer {
            Ok(answer) => answer.work.ok_or_else(incomplete),
            Err(problem) => Err(self.suggest(problem, id).await),
        }
    }

    pub async fn history(&self, id: &str) -> Result<v1::HistoryResponse, Problem> {
        let answer = self.call(self.portfolio().history(v1::HistoryRequest { id: id.to_owned() })).await;
        match answer {
            Ok(answer) => Ok(answer),
            Err(problem) => Err(self.suggest(problem, id).await),
        }
    }

    /// The joint note of a document, of whatever kind and owner.
    pub async fn note(&self, id: &str) -> Result<v1::JointTextResponse, Problem> {
        let request = v1::JointTextRequest { id: id.to_owned(), path: String::new() };
        match self.call(self.portfolio().joint_text(request)).await {
            Ok(answer) => Ok(answer),
            Err(problem) => Err(self.suggest(problem, id).await),
        }
    }

    /// Adds to *there is no such work* the works whose number or title comes close.
    pub async fn suggest(&self, problem: Problem, id: &str) -> Problem {
        if problem.code != Code::InputNotFound {
            return problem;
        }
        let request = v1::ListWorksRequest { include_drafts: true, page_size: 500, ..v1::ListWorksRequest::default() };
        let Ok(list) = self.works(request).await else { return problem };
        let close = crate::close::closest(id, &list.works);
        if close.is_empty() {
            return problem.field("id");
        }
        let names = close.join(", ");
        let remedy =
            Text("menade du: {}? Se alla med: samsyn work list", "did you mean: {}? See all with: samsyn work list");
        Problem { remedy: remedy.with(&[&names]), ..problem }.field("id")
    }
}

/// An answer that lacks what it must have: a node of another version.
pub fn incomplete() -> Problem {
    Problem::new(
        Code::Failed,
        Text("Nodens svar är ofullständigt.", "The node's answer is incomplete."),
        Text("uppdatera samsyn eller noden, så att de passar ihop", "update samsyn or the node so that they fit"),
    )
}

/// The parties of the federation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parties(pub Vec<v1::Party>);

impl Parties {
    /// The party that people mean: by id, by name, or by the name's beginning (`Timrå` for `Timrå kommun`).
    pub fn find(&self, text: &str) -> Option<&v1::Party> {
        let wanted = fold(text.strip_prefix("org:").unwrap_or(text));
        let exact = self.0.iter().find(|p| p.id == wanted || fold(&p.name) == wanted);
        let begins = |p: &&v1::Party| !wanted.is_empty() && fold(&p.name).split('-').any(|word| word == wanted);
        let mut named = self.0.iter().filter(begins);
        exact.or_else(|| named.next().filter(|_| named.next().is_none()))
    }

    /// The name of an id; the id itself if it is no party.
    pub fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.iter().find(|p| p.id == id).map_or(id, |p| p.name.as_str())
    }

    pub fn own(&self) -> Option<&v1::Party> {
        self.0.iter().find(|p| p.own)
    }

    /// `ange (Ånge kommun), …`, for messages.
    pub fn list(&self) -> String {
        self.0.iter().map(|p| format!("{} ({})", p.id, p.name)).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parties_are_found_as_people_name_them() {
        let party = |id: &str, name: &str| v1::Party { id: id.into(), name: name.into(), ..v1::Party::default() };
        let parties = Parties(vec![
            party("rvn", "Region Västernorrland"),
            party("timra", "Timrå kommun"),
            party("harnosand", "Härnösands kommun"),
        ]);
        for (text, id) in [
            ("timra", "timra"),
            ("Timrå", "timra"),
            ("TIMRÅ KOMMUN", "timra"),
            ("org:rvn", "rvn"),
            ("härnösand", "harnosand"),
            ("Västernorrland", "rvn"),
        ] {
            assert_eq!(parties.find(text).map(|p| p.id.as_str()), Some(id), "{text}");
        }
        assert_eq!(parties.find("kommun"), None, "two parties are named so");
        assert_eq!(parties.find(""), None);
        assert_eq!(parties.name("skr"), "skr");
    }
}
