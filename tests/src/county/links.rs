//! The wires between nodes: a small forwarder stands in front of each node's federation port, at the address that the
//! charter names, and lets through what the present partition allows.
//!
//! TLS hides who dials, and every connection comes from 127.0.0.1. So the forwarder asks the kernel which of the
//! county's processes holds the other end of the connection (Linux: `/proc/net/tcp` and `/proc/<pid>/fd`).

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

/// Shared by all forwarders of a county.
#[derive(Debug, Clone, Default)]
pub(super) struct Links(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Which side of the partition a party is on; 0 for all when there is none.
    side: BTreeMap<String, usize>,
    /// The running process of each party.
    pids: BTreeMap<String, u32>,
    /// Connections that stand: who dialled, whom, and how to cut it.
    open: Vec<(String, String, AbortHandle)>,
}

impl Links {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens in front of one party's node; gives the address for the charter. Ends with the runtime.
    pub(super) async fn forward(&self, party: &str, node: SocketAddr, public: u16) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, public)).await.expect("a port that was free just now");
        let address = listener.local_addr().expect("a bound listener has an address");
        let (links, party) = (self.clone(), party.to_owned());
        tokio::spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let Some(dialler) = links.dialler(from, address) else { continue };
                links.connect(dialler, &party, stream, node);
            }
        });
        address
    }

    fn connect(&self, dialler: String, party: &str, mut stream: TcpStream, node: SocketAddr) {
        let mut state = self.state();
        if state.side.get(&dialler) != state.side.get(party) {
            return;
        }
        let carry = tokio::spawn(async move {
            let Ok(mut to) = TcpStream::connect(node).await else { return };
            // Either end may go at any time: that is what is being tested.
            copy_bidirectional(&mut stream, &mut to).await.ok();
        });
        state.open.retain(|(_, _, handle)| !handle.is_finished());
        state.open.push((dialler, party.to_owned(), carry.abort_handle()));
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
