//! The load: `wrk` in a process of its own.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

pub(super) const CONNECTIONS: u32 = 16;
/// The time of a turn. Disturbances last from milliseconds to minutes, so many short turns are more
/// precise than a few long ones.
pub(super) const TURN: Duration = Duration::from_millis(300);

pub(super) struct Load(());

pub(super) struct Run {
    pub(super) requests: f64,
    pub(super) seconds: f64,
    /// Requests a second.
    pub(super) rate: f64,
    /// In milliseconds.
    pub(super) p99: f64,
}

impl Load {
    /// Installs `wrk` if necessary. Returns `None` if that fails.
    pub(super) fn installed() -> Option<Self> {
        let is_installed = || {
            Command::new("wrk")
                .arg("-v")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok()
        };
        if !is_installed() {
            let _ = Command::new("apt-get")
                .args(["install", "-y", "-qq", "wrk"])
                .stdout(Stdio::null())
                .status();
        }
        is_installed().then_some(Self(()))
    }

    pub(super) fn run(&self, port: u16, token: &str) -> Run {
        loop {
            let run = self.turn(port, token);
            // If `wrk` is interrupted before it starts its clock, it reports all ten seconds.
            if run.seconds < 1.0 {
                return run;
            }
        }
    }

    fn turn(&self, port: u16, token: &str) -> Run {
        // `wrk` accepts whole seconds only. It reports its figures when it is interrupted.
        let wrk = Command::new("wrk")
            .args(["-t1", &format!("-c{CONNECTIONS}"), "-d10s", "--latency"])
            .args(["-H", &format!("Authorization: Bearer {token}")])
            .arg(format!("http://127.0.0.1:{port}/"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("wrk runs");
        thread::sleep(TURN);
        kill_process(Pid::from_child(&wrk), Signal::INT).expect("wrk still runs");
        let output = wrk.wait_with_output().expect("wrk ends");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && !text.contains("Non-2xx") && !text.contains("Socket errors"),
            "{text}"
        );
        let after = |word: &str| {
            let line = text
                .lines()
                .find_map(|line| line.trim().strip_prefix(word))
                .unwrap_or_else(|| panic!("no {word}: {text}"));
            line.trim().to_owned()
        };
        let (requests, rest) = text
            .lines()
            .find_map(|line| line.trim().split_once(" requests in "))
            .expect("the number of requests");
        let duration = rest.split(',').next().unwrap_or_default();
        Run {
            requests: requests.parse().expect("a number"),
            seconds: milliseconds(duration) / 1e3,
            rate: after("Requests/sec:").parse().expect("a number"),
            p99: milliseconds(&after("99%")),
        }
    }
}

fn milliseconds(text: &str) -> f64 {
    let units = [("us", 1e-3), ("ms", 1.0), ("s", 1e3)];
    let (number, factor) = units
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
        .expect("a unit");
    number.parse::<f64>().expect("a number") * factor
}

/// Returns the status of one request with this token.
pub(super) fn status(port: u16, token: &str) -> u16 {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a listening server");
    let request = format!(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("a connection");
    let mut line = String::new();
    BufReader::new(stream)
        .read_line(&mut line)
        .expect("a response");
    line.split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("no status: {line}"))
}
