//! The built program as a user meets it: started as a process, and asked over HTTP.

mod browser;
mod http;
mod outage;
mod program;
mod settings;
mod sign_in;
mod stand_in;

use std::{
    thread,
    time::{Duration, Instant},
};

/// Waits for another process, which has a clock of its own.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
