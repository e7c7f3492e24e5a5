//! The machine of the run, and its speed during the run.

use std::{fs, hint::black_box, process::Command, time::Instant};

use okta_tower::Algorithm;

use crate::{
    limits::{self, Signed},
    report::{REFERENCE_CHECK, Report, Table, nanoseconds},
    rounds::{Case, interleaved},
    stage,
};

pub(crate) fn run(report: &mut Report) {
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::Rs256));
    let token = stage::token(&issuer).sign();
    let (key, signed) = (limits::parsed(&issuer.active_key()), Signed::new(&token));
    let timed = interleaved(
        101,
        vec![
            Case::new("check", || {
                assert!(
                    key.verify_sig(black_box(signed.text), &signed.signature)
                        .is_ok()
                )
            }),
            Case::new("clock", || {
                black_box(Instant::now());
            }),
        ],
    );
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown", |(_, model)| model.trim());
    let load = read("/proc/loadavg");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rustc = Command::new("rustc")
        .arg("--version")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());

    let mut table = Table::new("machine", &["machine", ""]);
    for (what, value) in [
        ("processor", format!("{model}, {cores} cores")),
        (
            "load when the run began (1, 5, 15 min)",
            load.split(' ').take(3).collect::<Vec<_>>().join(", "),
        ),
        ("compiler", rustc.unwrap_or_default()),
        (
            "bare RS256-2048 check, aws-lc-rs, parsed key",
            nanoseconds(timed[0].median()),
        ),
        (
            "the same check on the scale of the targets",
            nanoseconds(REFERENCE_CHECK),
        ),
        (
            "one reading of the monotonic clock",
            nanoseconds(timed[1].median()),
        ),
    ] {
        table.row([what.to_owned(), value]);
    }
    report.table(table);
}
