//! The pages of an application that sets none of its own.

use super::{Pages, document::Document, markup::escape, page::Page};

/// Writes short English pages, for light and dark mode and keyboard use. The default of
/// [`SignIn::pages`](crate::SignIn::pages).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct DefaultPages;

impl Pages for DefaultPages {
    fn write(&self, page: &Page) -> Document {
        let title = page.title();
        let mut body = format!(
            "<main>\n<h1>{}</h1>\n<p>{}</p>\n",
            escape(title),
            page.text()
        );
        let actions = page.actions().iter();
        body.extend(actions.map(|action| action.html(action.label())));
        Document::new(title, body + "</main>").style(STYLE)
    }
}

const STYLE: &str = "\
    :root{color-scheme:light dark}\
    body{margin:0;min-height:100vh;display:grid;place-items:center;\
    font:1.05rem/1.6 system-ui,-apple-system,'Segoe UI',sans-serif;\
    color:#1d2330;background:#f3f4f7}\
    main{box-sizing:border-box;width:min(30rem,100% - 2rem);margin:1rem;padding:2rem;\
    border-radius:.9rem;background:#fff;box-shadow:0 1px 3px #0002,0 8px 24px #0001}\
    h1{margin:0 0 .75rem;font-size:1.4rem;line-height:1.3}\
    p{margin:0 0 1.25rem;overflow-wrap:anywhere}\
    form{display:inline}\
    a,button{display:inline-block;margin:0 .5rem .5rem 0;padding:.55rem 1.2rem;border:0;\
    border-radius:.5rem;font:inherit;cursor:pointer;text-decoration:none;\
    color:#fff;background:#1a4fd0}\
    a:hover,button:hover{background:#143fa8}\
    a~a,a~form button{color:inherit;background:#8883}\
    a~a:hover,a~form button:hover{background:#8886}\
    a:focus-visible,button:focus-visible{outline:3px solid #7da2ff;outline-offset:2px}\
    @media(prefers-color-scheme:dark){body{color:#e7e9ef;background:#12151c}\
    main{background:#1c212c;box-shadow:0 0 0 1px #fff1}\
    a,button{color:#10131a;background:#9db9ff}a:hover,button:hover{background:#b9ceff}}";

#[cfg(test)]
mod tests {
    use super::{
        super::{Action, ActionKind, Hashed, PageKind, SignInProblem},
        *,
    };

    #[test]
    fn shown_text_is_escaped() {
        let evil = "<script>alert(1)</script>\"'&";
        let problem = SignInProblem::Denied(evil.into());
        let page = Page::of_problem(&problem, Some("/login?a=\""));
        let page = page.with_data("message", evil.into());
        let html = DefaultPages.write(&page).html(&page);
        assert!(!html.contains("<script"), "{html}");
        let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;";
        assert_eq!(html.matches(escaped).count(), 2);
        assert!(html.contains("<a href=\"/login?a=&quot;\">Try again</a>"));
    }

    #[test]
    fn form_that_a_page_leaves_out_is_added() {
        let form = || {
            let fields = vec![("hint", "x".into())];
            Action::form(ActionKind::Continue, "https://a.example/", fields)
        };
        let page = Page::new(PageKind::SigningOut, vec![form()]);
        for document in [
            DefaultPages.write(&page),
            Document::new("Bye", "<p>Bye</p>"),
        ] {
            let html = document.html(&page);
            assert_eq!(html.matches("<form").count(), 1, "{html}");
        }
        let page = Page::new(
            PageKind::SignedIn,
            vec![Action::link(ActionKind::Continue, "/")],
        );
        let html = Document::new("Done", "").html(&page);
        assert!(!html.contains("<form") && !html.contains("<a"), "{html}");
    }

    #[test]
    fn policy_allows_the_pages_own_style_and_script() {
        let script: &'static Hashed = Box::leak(Box::new(Hashed::new("1")));
        let page = Page::new(PageKind::SignedIn, Vec::new());
        let bare = Document::new("Title", "");
        let policy = bare.policy(&page);
        assert!(policy.contains("script-src 'none'") && policy.contains("form-action 'none'"));
        assert!(!policy.contains("'self'"), "{policy}");
        let page = page.with_script(script);
        let policy = bare.clone().allow_own_files().policy(&page);
        assert!(policy.contains(&format!("script-src {};", script.source)));
        assert!(policy.contains(" 'self'; font-src 'self'; img-src 'self' data:"));
        assert_ne!(bare.clone().style("a{}").policy(&page), bare.policy(&page));
        // The style must not end its element early.
        assert!(!STYLE.contains('<'));
    }
}
