//! This crate compared with the alternatives, over loopback TCP: requests per second of the server's CPU time.
//!
//! ```sh
//! cargo bench -p tower-tencent-webhook-benches --bench side_by_side # five minutes, on an otherwise idle machine
//! cargo bench -p tower-tencent-webhook-benches --bench side_by_side -- --quick # shows that it runs
//! ```
//!
//! Each server has a thread and a core of its own; the load runs on another core. All servers receive the same bytes, a
//! signed webhook, and must return the same JSON, through the same hyper with the same settings. They take turns in many
//! short rounds and are compared within each round, so that noise from the machine affects all of them alike.
//!
//! `benches/before COMMIT` runs it with this crate of an earlier commit beside, in the same rounds.
//!
//! It prints tables, and writes `side_by_side.json` and `side_by_side.svg` to the target directory.

#![allow(unreachable_pub)] // A benchmark's modules are not an API.

#[cfg(not(target_os = "linux"))]
compile_error!("this benchmark pins threads to cores and reads their CPU time: it runs on Linux only");

#[cfg(before)]
mod before;
mod by_hand;
#[path = "../common/mod.rs"]
mod common;
mod figure;
mod load;
mod load_http2;
mod machine;
mod memory;
mod receivers;
mod report;
mod rounds;
mod servers;
mod threads;

use std::{
    env, fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use common::{APP, TOKEN, UNFOLLOW, answer, app, unfollow};
use http_body_util::Full;
use load::{CONNECTIONS, Load};
use load_http2::Http2Load;
use machine::Machine;
use report::{Latency, Limit, Report, Row, Sent, Wanted};
use rounds::{Plan, Spread, Turn};
use servers::{Kind, Protocol, Server};
use tower::service_fn;
use tower_tencent_webhook::{App, signer::Signer};

fn main() -> io::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let cores = machine::cores();
    try_each(cores[0]);
    try_refusals();
    // `cargo bench` passes `--bench`, `cargo test --all-targets` does not.
    if !has("--bench") {
        return Ok(());
    }
    let report = measure(if has("--quick") { Plan::QUICK } else { Plan::FULL }, &cores);
    println!("{report}");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target directory");
    fs::write(target.join("side_by_side.json"), serde_json::to_vec_pretty(&report)?)?;
    fs::write(target.join("side_by_side.svg"), figure::draw(&report))
}

/// Sends each server one request, which it must answer correctly.
fn try_each(core: usize) {
    for kind in Kind::ALL {
        let http1 = Server::start(kind, Protocol::Http1, &[core]);
        Load::connect(http1.threads[0].address, 1);
        let http2 = Server::start(kind, Protocol::Http2, &[core]);
        Http2Load::connect(http2.threads[0].address).closed(Duration::ZERO);
    }
}

/// The code written by hand must reject what the layer rejects, or the comparison would be unfair.
fn try_refusals() {
    let (app, forger, foreigner) = (app(), App::signed(APP, "a guess").unwrap(), App::signed(7, TOKEN).unwrap());
    let (now, body) = (SystemTime::now(), unfollow());
    for (url, app, time, body, status) in [
        ("/im", &app, now, body.clone(), 200),
        ("/im?SdkAppid=7", &app, now, body.clone(), 400),
        ("/im", &foreigner, now, body.clone(), 403),
        ("/im", &forger, now, body.clone(), 401),
        ("/im", &app, now - Duration::from_secs(70), body.clone(), 401),
        ("/im", &app, now, vec![b' '; 256 * 1024 + 1].into(), 413),
        ("/im", &app, now, r#"{"EventTime":1}"#.into(), 400),
        ("/im", &app, now, body.slice(1..), 400),
    ] {
        let request = Signer::new(app).url(url).request(UNFOLLOW, body, time);
        let by_hand = answer(&mut service_fn(by_hand::receive::<Full<Bytes>>), request.clone()).status();
        let layer = answer(&mut receivers::layer_and_router(), request).status();
        assert_eq!((by_hand.as_u16(), layer.as_u16()), (status, status));
    }
}

fn measure(plan: Plan, cores: &[usize]) -> Report {
    let machine = Machine::describe();
    // The servers get the last core, the load the first.
    let (load_core, server_core) = (cores[0], cores[cores.len() - 1]);
    machine::pin(load_core);

    eprintln!("HTTP/1.1 …");
    let servers = Kind::ALL.map(|kind| Server::start(kind, Protocol::Http1, &[server_core]));
    let mut loads = servers.each_ref().map(|server| Load::connect(server.threads[0].address, CONNECTIONS));
    let http1 = plan.run(servers.len(), |one| servers[one].measure(1, || loads[one].closed(plan.turn())));
    let rows = Row::all(&Kind::ALL, &http1);

    eprintln!("latency …");
    let longer = plan.longer();
    let mut latency = Vec::new();
    for of_peak in Latency::LOADS {
        let measured = longer.run(servers.len(), |one| {
            // The peak of this very moment: a machine that is slower than it was would be sent more than it can take.
            let peak = servers[one].measure(1, || loads[one].closed(plan.turn())).per_second();
            let mut latencies = loads[one].open(longer.turn(), peak * of_peak);
            latencies.sort();
            let at = |part: f64| latencies[(part * (latencies.len() - 1) as f64) as usize].as_secs_f64() * 1e6;
            Sent { per_second: peak * of_peak, latencies: [0.5, 0.99, 0.999].map(at) }
        });
        latency.extend(rows.iter().zip(&measured).map(|(row, rounds)| Latency::of(row, of_peak, rounds)));
    }

    eprintln!("HTTP/2 …");
    let servers = Kind::ALL.map(|kind| Server::start(kind, Protocol::Http2, &[server_core]));
    let mut loads = servers.each_ref().map(|server| Http2Load::connect(server.threads[0].address));
    let http2 = plan.run(servers.len(), |one| servers[one].measure(1, || loads[one].closed(plan.turn())));

    eprintln!("threads …");
    let mut threads = threads::over_tcp(longer, cores);
    threads.extend(threads::in_memory(longer, cores));

    eprintln!("memory …");
    let memory = memory::costs(plan);

    Report {
        machine,
        plan,
        http2: Row::all(&Kind::ALL, &http2),
        latency,
        limits: limits(&http1, &http2, &threads, &memory),
        http1: rows,
        threads,
        memory,
    }
}

/// The crate's targets, and whether they are met.
fn limits(
    http1: &[Vec<Turn>],
    http2: &[Vec<Turn>],
    threads: &[threads::Threads],
    memory: &[memory::Cost],
) -> Vec<Limit> {
    let place = |kind: Kind| Kind::ALL.iter().position(|one| *one == kind).unwrap();
    let faster =
        |on: &[Vec<Turn>], of: Kind, to: Kind| Spread::ratio(&on[place(of)], &on[place(to)], Turn::per_cpu_second);
    let cost = |name: &str| &memory.iter().find(|cost| cost.name == name).unwrap().turns;
    let dearer = |of: &str, to: &str| Spread::ratio(cost(of), cost(to), |turn| 1.0 / turn.per_cpu_second());

    let mut limits = Vec::new();
    for (protocol, on, to, wanted) in [
        ("HTTP/1.1", http1, Kind::ByHand, 0.95),
        ("HTTP/2", http2, Kind::ByHand, 0.99),
        ("HTTP/1.1", http1, Kind::AxumByHand, 1.30),
    ] {
        let what = format!("{} vs. {}, {protocol}", Kind::Layer.name(), to.name());
        limits.push(Limit::new(what, Wanted::AtLeast(wanted), faster(on, Kind::Layer, to)));
    }
    let all = threads.iter().rfind(|row| row.name == "hyper + layer + router, TCP").unwrap();
    let what = format!("{}: {} threads vs. one", all.name, all.threads);
    limits.push(Limit::new(what, Wanted::AtLeast(0.95 * all.threads as f64), all.to_one));
    for (of, to, wanted) in [
        ("whole call, unfollow", "typed parse, unfollow", 3.3),
        ("whole call, join", "typed parse, join", 1.15),
        ("whole call, one of 10,000 apps", "whole call, unfollow", 1.2),
        ("forged sign, 256 KB", "whole call, 256 KB", 0.5),
    ] {
        limits.push(Limit::new(format!("{of} vs. {to}"), Wanted::AtMost(wanted), dearer(of, to)));
    }
    #[cfg(feature = "rtc")]
    {
        for (of, to, wanted) in [
            ("whole call, callback", "HMAC and typed parse, callback", 1.8),
            ("layer + router, callback", "by hand, callback", 1.3),
        ] {
            limits.push(Limit::new(format!("{of} vs. {to}"), Wanted::AtMost(wanted), dearer(of, to)));
        }
    }
    limits
}
