//! A real Redis, as a process of its own that a test may stop, kill and start again.

use std::{
    env, fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::PathBuf,
    process::{Command, Stdio, id},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{application::free_port, process::Process, tools::skip};

const MOST_TO_START: Duration = Duration::from_secs(20);

/// A running Redis that writes down each change before it answers. Its process and its folder go when this is dropped.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: u16,
    folder: PathBuf,
}

impl Redis {
    /// Starts an empty one on a free port of this machine. `None`, and said loudly, where there is no `redis-server`.
    ///
    /// # Panics
    /// Where it does not start; where there is none and [`REQUIRE_TOOLS`](crate::tools::REQUIRE_TOOLS) is set.
    #[must_use]
    pub fn start() -> Option<Self> {
        let found = Command::new("redis-server")
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if !found.is_ok_and(|status| status.success()) {
            skip("Redis", "there is no redis-server");
            return None;
        }
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("okta-tower-redis-{}-{count}", id()));
        fs::create_dir_all(&folder).expect("a folder for Redis");
        let port = free_port();
        let process = launch(port, &folder);
        let redis = Self {
            process,
            port,
            folder,
        };
        redis.wait_until_ready();
        Some(redis)
    }

    /// Its address, as `QUICKSTART_REDIS` takes it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// It takes connections and answers nothing.
    ///
    /// # Panics
    /// Where it is gone.
    pub fn pause(&self) {
        self.process.pause();
    }

    /// It goes on after [`pause`](Self::pause).
    ///
    /// # Panics
    /// Where it is gone.
    pub fn resume(&self) {
        self.process.resume();
    }

    /// Kills it. What it has answered is on the disk.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same port with what it knew.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start_again(&mut self) {
        self.process = launch(self.port, &self.folder);
        self.wait_until_ready();
    }

    fn wait_until_ready(&self) {
        let began = Instant::now();
        while !is_answering(self.port) {
            let said = || self.process.said();
            assert!(began.elapsed() < MOST_TO_START, "Redis said:\n{}", said());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
        // A folder that stays behind is among the temporary ones.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn launch(port: u16, folder: &std::path::Path) -> Process {
    let port = port.to_string();
    let arguments = [
        "--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "yes",
        "--appendfsync", "always",
    ];
    Process::start("redis-server", arguments, |command| {
        command.current_dir(folder);
    })
}

fn is_answering(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
        return false;
    };
    let mut answer = [0; 7];
    stream.write_all(b"PING\r\n").is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && &answer == b"+PONG\r\n"
}
