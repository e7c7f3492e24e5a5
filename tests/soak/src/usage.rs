//! Memory and descriptors of a process, from `/proc`.

use std::{
    fmt, fs,
    time::{Duration, Instant},
};

/// Growth that no leak explains: pages that the allocator keeps.
const NOISE_BYTES: u64 = 1 << 20;

/// Growth per request. Only new tokens and cookies enter the bounded caches, and few requests have
/// one.
const BYTES_PER_REQUEST: u64 = 256;

/// Connections that happen to be open.
const NOISE_DESCRIPTORS: u64 = 8;

/// The samples of a process.
pub(crate) struct Usage {
    process: String,
    began: Instant,
    samples: Vec<Sample>,
}

#[derive(Clone, Copy)]
struct Sample {
    at: Duration,
    requests: u64,
    bytes: u64,
    descriptors: u64,
}

impl Usage {
    pub(crate) fn of(process: &str) -> Self {
        Self {
            process: process.to_owned(),
            began: Instant::now(),
            samples: Vec::new(),
        }
    }

    /// Takes a sample, unless the process has ended. Prints the first sample of each minute.
    pub(crate) fn measure(&mut self, requests: u64) {
        let Some((bytes, descriptors)) = read(&self.process) else {
            return;
        };
        let sample = Sample {
            at: self.began.elapsed(),
            requests,
            bytes,
            descriptors,
        };
        let minute = |sample: &Sample| sample.at.as_secs() / 60;
        if self.samples.last().map(minute) != Some(minute(&sample)) {
            println!("{sample}");
        }
        self.samples.push(sample);
    }

    /// Compares the middle third of the samples with the last third, by medians. The first third
    /// is the warm-up.
    pub(crate) fn problems(&self) -> Vec<String> {
        let third = self.samples.len() / 3;
        if third == 0 {
            return vec!["too few samples of the process".to_owned()];
        }
        let (warm_up_and_middle, last) = self.samples.split_at(self.samples.len() - third);
        let middle = &warm_up_and_middle[warm_up_and_middle.len() - third..];
        let growth = |of: fn(&Sample) -> u64| median(last, of).saturating_sub(median(middle, of));
        let (bytes, requests) = (growth(|sample| sample.bytes), growth(|s| s.requests));
        let descriptors = growth(|sample| sample.descriptors);

        let mut problems = Vec::new();
        let most = NOISE_BYTES + BYTES_PER_REQUEST * requests;
        if bytes > most {
            let problem = format!("memory grew by {bytes} bytes in {requests} requests");
            problems.push(format!("{problem}, at most {most} are expected"));
        }
        if descriptors > NOISE_DESCRIPTORS {
            let problem = format!("{descriptors} more descriptors in {requests} requests");
            problems.push(format!(
                "{problem}, at most {NOISE_DESCRIPTORS} are expected"
            ));
        }
        problems
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.samples.last() {
            Some(last) => write!(f, "{last}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, kilobytes) = (self.at.as_secs(), self.bytes / 1024);
        let (descriptors, requests) = (self.descriptors, self.requests);
        write!(
            f,
            "after {seconds} s: {requests} requests, {kilobytes} KiB, {descriptors} descriptors"
        )
    }
}

fn median(samples: &[Sample], of: fn(&Sample) -> u64) -> u64 {
    let mut values: Vec<u64> = samples.iter().map(of).collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Returns the resident memory in bytes and the number of open descriptors.
fn read(process: &str) -> Option<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    let descriptors = fs::read_dir(format!("/proc/{process}/fd")).ok()?.count();
    Some((kilobytes * 1024, descriptors.try_into().ok()?))
}
