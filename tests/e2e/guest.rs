//! A party whose node is this test: the core's own machine behind a dialect of the protocol, on a real stream to a real
//! node. What it says on the wire is made here, byte by byte where a dialect needs it.

use prost::{
    Message,
    bytes::{Buf, BufMut},
    encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint},
};
use samsyn_core::{
    commit::{CommitBuilder, SignedCommit},
    entry::{Card, Outline},
    id::{DocumentId, Incarnation, OrgId},
    ledger::Ledger,
    sync::{Frame, Machine, Output, Send, SessionId},
};
use samsyn_server::{config::Config, driver::now_ms, identity::NodeIdentity, operate::charter};
use samsyn_tests::county::County;
use samsyn_wire::{
    transport::{self, Pin, PinSet},
    v1::{self, frame::Body},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{
    Request, Status, Streaming,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

/// A field that no version so far has.
const UNKNOWN_FIELD: u32 = 99;
const TICK: Duration = Duration::from_millis(50);

/// How a program of another minor version differs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) minor: u32,
    /// Knows only what a first version could not do without.
    pub(crate) old: bool,
    /// Says more than this version knows: further frames, and further fields in every message.
    pub(crate) later: bool,
}

impl Dialect {
    fn knows(self, body: &Body) -> bool {
        !(self.old && matches!(body, Body::Announce(_) | Body::Contacts(_) | Body::DocumentDigests(_)))
    }

    /// The bytes that go out for one frame.
    fn say(self, frame: &Frame) -> Vec<Vec<u8>> {
        let mut message = v1::Frame::from(frame);
        if let Some(Body::Hello(hello)) = &mut message.body {
            hello.minor = self.minor;
        }
        if !message.body.as_ref().is_some_and(|body| self.knows(body)) {
            return Vec::new();
        }
        let bytes = message.encode_to_vec();
        if self.later {
            vec![with_unknown_field(&bytes), unknown(b"of a later version"), Vec::new()]
        } else {
            vec![bytes]
        }
    }
}

/// A field with a number that is not known.
fn unknown(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_key(UNKNOWN_FIELD, WireType::LengthDelimited, &mut bytes);
    encode_varint(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

/// The same frame with one more field in its body and one beside it.
fn with_unknown_field(frame: &[u8]) -> Vec<u8> {
    let mut rest = frame;
    let (tag, kind) = decode_key(&mut rest).expect("a frame begins with its body's key");
    let length = decode_varint(&mut rest).expect("a length");
    assert_eq!(length, rest.len() as u64, "a frame is one field");
    let body = [rest, &unknown(b"further")].concat();
    let mut bytes = Vec::new();
    encode_key(tag, kind, &mut bytes);
    encode_varint(body.len() as u64, &mut bytes);
    bytes.extend(body);
    bytes.extend(unknown(b"beside"));
    bytes
}

/// A stream that stands: its number, what goes out, what comes in.
type Stream = (SessionId, mpsc::Sender<Vec<u8>>, Streaming<Vec<u8>>);

/// See the module's documentation.
pub(crate) struct Guest {
    org: OrgId,
    identity: NodeIdentity,
    pub(crate) machine: Machine,
    incarnation: Incarnation,
    stored: Vec<SignedCommit>,
    dialect: Dialect,
    stream: Option<Stream>,
    sessions: u64,
    /// Frames that the dialect does not know, by what they were.
    pub(crate) skipped: BTreeMap<&'static str, usize>,
}

impl Guest {
    /// Takes a party's keys and charter, whose own node must not run.
    pub(crate) fn new(county: &County, party: &str, dialect: Dialect) -> Self {
        let config = Config::load_with(&county.node(party).config(), []).expect("the settings");
        let identity = NodeIdentity::load(&config.identity).expect("the keys");
        let book = charter::open(&config.federation.charter).expect("a charter in force");
        let org = OrgId::new(party).expect("an id");
        let machine = Machine::new(org.clone(), identity.log_key.clone(), Ledger::new(book));
        let incarnation = Incarnation([7; 16]);
        let (stored, skipped) = (Vec::new(), BTreeMap::new());
        Self { org, identity, machine, incarnation, stored, dialect, stream: None, sessions: 0, skipped }
    }

    /// Dials a node, past the forwarder.
    pub(crate) async fn meet(&mut self, county: &County, party: &str) {
        let config = Config::load_with(&county.node(party).config(), []).expect("the settings");
        let pin: Pin = NodeIdentity::load(&config.identity).expect("the keys").tls.pin();
        let endpoint = format!("https://{}", county.node(party).federation);
        let channel =
            transport::connect(&endpoint, &self.identity.tls, PinSet::new([pin])).await.expect("the node listens");
        let (sender, frames) = mpsc::channel(4_096);
        self.sessions += 1;
        let session = SessionId(self.sessions);
        let hello = self.machine.opened(session, OrgId::new(party).expect("an id"), now_ms());
        let mut grpc = Grpc::new(channel);
        grpc.ready().await.expect("a fresh channel is ready");
        let path = PathAndQuery::from_static("/samsyn.v1.Peering/Sync");
        let answer = grpc.streaming(Request::new(ReceiverStream::new(frames)), path, RawCodec).await.expect("a stream");
        self.stream = Some((session, sender, answer.into_inner()));
        self.carry_out(hello);
    }

    pub(crate) fn hang_up(&mut self) {
        let (session, ..) = self.stream.take().expect("a stream stands");
        let out = self.machine.closed(session, now_ms());
        self.carry_out(out);
    }

    /// A commit of the guest's own.
    pub(crate) fn state(&mut self, endpoint: &str) {
        let county = self.machine.ledger().county();
        let key = &self.identity.log_key;
        let position = self.machine.ledger().position(county, &self.org, self.incarnation, key.public());
        let mut builder = CommitBuilder::new(position, now_ms());
        let card = Card { endpoints: vec![endpoint.to_owned()], pins: Vec::new(), authorities: BTreeMap::new() };
        builder.add(DocumentId::NONE, &Outline::Card(card));
        let out = self.machine.write(builder.sign(key), now_ms()).expect("an own commit is accepted");
        self.carry_out(out);
    }

    /// Reads and answers for a moment. The node must not end the stream.
    pub(crate) async fn listen(&mut self) {
        let until = Instant::now() + TICK;
        while let Some((session, _, inbound)) = &mut self.stream {
            let session = *session;
            let Ok(next) = tokio::time::timeout_at(until.into(), inbound.next()).await else { break };
            let bytes = next.expect("the node goes on").expect("the node goes on");
            let message = v1::Frame::decode(bytes.as_slice()).expect("a frame");
            let body = message.body.as_ref().expect("this test knows every frame of this version");
            if !self.dialect.knows(body) {
                *self.skipped.entry(name(body)).or_default() += 1;
                continue;
            }
            let frame = Option::<Frame>::try_from(message).expect("a frame").expect("known");
            let out = self.machine.received(session, frame, now_ms());
            self.carry_out(out);
        }
        let out = self.machine.tick(now_ms());
        self.carry_out(out);
    }

    fn carry_out(&mut self, out: Output) {
        self.stored.extend(out.persist.commits.into_iter().map(|commit| SignedCommit {
            entries: commit.entries.into_iter().map(|e| e.raw).collect(),
            signature: commit.signature,
        }));
        for send in out.sends {
            match send {
                Send::Frame(session, frame) => self.send(session, &frame),
                Send::Range { session, headers } => {
                    let wanted = |c: &&SignedCommit| c.hashes().iter().any(|hash| headers.contains(hash));
                    let range: Vec<SignedCommit> = self.stored.iter().filter(wanted).cloned().collect();
                    self.send(session, &Frame::Commits(range));
                }
                Send::Values { .. } => {} // it has no values but those in its commits
                Send::Close { code, .. } => panic!("the guest's machine ends the stream: {code}"),
            }
        }
    }

    fn send(&self, to: SessionId, frame: &Frame) {
        let Some((session, sender, _)) = &self.stream else { return };
        if *session == to {
            for bytes in self.dialect.say(frame) {
                sender.try_send(bytes).expect("the node reads");
            }
        }
    }
}

fn name(body: &Body) -> &'static str {
    match body {
        Body::Announce(_) => "announce",
        Body::Contacts(_) => "contacts",
        Body::DocumentDigests(_) => "document digests",
        _ => "another",
    }
}

/// Messages as bytes, in both directions.
#[derive(Debug, Clone, Copy)]
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;
    fn encoder(&mut self) -> Self {
        *self
    }
    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for RawCodec {
    type Item = Vec<u8>;
    type Error = Status;
    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Vec<u8>;
    type Error = Status;
    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        Ok(Some(bytes.to_vec()))
    }
}
