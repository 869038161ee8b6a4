//! An app: its id, and the tokens and keys that its webhooks are signed with.

#[cfg(feature = "rtc")]
mod rtc;

use std::{fmt, sync::Arc};

use constant_time_eq::constant_time_eq_n;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::config::{ConfigError, SdkAppId};

/// An app whose webhooks are received: its [`SdkAppId`] and, if webhook authentication is enabled in the console, its
/// token.
///
/// With the feature `rtc` it may also have the callbacks of the RTC Engine, which are signed with a key of their own:
/// `App::rtc_key`, or `App::rtc_only` for an app without Chat.
///
/// Clones share the tokens and keys, which are wiped from memory when the last clone is dropped.
///
/// ```
/// use tower_tencent_webhook::App;
///
/// let app = App::signed(1400000000, "the console's token")?;
/// assert!(!format!("{app:?}").contains("console"));
///
/// assert!(App::signed(1400000000, "").is_err());
/// # Ok::<(), tower_tencent_webhook::ConfigError>(())
/// ```
#[derive(Clone)]
#[doc(alias("token", "鉴权", "回调鉴权"))]
pub struct App {
    id: SdkAppId,
    tokens: Arc<[Token]>,
    #[cfg(feature = "rtc")]
    is_without_chat: bool,
    #[cfg(feature = "rtc")]
    rtc: rtc::Rtc,
}

impl App {
    /// The digits of `u64::MAX`.
    const MAX_TIME_LEN: usize = 20;

    /// An app whose webhooks are signed with `token`: the console's "Authentication Token", 1 to 128 bytes.
    ///
    /// Every webhook must carry a valid and fresh signature.
    ///
    /// Vendor docs: <https://www.tencentcloud.com/document/product/1047/34354>
    ///
    /// The id may be an integer, digits in a `&str` or a `String`, or an [`SdkAppId`].
    ///
    /// # Errors
    ///
    /// When the token is empty or longer than 128 bytes, or the id is not a number.
    pub fn signed(
        id: impl TryInto<SdkAppId, Error: Into<ConfigError>>,
        token: impl Into<Vec<u8>>,
    ) -> Result<Self, ConfigError> {
        let token = Token::new(token.into())?;
        Ok(Self { tokens: Arc::new([token]), ..Self::unsigned(id.try_into().map_err(Into::into)?) })
    }

    /// An app whose webhooks are not signed: anyone who knows the URL and the id can send them.
    pub fn unsigned(id: impl Into<SdkAppId>) -> Self {
        Self {
            id: id.into(),
            tokens: Arc::default(),
            #[cfg(feature = "rtc")]
            is_without_chat: false,
            #[cfg(feature = "rtc")]
            rtc: rtc::Rtc::default(),
        }
    }

    /// Also accepts signatures made with `token`, so that tokens can be rotated without losing webhooks.
    ///
    /// # Errors
    ///
    /// When the token is empty or longer than 128 bytes, or the app is [unsigned](App::unsigned).
    pub fn or_token(mut self, token: impl Into<Vec<u8>>) -> Result<Self, ConfigError> {
        let token = Token::new(token.into())?;
        if self.tokens.is_empty() {
            return Err(ConfigError::UnsignedApp);
        }
        self.tokens = self.tokens.iter().cloned().chain([token]).collect();
        Ok(self)
    }

    /// The app's id.
    pub fn id(&self) -> SdkAppId {
        self.id
    }

    /// Whether it has webhooks of Chat.
    pub(crate) fn has_chat(&self) -> bool {
        #[cfg(feature = "rtc")]
        return !self.is_without_chat;
        #[cfg(not(feature = "rtc"))]
        true
    }

    pub(crate) fn is_signed(&self) -> bool {
        !self.tokens.is_empty()
    }

    /// Whether one of the tokens made `sign` for `request_time`. Always tries all tokens.
    ///
    /// A time that is longer than any is signed by nobody. It is not hashed, or a stranger could make us hash a whole
    /// URL once for each token.
    pub(crate) fn verify_sign(&self, sign: &str, request_time: &str) -> bool {
        if request_time.len() > Self::MAX_TIME_LEN {
            return false;
        }
        // A malformed `Sign` is compared as an impossible hash, in the same time.
        let claimed = sign.as_bytes().try_into().unwrap_or([0; 64]).map(|digit| digit.to_ascii_lowercase());
        self.tokens.iter().fold(false, |made, token| made | constant_time_eq_n(&token.sign(request_time), &claimed))
    }

    #[cfg(feature = "signer")]
    pub(crate) fn sign(&self, request_time: &str) -> Option<[u8; 64]> {
        self.tokens.first().map(|token| token.sign(request_time))
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut app = f.debug_struct("App");
        app.field("id", &self.id);
        match self.has_chat() {
            true => app.field("tokens", &self.tokens),
            false => app.field("chat", &false),
        };
        #[cfg(feature = "rtc")]
        if let Some(keys) = self.rtc.keys() {
            app.field("rtc_keys", &keys);
        }
        app.finish()
    }
}

/// The secret, wiped when it is dropped.
#[derive(Clone)]
struct Token(Zeroizing<Vec<u8>>);

impl Token {
    const MAX_LEN: usize = 128;

    fn new(token: Vec<u8>) -> Result<Self, ConfigError> {
        let token = Zeroizing::new(token);
        match token.len() {
            0 => Err(ConfigError::EmptyToken),
            1..=Self::MAX_LEN => Ok(Self(token)),
            _ => Err(ConfigError::TokenTooLong),
        }
    }

    /// The `Sign`: lower-case hexadecimal digits.
    fn sign(&self, request_time: &str) -> [u8; 64] {
        #[cfg(test)]
        tests::HASHED.set(tests::HASHED.get() + request_time.len());
        let hash: [u8; 32] = Sha256::new().chain_update(&*self.0).chain_update(request_time).finalize().into();
        // No lookup table, which would leak the hash through the cache.
        let digit = |nibble| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
        let mut sign = [0; 64];
        for (pair, byte) in sign.chunks_exact_mut(2).zip(hash) {
            pair[0] = digit(byte >> 4);
            pair[1] = digit(byte & 0xf);
        }
        sign
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[elided]")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How many bytes of `RequestTime` were hashed.
        pub(super) static HASHED: Cell<usize> = const { Cell::new(0) };
    }

    const TOKEN: &str = "xxxxyyyy";
    const TIME: &str = "1669872112";
    const SIGN: &str = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061";

    #[test]
    fn accepts_the_vendors_test_vector() {
        let app = App::signed(1, TOKEN).unwrap();
        assert!(app.verify_sign(SIGN, TIME));
        assert!(app.verify_sign(&SIGN.to_uppercase(), TIME));
        assert!(!app.verify_sign(SIGN, "1669872113"));
        assert!(!App::signed(1, "xxxxyyyz").unwrap().verify_sign(SIGN, TIME));
    }

    #[test]
    fn rejects_a_signature_with_any_bit_flipped() {
        let app = App::signed(1, TOKEN).unwrap();
        let genuine: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&SIGN[2 * i..2 * i + 2], 16).unwrap()).collect();
        for byte in 0..32 {
            for bit in 0..8 {
                let mut forged = genuine.clone();
                forged[byte] ^= 1 << bit;
                let sign: String = forged.iter().map(|byte| format!("{byte:02x}")).collect();
                assert!(!app.verify_sign(&sign, TIME), "bit {bit} of byte {byte}");
            }
        }
    }

    #[test]
    fn rejects_a_malformed_signature() {
        let app = App::signed(1, TOKEN).unwrap();
        for sign in ["", "17", &SIGN[..62], &format!("{SIGN}00"), &SIGN.replace('1', "g"), &"é".repeat(32), " "] {
            assert!(!app.verify_sign(sign, TIME), "{sign}");
        }
    }

    #[test]
    fn never_hashes_a_time_longer_than_any() {
        let app = App::signed(1, TOKEN).unwrap().or_token("older").unwrap();
        for (len, hashed) in [(10, 20), (20, 40), (21, 0), (60_000, 0)] {
            let time = format!("{TIME:0>len$}");
            let sign = app.tokens[0].sign(&time);
            HASHED.set(0);
            assert_eq!(app.verify_sign(str::from_utf8(&sign).unwrap(), &time), hashed > 0, "{len}");
            assert_eq!(HASHED.get(), hashed, "{len}");
        }
    }

    #[test]
    fn accepts_a_signature_by_any_token() {
        let app = App::signed(1, "new").unwrap().or_token(TOKEN).unwrap().or_token("older").unwrap();
        assert!(app.verify_sign(SIGN, TIME));
        assert!(!App::signed(1, "new").unwrap().verify_sign(SIGN, TIME));
    }

    #[test]
    fn tokens_must_have_1_to_128_bytes() {
        assert_eq!(App::signed(1, "").unwrap_err(), ConfigError::EmptyToken);
        assert!(App::signed(1, "a").is_ok());
        assert!(App::signed(1, vec![0xff; 128]).is_ok());
        assert_eq!(App::signed(1, [7; 129]).unwrap_err(), ConfigError::TokenTooLong);
        assert_eq!(App::signed(1, "a").unwrap().or_token("").unwrap_err(), ConfigError::EmptyToken);
        assert_eq!(App::unsigned(1).or_token("a").unwrap_err(), ConfigError::UnsignedApp);
    }

    #[test]
    fn debug_output_elides_the_token() {
        let app = App::signed(7, "hunter2").unwrap().or_token("swordfish").unwrap();
        assert_eq!(format!("{app:?}"), "App { id: 7, tokens: [[elided], [elided]] }");
        assert!(!format!("{app:#?}").contains("hunter2"));
    }
}
