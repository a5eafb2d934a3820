#![no_main]

// The header of a safetensors file, before 256 bytes of data.
libfuzzer_sys::fuzz_target!(|header: &[u8]| {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend([0_u8; 256]);
    torchsh_fuzz::read(file);
});
