//! An app, its layer, and requests for it.

use std::time::SystemTime;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower_tencent_webhook::{
    App, WebhookLayer,
    signer::{self, Signer},
};

pub const APP: u64 = 1_400_000_000;
pub const TOKEN: &str = "correct horse battery staple";

/// An after-event, with [`BODY`].
pub const COMMAND: &str = "Follow.CallbackAfterFollowDelete";
/// The same, where it is about its sample.
pub const UNFOLLOW: &str = COMMAND;
/// Another after-event.
pub const FOLLOW: &str = "Follow.CallbackAfterFollowAdd";
/// A before-event.
pub const MESSAGE: &str = "C2C.CallbackBeforeSendMsg";
/// A before-event that is decided for each friend.
pub const FRIENDS: &str = "Sns.CallbackPrevFriendAdd";

pub const BODY: &str = concat!(
    r#"{"CallbackCommand":"Follow.CallbackAfterFollowDelete","From_Account":"ada","#,
    r#""To_Account":["linus","grace"],"EventTime":1702018343678}"#
);

pub fn app() -> App {
    App::signed(APP, TOKEN).unwrap()
}

/// The layer of nearly all tests: on `/im`.
pub fn layer() -> WebhookLayer {
    WebhookLayer::new(app()).path("/im")
}

pub fn signer() -> Signer {
    Signer::new(&app()).url("/im")
}

/// A webhook that [`layer`] accepts: [`COMMAND`] with [`BODY`].
pub fn signed() -> Request<Full<Bytes>> {
    signed_with(COMMAND, BODY)
}

/// A signed webhook with this command and this body.
pub fn signed_with(command: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    signer().request(command, body, SystemTime::now())
}

/// A signed webhook with the command's first sample.
pub fn signed_sample(command: &str) -> Request<Full<Bytes>> {
    signed_with(command, signer::sample(command))
}

/// The URL of [`signed`].
pub fn signed_uri() -> String {
    signer().uri(COMMAND, SystemTime::now()).to_string()
}

/// [`signed_uri`] with another `Sign`.
pub fn forged_uri() -> String {
    let uri = signed_uri();
    let (rest, sign) = uri.split_once("&Sign=").unwrap();
    format!("{rest}&Sign={}", "0".repeat(sign.len()))
}

/// [`signed`], but for its `Sign`.
pub fn forged() -> Request<Full<Bytes>> {
    post(forged_uri(), BODY)
}

/// A POST to a URL.
pub fn post(uri: impl AsRef<str>, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post(uri.as_ref()).body(Full::new(body.into())).unwrap()
}

/// A request that is not a webhook.
pub fn get(uri: impl AsRef<str>) -> Request<Full<Bytes>> {
    Request::get(uri.as_ref()).body(Full::default()).unwrap()
}
