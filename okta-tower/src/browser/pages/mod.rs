//! The pages of sign-in, in the look and language of your application. Feature `sign-in`.
//!
//! A sign-in ends on a page if it fails, in a popup, at a sign-out, if a form is sent without a
//! session, and if a page is forbidden to a user. [`DefaultPages`] writes short English pages. [`SignIn::pages`](crate::SignIn::pages)
//! takes another [`Pages`]: a type, or a closure.
//!
//! ```
//! use okta_tower::{
//!     SignIn,
//!     pages::{ActionKind, Document, Page, PageKind, SignInProblem},
//! };
//!
//! fn german(page: &Page) -> Document {
//!     let title = match page.kind() {
//!         PageKind::Problem(SignInProblem::Cancelled) => "Sie sind nicht angemeldet",
//!         PageKind::Problem(SignInProblem::Denied(_)) => "Kein Zugang",
//!         _ => page.title(),
//!     };
//!     let mut body = format!("<main><h1>{title}</h1><p>{}</p>", page.text());
//!     for action in page.actions() {
//!         body += &action.html(match action.kind() {
//!             ActionKind::Retry => "Erneut versuchen",
//!             _ => action.label(),
//!         });
//!     }
//!     Document::new(title, body + "</main>").language("de").style("main { max-width: 40rem }")
//! }
//!
//! let sign_in = SignIn::new().pages(german);
//! # let _ = sign_in;
//! ```
//!
//! # Security
//! Pages hold no text of Okta or of the request. The one free text is the reason of your own
//! [hook](crate::provision): [`Text`] escapes it for HTML when it is formatted. The library writes
//! the links, the forms and the scripts, and a Content Security Policy that allows no others.

mod action;
mod default_pages;
mod document;
mod languages;
mod markup;
mod page;
mod problem;

pub use self::{
    action::{Action, ActionKind},
    default_pages::DefaultPages,
    document::Document,
    markup::Text,
    page::{Page, PageKind},
    problem::SignInProblem,
};
pub(crate) use self::{languages::preferred, markup::Hashed};

/// Writes the pages of sign-in. See the [module](self) for an example.
///
/// A function or closure `Fn(&Page) -> Document` implements it.
pub trait Pages: Send + Sync + 'static {
    /// Writes one page. The response's status and headers are set already.
    fn write(&self, page: &Page) -> Document;
}

impl<F: Fn(&Page) -> Document + Send + Sync + 'static> Pages for F {
    fn write(&self, page: &Page) -> Document {
        self(page)
    }
}
