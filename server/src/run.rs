//! `samsynd run`: one organisation's node, from its configuration to its end.

use crate::{
    api::{self, Desks, Devices},
    audit::Audit,
    comment::Comments,
    config::{Config, SignIn},
    directory::Directory,
    driver::{self, Handle},
    failure::Failure,
    federation::Federation,
    handout,
    identity::NodeIdentity,
    metrics,
    operate::charter,
    paper, projection, register, release,
    retention::clerk::Clerk,
    rulebook::Rulebook,
    store::{Access, Store},
    web,
};
use samsyn_core::{
    charter_book::CharterBook,
    code::Code,
    id::{AuthorityId, OrgId},
};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::net::TcpListener;

/// How long a stop waits for the last transaction.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the charter's directory is looked at for new files and signatures.
const CHARTER_EVERY: Duration = Duration::from_secs(3);

/// Runs until SIGINT or SIGTERM, or until a listener fails.
pub async fn run(config: Config) -> Result<(), Failure> {
    let identity = NodeIdentity::load(&config.identity)?;
    if let Some(warning) = identity.check_validity(SystemTime::now())? {
        tracing::warn!("{warning}");
    }
    let book = charter::open(&config.federation.charter)?;
    // Ports first: a second start of the same node ends here, before it touches the database.
    let federation_listener = listen(config.federation.listen, "federation.listen").await?;
    let api_listener = listen(config.api.listen, "api.listen").await?;

    let audit = config.audited().then(|| Audit::open(&config.audit.directory)).transpose();
    let audit = audit.map_err(|f| f.field("audit.directory"))?.map(Arc::new);
    let pages = open_pages(&config, authorities(&config, &book), audit.clone()).await?;
    let metrics_listener = match &config.metrics {
        Some(metrics) => Some(listen(metrics.listen, "metrics.listen").await?),
        None => None,
    };

    let store = Arc::new(Store::open(&config.store.backend, Access::Node).await?);
    store.examine().await?;
    refuse_unknown_organisation(&config, &book)?;
    store.claim(book.federation(), &config.federation.organisation).await?;
    failpoint!(StoreClaimed);
    seed_charters(&store, &book).await?;
    let mut loaded = driver::load(&store, config.federation.organisation.clone(), identity.log_key.clone()).await?;
    projection::complete(&store, loaded.machine.ledger()).await?;
    let rulebook = read_rules(&config, &identity, &book, &store, &mut loaded).await?;
    let directory = Directory::new(config.federation.organisation.clone());
    let incarnation = driver::fresh_incarnation()?;
    let (handle, driver) = driver::start(
        store.clone(),
        directory.clone(),
        identity.log_key.clone(),
        loaded,
        incarnation,
        rulebook.clone(),
    );
    offer_book(&handle, &book).await?;
    offer_charters(&handle, &config.federation.charter).await?;

    let devices = Devices::load(store.clone(), identity.tls.pin()).await?;
    let federation = Federation::new(handle.clone(), directory, store.clone());
    // One for all: large merges take turns in it.
    let view = web::View::new(handle.clone(), store.clone());
    let desk = Arc::new(register::Desk::new(handle.clone(), store.clone(), rulebook.clone(), audit.clone()));
    let releases = Arc::new(release::desk::Desk::new(handle.clone(), store.clone(), rulebook.clone(), audit.clone()));
    let clerk = Clerk::new(handle.clone(), store.clone(), rulebook.clone(), releases.clone(), audit.clone());
    let unfinished = clerk.unfinished();
    let handouts = Arc::new(handout::Desk::new(handle.clone(), store.clone(), rulebook.clone(), audit));
    let comments = Arc::new(Comments::new(handle.clone(), store.clone(), rulebook.clone(), releases.clone()));
    let printer = config.web.as_ref().and_then(|web| web.pdf_program.clone()).or_else(paper::desk::printer_beside);
    let papers =
        Arc::new(paper::desk::Desk::new(handle.clone(), store.clone(), view.clone(), releases.clone(), printer));
    let desks = Desks { register: desk, releases, handouts, comments, papers };
    tracing::info!(
        organisation = %config.federation.organisation,
        federation = %book.federation(),
        nodes = %config.federation.listen,
        clients = %config.api.listen,
        "ready"
    );
    let outcome = tokio::select! {
        result = federation.clone().serve(federation_listener, &identity.tls) => result,
        result = api::serve(api_listener, &identity.tls, handle.clone(), store.clone(), devices.clone(), view.clone(), desks.clone()) => result,
        () = rulebook.follow() => Ok(()),
        // In a task of its own: a share that hangs stops nothing else.
        _ = tokio::spawn(register::file_drop::follow(desks.register.clone(), config.federation.organisation.clone())) => Ok(()),
        () = clerk.follow() => Ok(()),
        () = view.clone().follow() => Ok(()),
        // In a task of its own: it reads for seconds where there are many works.
        _ = tokio::spawn(view.clone().read_words()) => Ok(()),
        () = dial(config.federation.dial, federation, identity.tls.clone()) => Ok(()),
        () = devices.watch() => Ok(()),
        () = show(pages, view, desks) => Ok(()),
        result = measure(metrics_listener, metrics::Source { driver: handle.clone(), store: store.clone(), certificate_expires: identity.tls.valid_until(), unfinished }) => result,
        () = watch_charters(handle.clone(), config.federation.charter.clone()) => Ok(()),
        result = stop_signal() => result,
    };
    tracing::info!("stopping");
    handle.stop().await;
    tokio::time::timeout(STOP_TIMEOUT, driver).await.ok();
    store.close().await;
    outcome
}

/// The authorities' rules; with them the registers get what was stored before there were any. Nothing is registered before
/// that, and the rules are about the authorities that the charter's files have now.
async fn read_rules(
    config: &Config,
    identity: &NodeIdentity,
    book: &CharterBook,
    store: &Store,
    loaded: &mut driver::Loaded,
) -> Result<Arc<Rulebook>, Failure> {
    let known = with_files(loaded.machine.ledger().charters(), book, &config.federation.charter)?;
    check_membership(config, &known, identity)?;
    let rulebook = Arc::new(Rulebook::open(config.rules.directory.as_deref(), &authorities(config, &known))?);
    driver::erase_again(store, loaded, &rulebook).await?;
    if known.in_force().0 == loaded.machine.ledger().charters().in_force().0 {
        driver::complete_registers(store, loaded, &rulebook).await?;
    } else if !loaded.unregistered.is_empty() {
        tracing::warn!(
            "a new charter comes into force: the next start enters in the registers what was stored before they began"
        );
    }
    Ok(rulebook)
}

/// The pages' listener, and what their configuration names, read.
async fn open_pages(
    config: &Config,
    known: BTreeSet<AuthorityId>,
    audit: Option<Arc<Audit>>,
) -> Result<Option<(TcpListener, web::Pages)>, Failure> {
    match &config.web {
        Some(web) => {
            let listener = listen(web.listen, "web.listen").await?;
            let door = config.sign_in.as_ref().zip(audit).map(|(s, audit)| web::Door::open(s, web, known, audit));
            Ok(Some((listener, web::Pages::new(web, door.transpose()?)?)))
        }
        None => Ok(None),
    }
}

/// Before a new database is bound to a misspelt organisation for good. Whether it is a party now is checked later.
fn refuse_unknown_organisation(config: &Config, book: &CharterBook) -> Result<(), Failure> {
    let own = &config.federation.organisation;
    let known = book.versions().any(|(_, version)| version.charter.party(own).is_some());
    if known { Ok(()) } else { Err(no_party(own, book)) }
}

fn no_party(own: &OrgId, book: &CharterBook) -> Failure {
    let message = format!("'{own}' is no party of the charter in force (version {})", book.in_force().1.version);
    let remedy = "check [federation] organisation and charter; a new party joins by 'samsynd charter amend --join'";
    Failure::config(message, remedy).field("federation.organisation")
}

fn check_membership(config: &Config, book: &CharterBook, identity: &NodeIdentity) -> Result<(), Failure> {
    let (_, charter) = book.in_force();
    let own = &config.federation.organisation;
    let Some(party) = charter.party(own) else { return Err(no_party(own, book)) };
    if party.log_key != identity.log_key.public() {
        let message =
            format!("the log key of this node is {}, the charter has {}", identity.log_key.public(), party.log_key);
        return Err(Failure::new(
            Code::KeyFile,
            message,
            "use the key that the charter names, or amend the charter ('samsynd charter amend --replace-key')",
        )
        .field("identity.log_key"));
    }
    if !party.pins.contains(&identity.tls.pin().to_string()) {
        let message = format!(
            "the TLS key of this node has the pin {}, which the charter does not list for '{own}'",
            identity.tls.pin()
        );
        return Err(Failure::new(
            Code::KeyFile,
            message,
            "use the TLS key that the charter pins: the other nodes refuse any other",
        )
        .field("identity.tls_key"));
    }
    let mapped = config.sign_in.iter().flat_map(SignIn::rules).filter_map(|rule| rule.grant.authority.as_ref());
    match mapped.into_iter().find(|id| party.authorities.iter().all(|a| a.id != **id)) {
        None => Ok(()),
        Some(unknown) => {
            let known: Vec<&str> = party.authorities.iter().map(|a| a.id.as_str()).collect();
            let message = format!(
                "a role under [sign_in] has authority = \"{unknown}\": the charter gives '{own}' no such authority"
            );
            let remedy = format!("write one of: {}; or leave it out for all of them", known.join(", "));
            Err(Failure::config(message, remedy).field("sign_in.role"))
        }
    }
}

fn authorities(config: &Config, book: &CharterBook) -> BTreeSet<AuthorityId> {
    let party = book.in_force().1.party(&config.federation.organisation);
    party.into_iter().flat_map(|p| &p.authorities).map(|a| a.id.clone()).collect()
}

async fn listen(address: std::net::SocketAddr, field: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|e| Failure::io(format!("listen on {address}"), &e).field(field))
}

/// At the first start the charter files become part of the database.
async fn seed_charters(store: &Store, book: &CharterBook) -> Result<(), Failure> {
    if !store.charters().await?.is_empty() {
        return Ok(());
    }
    let hashes = book.versions().map(|(hash, _)| *hash).collect();
    let mut tx = store.begin().await?;
    store.put_charters(&mut tx, book, &hashes).await?;
    tx.commit().await.map_err(crate::store::failure)?;
    failpoint!(CharterSeeded);
    Ok(())
}

/// Later versions go through the driver: they change verdicts, and with them what is derived.
async fn offer_book(handle: &Handle, book: &CharterBook) -> Result<(), Failure> {
    let mut versions: Vec<_> = book.versions().map(|(_, version)| version).filter(|v| v.charter.version > 1).collect();
    versions.sort_by_key(|v| v.charter.version);
    for version in versions {
        let signatures = version.signatures.iter().map(|((org, _), signature)| (org.clone(), *signature)).collect();
        handle.offer_charter(version.bytes.clone(), signatures).await?;
    }
    Ok(())
}

/// Amendments are put beside the charter as files; a running node takes them in.
async fn watch_charters(handle: Handle, path: PathBuf) {
    let mut seen = fingerprint(&path);
    loop {
        tokio::time::sleep(CHARTER_EVERY).await;
        let now = fingerprint(&path);
        if now != seen {
            seen = now;
            if let Err(failure) = offer_charters(&handle, &path).await {
                tracing::warn!(code = %failure.code, "the charter files could not be read: {failure}");
            }
        }
    }
}

/// The charters as they will be once the files are taken in.
fn with_files(stored: &CharterBook, read: &CharterBook, path: &std::path::Path) -> Result<CharterBook, Failure> {
    let mut book = stored.clone();
    let read = read.versions().map(|(_, v)| (v.charter.version, v.bytes.clone(), v.signatures()));
    let beside = charter::files::beside(path)?.into_iter().map(|f| (f.charter.version, f.bytes, f.signatures));
    let mut files: Vec<_> = read.chain(beside).filter(|(version, ..)| *version > 1).collect();
    files.sort_by_key(|(version, ..)| *version);
    for (_, bytes, signatures) in files {
        if let Err(error) = book.offer(&bytes, &signatures) {
            tracing::warn!("a charter file is not taken: {error}");
        }
    }
    Ok(book)
}

/// Every charter file in the directory, oldest version first: the configured one may be an early version.
async fn offer_charters(handle: &Handle, path: &std::path::Path) -> Result<(), Failure> {
    let files = charter::files::beside(path)?;
    for file in files.into_iter().filter(|f| f.charter.version > 1) {
        if let Err(failure) = handle.offer_charter(file.bytes, file.signatures).await {
            tracing::warn!(code = %failure.code, "a charter file is not taken: {failure}");
        }
    }
    Ok(())
}

/// Names, sizes and times of the files beside the charter.
fn fingerprint(path: &std::path::Path) -> Vec<(std::ffi::OsString, u64, Option<SystemTime>)> {
    let directory = path.parent().unwrap_or(std::path::Path::new("."));
    let listing = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<_> = listing
        .filter(|e| e.file_name().to_string_lossy().starts_with("charter"))
        .filter_map(|e| e.metadata().ok().map(|m| (e.file_name(), m.len(), m.modified().ok())))
        .collect();
    files.sort();
    files
}

async fn dial(enabled: bool, federation: Federation, identity: samsyn_wire::transport::Identity) {
    if enabled {
        federation.dial(identity).await;
    }
    std::future::pending::<()>().await;
}

async fn show(pages: Option<(TcpListener, web::Pages)>, view: web::View, desks: Desks) {
    match pages {
        Some((listener, pages)) => pages.serve(listener, view, desks).await,
        None => std::future::pending().await,
    }
}

async fn measure(listener: Option<TcpListener>, source: metrics::Source) -> Result<(), Failure> {
    match listener {
        Some(listener) => metrics::serve(listener, source).await,
        None => std::future::pending().await,
    }
}

async fn stop_signal() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |e: std::io::Error| Failure::io("listen for signals", &e);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
