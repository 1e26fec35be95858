//! The wires between nodes: a small forwarder stands in front of each node's federation port, at the address that the
//! charter names. It lets through what the present partition allows, and does to the bytes what the present faults say.
//!
//! TLS hides who dials, and every connection comes from 127.0.0.1. So the forwarder asks the kernel which of the
//! county's processes holds the other end of the connection (Linux: `/proc/net/tcp` and `/proc/<pid>/fd`).

use super::faults::{End, Ending, Fault, Line};
use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::AbortHandle,
};

/// Shared by all forwarders of a county.
#[derive(Debug, Clone, Default)]
pub(super) struct Links(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Counts changes of faults, so that bytes that wait look again.
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// Which side of the partition a party is on; 0 for all when there is none.
    side: BTreeMap<String, usize>,
    /// What happens to bytes from one party to another, and the number of the change that set it.
    faults: BTreeMap<(String, String), (u64, Fault)>,
    /// The running process of each party.
    pids: BTreeMap<String, u32>,
    /// Connections that stand: who dialled, whom, and how to cut it.
    open: Vec<(String, String, AbortHandle)>,
    /// What has gone through, for each pair; the first of the two in order of id.
    talks: BTreeMap<(String, String), Talk>,
    /// The forwarder of each party.
    forwarders: BTreeMap<String, (SocketAddr, AbortHandle)>,
}

/// What has gone through between two parties, in both directions and on all their connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Talk {
    /// As it is on the wire, with TLS.
    pub bytes: u64,
    /// How often the other one began to speak.
    pub turns: u64,
    /// When something last went through.
    pub last: Option<Instant>,
    speaker: String,
}

impl Links {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens in front of one party's node; gives the address for the charter. Ends with the runtime.
    pub(super) async fn forward(&self, party: &str, node: SocketAddr, public: u16) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, public)).await.expect("a port that was free just now");
        let address = listener.local_addr().expect("a bound listener has an address");
        let (links, party) = (self.clone(), party.to_owned());
        let name = party.clone();
        let forwarder = tokio::spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let Some(dialler) = links.dialler(from, address) else { continue };
                links.connect(dialler, &party, stream, node);
            }
        });
        self.state().forwarders.insert(name, (address, forwarder.abort_handle()));
        address
    }

    /// Ends a party's forwarder and what goes through it; gives the address that is free now.
    pub(super) fn stand_aside(&self, party: &str) -> Option<SocketAddr> {
        let mut state = self.state();
        for (_, _, handle) in state.open.iter().filter(|(_, to, _)| to == party) {
            handle.abort();
        }
        let (address, forwarder) = state.forwarders.remove(party)?;
        forwarder.abort();
        Some(address)
    }

    pub(super) fn count(&self, from: &str, to: &str, bytes: usize) {
        let mut state = self.state();
        let talk = state.talks.entry(pair(from, to)).or_default();
        talk.bytes += u64::try_from(bytes).unwrap_or(0);
        talk.last = Some(Instant::now());
        if talk.speaker != from {
            from.clone_into(&mut talk.speaker);
            talk.turns += 1;
        }
    }

    /// What has gone through between two parties since it was last forgotten.
    pub(super) fn talk(&self, one: &str, other: &str) -> Talk {
        self.state().talks.get(&pair(one, other)).cloned().unwrap_or_default()
    }

    /// Bytes that have gone through between all parties since they were last forgotten.
    pub(super) fn carried_bytes(&self) -> u64 {
        self.state().talks.values().map(|talk| talk.bytes).sum()
    }

    pub(super) fn forget_talks(&self) {
        self.state().talks.clear();
    }

    fn connect(&self, dialler: String, party: &str, stream: TcpStream, node: SocketAddr) {
        let up = Line { links: self.clone(), from: dialler.clone(), to: party.to_owned() };
        let down = Line { links: self.clone(), from: party.to_owned(), to: dialler.clone() };
        let mut state = self.state();
        if state.side.get(&dialler) != state.side.get(party) {
            return;
        }
        let carried = tokio::spawn(carry(stream, node, up, down));
        state.open.retain(|(_, _, handle)| !handle.is_finished());
        state.open.push((dialler, party.to_owned(), carried.abort_handle()));
    }

    /// Which party's process holds the other end; `None` for anybody else, who is not let through.
    fn dialler(&self, from: SocketAddr, to: SocketAddr) -> Option<String> {
        let inode = socket_inode(from.port(), to.port())?;
        let pids = self.state().pids.clone();
        pids.into_iter().find(|(_, pid)| holds(*pid, &inode)).map(|(party, _)| party)
    }

    pub(super) fn started(&self, party: &str, pid: u32) {
        self.state().pids.insert(party.to_owned(), pid);
    }

    pub(super) fn ended(&self, party: &str) {
        self.state().pids.remove(party);
    }

    /// Parties on the same side reach each other; a party not named stands alone with the others not named.
    pub(super) fn set(&self, sides: BTreeMap<String, usize>) {
        let mut state = self.state();
        state.side = sides;
        let side = state.side.clone();
        state.open.retain(|(dialler, party, handle)| {
            let together = side.get(dialler) == side.get(party);
            if !together {
                handle.abort();
            }
            together
        });
    }

    /// Ends the connections that stand between two parties; they may dial again.
    pub(super) fn tear(&self, one: &str, other: &str) {
        self.state().open.retain(|(dialler, party, handle)| {
            let between = (dialler == one && party == other) || (dialler == other && party == one);
            if between {
                handle.abort();
            }
            !between
        });
    }

    /// Sets what happens to bytes from one party to another.
    pub(super) fn impose(&self, from: &str, to: &str, fault: Fault) {
        let number = *self.0.changes.borrow() + 1;
        self.state().faults.insert((from.to_owned(), to.to_owned()), (number, fault));
        self.0.changes.send_replace(number);
    }

    /// Lifts every fault. Bytes that waited go on; connections that have lost bytes stay deaf.
    pub(super) fn lift(&self) {
        self.state().faults.clear();
        self.0.changes.send_modify(|n| *n += 1);
    }

    pub(super) fn fault(&self, from: &str, to: &str) -> Option<(u64, Fault)> {
        self.state().faults.get(&(from.to_owned(), to.to_owned())).copied()
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }
}

fn pair(one: &str, other: &str) -> (String, String) {
    let (first, second) = if one < other { (one, other) } else { (other, one) };
    (first.to_owned(), second.to_owned())
}

/// One connection, until either side ends it or a fault does.
async fn carry(mut near: TcpStream, node: SocketAddr, up: Line, down: Line) {
    let Ok(mut far) = TcpStream::connect(node).await else { return };
    // Nothing is held back here: what is sent is on its way (failing to set it is harmless).
    near.set_nodelay(true).ok();
    far.set_nodelay(true).ok();
    let end = {
        let (mut near_reads, mut near_writes) = near.split();
        let (mut far_reads, mut far_writes) = far.split();
        tokio::select! {
            end = up.carry(&mut near_reads, &mut far_writes) => end,
            end = down.carry(&mut far_reads, &mut near_writes) => end,
        }
    };
    // Either end may have gone by now: that is what is being tested.
    if let End::Cut(Ending::Reset) = end {
        near.set_zero_linger().ok();
        far.set_zero_linger().ok();
    } else {
        near.shutdown().await.ok();
        far.shutdown().await.ok();
    }
}

/// The inode of the connection that goes from one local port to another.
fn socket_inode(from: u16, to: u16) -> Option<String> {
    let table = fs::read_to_string("/proc/net/tcp").expect("the harness needs Linux's /proc/net/tcp");
    let port = |address: &str| u16::from_str_radix(address.rsplit(':').next()?, 16).ok();
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let fits = port(columns.get(1)?)? == from && port(columns.get(2)?)? == to;
        fits.then(|| columns.get(9).map(|inode| format!("socket:[{inode}]"))).flatten()
    })
}

fn holds(pid: u32, socket: &str) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    files.filter_map(|f| fs::read_link(f.path()).ok()).any(|target| target.as_os_str() == socket)
}
