//! Debian's nginx with its default settings, in front of a service.

use std::{
    fs,
    net::{Ipv4Addr, TcpStream},
    path::PathBuf,
    thread,
    time::Duration,
};

use crate::{
    process::Process,
    redis::free_port,
    tools::{self, skip},
};

const PROGRAM: &str = "nginx";

/// A running nginx. Dropping it kills the process.
#[derive(Debug)]
pub struct Nginx {
    /// Dropped first, because the server has the folder's files open.
    _process: Process,
    folder: PathBuf,
    port: u16,
}

impl Nginx {
    /// Reserves a port for [`start`](Self::start), because an application must know its public
    /// origin first. If nginx is not installed, prints a notice and returns `None`.
    ///
    /// # Panics
    /// If nginx is missing and [`REQUIRE_TOOLS`](crate::tools::REQUIRE_TOOLS) is set.
    #[must_use]
    pub fn port() -> Option<u16> {
        if let Err(why) = tools::require_with(&[PROGRAM], "-v") {
            skip("a test with nginx", &why);
            return None;
        }
        Some(free_port())
    }

    /// Starts a server on `localhost` with these `location` blocks. Every other setting is nginx's
    /// own.
    ///
    /// # Panics
    /// If nginx does not start.
    #[must_use]
    pub fn start(port: u16, locations: &str) -> Self {
        let name = format!("okta-tower-nginx-{}-{port}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).expect("a folder");
        let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let folders = kinds.map(|kind| format!("    {kind}_temp_path {kind};\n"));
        let configuration = format!(
            "daemon off;\n\
             # One process, which ends when it is killed.\n\
             master_process off;\n\
             pid nginx.pid;\n\
             events {{}}\n\
             http {{\n    access_log off;\n{folders}    \
             server {{\n        listen 127.0.0.1:{port};\n{locations}\n    }}\n}}\n",
            folders = folders.concat(),
        );
        fs::write(folder.join("nginx.conf"), configuration).expect("a file");
        let prefix = folder.display().to_string();
        let arguments = ["-e", "stderr", "-p", &prefix, "-c", "nginx.conf"];
        let process = Process::start(PROGRAM, arguments, |_| {});
        for _ in 0..1000 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let output = process.output();
        assert!(!output.contains("[emerg]"), "{output}");
        Self {
            _process: process,
            folder,
            port,
        }
    }

    /// Returns the origin for browsers.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
