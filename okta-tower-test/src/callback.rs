//! The answer to an authorization request, on its way back to the application through the browser.

use crate::parameters::encode;

/// How the browser takes the answer to the application (OAuth 2.0 Multiple Response Types, and Form Post).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackMode {
    /// In the query of the redirect URI.
    Query,
    /// In its fragment, which the browser keeps to itself.
    Fragment,
    /// In the body of a POST that a form sends.
    FormPost,
}

/// What the browser takes to the application: a code, or an error. From
/// [`Issuer::authorize`](crate::Issuer::authorize).
#[derive(Clone, Debug)]
pub struct Callback {
    pub(crate) redirect_uri: String,
    pub(crate) mode: CallbackMode,
    pub(crate) parameters: Vec<(String, String)>,
    /// Text that a test has put behind the parameters.
    pub(crate) appended: Option<String>,
}

impl Callback {
    /// The registered URL that the answer goes to, without the answer.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// How it goes there.
    #[must_use]
    pub fn mode(&self) -> CallbackMode {
        self.mode
    }

    /// The first parameter of this name: `code`, `state`, `error`, `error_description`, `iss`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The URL that the browser asks the application for. With [`FormPost`](CallbackMode::FormPost) it is the redirect
    /// URI alone, and [`form`](Self::form) is the body.
    #[must_use]
    pub fn url(&self) -> String {
        let separator = match self.mode {
            CallbackMode::FormPost => return self.redirect_uri.clone(),
            CallbackMode::Fragment => '#',
            CallbackMode::Query if self.redirect_uri.contains('?') => '&',
            CallbackMode::Query => '?',
        };
        format!("{}{separator}{}", self.redirect_uri, self.form())
    }

    /// The parameters in their encoded form: the body of a form post, or the query.
    #[must_use]
    pub fn form(&self) -> String {
        let mut text = encode(&self.parameters);
        if let Some(appended) = &self.appended {
            text.push('&');
            text.push_str(appended);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callback(mode: CallbackMode, redirect_uri: &str) -> Callback {
        Callback {
            redirect_uri: redirect_uri.to_owned(),
            mode,
            parameters: vec![("code".to_owned(), "a b".to_owned())],
            appended: None,
        }
    }

    #[test]
    fn callback_mode_selects_where_parameters_go() {
        let url = |mode, uri| callback(mode, uri).url();
        let uri = "http://app/callback";
        assert_eq!(
            url(CallbackMode::Query, uri),
            "http://app/callback?code=a+b"
        );
        assert_eq!(
            url(CallbackMode::Fragment, uri),
            "http://app/callback#code=a+b"
        );
        assert_eq!(url(CallbackMode::FormPost, uri), uri);
        // RFC 6749 section 3.1.2: a query that is there already is kept.
        assert_eq!(
            url(CallbackMode::Query, "http://app/callback?tenant=1"),
            "http://app/callback?tenant=1&code=a+b"
        );
    }
}
