//! samsynd: one organisation's node.

use std::process::ExitCode;

fn main() -> ExitCode {
    samsyn_server::cli::main()
}
