//! The application, as a library so that tests can serve it too.

mod app;
mod events;
mod serve;

pub use self::{
    app::{App, Body, app},
    serve::serve,
};
