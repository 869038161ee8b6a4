//! The guard of the RTC Engine's callbacks against an independent reference implementation, which is written from the
//! documentation only: a `Sign` is right if it is, letter for letter, what one of the keys gives for the body.
//!
//! `MODEL_REQUESTS` sets how many requests there are, as in `model`.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderValue, Request};
use tower_tencent_webhook::{App, Policy, Receiver, RejectionKind};

use crate::common::{Random, sign::rtc_sign};

/// An app: its id, whether it has Chat, and its keys. `None` if it has no RTC Engine, none of them if that is unsigned.
type Known = (u64, bool, Option<&'static [&'static str]>);

struct Guard {
    apps: &'static [Known],
    /// In milliseconds.
    tolerance: Option<u64>,
    rejects_unknown: bool,
    /// Whether the apps are looked up.
    is_lookup: bool,
}

const GUARDS: [Guard; 5] = [
    Guard { apps: &[(7, true, Some(&["k"]))], tolerance: None, rejects_unknown: false, is_lookup: false },
    Guard {
        apps: &[(7, false, Some(&["new", "k", "older"])), (8, true, Some(&[])), (9, true, None)],
        tolerance: Some(300_000),
        rejects_unknown: true,
        is_lookup: false,
    },
    Guard {
        apps: &[(7, true, Some(&["k"])), (8, false, Some(&["n"]))],
        tolerance: Some(0),
        rejects_unknown: false,
        is_lookup: true,
    },
    Guard { apps: &[(7, true, None), (9, true, None)], tolerance: None, rejects_unknown: false, is_lookup: false },
    Guard { apps: &[(9, true, None)], tolerance: None, rejects_unknown: false, is_lookup: true },
];

/// Milliseconds.
const NOW: u64 = 1_788_000_301_000;

/// A callback that is accepted: its app, its type, and whether its signature was checked.
type Outcome = Result<(u64, u64, bool), (RejectionKind, u16)>;

/// What a body says: its type, when it was sent, and whether its type is known.
type Said = (u64, Option<u64>, bool);

/// A body, and what it says. `None` if it is malformed.
fn bodies() -> Vec<(String, Option<Said>)> {
    let entered = |sent: &str| {
        format!("{{\"EventGroupId\":1,\t\"EventType\":103,{sent}\"EventInfo\":{{\"RoomId\":1,\"UserId\":\"a\"}}}}")
    };
    let at = |time: u64| (entered(&format!("\"CallbackTs\":{time},")), Some((103, Some(time), true)));
    vec![
        at(NOW),
        at(NOW),
        at(NOW + 1),
        at(NOW - 300_000),
        at(NOW - 300_001),
        at(NOW + 300_000),
        at(NOW + 300_001),
        at(0),
        at(u64::MAX),
        (entered(&format!("\"CallbackMsTs\":{NOW},")), Some((103, Some(NOW), true))),
        (entered(&format!("\"CallbackTs\":\"{NOW}\",")), Some((103, Some(NOW), true))),
        (entered(""), Some((103, None, true))),
        (entered("\"CallbackTs\":{},"), Some((103, None, true))),
        (format!(r#"{{"EventType":1501,"CallbackTs":{NOW}}}"#), Some((1501, Some(NOW), false))),
        (r#"{"EventType":1501}"#.to_owned(), Some((1501, None, false))),
        (r#"{"EventType":103,"EventInfo":{"RoomId":1}}"#.to_owned(), None),
        (r#"{"EventType":{}}"#.to_owned(), None),
        ("{}".to_owned(), None),
        ("nonsense".to_owned(), None),
        (String::new(), None),
    ]
}

/// URLs, and whether they have a command. One that cannot be read in one way only may have one.
const URLS: [(&str, bool); 12] = [
    ("/", false),
    ("/", false),
    ("/im?", false),
    ("/im?tenant=7", false),
    ("/im?Sign=7&SdkAppid=8", false),
    ("/im?CallbackCommand=", false),
    ("/im?CallbackCommand", false),
    ("/im?CallbackCommand=State.StateChange", true),
    ("/im?callbackcommand=x", true),
    ("/im?a=b&WebhookCommand=x", true),
    ("/im?Sign=7&Sign=8", true),
    ("/im?%43allbackCommand=%78", true),
];

impl Guard {
    fn receiver(&self) -> Receiver {
        let app = |(id, has_chat, keys): &Known| {
            let app = if *has_chat { App::unsigned(*id) } else { App::rtc_only(*id) };
            match keys {
                None => app,
                Some([]) => app.rtc_unsigned(),
                Some([first, more @ ..]) => {
                    more.iter().fold(app.rtc_key(*first).unwrap(), |app, key| app.or_rtc_key(*key).unwrap())
                }
            }
        };
        let apps: Vec<_> = self.apps.iter().map(app).collect();
        let receiver = match self.is_lookup {
            true => Receiver::from_lookup(move |id| apps.iter().find(|app| app.id() == id).cloned()),
            false => Receiver::from_apps(apps).unwrap(),
        };
        let receiver = if self.rejects_unknown { receiver.on_unknown(Policy::Reject) } else { receiver };
        match self.tolerance {
            Some(tolerance) => receiver.rtc_tolerance(Duration::from_millis(tolerance)),
            None => receiver,
        }
    }

    fn is_rtc(&self, has_command: bool, headers: &[(&str, Vec<u8>)]) -> bool {
        let is_possible = self.is_lookup || self.apps.iter().any(|(_, _, keys)| keys.is_some());
        is_possible && !has_command && !headers.is_empty()
    }

    fn judge(&self, headers: &[(&str, Vec<u8>)], body: &str, is: Option<Said>, now: Option<u64>) -> Outcome {
        use RejectionKind::*;

        let of =
            |name: &str| headers.iter().filter(|(its, _)| *its == name).map(|(_, value)| value).collect::<Vec<_>>();
        let (ids, signs) = (of("SdkAppId"), of("Sign"));
        for values in [&ids, &signs] {
            if values.windows(2).any(|pair| pair[0] != pair[1]) {
                return Err((RepeatedParameter, 400));
            }
        }
        let id = ids.first().and_then(|id| str::from_utf8(id).ok());
        let id = id.filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
        let id: u64 = id.and_then(|id| id.parse().ok()).ok_or((InvalidSdkAppId, 400))?;
        let keys = self.apps.iter().find(|(ours, ..)| *ours == id).and_then(|(_, _, keys)| *keys);
        let keys = keys.ok_or((UnknownApp, 403))?;
        if !keys.is_empty() {
            let sign = signs.first().ok_or((MissingSign, 401))?;
            if !keys.iter().any(|key| rtc_sign(key, body).as_bytes() == **sign) {
                return Err((InvalidSign, 401));
            }
        }
        let (event_type, sent, is_known) = is.ok_or((Malformed, 400))?;
        if !is_known && self.rejects_unknown {
            return Err((UnknownCommand, 400));
        }
        if let Some(tolerance) = self.tolerance
            && now.zip(sent).is_none_or(|(now, sent)| now.abs_diff(sent) > tolerance)
        {
            return Err((Stale, 401));
        }
        Ok((id, event_type, !keys.is_empty()))
    }
}

fn one<T: Clone>(random: &mut Random, all: &[T]) -> T {
    all[random.below(all.len())].clone()
}

/// The headers of a request for a body: mostly right.
fn headers(random: &mut Random, body: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut headers: Vec<(&'static str, Vec<u8>)> = Vec::new();
    let id = match random.below(12) {
        0 => one(random, &["", "ada", "+7", "7.0", "18446744073709551616", "\u{e9}", "10"]),
        1 => "007",
        2..5 => "8",
        5 => "9",
        _ => "7",
    };
    let key = one(random, &["k", "k", "k", "k", "n", "new", "older", "", "forged"]);
    let good = rtc_sign(key, body).into_bytes();
    let sign = match random.below(24) {
        0 => Vec::new(),
        1 => good[..random.below(44)].to_vec(),
        2 => [&good[..], b"="].concat(),
        3 => [b"sha256=", &good[..]].concat(),
        4 => good.iter().map(|byte| if *byte == b'+' { b'-' } else { *byte }).collect(),
        5 => good.iter().map(|byte| byte.to_ascii_lowercase()).collect(),
        6 => {
            let mut sign = good.clone();
            let at = random.below(44);
            sign[at] = one(random, b"AZaz09+/=-_ .\xe9");
            sign
        }
        7 => rtc_sign(key, format!("{body} ")).into_bytes(),
        _ => good.clone(),
    };
    if random.below(15) > 0 {
        headers.push(("SdkAppId", id.as_bytes().to_vec()));
    }
    if random.below(15) > 0 {
        headers.push(("Sign", sign.clone()));
    }
    if random.below(15) == 0 {
        headers.push(("Sign", if random.below(2) == 0 { sign } else { good }));
    }
    if random.below(15) == 0 {
        headers.push(("SdkAppId", one(random, &["7", "8", "007"]).as_bytes().to_vec()));
    }
    headers
}

#[test]
fn the_guard_of_callbacks_agrees_with_the_reference_implementation() {
    let requests: u64 = std::env::var("MODEL_REQUESTS").map_or(100_000, |requests| requests.parse().unwrap());
    let receivers: Vec<_> = GUARDS.iter().map(Guard::receiver).collect();
    let bodies = bodies();
    let mut counts = BTreeMap::<_, u64>::new();
    for seed in 0..requests {
        let random = &mut Random::new(seed);
        let at = random.below(GUARDS.len());
        let (guard, receiver) = (&GUARDS[at], &receivers[at]);
        let (body, is) = &bodies[random.below(bodies.len())];
        let (url, has_command) = one(random, &URLS);
        let headers = headers(random, body);
        let now = match random.below(30) {
            0 => SystemTime::UNIX_EPOCH - Duration::from_secs(1),
            _ => UNIX_EPOCH + Duration::from_millis(NOW),
        };
        let mut request = Request::post(url).body(()).unwrap();
        for (name, value) in &headers {
            request.headers_mut().append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        let (head, ()) = request.into_parts();
        let told = || format!("request {seed}: {head:?} with {body}");

        assert_eq!(receiver.is_rtc(&head), guard.is_rtc(has_command, &headers), "{}", told());
        let millis = now.duration_since(UNIX_EPOCH).ok().map(|now| now.as_millis() as u64);
        let expected = guard.judge(&headers, body, *is, millis);
        let hook = receiver.verify_rtc(&head).and_then(|claim| receiver.parse_rtc(claim, body.clone().into(), now));
        let found = match &hook {
            Ok(hook) => {
                let tower_tencent_webhook::Event::Rtc(event) = hook.event() else { panic!("{}", told()) };
                Ok((hook.context().app().get(), event.event_type(), hook.context().is_verified()))
            }
            Err(rejection) => Err((rejection.kind(), rejection.status().as_u16())),
        };
        assert_eq!(found, expected, "{}", told());
        let name = match &expected {
            Ok((.., true)) => "accepted",
            Ok(_) => "accepted unsigned",
            Err((kind, _)) => kind.as_str(),
        };
        *counts.entry(name).or_default() += 1;
    }
    assert_eq!(counts.len(), 10, "{counts:?}");
    for (name, count) in &counts {
        assert!(*count > requests / 200, "{name} is too rare: {counts:?}");
    }
    println!("{requests} requests: {counts:?}");
}
