//! The built program, started as a process and used over HTTP.

mod browser;
mod http;
mod outage;
mod program;
mod settings;
mod sign_in;
mod test_issuer;

use std::{
    thread,
    time::{Duration, Instant},
};

/// Polls until the condition holds. For conditions in the program, which has its own clock.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
