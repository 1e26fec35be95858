//! `samsynd demo`: the eight parties of Västernorrland as eight node processes on this machine, each with its own keys,
//! database and ports, and with its own works, which a client of each party imports and publishes like a coordinator's.

pub mod data;
mod import;
mod nodes;
mod report;

use crate::{failure::Failure, output::Output};
use nodes::{Home, Nodes, Row};
use samsyn_core::code::Code;
use std::{io::Write, path::PathBuf};

/// What the operator gave.
#[derive(Debug, Clone)]
pub struct Options {
    pub once: bool,
    pub json: bool,
    pub dir: Option<PathBuf>,
    pub port_base: u16,
}

/// Runs the demo until Ctrl-C, or until all eight agree.
pub async fn run(options: Options) -> Result<Output, Failure> {
    let county =
        data::County::load().map_err(|e| Failure::new(Code::Failed, e.to_string(), "this is a fault in samsynd"))?;
    nodes::check_ports(options.port_base, county.organisations.len())?;
    let home = Home::make(options.dir.clone())?;
    let mut nodes = None;
    let rows = tokio::select! {
        rows = eight(&options, &county, &home, &mut nodes) => rows,
        () = stop_signal()? => Err(Failure::new(Code::Stopping, "stopped before the eight nodes agreed", "start the demo again")),
    };
    let outcome = match rows {
        Ok(rows) => show(&options, &home, report::output(&rows)).await,
        Err(failure) => Err(failure),
    };
    if let Some(mut nodes) = nodes {
        nodes.stop().await;
    }
    outcome
}

/// Starts eight nodes, imports, and waits until they agree. The nodes are left with the caller, who stops them.
async fn eight(
    options: &Options,
    county: &data::County,
    home: &Home,
    started: &mut Option<Nodes>,
) -> Result<Vec<Row>, Failure> {
    progress(&format!(
        "keys, certificates and charter for {} parties in {}",
        county.organisations.len(),
        home.path().display()
    ));
    let nodes = started.insert(Nodes::prepare(home, county, options.port_base).await?);
    progress("starting eight nodes");
    nodes.start().await?;
    let (mut expected, mut roadmap) = (0, None);
    for organisation in &county.organisations {
        let imported = import::import(nodes, county, &organisation.id).await?;
        progress(&format!("{}: {} documents published", organisation.name, imported.documents));
        expected += imported.documents;
        roadmap = roadmap.or(imported.roadmap);
    }
    progress("waiting for the eight to agree");
    let rows = nodes.converged(expected as u64).await?;
    let Some(roadmap) = roadmap else { return Ok(rows) };
    // Each party speaks for itself in a document that another has founded: it must have come there first.
    for organisation in &county.organisations {
        import::say(nodes, county, &organisation.id, &roadmap).await?;
    }
    progress("waiting for the eight to agree on what each says in the roadmap");
    nodes.converged(expected as u64).await
}

/// Shows the table; and keeps the nodes running until somebody stops them, unless once is enough.
async fn show(options: &Options, home: &Home, output: Output) -> Result<Output, Failure> {
    if options.once {
        return Ok(output);
    }
    if options.json {
        println!("{}", serde_json::json!({"schema": 1, "data": output.data}));
    } else {
        println!("{}\n\n{}", output.text, report::hints(home.path()));
    }
    std::io::stdout().flush().ok();
    stop_signal()?.await;
    progress("stopping");
    Ok(Output { text: String::new(), data: serde_json::json!({"stopped": true}), exit_code: output.exit_code })
}

/// For people who wait; standard output is kept for the result.
fn progress(text: &str) {
    eprintln!("demo: {text}");
}

/// Resolves at SIGINT or SIGTERM.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |e: std::io::Error| Failure::io("listen for signals", &e);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
