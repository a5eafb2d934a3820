#![no_main]

// A program, with verbs or without; and the line that is being typed at the prompt.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| torchsh_fuzz::parse(&String::from_utf8_lossy(bytes)));
