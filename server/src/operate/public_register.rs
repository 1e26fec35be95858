//! `samsynd public-register export`: the public registers of the organisation's authorities as pages and files that need no
//! program, for the organisation's own web site. May run beside the node.

use crate::{
    config::Config,
    failure::{Doing, Failure},
    output::Output,
    register::{Counterpart, Direction, Public},
    store::{Access, PublicFilter, Store},
};
use askama::Template;
use samsyn_core::{
    charter::Charter,
    charter_book::CharterBook,
    code::Code,
    id::{AuthorityId, OrgId},
};
use serde_json::json;
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

/// Documents on one page.
const PAGE: u64 = 500;
const STYLE: &str = include_str!("../../templates/style.css");
/// Says that a directory is one of ours, and may be put away for a newer one.
const MARK: &str = "diarium.css";

#[derive(Template)]
#[template(path = "static_register.html")]
struct Page<'a> {
    organisation: &'a str,
    authority: &'a str,
    as_of: &'a str,
    total: u64,
    file: String,
    rows: Vec<Row>,
    earlier: Option<String>,
    later: Option<String>,
}

#[derive(Template)]
#[template(path = "static_registers.html")]
struct Index<'a> {
    organisation: &'a str,
    as_of: &'a str,
    authorities: Vec<Listed>,
}

struct Listed {
    name: String,
    link: String,
    total: u64,
}

struct Row {
    number: String,
    date: String,
    direction: &'static str,
    counterpart: String,
    subject: String,
}

/// Writes the pages into a directory of their own; where it has those of an earlier day, these take their place.
pub async fn export(config: &Config, out: &Path) -> Result<Output, Failure> {
    let (part, old) = (beside(out, "ny"), beside(out, "gammal"));
    may_replace(out)?;
    for left in [&part, &old].into_iter().filter(|dir| dir.exists()) {
        may_replace(left)?;
        fs::remove_dir_all(left).doing("removing", left)?;
    }
    let store = Store::open(&config.store.backend, Access::Tool).await?;
    let written = write(config, &store, &part).await;
    store.close().await;
    let (authorities, documents) = match written {
        Ok(written) => written,
        Err(failure) => {
            fs::remove_dir_all(&part).ok();
            return Err(failure);
        }
    };
    if out.exists() {
        fs::rename(out, &old).doing("putting away", out)?;
    }
    fs::rename(&part, out).doing("putting in place", out)?;
    if old.exists() {
        fs::remove_dir_all(&old).doing("removing", &old)?;
    }
    let text = format!("{documents} documents of {authorities} authorities in {}", out.display());
    Ok(Output::new(text, json!({"authorities": authorities, "documents": documents, "directory": out})))
}

fn beside(out: &Path, word: &str) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(word);
    out.with_file_name(name)
}

/// Nobody's other files are taken away.
fn may_replace(dir: &Path) -> Result<(), Failure> {
    let ours = || dir.join(MARK).exists() && dir.join("index.html").exists();
    let empty = || fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
    let unfinished = || dir.join(MARK).exists();
    if dir.file_name().is_some() && (!dir.exists() || ours() || empty() || unfinished()) {
        return Ok(());
    }
    let message = format!("{} holds something else than an earlier export", dir.display());
    Err(Failure::new(Code::InputValue, message, "name a directory that does not exist yet").field("out"))
}

async fn write(config: &Config, store: &Store, dir: &Path) -> Result<(usize, u64), Failure> {
    let charter = charter(store).await?;
    let own = charter.party(&config.federation.organisation);
    let organisation = own.map_or_else(|| config.federation.organisation.to_string(), |party| party.name.clone());
    let as_of = samsyn_client::time::local(samsyn_client::time::now_ms());
    let mut authorities: Vec<(AuthorityId, String)> =
        own.into_iter().flat_map(|p| &p.authorities).map(|a| (a.id.clone(), a.name.clone())).collect();
    if authorities.is_empty() {
        authorities.push((AuthorityId::new("main")?, organisation.clone()));
    }
    fs::create_dir_all(dir).doing("making", dir)?;
    put(dir, MARK, STYLE)?;
    let (mut listed, mut documents) = (Vec::new(), 0);
    let whose = Whose { organisation: &organisation, as_of: &as_of, charter: &charter };
    for (id, name) in &authorities {
        let total = register(store, dir, whose, (id, name)).await?;
        documents += total;
        listed.push(Listed { name: name.clone(), link: page_name(id, 0), total });
    }
    put(dir, "index.html", &rendered(&Index { organisation: &organisation, as_of: &as_of, authorities: listed })?)?;
    Ok((authorities.len(), documents))
}

/// Of all registers of one export.
#[derive(Clone, Copy)]
struct Whose<'a> {
    organisation: &'a str,
    as_of: &'a str,
    charter: &'a Charter,
}

/// One register, of which one page is in memory at a time; how many documents it has.
async fn register(
    store: &Store,
    dir: &Path,
    whose: Whose<'_>,
    (id, name): (&AuthorityId, &str),
) -> Result<u64, Failure> {
    let total = store.count_public_items(id, &PublicFilter::default()).await?;
    let listed = dir.join(format!("diarium-{id}.csv"));
    let mut file = BufWriter::new(File::create(&listed).doing("writing", &listed)?);
    let mut line = |line: &str| file.write_all(line.as_bytes()).doing("writing", &listed);
    line("\u{feff}Nummer;Datum;Riktning;Motpart;Ärendemening\r\n")?;
    // The node goes on registering meanwhile: each page begins where the one before ended.
    let mut before = None;
    for page in 0.. {
        let filter = PublicFilter { before, limit: PAGE + 1, ..PublicFilter::default() };
        let mut found = store.public_items(id, &filter).await?;
        let more = found.len() as u64 > PAGE;
        found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
        before = found.last().map(|row| row.item.position);
        let rows: Vec<Row> = found.iter().map(|item| row(&Public::of(item), whose.charter)).collect();
        for row in &rows {
            let cells = [&row.number, &row.date, row.direction, &row.counterpart, &row.subject];
            line(&(cells.map(crate::web::cell).join(";") + "\r\n"))?;
        }
        let shown = Page {
            organisation: whose.organisation,
            authority: name,
            as_of: whose.as_of,
            total,
            file: format!("diarium-{id}.csv"),
            rows,
            earlier: (page > 0).then(|| page_name(id, page - 1)),
            later: more.then(|| page_name(id, page + 1)),
        };
        put(dir, &page_name(id, page), &rendered(&shown)?)?;
        if !more {
            break;
        }
    }
    file.flush().doing("writing", &listed)?;
    Ok(total)
}

/// The charter that is in force by what the database holds.
pub(super) async fn charter(store: &Store) -> Result<Charter, Failure> {
    let mut stored = store.charters().await?.into_iter();
    let none = || {
        let remedy = "start the node once, so that the charter is part of its database";
        Failure::new(Code::ConfigMissing, "the database holds no charter", remedy)
    };
    let (bytes, signatures) = stored.next().ok_or_else(none)?;
    let mut book = CharterBook::found(bytes, &signatures)?;
    for (bytes, signatures) in stored {
        book.offer(&bytes, &signatures)?;
    }
    Ok(book.in_force().1.clone())
}

fn row(public: &Public<'_>, charter: &Charter) -> Row {
    let name = |id: &OrgId| charter.party(id).map_or_else(|| id.to_string(), |party| party.name.clone());
    Row {
        number: public.number.clone(),
        date: public.date.clone(),
        direction: match public.direction {
            Direction::Received => "Inkommet",
            Direction::Dispatched => "Upprättat och skickat",
        },
        counterpart: match public.counterpart {
            Counterpart::Hidden => String::new(),
            Counterpart::Parties => "Parterna i samverkan".to_owned(),
            Counterpart::Party(id) => name(id),
        },
        subject: public.subject.to_owned(),
    }
}

fn page_name(authority: &AuthorityId, page: u64) -> String {
    // No id has an underline, and none is called index.
    if page == 0 { format!("diarium-{authority}.html") } else { format!("diarium-{authority}_{}.html", page + 1) }
}

fn rendered(template: &impl Template) -> Result<String, Failure> {
    template.render().map_err(|e| Failure::new(Code::Failed, e.to_string(), "this is a fault in samsynd"))
}

fn put(dir: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let file = dir.join(name);
    fs::write(&file, text).doing("writing", &file)
}
