//! `page`: what a browser waits for, on a node that holds many works of another party.

use super::{
    Scale, meter,
    report::{Row, percentile},
    stage::Stage,
    workload::{self, Part},
};
use crate::county::ports;
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The first has written, the second shows.
const PAIR: [&str; 2] = ["ange", "timra"];
/// Requests for each row and run.
pub(super) const REQUESTS: usize = 200;
/// Files of all works for each run.
const FILES: usize = 5;
/// Before the first request, so that nothing is left over from the start.
const CALM: Duration = Duration::from_secs(3);

/// Works in one page of the list.
const PER_PAGE: usize = 100;

/// The address of the nth request.
type Address<'a> = Box<dyn Fn(usize) -> String + 'a>;

pub(super) async fn rows(scale: Scale) -> Vec<Row> {
    let began = Instant::now();
    let mut stage = Stage::of(&PAIR).await;
    let mut works = workload::unfounded(scale.pages);
    workload::write(&stage.county, PAIR[0], &mut works, Part::Found(0)).await;
    stage.commits = scale.pages as u64;
    stage.share().await;
    let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()));
    let settings = &mut stage.county.node_mut(PAIR[1]).environment;
    settings.push(("SAMSYN__WEB__LISTEN".to_owned(), pages.to_string()));
    let prepared = format!("{} works of 2 KB, prepared in {:.0} s", scale.pages, began.elapsed().as_secs_f64());
    stage.start().await;
    stage.equal().await;
    tokio::time::sleep(CALM).await;
    let work = |n: usize| {
        let document = works[n * 7_919 % works.len()].document.expect("it is founded");
        format!("/arbete/{document}")
    };
    let last = scale.pages.div_ceil(PER_PAGE);
    let asked: [(&'static str, Address<'_>); 7] = [
        ("page-list", Box::new(|n| format!("/portfolj?sida={}", n * 31 % last + 1))),
        ("page-filtered", Box::new(|n| format!("/portfolj?skede=ongoing&part=ange&sida={}", n * 31 % last + 1))),
        ("page-search", Box::new(|n| format!("/portfolj?sok={}-0", n * 7_919 % scale.pages))),
        ("page-work", Box::new(work)),
        ("page-overview", Box::new(|_| "/".to_owned())),
        // Words of nearly all works, and one of few.
        ("page-words-common", Box::new(|_| "/sok?sok=samverkan+v%C3%A5rd".to_owned())),
        ("page-words", Box::new(|n| format!("/sok?sok=samverkan+{}-0", n * 7_919 % scale.pages))),
    ];
    let mut rows = Vec::new();
    for (name, path) in asked {
        if name == "page-work" {
            // Nobody has looked at a work since the start: the node reads what is alike while it answers.
            let first = once(&stage, PAIR[1], pages, |n| path(REQUESTS + n)).await;
            rows.push(Row::median("page-work-first", &[first]));
            calm(&stage, PAIR[1]).await;
        }
        if name == "page-words-common" {
            // The same of the words of all documents: one answer, which may say that it has not seen all.
            let first = times(1, &stage, PAIR[1], pages, |_| "/sok?sok=samverkan".to_owned()).await;
            rows.push(Row::median("page-words-first", &[first]));
            calm(&stage, PAIR[1]).await;
        }
        let mut runs = Vec::new();
        for run in 0..scale.runs.max(1) {
            runs.push(once(&stage, PAIR[1], pages, |n| path(run * REQUESTS + n)).await);
        }
        rows.push(Row::median(name, &runs));
    }
    rows[0].notes.push(format!(
        "{prepared}; {REQUESTS} requests one after the other, each for another page on a new connection, as a browser asks that \
         takes compressed answers: from connecting until the last byte. CPU of the node for one request"
    ));
    let mut runs = Vec::new();
    for _ in 0..scale.runs.max(1) {
        runs.push(times(FILES, &stage, PAIR[1], pages, |_| "/portfolj/arbeten.xlsx".to_owned()).await);
    }
    let mut files = Row::median("page-excel", &runs);
    files.notes.push(format!("all works with every field as a file for Excel, {FILES} times one after the other"));
    rows.push(files);
    stage.stop().await;
    rows
}

/// Until a node does nothing; a minute is enough for all that it reads behind an answer.
async fn calm(stage: &Stage, party: &str) {
    for _ in 0..120 {
        let before = meter::read_of(&stage.county, &[party]);
        tokio::time::sleep(Duration::from_millis(500)).await;
        if meter::read_of(&stage.county, &[party]).since(before).cpu < Duration::from_millis(25) {
            return;
        }
    }
    panic!("{party} has not come to rest within a minute");
}

/// Asks a node for [`REQUESTS`] pages, one after the other.
pub(super) async fn once(stage: &Stage, party: &str, pages: SocketAddr, path: impl Fn(usize) -> String) -> Row {
    times(REQUESTS, stage, party, pages, path).await
}

async fn times(requests: usize, stage: &Stage, party: &str, pages: SocketAddr, path: impl Fn(usize) -> String) -> Row {
    let (mut took, mut bytes) = (Vec::new(), 0);
    let before = meter::read_of(&stage.county, &[party]);
    for n in 0..requests {
        let began = Instant::now();
        bytes += get(pages, &path(n)).await;
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    let taken = meter::read_of(&stage.county, &[party]).since(before);
    Row {
        cpu_s: Some(taken.cpu.as_secs_f64() / requests as f64),
        rss_mb: Some(taken.peak_kib as f64 / 1024.0),
        bytes: Some(bytes as f64 / requests as f64),
        p50_ms: percentile(&took, 50),
        p99_ms: percentile(&took, 99),
        ..Row::default()
    }
}

/// Bytes of a page that is there.
async fn get(pages: SocketAddr, path: &str) -> usize {
    let mut stream = TcpStream::connect(pages).await.expect("the node shows pages");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {pages}\r\nAccept-Encoding: gzip, br\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the request is taken");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer to its end");
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{path}: {}", String::from_utf8_lossy(&answer));
    answer.len()
}
