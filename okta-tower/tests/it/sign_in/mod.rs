//! Signing in and out: a browser, the whole application, and an issuer that answers as Okta does.

mod assurance;
mod attacks;
mod attempts;
mod audit;
mod clients;
mod form_post;
mod hook;
mod identity;
mod logout;
mod pages;
mod popup;
mod round;
mod session_endpoint;
mod troubles;
mod world;
