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
use okta_tower::{Require, RouteRules, Verified};
use saphyr::{LoadableYamlNode, Yaml};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A table that the library accepts, and the rules that it was made from.
pub(super) struct Table {
    rules: Vec<Rule>,
    unlisted: Option<Requirement>,
    table: RouteRules,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    path: String,
    /// Empty: every method.
    #[serde(default)]
    methods: Vec<String>,
    require: Requirement,
}

#[derive(Clone, Deserialize)]
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

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum ClaimText {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl Table {
    /// Reads a table. Errors quote nothing unless the file has the form of a table: another file
    /// may contain secrets.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let form = "the file of --rules is not YAML or JSON with a list `rules`";
        let documents = Yaml::load_from_str(text).map_err(|error| {
            let line = error.marker().line();
            format!("{form}: see line {line}")
        })?;
        let root = documents.first().map(json).unwrap_or_default();
        let Value::Object(root) = root else {
            return Err(form.to_owned());
        };
        let Some(Value::Array(rules)) = root.get("rules") else {
            return Err(form.to_owned());
        };
        if root
            .keys()
            .any(|name| name != "rules" && name != "unlisted")
        {
            return Err(
                "the file of --rules has other members than `rules`, `unlisted`".to_owned(),
            );
        }
        let rules = rules.iter().enumerate().map(|(index, rule)| {
            Rule::deserialize(rule).map_err(|error| format!("rule {}: {error}", index + 1))
        });
        let rules = rules.collect::<Result<Vec<_>, _>>()?;
        let unlisted = root
            .get("unlisted")
            .map(Requirement::deserialize)
            .transpose();
        let unlisted = unlisted.map_err(|error| format!("unlisted: {error}"))?;
        let table = build(&rules, unlisted.as_ref(), |_, rule| rule.require.require())?;
        Ok(Self {
            rules,
            unlisted,
            table,
        })
    }

    pub(super) fn rules(&self) -> &RouteRules {
        &self.table
    }

    /// Describes the rule of a request, or what applies without one.
    pub(super) fn rule_of(&self, method: &Method, path: &str) -> Option<String> {
        match self.find(method, path) {
            Some(rule) => Some(format!(
                "rule {} requires {}",
                rule.path,
                rule.require.text()
            )),
            None => {
                let unlisted = self
                    .unlisted
                    .as_ref()
                    .filter(|_| self.table.require_for(method, path).is_ok())?;
                Some(format!(
                    "no rule; unlisted paths require {}",
                    unlisted.text()
                ))
            }
        }
    }

    /// Returns which requirements of the request's rule this caller does not meet.
    pub(super) fn missing(&self, method: &Method, path: &str, caller: &Verified) -> Option<String> {
        self.table.require_for(method, path).ok()?;
        let requirement = match self.find(method, path) {
            Some(rule) => &rule.require,
            None => self.unlisted.as_ref()?,
        };
        requirement.missing(caller)
    }

    /// Finds the rule of a request: in a table in which only that rule is public, it is public.
    fn find(&self, method: &Method, path: &str) -> Option<&Rule> {
        let is_rule = |at: usize| {
            let only = |index, _: &Rule| match index == at {
                true => Require::public(),
                false => Require::nobody(),
            };
            let table = build(&self.rules, None, only);
            table.is_ok_and(|table| {
                table
                    .require_for(method, path)
                    .is_ok_and(Require::is_public)
            })
        };
        let at = (0..self.rules.len()).find(|at| is_rule(*at))?;
        self.rules.get(at)
    }
}

fn build(
    rules: &[Rule],
    unlisted: Option<&Requirement>,
    require: impl Fn(usize, &Rule) -> Require,
) -> Result<RouteRules, String> {
    let mut builder = RouteRules::new();
    for (index, rule) in rules.iter().enumerate() {
        let required = require(index, rule);
        if rule.methods.is_empty() {
            builder = builder.at(&rule.path, required);
            continue;
        }
        for method in &rule.methods {
            let method = method.to_ascii_uppercase().parse::<Method>();
            let method = method.map_err(|_| {
                format!(
                    "rule {}: a member of `methods` is not an HTTP method",
                    index + 1
                )
            })?;
            builder = builder.on(method, &rule.path, required.clone());
        }
    }
    if let Some(unlisted) = unlisted {
        builder = builder.unlisted(unlisted.require());
    }
    builder.build().map_err(|error| error.to_string())
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

    /// Describes the requirement.
    fn text(&self) -> String {
        let list = |kind: &str, names: &[String]| format!("{kind} {}", names.join(", "));
        let joined = |parts: &[Self], word: &str| {
            let parts: Vec<String> = parts.iter().map(Self::text).collect();
            format!("({})", parts.join(word))
        };
        match self {
            Self::Public => "nothing".to_owned(),
            Self::Authenticated => "any caller".to_owned(),
            Self::Nobody => "what no caller has".to_owned(),
            Self::User => "a user".to_owned(),
            Self::Service => "a service".to_owned(),
            Self::Group(name) => format!("group {name}"),
            Self::AnyGroup(names) => list("one of the groups", names),
            Self::AllGroups(names) => list("all groups", names),
            Self::Scope(name) => format!("scope {name}"),
            Self::AnyScope(names) => list("one of the scopes", names),
            Self::AllScopes(names) => list("all scopes", names),
            Self::ClientId(id) => format!("client {id}"),
            Self::AnyClientId(ids) => list("one of the clients", ids),
            Self::Claim { name, .. } => format!("claim {name} with the value of the table"),
            Self::All(parts) => joined(parts, " and "),
            Self::Any(parts) => joined(parts, " or "),
        }
    }

    /// Describes the parts that this caller does not meet.
    fn missing(&self, caller: &Verified) -> Option<String> {
        self.require().check(caller).err()?;
        match self {
            Self::All(parts) if !parts.is_empty() => {
                let missing: Vec<String> = parts
                    .iter()
                    .filter_map(|part| part.missing(caller))
                    .collect();
                Some(missing.join(" and "))
            }
            _ => Some(self.text()),
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
  - { path: "/admin/{*any}", require: { all: [user, { any_group: [admin, owner] }] } }
  - { path: "/beta", require: { claim: { name: beta, value: true } } }
unlisted: authenticated
"#;

    #[test]
    fn rule_of_a_request_is_found() {
        let table = Table::parse(TABLE).ok().unwrap();
        for (method, path, expected) in [
            (Method::GET, "/health", "rule /health requires nothing"),
            (
                Method::HEAD,
                "/reports/7",
                "rule /reports/{id} requires scope reports:read",
            ),
            (
                Method::POST,
                "/admin/x/y",
                "rule /admin/{*any} requires (a user and one of the groups admin, owner)",
            ),
            (
                Method::GET,
                "/beta",
                "rule /beta requires claim beta with the value of the table",
            ),
            (
                Method::GET,
                "/else",
                "no rule; unlisted paths require any caller",
            ),
        ] {
            assert_eq!(table.rule_of(&method, path).as_deref(), Some(expected));
        }
        // A method without a rule, and a path with several readings.
        assert_eq!(table.rule_of(&Method::DELETE, "/reports/7"), None);
        assert_eq!(table.rule_of(&Method::GET, "/health/../admin/x"), None);
    }

    #[test]
    fn json_is_a_table_too() {
        let json =
            r#"{"rules": [{"path": "/x", "require": {"any": ["user", {"client_id": "0oa1"}]}}]}"#;
        let table = Table::parse(json).ok().unwrap();
        let rule = table.rule_of(&Method::GET, "/x").unwrap();
        assert_eq!(rule, "rule /x requires (a user or client 0oa1)");
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
            let error = Table::parse(text).err().unwrap();
            assert!(error.contains(part), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
