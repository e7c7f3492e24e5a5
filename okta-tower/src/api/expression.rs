//! Okta's `search` and `filter` expressions (SCIM, RFC 7644 section 3.4.2.2), with quoted values.
//! Pure.

use serde_json::Value;

use super::error::{ApiError, Problem};

/// A condition on users, for [`UserQuery::search`](super::UserQuery::search) and
/// [`UserQuery::filter`](super::UserQuery::filter).
///
/// Attributes are named by path, such as `profile.login`, `status` or `lastUpdated`. Values may be
/// any text: they are quoted and escaped.
///
/// ```
/// use okta_tower::api::Expression;
///
/// let is_active = Expression::eq("status", "ACTIVE").or(Expression::eq("status", "RECOVERY"));
/// let users = Expression::eq("profile.team", r#"R&D" or id pr or "x"#).and(is_active);
/// let team = r#"profile.team eq "R&D\" or id pr or \"x""#;
/// let status = r#"(status eq "ACTIVE" or status eq "RECOVERY")"#;
/// assert_eq!(users.to_string(), format!("{team} and {status}"));
/// ```
///
/// # Security
/// Do not let clients choose attribute names. A name with characters other than letters, digits,
/// `.`, `_`, `-` and `:` fails the call with [`Invalid`](super::ApiErrorKind::Invalid).
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    /// Whether `or` joins its parts.
    is_loose: bool,
    /// Whether all attribute names are valid.
    is_valid: bool,
}

impl Expression {
    /// Matches if the attribute equals this value. Okta ignores the case of text.
    #[must_use]
    pub fn eq(attribute: &str, value: impl Into<Value>) -> Self {
        Self::compare(attribute, "eq", &value.into())
    }

    /// Matches if the attribute starts with this value. `filter` supports few attributes.
    #[must_use]
    pub fn starts_with(attribute: &str, value: &str) -> Self {
        Self::compare(attribute, "sw", &value.into())
    }

    /// Matches if the attribute contains this value. Only for `search`.
    #[must_use]
    pub fn contains(attribute: &str, value: &str) -> Self {
        Self::compare(attribute, "co", &value.into())
    }

    /// Matches if the attribute is greater (for times: later) than this value.
    #[must_use]
    pub fn gt(attribute: &str, value: impl Into<Value>) -> Self {
        Self::compare(attribute, "gt", &value.into())
    }

    /// Matches if the attribute is less (for times: earlier) than this value.
    #[must_use]
    pub fn lt(attribute: &str, value: impl Into<Value>) -> Self {
        Self::compare(attribute, "lt", &value.into())
    }

    /// Matches if the attribute has a value.
    #[must_use]
    pub fn present(attribute: &str) -> Self {
        Self {
            text: format!("{attribute} pr"),
            is_loose: false,
            is_valid: is_attribute(attribute),
        }
    }

    /// Matches if both expressions match.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let is_valid = self.is_valid && other.is_valid;
        Self {
            text: self.tight() + " and " + &other.tight(),
            is_loose: false,
            is_valid,
        }
    }

    /// Matches if at least one expression matches.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let Self { text, is_valid, .. } = other;
        Self {
            text: self.text + " or " + &text,
            is_loose: true,
            is_valid: self.is_valid && is_valid,
        }
    }

    /// Returns the text as an operand of `and`.
    fn tight(self) -> String {
        if self.is_loose {
            format!("({})", self.text)
        } else {
            self.text
        }
    }

    fn compare(attribute: &str, operator: &str, value: &Value) -> Self {
        Self {
            // Expressions have JSON's strings.
            text: format!("{attribute} {operator} {value}"),
            is_loose: false,
            is_valid: is_attribute(attribute) && !value.is_array() && !value.is_object(),
        }
    }

    pub(super) fn checked(&self) -> Result<&str, ApiError> {
        if self.is_valid {
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
    fn values_are_quoted() {
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
    fn nested_expressions_keep_their_grouping() {
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
    fn malformed_attribute_name_is_rejected() {
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
        fn value_never_ends_its_quotes(value in any::<String>()) {
            let text = Expression::eq("a", value.as_str()).to_string();
            let quoted = text.strip_prefix("a eq ").unwrap();
            let read: String = serde_json::from_str(quoted).unwrap();
            prop_assert_eq!(read, value);
        }
    }
}
