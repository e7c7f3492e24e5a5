//! The application, as a library so that tests can serve it too.

mod cors;
mod events;
mod filters;
mod handlers;
mod layer_first;
mod refused;
mod warp_first;

use std::convert::Infallible;

use http::Request;
use hyper::body::Incoming;
use tower::util::BoxCloneService;
use warp::reply::Response;

pub use self::{layer_first::layer_first, warp_first::warp_first};

/// The application, boxed to give its type a name.
pub type App = BoxCloneService<Request<Incoming>, Response, Infallible>;
