//! The style of all pages.

/// The style sheet. Part of the source, so that its line endings and hash are the same in every
/// checkout.
pub(super) const STYLE: &str = "
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #fff; --ink: #16202c; --soft: #55606e; --line: #dce1e7; --code: #eef1f5;
  --accent: #2456c8; --accent-strong: #1b449f; --on-accent: #fff;
  --good: #17692f; --good-card: #e3f4e7; --warn: #8a4b00; --warn-card: #fdf0dc; --plain: #47525f;
  --plain-card: #e9edf1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10141a; --card: #181e26; --ink: #e7ebf0; --soft: #9ba7b4; --line: #2c3540;
    --code: #212934;
    --accent: #86aefc; --accent-strong: #a9c5fd; --on-accent: #0d1729;
    --good: #6fd58a; --good-card: #15301d; --warn: #f0b45f; --warn-card: #362610; --plain: #b4bfca;
    --plain-card: #262f39;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif;
}
.bar, main, footer { max-width: 56rem; margin: 0 auto; padding: 0 1.25rem; }
header { background: var(--card); border-bottom: 1px solid var(--line); }
.bar {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between;
  gap: .25rem 1.5rem; min-height: 3.75rem; padding-block: .5rem;
}
nav { display: flex; align-items: baseline; gap: 1.25rem; }
nav a { color: var(--soft); text-decoration: none; padding: .35rem 0; }
nav a:hover { color: var(--ink); text-decoration: underline; }
nav .brand { color: var(--ink); font-weight: 700; letter-spacing: -.01em; }
.account { display: flex; align-items: center; gap: .9rem; min-width: 0; }
.who {
  color: var(--soft); font-size: .92rem; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap;
}
main { padding-block: 2.25rem 1rem; }
footer { padding-block: 1rem 2.5rem; color: var(--soft); font-size: .875rem; }
h1 {
  margin: 0; font-size: clamp(1.6rem, 1.25rem + 1.8vw, 2.2rem); line-height: 1.2;
  letter-spacing: -.02em; overflow-wrap: anywhere;
}
h2 { margin: 0 0 .85rem; font-size: 1.125rem; line-height: 1.3; letter-spacing: -.005em; }
h3 { margin: 1.25rem 0 .25rem; font-size: .95rem; }
p { margin: 0 0 .75rem; }
p:last-child, ul:last-child, dl:last-child, pre:last-child { margin-bottom: 0; }
.soft { color: var(--soft); }
.lead { max-width: 42rem; margin: .6rem 0 1.4rem; color: var(--soft); font-size: 1.08rem; }
a { color: var(--accent); text-underline-offset: .15em; }
a:hover { color: var(--accent-strong); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
.skip { position: absolute; left: -100vw; }
.skip:focus {
  left: 1rem; top: .5rem; padding: .5rem .9rem; background: var(--card); border-radius: 8px;
}
form { margin: 0; }
button, .button {
  display: inline-block; padding: .6rem 1.15rem; border: 1px solid transparent; border-radius: 9px;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600;
  line-height: 1.35; text-decoration: none; white-space: nowrap; cursor: pointer;
}
button:hover, .button:hover { background: var(--accent-strong); color: var(--on-accent); }
.quiet {
  padding: .4rem .85rem; background: none; border-color: var(--line); color: var(--ink);
  font-weight: 500;
}
.quiet:hover { background: var(--code); color: var(--ink); }
label { display: block; margin: 0 0 .25rem; font-weight: 600; font-size: .92rem; }
input, textarea, select {
  display: block; width: 100%; max-width: 28rem; margin: 0 0 1rem; padding: .55rem .75rem;
  border: 1px solid var(--soft); border-radius: 9px; background: var(--page); color: var(--ink);
  font: inherit;
}
textarea {
  max-width: none; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-size: .85em;
}
table { width: 100%; border-collapse: collapse; }
th, td {
  padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere;
}
th { color: var(--soft); font-weight: 600; font-size: .92rem; }
.scroll { overflow-x: auto; }
.notice { margin: 1.25rem 0 0; padding: .85rem 1.1rem; border-radius: 9px; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem; margin: 0; }
.card {
  margin: 1.25rem 0 0; padding: 1.35rem 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 14px;
}
.pair {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr));
  gap: 0 1.25rem;
}
.tag {
  display: inline-block; padding: .1rem .6rem; border-radius: 99px; background: var(--plain-card);
  color: var(--plain); font-size: .85rem; font-weight: 600; line-height: 1.6;
  overflow-wrap: anywhere;
}
.good { background: var(--good-card); color: var(--good); }
.warn { background: var(--warn-card); color: var(--warn); }
.tags { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0; padding: 0; list-style: none; }
.rows { margin: 0; padding: 0; list-style: none; }
.rows > li, dl > div {
  display: grid; grid-template-columns: minmax(8.5rem, 13rem) 1fr; gap: .1rem 1.25rem;
  padding: .55rem 0; border-top: 1px solid var(--line);
}
.rows > li > .tag { place-self: start; }
.rows > li:first-child, dl > div:first-child { border-top: 0; padding-top: 0; }
.rows > li:last-child, dl > div:last-child { padding-bottom: 0; }
dl { margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre {
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .9em;
}
code { overflow-wrap: anywhere; }
pre {
  margin: 0 0 .75rem; padding: .85rem 1rem; overflow-x: auto; background: var(--code);
  border-radius: 9px; line-height: 1.55;
}
.person { display: flex; align-items: center; gap: 1.1rem; }
.person > div { min-width: 0; }
.person p { margin: .15rem 0 0; overflow-wrap: anywhere; }
.face {
  flex: none; display: grid; place-items: center; width: 3.6rem; height: 3.6rem;
  border-radius: 50%; background: var(--accent); color: var(--on-accent); font-size: 1.25rem;
  font-weight: 700;
}
@media (max-width: 34rem) {
  .rows > li, dl > div { grid-template-columns: 1fr; }
  .card { padding: 1.15rem 1.1rem; }
  main { padding-top: 1.6rem; }
  .who { display: none; }
}
";

/// The style's hash for the Content-Security-Policy (CSP Level 3, section 6.7.3.3).
pub(super) const STYLE_HASH: &str = "sha256-ymjuUSoUZ3o7ibq8qauRY+svxbPk3keUmxfAnt9UkDM=";

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    #[test]
    fn style_hash_matches_the_style() {
        let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        assert_eq!(STYLE_HASH, format!("sha256-{hash}"));
    }
}
