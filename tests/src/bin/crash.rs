//! `crash MODE`: real nodes that are killed, lose their power, get damaged disks, and are copied. `crash node …` is
//! `samsynd …` with fail points in it: what the other modes start.

use clap::Parser;
use samsyn_tests::crash::{self, Arguments};
use std::{env, ffi::OsString, process::ExitCode};

fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = env::args_os().collect();
    if arguments.get(1).is_some_and(|a| a == "node") {
        arguments.remove(1);
        return samsyn_server::cli::main_of(arguments);
    }
    crash::main(&Arguments::parse())
}
