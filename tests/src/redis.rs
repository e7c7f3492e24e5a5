//! A Redis of a test's own: a process on a free port of this machine, with nothing on disk.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::Command,
    thread,
    time::Duration,
};

use crate::{process::Process, tools::skip};

/// What Redis is called. Debian's package of that name brings it.
const PROGRAM: &str = "redis-server";

/// A running Redis. The process ends when this is dropped.
#[derive(Debug)]
pub struct RedisServer {
    process: Process,
    port: u16,
    arguments: Vec<String>,
}

impl RedisServer {
    /// Starts a server with these further arguments. `None`, and a word about it, where Redis is not installed.
    ///
    /// # Panics
    /// Where it is installed and does not start.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Option<Self> {
        if let Err(error) = Command::new(PROGRAM).arg("--version").output() {
            skip("a test with Redis", &format!("{PROGRAM}: {error}"));
            return None;
        }
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        // Between the search for a free port and its use, another process may take it.
        for _ in 0..5 {
            let port = free_port();
            let server = Self {
                process: spawn(port, &arguments),
                port,
                arguments: arguments.clone(),
            };
            if server.is_ready() {
                return Some(server);
            }
        }
        panic!("{PROGRAM} does not start: {arguments:?}");
    }

    /// Where it is, without TLS.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port, without TLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops it where it stands: connections stay open, and nothing is answered.
    pub fn stop(&self) {
        self.process.pause();
    }

    /// Lets a stopped one go on.
    pub fn resume(&self) {
        self.process.resume();
    }

    /// Ends the process, with all that it held.
    pub fn end(&mut self) {
        self.process.kill();
    }

    /// Starts another, empty one on the same port, after [`end`](Self::end).
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start_again(&mut self) {
        self.process = spawn(self.port, &self.arguments);
        assert!(self.is_ready(), "{PROGRAM} does not start again");
    }

    /// Says something to it in Redis's inline form, and gives the beginning of the answer.
    ///
    /// # Panics
    /// Where there is no answer.
    #[must_use]
    pub fn say(&self, line: &str) -> String {
        let mut connection =
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("a connection to Redis");
        write!(connection, "{line}\r\n").expect("a line to Redis");
        let mut answer = [0; 4096];
        let length = connection.read(&mut answer).expect("an answer of Redis");
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    /// Whether this very process has its port, as it says itself, waiting for up to ten seconds. A connection would not
    /// tell: another test's Redis may have been faster to take the port, and ends with that test.
    fn is_ready(&self) -> bool {
        for _ in 0..1000 {
            let said = self.process.said();
            if said.contains("Ready to accept connections") {
                return true;
            }
            if said.contains("Failed listening") {
                return false;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

/// A port that nobody listens on at this moment.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn spawn(port: u16, arguments: &[String]) -> Process {
    let port = port.to_string();
    let own = [
        "--port",
        &port,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--daemonize",
        "no",
    ];
    let all = own.into_iter().chain(arguments.iter().map(String::as_str));
    Process::start(PROGRAM, all, |_| {})
}
