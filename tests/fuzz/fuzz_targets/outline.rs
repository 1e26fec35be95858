#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| samsyn_fuzz::time::checked(data, samsyn_fuzz::outline::check));
