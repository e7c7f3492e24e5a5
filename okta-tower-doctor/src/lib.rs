//! The checks of the command `okta-tower-doctor`, which explains why a token is rejected.
//!
//! This library is for the command and its tests. Its API may change in any release: applications
//! use `okta_tower::explain` instead.
//!
//! # Security
//!
//! The output never contains a token, a client secret, an API token or a password. Tokens are read
//! from a file or from standard input, never from an argument.

mod arguments;
mod checks;
mod fetch;
mod input;
mod report;
mod settings;

use std::{
    ffi::{OsStr, OsString},
    io::Read,
};

pub use crate::report::Exit;
use crate::{
    arguments::{HELP, Request, Usage},
    report::Report,
};

/// What the process gives to the command.
#[expect(missing_debug_implementations, reason = "contains functions")]
#[expect(
    clippy::exhaustive_structs,
    reason = "for the command and its tests only"
)]
pub struct Process<'p> {
    /// The environment variables.
    pub variables: &'p dyn Fn(&str) -> Option<OsString>,
    /// Standard input.
    pub stdin: &'p mut dyn Read,
}

/// What the command prints, and its exit code.
#[derive(Debug)]
#[non_exhaustive]
pub struct Output {
    /// For standard output.
    pub stdout: String,
    /// For standard error.
    pub stderr: String,
    /// The exit code.
    pub exit: Exit,
}

/// Runs the command with these arguments, without the program's name.
pub async fn run<A>(arguments: A, process: Process<'_>) -> Output
where
    A: IntoIterator<Item: AsRef<OsStr>>,
{
    let arguments = arguments.into_iter().map(|text| text.as_ref().to_owned());
    let options = match Request::parse(arguments.collect()) {
        Ok(Request::Check(options)) => options,
        Ok(Request::Help) => return Output::printed(HELP.to_owned()),
        Ok(Request::Version) => {
            let version = concat!("okta-tower-doctor ", env!("CARGO_PKG_VERSION"), "\n");
            return Output::printed(version.to_owned());
        }
        Err(usage) => return Output::wrong(&usage),
    };
    let mut report = Report::default();
    if let Err(usage) = checks::run(&options, process, &mut report).await {
        return Output::wrong(&usage);
    }
    let stdout = if options.is_json {
        report.json()
    } else {
        report.text()
    };
    Output {
        stdout,
        stderr: String::new(),
        exit: report.exit(),
    }
}

impl Output {
    fn printed(stdout: String) -> Self {
        Self {
            stdout,
            stderr: String::new(),
            exit: Exit::Ok,
        }
    }

    fn wrong(usage: &Usage) -> Self {
        Self {
            stdout: String::new(),
            stderr: format!("error: {usage}\nSee okta-tower-doctor --help\n"),
            exit: Exit::Usage,
        }
    }
}
