//! The fuzzer's entry point to the module `verdict`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tower_tencent_webhook_fuzz::verdict::run(data));
