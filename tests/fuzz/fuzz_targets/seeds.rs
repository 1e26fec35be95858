//! Writes the corpus to begin with into the directory that `SEEDS` names: `SEEDS=tests/fuzz/corpus PROGRAM`. No target:
//! but built as they are, so that all programs are linked with libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: {
        let home = std::env::var_os("SEEDS").expect("SEEDS names a directory");
        samsyn_fuzz::seeds::write(home.as_ref()).expect("seeds are written");
        std::process::exit(0);
    },
    |_data: &[u8]| {}
);
