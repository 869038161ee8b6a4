//! One thread versus one per core, all with the same service: whether they contend.

use std::{hint::black_box, sync::Barrier, thread, time::Duration};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde::Serialize;
use tower::{Layer, Service};
use tower_tencent_webhook::{WebhookLayer, signer::Signer};

use super::{
    common::{Inner, UNFOLLOW, answer, app, typed_parse, unfollow},
    load::{CONNECTIONS, Load},
    machine, memory,
    receivers::{PATH, layer_and_router},
    rounds::{Plan, Spread, Turn},
    servers::{Kind, Protocol, Server},
};

/// A contestant on a number of threads.
#[derive(Debug, Serialize)]
pub struct Threads {
    pub name: String,
    pub threads: usize,
    /// All threads together, by wall-clock time.
    pub per_second: Spread,
    pub per_cpu_second: Spread,
    /// Speedup over one thread: the number of threads, if they never wait and the cores are otherwise idle.
    pub to_one: Spread,
    /// The same by CPU time. Blind to threads that wait, but not distorted by other processes.
    pub to_one_by_cpu: Spread,
}

/// Gives each contestant its turns on one thread and on all, for two rows of the table.
fn rows(plan: Plan, names: &[String], all: usize, mut turn: impl FnMut(usize, usize) -> Turn) -> Vec<Threads> {
    let counts = [1, all];
    let turns = plan.run(names.len() * 2, |place| turn(place / 2, counts[place % 2]));
    let pairs = names.iter().zip(turns.chunks(2));
    let rows = pairs.flat_map(|(name, pair)| {
        counts.into_iter().zip(pair).map(|(threads, turns)| Threads {
            name: name.clone(),
            threads,
            per_second: Spread::of(turns.iter().map(Turn::per_second)),
            per_cpu_second: Spread::of(turns.iter().map(Turn::per_cpu_second)),
            to_one: Spread::ratio(turns, &pair[0], Turn::per_second),
            to_one_by_cpu: Spread::ratio(turns, &pair[0], Turn::per_cpu_second).times(threads as f64),
        })
    });
    rows.collect()
}

type Call<'a> = Box<dyn FnMut(Request<Full<Bytes>>) + 'a>;
type Caller<'a> = Box<dyn Fn() -> Call<'a> + Sync + 'a>;

fn whole<S: Service<Request<Full<Bytes>>> + 'static>(mut service: S) -> Call<'static> {
    Box::new(move |request| drop(black_box(answer(&mut service, request))))
}

/// Whole calls in memory. The typed parse, which shares nothing, shows how the machine itself scales.
pub fn in_memory(plan: Plan, cores: &[usize]) -> Vec<Threads> {
    const BATCHES: usize = 10;
    /// Long compared with the time that threads need to start together.
    const BATCH: usize = 2000;

    let body = unfollow();
    let layer = WebhookLayer::new(app()).layer(Inner);
    let router = layer_and_router();
    let callers: [(&str, Caller<'_>); 3] = [
        ("typed parse, in memory", Box::new(|| Box::new(|_| typed_parse("unfollow", black_box(&body))))),
        ("layer, in memory", Box::new(|| whole(layer.clone()))),
        ("layer + router, in memory", Box::new(|| whole(router.clone()))),
    ];
    let names = callers.each_ref().map(|(name, _)| (*name).to_owned());
    rows(plan, &names, cores.len(), |caller, threads| {
        let start = Barrier::new(threads);
        let work = |core| {
            machine::pin(core);
            let (mut call, signer) = (callers[caller].1(), Signer::new(&app()).url(PATH));
            let batches = (0..BATCHES).map(|_| {
                let batch = memory::requests(&signer, UNFOLLOW, &body, BATCH);
                start.wait();
                memory::timed(batch, &mut call)
            });
            batches.collect::<Vec<_>>()
        };
        thread::scope(|scope| {
            let running: Vec<_> = cores[..threads].iter().map(|core| scope.spawn(|| work(*core))).collect();
            let turns: Vec<_> = running.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
            Turn {
                requests: turns.iter().map(|turn| turn.requests).sum(),
                cpu: turns.iter().map(|turn| turn.cpu).sum(),
                wall: turns.iter().map(|turn| turn.wall).sum::<Duration>() / threads as u32,
            }
        })
    })
}

/// Servers over TCP. Each core has one server thread and the load thread for it.
pub fn over_tcp(plan: Plan, cores: &[usize]) -> Vec<Threads> {
    const KINDS: [Kind; 3] = [Kind::Bare, Kind::ByHand, Kind::Layer];

    let mut servers = KINDS.map(|kind| {
        let server = Server::start(kind, Protocol::Http1, cores);
        let loads: Vec<_> = server.threads.iter().map(|thread| Load::connect(thread.address, CONNECTIONS)).collect();
        (server, loads)
    });
    let names = KINDS.map(|kind| format!("{}, TCP", kind.name()));
    rows(plan, &names, cores.len(), |kind, threads| {
        let (server, loads) = &mut servers[kind];
        server.measure(threads, || {
            thread::scope(|scope| {
                let work = |(load, core): (&mut Load, usize)| {
                    machine::pin(core);
                    load.closed(plan.turn())
                };
                let pairs = loads.iter_mut().zip(cores.iter().copied()).take(threads);
                let running: Vec<_> = pairs.map(|pair| scope.spawn(move || work(pair))).collect();
                running.into_iter().map(|thread| thread.join().unwrap()).sum()
            })
        })
    })
}
