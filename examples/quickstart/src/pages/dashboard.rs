//! The page `/dashboard`: the signed-in user, and what the user's role permits.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use scaffold::page::{Page, Text};

use super::{SIGN_IN, SITE};

/// The permissions on the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Views and changes everything.
    Admin,
    /// Views everything.
    Viewer,
    /// Signed in, without permissions.
    NoAccess,
}

/// The dashboard of a user.
pub(crate) struct Dashboard<'p> {
    pub(crate) name: &'p str,
    pub(crate) email: Option<&'p str>,
    pub(crate) user_id: Option<&'p str>,
    pub(crate) groups: Vec<&'p str>,
    pub(crate) scopes: Vec<&'p str>,
    pub(crate) role: Role,
    /// The longest time until the session ends.
    pub(crate) ends_in: Duration,
    /// Whether the shop accepts orders. The panel shows this state.
    pub(crate) is_open: bool,
}

impl IntoResponse for Dashboard<'_> {
    fn into_response(self) -> Response {
        let page = Page::new(SITE, "Dashboard", self.main())
            .user(Some(self.email.unwrap_or(self.name)))
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
<h2 id="claims">Your claims</h2>
<dl>
<div><dt>Role</dt><dd>{role}</dd></div>
<div><dt>Groups</dt><dd>{groups}</dd></div>
<div><dt>Scopes</dt><dd>{scopes}</dd></div>
<div><dt>User ID</dt><dd><code>{user_id}</code></dd></div>
<div><dt>Session ends</dt><dd>{ends}</dd></div>
</dl>
</section>"#,
            initials = Text(&initials(self.name)),
            name = Text(self.name),
            email = Text(self.email.unwrap_or("no email address")),
            panel = self.panel(),
            groups = tags(&self.groups),
            scopes = tags(&self.scopes),
            user_id = Text(user_id),
            ends = ends(self.ends_in),
        )
    }

    /// Returns the panel for the role. Hiding a button does not protect the route behind it: the
    /// routes have their own guards.
    fn panel(&self) -> String {
        let state = if self.is_open {
            "<span class=\"tag good\">Open</span> The shop accepts orders."
        } else {
            "<span class=\"tag warn\">Closed</span> The shop accepts no orders."
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
<p>{state}</p>
<form method="post" action="/dashboard/{action}" class="actions"><button>{label}</button>
<span class="soft">The change is visible on every dashboard.</span></form>
</section>"#
                )
            }
            Role::Viewer => format!(
                r#"<section class="card" aria-labelledby="panel">
<h2 id="panel">Overview</h2>
<p>{state}</p>
<p class="soft">Read-only: members of the group <code>admin</code> can change this.</p>
</section>"#
            ),
            Role::NoAccess => r#"<section class="card" aria-labelledby="panel">
<h2 id="panel">No access</h2>
<p>You are signed in, but you have no role here.</p>
<p class="soft">The groups <code>admin</code> and <code>viewer</code> have access. Ask your
administrator for access.</p>
</section>"#
                .to_owned(),
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

/// Returns the first letters of the first and the last word.
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
    fn panel_and_button_depend_on_the_role() {
        for (role, button, state) in [
            (Role::Admin, true, true),
            (Role::Viewer, false, true),
            (Role::NoAccess, false, false),
        ] {
            let html = dashboard(role).main();
            assert_eq!(html.contains("<button"), button, "{role:?}");
            assert_eq!(html.contains("The shop accepts orders"), state, "{role:?}");
        }
    }

    #[test]
    fn claims_are_escaped() {
        let html = dashboard(Role::NoAccess).main();
        assert!(
            html.contains("Ada &lt;b&gt;") && html.contains("a&amp;b"),
            "{html}"
        );
        assert!(!html.contains("<b>"), "{html}");
    }

    #[test]
    fn initials_use_the_first_and_last_word() {
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
    fn session_end_is_rounded_up_to_minutes() {
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
