//! Timing in interleaved rounds.
//!
//! In each round every case has one turn of about two milliseconds, and each round begins with
//! another case. So a machine that is busy for a while is busy for all cases. The result is the
//! median over the rounds. Ratios and differences are medians of those within each round.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use crate::allocator;

const TURN: Duration = Duration::from_millis(2);
const WARM_UP: Duration = Duration::from_millis(50);
const COUNTED: u32 = 64;

static IS_SHORT: AtomicBool = AtomicBool::new(false);

/// Makes this run a short one.
pub(crate) fn shorten() {
    IS_SHORT.store(true, Ordering::Relaxed);
}

/// Returns a number of rounds, or a fifth of it in a short run.
pub(crate) fn rounds(whole: usize) -> usize {
    match IS_SHORT.load(Ordering::Relaxed) {
        true => whole.div_ceil(5),
        false => whole,
    }
}

/// One operation to time. It checks its own result and panics if the result is wrong.
pub(crate) struct Case<'c> {
    name: String,
    run: Box<dyn FnMut() + 'c>,
}

impl<'c> Case<'c> {
    pub(crate) fn new(name: impl Into<String>, run: impl FnMut() + 'c) -> Self {
        Self {
            name: name.into(),
            run: Box::new(run),
        }
    }
}

/// The cost of a case, in nanoseconds for each call.
pub(crate) struct Timed {
    pub(crate) name: String,
    pub(crate) allocations: f64,
    /// One time for each round, in the order of the rounds.
    times: Vec<f64>,
}

impl Timed {
    pub(crate) fn median(&self) -> f64 {
        quantile(&self.times, 0.5)
    }

    /// Returns the median over the rounds of this case's time divided by another's.
    pub(crate) fn times_of(&self, other: &Self) -> f64 {
        self.against(other, |own, others| own / others)
    }

    /// Returns the median over the rounds of this case's time minus another's.
    pub(crate) fn more_than(&self, other: &Self) -> f64 {
        self.against(other, |own, others| own - others)
    }

    /// Returns the same difference divided by a third case's time. `None` stands for no time.
    pub(crate) fn more_than_as_part(&self, other: Option<&Self>, whole: &Self) -> f64 {
        let parts: Vec<f64> = (0..self.times.len())
            .map(|round| {
                let others = other.map_or(0.0, |other| other.times[round]);
                (self.times[round] - others) / whole.times[round]
            })
            .collect();
        quantile(&parts, 0.5)
    }

    /// Returns the tenth and the ninetieth percentile of the rounds.
    pub(crate) fn spread(&self) -> (f64, f64) {
        (quantile(&self.times, 0.1), quantile(&self.times, 0.9))
    }

    fn against(&self, other: &Self, compare: fn(f64, f64) -> f64) -> f64 {
        let rounds: Vec<f64> = self
            .times
            .iter()
            .zip(&other.times)
            .map(|(own, others)| compare(*own, *others))
            .collect();
        quantile(&rounds, 0.5)
    }
}

/// Runs the cases in interleaved rounds. The result has the order of the cases.
pub(crate) fn interleaved(whole: usize, mut cases: Vec<Case<'_>>) -> Vec<Timed> {
    let repeats: Vec<u32> = cases
        .iter_mut()
        .map(|case| repeats_of(&mut case.run))
        .collect();
    let mut timed: Vec<Timed> = cases
        .iter_mut()
        .map(|case| Timed {
            name: case.name.clone(),
            allocations: allocations_of(&mut case.run),
            times: Vec::new(),
        })
        .collect();
    for round in 0..rounds(whole) {
        for turn in 0..cases.len() {
            let at = (round + turn) % cases.len();
            let start = Instant::now();
            for _ in 0..repeats[at] {
                (cases[at].run)();
            }
            timed[at]
                .times
                .push(start.elapsed().as_secs_f64() * 1e9 / f64::from(repeats[at]));
        }
    }
    timed
}

/// Returns how often a case runs in one turn. The calls for that also warm up the case.
fn repeats_of(run: &mut impl FnMut()) -> u32 {
    let (start, mut times) = (Instant::now(), 0_u32);
    while start.elapsed() < WARM_UP {
        run();
        times += 1;
    }
    let once = start.elapsed() / times;
    ((TURN.as_secs_f64() / once.as_secs_f64()) as u32).max(1)
}

fn allocations_of(run: &mut impl FnMut()) -> f64 {
    let before = allocator::allocations();
    for _ in 0..COUNTED {
        run();
    }
    (allocator::allocations() - before) as f64 / f64::from(COUNTED)
}

/// Returns the value below which this share of the values lies.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(((sorted.len() - 1) as f64) * share).round() as usize]
}
