//! The response to an authorization request, which the browser carries to the application.

use crate::parameters::encode;

/// How the browser carries the callback (OAuth 2.0 Multiple Response Types, and Form Post).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackMode {
    /// In the query of the redirect URI.
    Query,
    /// In the fragment of the redirect URI, which the browser does not send.
    Fragment,
    /// In the body of a form post.
    FormPost,
}

/// The parameters that the browser carries to the application: a code or an error.
///
/// [`Issuer::authorize`](crate::Issuer::authorize) returns one.
#[derive(Clone, Debug)]
pub struct Callback {
    pub(crate) redirect_uri: String,
    pub(crate) mode: CallbackMode,
    pub(crate) parameters: Vec<(String, String)>,
    /// Encoded text that a test appends to the parameters.
    pub(crate) appended: Option<String>,
}

impl Callback {
    /// Returns the registered redirect URI, without the callback parameters.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Returns how the browser carries the parameters.
    #[must_use]
    pub fn mode(&self) -> CallbackMode {
        self.mode
    }

    /// Returns the first parameter with this name: `code`, `state`, `error`, `error_description` or
    /// `iss`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the URL that the browser requests from the application.
    ///
    /// With [`FormPost`](CallbackMode::FormPost), this is the redirect URI alone;
    /// [`form`](Self::form) is the body.
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

    /// Returns the encoded parameters: the body of a form post, or the query.
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
        // RFC 6749 section 3.1.2: an existing query is kept.
        assert_eq!(
            url(CallbackMode::Query, "http://app/callback?tenant=1"),
            "http://app/callback?tenant=1&code=a+b"
        );
    }
}
