//! The cost of each step of the layer, in memory, compared with the typed parse of the same body.
//!
//! ```sh
//! cargo bench -p tower-tencent-webhook-benches --bench steps --features rtc
//! ```

mod common;

use std::{
    collections::HashMap,
    hint::black_box,
    sync::RwLock,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use common::{APP, Inner, UNFOLLOW, answer, app, bodies, typed_parse};
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use http::Request;
use http_body_util::Full;
use tower::Layer;
use tower_tencent_webhook::{App, Event, Receiver, WebhookLayer, signer::Signer};

fn call(
    bench: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    layer: &WebhookLayer,
    request: impl Fn() -> Request<Full<Bytes>>,
) {
    /// As many requests as stay in the cache.
    const BATCH: u64 = 64;

    let mut service = layer.layer(Inner);
    bench.bench_function(name, |bencher| {
        // Criterion's own batches would also measure how it moves each answer into a list.
        bencher.iter_custom(|calls| {
            let mut elapsed = Duration::ZERO;
            let mut left = calls;
            while left > 0 {
                let mut batch: Vec<_> = (0..left.min(BATCH)).map(|_| request()).collect();
                left -= batch.len() as u64;
                let start = Instant::now();
                for request in batch.drain(..) {
                    black_box(answer(&mut service, request));
                }
                elapsed += start.elapsed();
            }
            elapsed
        });
    });
}

fn accepted(criterion: &mut Criterion) {
    let app = app();
    let receiver = Receiver::new(app.clone());
    let now = SystemTime::now();
    for (name, command, body) in bodies() {
        let mut bench = criterion.benchmark_group(name);
        bench.throughput(Throughput::Bytes(body.len() as u64));
        let make = || Signer::new(&app).request(command, body.clone(), now);
        let unsigned_receiver = Receiver::new(App::unsigned(APP));
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
        let far = Duration::from_secs(1_000_000);
        let template = make();
        let request = || {
            let mut request = Request::new(template.body().clone());
            request.method_mut().clone_from(template.method());
            request.uri_mut().clone_from(template.uri());
            request.headers_mut().clone_from(template.headers());
            request
        };
        call(&mut bench, "whole call", &WebhookLayer::new(app.clone()).tolerance(far), request);
        bench.finish();
    }
}

/// One app among many costs a webhook hardly more than one alone.
fn apps(criterion: &mut Criterion) {
    let app = |id| App::signed(id, format!("the token of {id}: 32 bytes of it")).unwrap();
    // In no order.
    let many = || (0..10_000).map(|n| APP + n * 7919 % 10_000).map(app);
    let table: HashMap<_, _> = many().map(|app| (app.id(), app)).collect();
    let table = RwLock::new(table);
    let now = SystemTime::now();
    let uri = |app: App| Signer::new(&app).uri(UNFOLLOW, now);

    let mut bench = criterion.benchmark_group("apps");
    for (name, receiver, uris) in [
        ("one", Receiver::new(app(APP)), (0..1000).map(|_| uri(app(APP))).collect::<Vec<_>>()),
        ("10,000", Receiver::from_apps(many()).unwrap(), many().map(uri).take(1000).collect()),
        (
            "10,000, looked up",
            Receiver::from_lookup(move |id| table.read().unwrap().get(&id).cloned()),
            many().map(uri).take(1000).collect(),
        ),
    ] {
        let mut next = uris.iter().cycle();
        bench.bench_function(name, |bencher| {
            bencher.iter(|| receiver.verify_uri(black_box(next.next().unwrap()), now).unwrap());
        });
    }
    bench.finish();
}

fn refused(criterion: &mut Criterion) {
    let app = app();
    let layer = WebhookLayer::new(app.clone());
    let forger = Signer::new(&App::signed(APP, "a guess").unwrap());
    let foreigner = Signer::new(&App::signed(7, common::TOKEN).unwrap());
    let now = SystemTime::now();
    let body = Bytes::from(vec![b' '; 256 * 1024]);

    let mut bench = criterion.benchmark_group("rejected");
    let far = Duration::from_secs(1_000_000);
    call(&mut bench, "forged sign, 256 KB", &layer, || forger.request(UNFOLLOW, body.clone(), now));
    call(&mut bench, "unknown app, 256 KB", &layer, || foreigner.request(UNFOLLOW, body.clone(), now));
    call(&mut bench, "oversized claim", &layer.clone().tolerance(far), || {
        let mut request = Signer::new(&app).request(UNFOLLOW, "{}", now);
        request.headers_mut().insert("content-length", "9223372036854775808".parse().unwrap());
        request
    });
    bench.finish();
}

/// A callback of the RTC Engine: the whole call takes at most 1.8 times as long as the HMAC and the typed parse.
#[cfg(feature = "rtc")]
fn rtc(criterion: &mut Criterion) {
    use common::callback::{self, KEY, mac, parse};

    let body = callback::entered();
    let app = app().rtc_key(KEY).unwrap();
    let layer = WebhookLayer::new(app.clone());
    let template = Signer::new(&app).rtc_request(body.clone());
    let request_with = |body: &Bytes| {
        let mut request = Request::new(Full::new(body.clone()));
        request.method_mut().clone_from(template.method());
        request.headers_mut().clone_from(template.headers());
        request
    };

    let mut bench = criterion.benchmark_group("rtc");
    bench.bench_function("HMAC", |bencher| bencher.iter(|| mac(black_box(&body))));
    bench.bench_function("typed parse", |bencher| bencher.iter(|| parse(black_box(&body))));
    bench.bench_function("HMAC and typed parse", |bencher| {
        bencher.iter(|| (mac(black_box(&body)), parse(black_box(&body))));
    });
    bench.bench_function("event parse", |bencher| {
        bencher.iter(|| tower_tencent_webhook::rtc::Event::parse(black_box(body.clone())).unwrap());
    });
    call(&mut bench, "whole call", &layer, || request_with(&body));
    let large = Bytes::from(vec![b' '; 1024 * 1024]);
    bench.bench_function("HMAC, 1 MiB", |bencher| bencher.iter(|| mac(black_box(&large))));
    call(&mut bench, "forged sign, 1 MiB", &layer, || request_with(&large));
    bench.finish();
}

#[cfg(not(feature = "rtc"))]
fn rtc(_: &mut Criterion) {}

criterion_group!(benches, accepted, apps, refused, rtc);
criterion_main!(benches);
