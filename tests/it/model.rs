//! The receiver against an independent reference implementation: the same decision, HTTP status and context on a hundred
//! thousand requests, most of them nearly valid.
//!
//! `MODEL_REQUESTS` sets how many; the default is 100000. Request `n` is generated from the seed `n`, so that it is the
//! same in every run. For millions: `MODEL_REQUESTS=5000000 cargo test --release --test it model::`.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{Request, Uri};
use tower_tencent_webhook::{Receiver, RejectionKind};

use crate::common::{
    Random,
    guard::{Accepted, Guard, outcome},
    sign,
};

/// The time, mostly.
const NOW: u64 = 1_669_872_112;
const FAR_FUTURE: u64 = i64::MAX as u64;

/// One of them, at random.
fn one<T: Clone>(random: &mut Random, all: &[T]) -> T {
    all[random.below(all.len())].clone()
}

fn chance(random: &mut Random, one_in: usize) -> bool {
    random.below(one_in) == 0
}

/// With one app, several and many, fixed and looked up, signed and unsigned, with one token and several, with an
/// allow-list and without.
fn guards() -> Vec<(Guard, Receiver)> {
    let one = vec![(1_400_000_000, vec!["correct horse"])];
    let several = vec![
        (1_400_000_000, vec!["new", "correct horse", "回"]),
        (1_400_000_001, vec!["correct horse"]),
        (7, vec![]),
        (u64::MAX, vec!["n"]),
    ];
    let allowed = Some(vec!["C2C.CallbackBeforeSendMsg", "Made.Up", "Live.CallbackAfterDelMetadata"]);
    let none = Some(vec![]);
    // Too many to try all of them, in no order.
    let many: Vec<_> = (0..100).map(|n| (1_400_000_000 + n * 7919 % 100, vec!["correct horse"])).collect();
    let confused = vec![8, 1_400_000_002];
    let sixty = Guard { tolerance: 60, ..Guard::default() };
    let guards = [
        Guard { apps: one.clone(), ..sixty.clone() },
        Guard { apps: one.clone(), tolerance: 0, allowed: allowed.clone(), ..sixty.clone() },
        Guard { apps: one, tolerance: u64::MAX, ..sixty.clone() },
        Guard { apps: several.clone(), ..sixty.clone() },
        Guard { apps: several.clone(), tolerance: 5, allowed: allowed.clone(), ..sixty.clone() },
        Guard { apps: several.clone(), allowed: none, ..sixty.clone() },
        Guard { apps: vec![(7, vec![])], ..sixty.clone() },
        Guard { apps: vec![(7, vec![])], allowed, ..sixty.clone() },
        Guard { apps: many.clone(), ..sixty.clone() },
        Guard { looked_up: several.clone(), confused: confused.clone(), ..sixty.clone() },
        Guard { apps: several, looked_up: many[7..].to_vec(), confused, ..sixty },
    ];
    guards.into_iter().map(|guard| (guard.clone(), guard.receiver())).collect()
}

fn clock(random: &mut Random) -> SystemTime {
    let seconds = one(random, &[NOW, NOW, NOW, NOW, NOW, NOW, NOW, 0, 1, 60, FAR_FUTURE]);
    if chance(random, 40) {
        return UNIX_EPOCH - Duration::from_millis(one(random, &[1, 1_000, 60_000, NOW * 1_000]));
    }
    UNIX_EPOCH + Duration::new(seconds, one(random, &[0, 1, 999_999_999]))
}

/// The names and values of a URL's parameters, still encoded.
type Parameters = Vec<(String, String)>;

/// Those of a correctly signed webhook, though perhaps with a wrong time, app or command.
fn signed(random: &mut Random, guard: &Guard, now: SystemTime) -> Parameters {
    let at = random.below(guard.apps.len() + guard.looked_up.len());
    let (id, tokens) = guard.apps.iter().chain(&guard.looked_up).nth(at).cloned().unwrap();
    let id = match random.below(20) {
        0 => one(random, &["0", "8", "8", "140000000", "1400000002"]).to_owned(),
        1 => one(random, &["", "18446744073709551616", "+7", "%2B7", "-7", "7.0", "0x7", "ada"]).to_owned(),
        2 => format!("000{id}"),
        3 if !guard.confused.is_empty() => one(random, &guard.confused).to_string(),
        _ => id.to_string(),
    };
    let command = match random.below(10) {
        0 => one(random, &["", "state.statechange", "Made.Up", "Made.Down", "C2C.CallbackBeforeSendMs"]),
        1 => one(random, &["Live.CallbackMemberStateChanged", "Live.CallbackAfterMemberStateChanged"]),
        2 => one(random, &["Live.CallbackAfterSetMetadata", "Live.CallbackAfterDelMetadata"]),
        _ => one(random, &["C2C.CallbackBeforeSendMsg", "State.StateChange"]),
    };
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let edge = guard.tolerance;
    let time = match random.below(16) {
        0 => one(random, &["", "0", "+1669872112", "-1", "1669872112.0", "1e9", "soon", "٣", "18446744073709551616"])
            .to_owned(),
        1 => one(random, &[0, 1, u64::MAX, FAR_FUTURE, NOW]).to_string(),
        2 => now.saturating_add(edge).to_string(),
        3 => now.saturating_sub(edge).to_string(),
        4 => now.saturating_add(edge).saturating_add(1).to_string(),
        5 => now.saturating_sub(edge).saturating_sub(1).to_string(),
        6 => format!("00{now}"),
        7 => format!("{now:0>0$}", one(random, &[20, 21, 1000])),
        _ => now.to_string(),
    };
    let token = if tokens.is_empty() || chance(random, 20) { "forged" } else { one(random, &tokens) };
    let mut parameters = vec![
        ("SdkAppid", id),
        ("CallbackCommand", command.to_owned()),
        ("contenttype", "json".to_owned()),
        ("ClientIP", one(random, &["127.0.0.1", "::1", "", "localhost", "10.0.0.256"]).to_owned()),
        ("OptPlatform", one(random, &["iOS", "IOS", "restapi", "Mac", "macOS", "", "Fridge", "fridge"]).to_owned()),
    ];
    if !tokens.is_empty() || chance(random, 2) {
        parameters.extend([("Sign", sign(token, &time)), ("RequestTime", time)]);
    }
    // The console's check of the URL.
    if chance(random, 20) {
        parameters.retain(|(name, _)| *name != "CallbackCommand");
        let with_app = chance(random, 2);
        parameters.retain(|(name, _)| with_app || *name != "SdkAppid");
    }
    parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Changes a parameter, which may or may not change the outcome.
fn tamper(random: &mut Random, parameters: &mut Parameters) {
    if parameters.is_empty() {
        return;
    }
    let at = random.below(parameters.len());
    let (name, value) = parameters[at].clone();
    let swapped =
        |letter: char| if letter.is_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
    let wrong_case = |text: &str| text.chars().map(swapped).collect::<String>();
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    match random.below(17) {
        0 => _ = parameters.remove(at),
        1 => parameters[at].0 = wrong_case(&name),
        2 => parameters[at].1 = wrong_case(&value),
        3 => parameters[at].0 = encoded(&name),
        4 => parameters[at].1 = encoded(&value).to_lowercase(),
        // Repeated with the same value.
        5 => parameters.push((name.to_lowercase(), value)),
        6 => parameters.insert(0, (name, encoded(&value))),
        // Repeated with another value.
        7 => parameters.push((name.to_uppercase(), format!("{value}0"))),
        8 => parameters.insert(0, (name, one(random, &["", "0", "%20", "+"]).to_owned())),
        9 => {
            parameters[at].1 =
                format!("{value}{}", one(random, &["%", "%4", "%zz", "%+1", "%ff", "%E5%9b", "%%", "%é"]))
        }
        10 => parameters[at].1 = format!("{value}{}", one(random, &["+", "%20", "%2B", "=", "回", "%00", "%E5%9B%9E"])),
        11 => parameters[at].0 = format!("{name}{}", one(random, &["s", "%", "%zz", "+", "%ff", "[]"])),
        12 => _ = parameters[at].1.pop(),
        // A digit of the signature or of a number.
        13 if !value.is_empty() && value.is_ascii() => {
            let digit = random.below(value.len());
            parameters[at].1.replace_range(digit..=digit, one(random, &["0", "1", "a", "F", "g"]));
        }
        14 => parameters.swap(0, at),
        15 if name == "CallbackCommand" => parameters[at].0 = "WebhookCommand".to_owned(),
        15 => parameters.push(("webhookCommand".to_owned(), one(random, &["State.StateChange", ""]).to_owned())),
        _ => {
            let (name, value) =
                one(random, &[("", ""), ("note", "100%"), ("%zz", "1"), ("%53ign%", "="), ("Sig", "n")]);
            parameters.insert(at, (name.to_owned(), value.to_owned()));
        }
    }
}

/// A body for a webhook that was accepted by its URL, and the command that it names. If it is signed, the body may be
/// blank.
fn body(random: &mut Random, accepted: &Accepted) -> (String, String) {
    let named = match &*accepted.command {
        "Live.CallbackAfterSetMetadata" => {
            one(random, &["Live.CallbackAfterSetMetadata", "Live.CallbackAfterDelMetadata"])
        }
        command => command,
    };
    let whole = serde_json::json!({
        "CallbackCommand": named,
        "Info": { "Action": "Login", "To_Account": "ada" },
        "From_Account": "ada",
        "To_Account": "linus",
        "MsgBody": [],
        "RoomId": "room",
    });
    let body = match random.below(8) {
        0 if accepted.verified => one(random, &["", " ", "{}", "{ }", "\n{\t}\r"]).to_owned(),
        _ => whole.to_string(),
    };
    (named.to_owned(), body)
}

fn query(random: &mut Random, parameters: &Parameters) -> String {
    let pairs: Vec<_> = parameters
        .iter()
        .map(
            |(name, value)| {
                if value.is_empty() && chance(random, 2) { name.clone() } else { format!("{name}={value}") }
            },
        )
        .collect();
    format!("{}{}", pairs.join("&"), one(random, &["", "", "", "&", "&&", "&=", "#Sign=1"]))
}

#[test]
fn the_receiver_agrees_with_the_reference_implementation() {
    let requests = std::env::var("MODEL_REQUESTS").map_or(100_000, |requests| requests.parse().unwrap());
    let guards = guards();
    let mut counts = BTreeMap::<_, u64>::new();
    for seed in 0..requests {
        let random = &mut Random::new(seed);
        let (guard, receiver) = &guards[random.below(guards.len())];
        let now = clock(random);
        let mut parameters = signed(random, guard, now);
        for _ in 0..one(random, &[0, 0, 0, 1, 1, 1, 2, 4]) {
            tamper(random, &mut parameters);
        }
        let uri: Uri = format!("/im?{}", query(random, &parameters)).parse().unwrap();
        let (head, ()) = Request::post(uri).body(()).unwrap().into_parts();

        let query = head.uri.query().unwrap();
        let expected = guard.verify(query, now);
        let context = receiver.verify(&head, now);
        let found = outcome(context.clone());
        assert_eq!(found, expected, "request {seed}, {} at {now:?}, {guard:?}", head.uri);
        assert_eq!(outcome(receiver.verify_query(query, now)), found);
        assert_eq!(outcome(receiver.verify_uri(&head.uri, now)), found);

        let expected = expected.and_then(|accepted| {
            let (named, body) = body(random, &accepted);
            let expected = guard.takes(&accepted, &named, &body);
            let found = receiver.parse(context.unwrap(), body.clone().into());
            let found = found.map(drop).map_err(|rejection| (rejection.kind(), rejection.status().as_u16()));
            assert_eq!(found, expected, "request {seed}, {} with {body:?}, {guard:?}", head.uri);
            expected.map(|()| accepted)
        });
        let name = match &expected {
            Ok(accepted) if accepted.verified => "accepted",
            Ok(_) => "accepted unsigned",
            Err((kind, _)) => kind.as_str(),
        };
        *counts.entry(name).or_default() += 1;
    }

    // Every outcome occurs often enough.
    use RejectionKind::*;
    let rejected = [
        RepeatedParameter,
        InvalidEncoding,
        InvalidSdkAppId,
        MissingCommand,
        UnknownApp,
        LookupFailed,
        MissingSign,
        InvalidSign,
        Stale,
        UrlCheck,
        CommandNotAllowed,
    ];
    assert_eq!(counts.len(), rejected.len() + 2, "{counts:?}");
    for (name, often) in
        [("accepted", 10), ("accepted unsigned", 50)].into_iter().chain(rejected.map(|it| (it.as_str(), 100)))
    {
        assert!(counts[name] > requests / often, "{name} is too rare: {counts:?}");
    }
    println!("{requests} requests: {counts:?}");
}
