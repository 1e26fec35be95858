//! A paper for Word (Office Open XML, ECMA-376), from templates: no crate that writes such files marks the head of a table
//! or says which language the text is in, and both are demanded of what an authority publishes. Parts are stored and not
//! compressed: the same paper is the same bytes on any processor.

use crate::{Block, Paper, Table};
use askama::Template;
use std::io::{Cursor, Write};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// Twentieths of a point: A4 less its margins.
const TEXT_WIDTH: usize = 9_638;

#[derive(Template)]
#[template(path = "docx/document.xml", escape = "html")]
struct Document<'a> {
    paper: &'a Paper,
}

#[derive(Template)]
#[template(path = "docx/footer.xml", escape = "html")]
struct Footer<'a> {
    paper: &'a Paper,
}

#[derive(Template)]
#[template(path = "docx/core.xml", escape = "html")]
struct Core<'a> {
    paper: &'a Paper,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("a part of the document cannot be written: {0}")]
    Part(#[from] askama::Error),
    #[error("the file cannot be put together: {0}")]
    File(#[from] zip::result::ZipError),
    #[error("the file cannot be put together: {0}")]
    Written(#[from] std::io::Error),
}

/// The file.
pub fn file(paper: &Paper) -> Result<Vec<u8>, Fault> {
    let parts = [
        ("[Content_Types].xml", include_str!("../templates/docx/content_types.xml").to_owned()),
        ("_rels/.rels", include_str!("../templates/docx/rels.xml").to_owned()),
        ("docProps/core.xml", Core { paper }.render()?),
        ("word/document.xml", Document { paper }.render()?),
        ("word/_rels/document.xml.rels", include_str!("../templates/docx/document_rels.xml").to_owned()),
        ("word/styles.xml", include_str!("../templates/docx/styles.xml").to_owned()),
        ("word/numbering.xml", include_str!("../templates/docx/numbering.xml").to_owned()),
        ("word/settings.xml", include_str!("../templates/docx/settings.xml").to_owned()),
        ("word/footer1.xml", Footer { paper }.render()?),
    ];
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        file.start_file(name, options)?;
        file.write_all(text.as_bytes())?;
    }
    Ok(file.finish()?.into_inner())
}

/// All alike; whoever opens it widens what has more in it.
fn column_width(table: &Table) -> usize {
    TEXT_WIDTH / table.head.len().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use quick_xml::{Reader, events::Event};
    use std::io::Read;

    fn parts(bytes: &[u8]) -> Vec<(String, String)> {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
        (0..archive.len())
            .map(|n| {
                let mut part = archive.by_index(n).expect("a part");
                let mut text = String::new();
                part.read_to_string(&mut text).expect("text");
                (part.name().to_owned(), text)
            })
            .collect()
    }

    #[test]
    fn every_part_is_well_formed_and_the_bytes_are_the_same_each_time() {
        let bytes = file(&sample()).expect("a file");
        for (name, text) in parts(&bytes) {
            let mut reader = Reader::from_str(&text);
            loop {
                match reader.read_event() {
                    Ok(Event::Eof) => break,
                    Ok(_) => {}
                    Err(fault) => panic!("{name}: {fault}\n{text}"),
                }
            }
        }
        assert_eq!(bytes, file(&sample()).expect("a file"));
    }

    #[test]
    fn heads_of_tables_are_marked_and_what_people_wrote_stays_text() {
        let parts = parts(&file(&sample()).expect("a file"));
        let document = &parts.iter().find(|(name, _)| name == "word/document.xml").expect("the text").1;
        assert_eq!(document.matches("<w:tblHeader/>").count(), 1);
        assert!(!document.contains("<b>#set"));
        assert!(parts.iter().any(|(name, text)| name == "word/styles.xml" && text.contains("sv-SE")));
        assert!(parts.iter().any(|(name, text)| name == "docProps/core.xml" && text.contains("Underlag inför B5")));
    }
}
