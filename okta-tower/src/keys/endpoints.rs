//! The endpoints of an OAuth client, as the issuer's metadata name them. Used by sign-in.

use url::Url;

use crate::config::issuer::Issuer;

/// The endpoints of an authorization server. Each is on one of the issuer's own origins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoints {
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) userinfo: Option<Url>,
    /// RFC 7009.
    pub(crate) revocation: Option<Url>,
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub(crate) end_session: Option<Url>,
    /// RFC 9126.
    pub(crate) pushed_authorization_request: Option<Url>,
    /// Whether the issuer says that it names itself in every callback (RFC 9207).
    pub(crate) names_issuer_in_callback: bool,
}

impl Endpoints {
    /// Returns Okta's fixed paths below the issuer: used until the metadata are read.
    pub(super) fn fixed(issuer: &Issuer) -> Self {
        Self {
            authorization: issuer.endpoint("/v1/authorize"),
            token: issuer.endpoint("/v1/token"),
            userinfo: Some(issuer.endpoint("/v1/userinfo")),
            revocation: Some(issuer.endpoint("/v1/revoke")),
            end_session: Some(issuer.endpoint("/v1/logout")),
            pushed_authorization_request: Some(issuer.endpoint("/v1/par")),
            names_issuer_in_callback: false,
        }
    }

    /// Returns what the metadata name. The two required endpoints keep their value if it is
    /// missing.
    pub(super) fn named(
        endpoints: Vec<(&str, Url)>,
        names_issuer_in_callback: bool,
        before: &Self,
    ) -> Self {
        let mut found = Self {
            userinfo: None,
            revocation: None,
            end_session: None,
            pushed_authorization_request: None,
            names_issuer_in_callback,
            ..before.clone()
        };
        for (name, mut url) in endpoints {
            // RFC 6749 section 3.1: an endpoint has no fragment.
            url.set_fragment(None);
            match name {
                "authorization_endpoint" => found.authorization = url,
                "token_endpoint" => found.token = url,
                "userinfo_endpoint" => found.userinfo = Some(url),
                "revocation_endpoint" => found.revocation = Some(url),
                "end_session_endpoint" => found.end_session = Some(url),
                "pushed_authorization_request_endpoint" => {
                    found.pushed_authorization_request = Some(url);
                }
                _ => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::builder::OktaBuilder;

    fn fixed() -> Endpoints {
        let config = OktaBuilder::new("https://a.okta.com/oauth2/default").build();
        Endpoints::fixed(&config.unwrap().issuer)
    }

    #[test]
    fn fixed_paths_are_used_before_the_metadata() {
        let fixed = fixed();
        let base = "https://a.okta.com/oauth2/default/v1";
        assert_eq!(fixed.authorization.as_str(), format!("{base}/authorize"));
        assert_eq!(fixed.token.as_str(), format!("{base}/token"));
        assert_eq!(fixed.userinfo.unwrap().as_str(), format!("{base}/userinfo"));
        assert_eq!(fixed.revocation.unwrap().as_str(), format!("{base}/revoke"));
        assert_eq!(
            fixed.end_session.unwrap().as_str(),
            format!("{base}/logout")
        );
        let par = fixed.pushed_authorization_request.unwrap();
        assert_eq!(par.as_str(), format!("{base}/par"));
        assert!(!fixed.names_issuer_in_callback);
    }

    #[test]
    fn endpoints_missing_from_the_metadata_are_not_guessed() {
        let url = |text: &str| Url::parse(text).unwrap();
        let named = vec![
            ("token_endpoint", url("https://a.okta.com/t#x")),
            ("end_session_endpoint", url("https://a.okta.com/bye")),
            ("other_endpoint", url("https://a.okta.com/o")),
        ];
        let found = Endpoints::named(named, true, &fixed());
        assert_eq!(found.token.as_str(), "https://a.okta.com/t");
        assert_eq!(found.end_session, Some(url("https://a.okta.com/bye")));
        assert_eq!(found.authorization, fixed().authorization);
        assert_eq!((found.userinfo, found.revocation), (None, None));
        assert_eq!(found.pushed_authorization_request, None);
        assert!(found.names_issuer_in_callback);
    }
}
