//! A node's figures, asked for as Prometheus asks.

use super::{County, ports};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

impl County {
    /// From its next start on a node answers there.
    pub fn listen_for_metrics(&mut self, party: &str) -> SocketAddr {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()));
        let setting = ("SAMSYN__METRICS__LISTEN".to_owned(), address.to_string());
        self.node_mut(party).environment.push(setting);
        address
    }
}

/// All of a node's figures, after the answer's headers.
pub async fn scrape(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the metrics listener is there");
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}
