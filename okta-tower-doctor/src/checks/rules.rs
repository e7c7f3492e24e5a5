//! A table of rules as a YAML or JSON file. The requirements have the names of `Require`'s methods.
//!
//! ```yaml
//! rules:
//!   - { path: "/health", require: public }
//!   - { path: "/reports/{id}", methods: [GET], require: { scope: "reports:read" } }
//!   - { path: "/admin/{*any}", require: { all: [user, { group: admin }] } }
//! unlisted: nobody
//! ```

use http::Method;
use okta_tower::{Require, RouteRules};
use saphyr::{LoadableYamlNode, Yaml};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    path: String,
    /// Empty: every method.
    #[serde(default)]
    methods: Vec<String>,
    require: Requirement,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Requirement {
    Public,
    Authenticated,
    Nobody,
    User,
    Service,
    Group(String),
    AnyGroup(Vec<String>),
    AllGroups(Vec<String>),
    Scope(String),
    AnyScope(Vec<String>),
    AllScopes(Vec<String>),
    ClientId(String),
    AnyClientId(Vec<String>),
    Claim { name: String, value: ClaimText },
    All(Vec<Requirement>),
    Any(Vec<Requirement>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ClaimText {
    Flag(bool),
    Number(i64),
    Text(String),
}

/// Reads a table. Errors quote nothing unless the file has the form of a table: another file may
/// contain secrets.
pub(super) fn parse(text: &str) -> Result<RouteRules, String> {
    let form = "the file of --rules is not YAML or JSON with a list `rules`";
    let documents = Yaml::load_from_str(text)
        .map_err(|error| format!("{form}: see line {}", error.marker().line()))?;
    let Some(Value::Object(root)) = documents.first().map(json) else {
        return Err(form.to_owned());
    };
    let Some(Value::Array(rules)) = root.get("rules") else {
        return Err(form.to_owned());
    };
    if root
        .keys()
        .any(|name| name != "rules" && name != "unlisted")
    {
        return Err("the file of --rules has other members than `rules`, `unlisted`".to_owned());
    }
    let mut table = RouteRules::new();
    for (index, rule) in rules.iter().enumerate() {
        let place = format!("rule {}", index + 1);
        let rule = Rule::deserialize(rule).map_err(|error| format!("{place}: {error}"))?;
        let require = rule.require.require();
        if rule.methods.is_empty() {
            table = table.at(rule.path, require);
            continue;
        }
        for method in &rule.methods {
            let method = method.to_ascii_uppercase().parse::<Method>();
            let method = method
                .map_err(|_| format!("{place}: a member of `methods` is not an HTTP method"))?;
            table = table.on(method, &rule.path, require.clone());
        }
    }
    if let Some(unlisted) = root.get("unlisted") {
        let unlisted = Requirement::deserialize(unlisted);
        table = table.unlisted(
            unlisted
                .map_err(|error| format!("unlisted: {error}"))?
                .require(),
        );
    }
    table.build().map_err(|error| error.to_string())
}

impl Requirement {
    fn require(&self) -> Require {
        match self {
            Self::Public => Require::public(),
            Self::Authenticated => Require::authenticated(),
            Self::Nobody => Require::nobody(),
            Self::User => Require::user(),
            Self::Service => Require::service(),
            Self::Group(name) => Require::group(name),
            Self::AnyGroup(names) => Require::any_group(names),
            Self::AllGroups(names) => Require::all_groups(names),
            Self::Scope(name) => Require::scope(name),
            Self::AnyScope(names) => Require::any_scope(names),
            Self::AllScopes(names) => Require::all_scopes(names),
            Self::ClientId(id) => Require::client_id(id),
            Self::AnyClientId(ids) => Require::any_client_id(ids),
            Self::Claim {
                name,
                value: ClaimText::Flag(flag),
            } => Require::claim(name, *flag),
            Self::Claim {
                name,
                value: ClaimText::Number(number),
            } => Require::claim(name, *number),
            Self::Claim {
                name,
                value: ClaimText::Text(text),
            } => Require::claim(name, text.as_str()),
            Self::All(parts) => Require::all(parts.iter().map(Self::require)),
            Self::Any(parts) => Require::any(parts.iter().map(Self::require)),
        }
    }
}

/// Converts YAML to JSON. What has no form in JSON becomes null.
fn json(node: &Yaml<'_>) -> Value {
    if let Some(members) = node.as_mapping() {
        let members = members.iter().map(|(name, value)| {
            let name = name.as_str().unwrap_or_default().to_owned();
            (name, json(value))
        });
        return Value::Object(members.collect::<Map<_, _>>());
    }
    if let Some(values) = node.as_sequence() {
        return values.iter().map(json).collect();
    }
    (node.as_str().map(Value::from))
        .or_else(|| node.as_bool().map(Value::from))
        .or_else(|| node.as_integer().map(Value::from))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
rules:
  - { path: "/health", require: public }
  - { path: "/reports/{id}", methods: [get, PUT], require: { scope: "reports:read" } }
  - { path: "/admin/{*any}", require: { all: [user, { group: admin }] } }
  - { path: "/beta", require: { claim: { name: beta, value: true } } }
unlisted: authenticated
"#;

    #[test]
    fn each_form_of_a_requirement_is_read() {
        let rules = parse(TABLE).unwrap();
        for (method, path, expected) in [
            (Method::GET, "/health", "public"),
            (
                Method::HEAD,
                "/reports/7",
                r#"all_scopes(["reports:read"])"#,
            ),
            (Method::PUT, "/reports/7", r#"all_scopes(["reports:read"])"#),
            (
                Method::POST,
                "/admin/x",
                r#"all([user, any_group(["admin"])])"#,
            ),
            (
                Method::GET,
                "/beta",
                r#"claim("beta", ClaimValue(Truth(true)))"#,
            ),
            (Method::GET, "/else", "authenticated"),
        ] {
            let require = rules.require_for(&method, path).unwrap();
            assert_eq!(format!("{require:?}"), expected, "{path}");
        }
        assert!(rules.require_for(&Method::DELETE, "/reports/7").is_err());
    }

    #[test]
    fn json_is_a_table_too() {
        let json = r#"{"rules": [{"path": "/x", "require": {"any": ["user", "service"]}}]}"#;
        let rules = parse(json).unwrap();
        assert!(rules.require_for(&Method::GET, "/x").is_ok());
        assert!(rules.require_for(&Method::GET, "/y").is_err());
    }

    #[test]
    fn wrong_table_is_rejected_and_other_files_are_not_quoted() {
        for (text, part) in [
            ("hunter2", "list `rules`"),
            (
                "okta: { oauth2: { clientSecret: hunter2 } }",
                "list `rules`",
            ),
            ("rules: hunter2", "list `rules`"),
            ("rules: [\n- hunter2", "line"),
            ("{ rules: [], hunter2: 1 }", "other members"),
            ("rules: []", "no rules"),
            ("rules: [{ path: /x }]", "rule 1: missing field `require`"),
            (
                "rules: [{ path: /x, require: admin }]",
                "rule 1: unknown variant `admin`",
            ),
            (
                "rules: [{ path: /x, require: user, metods: [GET] }]",
                "unknown field `metods`",
            ),
            (
                "rules: [{ path: /x, require: user, methods: ['G T'] }]",
                "not an HTTP method",
            ),
            ("rules: [{ path: x, require: user }]", "malformed"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(part), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
