//! The HTTP server: accepts connections, and answers each request with the truth or with a fault.

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinSet,
};

use crate::{
    answer::{self, Answer, set},
    body::{Broken, ReplyBody},
    conditional,
    fault::{Endpoint, Fault, Step},
    gzip,
    incoming::Asked,
    org,
    routes::{Document, Route},
    shared::{Shared, Truth},
    sign_in,
};

type Reply = Response<ReplyBody>;

const JSON: &str = "application/json";

/// How long Okta's limits last.
const LIMIT: Duration = Duration::from_secs(60);

/// Serves until it is told to stop, or aborted. All connections are closed when this returns.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: oneshot::Receiver<Infallible>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                }
                // Out of file descriptors, most likely: connections that end will free some.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
            _ = &mut stop => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let _open = shared.connect();
    // Without this, small answers may wait for the client's acknowledgement. Failing to set it is no failure.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(&shared, request));
    // Clients that go away and connections that are broken on purpose end in an error here, as they should.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Result<Reply, Broken> {
    let path = request.uri().path().to_owned();
    let mut reply = match shared.nature.routes.find(&path) {
        None => complete(answer::okta_error(StatusCode::NOT_FOUND, &path)),
        Some(route) if !route.methods().contains(request.method()) => {
            complete(not_allowed(route, &path))
        }
        Some(route) => match Asked::read(request, route.takes_json()).await {
            Err(status) => complete(answer::okta_error(status, &path)),
            Ok(asked) => match route {
                Route::Document(document) => {
                    serve_document(shared, document, &asked, &path).await?
                }
                Route::SignIn(route) => {
                    let truth = || sign_in::answer(shared, route, &asked);
                    serve_live(shared, route.endpoint(), &asked, &path, truth).await?
                }
                Route::Org(route) => {
                    let truth = || org::answer(shared, route, &asked, &path);
                    serve_live(shared, Some(route.endpoint()), &asked, &path, truth).await?
                }
            },
        },
    };
    // By the issuer's own clock, so that dates in one answer agree.
    set(
        &mut reply,
        header::DATE,
        &conditional::http_date(shared.now()),
    );
    Ok(reply)
}

async fn serve_document(
    shared: &Shared,
    document: Document,
    asked: &Asked,
    path: &str,
) -> Result<Reply, Broken> {
    let (truth, step) = shared.document(document);
    let endpoint = truth.endpoint;
    shared.note(endpoint, &asked.headers, &asked.query);
    match step {
        None => {}
        Some(Step::Hold(gate)) => gate.pass().await,
        Some(Step::Fault(fault)) => {
            return faulty(shared, Some(endpoint), whole(&truth), fault, path).await;
        }
    }
    Ok(complete(truthful(shared, &truth, &asked.headers)))
}

/// Serves what is made for one request, by `truth`.
async fn serve_live(
    shared: &Shared,
    endpoint: Option<Endpoint>,
    asked: &Asked,
    path: &str,
    truth: impl FnOnce() -> Answer,
) -> Result<Reply, Broken> {
    let step = endpoint.and_then(|endpoint| shared.step(endpoint));
    // A fault that keeps the request from having an effect does so by keeping it from being looked at.
    let truth = match &step {
        Some(Step::Fault(fault)) if !fault.is_about_the_truth() => answer::empty(StatusCode::OK),
        _ => truth(),
    };
    if let Some(endpoint) = endpoint {
        let parameters = asked.parameters();
        if endpoint == Endpoint::Token {
            shared.sign_in().count_grant(parameters.get("grant_type"));
        }
        shared.note(endpoint, &asked.headers, &parameters);
    }
    match step {
        None => {}
        Some(Step::Hold(gate)) => gate.pass().await,
        Some(Step::Fault(fault)) => return faulty(shared, endpoint, truth, fault, path).await,
    }
    Ok(complete(truth))
}

fn not_allowed(route: Route, path: &str) -> Answer {
    let mut answer = answer::okta_error(StatusCode::METHOD_NOT_ALLOWED, path);
    let names: Vec<&str> = route.methods().iter().map(http::Method::as_str).collect();
    set(&mut answer, header::ALLOW, &names.join(", "));
    answer
}

fn truthful(shared: &Shared, truth: &Truth, headers: &HeaderMap) -> Answer {
    let mut answer = whole(truth);
    if truth.validators && conditional::is_current(headers, &truth.etag, truth.changed) {
        shared.note_not_modified(truth.endpoint);
        answer.headers_mut().remove(header::CONTENT_TYPE);
        *answer.body_mut() = Bytes::new();
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    }
    answer
}

/// The document, with the headers that say how long it is good for, and how to ask again.
fn whole(truth: &Truth) -> Answer {
    let mut answer = Response::new(truth.text.clone());
    set(&mut answer, header::CONTENT_TYPE, "application/json");
    if let Some(cache_control) = &truth.cache_control {
        set(&mut answer, header::CACHE_CONTROL, cache_control);
    }
    if truth.validators {
        set(&mut answer, header::ETAG, &truth.etag);
        let changed = conditional::http_date(truth.changed);
        set(&mut answer, header::LAST_MODIFIED, &changed);
    }
    answer
}

async fn faulty(
    shared: &Shared,
    endpoint: Option<Endpoint>,
    truth: Answer,
    fault: Fault,
    path: &str,
) -> Result<Reply, Broken> {
    let (mut head, text) = truth.into_parts();
    let body = match fault {
        Fault::Status(status) => {
            let error = answer::okta_error(status, path);
            return Ok(limited(shared, error, LIMIT));
        }
        Fault::RateLimited(reset) => {
            let error = answer::okta_error(StatusCode::TOO_MANY_REQUESTS, path);
            return Ok(limited(shared, error, reset));
        }
        Fault::Answer(status, text) => {
            return Ok(limited(shared, answer::text(status, JSON, text), LIMIT));
        }
        Fault::NextLink(to) => {
            org::set_next(&mut head.headers, &to);
            ReplyBody::complete(text)
        }
        Fault::Redirect(to) => {
            return Ok(complete(answer::redirect(StatusCode::FOUND, &to)));
        }
        Fault::Garbage => {
            let page = "<!doctype html><title>Welcome</title><p>Please accept our terms.";
            let page = answer::text(StatusCode::OK, "text/html", page.to_owned());
            return Ok(complete(page));
        }
        Fault::Body(text) => return Ok(complete(answer::text(StatusCode::OK, JSON, text))),
        Fault::Empty => {
            let empty = match endpoint {
                Some(Endpoint::Keys) => r#"{"keys":[]}"#,
                _ => "{}",
            };
            head.headers
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
            ReplyBody::complete(Bytes::from_static(empty.as_bytes()))
        }
        Fault::Gzip(blanks) => {
            head.headers
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            ReplyBody::complete(gzip::bomb(blanks, &text))
        }
        Fault::Hang => pending().await,
        Fault::Close => return Err(Broken),
        Fault::HangBody => ReplyBody::silent(text.len()),
        Fault::Drip(interval) => ReplyBody::dripping(text, interval),
        Fault::Huge(blanks) => ReplyBody::padded(blanks, text, false),
        Fault::HugeAnnounced(blanks) => ReplyBody::padded(blanks, text, true),
        Fault::Truncated => ReplyBody::truncated(&text),
    };
    Ok(Response::from_parts(head, body))
}

/// With Okta's rate-limit headers, if it says that there is a limit.
fn limited(shared: &Shared, mut answer: Answer, reset: Duration) -> Reply {
    if answer.status() == StatusCode::TOO_MANY_REQUESTS {
        answer::set_limit(&mut answer, shared.now() + reset, 0);
    }
    complete(answer)
}

fn complete(answer: Answer) -> Reply {
    answer.map(ReplyBody::complete)
}
