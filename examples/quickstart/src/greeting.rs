//! What is printed at the start: where everything is, and requests to try.

use okta_tower_test::Issuer;

use crate::pages::About;

/// How long the printed tokens can be used, in seconds: as long as Okta's own are by default.
const LIFETIME: i64 = 3600;

/// For an issuer that is not ours: tokens must come from there.
pub(crate) fn greeting(about: &About, url: &str, url_from_here: &str) -> String {
    let [me, ready] =
        ["/api/me", "/health/ready"].map(|path| shell_word(&format!("{url_from_here}{path}")));
    let (taken, browser) = if about.has_sign_in {
        let browser = format!("To sign in, open this in a browser:  {}/\n", about.url);
        ("people and tokens", browser)
    } else {
        ("tokens", String::new())
    };
    format!(
        "Listening on {url}\n\
         Taking the {taken} of {issuer}\n\
         \n\
         {browser}\
         With a token of that issuer:  curl {me} -H \"Authorization: Bearer $TOKEN\"\n\
         Whether its keys are loaded:  curl {ready}\n\
         \n\
         Ctrl-C stops it.\n",
        issuer = about.issuer,
    )
}

/// For the stand-in: accounts to sign in with, and tokens of everyone there is, in requests that can be pasted.
pub(crate) fn greeting_with_tokens(about: &About, issuer: &Issuer, url: &str) -> String {
    let person = |login: &str, groups: &[&str], scopes: &[&str]| {
        let token = issuer.token().user(login).client_id("0oaQuickstartBrowser");
        token
            .groups(groups.iter().copied())
            .scopes(scopes.iter().copied())
    };
    let admin = person(
        "admin@example.com",
        &["Everyone", "admin"],
        &["openid", "reports:read"],
    );
    let viewer = person("viewer@example.com", &["Everyone", "viewer"], &["openid"]);
    let service = issuer
        .token()
        .service("0oaQuickstartService")
        .scopes(["reports:read"]);
    let expired = viewer.clone().expires_in(-LIFETIME).sign();
    let [admin, viewer, service] =
        [admin, viewer, service].map(|token| token.expires_in(LIFETIME).sign());

    let requests = [
        (
            200,
            "admin: any valid token may ask who it is",
            "/api/me",
            &admin,
        ),
        (200, "admin: is in the group admin", "/api/admin", &admin),
        (
            200,
            "admin: was granted the scope reports:read",
            "/api/reports",
            &admin,
        ),
        (
            200,
            "viewer: any valid token may ask who it is",
            "/api/me",
            &viewer,
        ),
        (
            403,
            "viewer: is not in the group admin",
            "/api/admin",
            &viewer,
        ),
        (
            403,
            "viewer: was not granted the scope reports:read",
            "/api/reports",
            &viewer,
        ),
        (
            200,
            "service: no person, and was granted the scope reports:read",
            "/api/reports",
            &service,
        ),
        (
            401,
            "expired: the viewer's, an hour too late",
            "/api/me",
            &expired,
        ),
    ];
    let mut text = format!(
        "Listening on {url}\n\
         Taking the people and tokens of {issuer_url}\n\
         \n\
         That issuer is a DEVELOPMENT STAND-IN for Okta inside this process: everybody knows its passwords.\n\
         Set OKTA_OAUTH2_ISSUER to use your own Okta org instead.\n\
         \n\
         To sign in, open this in a browser:  {browser_url}/\n\
         There are admin, who may do everything, viewer, who may look, and nobody, who may do nothing.\n\
         Their passwords are admin-password, viewer-password and nobody-password.\n\
         \n\
         To try with curl, each with the answer to expect (the tokens are good for an hour; without one it is 401):\n",
        issuer_url = issuer.url(),
        browser_url = about.url,
    );
    for (status, why, path, token) in requests {
        let request = shell_word(&format!("{url}{path}"));
        text +=
            &format!("\n# -> {status} {why}\ncurl {request} -H 'Authorization: Bearer {token}'\n");
    }
    text + "\nCtrl-C stops it.\n"
}

/// An IPv6 address has brackets, which some shells take for a pattern.
fn shell_word(url: &str) -> String {
    if url.contains('[') {
        format!("'{url}'")
    } else {
        url.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_in_brackets_needs_quotes() {
        assert_eq!(shell_word("http://[::1]:3000/"), "'http://[::1]:3000/'");
        assert_eq!(
            shell_word("http://localhost:3000/"),
            "http://localhost:3000/"
        );
    }
}
