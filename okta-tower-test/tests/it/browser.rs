//! A minimal browser: it keeps one cookie and submits forms.

use std::sync::Mutex;

use reqwest::header;

use crate::world::{App, Reply, send};

/// A browser that visits one issuer and keeps its cookie.
pub(crate) struct Browser<'a> {
    app: &'a App,
    cookie: Mutex<Option<String>>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(app: &'a App) -> Self {
        Self {
            app,
            cookie: Mutex::new(None),
        }
    }

    pub(crate) fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    /// Sends a valid authorization request with these changes.
    pub(crate) async fn authorize(&self, changes: &[(&str, &str)]) -> Reply {
        self.get(&self.app.authorize_url(changes)).await
    }

    pub(crate) async fn get(&self, url: &str) -> Reply {
        let request = self.app.http.get(url);
        let request = request.header(header::COOKIE, self.cookie().unwrap_or_default());
        self.keep(Reply::of(request.send().await.unwrap()).await)
    }

    /// Submits the form of this page with these fields filled in.
    pub(crate) async fn submit(&self, page: &Reply, fields: &[(&str, &str)]) -> Reply {
        let path = attribute(&page.text, "form method=\"post\" action");
        let url = format!("http://{}{path}", self.app.issuer.address());
        let attempt = attribute(&page.text, "name=\"attempt\" value");
        let mut form = vec![("attempt", attempt.as_str())];
        form.extend(fields);
        let request = self.app.http.post(url);
        let request = request.header(header::COOKIE, self.cookie().unwrap_or_default());
        self.keep(send(request, &form).await)
    }

    /// Signs in on the sign-in page.
    pub(crate) async fn sign_in(&self, page: &Reply, login: &str, password: &str) -> Reply {
        let fields = [
            ("login", login),
            ("password", password),
            ("action", "sign-in"),
        ];
        self.submit(page, &fields).await
    }

    fn keep(&self, reply: Reply) -> Reply {
        if let Some(cookie) = reply.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (pair, attributes) = cookie.split_once(';').unwrap();
            assert!(attributes.contains("HttpOnly"));
            let is_removed = attributes.contains("Max-Age=0");
            *self.cookie.lock().unwrap() = (!is_removed).then(|| pair.to_owned());
        }
        reply
    }
}

/// Returns the first value of this attribute, without unescaping.
pub(crate) fn attribute(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("{name}=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}
