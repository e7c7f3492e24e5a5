//! The only place where a rejection becomes a response: written, counted and logged once.

use std::mem;

use http::{
    HeaderMap, HeaderName, Response,
    header::{
        CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, RETRY_AFTER, TRAILER,
        TRANSFER_ENCODING, WWW_AUTHENTICATE,
    },
};

use super::{
    Responder,
    decide::LayerOptions,
    marker::Rejected,
    refusal::{GRPC_MESSAGE, GRPC_STATUS, Refusal, RequestSummary},
    source::Completions,
};
use crate::{
    base::telemetry,
    error::{AuthError, AuthErrorKind},
};

/// What all requests of one layer share: its options, and who writes its rejections.
#[derive(Debug)]
pub(super) struct Renderer<R> {
    pub(super) options: LayerOptions,
    pub(super) responder: R,
}

impl<R> Renderer<R> {
    /// Returns the whole response to a request that this layer rejects.
    pub(super) fn reject<B>(
        &self,
        rejected: Rejected,
        request: &RequestSummary,
        completions: Completions,
    ) -> Response<B>
    where
        R: Responder<B>,
    {
        telemetry::refused(rejected.error());
        let refusal = Refusal::new(&rejected, request, &self.options.realm);
        let mut response = self.responder.respond(&refusal);
        self.mark(rejected, &mut response);
        complete(completions, &mut response);
        response
    }

    /// Completes the response of the inner service. A rejection that a guard, an extractor or a
    /// handler has left in it is written here.
    pub(super) fn complete<B>(
        &self,
        mut response: Response<B>,
        request: &RequestSummary,
        completions: Completions,
    ) -> Response<B>
    where
        R: Responder<B>,
    {
        if !response.extensions().is_empty() {
            response = self.take_over(response, request);
        }
        complete(completions, &mut response);
        response
    }

    fn take_over<B>(&self, mut response: Response<B>, request: &RequestSummary) -> Response<B>
    where
        R: Responder<B>,
    {
        match response.extensions_mut().remove::<Rejected>() {
            Some(rejected) if rejected.is_rendered() => {
                response.extensions_mut().insert(rejected);
                response
            }
            Some(rejected) => self.reject_over(rejected, response, request),
            None => {
                // The application wrote its own response and left the reason: it counts, too.
                if let Some(error) = response.extensions().get::<AuthError>().cloned() {
                    self.mark(Rejected::new(error), &mut response);
                }
                response
            }
        }
    }

    /// Writes a rejection in place of the response of a guard or extractor. What the layers between
    /// have added to that response stays, such as CORS headers.
    fn reject_over<B>(
        &self,
        rejected: Rejected,
        mut inner: Response<B>,
        request: &RequestSummary,
    ) -> Response<B>
    where
        R: Responder<B>,
    {
        // Whoever found a misconfiguration has logged it, with the extractor's name.
        if rejected.error().kind() != AuthErrorKind::Misconfigured {
            telemetry::refused(rejected.error());
        }
        let mut headers = inner.headers().clone();
        for name in OF_ONE_REJECTION {
            headers.remove(name);
        }
        let mut extensions = mem::take(inner.extensions_mut());
        let refusal = Refusal::new(&rejected, request, &self.options.realm);
        let mut response = self.responder.respond_over(&refusal, inner);
        // Where both have a header or an extension, the layer's stays.
        headers.extend(mem::take(response.headers_mut()));
        *response.headers_mut() = headers;
        extensions.extend(mem::take(response.extensions_mut()));
        *response.extensions_mut() = extensions;
        self.mark(rejected, &mut response);
        response
    }

    /// Counts a rejection and leaves it in the response's extensions.
    fn mark<B>(&self, rejected: Rejected, response: &mut Response<B>) {
        self.options.metrics.refused(rejected.error());
        let extensions = response.extensions_mut();
        extensions.insert(rejected.error().clone());
        extensions.insert(rejected.rendered());
    }
}

/// Headers that belong to one rejection and its body, and mean nothing alongside another.
const OF_ONE_REJECTION: [HeaderName; 10] = [
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    ETAG,
    RETRY_AFTER,
    TRAILER,
    TRANSFER_ENCODING,
    WWW_AUTHENTICATE,
    GRPC_MESSAGE,
    GRPC_STATUS,
];

fn complete<B>(completions: Completions, response: &mut Response<B>) {
    if completions.is_empty() {
        return;
    }
    let error = response.extensions().get::<AuthError>().cloned();
    let mut status = response.status();
    let mut headers: HeaderMap = mem::take(response.headers_mut());
    for completion in completions {
        completion.complete(&mut status, &mut headers, error.as_ref());
    }
    *response.status_mut() = status;
    *response.headers_mut() = headers;
}
