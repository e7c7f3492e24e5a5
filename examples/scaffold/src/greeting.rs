//! What is printed at the start: where everything is, and requests to try.

use std::{
    fmt,
    io::{self, Write},
};

/// Lines in the making. Made by [`Settings::greeting`](crate::Settings::greeting).
#[derive(Clone, Debug)]
#[must_use = "it is not printed yet"]
pub struct Greeting(String);

impl Greeting {
    pub(crate) fn new(url: &str, issuer: &str, is_stand_in: bool, browser: Option<&str>) -> Self {
        let taken = match browser {
            Some(_) => "people and tokens",
            None => "tokens",
        };
        let mut text = format!("Listening on {url}\nTaking the {taken} of {issuer}\n\n");
        if is_stand_in {
            text += "That issuer is a DEVELOPMENT STAND-IN for Okta inside this process: everybody knows its passwords.\n\
                     Set OKTA_OAUTH2_ISSUER to use your own Okta org instead.\n";
        }
        if let Some(url) = browser {
            if is_stand_in {
                text += "\n";
            }
            text += &format!("To sign in, open this in a browser:  {url}/\n");
            if is_stand_in {
                text += "There are admin, who may do everything, viewer, who may look, and nobody, who may do nothing.\n\
                         Their passwords are admin-password, viewer-password and nobody-password.\n";
            }
        }
        Self(text)
    }

    /// A line of the example's own.
    pub fn line(mut self, line: &str) -> Self {
        self.0 += line;
        self.0 += "\n";
        self
    }

    /// What the attempts that follow are made with, and what is good to know about them.
    pub fn attempts(mut self, tool: &str, note: &str) -> Self {
        self.0 += &format!(
            "\nTo try with {tool}, each with the answer to expect (the tokens are good for an hour; {note}):\n"
        );
        self
    }

    /// A command that can be pasted, and what is to come of it.
    pub fn attempt(mut self, expected: impl fmt::Display, why: &str, command: &str) -> Self {
        self.0 += &format!("\n# -> {expected} {why}\n{command}\n");
        self
    }

    /// The whole.
    #[must_use]
    pub fn finish(self) -> String {
        self.0 + "\nCtrl-C stops it.\n"
    }

    /// Prints the whole. A pipe that is no longer read from is no reason to stop serving.
    pub fn print(self) {
        let _ = io::stdout().write_all(self.finish().as_bytes());
    }
}

/// An IPv6 address has brackets, which some shells take for a pattern.
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
    fn only_an_address_in_brackets_needs_quotes() {
        assert_eq!(shell_word("http://[::1]:3000/"), "'http://[::1]:3000/'");
        assert_eq!(
            shell_word("http://localhost:3000/"),
            "http://localhost:3000/"
        );
    }

    #[test]
    fn only_a_stand_in_is_called_one() {
        let greeting = |is_stand_in| {
            Greeting::new("http://localhost:3000", "i", is_stand_in, Some("http://b"))
                .line("More.")
                .finish()
        };
        assert!(greeting(true).contains("STAND-IN") && greeting(true).contains("admin-password"));
        assert!(!greeting(false).contains("STAND-IN") && !greeting(false).contains("password"));
    }
}
