#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| torchsh_fuzz::read(bytes.to_vec()));
