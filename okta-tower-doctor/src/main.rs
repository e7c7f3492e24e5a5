//! The command. All of it is in the library, for its tests.

use std::{
    env,
    io::{self, Write},
    panic,
    process::ExitCode,
};

use okta_tower_doctor::{Exit, Process};

fn main() -> ExitCode {
    // The default hook prints the panic's message, which may quote input.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let place = place.unwrap_or_default();
        let _ = writeln!(
            io::stderr(),
            "error: a defect of okta-tower-doctor, at {place}"
        );
    }));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        let _ = writeln!(
            io::stderr(),
            "error: the asynchronous runtime cannot be started"
        );
        return ExitCode::from(Exit::Usage.code());
    };
    let mut stdin = io::stdin().lock();
    let process = Process {
        variables: &|name| env::var_os(name),
        stdin: &mut stdin,
    };
    let output = runtime.block_on(okta_tower_doctor::run(env::args_os().skip(1), process));
    // A reader that has gone, such as `head`, is no reason to fail differently.
    let _ = io::stdout().write_all(output.stdout.as_bytes());
    let _ = io::stderr().write_all(output.stderr.as_bytes());
    ExitCode::from(output.exit.code())
}
