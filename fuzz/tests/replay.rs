//! The fuzz targets as plain tests: on their seeds, on the regressions, on a fuzzer's corpus if there is one, and on
//! mutations of all of these. The same files give the same mutations in every run.

use std::{collections::BTreeSet, fs, path::Path};

use fastrand::Rng;
use tower_tencent_webhook_fuzz::{TARGETS, Target, words};

/// The number of mutations per target.
const MUTATIONS: usize = 10_000;

#[test]
fn the_receiver_agrees_with_the_reference_implementation() {
    replay("query");
}

#[test]
fn events_round_trip_or_are_rejected() {
    replay("event");
}

#[test]
fn every_message_is_read_and_written_again() {
    replay("message");
}

#[test]
fn requests_have_the_same_outcome_in_any_frames() {
    replay("request");
}

#[test]
fn callbacks_round_trip_or_are_rejected() {
    replay("rtc");
}

#[test]
fn verdicts_are_the_documented_json() {
    replay("verdict");
}

/// Every folder of regressions belongs to a target.
#[test]
fn no_regression_is_left_out() {
    let names: BTreeSet<_> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions")).into_iter().flatten();
    let folders: BTreeSet<_> = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
    assert!(folders.is_subset(&names), "{folders:?}");
}

fn replay(name: &str) {
    let target = TARGETS.into_iter().find(|target| target.name == name).unwrap();
    let mut inputs = (target.seeds)();
    assert!(inputs.len() >= 20, "{} seeds", inputs.len());
    inputs.extend(files("regressions", name));
    inputs.extend(files("corpus", name));
    inputs.iter().for_each(|input| run(&target, input));

    let words: Vec<_> = words().into_iter().collect();
    let mut rng = Rng::with_seed(7);
    for _ in 0..MUTATIONS {
        let mut input = rng.choice(&inputs).unwrap().clone();
        for _ in 0..rng.usize(1..4) {
            mutate(&mut input, &words, &mut rng);
        }
        run(&target, &input);
    }
}

/// The inputs in a folder, if it exists.
fn files(folder: &str, name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name);
    let mut paths: Vec<_> = fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path()).collect();
    paths.sort();
    // A fuzzer running at the same time may remove some.
    paths.into_iter().filter_map(|path| fs::read(path).ok()).collect()
}

fn run(target: &Target, input: &[u8]) {
    /// Prints the input when a target panics.
    struct Input<'a>(&'a [u8]);
    impl Drop for Input<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("the input is b\"{}\"", self.0.escape_ascii());
            }
        }
    }

    let input = Input(input);
    (target.run)(input.0);
}

fn mutate(input: &mut Vec<u8>, words: &[String], rng: &mut Rng) {
    let at = rng.usize(..=input.len());
    let until = (at + rng.usize(1..24)).min(input.len());
    match rng.u8(..6) {
        0 if at < input.len() => input[at] ^= 1 << rng.u8(..8),
        1 if at < input.len() => input[at] = rng.u8(..),
        2 => _ = input.drain(at..until),
        3 => _ = input.splice(at..at, input[at..until].to_vec()),
        4 => _ = input.splice(at..until, rng.choice(words).unwrap().bytes()),
        5 if rng.u8(..8) == 0 => input.truncate(at),
        _ => _ = input.splice(at..at, rng.choice(words).unwrap().bytes()),
    }
}
