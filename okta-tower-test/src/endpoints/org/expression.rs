//! Search expressions: the SCIM filter subset (RFC 7644 section 3.4.2.2) that Okta's `search` and
//! `filter` share.

use serde_json::Value;

/// The deepest nesting that is parsed.
const MAX_DEPTH: usize = 16;

#[derive(Debug, PartialEq)]
pub(super) enum Expression {
    And(Vec<Self>),
    Or(Vec<Self>),
    Present(String),
    Compare(String, Operator, Value),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equals,
    StartsWith,
    Contains,
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, ()> {
        let mut rest = text;
        let parsed = either(&mut rest, 0)?;
        rest.trim_start().is_empty().then_some(parsed).ok_or(())
    }

    /// Evaluates the expression. Text comparison ignores case, as at Okta.
    pub(super) fn holds_for(&self, user: &Value) -> bool {
        match self {
            Self::And(all) => all.iter().all(|each| each.holds_for(user)),
            Self::Or(any) => any.iter().any(|each| each.holds_for(user)),
            Self::Present(name) => !attribute(user, name).is_null(),
            Self::Compare(name, operator, wanted) => {
                let found = attribute(user, name);
                let (Value::String(found), Value::String(wanted)) = (found, wanted) else {
                    return *operator == Operator::Equals && found == wanted;
                };
                let (found, wanted) = (found.to_lowercase(), wanted.to_lowercase());
                match operator {
                    Operator::Equals => found == wanted,
                    Operator::StartsWith => found.starts_with(&wanted),
                    Operator::Contains => found.contains(&wanted),
                }
            }
        }
    }
}

fn attribute<'p>(user: &'p Value, name: &str) -> &'p Value {
    name.split('.').fold(user, |value, part| &value[part])
}

fn either(rest: &mut &str, depth: usize) -> Result<Expression, ()> {
    if depth > MAX_DEPTH {
        return Err(());
    }
    let mut any = vec![both(rest, depth)?];
    while keyword(rest, "or") {
        any.push(both(rest, depth)?);
    }
    Ok(if any.len() == 1 {
        any.remove(0)
    } else {
        Expression::Or(any)
    })
}

fn both(rest: &mut &str, depth: usize) -> Result<Expression, ()> {
    let mut all = vec![one(rest, depth)?];
    while keyword(rest, "and") {
        all.push(one(rest, depth)?);
    }
    Ok(if all.len() == 1 {
        all.remove(0)
    } else {
        Expression::And(all)
    })
}

fn one(rest: &mut &str, depth: usize) -> Result<Expression, ()> {
    if let Some(inner) = rest.trim_start().strip_prefix('(') {
        *rest = inner;
        let inner = either(rest, depth + 1)?;
        *rest = rest.trim_start().strip_prefix(')').ok_or(())?;
        return Ok(inner);
    }
    let name = word(rest);
    if name.is_empty() {
        return Err(());
    }
    let operator = match word(rest).as_str() {
        "pr" => return Ok(Expression::Present(name)),
        "eq" => Operator::Equals,
        "sw" => Operator::StartsWith,
        "co" => Operator::Contains,
        _ => return Err(()),
    };
    let value = literal(rest)?;
    Ok(Expression::Compare(name, operator, value))
}

/// Reads one JSON value. Other values than text end at white space or a closing parenthesis.
fn literal(rest: &mut &str) -> Result<Value, ()> {
    let text = rest.trim_start();
    let end = if text.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        values.next().ok_or(())?.map_err(drop)?;
        values.byte_offset()
    } else {
        let is_end = |char: char| char.is_whitespace() || char == ')';
        text.find(is_end).unwrap_or(text.len())
    };
    *rest = &text[end..];
    serde_json::from_str(&text[..end]).map_err(drop)
}

fn word(rest: &mut &str) -> String {
    let text = rest.trim_start();
    let is_part = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    let end = text.find(|char| !is_part(char)).unwrap_or(text.len());
    *rest = &text[end..];
    text[..end].to_owned()
}

fn keyword(rest: &mut &str, wanted: &str) -> bool {
    let mut after = *rest;
    let is_next = word(&mut after) == wanted;
    if is_next {
        *rest = after;
    }
    is_next
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finds(text: &str) -> bool {
        let ada = json!({
            "status": "ACTIVE",
            "profile": {
                "login": "Ada@example.com",
                "lastName": "Love\"lace",
                "age": 36,
                "none": null,
            },
        });
        Expression::parse(text).unwrap().holds_for(&ada)
    }

    #[test]
    fn expression_matches_attributes() {
        for (text, expected) in [
            (r#"profile.login eq "ada@example.com""#, true),
            (r#"profile.login eq "ada@example.co""#, false),
            (r#"profile.login sw "ada" and status eq "STAGED""#, false),
            (
                r#"status eq "STAGED" or (status eq "ACTIVE" and profile.age eq 36)"#,
                true,
            ),
            (r#"profile.lastName co "\"lace""#, true),
            ("profile.age pr and profile.login pr", true),
            ("profile.none pr", false),
            ("profile.age eq 36", true),
            ("(profile.none eq null) and profile.age eq 36", true),
            (r#"(profile.login co ")")"#, false),
        ] {
            assert_eq!(finds(text), expected, "{text}");
        }
    }

    #[test]
    fn malformed_expression_is_rejected() {
        let deep = "(".repeat(100_000);
        for text in [
            "",
            "profile.login",
            r#"profile.login is "x""#,
            r#"profile.login eq "x"#,
            r#"profile.login eq "x" "y""#,
            r#"(status eq "x""#,
            r#"status eq "x" and"#,
            "profile.age eq 36x",
            "profile.age eq )",
            &deep,
        ] {
            assert!(Expression::parse(text).is_err());
        }
    }
}
