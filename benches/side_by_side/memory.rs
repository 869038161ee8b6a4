//! Whole calls in memory, without HTTP: the cost of the layer compared with the typed parse.

use std::{
    hint::black_box,
    time::{Instant, SystemTime},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde::Serialize;
use tower::{Layer, Service, service_fn};
use tower_tencent_webhook::{App, WebhookLayer, signer::Signer};

use super::{
    by_hand,
    common::{APP, Inner, JOIN, UNFOLLOW, answer, app, bodies, sizes::join_of, typed_parse, unfollow},
    machine,
    receivers::{PATH, bare, layer_and_router},
    rounds::{Plan, Spread, Turn},
};

/// Calls per batch. Few, so that the requests are as warm in the cache as those that a server has just read.
const BATCH: usize = 250;

/// The cost of one call.
#[derive(Debug, Serialize)]
pub struct Cost {
    pub name: String,
    pub nanoseconds: Spread,
    #[serde(skip)]
    pub turns: Vec<Turn>,
}

/// The cost of each call, by name. A turn is a single batch, so there are three times as many.
pub fn costs(plan: Plan) -> Vec<Cost> {
    let plan = Plan { rounds: plan.rounds * 3, ..plan };
    let layer = WebhookLayer::new(app());
    let mut cases: Vec<(String, Case)> = Vec::new();
    for (name, command, body) in bodies() {
        let parsed = body.clone();
        cases.push((
            format!("typed parse, {name}"),
            Box::new(move || timed(vec![(); BATCH], |()| typed_parse(name, black_box(&parsed)))),
        ));
        cases.push((format!("whole call, {name}"), calls(layer.layer(Inner), app(), command, body, BATCH)));
    }
    // The servers' work without HTTP. The first shows the cost of dropping a request and making a response.
    for (name, case) in [
        ("bare, unfollow", calls(service_fn(bare::<Full<Bytes>>), app(), UNFOLLOW, unfollow(), BATCH)),
        ("by hand, unfollow", calls(service_fn(by_hand::receive::<Full<Bytes>>), app(), UNFOLLOW, unfollow(), BATCH)),
        ("layer + router, unfollow", calls(layer_and_router(), app(), UNFOLLOW, unfollow(), BATCH)),
    ] {
        cases.push((name.to_owned(), case));
    }
    #[cfg(before)]
    cases.extend([
        ("whole call, unfollow, before".to_owned(), calls(super::before::layer(), app(), UNFOLLOW, unfollow(), BATCH)),
        (
            "layer + router, unfollow, before".to_owned(),
            calls(super::before::layer_and_router(), app(), UNFOLLOW, unfollow(), BATCH),
        ),
    ]);
    let many = WebhookLayer::from_apps((0..9_999).map(App::unsigned).chain([app()])).unwrap().layer(Inner);
    cases.push(("whole call, one of 10,000 apps".to_owned(), calls(many, app(), UNFOLLOW, unfollow(), BATCH)));
    let forger = App::signed(APP, "a guess").unwrap();
    let large = Bytes::from(join_of(8_000));
    assert!((240_000..=256 * 1024).contains(&large.len()));
    for (name, sender, batch) in [("forged sign, 256 KB", forger, BATCH), ("whole call, 256 KB", app(), 4)] {
        cases.push((name.to_owned(), calls(layer.layer(Inner), sender, JOIN, large.clone(), batch)));
    }

    #[cfg(feature = "rtc")]
    cases.extend(callbacks());

    let turns = plan.run(cases.len(), |case| cases[case].1());
    let costs = cases.into_iter().zip(turns).map(|((name, _), turns)| Cost {
        name,
        nanoseconds: Spread::of(turns.iter().map(|turn| 1e9 / turn.per_cpu_second())),
        turns,
    });
    costs.collect()
}

type Case = Box<dyn FnMut() -> Turn>;

/// A callback of the RTC Engine: its lower bound, the layer, and the same with a handler beside one that is written by
/// hand.
#[cfg(feature = "rtc")]
fn callbacks() -> [(String, Case); 4] {
    use tower_tencent_webhook::{Ack, Webhook, WebhookRouter, rtc};

    use super::{
        by_hand::receive_callback,
        common::callback::{KEY, entered, mac, parse},
    };

    fn calls<S: Service<Request<Full<Bytes>>> + 'static>(mut service: S, signer: Signer, body: Bytes) -> Case {
        let requests = move || (0..BATCH).map(|_| signer.rtc_request(body.clone())).collect::<Vec<_>>();
        Box::new(move || timed(requests(), |request| drop(black_box(answer(&mut service, request)))))
    }

    let app = app().rtc_key(KEY).unwrap();
    let body = entered();
    let layer = WebhookLayer::new(app.clone());
    let router = WebhookRouter::new().on(async |hook: Webhook<rtc::room::UserEntered>| {
        black_box(&hook);
        Ack::ok()
    });
    let signer = Signer::new(&app).url(PATH);
    let least = body.clone();
    let bound: Case = Box::new(move || {
        timed(vec![(); BATCH], |()| _ = black_box((mac(black_box(&least)), parse(black_box(&least)))))
    });
    [
        ("HMAC and typed parse, callback".into(), bound),
        ("whole call, callback".into(), calls(layer.layer(Inner), signer.clone(), body.clone())),
        ("by hand, callback".into(), calls(service_fn(receive_callback::<Full<Bytes>>), signer.clone(), body.clone())),
        ("layer + router, callback".into(), calls(layer.layer(router), signer, body)),
    ]
}

fn calls<S>(mut service: S, sender: App, command: &'static str, body: Bytes, batch: usize) -> Case
where
    S: Service<Request<Full<Bytes>>> + 'static,
{
    let signer = Signer::new(&sender).url(PATH);
    Box::new(move || {
        timed(requests(&signer, command, &body, batch), |request| drop(black_box(answer(&mut service, request))))
    })
}

/// `count` requests, made in advance: making one costs more than answering it.
pub fn requests(signer: &Signer, command: &str, body: &Bytes, count: usize) -> Vec<Request<Full<Bytes>>> {
    (0..count).map(|_| signer.request(command, body.clone(), SystemTime::now())).collect()
}

/// Measures a batch of calls.
pub fn timed<T>(batch: Vec<T>, mut call: impl FnMut(T)) -> Turn {
    let (requests, start, before) = (batch.len() as u64, Instant::now(), machine::cpu_time());
    for one in batch {
        call(one);
    }
    Turn { requests, cpu: machine::cpu_time() - before, wall: start.elapsed() }
}
