//! What the headers of a callback claim, to be proven by its body.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    app::App,
    config::SdkAppId,
    rejection::{Rejection, RejectionKind},
};

/// The length of a `Sign`: the Base64 of 32 bytes.
const SIGN_LEN: usize = 44;

/// What the headers of a callback say: which of the configured apps it is for, and what its signature ought to be.
///
/// [`Receiver::verify_rtc`](crate::Receiver::verify_rtc) makes it, and
/// [`Receiver::parse_rtc`](crate::Receiver::parse_rtc) verifies the body by it. **Nothing is proven until then.**
#[derive(Clone)]
pub struct Claim {
    app: App,
    /// `None` if the app's callbacks are not signed.
    mac: Option<[u8; 32]>,
}

impl Claim {
    /// The claim that a request with this `Sign` makes on an app, which must have the RTC Engine configured.
    pub(crate) fn new(app: App, sign: Option<&str>) -> Result<Self, Rejection> {
        if !app.is_rtc_signed() {
            return Ok(Self { app, mac: None });
        }
        let sign = sign.ok_or(Rejection::rtc(RejectionKind::MissingSign))?;
        let mac = decode(sign).ok_or(Rejection::rtc(RejectionKind::InvalidSign))?;
        Ok(Self { app, mac: Some(mac) })
    }

    /// The app.
    pub fn app(&self) -> SdkAppId {
        self.app.id()
    }

    /// Whether the body is going to be verified. `false` if the app's callbacks are
    /// [not signed](crate::App::rtc_unsigned).
    pub fn is_signed(&self) -> bool {
        self.mac.is_some()
    }

    /// Verifies the body, as received.
    pub(crate) fn verify(&self, body: &[u8]) -> Result<(), Rejection> {
        match &self.mac {
            Some(mac) if !self.app.verify_rtc(mac, body) => Err(Rejection::rtc(RejectionKind::InvalidSign)),
            _ => Ok(()),
        }
    }
}

/// Without the signature.
impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("app", &self.app()).field("is_signed", &self.is_signed()).finish_non_exhaustive()
    }
}

/// The MAC in a `Sign`, if that is written as the vendor writes it: in the standard alphabet, padded, and with all unused
/// bits zero. So each MAC has one `Sign` only.
fn decode(sign: &str) -> Option<[u8; 32]> {
    if sign.len() != SIGN_LEN {
        return None;
    }
    // The engine checks for room by an estimate that is one byte above.
    let mut decoded = [0; 33];
    let len = STANDARD.decode_slice(sign, &mut decoded).ok()?;
    decoded[..len].try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn each_mac_has_one_sign() {
        let sign = "/bMMpzpn+ctFn7gV7yg5pGZaQO0ep4sV/lVygA6HPa0=";
        let mac = decode(sign).unwrap();
        assert_eq!((mac[0], mac[31]), (0xfd, 0xad));
        for other in [
            "",
            &sign[..43],
            &sign[..22],
            &format!("{sign}="),
            &format!(" {}", &sign[..43]),
            &format!("{} ", &sign[..43]),
            // The URL alphabet.
            "_bMMpzpn-ctFn7gV7yg5pGZaQO0ep4sV_lVygA6HPa0=",
            // The unused bits are not zero.
            "/bMMpzpn+ctFn7gV7yg5pGZaQO0ep4sV/lVygA6HPa1=",
            "/bMMpzpn+ctFn7gV7yg5pGZaQO0ep4sV/lVygA6HPa3=",
            // 33 and 31 bytes.
            "/bMMpzpn+ctFn7gV7yg5pGZaQO0ep4sV/lVygA6HPa0A",
            "/bMMpzpn+ctFn7gV7yg5pGZaQO0ep4sV/lVygA6HPQ==",
            "/bMMpzpn+ctFn7gV7yg5pGZaQO0ep4sV/lVygA6H\nPa0=",
            "/bMMpzpn+ctFn7gV7yg5pGZaQO0ep4sV/lVygA6HP\u{e9}0=",
        ] {
            assert_eq!(decode(other), None, "{other:?}");
        }
    }
}
