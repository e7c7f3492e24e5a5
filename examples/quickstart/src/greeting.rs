//! The text printed at the start with a configured issuer.

use scaffold::{Greeting, Listeners, shell_word};

/// Adds commands that need a token from the configured issuer.
pub(crate) fn without_tokens(greeting: Greeting, listeners: &Listeners) -> Greeting {
    let [me, ready] = ["/api/me", "/health/ready"]
        .map(|path| shell_word(&format!("{}{path}", listeners.url_from_here())));
    greeting
        .line(&format!(
            "With a token from that issuer:  curl {me} -H \"Authorization: Bearer $TOKEN\""
        ))
        .line(&format!("Key status:  curl {ready}"))
}
