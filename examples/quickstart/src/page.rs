//! The page at `/`.

use okta_tower::keys::KeyState;

use crate::health;

/// What the page says of this program. It is configuration: nothing of a request is in it.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) url: String,
    pub(crate) issuer: String,
    pub(crate) is_stand_in: bool,
}

/// No script, nothing from elsewhere, and no style but the one that is on the page, by its hash.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-Go6lKOUpGGZKco7cHxMBN08x1zy0Vm6/SsBtLm7Nu84='; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = "
:root { color-scheme: light dark; --line: #d8dee6; --soft: #5b6673; --card: #f6f8fa; --link: #0a58ca; --good: #1a7f37; --bad: #b35900; }
@media (prefers-color-scheme: dark) { :root { --line: #343b45; --soft: #9aa5b1; --card: #1b2027; --link: #6cb0ff; --good: #3fb950; --bad: #e0973a; } body { background: #12161b; color: #e6e9ed; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 2.5rem 1.25rem 4rem; font: 1rem/1.6 system-ui, sans-serif; }
h1 { margin: 0 0 .25rem; font-size: 1.9rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.15rem; }
p { margin: .5rem 0; }
.soft { color: var(--soft); }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible { outline: 2px solid; outline-offset: 2px; border-radius: 2px; }
code, pre { font: .9em/1.5 ui-monospace, monospace; }
pre { margin: .75rem 0; padding: .9rem 1rem; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.card { margin: 1.5rem 0 0; padding: .9rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow-wrap: anywhere; }
.state { font-weight: 600; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .5rem .75rem .5rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-size: .85rem; font-weight: 600; color: var(--soft); }
td:first-child { white-space: nowrap; }
";

/// The page, with the state of the keys as it is now.
pub(crate) fn html(about: &About, keys: &KeyState) -> String {
    let url = escaped(&about.url);
    let issuer = escaped(&about.issuer);
    let whose = if about.is_stand_in {
        "It is a <strong>development stand-in</strong> for Okta inside this process: it asks nobody for a password, and \
         listens on this machine alone. The terminal that runs the quickstart shows tokens of it to try."
    } else {
        "It comes from <code>OKTA_OAUTH2_ISSUER</code>."
    };
    let state = match health::reason(keys) {
        None => format!(
            "<span class=\"state good\">Ready.</span> The signing keys of the issuer are loaded ({}).",
            keys.kids.len()
        ),
        Some(reason) if keys.is_ready() => format!(
            "<span class=\"state bad\">Ready, on the keys from before.</span> {}.",
            escaped(&reason)
        ),
        Some(reason) => format!(
            "<span class=\"state bad\">Not ready.</span> {}. Nothing need be done when the issuer is back.",
            escaped(&reason)
        ),
    };
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>okta-tower quickstart</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>A protected API</h1>
<p class="soft">The quickstart of okta-tower: authentication with Okta for Tower services, here in Axum.</p>

<div class="card">
<p>Tokens are taken from <code>{issuer}</code>. {whose}</p>
<p>{state}</p>
</div>

<h2>What there is</h2>
<div class="wide">
<table>
<thead><tr><th scope="col">Route</th><th scope="col">Who may call it</th><th scope="col">What it answers</th></tr></thead>
<tbody>
<tr><td><a href="/api/me">/api/me</a></td><td>anyone with a valid token</td><td>what the token says: subject, ids, groups, scopes, expiry</td></tr>
<tr><td><a href="/api/admin">/api/admin</a></td><td>the group <code>admin</code></td><td>a message</td></tr>
<tr><td><a href="/api/reports">/api/reports</a></td><td>the scope <code>reports:read</code></td><td>two reports</td></tr>
<tr><td><a href="/health/live">/health/live</a></td><td>everyone</td><td>that the process runs</td></tr>
<tr><td><a href="/health/ready">/health/ready</a></td><td>everyone</td><td>whether tokens can be judged, and the state of the keys</td></tr>
<tr><td><a href="/metrics">/metrics</a></td><td>everyone</td><td>figures for Prometheus</td></tr>
</tbody>
</table>
</div>
<p class="soft">The links to <code>/api</code> answer 401 in a browser: it sends no token. That is the point.</p>

<h2>With a token</h2>
<pre tabindex="0">curl {url}/api/me -H "Authorization: Bearer $TOKEN"</pre>
<div class="wide">
<table>
<thead><tr><th scope="col">Answer</th><th scope="col">When</th></tr></thead>
<tbody>
<tr><td>200</td><td>the token is good, and allowed to do this</td></tr>
<tr><td>401</td><td>there is no token, or it has expired, was changed, or is another issuer's or for another audience</td></tr>
<tr><td>403</td><td>the token is good, and lacks the group or the scope</td></tr>
<tr><td>503</td><td>the issuer's keys could not be loaded yet; <code>Retry-After</code> says when to come back</td></tr>
</tbody>
</table>
</div>

<h2>Your own Okta org</h2>
<p>In the environment, or in a file <code>.env</code> where you start it:</p>
<pre tabindex="0">OKTA_OAUTH2_ISSUER=https://{{yourOktaDomain}}/oauth2/default
OKTA_OAUTH2_AUDIENCE=api://default
OKTA_OAUTH2_GROUPS_CLAIM=groups</pre>
</main>
</body>
</html>
"#
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
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
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    #[test]
    fn the_policy_allows_the_style_that_is_on_the_page() {
        let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        assert!(
            CONTENT_SECURITY_POLICY.contains(&format!("'sha256-{hash}'")),
            "the style has changed: its hash is {hash}"
        );
    }

    #[test]
    fn text_that_is_configured_cannot_become_markup() {
        assert_eq!(
            escaped("<a href=\"x\">&'"),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"
        );
        assert_eq!(escaped("http://127.0.0.1:3000"), "http://127.0.0.1:3000");
    }
}
