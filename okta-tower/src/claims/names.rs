//! Lists of names in a token: groups and scopes.

use std::fmt;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Names are compared exactly: case, spaces and accents all count.
        #[derive(Clone, Default, PartialEq, Eq)]
        pub struct $name(Box<[Box<str>]>);

        impl $name {
            /// Whether `name` is one of them.
            #[must_use]
            pub fn contains(&self, name: &str) -> bool {
                self.0.iter().any(|held| &**held == name)
            }

            /// The names, in the token's order.
            pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
                self.0.iter().map(|name| &**name)
            }

            /// How many there are.
            #[must_use]
            pub fn len(&self) -> usize {
                self.0.len()
            }

            /// Whether there are none. A token without the claim and one with an empty list both say so.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl FromIterator<Box<str>> for $name {
            fn from_iter<I: IntoIterator<Item = Box<str>>>(names: I) -> Self {
                Self(names.into_iter().collect())
            }
        }

        /// Says how many, never which: the names come from a token.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.len())
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
    use super::*;

    #[test]
    fn names_are_compared_exactly_and_never_printed() {
        let groups: Groups = ["admin", "Ops Team"].map(Box::from).into_iter().collect();
        assert!(groups.contains("admin") && groups.contains("Ops Team"));
        assert!(
            !groups.contains("Admin") && !groups.contains("ops team") && !groups.contains("admi")
        );
        assert_eq!(format!("{groups:?}"), "Groups(2)");
        assert_eq!(groups.iter().collect::<Vec<_>>(), ["admin", "Ops Team"]);
        assert!(!groups.is_empty() && Groups::default().is_empty());
    }
}
