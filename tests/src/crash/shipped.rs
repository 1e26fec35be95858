//! The program that ships must not have the fail points in it. Looks for their names in the built file.

use super::Tally;
use crate::county::program;
use samsyn_server::failpoint::Point;
use std::fs;

pub(crate) fn run(tally: &mut Tally) {
    tally.count("shipped", "crash shipped", check());
}

fn check() -> Result<(), String> {
    let names: Vec<&str> = Point::ALL.iter().map(|p| p.name()).chain(["SAMSYN_FAULT"]).collect();
    let found = |file: &str| {
        let bytes = fs::read(program(file)).map_err(|e| format!("{file}: {e}"))?;
        // Names are plain text: what is lost of the rest does not matter. `contains` is fast on a hundred megabytes.
        let text = String::from_utf8_lossy(&bytes);
        Ok::<_, String>(names.iter().filter(|n| text.contains(**n)).map(|n| (*n).to_owned()).collect::<Vec<_>>())
    };
    // That a search that finds nothing could find something is shown on the program that has them.
    let here = found("crash")?;
    if here.len() != names.len() {
        return Err(format!("the search is blind: it finds only {here:?} in the program with the points"));
    }
    for file in ["samsynd", "samsyn"] {
        let left = found(file)?;
        if !left.is_empty() {
            return Err(format!("{file} holds {}", left.join(", ")));
        }
    }
    Ok(())
}
