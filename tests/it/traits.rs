//! The auto traits of the types, and the dependencies of the crate.

use std::{collections::BTreeSet, convert::Infallible, fmt::Debug, process::Command as Process, rc::Rc};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, Service, service_fn};
use tower_tencent_webhook::{
    Ack, AfterFailure, App, BeforeFailure, Command, ConfigError, Event, FailurePolicy, FriendVerdict, MsgElem, Phase,
    Platform, Policy, Receiver, Rejection, RejectionKind, Reply, SdkAppId, UnixMillis, UnixSeconds, Verdict,
    VerdictError, Webhook, WebhookBody, WebhookContext, WebhookEvent, WebhookLayer, WebhookService,
    event::{Other, c2c, follow, group},
    extract::WebhookRejection,
    layer::ResponseFuture,
    signer::Signer,
};

use crate::common::*;

/// Neither `Send` nor `Sync`.
type Local = Rc<()>;
type InnerFuture = <Inner as Service<Request<WebhookBody<Full<Bytes>>>>>::Future;

/// Does not compile for types that implement the trait.
macro_rules! assert_not {
    ($trait:ident: $($type:ty),* $(,)?) => {$(
        const _: fn() = || {
            struct Is;
            trait Ambiguous<T> { fn here() {} }
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + $trait> Ambiguous<Is> for T {}
            let _ = <$type as Ambiguous<_>>::here;
        };
    )*};
}

#[test]
fn values_are_send_sync_clone_and_debug() {
    fn assert<T: Send + Sync + Clone + Debug + Unpin + 'static>() {}

    assert::<App>();
    assert::<SdkAppId>();
    assert::<ConfigError>();
    assert::<Command>();
    assert::<Phase>();
    assert::<Event>();
    assert::<Other>();
    assert::<FailurePolicy>();
    assert::<BeforeFailure>();
    assert::<AfterFailure>();
    assert::<MsgElem>();
    assert::<Receiver>();
    assert::<Policy>();
    assert::<Rejection>();
    assert::<RejectionKind>();
    assert::<Ack>();
    assert::<Reply>();
    assert::<Verdict<c2c::BeforeSendMsg>>();
    assert::<VerdictError>();
    assert::<FriendVerdict>();
    assert::<Webhook>();
    assert::<Webhook<follow::AfterFollowDelete>>();
    assert::<WebhookContext>();
    assert::<Platform>();
    assert::<UnixMillis>();
    assert::<UnixSeconds>();
    assert::<WebhookLayer>();
    assert::<WebhookService<Inner>>();
    assert::<WebhookRejection>();
    assert::<Signer>();
}

#[test]
fn events_are_send_sync_clone_and_debug() {
    fn assert<E: WebhookEvent>() {
        fn assert<T: Send + Sync + Clone + Debug + PartialEq + 'static>() {}
        assert::<E>();
        assert::<Webhook<E>>();
        assert::<Verdict<E>>();
    }

    assert::<follow::AfterFollowDelete>();
    assert::<c2c::BeforeSendMsg>();
    assert::<group::AfterSendMsg>();
}

#[test]
fn a_verdict_is_send_whatever_its_event() {
    fn assert<T: Send + Sync + Unpin>() {}

    assert::<Verdict<Local>>();
}

#[test]
fn the_layers_types_are_send_if_what_they_hold_is() {
    fn assert<T: Send + Sync + 'static>() {}
    fn assert_send<T: Send + 'static>() {}

    assert::<WebhookBody<Full<Bytes>>>();
    assert_send::<ResponseFuture<Inner, Full<Bytes>, InnerFuture>>();
    assert::<ResponseFuture<Inner, Full<Bytes>, ()>>();

    assert_not!(Send:
        WebhookBody<Local>,
        WebhookService<Local>,
        ResponseFuture<Local, (), ()>,
        ResponseFuture<(), Local, ()>,
        ResponseFuture<(), (), Local>,
    );
}

#[test]
fn errors_are_errors() {
    fn assert<E: std::error::Error + Send + Sync + 'static>() {}

    assert::<ConfigError>();
    assert::<Rejection>();
    assert::<VerdictError>();
    assert::<WebhookRejection>();
}

#[test]
fn a_config_error_says_what_is_wrong() {
    for (error, text) in [
        (App::signed(APP, "").unwrap_err(), "the token is empty"),
        (App::signed(APP, [7; 129]).unwrap_err(), "the token is longer than 128 bytes"),
        (App::unsigned(APP).or_token("a").unwrap_err(), "an unsigned app cannot have a token"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn the_services_error_is_the_inner_services() {
    #[derive(Debug)]
    struct Mine;

    fn assert<S, E>(_: &S)
    where
        S: Service<Request<Full<Bytes>>, Error = E>,
    {
    }

    let inner = service_fn(|_: Request<WebhookBody<Full<Bytes>>>| async { Err::<Response<Full<Bytes>>, _>(Mine) });
    assert::<_, Mine>(&layer().layer(inner));
    assert::<_, Infallible>(&layer().layer(Inner::default()));
}

#[tokio::test]
async fn inner_services_need_not_be_send() {
    /// A body that is not `Send`.
    #[derive(Debug)]
    struct LocalBody {
        body: Full<Bytes>,
        _local: Local,
    }

    impl http_body::Body for LocalBody {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            std::pin::Pin::new(&mut self.body).poll_frame(cx)
        }
    }

    let local = Local::default();
    let service = layer().layer(service_fn(|request: Request<WebhookBody<LocalBody>>| {
        let local = local.clone();
        async move {
            assert!(request.extensions().get::<Webhook>().is_some());
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Response::new(LocalBody { body: Full::from(OK), _local: local }))
        }
    }));
    let request = signed().map(|body| LocalBody { body, _local: local.clone() });
    assert_eq!(call(service, request).await.body, OK);
}

/// The names in the crate's dependency tree, its own among them.
fn dependencies(features: &[&str]) -> BTreeSet<String> {
    let mut tree = Process::new(env!("CARGO"));
    tree.current_dir(env!("CARGO_MANIFEST_DIR"));
    // For one target, so that it is the same everywhere; without procedural macros, which are not linked.
    tree.args(["tree", "--offline", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{lib}"]);
    tree.args(["--package", "tower-tencent-webhook", "--target", "x86_64-unknown-linux-gnu", "--no-default-features"]);
    tree.args(features.iter().flat_map(|feature| ["--features", feature]));
    if std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock").exists() {
        tree.arg("--locked");
    }
    let output = tree.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = String::from_utf8(output.stdout).unwrap();
    output.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The names of libraries, with underscores.
const DEPENDENCIES: &[&str] = &[
    "block_buffer",
    "bytes",
    "cfg_if",
    "constant_time_eq",
    "cpufeatures",
    "crypto_common",
    "digest",
    "http",
    "http_body",
    "hybrid_array",
    "itoa",
    "memchr",
    "pin_project_lite",
    "serde",
    "serde_core",
    "serde_json",
    "serde_transcode",
    "sha2",
    "tower_layer",
    "tower_service",
    "tower_tencent_webhook",
    "typenum",
    "zeroize",
    "zmij",
];

/// Compiles only if no name of the crate hides the framework beside it.
mod everything {
    #[allow(unused_imports, reason = "that is the test")]
    use tower_tencent_webhook::*;

    pub(super) fn router() -> axum::Router {
        axum::Router::new()
    }
}

#[test]
fn an_app_id_is_its_number() {
    let id = SdkAppId::from(1_400_000_000);
    assert_eq!((id.get(), u64::from(id)), (1_400_000_000, 1_400_000_000));
    assert_eq!((id.to_string(), format!("{id:?}")), ("1400000000".to_owned(), "1400000000".to_owned()));
    assert!(id == 1_400_000_000 && id != 7);
}

#[test]
fn a_policy_shows_its_answers_except_what_a_function_chooses() {
    let policy = FailurePolicy::new().before(BeforeFailure::Refuse).after_with(|_| AfterFailure::Acknowledge);
    let shown = format!("{policy:?}");
    assert!(shown.contains("before: Refuse") && shown.contains("after: chosen by a function"), "{shown}");
}

/// So it costs no more than none.
#[test]
fn a_layer_forgets_a_policy_that_rejects_everything() {
    let shown = |policy| format!("{:?}", layer().on_failure(policy));
    assert_eq!(shown(FailurePolicy::new()), format!("{:?}", layer()));
    assert_ne!(shown(FailurePolicy::new().after(AfterFailure::Acknowledge)), format!("{:?}", layer()));
}

#[test]
fn all_names_can_be_imported_beside_axum() {
    assert!(!everything::router().has_routes());
}

/// Inherent methods of these names would hide the traits', and would take arrays, which the traits reject.
#[test]
fn events_have_no_serde_methods_of_their_own() {
    use serde::{Deserialize, Serialize};

    trait Hidden {
        fn serialize(&self) -> &'static str {
            "the trait's"
        }
    }
    impl Hidden for follow::AfterFollowDelete {}

    fn event() -> follow::AfterFollowDelete {
        // An inherent `deserialize` would be called here, and take the array.
        let array = serde_json::json!(["ada", ["linus"], 1]);
        assert!(follow::AfterFollowDelete::deserialize(array).is_err());
        serde_json::from_str(r#"{"From_Account":"ada"}"#).unwrap()
    }
    assert_eq!(Hidden::serialize(&event()), "the trait's");
    assert!(Serialize::serialize(&event(), serde_json::value::Serializer).is_ok());
}

#[test]
fn the_dependency_tree_is_exactly_this() {
    let found = dependencies(&[]);
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), DEPENDENCIES);
}

#[test]
fn no_feature_brings_a_runtime_or_a_server() {
    for features in [&[][..], &["axum"], &["signer"], &["schemars"], &["rtc"], &["axum", "signer", "schemars", "rtc"]] {
        let found = dependencies(features);
        assert!(found.contains("http"), "{found:?}");
        for heavy in ["tokio", "hyper", "hyper_util", "axum", "tower", "tower_http", "tonic", "reqwest"] {
            assert!(!found.contains(heavy), "{heavy} comes with {features:?}: {found:?}");
        }
    }
}
