//! samsynd: one organisation's node.

use std::process::ExitCode;

/// A node makes and drops many small pieces on several threads: with the system's allocator that took a quarter of the
/// time of a catch-up.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    samsyn_server::cli::main()
}
