//! The application before sign-in: `cargo run -p existing-app --bin existing-app-before`.
//!
//! `main.rs` is the same application with sign-in.

mod pages;

use std::process::ExitCode;

use axum::{Router, response::Response, routing::get};
use scaffold::{Failure, Program, Settings, StopRequest};

const PROGRAM: Program = Program::new("existing-app");

fn main() -> ExitCode {
    scaffold::run(PROGRAM, serve)
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let listeners = settings.bind().await?;
    settings.greeting(listeners.url(), None, None).print();

    let app = Router::new()
        .route("/", get(home))
        .route("/dashboard", get(dashboard))
        .route("/repositories", get(repositories));
    listeners.serve(app, stop).await;
    Ok(())
}

async fn home() -> Response {
    pages::home(None)
}

async fn dashboard() -> Response {
    pages::dashboard("everyone", &[])
}

async fn repositories() -> Response {
    pages::repositories("everyone")
}
