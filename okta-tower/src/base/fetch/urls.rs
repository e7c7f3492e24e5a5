//! Which URLs may be fetched.

use url::{Host, Url};

/// The issuer's own origins. Every endpoint that a metadata document names must be on one.
#[derive(Clone, Debug)]
pub(crate) struct UrlPolicy {
    /// Scheme, host and port of the issuer and of its other names.
    origins: Vec<url::Origin>,
    is_loopback_http: bool,
}

/// The URL is not one of the issuer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ForeignUrl;

impl UrlPolicy {
    /// Returns the policy for checked issuers: `https`, or `http` if allowed on loopback.
    pub(crate) fn new<'u>(issuers: impl IntoIterator<Item = &'u Url>) -> Self {
        let mut is_loopback_http = true;
        let origins = issuers.into_iter().map(|url| {
            is_loopback_http &= url.scheme() == "http" && is_loopback(url);
            url.origin()
        });
        Self {
            origins: origins.collect(),
            is_loopback_http,
        }
    }

    /// Checks that this URL may be fetched or sent to.
    pub(crate) fn check(&self, url: &Url) -> Result<(), ForeignUrl> {
        let is_plain = url.username().is_empty() && url.password().is_none();
        if is_plain && self.origins.contains(&url.origin()) {
            Ok(())
        } else {
            Err(ForeignUrl)
        }
    }

    /// Returns whether every allowed URL is plain `http` on loopback.
    pub(crate) fn is_loopback_http(&self) -> bool {
        self.is_loopback_http
    }
}

/// Returns whether the host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_issuers_origins_pass() {
        let issuers = [
            "https://a.okta.com/oauth2/default",
            "https://login.example.com/oauth2/default",
        ];
        let urls = issuers.map(|issuer| Url::parse(issuer).unwrap());
        let policy = UrlPolicy::new(&urls);
        assert!(!policy.is_loopback_http());
        for (text, passes) in [
            ("https://a.okta.com/oauth2/default/v1/keys", true),
            ("https://a.okta.com:443/elsewhere", true),
            ("https://login.example.com/keys", true),
            ("http://a.okta.com/oauth2/default/v1/keys", false),
            ("https://a.okta.com:8443/keys", false),
            ("https://a.okta.com.evil.example/keys", false),
            ("https://evil.example/a.okta.com", false),
            ("https://user@a.okta.com/keys", false),
            ("file:///keys", false),
            ("data:,x", false),
        ] {
            assert_eq!(
                policy.check(&Url::parse(text).unwrap()).is_ok(),
                passes,
                "{text}"
            );
        }
    }

    #[test]
    fn one_https_issuer_requires_tls() {
        let http = Url::parse("http://127.0.0.1:1/oauth2/default").unwrap();
        let https = Url::parse("https://a.okta.com/oauth2/default").unwrap();
        assert!(UrlPolicy::new([&http]).is_loopback_http());
        assert!(!UrlPolicy::new([&http, &https]).is_loopback_http());
    }
}
