//! The pages of the quickstart.

mod dashboard;
mod home;

use scaffold::page::Site;

pub(crate) use self::{
    dashboard::{Dashboard, Role},
    home::Home,
};

/// The configuration that the pages show. It contains nothing from a request.
#[derive(Debug)]
pub(crate) struct About {
    /// The URL for browsers, such as `http://localhost:3000`.
    pub(crate) url: String,
    pub(crate) issuer: String,
    /// Whether the issuer is the built-in test issuer.
    pub(crate) is_built_in: bool,
    /// Whether users can sign in, or only tokens are accepted.
    pub(crate) has_sign_in: bool,
}

const SITE: Site = Site {
    name: "quickstart",
    about: "The quickstart of okta-tower: authentication with Okta for Tower services, in Axum.",
    links: &[("/dashboard", "Dashboard")],
};

const SIGN_IN: &str = "/login?return_to=/dashboard";
