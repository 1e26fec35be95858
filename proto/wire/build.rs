//! Compiles `samsyn/v1` with protox (no protoc to install) and keeps the descriptors for reflection.

use prost::Message as _;
use std::{env, error::Error, fs, path::PathBuf};

const FILES: [&str; 6] =
    ["peering.proto", "facts.proto", "portfolio.proto", "replica.proto", "register.proto", "node.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    let files: Vec<PathBuf> = FILES.iter().map(|f| root.join("samsyn/v1").join(f)).collect();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    let descriptors = protox::compile(&files, [&root])?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("samsyn.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
