//! A paper for a meeting as PDF, for print and for the archive: PDF/A-2a and PDF/UA-1 at once, tagged, with the fonts that
//! are built in. Knows nothing of the node: a `Paper` comes in, bytes go out, nothing is read from disk or net, and the
//! same paper gives the same bytes on any machine.

mod columns;
mod letters;
mod sheet;
mod world;

pub use samsyn_paper::Paper;

use sheet::Sheet;
use std::io::{self, Read};
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use world::PaperWorld;

/// More is no paper that anybody reads.
pub const INPUT_BYTES_MAX: u64 = samsyn_paper::PRINTED_BYTES_MAX as u64;

/// Why there is no file: what happened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("the paper is larger than {} MiB: split it, or leave out what is not needed", INPUT_BYTES_MAX / 1024 / 1024)]
    TooLarge,
    #[error("the input is no paper ({0}): give it as JSON, as samsynd writes it")]
    NotAPaper(#[from] serde_json::Error),
    #[error("the paper cannot be read ({0}): run it again")]
    Unread(#[from] io::Error),
    #[error("the paper cannot be set ({0}): report this with the paper")]
    Unset(String),
}

impl Fault {
    /// 2 if it is the input's fault.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::TooLarge | Self::NotAPaper(_) => 2,
            Self::Unread(_) | Self::Unset(_) => 1,
        }
    }
}

/// The paper that is written there as JSON, and nothing after it.
pub fn read(input: impl Read) -> Result<Paper, Fault> {
    let mut json = Vec::new();
    input.take(INPUT_BYTES_MAX + 1).read_to_end(&mut json)?;
    if json.len() as u64 > INPUT_BYTES_MAX {
        return Err(Fault::TooLarge);
    }
    Ok(serde_json::from_slice(&json)?)
}

/// The file.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>, Fault> {
    let fonts = world::fonts();
    let sheet = serde_json::to_string(&Sheet::new(paper, &fonts)).map_err(|error| Fault::Unset(error.to_string()))?;
    let world = PaperWorld::new(fonts, &sheet);
    let document = typst::compile(&world).output.map_err(|faults| unset(&faults))?;
    typst_pdf::pdf(&document, &options(sheet, &paper.date)?).map_err(|faults| unset(&faults))
}

/// Both standards; a file's identity is its content, and its date (PDF/A demands one) is the paper's: that of the machine
/// would make another file of the same paper.
fn options(content: String, date: &str) -> Result<PdfOptions, Fault> {
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .map_err(|error| Fault::Unset(error.message().to_string()))?;
    Ok(PdfOptions {
        ident: Smart::Custom(content),
        creator: Smart::Custom(Some("samsyn-pdf".to_owned())),
        timestamp: midnight(date).map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    })
}

/// The beginning of a day; of 1970 where the paper says no day.
fn midnight(date: &str) -> Option<Datetime> {
    let day = || {
        let mut parts = date.split('-');
        let (year, month, day) =
            (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Datetime::from_ymd_hms(year, month, day, 0, 0, 0)
    };
    day().or_else(|| Datetime::from_ymd_hms(1970, 1, 1, 0, 0, 0))
}

fn unset(faults: &[SourceDiagnostic]) -> Fault {
    let said: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
    Fault::Unset(said.join("; "))
}

#[cfg(test)]
mod tests;
