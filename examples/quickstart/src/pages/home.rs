//! `/`: what there is, and a button to sign in.

use axum::response::{IntoResponse, Response};
use okta_tower::keys::KeyState;
use scaffold::page::{Page, Text};

use super::{About, SIGN_IN, SITE};
use crate::health;

/// The home page.
pub(crate) struct Home<'p> {
    pub(crate) about: &'p About,
    /// The state of the signing keys at this moment.
    pub(crate) keys: &'p KeyState,
    /// What the person is called, where somebody is signed in.
    pub(crate) person: Option<&'p str>,
}

impl IntoResponse for Home<'_> {
    fn into_response(self) -> Response {
        let page = Page::new(SITE, "Home", self.main())
            .person(self.person)
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
<p class="lead">People sign in and come with a session cookie. Programs come with an access token. One layer recognises
both, and the handlers see the same claims.</p>
{welcome}
{accounts}
<section class="card" aria-labelledby="routes">
<h2 id="routes">What there is</h2>
<ul class="rows">
<li><a href="/dashboard"><code>/dashboard</code></a><span>for people who are signed in: who they are, and what their role may do</span></li>
<li><a href="/api/me"><code>/api/me</code></a><span>for every caller: what their claims say</span></li>
<li><a href="/api/admin"><code>/api/admin</code></a><span>for the group <code>admin</code></span></li>
<li><a href="/api/reports"><code>/api/reports</code></a><span>for the scope <code>reports:read</code></span></li>
<li><code>POST /api/echo</code><span>for every caller: the same JSON back, and who sent it. With a cookie, only from a page of
this application.</span></li>
<li><a href="/health/live"><code>/health/live</code></a><span>for everyone: the process runs</span></li>
<li><a href="/health/ready"><code>/health/ready</code></a><span>for everyone: whether callers can be judged, and the state of the keys</span></li>
<li><a href="/metrics"><code>/metrics</code></a><span>for everyone: figures for Prometheus</span></li>
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
<li><span class="tag good">200</span><span>the token is good, and allowed to do this</span></li>
<li><span class="tag warn">401</span><span>there is no token, or it has expired, was changed, or is another issuer's or for another audience</span></li>
<li><span class="tag warn">403</span><span>the token is good, and lacks the group or the scope</span></li>
<li><span class="tag">503</span><span>the issuer's keys could not be loaded yet; <code>Retry-After</code> says when to come back</span></li>
</ul>
</section>

<section class="card" aria-labelledby="org">
<h2 id="org">Your own Okta org</h2>
<p>In the environment, or in a file <code>.env</code> where you start it. The first line alone takes tokens; with the others
people can sign in, once <code>{url}/authorization-code/callback</code> is a sign-in redirect URI of the application.</p>
<pre tabindex="0">OKTA_OAUTH2_ISSUER=https://{{yourOktaDomain}}/oauth2/default
OKTA_OAUTH2_CLIENT_ID=0oa…
OKTA_OAUTH2_CLIENT_SECRET=…</pre>
</section>"##,
            issuer_url = Text(&self.about.issuer),
        )
    }

    /// The way in.
    fn welcome(&self) -> String {
        match self.person {
            Some(name) => format!(
                "<p class=\"actions\"><a class=\"button\" href=\"/dashboard\">To the dashboard</a> \
                 <span class=\"soft\">Signed in as {}</span></p>",
                Text(name)
            ),
            None if self.about.has_sign_in => {
                "<p class=\"actions\"><a class=\"button\" href=\"/login?return_to=/dashboard\">Sign in</a></p>".to_owned()
            }
            None => "<p>Nobody can sign in here: <code>OKTA_OAUTH2_CLIENT_ID</code> is not set, so that only tokens are \
                     taken.</p>"
                .to_owned(),
        }
    }

    /// Who there is to sign in as.
    fn accounts(&self) -> &'static str {
        if !self.about.is_stand_in {
            return "";
        }
        r#"
<section class="card" aria-labelledby="accounts">
<h2 id="accounts">Accounts to try</h2>
<p class="soft">Their passwords are <code>admin-password</code> and so on.</p>
<ul class="rows">
<li><code>admin</code><span>sees the dashboard with its controls</span></li>
<li><code>viewer</code><span>sees the same, and can change nothing</span></li>
<li><code>nobody</code><span>can sign in, and has access to nothing</span></li>
</ul>
</section>
"#
    }

    /// Whose tokens are taken.
    fn issuer(&self) -> &'static str {
        if self.about.is_stand_in {
            "A <strong>development stand-in</strong> for Okta inside this process. Everybody knows its passwords, and it \
             listens on this machine alone. The terminal that runs the quickstart shows tokens of it to try."
        } else {
            "As <code>OKTA_OAUTH2_ISSUER</code> says."
        }
    }

    /// Whether callers can be judged.
    fn keys(&self) -> String {
        match health::reason(self.keys) {
            None => format!(
                "<span class=\"tag good\">Ready</span> Its signing keys are loaded ({}).",
                self.keys.kids.len()
            ),
            Some(reason) if self.keys.is_ready() => format!(
                "<span class=\"tag warn\">Ready, on the keys from before</span> {}.",
                Text(&reason)
            ),
            Some(reason) => format!(
                "<span class=\"tag warn\">Not ready</span> {}. Nothing need be done when the issuer is back.",
                Text(&reason)
            ),
        }
    }
}
