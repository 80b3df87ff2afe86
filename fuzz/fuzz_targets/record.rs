//! A sealed field as it stands in the database: nothing but what the vault sealed ever opens, whatever stands there.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vault::fuzzing::record(data));
