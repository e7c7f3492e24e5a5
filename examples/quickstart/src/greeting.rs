//! What is printed at the start: where everything is, and requests to try.

use scaffold::{Greeting, Listeners, shell_word};

/// For an issuer that is not ours: tokens must come from there.
pub(crate) fn without_tokens(greeting: Greeting, listeners: &Listeners) -> Greeting {
    let [me, ready] = ["/api/me", "/health/ready"]
        .map(|path| shell_word(&format!("{}{path}", listeners.url_from_here())));
    greeting
        .line(&format!(
            "With a token of that issuer:  curl {me} -H \"Authorization: Bearer $TOKEN\""
        ))
        .line(&format!("Whether its keys are loaded:  curl {ready}"))
}
