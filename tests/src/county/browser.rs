//! A browser without a window: asks a node's pages over HTTP and gives what came, whatever it is.

use serde_json::Value;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An answer of a node's pages.
#[derive(Debug)]
pub struct Shown {
    pub status: u16,
    /// Names in small letters.
    pub head: String,
    pub body: String,
}

/// Asks for a path as a browser on this machine does.
pub async fn get(pages: SocketAddr, path: &str) -> Shown {
    ask(pages, &format!("GET {path} HTTP/1.1\r\nHost: {pages}\r\n")).await
}

/// Asks with a head of one's own; the empty line after it is added.
pub async fn ask(pages: SocketAddr, head: &str) -> Shown {
    let mut stream = TcpStream::connect(pages).await.expect("somebody shows pages there");
    let request = format!("{head}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the request is taken");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer to its end");
    read(answer)
}

/// An answer as it came.
pub(super) fn read(answer: Vec<u8>) -> Shown {
    let answer = String::from_utf8(answer).expect("text, since nothing asked for it to be compressed");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head ends in {answer}"));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("no status in {head}"));
    Shown { status, head: head.to_lowercase(), body: body.to_owned() }
}

impl Shown {
    /// A page that is there.
    #[track_caller]
    pub fn page(self) -> String {
        assert_eq!(self.status, 200, "{}\n{}", self.head, self.body);
        self.body
    }

    /// What is under `data` of an answer to a program.
    #[track_caller]
    pub fn data(self) -> Value {
        let answer: Value = serde_json::from_str(&self.page()).expect("JSON");
        assert_eq!(answer["schema"], 1, "{answer}");
        answer["data"].clone()
    }
}
