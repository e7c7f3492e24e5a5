//! The HTTP server: accepts connections, and answers each request with the truth or with a fault.

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinSet,
};

use crate::{
    body::{Broken, ReplyBody},
    conditional, documents,
    fault::{Endpoint, Fault, Step},
    gzip,
    shared::{Shared, Truth},
};

type Reply = Response<ReplyBody>;

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
    let path = request.uri().path();
    let mut reply = match shared.routes.find(path) {
        None => error(StatusCode::NOT_FOUND, path),
        Some(_) if !matches!(*request.method(), Method::GET | Method::HEAD) => {
            let mut reply = error(StatusCode::METHOD_NOT_ALLOWED, path);
            set(&mut reply, header::ALLOW, "GET, HEAD");
            reply
        }
        Some(route) => {
            let (truth, step) = shared.arrive(route, request.headers());
            match step {
                None => truthful(shared, &truth, &request),
                Some(Step::Hold(gate)) => {
                    gate.pass().await;
                    truthful(shared, &truth, &request)
                }
                Some(Step::Fault(fault)) => faulty(shared, &truth, fault, path).await?,
            }
        }
    };
    // By the issuer's own clock, so that dates in one answer agree.
    set(
        &mut reply,
        header::DATE,
        &conditional::http_date(shared.clock.now()),
    );
    Ok(reply)
}

fn truthful(shared: &Shared, truth: &Truth, request: &Request<Incoming>) -> Reply {
    let mut reply = json(StatusCode::OK, ReplyBody::complete(truth.text.clone()));
    if truth.validators && conditional::is_current(request.headers(), &truth.etag, truth.changed) {
        shared.note_not_modified(truth.endpoint);
        reply = Response::new(ReplyBody::complete(Bytes::new()));
        *reply.status_mut() = StatusCode::NOT_MODIFIED;
    }
    caching(&mut reply, truth);
    reply
}

/// The headers that say how long the answer is good for, and how to ask again.
fn caching(reply: &mut Reply, truth: &Truth) {
    if let Some(cache_control) = &truth.cache_control {
        set(reply, header::CACHE_CONTROL, cache_control);
    }
    if truth.validators {
        set(reply, header::ETAG, &truth.etag);
        let changed = conditional::http_date(truth.changed);
        set(reply, header::LAST_MODIFIED, &changed);
    }
}

async fn faulty(shared: &Shared, truth: &Truth, fault: Fault, path: &str) -> Result<Reply, Broken> {
    let text = truth.text.clone();
    let body = match fault {
        Fault::Status(StatusCode::TOO_MANY_REQUESTS) => return Ok(rate_limited(shared, path)),
        Fault::Status(status) => return Ok(error(status, path)),
        Fault::Redirect(to) => {
            let mut reply = Response::new(ReplyBody::complete(Bytes::new()));
            *reply.status_mut() = StatusCode::FOUND;
            set(&mut reply, header::LOCATION, &to);
            return Ok(reply);
        }
        Fault::Garbage => {
            let page = "<!doctype html><title>Welcome</title><p>Please accept our terms.";
            let mut reply = Response::new(ReplyBody::complete(Bytes::from_static(page.as_bytes())));
            set(&mut reply, header::CONTENT_TYPE, "text/html");
            return Ok(reply);
        }
        Fault::Body(text) => {
            return Ok(json(StatusCode::OK, ReplyBody::complete(Bytes::from(text))));
        }
        Fault::Empty => {
            let empty = match truth.endpoint {
                Endpoint::Discovery => "{}",
                Endpoint::Keys => r#"{"keys":[]}"#,
            };
            ReplyBody::complete(Bytes::from_static(empty.as_bytes()))
        }
        Fault::Gzip(blanks) => {
            let body = gzip::bomb(blanks, &text);
            let mut reply = json(StatusCode::OK, ReplyBody::complete(body));
            set(&mut reply, header::CONTENT_ENCODING, "gzip");
            caching(&mut reply, truth);
            return Ok(reply);
        }
        Fault::Hang => pending().await,
        Fault::Close => return Err(Broken),
        Fault::HangBody => ReplyBody::silent(text.len()),
        Fault::Drip(interval) => ReplyBody::dripping(text, interval),
        Fault::Huge(blanks) => ReplyBody::padded(blanks, text, false),
        Fault::HugeAnnounced(blanks) => ReplyBody::padded(blanks, text, true),
        Fault::Truncated => ReplyBody::truncated(&text),
    };
    let mut reply = json(StatusCode::OK, body);
    caching(&mut reply, truth);
    Ok(reply)
}

fn rate_limited(shared: &Shared, path: &str) -> Reply {
    let mut reply = error(StatusCode::TOO_MANY_REQUESTS, path);
    let now = shared.clock.now().duration_since(std::time::UNIX_EPOCH);
    let reset = now.unwrap_or_default().as_secs() + 60;
    for (name, value) in [
        ("x-rate-limit-limit", 600),
        ("x-rate-limit-remaining", 0),
        ("x-rate-limit-reset", reset),
    ] {
        reply
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    reply
}

/// Okta's error object, or, for a status that is no error, no body.
fn error(status: StatusCode, path: &str) -> Reply {
    if status.as_u16() < 400 {
        let mut reply = Response::new(ReplyBody::complete(Bytes::new()));
        *reply.status_mut() = status;
        return reply;
    }
    let text = documents::error(status, path).to_string();
    json(status, ReplyBody::complete(Bytes::from(text)))
}

fn json(status: StatusCode, body: ReplyBody) -> Reply {
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    set(&mut reply, header::CONTENT_TYPE, "application/json");
    reply
}

/// A value that cannot stand in a header, which only a test can have given, is left out.
fn set(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}
