//! The command line. No error quotes a value: it may be a secret in the wrong place.

use std::{ffi::OsString, fmt, path::PathBuf};

use http::Method;
use lexopt::Arg;

pub(crate) const HELP: &str = "\
Checks the Okta settings of an application, and explains why a token is rejected.

Usage: okta-tower-doctor [OPTIONS]

Settings, by default from the environment (OKTA_OAUTH2_ISSUER, ...):
  --yaml FILE             read this okta.yaml instead of the environment
  --issuer URL            replace the issuer
  --audience AUDIENCE     replace the audience
  --root-certificate FILE also trust the certificates in this PEM file

Checks, in addition to the settings, the metadata, the keys and the clock:
  --token FILE            explain this access token; - reads it from standard input
  --rules FILE            the application's table of rules, with --path and --method
  --path PATH             the path of the rejected request
  --method METHOD         its method (default: GET)
  --client-credentials SCOPE
                          request a token for these scopes with the client's secret
  --user ID               count the groups of this user with the management API
                          (default: the user of the token)
  --resource URL          check the protected resource metadata of this API
  --redis URL             check the Redis of the sessions. If the URL has a password, give the
                          name of an environment variable that contains the URL

Output:
  --json                  one JSON document
  --help, --version

Tokens and secrets are never printed, and never read from an argument.

Exit codes; of several failures, the first in this list counts:
  0  every check passed
  2  the command line is wrong
  3  settings                     6  rules
  4  issuer: metadata, keys       7  client credentials
  5  token                        8  resource metadata, management API, Redis
  1  warnings only
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    Check(Box<Options>),
    Help,
    Version,
}

#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) yaml: Option<PathBuf>,
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) root_certificate: Option<PathBuf>,
    pub(crate) token: Option<PathBuf>,
    pub(crate) rules: Option<PathBuf>,
    pub(crate) path: Option<String>,
    pub(crate) method: Option<Method>,
    pub(crate) client_credentials: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) redis: Option<String>,
    pub(crate) is_json: bool,
}

/// A mistake on the command line.
#[derive(Debug)]
pub(crate) struct Usage(String);

impl Usage {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const ON_COMMAND_LINE: &str = "an argument looks like a token or a secret. The command line is \
    visible in the process list and in the shell's history: treat the value as leaked. Pass a \
    token by `--token FILE`, or by `--token -` on standard input, and a secret by an environment \
    variable";

impl Request {
    pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Self, Usage> {
        let texts = arguments.iter().map(|text| text.to_string_lossy());
        for text in texts {
            let value = text.split_once('=').map_or(&*text, |(_, value)| value);
            if looks_secret(&text) || looks_secret(value) {
                return Err(Usage::new(ON_COMMAND_LINE));
            }
        }
        let mut options = Box::new(Options::default());
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next().map_err(|_| unknown())? {
            let name = match argument {
                Arg::Long(name) => name.to_owned(),
                Arg::Short('h') => "help".to_owned(),
                Arg::Short(_) | Arg::Value(_) => return Err(unknown()),
            };
            match name.as_str() {
                "help" => return Ok(Self::Help),
                "version" => return Ok(Self::Version),
                "json" => options.is_json = true,
                "yaml" => once(&mut options.yaml, &name, path(&mut parser, &name)?)?,
                "issuer" => once(&mut options.issuer, &name, text(&mut parser, &name)?)?,
                "audience" => once(&mut options.audience, &name, text(&mut parser, &name)?)?,
                "root-certificate" => {
                    let file = path(&mut parser, &name)?;
                    once(&mut options.root_certificate, &name, file)?;
                }
                "token" => once(&mut options.token, &name, path(&mut parser, &name)?)?,
                "rules" => once(&mut options.rules, &name, path(&mut parser, &name)?)?,
                "path" => once(&mut options.path, &name, text(&mut parser, &name)?)?,
                "method" => {
                    let method = text(&mut parser, &name)?.to_ascii_uppercase().parse();
                    let wrong = |_| Usage::new("the value of --method is not an HTTP method");
                    once(&mut options.method, &name, method.map_err(wrong)?)?;
                }
                "client-credentials" => {
                    let scopes = text(&mut parser, &name)?;
                    once(&mut options.client_credentials, &name, scopes)?;
                }
                "user" => once(&mut options.user, &name, text(&mut parser, &name)?)?,
                "resource" => once(&mut options.resource, &name, text(&mut parser, &name)?)?,
                "redis" => once(&mut options.redis, &name, text(&mut parser, &name)?)?,
                _ => return Err(unknown()),
            }
        }
        if options.rules.is_some() != options.path.is_some() {
            return Err(Usage::new("--rules and --path need each other"));
        }
        if options.method.is_some() && options.path.is_none() {
            return Err(Usage::new("--method needs --rules and --path"));
        }
        Ok(Self::Check(options))
    }
}

fn unknown() -> Usage {
    Usage::new("unknown option, an option with a value that it does not take, or a value alone")
}

fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), Usage> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Usage::new(format!("--{name} is there twice"))),
    }
}

fn path(parser: &mut lexopt::Parser, name: &str) -> Result<PathBuf, Usage> {
    let value = parser.value();
    let value = value.map_err(|_| Usage::new(format!("--{name} needs a file")))?;
    Ok(value.into())
}

fn text(parser: &mut lexopt::Parser, name: &str) -> Result<String, Usage> {
    let value = parser
        .value()
        .ok()
        .and_then(|value| value.into_string().ok());
    value.ok_or_else(|| Usage::new(format!("--{name} needs a value of UTF-8 text")))
}

/// Returns whether the text looks like a token, an API token, a client secret, or a URL with a
/// password.
pub(crate) fn looks_secret(text: &str) -> bool {
    let text = text.trim().trim_start_matches('-');
    // `eyJ` is the base64url of `{"`, with which the header of a JWT begins.
    let is_jwt = text.contains("eyJ") && text.len() >= 20;
    let is_scheme = ["bearer ", "dpop ", "ssws ", "basic "]
        .iter()
        .any(|scheme| {
            (text.get(..scheme.len())).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
    // Okta's API tokens have 42 characters, its client secrets 64, a JWT three long parts.
    let is_random = |part: &str| {
        part.len() >= 40
            && part.bytes().any(|byte| byte.is_ascii_digit())
            && part.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    let has_password = url::Url::parse(text).is_ok_and(|url| url.password().is_some());
    let is_other = |char: char| !(char.is_ascii_alphanumeric() || matches!(char, '-' | '_'));
    is_jwt || is_scheme || has_password || text.split(is_other).any(is_random)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Request, Usage> {
        Request::parse(arguments.iter().map(Into::into).collect())
    }

    #[test]
    fn argument_that_looks_secret_is_rejected_without_echo() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln";
        let api_token = "00tXoPUxgPeyzMQO8zIpBXQwvQZrJCvWiEVAMcmTTbX";
        for secret in [
            jwt,
            api_token,
            "redis://:hunter2@localhost",
            "Bearer hunter2hunter2",
            "ssws hunter2",
        ] {
            for arguments in [
                vec![secret.to_owned()],
                vec!["--token".to_owned(), secret.to_owned()],
                vec![format!("--token={secret}")],
                vec![format!("--redis={secret}")],
                vec![format!("--{secret}")],
            ] {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                let error = parse(&arguments).unwrap_err().to_string();
                assert!(error.contains("looks like a token"), "{error}");
                assert!(
                    !error.contains("hunter2") && !error.contains(secret),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn usual_argument_is_accepted() {
        for value in [
            "https://dev-12345678.okta.com/oauth2/aus1gmg3xkTVMZ7x50h8",
            "api://default",
            "reports:read reports:write offline_access",
            "0oa1gmg3xkTVMZ7x50h8",
            "/srv/ada/Projects/Some-Long-Folder-Name-2026/with/a/token-file.txt",
            "redis://localhost:6379/1",
            "/users/550e8400-e29b-41d4-a716-446655440000",
        ] {
            assert!(!looks_secret(value), "{value}");
            let one = ["--issuer", value];
            assert!(matches!(parse(&one), Ok(Request::Check(_))), "{value}");
        }
    }

    #[test]
    fn wrong_command_line_is_rejected_without_its_values() {
        for arguments in [
            &["hunter2"][..],
            &["-x"],
            &["--hunter2"],
            &["--json=hunter2"],
            &["--token"],
            &["--issuer", "hunter2", "--issuer", "hunter2"],
            &["--rules", "hunter2"],
            &["--path", "hunter2"],
            &["--method", "hunter2"],
            &["--method", "hunter 2", "--path", "/", "--rules", "hunter2"],
        ] {
            let error = parse(arguments).unwrap_err().to_string();
            assert!(!error.contains("hunter"), "{error}");
        }
        let sound = [
            "--rules", "r.yaml", "--path", "/x", "--method", "post", "--json",
        ];
        let Ok(Request::Check(options)) = parse(&sound) else {
            panic!("a sound command line");
        };
        assert_eq!(options.method, Some(Method::POST));
        assert!(options.is_json);
        assert!(matches!(parse(&["-h"]), Ok(Request::Help)));
    }

    #[test]
    fn help_names_every_exit_code_and_fits_a_terminal() {
        for exit in crate::Exit::ALL {
            let code = format!("  {}  ", exit.code());
            assert!(HELP.contains(&code), "{code}");
        }
        assert!(HELP.lines().all(|line| line.len() <= 100));
    }
}
