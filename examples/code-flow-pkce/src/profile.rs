//! `/profile`: what the ID token says of whoever is signed in, and in development the access token to copy.

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

/// What the page shows beside the claims.
#[derive(Clone, Copy)]
pub(crate) struct Profile {
    shows_token: bool,
}

impl Profile {
    /// A token on a page can be read by whoever looks over the shoulder, and by whatever records the screen. So it takes a
    /// variable, and an address that only this machine reaches.
    pub(crate) fn read(
        variables: &Variables,
        listeners: &Listeners,
    ) -> Result<Self, SettingsError> {
        let shows_token = variables.is_on(DEVELOPMENT)?;
        if shows_token && !listeners.are_local() {
            let expected = "`false`, where others than this machine can open the page".to_owned();
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
<p class="lead">Okta says so, and its signature was checked.</p>
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
        .person(Some(name))
        .into_response()
}

/// As people write it: a list without brackets, text without quotation marks.
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
<p class="notice warn">Development mode. Whoever has this token is you, until it ends: keep it out of tickets and chats.</p>
<label for="copy">To paste behind <code>Authorization: Bearer</code></label>
<textarea id="copy" rows="6" readonly spellcheck="false">{}</textarea>
</section>"#,
        Text(token.expose())
    )
}
