//! `Sign`, in the URL and in the header, computed without the crate under test.

#![allow(unreachable_pub)] // The tests and the fuzz targets share it, each as a module of its own.

use sha2::{Digest, Sha256};

/// The signature of a token at a time.
pub fn sign(token: &str, request_time: &str) -> String {
    Sha256::digest(format!("{token}{request_time}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The header `Sign` of a callback of the RTC Engine: HMAC-SHA256 and Base64, as their definitions say.
pub fn rtc_sign(key: &str, body: impl AsRef<[u8]>) -> String {
    base64(&hmac(key.as_bytes(), body.as_ref()))
}

/// For keys of up to 64 bytes.
fn hmac(key: &[u8], body: &[u8]) -> [u8; 32] {
    let pad = |with: u8| -> [u8; 64] { std::array::from_fn(|i| key.get(i).copied().unwrap_or(0) ^ with) };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(body).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

/// In the standard alphabet, padded.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, i| bits << 8 | usize::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let sextet = bits >> (18 - 6 * i) & 63;
            text.push(if i <= chunk.len() { char::from(ALPHABET[sextet]) } else { '=' });
        }
    }
    text
}
