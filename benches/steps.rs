//! What each step of the layer costs, in memory, beside the typed parse of the same body.
//!
//! ```sh
//! cargo bench --bench steps
//! ```

#[path = "../tests/bodies/sizes.rs"]
mod sizes;

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    task::{Context, Poll},
    time::SystemTime,
};

use bytes::Bytes;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, Service};
use tower_tencent_webhook::{
    App, Event, Receiver, WebhookBody, WebhookLayer,
    event::{c2c, follow, group},
    signer::Signer,
};

const TOKEN: &str = "a token of the usual length: 32 B";

/// An inner service that answers at once.
#[derive(Clone)]
struct Inner;

impl Service<Request<WebhookBody<Full<Bytes>>>> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<WebhookBody<Full<Bytes>>>) -> Self::Future {
        black_box(&request);
        ready(Ok(Response::new(Full::default())))
    }
}

/// The three bodies: about 150 B, 500 B and 10 KB.
fn bodies() -> [(&'static str, &'static str, String); 3] {
    [
        ("unfollow", "Follow.CallbackAfterFollowDelete", sizes::unfollow()),
        ("message", "C2C.CallbackBeforeSendMsg", sizes::message()),
        ("join", "Group.CallbackAfterNewMemberJoin", sizes::join()),
    ]
}

/// The limit: serde_json, straight into the event's struct.
fn typed_parse(name: &str, body: &[u8]) {
    match name {
        "unfollow" => _ = black_box(serde_json::from_slice::<follow::AfterFollowDelete>(body).unwrap()),
        "message" => _ = black_box(serde_json::from_slice::<c2c::BeforeSendMsg>(body).unwrap()),
        _ => _ = black_box(serde_json::from_slice::<group::AfterNewMemberJoin>(body).unwrap()),
    }
}

/// A whole call: in, through, and answered.
fn call(
    bench: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    layer: &WebhookLayer,
    request: impl Fn() -> Request<Full<Bytes>>,
) {
    let mut service = layer.layer(Inner);
    let mut cx = Context::from_waker(std::task::Waker::noop());
    bench.bench_function(name, |bencher| {
        bencher.iter_batched(
            &request,
            |request| match std::pin::pin!(service.call(request)).poll(&mut cx) {
                Poll::Ready(Ok(response)) => response,
                _ => unreachable!("everything is there"),
            },
            criterion::BatchSize::SmallInput,
        );
    });
}

fn accepted(criterion: &mut Criterion) {
    let app = App::signed(1_400_000_000, TOKEN).unwrap();
    let receiver = Receiver::new(app.clone());
    let now = SystemTime::now();
    for (name, command, body) in bodies() {
        let mut bench = criterion.benchmark_group(name);
        bench.throughput(Throughput::Bytes(body.len() as u64));
        let body = Bytes::from(body);
        let make = || Signer::new(&app).request(command, body.clone(), now);
        let unsigned = App::unsigned(1_400_000_000);
        let unsigned_receiver = Receiver::new(unsigned.clone());
        let head = make().into_parts().0;

        bench.bench_function("typed parse", |bencher| bencher.iter(|| typed_parse(name, black_box(&body))));
        bench.bench_function("event parse", |bencher| {
            bencher.iter(|| Event::parse(black_box(command), body.clone()).unwrap());
        });
        bench.bench_function("query", |bencher| {
            bencher.iter(|| unsigned_receiver.verify(black_box(&head), now).unwrap());
        });
        bench.bench_function("query and signature", |bencher| {
            bencher.iter(|| receiver.verify(black_box(&head), now).unwrap());
        });
        let far = std::time::Duration::from_secs(1_000_000);
        let template = make();
        let request = || {
            let mut request = Request::new(template.body().clone());
            request.method_mut().clone_from(template.method());
            request.uri_mut().clone_from(template.uri());
            request.headers_mut().clone_from(template.headers());
            request
        };
        call(&mut bench, "whole call", &WebhookLayer::new(app.clone()).max_age(far), request);
        bench.finish();
    }
}

fn refused(criterion: &mut Criterion) {
    let app = App::signed(1_400_000_000, TOKEN).unwrap();
    let layer = WebhookLayer::new(app.clone());
    let forger = Signer::new(&App::signed(1_400_000_000, "a guess").unwrap());
    let foreigner = Signer::new(&App::signed(7, TOKEN).unwrap());
    let now = SystemTime::now();
    let command = "Follow.CallbackAfterFollowDelete";
    let body = Bytes::from(vec![b' '; 256 * 1024]);

    let mut bench = criterion.benchmark_group("refused");
    let far = std::time::Duration::from_secs(1_000_000);
    call(&mut bench, "forged sign, 256 KB", &layer, || forger.request(command, body.clone(), now));
    call(&mut bench, "foreign app, 256 KB", &layer, || foreigner.request(command, body.clone(), now));
    call(&mut bench, "oversized claim", &layer.clone().max_age(far), || {
        let mut request = Signer::new(&app).request(command, "{}", now);
        request.headers_mut().insert("content-length", "9223372036854775808".parse().unwrap());
        request
    });
    bench.finish();
}

criterion_group!(benches, accepted, refused);
criterion_main!(benches);
