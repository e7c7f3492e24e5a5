//! The name of an example, and the start of its runtime.

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

/// The error that ends an example.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The name of an example, its variables, and its default address.
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
    /// Creates the description of the package `name`.
    ///
    /// It listens on `localhost:3000`, or on the address of its redirect URI if that is on this
    /// machine. `EXAMPLE_ADDR` sets another address. `EXAMPLE_TOKEN_LIFETIME` sets the lifetime of
    /// the built-in test issuer's access tokens, in seconds.
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

    /// Sets the names of the variables for the address and the token lifetime.
    #[must_use]
    pub const fn variables(mut self, address: &'static str, lifetime: &'static str) -> Self {
        self.address_variable = address;
        self.lifetime_variable = lifetime;
        self
    }

    /// Reads this `client_secrets.json` of Flask-OIDC if it exists and no variable names an issuer.
    /// `OIDC_CLIENT_SECRETS` names another file.
    #[must_use]
    pub const fn client_secrets(mut self, path: &'static str) -> Self {
        self.client_secrets = Some(path);
        self
    }

    /// Sets the variable for the URL that browsers use, for examples without a redirect URI.
    #[must_use]
    pub const fn url_variable(mut self, name: &'static str) -> Self {
        self.url_variable = Some(name);
        self
    }

    /// Sets the default `host:port` to listen on.
    #[must_use]
    pub const fn default_address(mut self, address: &'static str) -> Self {
        self.default_address = address;
        self
    }
}

/// Runs an example with the settings from its environment, including the names that Okta's guides
/// use.
pub fn run<F>(program: Program, serve: impl FnOnce(Settings) -> F) -> ExitCode
where
    F: Future<Output = Result<(), Failure>>,
{
    let read = |variables: &Variables| {
        let mut variables = variables.clone();
        if let Some(path) = program.client_secrets {
            variables = with_client_secrets(variables, path)?;
        }
        let variables = variables.with_guide_names()?;
        Settings::read(program, &variables)
    };
    run_with(program, read, serve)
}

/// Runs an example with settings that the example reads itself.
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
            let message = format!("{}: {}", program.name, with_causes(&*failure));
            // A closed standard error cannot be handled.
            let _ = writeln!(io::stderr(), "{message}");
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
    // Load first: changing the environment is only safe while there is one thread.
    load_env_file(".env")?;
    let settings = read(&Variables::of(std::env::vars_os()))?;
    log_to_stderr();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(serve(settings))
}

/// Logs warnings and the reasons for rejections, which responses do not contain. `RUST_LOG`
/// overrides the filter.
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

/// Returns an error and its sources on one line.
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (**cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
