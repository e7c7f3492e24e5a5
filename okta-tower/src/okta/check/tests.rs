//! Defaults, ranges, and settings that contradict each other.

use super::*;
use crate::keys::jwk::Algorithm;

const ISSUER: &str = "https://dev-1234.okta.com/oauth2/default";

fn kind(builder: OktaBuilder) -> Option<(Kind, String)> {
    builder
        .check()
        .err()
        .map(|error| (error.kind(), error.setting().to_owned()))
}

fn settings() -> OktaBuilder {
    OktaBuilder::new(ISSUER)
}

#[test]
fn defaults_are_the_documented_ones() {
    let config = settings().build().unwrap();
    assert_eq!(config.policy.audiences, [Box::<str>::from("api://default")]);
    assert_eq!(config.policy.groups_claim.text(), "groups");
    assert_eq!(config.policy.leeway, Duration::from_secs(60));
    assert_eq!(config.policy.algorithms, BTreeSet::from([Algorithm::Rs256]));
    assert_eq!(config.policy.max_token_bytes, 16 * 1024);
    assert_eq!(config.fetch.timeout, Duration::from_secs(5));
    assert_eq!(config.fetch.max_bytes, 256 * 1024);
    assert_eq!(
        config.issuer.discovery_url().as_str(),
        format!("{ISSUER}/.well-known/openid-configuration")
    );
}

#[test]
fn value_outside_range_is_rejected_and_its_ends_are_not() {
    let seconds = Duration::from_secs;
    type Set<T> = fn(OktaBuilder, T) -> OktaBuilder;
    let times: [(&str, Set<Duration>, Duration, Duration); 6] = [
        ("leeway", OktaBuilder::leeway, Duration::ZERO, seconds(300)),
        (
            "fetch_timeout",
            OktaBuilder::fetch_timeout,
            Duration::from_millis(10),
            seconds(60),
        ),
        (
            "connect_timeout",
            OktaBuilder::connect_timeout,
            Duration::from_millis(10),
            seconds(60),
        ),
        (
            "unknown_key_cooldown",
            OktaBuilder::unknown_key_cooldown,
            seconds(1),
            seconds(600),
        ),
        (
            "unknown_key_wait",
            OktaBuilder::unknown_key_wait,
            Duration::ZERO,
            seconds(30),
        ),
        (
            "stale_limit",
            OktaBuilder::stale_limit,
            seconds(30),
            seconds(7 * 24 * 3600),
        ),
    ];
    for (setting, set, least, most) in times {
        assert_eq!(kind(set(settings(), least)), None, "{setting}");
        assert_eq!(kind(set(settings(), most)), None, "{setting}");
        let rejected = Some((Kind::OutOfRange, setting.to_owned()));
        assert_eq!(
            kind(set(settings(), most + Duration::from_millis(1))),
            rejected
        );
        if let Some(less) = least.checked_sub(Duration::from_millis(1)) {
            assert_eq!(kind(set(settings(), less)), rejected);
        }
    }
    let sizes: [(&str, Set<usize>, usize, usize); 2] = [
        (
            "max_token_bytes",
            OktaBuilder::max_token_bytes,
            1024,
            65_536,
        ),
        (
            "max_document_bytes",
            OktaBuilder::max_document_bytes,
            1024,
            16 << 20,
        ),
    ];
    for (setting, set, least, most) in sizes {
        assert_eq!(
            kind(set(settings(), least)).or(kind(set(settings(), most))),
            None,
            "{setting}"
        );
        let rejected = Some((Kind::OutOfRange, setting.to_owned()));
        assert_eq!(kind(set(settings(), least - 1)), rejected);
        assert_eq!(kind(set(settings(), most + 1)), rejected);
    }
    let rejected = Some((Kind::OutOfRange, "refresh_interval".to_owned()));
    assert_eq!(
        kind(settings().refresh_interval(seconds(10)..=seconds(86_400))),
        None
    );
    assert_eq!(kind(settings().refresh_interval(seconds(9)..)), rejected);
    assert_eq!(
        kind(settings().refresh_interval(..seconds(86_401))),
        rejected
    );
    assert_eq!(
        kind(settings().refresh_interval(seconds(60)..=seconds(59))),
        rejected
    );
}

#[test]
fn empty_and_placeholder_values_are_rejected() {
    let none: [&str; 0] = [];
    for (builder, expected, setting) in [
        (settings().audiences(none), Kind::Missing, "audience"),
        (settings().audience(" "), Kind::Missing, "audience"),
        (
            settings().audience("{audience}"),
            Kind::Placeholder,
            "audience",
        ),
        (settings().algorithms([]), Kind::Missing, "algorithms"),
        (
            settings().allowed_clients([""]),
            Kind::Missing,
            "allowed_clients",
        ),
        (
            settings().client_id("{clientId}"),
            Kind::Placeholder,
            "client_id",
        ),
        (settings().client_id(""), Kind::Missing, "client_id"),
        (
            settings().client_secret("{clientSecret}"),
            Kind::Placeholder,
            "client_secret",
        ),
        (settings().client_secret(""), Kind::Missing, "client_secret"),
        (settings().groups_claim(""), Kind::Missing, "groups_claim"),
        (
            settings().groups_claim("exp"),
            Kind::Contradiction,
            "groups_claim",
        ),
        (
            settings().groups_claim("cnf"),
            Kind::Contradiction,
            "groups_claim",
        ),
        // Claims of ID tokens too: sessions have the same groups.
        (
            settings().groups_claim("sid"),
            Kind::Contradiction,
            "groups_claim",
        ),
        (
            settings().groups_claim("azp"),
            Kind::Contradiction,
            "groups_claim",
        ),
        (
            settings().groups_claim("/sub"),
            Kind::Contradiction,
            "groups_claim",
        ),
        (settings().groups_claim("/"), Kind::Invalid, "groups_claim"),
        (
            settings().groups_claim("/a~2b"),
            Kind::Invalid,
            "groups_claim",
        ),
        (
            settings().extra_issuers(["https://x.okta.com"]),
            Kind::OrgIssuer,
            "extra_issuers",
        ),
        (
            settings().extra_issuers(["https://x.okta.com/oauth2/other"]),
            Kind::Contradiction,
            "extra_issuers",
        ),
    ] {
        assert_eq!(kind(builder), Some((expected, setting.to_owned())));
    }
    let right = settings()
        .audiences(["api://default", "https://api.example.com"])
        .allowed_clients(["0oa1"])
        .client_id("0oa2")
        .client_secret("s3cr3t")
        .groups_claim("GroupsClaim")
        .extra_issuers(["https://login.example.com/oauth2/default"]);
    assert_eq!(kind(right), None);
    for claim in [
        "/realm_access/roles",
        "/a~1b/~0",
        "https://example.com/roles",
    ] {
        assert_eq!(kind(settings().groups_claim(claim)), None, "{claim}");
    }
}

#[test]
fn client_id_as_audience_is_rejected() {
    assert_eq!(
        kind(settings().client_id("0oa1").audience("api://default")),
        None
    );
    assert_eq!(
        kind(settings().client_id("0oa1").audience("0oa1")),
        Some((Kind::Contradiction, "audience".to_owned()))
    );
}

#[test]
fn wrong_proxy_and_certificate_are_not_shown() {
    let config = settings()
        .proxy("http://ada:p%40ss@egress.example.com:3128")
        .build()
        .unwrap();
    let proxy = config.fetch.proxy.unwrap();
    assert_eq!(proxy.url.as_str(), "http://egress.example.com:3128/");
    let (user, password) = proxy.credentials.clone().unwrap();
    assert_eq!((user.as_str(), password.expose()), ("ada", "p@ss"));
    assert!(!format!("{proxy:?}").contains("p@ss"));
    for wrong in ["egress.example.com:3128", "socks5://p:1", "", "http://"] {
        let error = settings().proxy(wrong).check().unwrap_err();
        assert_eq!(
            (error.kind(), error.setting()),
            (Kind::Invalid, "proxy"),
            "{wrong}"
        );
    }
    let error = settings().proxy("//ada:hunter2@p").check().unwrap_err();
    assert!(!error.to_string().contains("hunter2"));
    let secretive = settings()
        .proxy("http://ada:hunter2@p")
        .client_secret("hunter3");
    assert!(!format!("{secretive:?}").contains("hunter"));
    let error = settings().root_certificate(*b"DER").check().unwrap_err();
    assert_eq!(
        (error.kind(), error.setting()),
        (Kind::Invalid, "root_certificate")
    );
}
