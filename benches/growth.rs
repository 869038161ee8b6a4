//! How the cost of a webhook grows: with apps, tokens, handlers, allowed commands, the size of the body, the elements of a
//! message, and the connections of its server.
//!
//! ```sh
//! cargo bench -p tower-tencent-webhook-benches --bench growth
//! ```
//!
//! The sizes of a row take turns, a batch of calls in memory each, or for connections a server over loopback TCP; the
//! figures are medians of CPU time, with quartiles. It ends with an error if the cost of anything grows faster than its
//! input.

#![allow(unreachable_pub)] // A benchmark's modules are not an API.

#[cfg(not(target_os = "linux"))]
compile_error!("this benchmark pins threads to cores and reads their CPU time: it runs on Linux only");

#[path = "side_by_side/by_hand.rs"]
#[allow(dead_code)]
mod by_hand;
#[path = "common/mod.rs"]
mod common;
#[path = "side_by_side/load.rs"]
#[allow(dead_code)]
mod load;
#[path = "side_by_side/machine.rs"]
#[allow(dead_code)]
mod machine;
#[path = "side_by_side/receivers.rs"]
#[allow(dead_code)]
mod receivers;
#[path = "side_by_side/rounds.rs"]
#[allow(dead_code)]
mod rounds;
#[path = "side_by_side/servers.rs"]
#[allow(dead_code)]
mod servers;

use std::{
    hint::black_box,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use common::{APP, Inner, TOKEN, UNFOLLOW, answer, app, sizes, unfollow};
use http::Request;
use http_body_util::Full;
use load::Load;
use rounds::Spread;
use servers::{Kind, Protocol, Server};
use tower::{Layer, Service};
use tower_tencent_webhook::{
    Ack, App, Command, Reply, Webhook, WebhookLayer, WebhookRouter, event::follow, signer::Signer,
};

/// Calls in a batch: few, so that the requests stay in the cache.
const BATCH: usize = 64;

/// A batch of calls, in nanoseconds a call.
type Case = Box<dyn FnMut() -> f64>;

/// What grows, and the cost at each size.
struct Growth {
    what: &'static str,
    sizes: Vec<(usize, Case)>,
}

fn calls<S>(mut service: S, sender: &App, command: &str, body: Bytes) -> Case
where
    S: Service<Request<Full<Bytes>>> + 'static,
{
    let (signer, command) = (Signer::new(sender).url("/im"), command.to_owned());
    let batch = if body.len() > 10_000 { 4 } else { BATCH };
    Box::new(move || {
        let requests: Vec<_> = (0..batch).map(|_| signer.request(&command, body.clone(), SystemTime::now())).collect();
        let before = machine::cpu_time();
        for request in requests {
            drop(black_box(answer(&mut service, request)));
        }
        (machine::cpu_time() - before).as_nanos() as f64 / batch as f64
    })
}

/// A server with this many connections, each of which sends its next webhook when the last is answered.
fn connected(connections: usize) -> Case {
    let cores = machine::cores();
    let server = Server::start(Kind::Layer, Protocol::Http1, &cores[cores.len() - 1..]);
    let mut load = Load::connect(server.threads[0].address, connections);
    Box::new(move || 1e9 / server.measure(1, || load.closed(Duration::from_millis(10))).per_cpu_second())
}

fn all() -> Vec<Growth> {
    let layer = || WebhookLayer::new(app());
    let call = |layer: WebhookLayer| calls(layer.layer(Inner), &app(), UNFOLLOW, unfollow());
    let message = |elements: usize| {
        let text = r#"{"MsgType":"TIMTextElem","MsgContent":{"Text":"lunch at noon?"}}"#;
        format!(r#"{{"From_Account":"ada","To_Account":"grace","MsgBody":[{}]}}"#, vec![text; elements].join(","))
    };
    vec![
        Growth {
            what: "apps",
            sizes: [1, 10, 100, 1000, 10_000]
                .map(|apps| {
                    let others = (0..apps as u64 - 1).map(App::unsigned);
                    (apps, call(WebhookLayer::from_apps(others.chain([app()])).unwrap()))
                })
                .into(),
        },
        Growth {
            what: "tokens of the app, the last is the one",
            sizes: [1, 2, 4, 8]
                .map(|tokens| {
                    let others = (1..tokens).map(|number| format!("another token {number}"));
                    let mut tokens_of: Vec<String> = others.chain([TOKEN.to_owned()]).collect();
                    let first = App::signed(APP, tokens_of.remove(0)).unwrap();
                    let app = tokens_of.into_iter().fold(first, |app, token| app.or_token(token).unwrap());
                    (tokens, call(WebhookLayer::new(app)))
                })
                .into(),
        },
        Growth {
            what: "handlers of commands without a type",
            sizes: [1, 10, 100, 1000]
                .map(|handlers| {
                    let router = (0..handlers).fold(WebhookRouter::new(), |router, number| {
                        router.on_command(format!("Moon.Callback{number}"), async |_: Webhook<serde_json::Value>| {
                            Reply::allow()
                        })
                    });
                    let router = router.on(async |_: Webhook<follow::AfterFollowDelete>| Ack::ok());
                    (handlers, calls(layer().layer(router), &app(), UNFOLLOW, unfollow()))
                })
                .into(),
        },
        Growth {
            what: "allowed commands, the last is the one",
            sizes: [1, 10, 84, 1000]
                .map(|commands| {
                    let known = Command::ALL.iter().map(Command::to_string).filter(|known| known != UNFOLLOW);
                    let made_up = (0..).map(|number| format!("Moon.Callback{number}"));
                    let others = known.chain(made_up).take(commands - 1);
                    (commands, call(layer().allow_commands(others.chain([UNFOLLOW.to_owned()]))))
                })
                .into(),
        },
        Growth {
            what: "members of a join, in a body of up to 1 MB",
            sizes: [10, 100, 1000, 10_000]
                .map(|members| {
                    let body = Bytes::from(sizes::join_of(members));
                    let layer = layer().max_body(2 << 20);
                    (members, calls(layer.layer(Inner), &app(), common::JOIN, body))
                })
                .into(),
        },
        Growth {
            what: "elements of a message",
            sizes: [1, 10, 100, 1000]
                .map(|elements| {
                    let case =
                        calls(layer().layer(Inner), &app(), "C2C.CallbackBeforeSendMsg", message(elements).into());
                    (elements, case)
                })
                .into(),
        },
        Growth {
            what: "connections of a server, with HTTP",
            sizes: [1, 4, 16, 64, 256].map(|connections| (connections, connected(connections))).into(),
        },
    ]
}

fn main() -> ExitCode {
    machine::pin(machine::cores()[0]);
    // `cargo bench` passes `--bench`, `cargo test --all-targets` does not.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { 300 } else { 1 };
    let mut is_good = true;
    for Growth { what, mut sizes } in all() {
        let mut costs = vec![Vec::with_capacity(rounds); sizes.len()];
        for _ in 0..rounds {
            for ((_, case), costs) in sizes.iter_mut().zip(&mut costs) {
                costs.push(case());
            }
        }
        let costs: Vec<_> = costs.into_iter().map(Spread::of).collect();
        let shown: Vec<_> = sizes.iter().zip(&costs).map(|((size, _), cost)| format!("{size}: {cost} ns")).collect();
        println!("{what}\n  {}", shown.join(", "));
        for (sizes, costs) in sizes.windows(2).zip(costs.windows(2)) {
            let (input, cost) = (sizes[1].0 as f64 / sizes[0].0 as f64, costs[1].median / costs[0].median);
            // A tenth for noise, and for caches that it no longer fits.
            if rounds > 1 && cost > input * 1.1 {
                println!(
                    "  from {} to {}: {input:.1} times the input, {cost:.1} times the cost",
                    sizes[0].0, sizes[1].0
                );
                is_good = false;
            }
        }
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
