//! The application's pages. They show the values that they are given.

use axum::response::{IntoResponse, Response};
use scaffold::page::{Page, Site, Text};

const SITE: Site = Site {
    name: "existing-app",
    about: "An existing application with sign-in added.",
    links: &[
        ("/dashboard", "Dashboard"),
        ("/repositories", "Repositories"),
    ],
};

const REPOSITORIES: [(&str, &str); 3] = [
    ("anvil", "Inventory of the workshop"),
    ("bellows", "Control of the ventilation"),
    ("tongs", "Command-line tools"),
];

pub(crate) fn home(name: Option<&str>) -> Response {
    let welcome = match name {
        Some(name) => format!("Welcome back, {}.", Text(name)),
        None => "Welcome.".to_owned(),
    };
    let main = format!(
        r#"<h1>The workshop</h1>
<p class="lead">{welcome}</p>
<p class="actions"><a class="button" href="/dashboard">Open the dashboard</a>
<a class="button quiet" href="/repositories">Repositories</a></p>"#
    );
    Page::new(SITE, "Home", main).into_response()
}

pub(crate) fn dashboard(name: &str, profile: &[(&str, String)]) -> Response {
    let rows = profile.iter().map(|(label, value)| {
        let value = Text(value);
        format!("<div><dt>{label}</dt><dd>{value}</dd></div>\n")
    });
    let rows: String = rows.collect();
    let card = if rows.is_empty() {
        String::new()
    } else {
        format!(
            r#"<section class="card" aria-labelledby="account">
<h2 id="account">Account</h2>
<dl>
{rows}</dl>
</section>
<p class="lead"><a href="/logout">Sign out</a></p>"#
        )
    };
    let main = format!(
        r#"<h1>Dashboard</h1>
<p class="lead">For {}.</p>
{card}"#,
        Text(name)
    );
    Page::new(SITE, "Dashboard", main).into_response()
}

pub(crate) fn repositories(name: &str) -> Response {
    let rows = REPOSITORIES
        .map(|(name, about)| format!("<tr><th scope=\"row\">{name}</th><td>{about}</td></tr>\n"));
    let main = format!(
        r#"<h1>Repositories</h1>
<p class="lead">For {}.</p>
<section class="card"><div class="scroll"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Description</th></tr></thead>
<tbody>
{}</tbody>
</table></div></section>"#,
        Text(name),
        rows.concat()
    );
    Page::new(SITE, "Repositories", main).into_response()
}
