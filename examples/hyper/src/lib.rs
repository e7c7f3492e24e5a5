//! The application, as a library so that tests can serve it too.

mod app;
mod events;

pub use self::app::{App, Body, app};
