//! Any URL: accepted or rejected exactly as the reference guard decides.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Request;
use tower_tencent_webhook::Command;

use crate::{
    guard::{Guard, outcome},
    sign::sign,
};

/// When the seeds were signed.
const SIGNED: u64 = 1_669_872_112;

/// Set by the first byte: our clock, whether all commands are allowed, and whether the apps are looked up.
fn setup(byte: u8) -> (Guard, SystemTime) {
    let signed = UNIX_EPOCH + Duration::from_secs(SIGNED);
    let now = match byte & 7 {
        0 => signed + Duration::from_secs(60),
        1 => signed - Duration::from_secs(60),
        2 => signed + Duration::from_secs(61),
        3 => signed - Duration::from_secs(61),
        4 => UNIX_EPOCH,
        5 => UNIX_EPOCH - Duration::from_secs(SIGNED),
        6 => UNIX_EPOCH + Duration::from_secs(i64::MAX as u64),
        _ => signed,
    };
    let apps = vec![(1_400_000_000, vec!["new", "old"]), (7, vec![])];
    let (apps, looked_up) = if byte & 32 == 0 { (apps, vec![]) } else { (vec![], apps) };
    let guard = Guard {
        apps,
        looked_up,
        confused: if byte & 64 == 0 { vec![] } else { vec![8] },
        tolerance: if byte & 8 == 0 { 60 } else { u64::MAX },
        allowed: (byte & 16 != 0).then(|| vec!["State.StateChange", "Live.CallbackAfterDelMetadata"]),
    };
    (guard, now)
}

/// A setup byte, then a URL.
pub fn run(data: &[u8]) {
    let Some((setup_byte, url)) = data.split_first() else { return };
    let Ok(request) = Request::post(url).body(()) else { return };
    let (guard, now) = setup(*setup_byte);
    let (head, ()) = request.into_parts();
    let expected = guard.verify(head.uri.query().unwrap_or_default(), now);
    let verified = guard.receiver().verify(&head, now);
    if let Err(rejection) = &verified {
        let info = rejection.to_string();
        assert!(!info.is_empty() && !info.contains(char::is_control), "{info:?}");
    }
    assert_eq!(outcome(verified), expected);
    assert_eq!(outcome(guard.receiver().verify_query(head.uri.query().unwrap_or_default(), now)), expected);
}

/// URLs for each command, signed and unsigned.
pub fn seeds() -> Vec<Vec<u8>> {
    let time = SIGNED.to_string();
    let mut seeds = Vec::new();
    for (index, command) in Command::ALL.iter().enumerate() {
        let token = ["new", "old", "forged"][index % 3];
        let signature = sign(token, &time);
        let client = "contenttype=json&ClientIP=127.0.0.1&OptPlatform=iOS";
        let app = 1_400_000_000;
        let urls = [
            format!("/im?SdkAppid={app}&CallbackCommand={command}&{client}&RequestTime={time}&Sign={signature}"),
            format!("/?sdkappid={app}&Sign={signature}&RequestTime=%31{}&WebhookCommand={command}&", &time[1..]),
            format!("https://example.com?SDKAppID=7&SdkAppid=07&callbackcommand={command}&Optplatform=a+%E5%9B%9E"),
            format!("/?SdkAppid=7&OptPlatform=%C3&CallbackCommand=%&{command}"),
            // Checks of the URL.
            format!("/im?SdkAppid={app}&Sign={signature}&RequestTime={time}"),
            format!("/im?&Sign={signature}&RequestTime={time}"),
        ];
        for (byte, url) in (index as u8..).zip(urls) {
            seeds.push([&[byte], url.as_bytes()].concat());
        }
    }
    seeds
}
