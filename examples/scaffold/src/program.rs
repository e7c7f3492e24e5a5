//! What an example is called, and the way from `main` to a runtime.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{Settings, Variables, client_secrets::with_client_secrets, env_file::load_env_file};

/// Why an example ended.
pub type Failure = Box<dyn Error + Send + Sync>;

/// What an example is called, and where it listens unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    pub(crate) name: &'static str,
    pub(crate) address_variable: &'static str,
    pub(crate) lifetime_variable: &'static str,
    pub(crate) default_address: &'static str,
    pub(crate) client_secrets: Option<&'static str>,
    pub(crate) url_variable: Option<&'static str>,
}

impl Program {
    /// The package of this name. It listens on `localhost:3000`, or where its redirect URI leads to on this machine;
    /// `EXAMPLE_ADDR` names another address, and
    /// `EXAMPLE_TOKEN_LIFETIME` is how long the stand-in's access tokens are good, in seconds.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            address_variable: "EXAMPLE_ADDR",
            lifetime_variable: "EXAMPLE_TOKEN_LIFETIME",
            default_address: "localhost:3000",
            client_secrets: None,
            url_variable: None,
        }
    }

    /// With variables of its own instead.
    #[must_use]
    pub const fn variables(mut self, address: &'static str, lifetime: &'static str) -> Self {
        self.address_variable = address;
        self.lifetime_variable = lifetime;
        self
    }

    /// With a file of the kind that Flask-OIDC has, which is read if it is there and no variable names an issuer.
    /// `OIDC_CLIENT_SECRETS` names another.
    #[must_use]
    pub const fn client_secrets(mut self, path: &'static str) -> Self {
        self.client_secrets = Some(path);
        self
    }

    /// With a variable that says where browsers find it, for where no redirect URI does.
    #[must_use]
    pub const fn url_variable(mut self, name: &'static str) -> Self {
        self.url_variable = Some(name);
        self
    }

    /// With another `host:port` to listen on.
    #[must_use]
    pub const fn default_address(mut self, address: &'static str) -> Self {
        self.default_address = address;
        self
    }
}

/// Runs an example with the settings of its environment, in which the names that Okta's guides use are read too.
pub fn run<F>(program: Program, serve: impl FnOnce(Settings) -> F) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    let read = |variables: &Variables| {
        let mut variables = variables.clone();
        if let Some(path) = program.client_secrets {
            variables = with_client_secrets(variables, path)?;
        }
        let variables = variables.with_the_guides_names()?;
        Settings::read(program, &variables)
    };
    run_with(program, read, serve)
}

/// The same with settings of the example's own making.
pub fn run_with<S, E, F>(
    program: Program,
    read: impl FnOnce(&Variables) -> Result<S, E>,
    serve: impl FnOnce(S) -> F,
) -> ExitCode
where
    E: Error + Send + Sync + 'static,
    F: Future<Output = Result<(), Failure>>,
{
    match try_to_run(read, serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let said = format!("{}: {}", program.name, with_causes(&*failure));
            // Nothing can be done about a closed standard error.
            let _ = writeln!(io::stderr(), "{said}");
            ExitCode::FAILURE
        }
    }
}

fn try_to_run<S, E, F>(
    read: impl FnOnce(&Variables) -> Result<S, E>,
    serve: impl FnOnce(S) -> F,
) -> Result<(), Failure>
where
    E: Error + Send + Sync + 'static,
    F: Future<Output = Result<(), Failure>>,
{
    // Before anything else: the environment can be changed safely only while there is one thread.
    load_env_file(".env")?;
    let settings = read(&Variables::of(std::env::vars_os()))?;
    log_to_stderr();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(serve(settings))
}

/// Warnings, and why requests were refused: the caller is told less. `RUST_LOG` chooses otherwise.
fn log_to_stderr() {
    let chosen = std::env::var("RUST_LOG").ok();
    let filter: Targets = (chosen.and_then(|text| text.parse().ok())).unwrap_or_else(|| {
        Targets::new()
            .with_default(LevelFilter::WARN)
            .with_target("okta_tower::auth", LevelFilter::DEBUG)
    });
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(io::stderr))
        .with(filter)
        .init();
}

/// An error and what led to it, on one line.
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (**cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
