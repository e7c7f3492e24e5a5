//! Lists of names in a token: groups and scopes.

use std::fmt;

use super::text::Span;

/// The strings of one list, as they stand in the token's text.
pub(super) fn resolve<'v>(
    text: &'v str,
    spans: &'v [Span],
) -> impl ExactSizeIterator<Item = &'v str> + Clone {
    spans.iter().map(|span| span.of(text))
}

macro_rules! names {
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

            /// Whether `name` is one of them.
            #[must_use]
            pub fn contains(&self, name: &str) -> bool {
                self.iter().any(|held| held == name)
            }

            /// The names, in the token's order.
            pub fn iter(&self) -> impl ExactSizeIterator<Item = &'v str> + Clone + use<'v> {
                resolve(self.text, self.spans)
            }

            /// How many there are.
            #[must_use]
            pub fn len(&self) -> usize {
                self.spans.len()
            }

            /// Whether there are none. A token without the claim and one with an empty list both say so.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.spans.is_empty()
            }
        }

        /// Says how many, never which: the names come from a token.
        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.spans.len())
            }
        }
    };
}

names! {
    /// The groups a token holds, from the claim that the administrator chose (`groups` unless configured).
    Groups
}

names! {
    /// The scopes a token holds: Okta's `scp` array, or the space-separated `scope` of RFC 9068.
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
        assert_eq!(groups.iter().collect::<Vec<_>>(), ["admin", "Ops Team"]);
        assert!(!groups.is_empty() && verified.scopes().is_empty());
        assert_eq!((groups.len(), verified.scopes().len()), (2, 0));
    }
}
