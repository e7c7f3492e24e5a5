//! What `main.rs` serves; a library, so that its tests can serve it too.

mod app;
mod events;
mod serve;

pub use self::{
    app::{App, Body, app},
    serve::serve,
};
