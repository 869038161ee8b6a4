//! The machine: cores to pin threads to, CPU clocks, and a description for the reader.

use std::{fmt, fs, process::Command, time::Duration};

use rustix::{
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
    time::{ClockId, clock_gettime},
};
use serde::Serialize;

/// The cores that this process may use.
pub fn cores() -> Vec<usize> {
    let set = sched_getaffinity(None).expect("the kernel reports our cores");
    (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect()
}

/// Pins this thread to one core.
pub fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).expect("it is one of our cores");
}

/// The CPU time of this thread, including kernel time.
pub fn cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("CPU time is not negative")
}

/// Everything that a reader needs to judge the numbers.
#[derive(Debug, Serialize)]
pub struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    rustc: String,
    /// The one-minute load average before the measurements. Well above 0 means that the machine was not idle.
    pub load_before: String,
}

impl Machine {
    pub fn describe() -> Self {
        let rustc = Command::new("rustc").arg("--version").output().ok();
        let rustc = rustc.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
        let cpu = read("/proc/cpuinfo");
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Self {
            cpu: model.map_or("unknown", |(_, model)| model.trim()).to_owned(),
            cores: cores().len(),
            kernel: until(&read("/proc/sys/kernel/osrelease"), '-'),
            rustc: until(&rustc, '('),
            load_before: until(&read("/proc/loadavg"), ' '),
        }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn until(text: &str, end: char) -> String {
    text.split(end).next().unwrap_or_default().trim().to_owned()
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, cores, kernel, rustc, .. } = self;
        write!(f, "{cpu}, {cores} cores, Linux {kernel}, {rustc}")
    }
}
