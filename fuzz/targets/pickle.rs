#![no_main]

// The pickle of a zip checkpoint, where tensors can be rebuilt; and a file of its own.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    torchsh_fuzz::read(torchsh_fuzz::archive(bytes));
    torchsh_fuzz::read(bytes.to_vec());
});
