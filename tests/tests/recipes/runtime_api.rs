//! A Runtime API of AWS Lambda on loopback, with events from the test.

use std::{future::IntoFuture, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    time::timeout,
};

/// How long a function may take, its start included.
const PATIENCE: Duration = Duration::from_secs(60);

/// The headers of an event.
type EventHead = [(&'static str, &'static str); 3];

pub(crate) struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::Sender<Value>,
    responses: Mutex<mpsc::Receiver<Value>>,
}

#[derive(Clone)]
struct Ends {
    events: Arc<Mutex<mpsc::Receiver<Value>>>,
    responses: mpsc::Sender<Value>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Self {
        let (events, to_function) = mpsc::channel(1);
        let (from_function, responses) = mpsc::channel(1);
        let invocation = Router::new()
            .route("/next", get(next))
            .route("/{id}/response", post(answer))
            .route("/{id}/error", post(answer))
            .with_state(Ends {
                events: Arc::new(Mutex::new(to_function)),
                responses: from_function,
            });
        let app = Router::new().nest("/2018-06-01/runtime/invocation", invocation);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, app).into_future());
        Self {
            address,
            events,
            responses: Mutex::new(responses),
        }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Sends an event to the function. Returns `None` if it does not respond.
    pub(crate) async fn invoke(&self, event: Value) -> Option<Value> {
        self.events.send(event).await.unwrap();
        let mut responses = self.responses.lock().await;
        timeout(PATIENCE, responses.recv()).await.ok()?
    }
}

/// Waits for an event. The function asks for the next one when it has answered the last.
async fn next(State(ends): State<Ends>) -> Result<(EventHead, Json<Value>), StatusCode> {
    let event = ends.events.lock().await.recv().await;
    let head = [
        (
            "lambda-runtime-aws-request-id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        ),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:1:function:me",
        ),
    ];
    Ok((head, Json(event.ok_or(StatusCode::GONE)?)))
}

/// Takes the response, or the error of a function that failed.
async fn answer(State(ends): State<Ends>, response: Bytes) -> StatusCode {
    let response = serde_json::from_slice(&response).unwrap();
    ends.responses.send(response).await.unwrap();
    StatusCode::ACCEPTED
}
