//! samsyn: the coordinators' command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    samsyn_client::run::main()
}
