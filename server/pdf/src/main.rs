//! `samsyn-pdf`: a paper as JSON in, a PDF out.

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// Makes a PDF of a paper: reads it as JSON on standard input, writes the file on standard output
///
/// The file is PDF/A-2a and PDF/UA-1: for print, for the archive and for screen readers. The same paper gives the same
/// bytes.
/// Exit codes: 0 made, 1 failed, 2 the input is no paper or too large.
///
/// Example: samsyn-pdf < underlag.json > underlag.pdf
#[derive(Debug, Parser)]
#[command(name = "samsyn-pdf", version, max_term_width = 100, verbatim_doc_comment)]
struct Cli {}

fn main() -> ExitCode {
    Cli::parse();
    // Whatever fails in the typesetting is one sentence too, on whichever thread.
    std::panic::set_hook(Box::new(|panic| {
        let said = panic.payload_as_str().unwrap_or("no word of why");
        eprintln!("samsyn-pdf: the paper cannot be set ({said}): report this with the paper");
        std::process::exit(1);
    }));
    let made = samsyn_pdf::read(std::io::stdin().lock()).and_then(|paper| samsyn_pdf::pdf(&paper));
    let file = match made {
        Ok(file) => file,
        Err(fault) => {
            eprintln!("samsyn-pdf: {fault}");
            return ExitCode::from(fault.exit_code());
        }
    };
    let mut output = std::io::stdout().lock();
    if let Err(error) = output.write_all(&file).and_then(|()| output.flush()) {
        eprintln!("samsyn-pdf: the file cannot be written ({error}): see where standard output goes");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
