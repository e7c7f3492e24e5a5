//! The value that a claim is compared with.

use serde_json::Value;

/// A value that [`Require::claim`](super::Require::claim) looks for: text, a Boolean or a whole
/// number.
///
/// Made with `From`. Types do not convert: `true` is not `"true"`, and 7 is not `7.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimValue(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Text(Box<str>),
    Truth(bool),
    Integer(i64),
}

impl ClaimValue {
    /// Returns whether a claim is this value, or a list that holds it.
    pub(super) fn matches(&self, claim: &Value) -> bool {
        match claim {
            Value::Array(items) => items.iter().any(|item| self.is(item)),
            single => self.is(single),
        }
    }

    /// Returns the value as JSON, for explanations.
    pub(super) fn json(&self) -> Value {
        match &self.0 {
            Kind::Text(text) => (**text).into(),
            Kind::Truth(truth) => (*truth).into(),
            Kind::Integer(number) => (*number).into(),
        }
    }

    fn is(&self, value: &Value) -> bool {
        match &self.0 {
            Kind::Text(text) => value.as_str() == Some(text),
            Kind::Truth(truth) => value.as_bool() == Some(*truth),
            Kind::Integer(number) => value.as_i64() == Some(*number),
        }
    }
}

impl From<&str> for ClaimValue {
    fn from(text: &str) -> Self {
        Self(Kind::Text(text.into()))
    }
}

impl From<String> for ClaimValue {
    fn from(text: String) -> Self {
        Self(Kind::Text(text.into()))
    }
}

impl From<bool> for ClaimValue {
    fn from(truth: bool) -> Self {
        Self(Kind::Truth(truth))
    }
}

impl From<i64> for ClaimValue {
    fn from(number: i64) -> Self {
        Self(Kind::Integer(number))
    }
}

impl From<i32> for ClaimValue {
    fn from(number: i32) -> Self {
        Self(Kind::Integer(number.into()))
    }
}

impl From<u32> for ClaimValue {
    fn from(number: u32) -> Self {
        Self(Kind::Integer(number.into()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claim_matches_by_value_or_element_without_conversion() {
        let eng = ClaimValue::from("eng");
        assert!(eng.matches(&json!("eng")) && eng.matches(&json!(["ops", "eng"])));
        assert!(!eng.matches(&json!("Eng")) && !eng.matches(&json!(["ops"])));
        assert!(!eng.matches(&json!([["eng"]])) && !eng.matches(&json!({"eng": "eng"})));

        let yes = ClaimValue::from(true);
        assert!(yes.matches(&json!(true)));
        assert!(!yes.matches(&json!(false)) && !yes.matches(&json!("true")));
        assert!(!yes.matches(&json!(1)));

        for seven in [7_i64.into(), 7_i32.into(), 7_u32.into()] {
            let seven: ClaimValue = seven;
            assert!(seven.matches(&json!(7)) && seven.matches(&json!([1, 7])));
            assert!(!seven.matches(&json!(8)) && !seven.matches(&json!("7")));
            assert!(!seven.matches(&json!(7.0)) && !seven.matches(&json!(-7)));
        }
        assert_eq!(ClaimValue::from("eng".to_owned()), eng);
    }
}
