//! The purposes of sealed values.

/// The purpose of a sealed value: it opens for no other purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A sign-in attempt, in its cookie.
    Attempt,
    /// A session, in its cookie.
    Session,
    /// A session, in a store.
    Stored,
    /// An attempt's `state`: a text that is authenticated but not encrypted.
    State,
    /// A page to return to that this application has named: authenticated, not encrypted.
    ReturnTo,
}

impl Purpose {
    /// Returns the label for key derivation. Never change a label: sealed values would not open.
    pub(super) const fn label(self) -> &'static [u8] {
        match self {
            Self::Attempt => b"attempt",
            Self::Session => b"session",
            Self::Stored => b"stored",
            Self::State => b"state",
            Self::ReturnTo => b"return_to",
        }
    }
}
