//! The mails that Okta would send.

use std::{collections::VecDeque, fmt};

/// The largest number of mails that is remembered.
const MAX_MAILS: usize = 1_000;

/// A mail that Okta would have sent. See [`Issuer::mails`](crate::Issuer::mails).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mail {
    /// The email address of the user.
    pub to: String,
    /// The purpose of the mail.
    pub kind: MailKind,
    /// The link in the mail. At Okta, the link gives access to the account. Here, it leads nowhere.
    pub link: String,
}

/// The purpose of a [`Mail`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MailKind {
    /// Activation: the user chooses a password.
    Activation,
    /// Password reset: the user chooses a new password.
    PasswordReset,
}

/// Omits the link.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("to", &self.to)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// All mails, oldest first.
#[derive(Debug)]
pub(crate) struct Mails(VecDeque<Mail>);

impl Mails {
    pub(crate) fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(crate) fn send(&mut self, mail: Mail) {
        if self.0.len() == MAX_MAILS {
            self.0.pop_front();
        }
        self.0.push_back(mail);
    }

    pub(crate) fn all(&self) -> Vec<Mail> {
        self.0.iter().cloned().collect()
    }
}
