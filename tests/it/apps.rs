//! Which apps are received: one, many, and those that are looked up; and what comes from a configuration.

use std::{
    collections::HashMap,
    panic::panic_any,
    sync::{Arc, Mutex, RwLock},
    time::SystemTime,
};

use tower::Layer;
use tower_tencent_webhook::{
    App, BeforeFailure, Command, ConfigError, Receiver, RejectionKind, SdkAppId, WebhookLayer, signer::Signer,
};

use crate::common::*;

fn query(app: &App) -> String {
    Signer::new(app).uri(COMMAND, SystemTime::now()).query().unwrap().to_owned()
}

#[track_caller]
fn kind(receiver: &Receiver, query: &str) -> RejectionKind {
    receiver.verify_query(query, SystemTime::now()).unwrap_err().kind()
}

#[track_caller]
fn assert_accepted(receiver: &Receiver, app: &App) {
    let context = receiver.verify_query(&query(app), SystemTime::now()).unwrap();
    assert_eq!(context.app(), app.id());
    assert!(context.is_verified());
}

/// An app whose token differs from that of any other.
fn numbered(id: u64) -> App {
    App::signed(id, format!("token {id}")).unwrap()
}

/// The same token under another id.
fn disguised(app: u64, id: u64) -> App {
    App::signed(id, format!("token {app}")).unwrap()
}

// Many apps.

#[test]
fn each_of_many_apps_is_found_in_whatever_order_they_are_added() {
    // Each once, in no order.
    let ids = || (0..10_000).map(|n| 1_400_000_000 + n * 7919 % 10_000);
    let at_once = Receiver::from_apps(ids().map(numbered)).unwrap();
    let one_by_one = ids().skip(1).map(numbered).fold(Receiver::new(numbered(1_400_000_000)), Receiver::app);
    for receiver in [at_once, one_by_one] {
        for id in ids().step_by(97) {
            assert_accepted(&receiver, &numbered(id));
            // A token is its app's alone.
            assert_eq!(kind(&receiver, &query(&disguised(id, id ^ 1))), RejectionKind::InvalidSign, "{id}");
        }
        for id in [0, 1_399_999_999, 1_400_010_000, u64::MAX] {
            assert_eq!(kind(&receiver, &query(&numbered(id))), RejectionKind::UnknownApp, "{id}");
        }
    }
}

#[test]
fn two_apps_with_one_id_are_an_error() {
    let repeated = ConfigError::RepeatedApp(SdkAppId::new(2));
    assert_eq!(Receiver::from_apps([3, 2, 1, 2].map(numbered)).unwrap_err(), repeated);
    assert_eq!(Receiver::new(numbered(2)).try_app(App::unsigned(2)).unwrap_err(), repeated);
    assert_eq!(WebhookLayer::new(numbered(2)).try_app(numbered(2)).unwrap_err(), repeated);
    assert_eq!(WebhookLayer::from_apps([2, 2].map(numbered)).unwrap_err(), repeated);
    assert_eq!(repeated.to_string(), "the app 2 has already been added");
    assert!(Receiver::new(numbered(2)).try_app(numbered(1)).unwrap().try_app(numbered(3)).is_ok());
}

#[test]
#[should_panic(expected = "the app 2 has already been added")]
fn a_second_app_with_one_id_in_the_code_panics() {
    _ = Receiver::new(numbered(2)).app(numbered(2));
}

#[test]
fn no_app_at_all_is_an_error() {
    assert_eq!(Receiver::from_apps([]).unwrap_err(), ConfigError::NoApp);
    assert_eq!(WebhookLayer::from_apps([]).unwrap_err(), ConfigError::NoApp);
}

// Apps that are looked up.

/// Apps that change while they are served.
#[derive(Clone, Default)]
struct Tenants(Arc<RwLock<HashMap<SdkAppId, App>>>);

impl Tenants {
    fn put(&self, app: App) {
        self.0.write().unwrap().insert(app.id(), app);
    }

    fn remove(&self, id: u64) {
        self.0.write().unwrap().remove(&id.into());
    }

    fn lookup(&self) -> impl Fn(SdkAppId) -> Option<App> + Send + Sync + 'static {
        let tenants = self.clone();
        move |id| tenants.0.read().unwrap().get(&id).cloned()
    }
}

#[tokio::test]
async fn apps_come_and_go_and_tokens_change_without_a_restart() {
    let tenants = Tenants::default();
    let layer = WebhookLayer::from_lookup(tenants.lookup()).path("/im");
    let service = layer.layer(Inner::default());
    let status = async |app: &App| {
        let request = Signer::new(app).url("/im").request(COMMAND, BODY, SystemTime::now());
        call(service.clone(), request).await.status()
    };
    let (old, new) = (App::signed(7, "old").unwrap(), App::signed(7, "new").unwrap());

    assert_eq!(status(&old).await, 403);
    tenants.put(old.clone());
    assert_eq!((status(&old).await, status(&new).await), (200, 401));
    tenants.put(App::signed(7, "new").unwrap().or_token("old").unwrap());
    assert_eq!((status(&old).await, status(&new).await), (200, 200));
    tenants.put(new.clone());
    assert_eq!((status(&old).await, status(&new).await), (401, 200));
    tenants.put(numbered(8));
    assert_eq!((status(&numbered(8)).await, status(&numbered(9)).await), (200, 403));
    tenants.remove(7);
    assert_eq!((status(&new).await, status(&numbered(8)).await), (403, 200));
}

#[test]
fn an_app_of_its_own_comes_before_the_lookup() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let lookup = move |id: SdkAppId| {
        seen.lock().unwrap().push(id.get());
        Some(disguised(1, id.get()))
    };
    let receiver = Receiver::from_lookup(lookup).app(numbered(7));
    assert_accepted(&receiver, &numbered(7));
    assert_eq!(kind(&receiver, &query(&disguised(1, 7))), RejectionKind::InvalidSign);
    assert!(asked.lock().unwrap().is_empty());
    assert_accepted(&receiver, &disguised(1, 8));
    assert_eq!(*asked.lock().unwrap(), [8]);
}

/// What cannot be a webhook is not looked up.
#[test]
fn only_numbers_are_looked_up() {
    let receiver = Receiver::from_lookup(|id| panic!("{id} is looked up"));
    for query in ["", "SdkAppid=7", "SdkAppid=7&Sign=0", "SdkAppid=x&CallbackCommand=a", "SdkAppid=7&SdkAppid=8"] {
        receiver.verify_query(query, SystemTime::now()).unwrap_err();
    }
    assert_eq!(kind(&receiver, "SdkAppid=&RequestTime=1&Sign=0"), RejectionKind::InvalidSdkAppId);
}

/// A lookup that is broken in every way, by the id of the app.
fn broken(id: SdkAppId) -> Option<App> {
    /// Panics when it is dropped.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the payload panics as well");
        }
    }

    match id.get() {
        1 => panic!("the lookup of {id} is broken"),
        2 => panic_any(Bomb),
        // Another app's tokens prove nothing.
        3 => Some(numbered(33)),
        _ => Some(numbered(id.get())),
    }
}

#[tokio::test]
async fn a_broken_lookup_is_http_500_and_takes_nothing_else_down() {
    let layer = WebhookLayer::from_lookup(broken).on_failure(before(BeforeFailure::Allow));
    let signed = |app: &App| Signer::new(app).request(MESSAGE, sample(MESSAGE).to_string(), SystemTime::now());
    for (id, app) in [(1, numbered(1)), (2, numbered(2)), (3, numbered(3)), (3, disguised(33, 3))] {
        // Not verified, so the failure policy has no say.
        let info = deliver(&layer, signed(&app)).await.rejected(500, RejectionKind::LookupFailed);
        assert_eq!(info, format!("the app {id} could not be looked up"));
        // Nor is it a check of the URL.
        let check = query(&app).replace("CallbackCommand=", "x=");
        assert_eq!(kind(&Receiver::from_lookup(broken), &check), RejectionKind::LookupFailed);
    }
    deliver(&layer, signed(&numbered(4))).await.accepted();
}

#[test]
fn a_lookup_reveals_nothing_in_debug_output() {
    let receiver = Receiver::from_lookup(|id| App::signed(id, TOKEN).ok()).app(app());
    let output = format!("{receiver:?}");
    assert!(output.contains("those of a lookup") && !output.contains(TOKEN), "{output}");
}

// What comes from a configuration.

#[test]
fn an_id_may_be_any_integer_or_digits() {
    // An integer literal, of whatever type.
    let ids = [
        App::signed(1400000000, "t"),
        App::signed(1_400_000_000_u32, "t"),
        App::signed(1_400_000_000_u64, "t"),
        App::signed(1_400_000_000_i64, "t"),
        App::signed("1400000000", "t"),
        App::signed(String::from("1400000000"), "t"),
        App::signed("1400000000".parse::<SdkAppId>().unwrap(), "t"),
        App::signed(SdkAppId::new(1400000000), "t"),
        Ok(App::unsigned(1400000000)),
        Ok(App::unsigned(SdkAppId::new(1400000000))),
    ];
    for app in ids {
        assert_eq!(app.unwrap().id(), 1_400_000_000);
    }
    assert_eq!(App::signed(3_000_000_000_u32, "t").unwrap().id(), 3_000_000_000);
    assert_eq!(App::signed("18446744073709551615", "t").unwrap().id(), u64::MAX);

    let invalid = Some(ConfigError::InvalidSdkAppId);
    assert_eq!(App::signed(-1, "t").err(), invalid);
    assert_eq!(App::signed(i64::MIN, "t").err(), invalid);
    for text in ["", " ", "+1", "-1", "1.0", "1 ", "0x1", "ada", "18446744073709551616"] {
        assert_eq!(App::signed(text, "t").err(), invalid, "{text:?}");
        assert_eq!(App::signed(text.to_owned(), "t").err(), invalid, "{text:?}");
        assert_eq!(text.parse::<SdkAppId>().err(), invalid, "{text:?}");
    }
}

/// As a configuration is usually read.
#[test]
fn an_id_is_read_from_numbers_and_from_digits() {
    #[derive(Debug, serde::Deserialize, serde::Serialize, PartialEq)]
    struct Config {
        apps: HashMap<SdkAppId, String>,
        main: SdkAppId,
    }

    let config: Config = serde_json::from_str(r#"{"apps":{"1400000000":"token"},"main":1400000000}"#).unwrap();
    assert_eq!(config.apps[&config.main], "token");
    assert_eq!(serde_json::to_string(&config).unwrap(), r#"{"apps":{"1400000000":"token"},"main":1400000000}"#);
    assert_eq!(serde_json::from_str::<SdkAppId>(r#""0018446744073709551615""#).unwrap(), u64::MAX);

    for bad in ["-1", "1.5", r#""""#, r#""-1""#, r#""1e3""#, "null", "true", "[1]", "{}", "18446744073709551616"] {
        serde_json::from_str::<SdkAppId>(bad).unwrap_err();
    }
    // A token in the wrong place is in no error.
    let error = serde_json::from_str::<SdkAppId>(&format!("{TOKEN:?}")).unwrap_err().to_string();
    assert!(error.contains("the SDKAppID is not a number") && !error.contains(TOKEN), "{error}");
}

#[test]
fn a_path_that_no_request_can_have_is_an_error() {
    for path in ["/", "/im", "/callbacks/im/", "/im%20/~a:b@c", "/a//b"] {
        assert!(WebhookLayer::new(app()).try_path(path).is_ok(), "{path}");
    }
    for path in ["", "im", "*", "/im?a", "/im#a", "/a b", "/a\n", "https://example.com/im", "?", "/im?"] {
        assert_eq!(WebhookLayer::new(app()).try_path(path).unwrap_err(), ConfigError::InvalidPath, "{path}");
    }
    // It may be a secret.
    assert!(!ConfigError::InvalidPath.to_string().contains("im"));
}

#[test]
#[should_panic(expected = "the path does not begin with a slash")]
fn a_path_in_the_code_that_no_request_can_have_panics() {
    _ = WebhookLayer::new(app()).path("im");
}

/// An allow-list may come from a configuration as well, in any form of text.
#[test]
fn allowed_commands_may_be_any_text() {
    let owned = vec![COMMAND.to_owned()];
    for receiver in [
        Receiver::new(app()).allow_commands([COMMAND]),
        Receiver::new(app()).allow_commands(&owned),
        Receiver::new(app()).allow_commands(owned.iter().map(String::as_str)),
        Receiver::new(app()).allow_commands([Command::from(COMMAND)]),
        Receiver::new(app()).allow_commands(&[Command::from(COMMAND)]),
    ] {
        let context = |command| receiver.verify_uri(&signer().uri(command, SystemTime::now()), SystemTime::now());
        assert!(receiver.parse(context(COMMAND).unwrap(), BODY.into()).is_ok());
        let other = sample(FOLLOW).to_string();
        let rejection = receiver.parse(context(FOLLOW).unwrap(), other.into()).unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::CommandNotAllowed);
    }
}

// Without HTTP.

#[test]
fn a_rejection_has_its_body_without_a_response() {
    let receiver = Receiver::new(app());
    let check = query(&app()).replace("CallbackCommand=", "x=");
    for query in ["", "SdkAppid=7&CallbackCommand=a", "Sign=1&Sign=2", "SdkAppid=%zz", &check] {
        let rejection = receiver.verify_query(query, SystemTime::now()).unwrap_err();
        let response = rejection.clone().into_response::<bytes::Bytes>();
        assert_eq!(rejection.body(), response.body());
        assert_eq!(rejection.status(), response.status());
    }
    assert_eq!(receiver.verify_query(&check, SystemTime::now()).unwrap_err().body(), OK);
}
