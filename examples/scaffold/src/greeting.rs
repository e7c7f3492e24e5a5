//! The text printed at the start: addresses, accounts, and requests to try.

use std::{
    fmt,
    io::{self, Write},
};

/// The text in progress, created by [`Settings::greeting`](crate::Settings::greeting).
#[derive(Clone, Debug)]
#[must_use = "a greeting is only printed by `print`"]
pub struct Greeting(String);

impl Greeting {
    pub(crate) fn new(url: &str, issuer: &str, is_built_in: bool, browser: Option<&str>) -> Self {
        let accepted = match browser {
            Some(_) => "users and tokens",
            None => "tokens",
        };
        let mut text = format!("Listening on {url}\nAccepting {accepted} from {issuer}\n\n");
        if is_built_in {
            text += "That is the BUILT-IN TEST ISSUER of this process, with public passwords.\n\
                     Set OKTA_OAUTH2_ISSUER to use your own Okta org instead.\n";
        }
        if let Some(url) = browser {
            if is_built_in {
                text += "\n";
            }
            text += &format!("To sign in, open this in a browser:  {url}/\n");
            if is_built_in {
                text += "Accounts: admin (full access), viewer (read-only), nobody (no access).\n\
                         The passwords are admin-password, viewer-password and nobody-password.\n";
            }
        }
        Self(text)
    }

    /// Adds a line.
    pub fn line(mut self, line: &str) -> Self {
        self.0 += line;
        self.0 += "\n";
        self
    }

    /// Starts a list of requests that are made with `tool`. `note` says what to know about them.
    pub fn attempts(mut self, tool: &str, note: &str) -> Self {
        self.0 += &format!(
            "\nTo try with {tool}, each with the expected response (tokens are valid for an hour; \
             {note}):\n"
        );
        self
    }

    /// Adds a command to paste, with the expected result and the reason for it.
    pub fn attempt(mut self, expected: impl fmt::Display, why: &str, command: &str) -> Self {
        self.0 += &format!("\n# -> {expected} {why}\n{command}\n");
        self
    }

    /// Returns the whole text.
    #[must_use]
    pub fn finish(self) -> String {
        self.0 + "\nCtrl-C stops it.\n"
    }

    /// Prints the whole text. If nothing reads the output, the program continues to serve.
    pub fn print(self) {
        let _ = io::stdout().write_all(self.finish().as_bytes());
    }
}

/// Quotes a URL with an IPv6 address: some shells treat the brackets as a pattern.
#[must_use]
pub fn shell_word(url: &str) -> String {
    if url.contains('[') {
        format!("'{url}'")
    } else {
        url.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_with_brackets_are_quoted() {
        assert_eq!(shell_word("http://[::1]:3000/"), "'http://[::1]:3000/'");
        assert_eq!(
            shell_word("http://localhost:3000/"),
            "http://localhost:3000/"
        );
    }

    #[test]
    fn greeting_announces_only_the_built_in_issuer() {
        let greeting = |is_built_in| {
            Greeting::new("http://localhost:3000", "i", is_built_in, Some("http://b"))
                .line("More.")
                .finish()
        };
        assert!(
            greeting(true).contains("TEST ISSUER") && greeting(true).contains("admin-password")
        );
        assert!(!greeting(false).contains("TEST ISSUER") && !greeting(false).contains("password"));
    }
}
