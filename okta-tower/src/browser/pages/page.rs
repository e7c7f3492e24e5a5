//! What one page says, without its look.

use std::fmt;

use http::StatusCode;

use super::{
    action::{Action, ActionKind},
    markup::{Hashed, Text},
    problem::SignInProblem,
};

/// One page on its way to a user's browser.
pub struct Page {
    kind: PageKind,
    actions: Vec<Action>,
    /// The script and its input: names of `data-` attributes and values.
    script: Option<&'static Hashed>,
    data: Vec<(&'static str, String)>,
    languages: Vec<String>,
}

/// What a [`Page`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageKind {
    /// The user signed in in a popup, which closes itself. Users see the page if the window that
    /// opened the popup is gone.
    SignedIn,
    /// The user is signed out here. The page's form signs the user out of Okta, and submits itself.
    SigningOut,
    /// The browser returned from Okta, and the logout was not started in this browser. The user is
    /// signed out here.
    SignedOut,
    /// A form was sent without a session. What the user entered is lost.
    SignInRequired,
    /// The user is signed in, and may not open this page.
    Forbidden,
    /// There is no session, or no sign-out.
    Problem(SignInProblem),
}

impl Page {
    pub(crate) const fn new(kind: PageKind, actions: Vec<Action>) -> Self {
        Self {
            kind,
            actions,
            script: None,
            data: Vec::new(),
            languages: Vec::new(),
        }
    }

    /// Returns the page of a problem. `retry` is the link that starts again.
    pub(crate) fn of_problem(problem: &SignInProblem, retry: Option<&str>) -> Self {
        let kind = match problem {
            SignInProblem::LoginRequired => ActionKind::SignIn,
            _ => ActionKind::Retry,
        };
        let actions = retry.map(|to| Action::link(kind, to));
        Self::new(
            PageKind::Problem(problem.clone()),
            actions.into_iter().collect(),
        )
    }

    pub(crate) fn with_action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    pub(crate) fn has_form(&self) -> bool {
        self.actions.iter().any(Action::is_form)
    }

    pub(crate) fn with_script(mut self, script: &'static Hashed) -> Self {
        self.script = Some(script);
        self
    }

    pub(crate) fn with_data(mut self, name: &'static str, value: String) -> Self {
        self.data.push((name, value));
        self
    }

    pub(crate) fn with_languages(mut self, languages: Vec<String>) -> Self {
        self.languages = languages;
        self
    }

    /// Returns what the page is about.
    #[must_use]
    pub const fn kind(&self) -> &PageKind {
        &self.kind
    }

    /// Returns the status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match &self.kind {
            PageKind::SignedIn | PageKind::SigningOut | PageKind::SignedOut => StatusCode::OK,
            PageKind::SignInRequired => StatusCode::UNAUTHORIZED,
            PageKind::Forbidden => StatusCode::FORBIDDEN,
            PageKind::Problem(problem) => problem.status(),
        }
    }

    /// Returns the English title.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match &self.kind {
            PageKind::SignedIn => "You are signed in",
            PageKind::SigningOut | PageKind::SignedOut => "You are signed out of this application",
            PageKind::SignInRequired => "You are not signed in",
            PageKind::Forbidden => "You do not have access to this page",
            PageKind::Problem(problem) => problem.title(),
        }
    }

    /// Returns the English text, or the reason of [`Admission::deny`](crate::provision::Admission::deny).
    #[must_use]
    pub fn text(&self) -> Text<'_> {
        Text::new(match &self.kind {
            PageKind::SigningOut => "You are now being signed out of the identity provider.",
            PageKind::SignedIn | PageKind::SignedOut => "You can close this window.",
            PageKind::SignInRequired => {
                "Your session has ended, and what you sent was not saved. Sign in, then send it \
                 again."
            }
            PageKind::Forbidden => "You are signed in, but your account may not open it.",
            PageKind::Problem(problem) => problem.text(),
        })
    }

    /// Returns what the user can do next. A page that leaves a form out gets it at its end.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Returns the languages that the browser prefers, the first one most, as tags such as `de-AT`
    /// (RFC 9110 section 12.5.4). At most eight.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(String::as_str)
    }

    pub(super) fn script(&self) -> Option<&'static Hashed> {
        self.script
    }

    pub(super) fn data(&self) -> &[(&'static str, String)] {
        &self.data
    }
}

/// Hides the actions and the script's input, which hold tokens.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
