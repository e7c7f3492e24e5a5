//! `driver TARGET SECONDS [SEED]` fuzzes. `driver TARGET FILE` runs one input.

use std::{env, path::Path, process::ExitCode, time::Duration};

use okta_tower_fuzz::driver;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (name, what, seed) = match &*arguments {
        [name, what] => (name, what, None),
        [name, what, seed] => (name, what, seed.parse().ok()),
        _ => {
            eprintln!("usage: driver TARGET SECONDS [SEED], or driver TARGET FILE");
            return ExitCode::from(2);
        }
    };
    let findings = env::var("OKTA_TOWER_FINDINGS").unwrap_or_else(|_| "findings".into());
    let outcome = match what.parse() {
        Ok(seconds) => {
            let time = Duration::from_secs(seconds);
            driver::fuzz(name, time, seed.unwrap_or(1), Path::new(&findings))
        }
        Err(_) => driver::reproduce(name, Path::new(what)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
