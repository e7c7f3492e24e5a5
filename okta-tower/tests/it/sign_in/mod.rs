//! Sign-in and logout: a browser, the whole application, and the test issuer.

mod assurance;
mod attacks;
mod attempts;
mod audit;
mod bounds;
mod clients;
mod failures;
mod form_post;
mod forms;
mod head;
mod hook;
mod identity;
mod logout;
mod logout_return;
mod origins;
mod pages;
mod popup;
mod provider_errors;
mod regular;
mod return_pages;
mod session_endpoint;
mod speculation;
pub(crate) mod world;
