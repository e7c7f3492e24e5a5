//! Minutes of mixed traffic against the running quickstart, with key rotations and outages.
//!
//! ```sh
//! cargo run -p soak -- --minutes 10 --seed 7
//! ```
//!
//! The quickstart runs as a process. Its issuer runs in this program, so that this program can
//! rotate the keys and fail. The seed determines the order of requests and events.
//!
//! The program fails if a valid caller is rejected, an invalid caller is accepted, the process
//! grows, or it does not exit cleanly. `callers` has the expected statuses, `usage` the limits.

#![expect(clippy::print_stdout, reason = "the output is the report")]

mod callers;
mod events;
mod options;
mod people;
mod tally;
mod usage;
mod world;

use std::{process::ExitCode, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::Instant};

use crate::{options::Options, usage::Usage, world::World};

/// How often memory and descriptors are measured.
const MEASURED_EVERY: Duration = Duration::from_secs(2);

/// How many requests may be in progress. The quickstart keeps a descriptor for each.
const MOST_AT_ONCE: usize = 32;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            println!("{problem}");
            return ExitCode::from(2);
        }
    };
    println!("seed {}", options.seed);
    let mut random = fastrand::Rng::with_seed(options.seed);
    let (world, mut application) = World::start().await;
    let mut usage = Usage::of(application.process_id());

    let end = Instant::now() + options.duration;
    let events = tokio::spawn(events::run(Arc::clone(&world), random.fork(), end));
    let mut requests = JoinSet::new();
    let mut ticks = tokio::time::interval(options.pause());
    let mut measured_at = Instant::now();
    while Instant::now() < end {
        ticks.tick().await;
        while requests.len() >= MOST_AT_ONCE {
            ended(&world, requests.join_next().await);
        }
        while let Some(request) = requests.try_join_next() {
            ended(&world, Some(request));
        }
        requests.spawn(callers::request(Arc::clone(&world), random.u64(..)));
        if measured_at.elapsed() >= MEASURED_EVERY {
            measured_at = Instant::now();
            usage.measure(world.tally().requests());
        }
    }
    while let Some(request) = requests.join_next().await {
        ended(&world, Some(request));
    }
    ended(&world, Some(events.await));

    let mut tally = world.tally();
    for problem in usage.problems() {
        tally.problem(problem);
    }
    if options.duration > Duration::from_secs(120) && world.issuer.refreshes() == 0 {
        tally.problem("no session was refreshed".to_owned());
    }
    drop(tally);
    if !application.stop(Duration::from_secs(30)) {
        let output = application.output();
        let problem = format!("the quickstart did not exit cleanly; its output:\n{output}");
        world.tally().problem(problem);
    }
    println!("{}\n{usage}", world.tally());
    println!("refreshes of sessions: {}", world.issuer.refreshes());
    match world.tally().has_problems() {
        false => ExitCode::SUCCESS,
        true => ExitCode::FAILURE,
    }
}

/// Reports a task that panicked, for example because there was no response.
fn ended(world: &World, task: Option<Result<(), tokio::task::JoinError>>) {
    if let Some(Err(error)) = task {
        world.tally().problem(error.to_string());
    }
}
