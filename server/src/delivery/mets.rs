//! `METS.xml`: which files the package has, as CSIP 2.1.0 and E-ARK SIP 2.1.0 ask for it.

use super::{DATA, Parties, Source, moment, place::Listed, uuid};
use crate::xml::Element;

pub(super) const NAME: &str = "METS.xml";
pub(super) const DESCRIPTION: &str = "metadata/descriptive/erms.xml";
const PROFILE: &str = "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml";
const CONTENT: &str = "citserms_v2_1";

/// A group of files, and its part of the structure.
struct Group<'a> {
    id: &'static str,
    label: &'static str,
    usage: &'static str,
    files: Vec<&'a Listed>,
}

/// The package's name: of just these files, and this delivery.
pub(super) fn name(files: &[Listed], source: Source<'_>) -> String {
    let owner = format!("{}/{}", source.own, source.authority);
    let created = source.created_ms.to_le_bytes();
    let lines: Vec<String> = files.iter().map(|file| format!("{} {}", file.sha256, file.path)).collect();
    let mut parts: Vec<&[u8]> = vec![b"package", owner.as_bytes(), &created];
    parts.extend(lines.iter().map(String::as_bytes));
    format!("uuid-{}", uuid(&parts))
}

pub(super) fn file(name: &str, files: &[Listed], parties: &Parties<'_>, source: Source<'_>) -> Vec<u8> {
    let created = moment(source.created_ms);
    let under = |folder: &str| files.iter().filter(|file| file.path.starts_with(folder)).collect();
    let groups = [
        Group { id: "dokumentation", label: "Documentation", usage: "Documentation", files: under("documentation/") },
        Group { id: "scheman", label: "Schemas", usage: "Schemas", files: under("schemas/") },
        Group { id: "innehall", label: "Representations", usage: "Representations/rep1", files: under(DATA) },
    ];
    let described = files.iter().filter(|file| file.path == DESCRIPTION);
    let description = described.map(|file| {
        let reference =
            located(Element::new("mets:mdRef"), &file.path).with("MDTYPE", "OTHER").with("OTHERMDTYPE", "ERMS");
        Element::new("mets:dmdSec")
            .with("ID", "beskrivning")
            .with("CREATED", &created)
            .with("STATUS", "CURRENT")
            .put([fixity(reference, file, &created)])
    });
    let section = groups.iter().map(|group| {
        let content = group.usage.starts_with("Representations").then_some(CONTENT);
        let entries = group.files.iter().enumerate().map(|(nr, file)| {
            let entry = Element::new("mets:file").with("ID", format!("{}-{}", group.id, nr + 1));
            fixity(entry, file, &created).put([located(Element::new("mets:FLocat"), &file.path)])
        });
        Element::new("mets:fileGrp")
            .with("ID", group.id)
            .with("USE", group.usage)
            .with_some("csip:CONTENTINFORMATIONTYPE", content)
            .put(entries)
    });
    let divisions = groups.iter().map(|group| {
        Element::new("mets:div")
            .with("ID", format!("del-{}", group.id))
            .with("LABEL", group.label)
            .put([Element::new("mets:fptr").with("FILEID", group.id)])
    });
    let metadata =
        Element::new("mets:div").with("ID", "del-metadata").with("LABEL", "Metadata").with("DMDID", "beskrivning");
    let whole = Element::new("mets:div").with("ID", "del-paket").with("LABEL", name).put([metadata]).put(divisions);
    Element::new("mets:mets")
        .with("xmlns:mets", "http://www.loc.gov/METS/")
        .with("xmlns:csip", "https://DILCIS.eu/XML/METS/CSIPExtensionMETS")
        .with("xmlns:xlink", "http://www.w3.org/1999/xlink")
        .with("OBJID", name)
        .with("LABEL", format!("Leverans från {}, {}", parties.authority, parties.organisation))
        .with("TYPE", "Textual works – Digital")
        .with("PROFILE", PROFILE)
        .with("csip:CONTENTINFORMATIONTYPE", CONTENT)
        .put([header(&created, parties)])
        .put(description)
        .put([
            Element::new("mets:fileSec").with("ID", "filer").put(section),
            Element::new("mets:structMap")
                .with("ID", "struktur")
                .with("TYPE", "PHYSICAL")
                .with("LABEL", "CSIP")
                .put([whole]),
        ])
        .file()
}

/// Who made the package, whose archive it is of, and who delivers it. The validator takes every `CREATOR` for the program,
/// so the one who delivers has a role of its own.
fn header(created: &str, parties: &Parties<'_>) -> Element {
    let note = |kind: &str, text: &str| Element::text("mets:note", text).with("csip:NOTETYPE", kind);
    let agent = |role: &str| {
        let number = parties.number.map(|number| note("IDENTIFICATIONCODE", number));
        Element::new("mets:agent")
            .with("ROLE", role)
            .with("TYPE", "ORGANIZATION")
            .put([Element::text("mets:name", format!("{}, {}", parties.authority, parties.organisation))])
            .put(number)
    };
    let program =
        Element::new("mets:agent").with("ROLE", "CREATOR").with("TYPE", "OTHER").with("OTHERTYPE", "SOFTWARE");
    Element::new("mets:metsHdr")
        .with("CREATEDATE", created)
        .with("LASTMODDATE", created)
        .with("RECORDSTATUS", "NEW")
        .with("csip:OAISPACKAGETYPE", "SIP")
        .put([
            program.put([Element::text("mets:name", "samsynd"), note("SOFTWARE VERSION", env!("CARGO_PKG_VERSION"))]),
            agent("ARCHIVIST"),
            agent("OTHER").with("OTHERROLE", "SUBMITTER"),
        ])
}

/// Paths are made of letters that need no escaping in a URL.
fn located(element: Element, path: &str) -> Element {
    element.with("LOCTYPE", "URL").with("xlink:type", "simple").with("xlink:href", path)
}

fn fixity(element: Element, file: &Listed, created: &str) -> Element {
    element
        .with("MIMETYPE", file.mime)
        .with("SIZE", file.bytes.to_string())
        .with("CREATED", created)
        .with("CHECKSUM", &file.sha256)
        .with("CHECKSUMTYPE", "SHA-256")
}
