//! Whether the duration of a check leaks anything about the expected signature, or about the token that made it.
//!
//! ```sh
//! cargo bench -p tower-tencent-webhook-benches --bench timing
//! ```
//!
//! Per pair of classes: Welch's t of interleaved measurements, cropped as in dudect, and, if valgrind is installed,
//! the instruction counts of one check, which must be exactly equal.

use std::{
    env,
    hint::black_box,
    process::{Command, exit},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use http::{Request, request::Parts};
use tower_tencent_webhook::{App, Receiver, signer::Signer};

/// Dudect's threshold: beyond it, two classes of measurements differ.
const T: f64 = 4.5;
const MEASUREMENTS: usize = 50_000;
/// Checks per measurement, as the clock is coarse.
const BATCH: usize = 16;

const TOKENS: [&str; 3] = ["token of Monday 1", "token of Tuesday2", "token of Friday 3"];

/// A class of checks. It is data only, so that the same code makes both classes of a pair.
#[derive(Clone, Copy)]
struct Class {
    /// The configured tokens. The first of [`TOKENS`] signs.
    tokens: [&'static str; 3],
    /// The range of wrong digits in `Sign`.
    wrong: (usize, usize),
}

const GENUINE: Class = Class { tokens: TOKENS, wrong: (0, 0) };

/// Pairs of classes that must be indistinguishable by time.
const PAIRS: [(&str, [Class; 2]); 3] = [
    ("first or last byte wrong", [Class { wrong: (0, 1), ..GENUINE }, Class { wrong: (63, 64), ..GENUINE }]),
    ("one byte or all wrong", [Class { wrong: (31, 32), ..GENUINE }, Class { wrong: (0, 64), ..GENUINE }]),
    ("first or last token", [GENUINE, Class { tokens: [TOKENS[2], TOKENS[1], TOKENS[0]], ..GENUINE }]),
];

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_669_872_112)
}

/// One check.
struct Case {
    receiver: Receiver,
    head: Parts,
}

impl Case {
    #[inline(never)]
    fn new(Class { tokens: [first, second, third], wrong: (from, to) }: Class) -> Self {
        let app = App::signed(1_400_000_000, first).unwrap().or_token(second).unwrap().or_token(third).unwrap();
        let signer = Signer::new(&App::signed(1_400_000_000, TOKENS[0]).unwrap());
        let mut uri = signer.uri("Follow.CallbackAfterFollowDelete", now()).to_string().into_bytes();
        let sign = uri.len() - 64;
        // Over all digits and without a branch, as earlier work can show in the timing of the check. A letter may turn
        // into something that is not a hexadecimal digit: signs are compared as text.
        for (i, digit) in uri[sign..].iter_mut().enumerate() {
            *digit ^= u8::from((from..to).contains(&i));
        }
        let (head, ()) = Request::post(uri).body(()).unwrap().into_parts();
        Self { receiver: Receiver::new(app), head }
    }

    #[inline(never)]
    fn check(&self) -> bool {
        black_box(self.receiver.verify(black_box(&self.head), now())).is_ok()
    }
}

fn main() {
    let arguments: Vec<_> = env::args().collect();
    if let [_, flag, pair, class] = &arguments[..]
        && flag == "once"
    {
        return once(PAIRS[pair.parse::<usize>().unwrap()].1[class.parse::<usize>().unwrap()]);
    }

    println!("{:>26}{:>10}{:>14}{:>14}", "", "t", "instructions", "");
    let mut fine = true;
    for (i, (name, classes)) in PAIRS.into_iter().enumerate() {
        for class in classes {
            assert_eq!(Case::new(class).check(), class.wrong == GENUINE.wrong, "{name}");
        }
        let t = welch(|class| Case::new(classes[class]), Case::check);
        let counts = ["0", "1"].map(|class| instructions(&i.to_string(), class));
        let [one, other] = counts.map(|count| count.map_or("no valgrind".into(), |count| count.to_string()));
        println!("{name:>26}{t:>10.2}{one:>14}{other:>14}");
        fine &= t.abs() < T && one == other;
    }

    // Proof that the method sees a leak: a comparison that stops at the first wrong byte.
    let expected = [7_u8; 32];
    let claim = |class| {
        let mut claim = expected;
        claim[31 * class] ^= 1;
        claim
    };
    let t = welch(claim, |claim| expected.iter().zip(claim).all(|(a, b)| black_box(a) == black_box(b)));
    println!("{:>26}{t:>10.2}", "a comparison that leaks");
    fine &= t.abs() > T;
    if !fine {
        eprintln!("the duration of a check leaks");
        exit(1);
    }
}

/// Welch's t of two classes of measurements.
fn welch<T>(make: impl Fn(usize) -> T, check: impl Fn(&T) -> bool) -> f64 {
    let mut nanoseconds = [const { Vec::new() }; 2];
    let mut random = 1_u64;
    while nanoseconds[0].len().min(nanoseconds[1].len()) < MEASUREMENTS {
        // In random order, or the processor would learn which class comes next.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let class = (random >> 32) as usize % 2;
        // Made anew each time, so that both classes use the same memory.
        let made = make(class);
        black_box(check(&made));
        let start = Instant::now();
        for _ in 0..BATCH {
            black_box(check(black_box(&made)));
        }
        nanoseconds[class].push(start.elapsed().as_nanos() as f64);
    }
    let mut all: Vec<_> = nanoseconds.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    // Drops the slowest: those were interrupted.
    let limit = all[all.len() * 8 / 10];
    let [(a, var_a), (b, var_b)] = nanoseconds.map(|class| {
        let kept: Vec<_> = class.into_iter().filter(|&time| time <= limit).collect();
        let count = kept.len() as f64;
        let mean = kept.iter().sum::<f64>() / count;
        (mean, kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0) / count)
    });
    (a - b) / (var_a + var_b).sqrt()
}

/// The instruction count of one check, if valgrind is installed.
fn instructions(pair: &str, case: &str) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*Case*check*"])
        .arg(env::current_exe().unwrap())
        .args(["once", pair, case])
        .output()
        .ok()?;
    assert!(output.status.success());
    let report = String::from_utf8(output.stderr).unwrap();
    let count = report.lines().find_map(|line| line.split_once("Collected : ")).unwrap().1;
    Some(count.trim().parse().unwrap())
}

/// Runs the check that valgrind counts: the second one, as the first also detects CPU features.
fn once(class: Class) {
    let case = Case::new(class);
    _ = black_box(case.receiver.verify(&case.head, now()));
    black_box(case.check());
}
