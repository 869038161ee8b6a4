//! The fuzzer's entry point to the module `rtc`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tower_tencent_webhook_fuzz::rtc::run(data));
