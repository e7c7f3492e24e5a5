//! HTML pages. They need no scripts, except that the form-post page submits itself.

use std::fmt::Write;

use http::{StatusCode, header};

use crate::{
    random::secret_name,
    response::{self, Response, set},
    state::{IssuerState, requests::AuthorizationRequest, users::Users},
};

const STYLE: &str = include_str!("page.css");

/// Returns the sign-in page. `wrong` is the error of the previous try.
pub(crate) fn sign_in(
    state: &IssuerState,
    users: &Users,
    attempt: &str,
    login: &str,
    wrong: Option<&str>,
) -> Response {
    let mut accounts = String::new();
    for user in users.enabled() {
        // Writing to a string cannot fail.
        let _ = write!(
            accounts,
            "<tr><td><code>{}</code></td><td><code>{}</code></td><td>{}</td></tr>",
            escape(&user.login),
            escape(&user.password),
            escape(&user.groups.join(", ")),
        );
    }
    let wrong = wrong.map_or_else(String::new, |wrong| {
        format!("<p class=\"wrong\" role=\"alert\">{}</p>", escape(wrong))
    });
    let body = format!(
        "<h1>Sign in</h1>\n{wrong}<form method=\"post\" action=\"{action}\">\n\
         <input type=\"hidden\" name=\"attempt\" value=\"{attempt}\">\n\
         <label for=\"login\">Username</label>\n\
         <input id=\"login\" name=\"login\" autocomplete=\"username\" autocapitalize=\"none\" \
         spellcheck=\"false\" required{login_focus} value=\"{login}\">\n\
         <label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" \
         autocomplete=\"current-password\" required{password_focus}>\n\
         <button name=\"action\" value=\"sign-in\">Sign in</button>\n\
         <button class=\"quiet\" name=\"action\" value=\"cancel\" formnovalidate>Cancel</button>\n\
         </form>\n\
         <section aria-labelledby=\"accounts\"><h2 id=\"accounts\">Accounts</h2>\n\
         <p>This test issuer replaces Okta during development and tests. It keeps no secrets: \
         these are all its accounts. You can enter the part of a username before the @.</p>\n\
         <table><thead><tr><th scope=\"col\">Username</th><th scope=\"col\">Password</th>\
         <th scope=\"col\">Groups</th></tr></thead><tbody>{accounts}</tbody></table></section>",
        action = action(state),
        attempt = escape(attempt),
        login = escape(login),
        login_focus = if login.is_empty() { " autofocus" } else { "" },
        password_focus = if login.is_empty() { "" } else { " autofocus" },
    );
    page(StatusCode::OK, "Sign in", &body, None)
}

/// Returns the consent page.
pub(crate) fn consent(
    state: &IssuerState,
    attempt: &str,
    login: &str,
    request: &AuthorizationRequest,
) -> Response {
    let mut scopes = String::new();
    for scope in &request.scopes {
        let _ = write!(scopes, "<li><code>{}</code></li>", escape(scope));
    }
    let body = format!(
        "<h1>Allow access?</h1>\n\
         <p>You are signed in as <strong>{login}</strong>. The application <code>{client}</code> \
         requests these scopes:</p>\n\
         <ul>{scopes}</ul>\n\
         <form method=\"post\" action=\"{action}\">\n\
         <input type=\"hidden\" name=\"attempt\" value=\"{attempt}\">\n\
         <button name=\"action\" value=\"allow\">Allow</button>\n\
         <button class=\"quiet\" name=\"action\" value=\"cancel\">Cancel</button>\n\
         </form>",
        login = escape(login),
        client = escape(&request.client_id),
        action = action(state),
        attempt = escape(attempt),
    );
    page(StatusCode::OK, "Allow access?", &body, None)
}

/// Returns the page that posts the callback to the application (OAuth 2.0 Form Post Response Mode).
pub(crate) fn form_post(redirect_uri: &str, parameters: &[(String, String)]) -> Response {
    let mut inputs = String::new();
    for (name, value) in parameters {
        let _ = writeln!(
            inputs,
            "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
            escape(name),
            escape(value)
        );
    }
    let body = format!(
        "<h1>Returning to the application</h1>\n\
         <p>If this page stays open, select Continue.</p>\n\
         <form id=\"back\" method=\"post\" action=\"{}\">\n\
         {inputs}<button>Continue</button>\n</form>",
        escape(redirect_uri)
    );
    let script = "document.getElementById('back').submit();";
    page(
        StatusCode::OK,
        "Returning to the application",
        &body,
        Some(script),
    )
}

pub(crate) fn signed_out() -> Response {
    let body = "<h1>Signed out</h1>\n<p>You are signed out. You can close this page.</p>";
    page(StatusCode::OK, "Signed out", body, None)
}

/// Returns an error page, for a user who cannot be redirected to the application.
pub(crate) fn error(message: &str) -> Response {
    let body = format!(
        "<h1>Request rejected</h1>\n<p class=\"wrong\" role=\"alert\">{}</p>",
        escape(message)
    );
    page(StatusCode::BAD_REQUEST, "Request rejected", &body, None)
}

fn action(state: &IssuerState) -> String {
    format!("{}/sign-in", state.config.issuer_path)
}

fn page(status: StatusCode, title: &str, body: &str, script: Option<&str>) -> Response {
    let nonce = secret_name();
    let script = script.map_or_else(String::new, |script| {
        format!("<script nonce=\"{nonce}\">{script}</script>\n")
    });
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} · Test issuer</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style nonce=\"{nonce}\">\n{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{body}\n</main>\n{script}</body>\n</html>\n"
    );
    let mut response = response::text(status, "text/html; charset=utf-8", html);
    response::no_store(&mut response);
    // Omit `form-action`: browsers apply it to every redirect that follows the form.
    let policy = format!(
        "default-src 'none'; img-src data:; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    set(&mut response, header::CONTENT_SECURITY_POLICY, &policy);
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

/// Escapes text for elements and double-quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_is_escaped() {
        assert_eq!(
            escape("\"><script>'&"),
            "&quot;&gt;&lt;script&gt;&#39;&amp;"
        );
    }
}
