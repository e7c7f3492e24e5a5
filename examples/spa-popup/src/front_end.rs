//! The front end: the files that Vite builds from `web/`, and their configuration.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use axum::{
    Json, Router,
    http::{HeaderName, HeaderValue, header},
    middleware::map_response,
    response::Response,
    routing::get,
};
use scaffold::Failure;
use serde::Serialize;
use tower_http::services::ServeDir;

/// The place where the front end keeps the token.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Storage {
    Memory,
    Local,
}

/// The content of `config.json`, which `web/src/config.ts` reads.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Config {
    backend: String,
    storage: Storage,
}

impl Config {
    pub(crate) fn new(backend: &str, storage: Storage) -> Self {
        Self {
            backend: backend.to_owned(),
            storage,
        }
    }
}

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web")
}

/// Builds the front end with npm and Vite, unless the files are up to date.
pub(crate) fn build() -> Result<(), Failure> {
    let built = Command::new("bash").arg(web().join("build")).status();
    match built {
        Ok(status) if status.success() => Ok(()),
        _ => Err(
            "the front end was not built: examples/spa-popup/web/build needs bash, Node 20 \
                  and npm. Set FRONTEND_URL to use a front end that is served elsewhere"
                .into(),
        ),
    }
}

/// Serves the files, with a Content-Security-Policy.
pub(crate) fn app(config: &Config) -> Router {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        config.backend
    );
    let policy = HeaderValue::from_str(&policy).ok();
    let config = config.clone();
    Router::new()
        .route("/config.json", get(|| async { Json(config) }))
        .fallback_service(ServeDir::new(web().join("dist")))
        .layer(map_response(move |mut answer: Response| {
            let policy = policy.clone();
            async move {
                let headers = answer.headers_mut();
                if let Some(policy) = policy {
                    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
                }
                let nosniff = HeaderValue::from_static("nosniff");
                headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
                // `same-origin` would separate the popup from this page, which would then get no
                // result.
                let opener = HeaderValue::from_static("same-origin-allow-popups");
                let name = HeaderName::from_static("cross-origin-opener-policy");
                headers.insert(name, opener);
                answer
            }
        }))
}
