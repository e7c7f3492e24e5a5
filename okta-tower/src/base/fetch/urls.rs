//! Which URLs may be fetched, and at which address.

use url::{Host, Url};

/// The issuer's own origins. Every endpoint that a metadata document names must be on one.
#[derive(Clone, Debug)]
pub(crate) struct UrlPolicy {
    /// Scheme, host and port of the issuer and of its other names.
    origins: Vec<url::Origin>,
    /// Where requests to these origins go instead.
    address: Option<Url>,
    is_http: bool,
    is_loopback: bool,
}

/// Where plain `http` is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    Nowhere,
    OnLoopback,
    Anywhere,
}

impl PlainHttp {
    /// Returns whether a URL with plain `http` is allowed.
    pub(crate) fn allows(self, url: &Url) -> bool {
        match self {
            Self::Nowhere => false,
            Self::OnLoopback => is_loopback(url),
            Self::Anywhere => true,
        }
    }
}

/// The URL is not one of the issuer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ForeignUrl;

impl UrlPolicy {
    /// Returns the policy for checked issuers: `https`, or `http` if allowed. With an `address`,
    /// all requests go there; a path in it precedes the paths of the URLs.
    pub(crate) fn new<'u>(
        issuers: impl IntoIterator<Item = &'u Url>,
        address: Option<Url>,
    ) -> Self {
        let issuers: Vec<&Url> = issuers.into_iter().collect();
        let asked = address
            .as_ref()
            .map_or_else(|| issuers.clone(), |url| vec![url]);
        let is_http = asked.iter().all(|url| url.scheme() == "http");
        let is_loopback = asked.iter().all(|url| is_loopback(url));
        Self {
            origins: issuers.iter().map(|url| url.origin()).collect(),
            is_http,
            is_loopback,
            address,
        }
    }

    /// Checks that this URL is the issuer's own: browsers may be sent there.
    pub(crate) fn check(&self, url: &Url) -> Result<(), ForeignUrl> {
        if has_no_credentials(url) && self.origins.contains(&url.origin()) {
            Ok(())
        } else {
            Err(ForeignUrl)
        }
    }

    /// Returns where a request to this URL goes, if it may be made.
    pub(crate) fn resolve(&self, url: &Url) -> Result<Url, ForeignUrl> {
        let Some(address) = &self.address else {
            return self.check(url).map(|()| url.clone());
        };
        if has_no_credentials(url) && url.origin() == address.origin() {
            return Ok(url.clone());
        }
        self.check(url)?;
        let mut target = address.clone();
        target.set_path(&format!(
            "{}{}",
            address.path().trim_end_matches('/'),
            url.path()
        ));
        target.set_query(url.query());
        Ok(target)
    }

    /// Returns whether every request uses plain `http`.
    pub(crate) fn is_http(&self) -> bool {
        self.is_http
    }

    /// Returns whether every request uses plain `http` on loopback.
    pub(crate) fn is_loopback_http(&self) -> bool {
        self.is_http && self.is_loopback
    }
}

fn has_no_credentials(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
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
        let policy = UrlPolicy::new(&urls, None);
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
        assert!(UrlPolicy::new([&http], None).is_loopback_http());
        let both = UrlPolicy::new([&http, &https], None);
        assert!(!both.is_loopback_http() && !both.is_http());
        // Only the address is asked.
        let private = Url::parse("http://10.0.0.1").unwrap();
        let policy = UrlPolicy::new([&https], Some(private));
        assert!(policy.is_http() && !policy.is_loopback_http());
        assert!(!UrlPolicy::new([&http], Some(https)).is_http());
    }

    #[test]
    fn requests_go_to_the_address_and_browsers_do_not() {
        let issuer = Url::parse("https://a.okta.com/oauth2/default").unwrap();
        let keys = Url::parse("https://a.okta.com/oauth2/default/v1/keys?client_id=1").unwrap();
        let resolve = |address: &str, url: &Url| {
            let policy = UrlPolicy::new([&issuer], Some(Url::parse(address).unwrap()));
            policy.resolve(url).map(String::from)
        };
        for (address, target) in [
            ("http://10.0.0.1:81", "http://10.0.0.1:81"),
            ("https://gate.internal/", "https://gate.internal"),
            ("https://gate.internal/okta/", "https://gate.internal/okta"),
        ] {
            let expected = format!("{target}/oauth2/default/v1/keys?client_id=1");
            assert_eq!(resolve(address, &keys), Ok(expected));
            // The metadata may name the address itself, and no other host.
            let own = Url::parse(&format!("{target}/keys")).unwrap();
            assert_eq!(resolve(address, &own), Ok(own.to_string()));
            let policy = UrlPolicy::new([&issuer], Some(Url::parse(address).unwrap()));
            assert_eq!(policy.check(&own), Err(ForeignUrl));
            assert_eq!(policy.check(&keys), Ok(()));
        }
        for foreign in [
            "https://evil.example/keys",
            "https://u:p@gate.internal/keys",
        ] {
            let foreign = Url::parse(foreign).unwrap();
            assert_eq!(resolve("https://gate.internal", &foreign), Err(ForeignUrl));
        }
    }
}
