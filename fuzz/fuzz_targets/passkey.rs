//! What browsers and devices send of passkeys: whatever it is, nothing that nobody signed is believed.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vault::fuzzing::passkey(data));
