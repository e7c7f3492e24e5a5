//! The arguments of the program.

use std::time::Duration;

const USAGE: &str = "arguments: --minutes N (default 10), --seed N (default random), --rate N \
                     (requests per second, default 40)";

pub(crate) struct Options {
    pub(crate) duration: Duration,
    pub(crate) seed: u64,
    rate: u32,
}

impl Options {
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            duration: Duration::from_secs(600),
            seed: fastrand::u64(..),
            rate: 40,
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().unwrap_or_default();
            let invalid = || format!("invalid argument {name} {value}; {USAGE}");
            match name.as_str() {
                "--minutes" => {
                    let minutes: f64 = value.parse().map_err(|_| invalid())?;
                    let duration = Duration::try_from_secs_f64(minutes * 60.0);
                    options.duration = duration.map_err(|_| invalid())?;
                }
                "--seed" => options.seed = value.parse().map_err(|_| invalid())?,
                "--rate" => options.rate = value.parse().map_err(|_| invalid())?,
                _ => return Err(invalid()),
            }
            if options.duration.is_zero() || options.rate == 0 {
                return Err(invalid());
            }
        }
        Ok(options)
    }

    /// Returns the time between two requests.
    pub(crate) fn pause(&self) -> Duration {
        Duration::from_secs(1) / self.rate
    }
}
