//! Where the layer writes, counts and logs rejections: its own, and those left in a response.

use std::mem;

use http::{
    HeaderName, Response,
    header::{
        CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, RETRY_AFTER, TRAILER,
        TRANSFER_ENCODING, WWW_AUTHENTICATE,
    },
};

use super::{
    Responder, caching,
    decide::LayerOptions,
    marker::Rejected,
    protocol::RequestSummary,
    refusal::{GRPC_MESSAGE, GRPC_STATUS, Refusal},
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
        let error = self.mark(rejected, request, &mut response);
        complete(completions, response, Some(&error))
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
        let mut error = None;
        if !response.extensions().is_empty() {
            (response, error) = self.take_over(response, request);
        }
        complete(completions, response, error.as_ref())
    }

    /// Returns the error, too, if this layer has something to add to the rejection.
    fn take_over<B>(
        &self,
        mut response: Response<B>,
        request: &RequestSummary,
    ) -> (Response<B>, Option<AuthError>)
    where
        R: Responder<B>,
    {
        let extensions = response.extensions_mut();
        if let Some(rejected) = extensions.remove::<Rejected>() {
            if rejected.is_rendered() {
                extensions.insert(rejected);
                return (response, None);
            }
            return self.reject_over(rejected, response, request);
        }
        // The application wrote its own response and left the reason: it counts, and a user who
        // is not signed in is still redirected.
        let Some(error) = extensions.get::<AuthError>().cloned() else {
            return (response, None);
        };
        let error = self.mark(Rejected::new(error), request, &mut response);
        let is_redirected = error.kind() == AuthErrorKind::MissingCredentials;
        (response, is_redirected.then_some(error))
    }

    /// Writes a rejection in place of the response of a guard or extractor. What the layers between
    /// have added to that response stays, such as CORS headers.
    fn reject_over<B>(
        &self,
        rejected: Rejected,
        mut inner: Response<B>,
        request: &RequestSummary,
    ) -> (Response<B>, Option<AuthError>)
    where
        R: Responder<B>,
    {
        // A misconfiguration is logged where it is found.
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
        let error = self.mark(rejected, request, &mut response);
        (response, Some(error))
    }

    /// Counts and reports a rejection, leaves it in the response's extensions, and forbids caches
    /// to keep the response, also one that the application wrote.
    fn mark<B>(
        &self,
        rejected: Rejected,
        request: &RequestSummary,
        response: &mut Response<B>,
    ) -> AuthError {
        let error = rejected.error().clone();
        if let Some(report) = &self.options.on_rejection {
            report(&Refusal::new(&rejected, request, &self.options.realm));
        }
        caching::forbid(response.headers_mut());
        self.options.metrics.refused(&error);
        response.extensions_mut().insert(error.clone());
        response.extensions_mut().insert(rejected.rendered(true));
        error
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

fn complete<B>(
    completions: Completions,
    response: Response<B>,
    refused: Option<&AuthError>,
) -> Response<B> {
    if completions.is_empty() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    for completion in completions {
        completion.complete(&mut head, refused);
    }
    Response::from_parts(head, body)
}
