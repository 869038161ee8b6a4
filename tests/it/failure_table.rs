//! Whatever goes wrong × the kind of event × the policy × the inner service: the answer, the log and the metric.

use std::{
    convert::Infallible,
    fmt::Debug,
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{BoxError, Router, body::Body, error_handling::HandleErrorLayer, routing::post};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_tencent_webhook::{
    AfterFailure, BeforeFailure, Failure, FailureCause, FailurePolicy, Late, Rejection, Webhook, WebhookBody,
    WebhookEvent, WebhookRouter, WebhookService,
    event::{c2c, follow, sns},
    router::IntoAnswer,
};

use crate::{common::*, failure::unreadable, observe::record};

const LIMIT: Duration = Duration::from_secs(1);

/// The policies: what they answer to before- and after-events.
const POLICIES: [(BeforeFailure, AfterFailure); 4] = [
    (BeforeFailure::Reject, AfterFailure::Reject),
    (BeforeFailure::Allow, AfterFailure::Acknowledge),
    (BeforeFailure::Refuse, AfterFailure::Acknowledge),
    (BeforeFailure::Refuse, AfterFailure::Withhold),
];

/// What came of a webhook.
#[derive(Debug, PartialEq)]
enum End {
    Answer(u16, Value),
    /// The inner service's error.
    Error(String),
    Panic,
}

/// What is expected if the webhook is rejected.
struct Row {
    name: &'static str,
    cause: &'static str,
    rejected: End,
    /// The level of the only line in the log, and a part of its message or reason.
    log: (&'static str, &'static str),
    outcome: &'static str,
}

fn row(name: &'static str, cause: &'static str, rejected: End, log: (&'static str, &'static str)) -> Row {
    let outcome = match cause {
        "HandlerPanicked" => "panicked",
        "DeadlineExceeded" => "deadline_exceeded",
        "Overloaded" => "overloaded",
        _ => "failed",
    };
    Row { name, cause, rejected, log, outcome }
}

fn answer((status, body): (u16, Value)) -> End {
    End::Answer(status, body)
}

/// What a policy was told.
type Told = Arc<Mutex<Vec<String>>>;

fn policy((before, after): (BeforeFailure, AfterFailure), told: &Told) -> FailurePolicy {
    let tell = |told: &Told| {
        let told = told.clone();
        move |failure: &Failure<'_>| {
            let cause = match failure.cause() {
                FailureCause::Status(status) => format!("Status({})", status.as_u16()),
                FailureCause::Rejection(rejection) => rejection.kind().as_str().to_owned(),
                cause => format!("{cause:?}"),
            };
            told.lock().unwrap().push(format!("{} {cause}", failure.command()));
        }
    };
    let (tell_before, tell_after) = (tell(told), tell(told));
    FailurePolicy::new()
        .before_with(move |failure| {
            tell_before(failure);
            before
        })
        .after_with(move |failure| {
            tell_after(failure);
            after
        })
}

/// Calls the service. A panic that goes on ends here, as in a server's task.
async fn end<S, B, R>(service: WebhookService<S>, request: Request<B>) -> End
where
    WebhookService<S>: Service<Request<B>, Response = Response<R>, Error: ToString>,
    R: http_body::Body<Error: Debug>,
{
    let mut call = Box::pin(async {
        match service.oneshot(request).await {
            Ok(response) => answer(Answer::read(response).await.json()),
            Err(error) => End::Error(error.to_string()),
        }
    });
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx))) {
        Ok(poll) => poll,
        Err(_) => End::Panic.into(),
    })
    .await
}

/// One cell of the table.
fn check(
    command: &str,
    answers: (BeforeFailure, AfterFailure),
    row: &Row,
    ask: impl AsyncFnOnce(FailurePolicy) -> End,
) {
    let cell = format!("{command}, {}, under {answers:?}", row.name);
    let told = Told::default();
    let mut came = None;
    let recorded = record(async {
        came = Some(ask(policy(answers, &told)).await);
    });
    // A friend event whose body cannot be read has no friends.
    let knows_friends = row.log.1 != "rejected";
    let expected = match (command, answers) {
        (MESSAGE, (BeforeFailure::Allow, _)) | (FOLLOW, (_, AfterFailure::Acknowledge)) => Some(ok()),
        (MESSAGE, (BeforeFailure::Refuse, _)) => Some(code(1)),
        (FRIENDS, (BeforeFailure::Allow, _)) => Some(if knows_friends { each_friend(0) } else { ok() }),
        // Nothing else refuses a friend request.
        (FRIENDS, (BeforeFailure::Refuse, _)) => knows_friends.then(|| each_friend(38_000)),
        (FOLLOW, (_, AfterFailure::Withhold)) => Some(error(503, "the webhook failed, and its answer was withheld")),
        _ => None,
    };
    let came = came.unwrap();
    match expected {
        Some(expected) => assert_eq!(came, answer(expected), "{cell}"),
        None => assert_eq!(came, row.rejected, "{cell}"),
    }
    assert_eq!(*told.lock().unwrap(), [format!("{command} {}", row.cause)], "{cell}");

    // That a service does not look at the webhook is another matter.
    let events = recorded.events.iter().map(|(fields, _)| fields);
    let events: Vec<_> = events.filter(|fields| !fields["message"].starts_with("no service took")).collect();
    let [line] = &events[..] else { panic!("{cell}: {events:?}") };
    let text = format!("{} {}", line["message"], line.get("reason").map_or("", String::as_str));
    assert_eq!(line["level"], row.log.0, "{cell}: {text}");
    assert!(text.contains(row.log.1), "{cell}: {text}");
    let counted: Vec<_> =
        recorded.counters.iter().filter(|(name, _)| name.starts_with("tencent_webhooks_total")).collect();
    let expected = format!("tencent_webhooks_total command={command} outcome={}", row.outcome);
    assert_eq!(counted, [(&expected, &1)], "{cell}");
}

/// Every kind of event under every policy.
fn cells() -> impl Iterator<Item = (&'static str, (BeforeFailure, AfterFailure))> {
    POLICIES.into_iter().flat_map(|answers| [MESSAGE, FRIENDS, FOLLOW].map(|command| (command, answers)))
}

#[test]
fn a_body_that_cannot_be_read() {
    for (command, answers) in cells() {
        for index in 0..unreadable(command).len() {
            let (kind, request) = unreadable(command).swap_remove(index);
            let layer = layer().on_failure(FailurePolicy::new());
            // What is rejected says so in the same words with any policy.
            let (_, rejected) = unreadable(command).swap_remove(index);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let rejected = runtime.block_on(call(layer.layer(WebhookRouter::new()), rejected));
            let rejection: &Rejection = rejected.rejection();
            assert_eq!((rejection.kind(), rejection.command().unwrap().as_str()), (kind, command));
            let row = Row {
                name: kind.as_str(),
                cause: kind.as_str(),
                rejected: answer(rejected.json()),
                log: ("WARN", "rejected"),
                outcome: kind.as_str(),
            };
            check(command, answers, &row, async |policy| {
                end(crate::common::layer().on_failure(policy).layer(WebhookRouter::new()), request).await
            });
        }
    }
}

#[test]
fn a_handler_of_the_router() {
    fn test<E: WebhookEvent<Answer: IntoAnswer<E>>>(command: &str, answers: (BeforeFailure, AfterFailure)) {
        async fn ask(policy: FailurePolicy, router: WebhookRouter, command: &str) -> End {
            end(layer().on_failure(policy).layer(router), signed_sample(command)).await
        }
        async fn hangs<E: WebhookEvent>(_: Webhook<E>) -> E::Answer {
            pending().await
        }
        async fn hangs_inside<E: WebhookEvent>(_: Webhook<E>) -> Result<E::Answer, Infallible> {
            pending().await
        }

        let failed = row("error", "HandlerFailed", answer(handler_failed()), ("ERROR", "handler failed"));
        check(command, answers, &failed, async |policy| {
            let handler = async |_: Webhook<E>| Err::<E::Answer, _>("the database is gone");
            ask(policy, WebhookRouter::new().on(handler), command).await
        });
        let panicked = row("panic", "HandlerPanicked", answer(handler_failed()), ("ERROR", "handler panicked"));
        check(command, answers, &panicked, async |policy| {
            let handler = async |_: Webhook<E>| -> E::Answer { panic!("which is what is tested here") };
            ask(policy, WebhookRouter::new().on(handler), command).await
        });
        let missed = row("late", "DeadlineExceeded", answer(late()), ("WARN", "took too long"));
        check(command, answers, &missed, async |policy| {
            let router = WebhookRouter::new().deadline(LIMIT).on_late(Late::Fail).on(hangs::<E>);
            ask(policy, router, command).await
        });
        let shed = row("shed", "HandlerFailed", answer(handler_failed()), ("ERROR", "handler failed"));
        check(command, answers, &shed, async |policy| {
            let service = ServiceBuilder::new().load_shed().concurrency_limit(0).service(service_fn(hangs_inside::<E>));
            ask(policy, WebhookRouter::new().on_service::<E>(service), command).await
        });
        if command == FOLLOW {
            let overloaded = || answer(error(503, "too many events are being handled"));
            let crowded = row("overloaded", "Overloaded", overloaded(), ("WARN", "too many"));
            check(command, answers, &crowded, async |policy| {
                ask(policy, WebhookRouter::new().ack_first(0).on(hangs::<E>), command).await
            });
            check(command, answers, &crowded, async |policy| {
                let router = WebhookRouter::new().deadline(LIMIT).late_limit(0).on(hangs::<E>);
                ask(policy, router, command).await
            });
        }
    }
    for (command, answers) in cells() {
        match command {
            MESSAGE => test::<c2c::BeforeSendMsg>(command, answers),
            FRIENDS => test::<sns::PrevFriendAdd>(command, answers),
            _ => test::<follow::AfterFollowAdd>(command, answers),
        }
    }
}

#[test]
fn a_handler_of_axum() {
    for (command, answers) in cells() {
        async fn ask(policy: FailurePolicy, router: Router, command: &str) -> End {
            end(layer().on_failure(policy).layer(router), signed_sample(command)).await
        }
        fn text(status: u16, text: &str) -> End {
            End::Answer(status, json!(text))
        }
        let stack = || {
            ServiceBuilder::new().layer(HandleErrorLayer::new(async |error: BoxError| {
                (StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }))
        };
        let hangs = post(async |_: Webhook| -> &str { pending().await });

        let failed = row("error", "Status(500)", text(500, "gone"), ("WARN", "not answered with 200"));
        check(command, answers, &failed, async |policy| {
            let handler = post(async |_: Webhook| Err::<(), _>((StatusCode::INTERNAL_SERVER_ERROR, "gone")));
            ask(policy, Router::new().route("/im", handler), command).await
        });
        let gateway = row("502", "Status(502)", text(502, "no upstream"), ("WARN", "not answered with 200"));
        check(command, answers, &gateway, async |policy| {
            let handler = post(async || (StatusCode::BAD_GATEWAY, "no upstream"));
            ask(policy, Router::new().route("/im", handler), command).await
        });
        let panicked = row("panic", "HandlerPanicked", End::Panic, ("ERROR", "inner service panicked"));
        check(command, answers, &panicked, async |policy| {
            let handler = post(async |_: Webhook| -> &str { panic!("which is what is tested here") });
            ask(policy, Router::new().route("/im", handler), command).await
        });
        let late = text(503, "request timed out");
        let late = row("late", "Status(503)", late, ("WARN", "not answered with 200"));
        check(command, answers, &late, async |policy| {
            let router = Router::new().route("/im", hangs.clone().layer(stack().timeout(LIMIT)));
            ask(policy, router, command).await
        });
        let overloaded = text(503, "service overloaded");
        let overloaded = row("overloaded", "Status(503)", overloaded, ("WARN", "not answered with 200"));
        check(command, answers, &overloaded, async |policy| {
            let router = Router::new().route("/im", hangs.layer(stack().load_shed().concurrency_limit(0)));
            ask(policy, router, command).await
        });
    }
}

#[test]
fn a_plain_service() {
    type Inner = Request<WebhookBody<Full<Bytes>>>;
    type Answer = Response<Body>;

    for (command, answers) in cells() {
        async fn ask<S>(policy: FailurePolicy, service: S, command: &str) -> End
        where
            S: Service<Inner, Response = Answer, Error: ToString> + Clone,
        {
            end(layer().on_failure(policy).layer(service), signed_sample(command)).await
        }
        let hangs = service_fn(async |_: Inner| -> Result<Answer, BoxError> { pending().await });

        let failed = row("Err", "ServiceFailed", End::Error("gone".to_owned()), ("WARN", "inner service failed"));
        check(command, answers, &failed, async |policy| {
            ask(policy, service_fn(async |_: Inner| Err::<Answer, _>("gone")), command).await
        });
        let body = End::Answer(500, json!({ "a": 1 }));
        let status = row("500", "Status(500)", body, ("WARN", "not answered with 200"));
        check(command, answers, &status, async |policy| {
            let service = service_fn(async |_: Inner| {
                let mut response = Response::new(Body::from(r#"{"a":1}"#));
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                Ok::<_, BoxError>(response)
            });
            ask(policy, service, command).await
        });
        let panicked = row("panic", "HandlerPanicked", End::Panic, ("ERROR", "inner service panicked"));
        check(command, answers, &panicked, async |policy| {
            let service = async |_: Inner| -> Result<Answer, BoxError> { panic!("which is what is tested here") };
            ask(policy, service_fn(service), command).await
        });
        check(command, answers, &panicked, async |policy| {
            let service = |_: Inner| -> std::future::Ready<Result<Answer, BoxError>> { panic!("in the call itself") };
            ask(policy, service_fn(service), command).await
        });
        let late = End::Error("request timed out".to_owned());
        let late = row("late", "ServiceFailed", late, ("WARN", "inner service failed"));
        check(command, answers, &late, async |policy| {
            ask(policy, ServiceBuilder::new().timeout(LIMIT).service(hangs), command).await
        });
        let overloaded = End::Error("service overloaded".to_owned());
        let overloaded = row("overloaded", "ServiceFailed", overloaded, ("WARN", "inner service failed"));
        check(command, answers, &overloaded, async |policy| {
            let inner = ServiceBuilder::new().concurrency_limit(1).service(hangs);
            // The only place is taken.
            let mut taken = inner.clone();
            taken.ready().await.unwrap();
            ask(policy, ServiceBuilder::new().load_shed().service(inner), command).await
        });
    }
}

/// Neither what the inner service returned nor its future can take the connection with them as they are dropped.
#[tokio::test]
async fn a_panic_in_a_drop_of_the_inner_service_is_answered() {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("which is what is tested here");
        }
    }

    impl Future for Bomb {
        type Output = Result<Response<Full<Bytes>>, Bomb>;

        fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
            std::task::Poll::Ready(Err(Bomb))
        }
    }

    impl Debug for Bomb {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Bomb")
        }
    }

    let policy = FailurePolicy::new().after(AfterFailure::Acknowledge);
    let service = service_fn(|_: Request<WebhookBody<Full<Bytes>>>| Bomb);
    assert_eq!(send(layer().on_failure(policy).layer(service), signed_sample(FOLLOW)).await, ok());
}
