//! `Sign`, computed without the crate under test.

#![allow(unreachable_pub)] // The tests and the fuzz targets share it, each as a module of its own.

use sha2::{Digest, Sha256};

/// The signature of a token at a time.
pub fn sign(token: &str, request_time: &str) -> String {
    Sha256::digest(format!("{token}{request_time}")).iter().map(|byte| format!("{byte:02x}")).collect()
}
