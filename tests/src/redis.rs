//! A Redis of a test's own: a process on a free port of this machine, with nothing on disk.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::tools::skip;

/// What Redis is called. Debian's package of that name brings it.
const PROGRAM: &str = "redis-server";

/// A running Redis. The process ends when this is dropped.
#[derive(Debug)]
pub struct RedisServer {
    process: Child,
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
            let process = spawn(port, &arguments);
            let mut server = Self {
                process,
                port,
                arguments: arguments.clone(),
            };
            if server.is_up() {
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
        self.signal("STOP");
    }

    /// Lets a stopped one go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Ends the process, with all that it held.
    pub fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts another, empty one on the same port, after [`end`](Self::end).
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start_again(&mut self) {
        self.process = spawn(self.port, &self.arguments);
        assert!(self.is_up(), "{PROGRAM} does not start again");
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

    fn signal(&self, signal: &str) {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "kill -s {signal}"
        );
    }

    /// Whether it answers, waiting for up to ten seconds. It has not, where its process ends.
    fn is_up(&mut self) -> bool {
        for _ in 0..1000 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return false;
            }
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.end();
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

fn spawn(port: u16, arguments: &[String]) -> Child {
    Command::new(PROGRAM)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server as a process")
}
