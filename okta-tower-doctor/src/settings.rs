//! The settings as the library reads them, and where each comes from.

use std::{cell::RefCell, collections::BTreeMap, ffi::OsString, path::Path};

use okta_tower::{
    ManagementApi, OktaBuilder,
    config::ConfigErrorKind,
    explain::{Check, Finding, Outcome},
};
use saphyr::{LoadableYamlNode, Yaml};
use url::Url;

use crate::{
    arguments::{Options, Usage, looks_secret},
    input,
    report::Report,
};

/// The settings whose values are shown, unless a value looks like a secret.
const SHOWN: [&str; 9] = [
    "OKTA_OAUTH2_ISSUER",
    "OKTA_OAUTH2_AUDIENCE",
    "OKTA_OAUTH2_GROUPS_CLAIM",
    "OKTA_OAUTH2_GROUPSCLAIM",
    "OKTA_OAUTH2_CLIENT_ID",
    "OKTA_OAUTH2_CLIENTID",
    "OKTA_TOWER_ISSUER_ADDRESS",
    "OKTA_CLIENT_ORGURL",
    "OKTA_TESTING_DISABLE_HTTPS_CHECK",
];

/// Parts of the names of settings that are secrets.
const SECRET: [&str; 5] = ["SECRET", "TOKEN", "PASSWORD", "PRIVATEKEY", "COOKIE_KEYS"];

/// Checked settings.
pub(crate) struct Settings {
    builder: OktaBuilder,
    found: BTreeMap<String, String>,
    issuer: Url,
    root_certificate: Option<String>,
}

impl Settings {
    /// Reads and checks the settings. `None` after a mistake, which the report then has.
    pub(crate) fn read(
        options: &Options,
        variables: &dyn Fn(&str) -> Option<OsString>,
        report: &mut Report,
    ) -> Result<Option<Self>, Usage> {
        let root_certificate = options.root_certificate.as_deref();
        let root_certificate = root_certificate
            .map(|path| input::file("--root-certificate", path))
            .transpose()?;
        let file = match &options.yaml {
            None => None,
            Some(path) => match yaml(path) {
                Ok(file) => Some(file),
                Err(finding) => {
                    report.add(finding);
                    return Ok(None);
                }
            },
        };
        let replaced = |name: &str| match name {
            "OKTA_OAUTH2_ISSUER" => options.issuer.clone().map(|value| (value, "--issuer")),
            "OKTA_OAUTH2_AUDIENCE" => options.audience.clone().map(|value| (value, "--audience")),
            _ => None,
        };
        // The library asks for each variable that it knows.
        let found = RefCell::new(BTreeMap::new());
        let builder = OktaBuilder::from_variables(|name| {
            let (value, origin) = match (replaced(name), &file) {
                (Some((value, origin)), _) => (value.into(), origin),
                (None, Some(file)) => (file.get(name)?.into(), "okta.yaml"),
                (None, None) => (variables(name)?, "the environment"),
            };
            let text = value.to_string_lossy().trim().to_owned();
            if !text.is_empty() {
                found.borrow_mut().insert(name.to_owned(), (text, origin));
            }
            Some(value)
        });
        let found = found.into_inner();
        for (name, (value, origin)) in &found {
            if SECRET.iter().any(|part| name.contains(part)) || may_be_secret(value) {
                report.hide_token(value);
            }
            report.ok(Check::Settings, described(name, value, origin));
        }
        if !found.contains_key("OKTA_OAUTH2_AUDIENCE") {
            let message = "OKTA_OAUTH2_AUDIENCE, by default: api://default";
            report.ok(Check::Settings, message);
        }
        let found: BTreeMap<String, String> = found
            .into_iter()
            .map(|(name, (value, _))| (name, value))
            .collect();
        let builder = builder.map(|builder| {
            let has = |name| found.contains_key(name);
            let mut builder = builder.token_cache_bytes(0);
            if has("OKTA_CLIENT_TOKEN") || has("OKTA_CLIENT_PRIVATEKEY") {
                builder = builder.api(ManagementApi::new());
            }
            match &root_certificate {
                Some(pem) => builder.root_certificate(pem.as_bytes()),
                None => builder,
            }
        });
        let checked = builder.and_then(|builder| {
            builder.clone().check()?;
            Ok(builder)
        });
        match checked {
            Ok(builder) => {
                let issuer = found
                    .get("OKTA_OAUTH2_ISSUER")
                    .and_then(|url| Url::parse(url).ok());
                Ok(issuer.map(|issuer| Self {
                    builder,
                    found,
                    issuer,
                    root_certificate,
                }))
            }
            Err(error) => {
                report.add(mistake(error.kind(), &error.to_string()));
                Ok(None)
            }
        }
    }

    pub(crate) fn builder(&self) -> OktaBuilder {
        self.builder.clone()
    }

    /// Returns the issuer exactly as configured.
    pub(crate) fn issuer(&self) -> &str {
        self.get(&["OKTA_OAUTH2_ISSUER"]).unwrap_or_default()
    }

    pub(crate) fn issuer_url(&self) -> &Url {
        &self.issuer
    }

    /// Returns whether the URL has the issuer's origin, or that of its address, and no credentials.
    /// Only such URLs get the client's secret.
    pub(crate) fn is_of_issuer(&self, url: &Url) -> bool {
        let address = self.address().map(|address| address.origin());
        let is_known = url.origin() == self.issuer.origin() || Some(url.origin()) == address;
        is_known && url.username().is_empty() && url.password().is_none()
    }

    pub(crate) fn client(&self) -> Option<(&str, &str)> {
        let id = self.get(&["OKTA_OAUTH2_CLIENT_ID", "OKTA_OAUTH2_CLIENTID"])?;
        let secret = self.get(&["OKTA_OAUTH2_CLIENT_SECRET", "OKTA_OAUTH2_CLIENTSECRET"])?;
        Some((id, secret))
    }

    pub(crate) fn has_management_api(&self) -> bool {
        self.get(&["OKTA_CLIENT_TOKEN", "OKTA_CLIENT_PRIVATEKEY"])
            .is_some()
    }

    pub(crate) fn root_certificate(&self) -> Option<&str> {
        self.root_certificate.as_deref()
    }

    /// Returns the proxy without its credentials, and them.
    pub(crate) fn proxy(&self) -> Option<(String, Option<(String, String)>)> {
        ["OKTA_OAUTH2", "OKTA_CLIENT"]
            .into_iter()
            .find_map(|prefix| {
                let part = |part: &str| self.found.get(&format!("{prefix}_PROXY_{part}")).cloned();
                let host = part("HOST")?;
                let port = part("PORT").map_or_else(String::new, |port| format!(":{port}"));
                let user = part("USERNAME");
                let credentials = user.map(|user| (user, part("PASSWORD").unwrap_or_default()));
                Some((format!("http://{host}{port}"), credentials))
            })
    }

    /// Returns where a request to this URL goes: to the issuer's address, if one is set.
    pub(crate) fn resolve(&self, url: &Url) -> Url {
        let Some(address) = self
            .address()
            .filter(|_| url.origin() == self.issuer.origin())
        else {
            return url.clone();
        };
        let before = address.path().trim_end_matches('/');
        let before = before.strip_suffix(self.issuer.path()).unwrap_or(before);
        let mut target = address.clone();
        target.set_path(&format!("{before}{}", url.path()));
        target.set_query(url.query());
        target
    }

    fn address(&self) -> Option<Url> {
        Url::parse(self.get(&["OKTA_TOWER_ISSUER_ADDRESS"])?).ok()
    }

    fn get(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .find_map(|name| self.found.get(*name))
            .map(String::as_str)
    }
}

/// Returns whether a value may be a secret in the wrong place, or have a password before an `@`.
fn may_be_secret(value: &str) -> bool {
    value.contains('@') || looks_secret(value)
}

/// Describes a setting, with its value only if it is no secret.
fn described(name: &str, value: &str, origin: &str) -> String {
    let is_shown = SHOWN.contains(&name) && !may_be_secret(value);
    match is_shown {
        true => format!(
            "{name}, from {origin}: {}",
            value.chars().take(200).collect::<String>()
        ),
        false => format!("{name}, from {origin} (value not shown)"),
    }
}

/// Returns the finding for the library's own error, which shows no secret.
fn mistake(kind: ConfigErrorKind, error: &str) -> Finding {
    // The library's messages name the remedy after a semicolon.
    let (problem, remedy) = match (error.split_once("; "), kind) {
        (Some((problem, remedy)), _) => (problem, remedy),
        (None, ConfigErrorKind::Missing) => (
            error,
            "set the variable, or use --issuer, --audience or --yaml",
        ),
        (None, ConfigErrorKind::OrgIssuer) => (
            error,
            "use the issuer of a custom authorization server, which ends with /oauth2/{id}",
        ),
        (None, _) => (error, "correct the setting: see docs/configuration.md"),
    };
    let finding = Finding::new(Check::Settings, Outcome::Failure, problem.to_owned());
    finding.with_remedy(remedy.to_owned())
}

/// Reads an `okta.yaml` as variables: `okta.oauth2.clientId` is `OKTA_OAUTH2_CLIENTID`.
fn yaml(path: &Path) -> Result<BTreeMap<String, String>, Finding> {
    // The library's reader checks the file and the types of its values.
    match OktaBuilder::from_yaml_file(path) {
        Err(error) if error.kind() != ConfigErrorKind::Missing => {
            return Err(mistake(error.kind(), &error.to_string()));
        }
        _ => {}
    }
    let text = input::file("--yaml", path)
        .map_err(|error| mistake(ConfigErrorKind::File, &error.to_string()))?;
    let mut found = BTreeMap::new();
    if let Some(root) = Yaml::load_from_str(&text)
        .ok()
        .as_ref()
        .and_then(|all| all.first())
    {
        flatten(root, "", &mut found);
    }
    Ok(found)
}

fn flatten(node: &Yaml<'_>, name: &str, found: &mut BTreeMap<String, String>) {
    if let Some(members) = node.as_mapping() {
        for (key, value) in members {
            let key = key.as_str().unwrap_or_default().to_ascii_uppercase();
            let separator = if name.is_empty() { "" } else { "_" };
            flatten(value, &format!("{name}{separator}{key}"), found);
        }
        return;
    }
    let words = node.as_sequence().and_then(|all| {
        let words: Option<Vec<&str>> = all.iter().map(Yaml::as_str).collect();
        Some(words?.join(" "))
    });
    let text = (node.as_str().map(str::to_owned))
        .or_else(|| node.as_integer().map(|number| number.to_string()))
        .or_else(|| node.as_bool().map(|flag| flag.to_string()))
        .or(words);
    if let Some(text) = text {
        found.insert(name.to_owned(), text);
    }
}
