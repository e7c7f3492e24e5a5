//! The application under test: any Tower service, called in this process.

use std::{
    fmt::Debug,
    future::poll_fn,
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use tower_service::Service;

type Answered = Pin<Box<dyn Future<Output = Response<Bytes>> + Send>>;

/// A service without its types.
pub(crate) struct Application(Mutex<Box<Call>>);

type Call = dyn FnMut(Request<Full<Bytes>>) -> Answered + Send;

impl Application {
    pub(crate) fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Debug,
        S::Future: Send,
        B: Body<Data: Send, Error: Debug> + Send + 'static,
    {
        let call = move |request| -> Answered {
            let mut service = service.clone();
            Box::pin(async move {
                let ready = poll_fn(|context| service.poll_ready(context)).await;
                ready.expect("the application is ready");
                let answer = service
                    .call(request)
                    .await
                    .expect("the application answers");
                let (head, body) = answer.into_parts();
                let body = body
                    .collect()
                    .await
                    .expect("the application's whole answer");
                Response::from_parts(head, body.to_bytes())
            })
        };
        Self(Mutex::new(Box::new(call)))
    }

    pub(crate) fn call(&self, request: Request<Full<Bytes>>) -> Answered {
        let mut call = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        call(request)
    }
}
