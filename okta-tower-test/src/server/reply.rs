//! The reply to one request: the response of the endpoint, or a fault.

use http::{Request, StatusCode, header};
use hyper::body::Incoming;

use super::{
    body::Broken,
    faults::{Reply, complete, faulty},
};
use crate::{
    endpoints::{self, conditional, documents, org, routes::Route},
    fault::{Endpoint, Step},
    incoming::IncomingRequest,
    response::{self, Response, set},
    state::{IssuerState, documents::Document},
};

pub(super) async fn handle(
    state: &IssuerState,
    request: Request<Incoming>,
) -> Result<Reply, Broken> {
    let path = request.uri().path().to_owned();
    let mut reply = match Route::find(&state.config.issuer_path, &path) {
        None => complete(response::okta_error(StatusCode::NOT_FOUND, &path)),
        Some(route) if !route.methods().contains(request.method()) => {
            complete(not_allowed(route, &path))
        }
        Some(route) => match IncomingRequest::read(request, route.takes_json()).await {
            Err(status) => complete(response::okta_error(status, &path)),
            Ok(incoming) => match route {
                Route::Document(document) => {
                    serve_document(state, document, &incoming, &path).await?
                }
                Route::SignIn(route) => {
                    let respond = || endpoints::handle(state, route, &incoming);
                    serve_live(state, route.endpoint(), &incoming, &path, respond).await?
                }
                Route::Org(route) => {
                    let respond = || org::handle(state, route, &incoming, &path);
                    serve_live(state, Some(route.endpoint()), &incoming, &path, respond).await?
                }
            },
        },
    };
    // Use the issuer's clock, so that all dates in a response agree.
    set(
        &mut reply,
        header::DATE,
        &conditional::http_date(state.now()),
    );
    Ok(reply)
}

async fn serve_document(
    state: &IssuerState,
    document: Document,
    incoming: &IncomingRequest,
    path: &str,
) -> Result<Reply, Broken> {
    let (served, step) = state.document(document);
    let endpoint = served.endpoint;
    state
        .traffic
        .note(endpoint, &incoming.headers, &incoming.query);
    match step {
        None => {}
        Some(Step::Hold(gate)) => gate.pass().await,
        Some(Step::Fault(fault)) => {
            return faulty(
                state,
                Some(endpoint),
                documents::whole(&served),
                fault,
                path,
            )
            .await;
        }
    }
    Ok(complete(documents::handle(
        &state.traffic,
        &served,
        &incoming.headers,
    )))
}

/// Serves a response that is made for this request.
async fn serve_live(
    state: &IssuerState,
    endpoint: Option<Endpoint>,
    incoming: &IncomingRequest,
    path: &str,
    respond: impl FnOnce() -> Response,
) -> Result<Reply, Broken> {
    let step = endpoint.and_then(|endpoint| state.step(endpoint));
    // These faults must leave the state unchanged, so the endpoint does not see the request.
    let response = match &step {
        Some(Step::Fault(fault)) if !fault.serves_the_document() => response::empty(StatusCode::OK),
        _ => respond(),
    };
    if let Some(endpoint) = endpoint {
        let parameters = incoming.parameters();
        if endpoint == Endpoint::Token {
            state.sign_in().count_grant(parameters.get("grant_type"));
        }
        state.traffic.note(endpoint, &incoming.headers, &parameters);
    }
    match step {
        None => {}
        Some(Step::Hold(gate)) => gate.pass().await,
        Some(Step::Fault(fault)) => return faulty(state, endpoint, response, fault, path).await,
    }
    Ok(complete(response))
}

fn not_allowed(route: Route, path: &str) -> Response {
    let mut response = response::okta_error(StatusCode::METHOD_NOT_ALLOWED, path);
    let names: Vec<&str> = route.methods().iter().map(http::Method::as_str).collect();
    set(&mut response, header::ALLOW, &names.join(", "));
    response
}
