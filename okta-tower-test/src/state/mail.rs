//! The mails that Okta would send.

use std::{collections::VecDeque, fmt};

/// As many as are remembered.
const MOST: usize = 1_000;

/// A mail that Okta would have sent. See [`Issuer::mails`](crate::Issuer::mails).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mail {
    /// The e-mail address of the person.
    pub to: String,
    /// What it is about.
    pub kind: MailKind,
    /// The link in it. Whoever has it is taken for the person; here it leads nowhere.
    pub link: String,
}

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MailKind {
    /// Choose a password, and the account is active.
    Activation,
    /// Choose a new password.
    PasswordReset,
}

/// Prints no link.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("to", &self.to)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Oldest first.
#[derive(Debug)]
pub(crate) struct Mails(VecDeque<Mail>);

impl Mails {
    pub(crate) fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(crate) fn send(&mut self, mail: Mail) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(mail);
    }

    pub(crate) fn all(&self) -> Vec<Mail> {
        self.0.iter().cloned().collect()
    }
}
