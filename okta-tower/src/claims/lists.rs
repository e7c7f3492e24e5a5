//! Lists of names in a token: groups, scopes, audiences, authentication methods.

use std::{fmt, iter::FusedIterator, slice};

use super::span::Span;

/// An iterator over the names of one list, in the token's order.
#[derive(Clone)]
pub struct Names<'v> {
    text: &'v str,
    spans: slice::Iter<'v, Span>,
}

impl<'v> Names<'v> {
    pub(super) fn new(text: &'v str, spans: &'v [Span]) -> Self {
        Self {
            text,
            spans: spans.iter(),
        }
    }
}

impl<'v> Iterator for Names<'v> {
    type Item = &'v str;

    fn next(&mut self) -> Option<&'v str> {
        self.spans.next().map(|span| span.of(self.text))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spans.size_hint()
    }
}

impl ExactSizeIterator for Names<'_> {}

impl FusedIterator for Names<'_> {}

/// Says how many names are left, never which: they come from a token.
impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Names({})", self.len())
    }
}

macro_rules! lists {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Names are compared exactly: case, spaces and accents all count.
        #[derive(Clone, Copy)]
        pub struct $name<'v> {
            text: &'v str,
            spans: &'v [Span],
        }

        impl<'v> $name<'v> {
            pub(super) fn new(text: &'v str, spans: &'v [Span]) -> Self {
                Self { text, spans }
            }

            /// Returns whether `name` is in the list.
            #[must_use]
            pub fn contains(&self, name: &str) -> bool {
                self.iter().any(|held| held == name)
            }

            /// Returns the names, in the token's order.
            #[must_use]
            pub fn iter(&self) -> Names<'v> {
                Names::new(self.text, self.spans)
            }

            /// Returns the number of names.
            #[must_use]
            pub fn len(&self) -> usize {
                self.spans.len()
            }

            /// Returns whether the list is empty: the token lacks the claim, or holds an empty list.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.spans.is_empty()
            }
        }

        impl<'v> IntoIterator for $name<'v> {
            type Item = &'v str;
            type IntoIter = Names<'v>;

            fn into_iter(self) -> Names<'v> {
                self.iter()
            }
        }

        impl<'v> IntoIterator for &$name<'v> {
            type Item = &'v str;
            type IntoIter = Names<'v>;

            fn into_iter(self) -> Names<'v> {
                self.iter()
            }
        }

        /// Says how many names there are, never which: they come from a token.
        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.spans.len())
            }
        }
    };
}

lists! {
    /// The groups of a caller, from the claim that the administrator chose (default: `groups`).
    Groups
}

lists! {
    /// The scopes of a token: Okta's `scp` array, or the space-separated `scope` of RFC 9068.
    Scopes
}

#[cfg(test)]
mod tests {
    use crate::claims::Verified;

    #[test]
    fn names_are_compared_exactly_and_never_printed() {
        let verified =
            Verified::for_test(r#"{"sub":"ada","groups":["admin","Ops Team"],"scp":[]}"#);
        let groups = verified.groups();
        assert!(groups.contains("admin") && groups.contains("Ops Team"));
        assert!(
            !groups.contains("Admin") && !groups.contains("ops team") && !groups.contains("admi")
        );
        assert_eq!(format!("{groups:?}"), "Groups(2)");
        assert_eq!(format!("{:?}", groups.iter()), "Names(2)");
        assert_eq!(groups.iter().collect::<Vec<_>>(), ["admin", "Ops Team"]);
        assert!(!groups.is_empty() && verified.scopes().is_empty());
        assert_eq!((groups.len(), verified.scopes().len()), (2, 0));
    }
}
