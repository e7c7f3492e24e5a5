//! The response that sends the browser back to the application.

use http::{StatusCode, header};

use super::page;
use crate::{
    callback::{Callback, CallbackMode},
    parameters::Parameters,
    response::{self, Response, set},
};

/// Returns the response that carries the callback. A redirect has the given status.
pub(crate) fn respond(callback: &Callback, status: StatusCode) -> Response {
    let mut response = match callback.mode {
        CallbackMode::FormPost => {
            let pairs = Parameters::parse(callback.form().as_bytes()).into_pairs();
            page::form_post(&callback.redirect_uri, &pairs)
        }
        CallbackMode::Query | CallbackMode::Fragment => response::redirect(status, &callback.url()),
    };
    response::no_store(&mut response);
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}
