//! What goes wrong with the wires of a county: per direction, on real TCP connections between real processes.

use super::{
    County,
    links::{Links, Talk},
    node::signal,
};
use rustix::process::Signal;
use std::{collections::BTreeMap, fmt, fs, future::pending, ops::ControlFlow, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::tcp::{ReadHalf, WriteHalf},
    sync::watch,
};

/// Bytes that are read at once, and so suffer together.
const PIECE_BYTES: usize = 16 * 1024;
/// How often a trickling line lets some bytes through.
const DRIP: Duration = Duration::from_millis(20);

/// What happens to the bytes that one party sends to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Each piece comes late by so many milliseconds, and up to so many more; the next one waits behind it.
    Delay { ms: u64, jitter_ms: u64 },
    /// So many bytes a second come through.
    Trickle { bytes_per_second: u64 },
    /// Nothing comes through, nothing is lost: goes on when lifted, as TCP does after a line was down. A new connection
    /// is accepted and stays silent.
    Stall,
    /// What is sent is gone, and with it the connection, though nobody is told: a firewall that has forgotten it. Stays so
    /// for the connection when the fault is lifted.
    Swallow,
    /// Each connection ends after so many more bytes.
    Cut { after: u64, how: Ending },
    /// One bit of one byte of each connection is turned.
    Corrupt { after: u64 },
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// RST: what is under way is lost.
    Reset,
    /// FIN.
    Close,
}

impl Fault {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::Trickle { .. } => "trickle",
            Self::Stall => "stall",
            Self::Swallow => "swallow",
            Self::Cut { how: Ending::Reset, .. } => "reset",
            Self::Cut { how: Ending::Close, .. } => "close",
            Self::Corrupt { .. } => "corrupt",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delay { ms, jitter_ms } => write!(f, "delay of {ms} to {} ms", ms + jitter_ms),
            Self::Trickle { bytes_per_second } => write!(f, "trickle of {bytes_per_second} bytes a second"),
            Self::Cut { after, .. } | Self::Corrupt { after } => write!(f, "{} at byte {after}", self.name()),
            Self::Stall | Self::Swallow => f.write_str(self.name()),
        }
    }
}

/// How one direction of a connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By the side that sends, or by the one that reads.
    Closed,
    Cut(Ending),
}

/// One direction of a connection.
pub(super) struct Line {
    pub(super) links: Links,
    pub(super) from: String,
    pub(super) to: String,
}

/// What a line remembers of one connection.
#[derive(Default)]
struct Carried {
    /// The change of faults that the count belongs to.
    change: u64,
    /// Bytes since that change.
    bytes: u64,
    /// Something was swallowed: whatever comes after it would never be handed on by TCP either.
    deaf: bool,
}

impl Line {
    /// Carries bytes one way until the connection ends.
    pub(super) async fn carry(&self, source: &mut ReadHalf<'_>, sink: &mut WriteHalf<'_>) -> End {
        let mut piece = vec![0; PIECE_BYTES];
        let mut carried = Carried::default();
        let mut changes = self.links.changes();
        loop {
            let read = source.read(&mut piece).await.unwrap_or(0);
            let fault = self.once_not_stalled(&mut changes).await;
            if let Some((change, fault)) = fault {
                if change != carried.change {
                    carried = Carried { change, bytes: 0, ..carried };
                }
                carried.deaf |= fault == Fault::Swallow;
            }
            if carried.deaf {
                if read == 0 {
                    return pending().await; // the end is not told either
                }
                continue;
            }
            if read == 0 {
                return End::Closed;
            }
            let fault = fault.map(|(_, fault)| fault);
            self.links.count(&self.from, &self.to, read);
            if let ControlFlow::Break(end) = self.pass(&mut piece[..read], fault, &carried, sink).await {
                return end;
            }
            carried.bytes += u64::try_from(read).unwrap_or(0);
        }
    }

    async fn once_not_stalled(&self, changes: &mut watch::Receiver<u64>) -> Option<(u64, Fault)> {
        loop {
            changes.borrow_and_update();
            let fault = self.links.fault(&self.from, &self.to);
            if !matches!(fault, Some((_, Fault::Stall))) || changes.changed().await.is_err() {
                return fault;
            }
        }
    }

    async fn pass(
        &self,
        piece: &mut [u8],
        fault: Option<Fault>,
        carried: &Carried,
        sink: &mut WriteHalf<'_>,
    ) -> ControlFlow<End> {
        let place = |after: u64| {
            let index = usize::try_from(after.checked_sub(carried.bytes)?).ok()?;
            (index < piece.len()).then_some(index)
        };
        let mut end = None;
        let mut length = piece.len();
        match fault {
            Some(Fault::Delay { ms, jitter_ms }) => {
                let more = scatter(carried.change, carried.bytes) % (jitter_ms + 1);
                tokio::time::sleep(Duration::from_millis(ms + more)).await;
            }
            Some(Fault::Trickle { bytes_per_second }) => return self.drip(piece, bytes_per_second, sink).await,
            Some(Fault::Cut { after, how }) => {
                if let Some(index) = place(after) {
                    (length, end) = (index, Some(End::Cut(how)));
                }
            }
            Some(Fault::Corrupt { after }) => {
                if let Some(index) = place(after) {
                    piece[index] ^= 0x20;
                }
            }
            Some(Fault::Stall | Fault::Swallow) | None => {}
        }
        if sink.write_all(&piece[..length]).await.is_err() {
            return ControlFlow::Break(End::Closed);
        }
        end.map_or(ControlFlow::Continue(()), ControlFlow::Break)
    }

    async fn drip(&self, piece: &[u8], bytes_per_second: u64, sink: &mut WriteHalf<'_>) -> ControlFlow<End> {
        let drips_per_second = 1_000 / u64::try_from(DRIP.as_millis()).unwrap_or(1);
        let (drop, pause) = match bytes_per_second / drips_per_second {
            0 => (1, Duration::from_secs(1) / u32::try_from(bytes_per_second.max(1)).unwrap_or(1)),
            drop => (usize::try_from(drop).unwrap_or(1), DRIP),
        };
        let mut rest = piece;
        while !rest.is_empty() {
            let trickles = matches!(self.links.fault(&self.from, &self.to), Some((_, Fault::Trickle { .. })));
            let (now, later) = rest.split_at(if trickles { drop.min(rest.len()) } else { rest.len() });
            if sink.write_all(now).await.is_err() {
                return ControlFlow::Break(End::Closed);
            }
            rest = later;
            tokio::time::sleep(if trickles { pause } else { Duration::ZERO }).await;
        }
        ControlFlow::Continue(())
    }
}

/// A number that looks random and is the same for the same place (SplitMix64's last step).
fn scatter(change: u64, bytes: u64) -> u64 {
    let mut z = change.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ bytes;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// What a node's process takes, as the kernel counts it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// The most memory that was ever resident, in KiB.
    pub peak_kib: u64,
    /// Open files and sockets.
    pub files: usize,
}

impl County {
    /// Sets what happens to bytes from one party to another, until [`County::heal`].
    pub fn fault(&self, from: &str, to: &str, fault: Fault) {
        self.links.impose(from, to, fault);
    }

    /// Ends the connections that stand between two parties; they dial again.
    pub fn tear(&self, one: &str, other: &str) {
        self.links.tear(one, other);
    }

    /// Ends partition and faults.
    pub fn heal(&self) {
        self.links.set(BTreeMap::new());
        self.links.lift();
    }

    /// Nothing comes through from anybody to anybody, and nothing is lost: what nodes have begun goes on at the healing.
    pub fn stall(&self) {
        let parties = self.parties();
        for (i, one) in parties.iter().enumerate() {
            parties[i + 1..].iter().for_each(|other| self.silence(one, other));
        }
    }

    /// The same between two parties.
    pub fn silence(&self, one: &str, other: &str) {
        self.fault(one, other, Fault::Stall);
        self.fault(other, one, Fault::Stall);
    }

    /// What has gone through the forwarders between two parties since [`County::forget_talks`].
    pub fn talk(&self, one: &str, other: &str) -> Talk {
        self.links.talk(one, other)
    }

    /// Bytes that have gone through all forwarders since [`County::forget_talks`].
    pub fn carried_bytes(&self) -> u64 {
        self.links.carried_bytes()
    }

    pub fn forget_talks(&self) {
        self.links.forget_talks();
    }

    /// Takes the forwarders away: from their next start on, nodes listen at the addresses that the charter names. None may
    /// run; faults and partitions have no effect any more.
    pub fn connect_directly(&mut self) {
        for party in self.parties() {
            let Some(address) = self.links.stand_aside(&party) else { continue };
            let node = self.node_mut(&party);
            node.environment.push(("SAMSYN__FEDERATION__LISTEN".to_owned(), address.to_string()));
        }
    }

    /// SIGSTOP: the process stands still, its connections stay open.
    pub fn freeze(&self, party: &str) {
        signal(self.node(party).pid().expect("it runs"), Signal::STOP);
    }

    /// SIGCONT.
    pub fn thaw(&self, party: &str) {
        signal(self.node(party).pid().expect("it runs"), Signal::CONT);
    }

    /// The first node whose process has ended though nobody ended it.
    pub fn fallen(&mut self) -> Option<String> {
        let fallen = |node: &mut super::Node| node.ended().map(|status| format!("{} ({status})", node.party));
        self.nodes.values_mut().find_map(fallen)
    }

    pub fn footprint(&self, party: &str) -> Footprint {
        let Some(pid) = self.node(party).pid() else { return Footprint::default() };
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok());
        let files = fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
        Footprint { peak_kib: peak.unwrap_or(0), files }
    }
}
