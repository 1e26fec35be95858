//! The program as the node runs it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(input: &[u8], arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_samsyn-pdf"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that does not read its input closes it.
    let _ = program.stdin.take().expect("its input").write_all(input);
    program.wait_with_output().expect("it ends")
}

#[test]
fn a_paper_comes_in_and_a_pdf_goes_out_alike_in_every_process() {
    let paper = serde_json::to_vec(&samsyn_paper::sample()).expect("JSON");
    let (one, other) = (run(&paper, &[]), run(&paper, &[]));
    assert_eq!(one.status.code(), Some(0));
    assert!(one.stdout.starts_with(b"%PDF") && one.stderr.is_empty());
    assert_eq!(one.stdout, other.stdout);
}

#[test]
fn what_is_no_paper_is_one_sentence_and_no_file() {
    let out = run(b"{\"title\":", &[]);
    assert_eq!(out.status.code(), Some(2));
    assert!(out.stdout.is_empty());
    let said = String::from_utf8(out.stderr).expect("text");
    assert!(said.starts_with("samsyn-pdf: ") && said.lines().count() == 1, "{said}");
}

#[test]
fn it_tells_its_version_and_what_it_does() {
    let version = run(b"", &["--version"]);
    assert_eq!(String::from_utf8_lossy(&version.stdout).trim(), concat!("samsyn-pdf ", env!("CARGO_PKG_VERSION")));
    assert!(String::from_utf8_lossy(&run(b"", &["--help"]).stdout).contains("PDF/UA-1"));
    assert_eq!(run(b"", &["--unknown"]).status.code(), Some(2));
}
