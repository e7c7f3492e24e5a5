#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| okta_tower_fuzz::run("jwks", data));

#[cfg(not(fuzzing))]
fn main() {}
