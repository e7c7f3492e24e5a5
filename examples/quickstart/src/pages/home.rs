//! The page `/`: the routes, and a button to sign in.

use axum::response::{IntoResponse, Response};
use okta_tower::keys::KeyState;
use scaffold::page::{Page, Text};

use super::{About, SIGN_IN, SITE};
use crate::health;

/// The home page.
pub(crate) struct Home<'p> {
    pub(crate) about: &'p About,
    /// The current state of the signing keys.
    pub(crate) keys: &'p KeyState,
    /// The name of the signed-in user.
    pub(crate) user: Option<&'p str>,
}

impl IntoResponse for Home<'_> {
    fn into_response(self) -> Response {
        let page = Page::new(SITE, "Home", self.main())
            .user(self.user)
            .sign_in(self.about.has_sign_in.then_some(SIGN_IN));
        page.into_response()
    }
}

impl Home<'_> {
    fn main(&self) -> String {
        let (welcome, accounts) = (self.welcome(), self.accounts());
        let (issuer, keys) = (self.issuer(), self.keys());
        let url = Text(&self.about.url);
        format!(
            r##"<h1>A protected application</h1>
<p class="lead">Users sign in and send a session cookie. API clients send an access token. One layer
accepts both, and the handlers see the same claims.</p>
{welcome}
{accounts}
<section class="card" aria-labelledby="routes">
<h2 id="routes">Routes</h2>
<ul class="rows">
<li><a href="/dashboard"><code>/dashboard</code></a><span>for signed-in users: their claims, and
what their role permits</span></li>
<li><a href="/api/me"><code>/api/me</code></a><span>for every authenticated caller: the
caller's claims</span></li>
<li><a href="/api/admin"><code>/api/admin</code></a><span>for the group
<code>admin</code></span></li>
<li><a href="/api/reports"><code>/api/reports</code></a><span>for the scope
<code>reports:read</code></span></li>
<li><code>POST /api/echo</code><span>for every authenticated caller: returns the JSON and its
sender. With a cookie, only from a page of this application.</span></li>
<li><a href="/health/live"><code>/health/live</code></a><span>public: the process runs</span></li>
<li><a href="/health/ready"><code>/health/ready</code></a><span>public: whether callers can be
verified, and the state of the keys</span></li>
<li><a href="/metrics"><code>/metrics</code></a><span>public: metrics for Prometheus</span></li>
</ul>
</section>

<section class="card" aria-labelledby="issuer">
<h2 id="issuer">The issuer</h2>
<p><code>{issuer_url}</code></p>
<p>{issuer}</p>
<p>{keys}</p>
</section>

<section class="card" aria-labelledby="token">
<h2 id="token">With a token</h2>
<pre tabindex="0">curl {url}/api/me -H "Authorization: Bearer $TOKEN"</pre>
<ul class="rows">
<li><span class="tag good">200</span><span>the token is valid and permits the request</span></li>
<li><span class="tag warn">401</span><span>the token is missing, expired or altered, or is from
another issuer or for another audience</span></li>
<li><span class="tag warn">403</span><span>the token is valid but lacks the group or the
scope</span></li>
<li><span class="tag">503</span><span>the issuer's keys are not loaded yet;
<code>Retry-After</code> says when to retry</span></li>
</ul>
</section>

<section class="card" aria-labelledby="org">
<h2 id="org">Your own Okta org</h2>
<p>Set these variables in the environment, or in a file <code>.env</code> in the folder where you
start the quickstart. The first line is enough to accept tokens. The others let users sign in, after
you add <code>{url}/authorization-code/callback</code> as a sign-in redirect URI.</p>
<pre tabindex="0">OKTA_OAUTH2_ISSUER=https://{{yourOktaDomain}}/oauth2/default
OKTA_OAUTH2_CLIENT_ID=0oa…
OKTA_OAUTH2_CLIENT_SECRET=…</pre>
</section>"##,
            issuer_url = Text(&self.about.issuer),
        )
    }

    /// Returns the button to sign in or to open the dashboard.
    fn welcome(&self) -> String {
        match self.user {
            Some(name) => format!(
                "<p class=\"actions\">\
                 <a class=\"button\" href=\"/dashboard\">Open the dashboard</a> \
                 <span class=\"soft\">Signed in as {}</span></p>",
                Text(name)
            ),
            None if self.about.has_sign_in => "<p class=\"actions\">\
                 <a class=\"button\" href=\"/login?return_to=/dashboard\">Sign in</a></p>"
                .to_owned(),
            None => "<p>Only tokens are accepted. To let users sign in, set \
                     <code>OKTA_OAUTH2_CLIENT_ID</code>.</p>"
                .to_owned(),
        }
    }

    /// Returns the accounts of the built-in test issuer.
    fn accounts(&self) -> &'static str {
        if !self.about.is_built_in {
            return "";
        }
        r#"
<section class="card" aria-labelledby="accounts">
<h2 id="accounts">Accounts to try</h2>
<p class="soft">Each password is the login with <code>-password</code> appended.</p>
<ul class="rows">
<li><code>admin</code><span>full access</span></li>
<li><code>viewer</code><span>read-only</span></li>
<li><code>nobody</code><span>can sign in, but has no access</span></li>
</ul>
</section>
"#
    }

    /// Describes the issuer.
    fn issuer(&self) -> &'static str {
        if self.about.is_built_in {
            "The <strong>built-in test issuer</strong>, inside this process. Its passwords are \
             public, and it only listens on this machine. The terminal that runs the quickstart \
             shows tokens to try."
        } else {
            "Set by <code>OKTA_OAUTH2_ISSUER</code>."
        }
    }

    /// Describes the state of the signing keys.
    fn keys(&self) -> String {
        match health::reason(self.keys) {
            None => format!(
                "<span class=\"tag good\">Ready</span> Signing keys loaded: {}.",
                self.keys.kids.len()
            ),
            Some(reason) if self.keys.is_ready() => format!(
                "<span class=\"tag warn\">Ready, with stale keys</span> {}.",
                Text(&reason)
            ),
            Some(reason) => format!(
                "<span class=\"tag warn\">Not ready</span> {}. The application recovers \
                 automatically when the issuer is reachable.",
                Text(&reason)
            ),
        }
    }
}
