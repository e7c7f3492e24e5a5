//! The test issuer, as an application and as a browser see it.

mod browser;
mod world;

mod application;
mod documents;
mod faults;
mod management;
mod sign_in;
mod tokens;
