//! The public forms: registration, another activation mail, a forgotten password. Each gives the
//! same response whether or not the account exists.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Extension, Router,
    extract::{ConnectInfo, DefaultBodyLimit, Form, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use scaffold::page::{Page, Text};
use serde::Deserialize;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::{
    SITE,
    accounts::{Accounts, Wish},
    csrf::{Csrf, IsHttps},
    limit::{Limit, network},
};

/// The most forms from one network within [`FORMS_EVERY`].
const FORMS: u32 = 20;
const FORMS_EVERY: Duration = Duration::from_secs(10 * 60);
/// The longest request body, above the size of any form here.
const MOST_BYTES: usize = 4 * 1024;
/// The longest login that Okta allows.
const LONGEST_EMAIL: usize = 100;
/// The longest name that Okta allows.
const LONGEST_NAME: usize = 50;

#[derive(Clone)]
struct Desk {
    accounts: Accounts,
    forms: Arc<Limit>,
    is_https: bool,
}

impl Desk {
    /// Returns the network that a form comes from.
    ///
    /// This server does not speak https. If browsers use https, requests come through a proxy,
    /// which appends the client to `X-Forwarded-For`. Without that header all clients would look
    /// the same, so the limit does not apply.
    fn place(&self, from: SocketAddr, headers: &HeaderMap) -> Option<IpAddr> {
        if !self.is_https {
            return Some(network(from.ip()));
        }
        let named = headers.get_all("x-forwarded-for").into_iter().next_back()?;
        let last = named.to_str().ok()?.rsplit(',').next()?;
        last.trim().parse().ok().map(network)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Register,
    Activate,
    Forgot,
}

impl Kind {
    const fn path(self) -> &'static str {
        match self {
            Self::Register => "/register",
            Self::Activate => "/activate",
            Self::Forgot => "/forgot",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Register => "Register",
            Self::Activate => "Activate your account",
            Self::Forgot => "Forgot your password?",
        }
    }

    const fn lead(self) -> &'static str {
        match self {
            Self::Register => "Okta sends you a mail with a link to choose a password.",
            Self::Activate => "Okta sends you another activation mail.",
            Self::Forgot => "Okta sends you a mail with a link to choose a new password.",
        }
    }
}

#[derive(Deserialize)]
struct Filled {
    #[serde(default)]
    csrf_token: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
}

/// Returns the routes. Requests need `ConnectInfo`.
pub(crate) fn routes(accounts: Accounts, is_https: bool) -> Router {
    let desk = Desk {
        accounts,
        forms: Arc::new(Limit::new(FORMS, FORMS_EVERY)),
        is_https,
    };
    let mut routes = Router::new().route("/mail-sent", get(mail_sent));
    for kind in [Kind::Register, Kind::Activate, Kind::Forgot] {
        let show = async move |csrf: Csrf| form(kind, &csrf, "");
        let post = async move |desk, from, csrf: Csrf, headers: HeaderMap, filled| {
            answer(kind, desk, from, &csrf, &headers, filled)
        };
        routes = routes.route(kind.path(), get(show).post(post));
    }
    routes
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(Extension(IsHttps(is_https)))
        .with_state(desk)
}

fn answer(
    kind: Kind,
    State(desk): State<Desk>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    csrf: &Csrf,
    headers: &HeaderMap,
    Form(filled): Form<Filled>,
) -> Response {
    if !csrf.allows(&filled.csrf_token, headers) {
        let text = "The form has expired or came from another site. Please submit it again.";
        return (StatusCode::FORBIDDEN, form(kind, csrf, text)).into_response();
    }
    let place = desk.place(from, headers);
    let taken = place.map_or(Ok(()), |place| desk.forms.take(place, Instant::now()));
    if let Err(wait) = taken {
        let text = "Too many requests. Please try again in a few minutes.";
        let mut limited = form(kind, csrf, text);
        *limited.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        let seconds = HeaderValue::from(wait.as_secs() + 1);
        limited.headers_mut().insert(header::RETRY_AFTER, seconds);
        return limited;
    }
    let wish = match wish(kind, &filled) {
        Ok(wish) => wish,
        // The message is about the input, not about an account.
        Err(text) => {
            return (StatusCode::UNPROCESSABLE_ENTITY, form(kind, csrf, text)).into_response();
        }
    };
    match desk.accounts.wish(wish) {
        Ok(()) => Redirect::to("/mail-sent").into_response(),
        Err(_) => {
            let text = "The service is busy. Please try again in a minute.";
            (StatusCode::SERVICE_UNAVAILABLE, form(kind, csrf, text)).into_response()
        }
    }
}

fn wish(kind: Kind, filled: &Filled) -> Result<Wish, &'static str> {
    let email = filled.email.trim().to_owned();
    let is_address = email
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    let is_odd = |text: &str| text.chars().any(|char| char.is_control() || char == ' ');
    if !is_address || email.len() > LONGEST_EMAIL || is_odd(&email) {
        return Err("Enter an email address, such as ada@example.com.");
    }
    Ok(match kind {
        Kind::Activate => Wish::FirstMailAgain { email },
        Kind::Forgot => Wish::NewPassword { email },
        Kind::Register => {
            let names = [&filled.first_name, &filled.last_name].map(|name| name.trim());
            if !names.into_iter().all(is_name) {
                return Err("Enter your first and last name, of up to 50 letters each.");
            }
            let [first_name, last_name] = names.map(str::to_owned);
            Wish::Register {
                email,
                first_name,
                last_name,
            }
        }
    })
}

/// Returns whether a text can only be a name: letters with their marks, spaces, apostrophes and
/// hyphens.
///
/// Okta prints the name in a mail to an address that the form does not verify. Mail programs turn
/// `www.evil.example` into a link, also without `https://`.
fn is_name(text: &str) -> bool {
    let is_part = |char: char| {
        let group = char.general_category_group();
        matches!(
            group,
            GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark
        ) || [' ', '\'', '-'].contains(&char)
    };
    (1..=LONGEST_NAME).contains(&text.chars().count())
        && text.chars().all(is_part)
        && text.chars().any(char::is_alphabetic)
}

fn form(kind: Kind, csrf: &Csrf, notice: &str) -> Response {
    let names = match kind {
        Kind::Register => {
            "<label for=\"first\">First name</label>\n\
             <input id=\"first\" name=\"first_name\" autocomplete=\"given-name\" \
             maxlength=\"50\" required>\n\
             <label for=\"last\">Last name</label>\n\
             <input id=\"last\" name=\"last_name\" autocomplete=\"family-name\" \
             maxlength=\"50\" required>\n"
        }
        _ => "",
    };
    let notice = match notice {
        "" => String::new(),
        text => format!(
            "<p class=\"notice warn\" role=\"alert\">{}</p>\n",
            Text(text)
        ),
    };
    let main = format!(
        r#"<h1>{title}</h1>
<p class="lead">{lead}</p>
{notice}<form class="card" method="post" action="{path}">
<input type="hidden" name="csrf_token" value="{token}">
{names}<label for="email">Email address</label>
<input id="email" name="email" type="email" autocomplete="email" maxlength="100" required>
<button>Send the mail</button>
</form>"#,
        title = kind.title(),
        lead = kind.lead(),
        path = kind.path(),
        token = Text(csrf.token()),
    );
    let mut answer = Page::new(SITE, kind.title(), main)
        .sign_in(Some("/login"))
        .into_response();
    csrf.write(answer.headers_mut());
    answer
}

/// Returns the same page for every address, so that only the owner of the mailbox learns whether an
/// account exists.
async fn mail_sent() -> Response {
    let main = "<h1>Check your mail</h1>\n\
                <p class=\"lead\">If the request applies to this address, Okta sends a mail. \
                It may take some minutes.</p>\n\
                <p>No mail? Check the address. If it already has an account, \
                <a href=\"/forgot\">request a new password</a>.</p>"
        .to_owned();
    Page::new(SITE, "Check your mail", main)
        .sign_in(Some("/login"))
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(email: &str, first: &str, last: &str) -> Filled {
        Filled {
            csrf_token: String::new(),
            email: email.to_owned(),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
        }
    }

    #[test]
    fn name_with_more_than_letters_is_rejected() {
        for name in [
            "Ada",
            "Anne-Marie",
            "O'Brien",
            "Jean Paul",
            "Zo\u{e9}",
            "Zoe\u{301}",
            "Łukasz",
            "李小龍",
            "हिन्दी",
            "محمد",
        ] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "www.evil.example",
            "evil.example",
            "evil\u{ff0e}example",
            "evil\u{3002}example",
            "evil\u{2024}example",
            "https://evil.example",
            "ada@evil.example",
            "192.0.2.1",
            "Win 1000 Euro",
            "Ada\u{200b}Ada",
            "Ada\u{202e}adA",
            "Ada\nLovelace",
            "Ada_Lovelace",
            "<b>Ada</b>",
            "🎁",
            "-",
            "' '",
            "\u{301}",
        ] {
            assert!(!is_name(name), "{name:?}");
        }
    }

    #[test]
    fn invalid_address_or_name_is_rejected() {
        for (email, first, last, is_good) in [
            (" ada@example.com ", "Ada", "Lovelace", true),
            ("ada@example.com", "Ada", " ", false),
            ("ada@example.com", "", "Lovelace", false),
            ("ada@example.com", "https://evil.example", "Lovelace", false),
            ("ada@example.com", "www.evil.example", "Lovelace", false),
            ("ada@example.com", "Ada", "evil.example", false),
            ("ada@example.com", &*"A".repeat(51), "Lovelace", false),
            ("ada", "Ada", "Lovelace", false),
            ("@example.com", "Ada", "Lovelace", false),
            ("ada@localhost", "Ada", "Lovelace", false),
            (
                "ada@example.com\r\nBcc: eve@example.com",
                "Ada",
                "Lovelace",
                false,
            ),
            (
                &*format!("{}@example.com", "a".repeat(90)),
                "Ada",
                "Lovelace",
                false,
            ),
        ] {
            let filled = filled(email, first, last);
            assert_eq!(wish(Kind::Register, &filled).is_ok(), is_good, "{email}");
        }
        // The other two forms have no name fields.
        assert!(wish(Kind::Forgot, &filled("ada@example.com", "", "")).is_ok());
    }
}
