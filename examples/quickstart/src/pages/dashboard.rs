//! `/dashboard`: who is signed in, and what their role may do.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use scaffold::page::{Page, Text};

use super::{SIGN_IN, SITE};

/// What somebody may do on the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Sees everything and changes it.
    Admin,
    /// Sees everything.
    Viewer,
    /// Is known, and may do nothing.
    NoAccess,
}

/// The dashboard of one person.
pub(crate) struct Dashboard<'p> {
    pub(crate) name: &'p str,
    pub(crate) email: Option<&'p str>,
    pub(crate) user_id: Option<&'p str>,
    pub(crate) groups: Vec<&'p str>,
    pub(crate) scopes: Vec<&'p str>,
    pub(crate) role: Role,
    /// How long the session lasts, at the most.
    pub(crate) ends_in: Duration,
    /// What the panel is about: whether the shop takes orders.
    pub(crate) is_open: bool,
}

impl IntoResponse for Dashboard<'_> {
    fn into_response(self) -> Response {
        let page = Page::new(SITE, "Dashboard", self.main())
            .person(Some(self.email.unwrap_or(self.name)))
            .sign_in(Some(SIGN_IN));
        page.into_response()
    }
}

impl Dashboard<'_> {
    fn main(&self) -> String {
        let role = match self.role {
            Role::Admin => "<span class=\"tag good\">admin</span>",
            Role::Viewer => "<span class=\"tag\">viewer</span>",
            Role::NoAccess => "<span class=\"tag warn\">no role</span>",
        };
        let user_id = self.user_id.unwrap_or("none");
        format!(
            r#"<div class="person">
<span class="face" aria-hidden="true">{initials}</span>
<div><h1>{name}</h1><p class="soft">{email}</p></div>
</div>
{panel}
<section class="card" aria-labelledby="claims">
<h2 id="claims">What the application knows of you</h2>
<dl>
<div><dt>Role</dt><dd>{role}</dd></div>
<div><dt>Groups</dt><dd>{groups}</dd></div>
<div><dt>Scopes</dt><dd>{scopes}</dd></div>
<div><dt>User id</dt><dd><code>{user_id}</code></dd></div>
<div><dt>Session ends</dt><dd>{ends}</dd></div>
</dl>
</section>"#,
            initials = Text(&initials(self.name)),
            name = Text(self.name),
            email = Text(self.email.unwrap_or("no e-mail address")),
            panel = self.panel(),
            groups = tags(&self.groups),
            scopes = tags(&self.scopes),
            user_id = Text(user_id),
            ends = ends(self.ends_in),
        )
    }

    /// What the role may see, with what it may do. Hiding a button protects nothing: the routes behind the buttons are
    /// guarded on their own.
    fn panel(&self) -> String {
        let state = if self.is_open {
            "<span class=\"tag good\">Open</span> It takes orders."
        } else {
            "<span class=\"tag warn\">Closed</span> It takes no orders."
        };
        match self.role {
            Role::Admin => {
                let (action, label) = if self.is_open {
                    ("close", "Close the shop")
                } else {
                    ("open", "Open the shop")
                };
                format!(
                    r#"<section class="card" aria-labelledby="panel">
<h2 id="panel">Management</h2>
<p>The shop: {state}</p>
<form method="post" action="/dashboard/{action}" class="actions"><button>{label}</button>
<span class="soft">Everybody's dashboard shows it.</span></form>
</section>"#
                )
            }
            Role::Viewer => format!(
                r#"<section class="card" aria-labelledby="panel">
<h2 id="panel">Overview</h2>
<p>The shop: {state}</p>
<p class="soft">Read-only: whoever is in the group <code>admin</code> can open and close it.</p>
</section>"#
            ),
            Role::NoAccess => {
                r#"<section class="card" aria-labelledby="panel">
<h2 id="panel">No access</h2>
<p>You are signed in, and have no role here.</p>
<p class="soft">The groups <code>admin</code> and <code>viewer</code> have one. Ask whoever looks after your account.</p>
</section>"#
                    .to_owned()
            }
        }
    }
}

fn tags(names: &[&str]) -> String {
    if names.is_empty() {
        return "<span class=\"soft\">none</span>".to_owned();
    }
    let items = names
        .iter()
        .map(|name| format!("<li class=\"tag\">{}</li>", Text(name)));
    format!("<ul class=\"tags\">{}</ul>", items.collect::<String>())
}

/// The first letters of the first and last word.
fn initials(name: &str) -> String {
    let mut firsts = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|char| char.is_alphanumeric()));
    let (first, last) = (firsts.next(), firsts.next_back());
    let letters = first.into_iter().chain(last);
    letters.flat_map(char::to_uppercase).collect()
}

fn ends(left: Duration) -> String {
    let minutes = left.as_secs().div_ceil(60);
    let (hours, rest) = (minutes / 60, minutes % 60);
    match (hours, rest) {
        (0, minutes) => format!("in {minutes} min at the latest"),
        (hours, 0) => format!("in {hours} h at the latest"),
        (hours, minutes) => format!("in {hours} h {minutes} min at the latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dashboard(role: Role) -> Dashboard<'static> {
        Dashboard {
            name: "Ada <b>",
            email: Some("ada@example.com"),
            user_id: Some("00u1"),
            groups: vec!["a&b"],
            scopes: Vec::new(),
            role,
            ends_in: Duration::from_secs(3600),
            is_open: true,
        }
    }

    #[test]
    fn only_an_admin_has_a_button_and_only_those_with_a_role_see_the_panel() {
        for (role, button, state) in [
            (Role::Admin, true, true),
            (Role::Viewer, false, true),
            (Role::NoAccess, false, false),
        ] {
            let html = dashboard(role).main();
            assert_eq!(html.contains("<button"), button, "{role:?}");
            assert_eq!(html.contains("It takes orders"), state, "{role:?}");
        }
    }

    #[test]
    fn claims_stay_text() {
        let html = dashboard(Role::NoAccess).main();
        assert!(
            html.contains("Ada &lt;b&gt;") && html.contains("a&amp;b"),
            "{html}"
        );
        assert!(!html.contains("<b>"), "{html}");
    }

    #[test]
    fn a_name_is_shortened_to_its_first_and_last_letter() {
        for (name, expected) in [
            ("Ada Lovelace", "AL"),
            ("Ada King Lovelace", "AL"),
            ("ada", "A"),
            ("(élise) d'Aubigny", "ÉD"),
            ("", ""),
        ] {
            assert_eq!(initials(name), expected);
        }
    }

    #[test]
    fn the_end_is_told_to_the_minute() {
        for (seconds, text) in [
            (1, "in 1 min at the latest"),
            (3600, "in 1 h at the latest"),
            (86_399, "in 24 h at the latest"),
            (5_400, "in 1 h 30 min at the latest"),
        ] {
            assert_eq!(ends(Duration::from_secs(seconds)), text);
        }
    }
}
