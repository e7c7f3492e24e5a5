//! A Redis server for a test: a process on a free port, without persistence.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    thread,
    time::Duration,
};

use crate::{
    process::Process,
    tools::{require, skip},
};

/// The name of the Redis program, from Debian's package of that name.
const PROGRAM: &str = "redis-server";

/// A running Redis server. Dropping it kills the process.
#[derive(Debug)]
pub struct RedisServer {
    process: Process,
    port: u16,
    arguments: Vec<String>,
}

impl RedisServer {
    /// Starts a server with additional arguments. If Redis is not installed, prints a notice and
    /// returns `None`.
    ///
    /// # Panics
    /// If the installed Redis does not start.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Option<Self> {
        if let Err(why) = require(&[PROGRAM]) {
            skip("a test with Redis", &why);
            return None;
        }
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        // Another process may take the port before Redis does.
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

    /// Returns the URL without TLS.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Returns the port without TLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Pauses the server. Connections stay open, and it does not respond.
    pub fn stop(&self) {
        self.process.pause();
    }

    /// Continues a paused server.
    pub fn resume(&self) {
        self.process.resume();
    }

    /// Kills the process, which loses all data.
    pub fn end(&mut self) {
        self.process.kill();
    }

    /// Starts a new, empty server on the same port after [`end`](Self::end).
    ///
    /// # Panics
    /// If the server does not start.
    pub fn start_again(&mut self) {
        self.process = spawn(self.port, &self.arguments);
        assert!(self.is_ready(), "{PROGRAM} does not start again");
    }

    /// Sends a command in Redis' inline form, and returns the beginning of the reply.
    ///
    /// # Panics
    /// If there is no reply.
    #[must_use]
    pub fn command(&self, line: &str) -> String {
        let mut connection =
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("a connection to Redis");
        write!(connection, "{line}\r\n").expect("a line to Redis");
        let mut answer = [0; 4096];
        let length = connection.read(&mut answer).expect("a reply from Redis");
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    /// Waits up to ten seconds until the process reports that it listens. A connection would prove
    /// nothing: the Redis of another test may have taken the port.
    fn is_ready(&self) -> bool {
        for _ in 0..1000 {
            let output = self.process.output();
            if output.contains("Ready to accept connections") {
                return true;
            }
            if output.contains("Failed listening") {
                return false;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

/// A Redis server with TLS and one user, as in production. It has no other user, and no port
/// without TLS for clients.
#[derive(Debug)]
pub struct TlsRedis {
    /// Dropped first, because the server has the folder's files open.
    server: RedisServer,
    folder: PathBuf,
    certificate_file: String,
    tls_port: u16,
}

impl TlsRedis {
    /// Starts a server with a self-signed certificate for `localhost`. `user` is a line of an ACL
    /// file, without the word `user`. If Redis is not installed, prints a notice and returns
    /// `None`.
    ///
    /// # Panics
    /// If the installed Redis does not start.
    #[must_use]
    pub fn start(user: &str) -> Option<Self> {
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let signed = signed.expect("a certificate");
        let tls_port = free_port();
        let name = format!("okta-tower-redis-acl-{}-{tls_port}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).expect("a folder");
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        let certificate_file = file("tls.crt", &signed.cert.pem());
        let key_file = file("tls.key", &signed.signing_key.serialize_pem());
        let users_file = file("users.acl", &format!("user default off\nuser {user}\n"));
        let server = RedisServer::start(&[
            "--tls-port",
            &tls_port.to_string(),
            "--tls-cert-file",
            &certificate_file,
            "--tls-key-file",
            &key_file,
            "--tls-ca-cert-file",
            &certificate_file,
            "--tls-auth-clients",
            "no",
            "--aclfile",
            &users_file,
        ]);
        let Some(server) = server else {
            let _ = fs::remove_dir_all(&folder);
            return None;
        };
        Some(Self {
            server,
            folder,
            certificate_file,
            tls_port,
        })
    }

    /// Returns the URL with TLS, with `user:password`.
    #[must_use]
    pub fn url(&self, login: &str) -> String {
        format!("rediss://{login}@localhost:{}", self.tls_port)
    }

    /// Returns the path of the certificate that clients must trust.
    #[must_use]
    pub fn certificate_file(&self) -> &str {
        &self.certificate_file
    }

    /// Logs in without TLS, sends a command in Redis' inline form, and returns the replies.
    ///
    /// # Panics
    /// If there is no reply.
    #[must_use]
    pub fn as_user(&self, user: &str, password: &str, command: &str) -> String {
        let address = (Ipv4Addr::LOCALHOST, self.server.port);
        let mut connection = TcpStream::connect(address).expect("a connection to Redis");
        write!(
            connection,
            "AUTH {user} {password}\r\n{command}\r\nQUIT\r\n"
        )
        .expect("lines to Redis");
        let mut answer = String::new();
        connection
            .read_to_string(&mut answer)
            .expect("replies from Redis");
        answer
    }
}

impl Drop for TlsRedis {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns a port that is free at this moment.
///
/// # Panics
/// If there is none.
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
