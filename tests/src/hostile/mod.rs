//! A peer that speaks the wire protocol to real nodes and keeps to it only where it wants to. Every case ends in the
//! stable code that design and `Code` promise, where it is promised: in the node's log, in the status of the stream, in
//! `Node.Refused`, `Node.Pending` or `Node.Forks`. After every case the state is what it was (or what is rightful), the
//! others are served in time, and memory is bounded (keeps I5, I6, I7, I11).

mod arena;
mod cases;
mod peer;
mod pen;
mod tls;

use anyhow::{Context, Result, bail, ensure};
use arena::{Arena, SECOND, VICTIM};
use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long one case may take.
const CASE_TIMEOUT: Duration = Duration::from_secs(55);
/// KiB by which a node may grow during one case, at the peak: three frames of one party are worked on at once, beside
/// one that comes in and what waits to be sent.
const MEMORY_KIB_MAX: u64 = 128 * 1024;

/// What may have changed when a case is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The state digest is as it was.
    Nothing,
    /// The author has stated what it may state, or a charter was rightly amended.
    Rightful,
    /// A charter is in force by which what everybody states from now on waits.
    Standstill,
}

type Run = fn(Arc<Arena>) -> Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// One attack.
#[derive(Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    /// What is tried, and how it must end.
    pub what: &'static str,
    pub change: Change,
    /// True if it lasts long because something must time out: such cases run beside the others, against another node.
    pub slow: bool,
    run: Run,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Case({})", self.name)
    }
}

/// How one case went.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub name: &'static str,
    /// What did not hold; `None` if all did.
    pub fault: Option<String>,
    pub took: Duration,
    /// How long the honest publication after it took.
    pub served: Option<Duration>,
    /// KiB above the node's memory at the start of the case, at the peak.
    pub grown_kib: u64,
}

/// Every case, in the order in which they run.
pub fn all() -> Vec<Case> {
    cases::all()
}

/// Runs the cases in one county and tells of each as it ends. The last outcome is the stores': each node's own is
/// compared with what it must derive.
pub async fn run(cases: &[Case], mut told: impl FnMut(&Outcome)) -> Result<Vec<Outcome>> {
    let arena = Arc::new(Arena::open().await?);
    arena.served().await.context("before any attack")?;
    let mut outcomes = Vec::new();
    let slow: Vec<_> = cases.iter().filter(|c| c.slow).map(|c| (*c, tokio::spawn(attack(*c, arena.clone())))).collect();
    for case in cases.iter().filter(|c| !c.slow) {
        let outcome = attack(*case, arena.clone()).await;
        told(&outcome);
        outcomes.push(outcome);
    }
    for (case, task) in slow {
        let outcome = task.await.with_context(|| format!("the case {}", case.name))?;
        told(&outcome);
        outcomes.push(outcome);
    }
    let begun = Instant::now();
    let county = Arc::into_inner(arena).context("nothing else holds the county")?.county;
    // A panic of the harness is this outcome's fault.
    let verified = tokio::spawn(county.stop_and_verify()).await;
    let fault = verified.err().map(panic_text);
    let stores = Outcome { name: "stores-are-whole", fault, took: begun.elapsed(), served: None, grown_kib: 0 };
    told(&stores);
    outcomes.push(stores);
    Ok(outcomes)
}

/// One case, and what must hold after it.
async fn attack(case: Case, arena: Arc<Arena>) -> Outcome {
    let begun = Instant::now();
    let target = if case.slow { SECOND } else { VICTIM };
    let (mut served, mut grown_kib) = (None, 0);
    let outcome = async {
        let before = arena.look(target).await?;
        let memory = arena.memory_now(target)?;
        if !case.slow {
            arena.forget_peak(target)?;
        }
        let mut task = tokio::spawn((case.run)(arena.clone()));
        match tokio::time::timeout(CASE_TIMEOUT, &mut task).await {
            Err(_) => {
                task.abort();
                task.await.ok(); // so that it no longer holds the county
                bail!("not over after {CASE_TIMEOUT:?}")
            }
            Ok(Err(panic)) => bail!("{}", panic_text(panic)),
            Ok(Ok(outcome)) => outcome?,
        }
        if case.slow {
            return Ok(()); // the others go on meanwhile: what must hold for all is checked after each of them
        }
        let after = arena.look(target).await?;
        grown_kib = arena.memory_peak(target)?.saturating_sub(memory);
        if case.change != Change::Standstill {
            served = Some(arena.served().await?);
        }
        if case.change == Change::Nothing {
            ensure!(before.digest == after.digest, "the state digest has changed");
        }
        ensure!(grown_kib <= MEMORY_KIB_MAX, "{target} grew by {grown_kib} KiB, more than {MEMORY_KIB_MAX}");
        arena.agree().await
    }
    .await;
    let fault = outcome.err().map(|e| format!("{e:#}"));
    Outcome { name: case.name, fault, took: begun.elapsed(), served, grown_kib }
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let panic = match error.try_into_panic() {
        Ok(panic) => panic,
        Err(error) => return error.to_string(),
    };
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_else(|| "a panic".to_owned())
}
