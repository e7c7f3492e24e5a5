//! The next step that a page offers.

use std::fmt;

use super::markup::{Text, escape};

/// The next step that a page offers: a link, or a form that the browser submits by itself.
pub struct Action {
    kind: ActionKind,
    to: String,
    /// The fields of a form. A link has none.
    fields: Vec<(&'static str, String)>,
}

/// What an [`Action`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ActionKind {
    /// Starts the sign-in again, or leads back to the application.
    Retry,
    /// Starts a sign-in.
    SignIn,
    /// Starts a sign-in that asks who signs in: the account at Okta was rejected.
    UseAnotherAccount,
    /// Signs the user out of Okta.
    SignOut,
    /// Leads on: to the application, or by a form to the sign-out at Okta.
    Continue,
}

impl Action {
    /// The element by which a page's script finds its form.
    pub(super) const FORM: &str = "okta-tower-form";

    pub(crate) fn link(kind: ActionKind, to: impl Into<String>) -> Self {
        Self {
            kind,
            to: to.into(),
            fields: Vec::new(),
        }
    }

    /// A form that posts these fields.
    pub(crate) fn form(kind: ActionKind, to: &str, fields: Vec<(&'static str, String)>) -> Self {
        Self {
            kind,
            to: to.to_owned(),
            fields,
        }
    }

    /// Returns what the action does.
    #[must_use]
    pub const fn kind(&self) -> ActionKind {
        self.kind
    }

    /// Returns the English label.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self.kind {
            ActionKind::Retry => "Try again",
            ActionKind::SignIn => "Sign in",
            ActionKind::UseAnotherAccount => "Use another account",
            ActionKind::SignOut => "Sign out of the identity provider",
            ActionKind::Continue => "Continue",
        }
    }

    /// Returns the target of a link, or `None` for a form.
    #[must_use]
    pub fn href(&self) -> Option<Text<'_>> {
        (!self.is_form()).then(|| escape(&self.to))
    }

    /// Returns the element: `<a>`, or `<form>` with its fields and a `<button>`. The label is
    /// escaped.
    #[must_use]
    pub fn html(&self, label: &str) -> String {
        let (to, label) = (escape(&self.to), escape(label));
        if !self.is_form() {
            return format!("<a href=\"{to}\">{label}</a>\n");
        }
        let mut html = format!(
            "<form id=\"{}\" method=\"post\" action=\"{to}\">\n",
            Self::FORM
        );
        for (name, value) in &self.fields {
            let (name, value) = (escape(name), escape(value));
            html += &format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n");
        }
        html + &format!("<button type=\"submit\">{label}</button>\n</form>\n")
    }

    pub(super) fn is_form(&self) -> bool {
        !self.fields.is_empty()
    }
}

/// Hides the target and the fields, which hold tokens.
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_and_label_are_escaped() {
        let link = Action::link(ActionKind::Retry, "/login?return_to=%2Fa&x=\"");
        let html = link.html("<b>Go</b>");
        assert_eq!(
            html,
            "<a href=\"/login?return_to=%2Fa&amp;x=&quot;\">&lt;b&gt;Go&lt;/b&gt;</a>\n"
        );
        let href = link.href().unwrap();
        assert_eq!(href.unescaped(), "/login?return_to=%2Fa&x=\"");
    }

    #[test]
    fn form_fields_are_escaped_and_hidden_from_debug() {
        let form = Action::form(
            ActionKind::Continue,
            "https://a.example/?a=\"&b='",
            vec![("a\"", "\"><script>".into())],
        );
        let html = form.html(form.label());
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("action=\"https://a.example/?a=&quot;&amp;b=&#39;\""));
        assert!(html.contains("name=\"a&quot;\" value=\"&quot;&gt;&lt;script&gt;\""));
        assert!(html.contains("<button type=\"submit\">Continue</button>"));
        assert!(form.href().is_none());
        assert_eq!(format!("{form:?}"), "Action { kind: Continue, .. }");
    }
}
