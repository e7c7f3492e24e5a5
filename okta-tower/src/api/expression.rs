//! What people are searched by: Okta's `search` and `filter` expressions (of SCIM, RFC 7644 section 3.4.2.2), with every value
//! quoted. Pure.

use serde_json::Value;

use super::{ApiError, error::Problem};

/// What people are searched by, for [`UserQuery::search`](super::UserQuery::search) and
/// [`UserQuery::filter`](super::UserQuery::filter). Attributes go by their path, such as `profile.login`, `status` or
/// `lastUpdated`; values are quoted and escaped here, so they may be anything.
///
/// ```
/// use okta_tower::api::Expression;
///
/// let people = Expression::eq("profile.department", r#"R&D" or status pr or "x"#)
///     .and(Expression::eq("status", "ACTIVE").or(Expression::eq("status", "RECOVERY")));
/// assert_eq!(
///     people.to_string(),
///     r#"profile.department eq "R&D\" or status pr or \"x" and (status eq "ACTIVE" or status eq "RECOVERY")"#
/// );
/// ```
///
/// # Security
/// An attribute's name is none of a stranger's choosing. One that is not letters, digits, `.`, `_`, `-` and `:` makes the call
/// fail with [`Invalid`](super::ApiErrorKind::Invalid).
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    /// Whether `or` is what holds it together.
    is_loose: bool,
    /// Whether every attribute has a name.
    is_sound: bool,
}

impl Expression {
    /// The attribute has this value. Text is compared by Okta without regard to case.
    #[must_use]
    pub fn eq(attribute: &str, value: impl Into<Value>) -> Self {
        Self::compare(attribute, "eq", &value.into())
    }

    /// The attribute begins with this. Okta has it for `search`, and for few attributes for `filter`.
    #[must_use]
    pub fn starts_with(attribute: &str, value: &str) -> Self {
        Self::compare(attribute, "sw", &value.into())
    }

    /// The attribute holds this. Okta has it for `search` alone.
    #[must_use]
    pub fn contains(attribute: &str, value: &str) -> Self {
        Self::compare(attribute, "co", &value.into())
    }

    /// The attribute is greater, or for times later, than this.
    #[must_use]
    pub fn gt(attribute: &str, value: impl Into<Value>) -> Self {
        Self::compare(attribute, "gt", &value.into())
    }

    /// The attribute is less, or for times earlier, than this.
    #[must_use]
    pub fn lt(attribute: &str, value: impl Into<Value>) -> Self {
        Self::compare(attribute, "lt", &value.into())
    }

    /// The attribute has a value.
    #[must_use]
    pub fn present(attribute: &str) -> Self {
        Self {
            text: format!("{attribute} pr"),
            is_loose: false,
            is_sound: is_attribute(attribute),
        }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let is_sound = self.is_sound && other.is_sound;
        Self {
            text: self.tight() + " and " + &other.tight(),
            is_loose: false,
            is_sound,
        }
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let Self { text, is_sound, .. } = other;
        Self {
            text: self.text + " or " + &text,
            is_loose: true,
            is_sound: self.is_sound && is_sound,
        }
    }

    /// What can stand beside `and`.
    fn tight(self) -> String {
        if self.is_loose {
            format!("({})", self.text)
        } else {
            self.text
        }
    }

    fn compare(attribute: &str, operator: &str, value: &Value) -> Self {
        Self {
            // JSON's strings are those of the expressions.
            text: format!("{attribute} {operator} {value}"),
            is_loose: false,
            is_sound: is_attribute(attribute) && !value.is_array() && !value.is_object(),
        }
    }

    pub(super) fn checked(&self) -> Result<&str, ApiError> {
        if self.is_sound {
            Ok(&self.text)
        } else {
            Err(Problem::NotAnAttribute.into())
        }
    }
}

impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_attribute(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && (name.bytes())
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b':'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_quoted_whatever_they_are() {
        for (value, text) in [
            (Value::from("ada"), r#"a eq "ada""#),
            ("O'Hara \"x\" \\".into(), r#"a eq "O'Hara \"x\" \\""#),
            ("a\nb\u{7f}".into(), "a eq \"a\\nb\u{7f}\""),
            ("".into(), r#"a eq """#),
            (7.into(), "a eq 7"),
            (true.into(), "a eq true"),
        ] {
            assert_eq!(Expression::eq("a", value).checked().unwrap(), text);
        }
        assert_eq!(Expression::starts_with("a", "b").to_string(), r#"a sw "b""#);
        assert_eq!(Expression::contains("a", "b").to_string(), r#"a co "b""#);
        assert_eq!(Expression::present("a").to_string(), "a pr");
        assert_eq!(Expression::gt("a", 1).to_string(), "a gt 1");
        assert_eq!(Expression::lt("a", 1).to_string(), "a lt 1");
    }

    #[test]
    fn what_was_put_together_stays_together() {
        let each = |name: &str| Expression::present(name);
        let or = each("a").or(each("b"));
        assert_eq!(
            or.clone().and(each("c")).to_string(),
            "(a pr or b pr) and c pr"
        );
        assert_eq!(
            each("c").and(or.clone()).to_string(),
            "c pr and (a pr or b pr)"
        );
        assert_eq!(
            or.or(each("c").and(each("d"))).to_string(),
            "a pr or b pr or c pr and d pr"
        );
    }

    #[test]
    fn an_attribute_that_is_no_name_is_refused() {
        for name in ["profile.login", "urn:okta:x", "a-b_c1"] {
            assert!(Expression::eq(name, "x").checked().is_ok(), "{name}");
        }
        for name in ["", "a b", "status eq \"x\" or id", "1a", "a(", "é"] {
            assert!(Expression::eq(name, "x").checked().is_err(), "{name}");
            assert!(Expression::present(name).checked().is_err(), "{name}");
            let good = Expression::present("a");
            assert!(
                good.clone()
                    .and(Expression::present(name))
                    .checked()
                    .is_err()
            );
            assert!(Expression::present(name).or(good).checked().is_err());
        }
        assert!(Expression::eq("a", vec!["x"]).checked().is_err());
    }

    proptest! {
        #[test]
        fn no_value_ends_its_own_quotes(value in any::<String>()) {
            let text = Expression::eq("a", value.as_str()).to_string();
            let quoted = text.strip_prefix("a eq ").unwrap();
            let read: String = serde_json::from_str(quoted).unwrap();
            prop_assert_eq!(read, value);
        }
    }
}
