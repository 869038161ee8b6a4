//! The fuzzer's entry point to the module `query`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tower_tencent_webhook_fuzz::query::run(data));
