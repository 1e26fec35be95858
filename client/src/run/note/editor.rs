//! The person's own editor on a file of her own.

use crate::{copy::random_id, problem::Problem, text::Text};
use samsyn_core::code::Code;
use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// A new name among the temporary files.
pub(super) fn temporary() -> Result<PathBuf, Problem> {
    Ok(env::temp_dir().join(format!("samsyn-anteckning-{}.txt", random_id()?)))
}

/// Makes a file that only its owner can read; one that is there is left alone.
pub(super) fn create(file: &Path, text: &str) -> Result<(), Problem> {
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut f| f.write_all(text.as_bytes()));
    written.map_err(|e| not_written(file, &e))
}

pub(super) fn not_written(file: &Path, error: &io::Error) -> Problem {
    let name = file.display().to_string();
    let (message, remedy) = if error.kind() == io::ErrorKind::AlreadyExists {
        (
            Text("{} finns redan.", "{} exists already.").with(&[&name]),
            Text("välj ett annat namn, eller flytta filen först", "choose another name, or move the file first"),
        )
    } else {
        (
            Text("{} går inte att skriva: {}", "{} cannot be written: {}").with(&[&name, &error.to_string()]),
            Text("välj en plats där du får skriva", "choose a place where you may write"),
        )
    };
    Problem::new(Code::InputValue, message, remedy).field("out")
}

/// Waits until the person has closed the editor.
pub(super) fn open(file: &Path) -> Result<(), Problem> {
    let set = |name: &str| env::var(name).ok().filter(|v| !v.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).ok_or_else(|| {
        Problem::new(
            Code::InputNotFound,
            Text("Ingen redigerare är vald.", "No editor is chosen."),
            Text(
                "sätt VISUAL eller EDITOR, som i VISUAL=nano; eller hämta texten med --out och skicka den med --file",
                "set VISUAL or EDITOR, as in VISUAL=nano; or take the text along with --out and send it with --file",
            ),
        )
        .field("edit")
    })?;
    // By the shell, as others do: the setting may have arguments (`code --wait`).
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(&editor, &status.to_string())),
        Err(error) => Err(failed(&editor, &error.to_string())),
    }
}

fn failed(editor: &str, why: &str) -> Problem {
    Problem::new(
        Code::Failed,
        Text("Redigeraren {} slutade med fel ({}); inget är sparat.", "The editor {} failed ({}); nothing is saved.")
            .with(&[editor, why]),
        Text("pröva redigeraren för sig", "try the editor by itself"),
    )
    .field("edit")
}
