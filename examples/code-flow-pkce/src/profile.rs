//! The page `/profile`: the claims of the ID token, and in development the access token.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use okta_tower_axum::Session;
use scaffold::{
    Listeners, SettingsError, Variables,
    page::{Page, Text},
};
use serde_json::{Map, Value};

use crate::SITE;

const DEVELOPMENT: &str = "EXAMPLE_DEVELOPMENT";

/// The options of the page.
#[derive(Clone, Copy)]
pub(crate) struct Profile {
    shows_token: bool,
}

impl Profile {
    /// Reads the options.
    ///
    /// A token on a page is visible to bystanders and to screen recordings. Showing it requires a
    /// variable, and an address that only this machine can reach.
    pub(crate) fn read(
        variables: &Variables,
        listeners: &Listeners,
    ) -> Result<Self, SettingsError> {
        let shows_token = variables.is_on(DEVELOPMENT)?;
        if shows_token && !listeners.are_local() {
            let expected = "`false` on an address that other machines can reach".to_owned();
            return Err(SettingsError::Unknown(
                DEVELOPMENT,
                "true".to_owned(),
                expected,
            ));
        }
        Ok(Self { shows_token })
    }
}

pub(crate) async fn page(session: Session, State(profile): State<Profile>) -> Response {
    let name = session.name().unwrap_or(session.subject());
    let claims: Map<String, Value> = serde_json::from_str(session.raw_json()).unwrap_or_default();
    let rows = claims.iter().map(|(name, value)| {
        format!(
            "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td></tr>\n",
            Text(name),
            Text(&shown(value))
        )
    });
    let token = if profile.shows_token {
        token(&session)
    } else {
        String::new()
    };
    let main = format!(
        r#"<h1>{}</h1>
<p class="lead">From the ID token, whose signature is verified.</p>
<section class="card" aria-labelledby="claims">
<h2 id="claims">Claims</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">Claim</th><th scope="col">Value</th></tr></thead>
<tbody>
{}</tbody>
</table></div>
</section>
{token}"#,
        Text(name),
        rows.collect::<String>(),
    );
    Page::new(SITE, "Profile", main)
        .user(Some(name))
        .into_response()
}

/// Formats a value without brackets and quotation marks.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn token(session: &Session) -> String {
    let Some(token) = session.access_token() else {
        return String::new();
    };
    format!(
        r#"<section class="card" aria-labelledby="token">
<h2 id="token">The access token</h2>
<p class="notice warn">Development mode. Anyone with this token can act as you until it
expires: do not paste it into tickets or chats.</p>
<label for="copy">Paste after <code>Authorization: Bearer</code></label>
<textarea id="copy" rows="6" readonly spellcheck="false">{}</textarea>
</section>"#,
        Text(token.expose())
    )
}
