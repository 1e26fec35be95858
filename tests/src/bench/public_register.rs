//! `public-register`: what anybody waits for who looks through an authority's register on the pages, and what the same costs
//! as files.

use super::{
    Scale, meter,
    page::{self, REQUESTS},
    report::Row,
    stage::Stage,
    workload::words,
};
use crate::county::{command, ports};
use samsyn_core::{
    entry::{Audience, DocumentKind, Purpose},
    id::{AuthorityId, DocumentId, HeaderHash, OrgId},
};
use samsyn_server::{
    config::Config,
    register::{Direction, Item, Number, State, Statement, Words, Written},
    store::{Access, Store},
};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

const PAIR: [&str; 2] = ["ange", "timra"];
const AUTHORITY: &str = "ks";
/// Rows written in one transaction.
const BATCH: usize = 2_000;
/// Documents in one case.
const IN_A_CASE: usize = 4;
/// Documents registered on one day.
const IN_A_DAY: usize = 60;
/// 2020-01-01 in milliseconds, and a day.
const BEGUN_MS: u64 = 1_577_836_800_000;
const DAY_MS: u64 = 86_400_000;
/// Rows on one page.
const PER_PAGE: usize = 100;
const CALM: Duration = Duration::from_secs(3);
/// How often a process' memory is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// The address of the nth request.
type Address = Box<dyn Fn(usize) -> String>;

pub(super) async fn rows(scale: Scale) -> Vec<Row> {
    let began = Instant::now();
    let mut stage = Stage::of(&PAIR).await;
    fill(&stage, scale.registered).await;
    let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()));
    let settings = &mut stage.county.node_mut(PAIR[0]).environment;
    settings.push(("SAMSYN__WEB__LISTEN".to_owned(), pages.to_string()));
    let prepared = format!(
        "{} documents registered by the store's own functions, in a database that 'samsynd verify' finds whole afterwards; \
         prepared in {:.0} s",
        scale.registered,
        began.elapsed().as_secs_f64()
    );
    stage.start().await;
    tokio::time::sleep(CALM).await;
    let (of, last) = (scale.registered, scale.registered.div_ceil(PER_PAGE).max(1));
    let asked: [(&'static str, Address); 6] = [
        ("public-first", Box::new(|_| "/diarium/offentligt".to_owned())),
        ("public-deep", Box::new(move |n| format!("/diarium/offentligt?sida={}", n * 31 % last + 1))),
        (
            "public-number",
            Box::new(move |n| format!("/diarium/offentligt?sok=2026/{:06}-2", n * 7_919 % of / IN_A_CASE)),
        ),
        ("public-subject", Box::new(move |n| format!("/diarium/offentligt?sok=handling%20{}-0", n * 7_919 % of))),
        ("public-word", Box::new(|n| format!("/diarium/offentligt?sok={}", ["vård", "skola", "trygg"][n % 3]))),
        ("public-day", Box::new(move |n| format!("/diarium/offentligt?dag={}", date(n * 31 % of.div_ceil(IN_A_DAY))))),
    ];
    let mut rows = Vec::new();
    for (name, path) in asked {
        let mut runs = Vec::new();
        for run in 0..scale.runs.max(1) {
            runs.push(page::once(&stage, PAIR[0], pages, |n| path(run * REQUESTS + n)).await);
        }
        rows.push(Row::median(name, &runs));
    }
    rows[0].notes.push(format!("{prepared}; {REQUESTS} requests one after the other, each on a new connection"));
    rows.push(export(&stage, scale.registered).await);
    stage.stop().await;
    stage.county.stop_and_verify().await;
    rows
}

/// Writes a register as if so many documents had come in and been registered, some sixty a day.
async fn fill(stage: &Stage, count: usize) {
    let config = Config::load_with(&stage.county.node(PAIR[0]).config(), []).expect("the node's settings");
    let store = Store::open(&config.store.backend, Access::Node).await.expect("the node is stopped");
    let authority = AuthorityId::new(AUTHORITY).expect("an id");
    for begin in (0..count).step_by(BATCH) {
        let numbers = begin..count.min(begin + BATCH);
        let items: Vec<Item> = numbers.clone().map(|n| item(n, &authority)).collect();
        let statements = numbers.map(|n| (authority.clone(), position(n), statement(n))).collect();
        let mut tx = store.begin().await.expect("begins");
        store.put_register_items(&mut tx, &items).await.expect("writes items");
        store.put_register(&mut tx, &Written { statements, series: None }).await.expect("registers");
        tx.commit().await.expect("commits");
    }
    store.close().await;
}

/// Other things are stored between what is registered.
fn position(n: usize) -> u64 {
    n as u64 * 3 + 1
}

fn at_ms(n: usize) -> u64 {
    BEGUN_MS + (n / IN_A_DAY) as u64 * DAY_MS + (n % IN_A_DAY) as u64 * 600_000
}

fn date(day: usize) -> String {
    let at = at_ms(day * IN_A_DAY);
    samsyn_server::register::calendar::day(at).to_string()
}

fn item(n: usize, authority: &AuthorityId) -> Item {
    let hash = |what: &str| HeaderHash::of(format!("{what} {n}").as_bytes());
    Item {
        authority: authority.clone(),
        position: position(n),
        tip: hash("version"),
        document: DocumentId::from(hash("document")),
        direction: if n.is_multiple_of(3) { Direction::Dispatched } else { Direction::Received },
        counterpart: (!n.is_multiple_of(3)).then(|| OrgId::new(PAIR[1]).expect("an id")),
        kind: Some(DocumentKind::Decision),
        purpose: Some(Purpose::ForDecision),
        audience: Some(Audience::Public),
        facts: 4,
        at_ms: at_ms(n),
        released_ms: at_ms(n),
        rules: "0123456789ab".to_owned(),
        state: State::ToRegister,
    }
}

fn statement(n: usize) -> Statement {
    let number = Number {
        register: AUTHORITY.to_owned(),
        case: format!("KS 2026/{:06}", n / IN_A_CASE),
        document: (n % IN_A_CASE) as u64 + 1,
    };
    let subject = format!("Handling {}", words(90, n, 0));
    let words = Words { subject, rules: "0123456789ab".to_owned(), ..Words::default() };
    Statement { nr: 1, at_ms: at_ms(n) + 3_600_000, state: State::Registered, number: Some(number), words }
}

/// The whole register as pages and a file, beside the node; with the peak of that process.
async fn export(stage: &Stage, count: usize) -> Row {
    let (dir, node) = (stage.county.dir(), stage.county.node(PAIR[0]));
    let out = dir.join("offentligt");
    let mut run = command("samsynd", dir);
    run.args(["public-register", "export", "--config"]).arg(node.config()).arg("--out").arg(&out);
    let began = Instant::now();
    let mut child = run.stdout(Stdio::null()).spawn().expect("it starts");
    let pid = child.id().expect("it runs");
    let (mut peak_kib, mut cpu) = (0, Duration::ZERO);
    let status = loop {
        (peak_kib, cpu) = (peak_kib.max(meter::peak_kib_of(pid)), cpu.max(meter::cpu_of(pid)));
        if let Some(status) = child.try_wait().expect("it is ours") {
            break status;
        }
        tokio::time::sleep(LOOK).await;
    };
    assert!(status.success(), "the export ends with {status}");
    let wall_s = began.elapsed().as_secs_f64();
    let listed = fs::read_to_string(out.join(format!("diarium-{AUTHORITY}.csv"))).expect("it is there");
    assert_eq!(listed.lines().count(), count + 1, "each document once");
    Row {
        name: "public-export",
        wall_s: Some(wall_s),
        cpu_s: Some(cpu.as_secs_f64()),
        rss_mb: Some(peak_kib as f64 / 1024.0),
        bytes: Some(size(&out) as f64),
        notes: vec![
            "'samsynd public-register export' beside the node; its own peak, and what it has written".to_owned(),
        ],
        ..Row::default()
    }
}

fn size(dir: &Path) -> u64 {
    let files = fs::read_dir(dir).expect("it is there").flatten();
    files.map(|file| file.metadata().map_or(0, |m| m.len())).sum()
}
