//! How an app's callbacks of the RTC Engine are signed.

use std::{fmt, hint::black_box, sync::Arc};

use constant_time_eq::constant_time_eq_n;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    app::App,
    config::{ConfigError, SdkAppId},
};

/// How an app's callbacks are signed.
#[derive(Clone, Default)]
pub(super) enum Rtc {
    /// It has none.
    #[default]
    None,
    Unsigned,
    Signed(Arc<[Key]>),
}

impl Rtc {
    /// Empty, if callbacks are not signed.
    pub(super) fn keys(&self) -> Option<&[Key]> {
        match self {
            Self::None => None,
            Self::Unsigned => Some(&[]),
            Self::Signed(keys) => Some(keys),
        }
    }
}

impl App {
    /// Also receives the callbacks of the RTC Engine, signed with `key`: the key of the console's callback configuration,
    /// 1 to 32 bytes.
    ///
    /// Every callback must carry a valid signature of its body.
    ///
    /// ```
    /// use tower_tencent_webhook::App;
    ///
    /// let app = App::signed(1400000000, "token of Chat's console")?.rtc_key("key of the RTC console")?;
    /// assert!(!format!("{app:?}").contains("console"));
    /// # Ok::<(), tower_tencent_webhook::ConfigError>(())
    /// ```
    ///
    /// Another call replaces the key: see [`or_rtc_key`](App::or_rtc_key) for a second one.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/647/39558>
    ///
    /// # Errors
    ///
    /// When the key is empty or longer than 32 bytes.
    pub fn rtc_key(self, key: impl Into<Vec<u8>>) -> Result<Self, ConfigError> {
        Ok(Self { rtc: Rtc::Signed(Arc::new([Key::new(key.into())?])), ..self })
    }

    /// Also accepts callbacks signed with `key`, so that keys can be rotated without losing callbacks.
    ///
    /// # Errors
    ///
    /// When the key is empty or longer than 32 bytes, or the app has [no key](App::rtc_key) yet.
    pub fn or_rtc_key(self, key: impl Into<Vec<u8>>) -> Result<Self, ConfigError> {
        let key = Key::new(key.into())?;
        match &self.rtc {
            Rtc::Signed(keys) => Ok(Self { rtc: Rtc::Signed(keys.iter().cloned().chain([key]).collect()), ..self }),
            Rtc::None | Rtc::Unsigned => Err(ConfigError::NoRtcKey),
        }
    }

    /// Also receives the callbacks of the RTC Engine, which are not signed: anyone who knows the URL and the id can send
    /// them. Keys that were set before no longer count.
    pub fn rtc_unsigned(self) -> Self {
        Self { rtc: Rtc::Unsigned, ..self }
    }

    /// An app without Chat, to be followed by [`rtc_key`](App::rtc_key) or [`rtc_unsigned`](App::rtc_unsigned). Webhooks
    /// of Chat for it are rejected with [`UnknownApp`](crate::RejectionKind::UnknownApp).
    ///
    /// ```
    /// use tower_tencent_webhook::App;
    ///
    /// let app = App::rtc_only(1400000000).rtc_key("key of the RTC console")?;
    /// # Ok::<(), tower_tencent_webhook::ConfigError>(())
    /// ```
    pub fn rtc_only(id: impl Into<SdkAppId>) -> Self {
        Self { is_without_chat: true, ..Self::unsigned(id) }
    }

    /// Whether it has callbacks of the RTC Engine.
    pub(crate) fn has_rtc(&self) -> bool {
        self.rtc.keys().is_some()
    }

    pub(crate) fn is_rtc_signed(&self) -> bool {
        self.rtc.keys().is_some_and(|keys| !keys.is_empty())
    }

    /// Whether one of the keys made this MAC of a body. Always tries all keys.
    pub(crate) fn verify_rtc(&self, claimed: &[u8; 32], body: &[u8]) -> bool {
        let keys = self.rtc.keys().unwrap_or_default();
        keys.iter().fold(false, |made, key| made | constant_time_eq_n(&key.mac(body), claimed))
    }

    /// The first key's MAC of a body.
    #[cfg(feature = "signer")]
    pub(crate) fn rtc_mac(&self, body: &[u8]) -> Option<[u8; 32]> {
        self.rtc.keys()?.first().map(|key| key.mac(body))
    }
}

/// The secret, wiped when it is dropped.
///
/// It is kept as the MAC of nothing yet, so that each callback is spared the two blocks of the key.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    const MAX_LEN: usize = 32;

    fn new(key: Vec<u8>) -> Result<Self, ConfigError> {
        let key = Zeroizing::new(key);
        match key.len() {
            0 => Err(ConfigError::EmptyRtcKey),
            1..=Self::MAX_LEN => Ok(Self(Hmac::new_from_slice(&key).expect("a key may have any length"))),
            _ => Err(ConfigError::RtcKeyTooLong),
        }
    }

    fn mac(&self, body: &[u8]) -> [u8; 32] {
        #[cfg(test)]
        tests::HASHED.set(tests::HASHED.get() + body.len());
        self.0.clone().chain_update(body).finalize().into_bytes().into()
    }
}

/// zeroize reaches its state only by a feature that has every hash of every webhook wiped as well. So another key takes
/// its place, and counts as used.
impl Drop for Key {
    fn drop(&mut self) {
        self.0 = Hmac::new_from_slice(b"wiped").expect("a key may have any length");
        black_box(&self.0);
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[elided]")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How many bytes of bodies were hashed.
        pub(super) static HASHED: Cell<usize> = const { Cell::new(0) };
    }

    /// The MAC of the empty body by the key `Quay7Key`.
    const MAC: &str = "f385aa3fe2f04b8829f52f03da32368f6e18472bf7a86ae227ecb76a7eee91ab";

    fn mac() -> [u8; 32] {
        std::array::from_fn(|i| u8::from_str_radix(&MAC[2 * i..2 * i + 2], 16).unwrap())
    }

    fn app(key: &str) -> App {
        App::unsigned(1).rtc_key(key).unwrap()
    }

    #[test]
    fn any_key_will_do_and_all_are_tried() {
        assert!(app("Quay7Key").verify_rtc(&mac(), b""));
        assert!(!app("Quay7Kez").verify_rtc(&mac(), b""));
        assert!(!app("Quay7Key").verify_rtc(&mac(), b" "));
        assert!(!App::unsigned(1).rtc_unsigned().verify_rtc(&mac(), b""));
        for keys in [["Quay7Key", "b", "c"], ["a", "Quay7Key", "c"], ["a", "b", "Quay7Key"]] {
            let app = app(keys[0]).or_rtc_key(keys[1]).unwrap().or_rtc_key(keys[2]).unwrap();
            assert!(app.verify_rtc(&mac(), b""), "{keys:?}");
            HASHED.set(0);
            assert!(!app.verify_rtc(&mac(), &[7; 1000]));
            assert_eq!(HASHED.get(), 3000, "{keys:?}");
        }
    }

    #[test]
    fn a_mac_with_any_bit_flipped_is_another() {
        let app = app("Quay7Key");
        for bit in 0..256 {
            let mut forged = mac();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(!app.verify_rtc(&forged, b""), "bit {bit}");
        }
    }

    #[test]
    fn keys_must_have_1_to_32_bytes() {
        let with = |key: &[u8]| App::rtc_only(1).rtc_key(key).map(drop);
        assert_eq!(with(b""), Err(ConfigError::EmptyRtcKey));
        assert_eq!(with(b"a"), Ok(()));
        assert_eq!(with(&[0xff; 32]), Ok(()));
        assert_eq!(with(&[7; 33]), Err(ConfigError::RtcKeyTooLong));
        assert_eq!(app("a").or_rtc_key("").unwrap_err(), ConfigError::EmptyRtcKey);
        assert_eq!(app("a").or_rtc_key([7; 33]).unwrap_err(), ConfigError::RtcKeyTooLong);
        assert_eq!(App::unsigned(1).or_rtc_key("a").unwrap_err(), ConfigError::NoRtcKey);
        assert_eq!(app("a").rtc_unsigned().or_rtc_key("a").unwrap_err(), ConfigError::NoRtcKey);
    }

    #[test]
    fn clones_share_the_keys() {
        let app = app("hunter2");
        let (Rtc::Signed(ours), Rtc::Signed(theirs)) = (&app.rtc, &app.clone().rtc) else { panic!("it has a key") };
        assert!(Arc::ptr_eq(ours, theirs));
    }

    #[test]
    fn debug_output_elides_the_key() {
        let app = App::signed(7, "hunter2").unwrap().rtc_key("swordfish").unwrap().or_rtc_key("tuna").unwrap();
        assert_eq!(format!("{app:?}"), "App { id: 7, tokens: [[elided]], rtc_keys: [[elided], [elided]] }");
        let app = App::rtc_only(7).rtc_unsigned();
        assert_eq!(format!("{app:?}"), "App { id: 7, chat: false, rtc_keys: [] }");
    }
}
