//! The pages, on the template of all examples.

mod dashboard;
mod home;

use scaffold::page::Site;

pub(crate) use self::{
    dashboard::{Dashboard, Role},
    home::Home,
};

/// What the pages say of this program. It is configuration: nothing of a request is in it.
#[derive(Debug)]
pub(crate) struct About {
    /// Where a browser finds this application: `http://localhost:3000`.
    pub(crate) url: String,
    pub(crate) issuer: String,
    /// Whether the issuer is the development stand-in.
    pub(crate) is_stand_in: bool,
    /// Whether people can sign in, or only tokens are taken.
    pub(crate) has_sign_in: bool,
}

const SITE: Site = Site {
    name: "quickstart",
    about: "The quickstart of okta-tower: authentication with Okta for Tower services, here in Axum.",
    links: &[("/dashboard", "Dashboard")],
};

const SIGN_IN: &str = "/login?return_to=/dashboard";
