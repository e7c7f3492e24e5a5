//! The issuer's metadata, keys and clock.

use std::time::SystemTime;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{
    HeaderMap,
    header::{CACHE_CONTROL, DATE},
};
use okta_tower::{
    Okta,
    explain::{Check, Topic},
};
use serde_json::Value;
use url::{Host, Url};

use super::{difference, document, failure, warning};
use crate::{report::Report, settings::Settings};

/// The largest difference between the clocks without a warning, in seconds: the default leeway.
const MAX_DIFFERENCE: u64 = 60;
/// The smallest accepted RSA key, in bits (RFC 7518 section 3.3).
const MIN_BITS: usize = 2048;

/// Checks the documents. Returns the metadata, if it is this issuer's.
pub(super) async fn check(settings: &Settings, report: &mut Report) -> Option<Value> {
    let metadata = metadata(settings, report).await;
    let keys_url = metadata
        .as_ref()
        .and_then(|metadata| metadata.get("jwks_uri")?.as_str());
    let keys_url = match keys_url.and_then(|url| Url::parse(url).ok()) {
        Some(url) if !settings.is_of_issuer(&url) => {
            let message = format!(
                "jwks_uri is on another host than the issuer: {}",
                url.origin().ascii_serialization()
            );
            let remedy = "the library does not fetch keys there: use the issuer whose metadata \
                          names its own host, or set OKTA_TOWER_ISSUER_ADDRESS";
            report.add(failure(Check::Metadata, message, remedy));
            return None;
        }
        Some(url) => url,
        // The library, too, falls back to Okta's fixed path.
        None => below(settings, "/v1/keys"),
    };
    keys(settings, &keys_url, report).await;
    metadata
}

/// Fetches the keys as the application would, and returns the library's own verifier.
pub(super) async fn start(settings: &Settings, report: &mut Report) -> Option<Okta> {
    let builder = settings.builder();
    let error = match builder.clone().start().await {
        Ok(okta) => return Some(okta),
        Err(error) => error,
    };
    if !report.has_failed(&[Check::Metadata, Check::Keys]) {
        let remedy = "see the reason; docs/troubleshooting.md has the remedies";
        report.add(failure(
            Check::Keys,
            format!("the library cannot start: {error}"),
            remedy,
        ));
    }
    // Without keys the form and the kind of a token can still be explained.
    builder.start_lazy().ok()
}

async fn metadata(settings: &Settings, report: &mut Report) -> Option<Value> {
    let url = below(settings, "/.well-known/openid-configuration");
    let (_, metadata) = document(settings, Check::Metadata, &url, report).await?;
    let configured = settings.issuer();
    match metadata.get("issuer").and_then(Value::as_str) {
        Some(issuer) if issuer == configured => {
            let domain = if is_custom_domain(settings.issuer_url()) {
                " (a custom domain; with the issuer mode Dynamic or Okta URL, tokens may have the \
                 okta.com issuer: then set extra_issuers)"
            } else {
                ""
            };
            report.ok(
                Check::Metadata,
                format!("{url} has the configured issuer{domain}"),
            );
            Some(metadata)
        }
        Some(issuer) => {
            let message = format!(
                "the metadata's issuer is {issuer}, configured is {configured}{}",
                difference(issuer, configured)
            );
            let found = failure(Check::Metadata, message, "")
                .with_advice(Topic::KeyRefresh, "wrong_issuer");
            let remedy = "set OKTA_OAUTH2_ISSUER to the metadata's issuer, exactly; or change the \
                          authorization server's Issuer (Okta URL, Custom URL or Dynamic) under \
                          Security > API";
            report.add(found.with_remedy(remedy));
            None
        }
        None => {
            let found = failure(Check::Metadata, format!("{url} has no `issuer`"), "");
            let found = found.with_advice(Topic::KeyRefresh, "invalid_document");
            report.add(found.with_remedy("check the issuer: the URL serves another document"));
            None
        }
    }
}

async fn keys(settings: &Settings, url: &Url, report: &mut Report) {
    let Some((response, document)) = document(settings, Check::Keys, url, report).await else {
        return;
    };
    clock(&response.headers, SystemTime::now(), report);
    let keys = document.get("keys").and_then(Value::as_array);
    let keys = keys.map(Vec::as_slice).unwrap_or_default();
    if keys.is_empty() {
        let remedy = "check the issuer: its authorization server has no signing key";
        report.add(
            failure(Check::Keys, format!("{url} has no keys"), remedy)
                .with_advice(Topic::KeyRefresh, "no_usable_key")
                .with_remedy(remedy),
        );
        return;
    }
    let is_usable = |key: &&Value| problem(key).is_none();
    let usable = keys.iter().filter(is_usable).count();
    for (index, key) in keys.iter().enumerate() {
        if let Some(problem) = problem(key) {
            let message = format!("key {index} is not used: {problem}");
            let remedy = "Okta signs with RS256 and 2048 bits: no token needs this key, unless the \
                          issuer is another provider (then set the algorithms)";
            report.add(warning(Check::Keys, message, remedy));
        }
    }
    let age = match max_age(&response.headers) {
        Some(seconds) => format!("max-age {seconds} s"),
        None => "no max-age".to_owned(),
    };
    if usable == 0 {
        let message = format!("{url} has {} keys, and none is usable", keys.len());
        let found = failure(Check::Keys, message, "");
        report.add(found.with_advice(Topic::KeyRefresh, "no_usable_key").with_remedy(
            "publish an RS256 key of 2048 bits or more with `kid`, or use an issuer that has one",
        ));
        return;
    }
    report.ok(
        Check::Keys,
        format!("{usable} of {} keys usable (RS256), {age}", keys.len()),
    );
}

/// Returns why the library does not use a key for RS256.
fn problem(key: &Value) -> Option<String> {
    let member = |name| key.get(name).and_then(Value::as_str);
    if member("kty") != Some("RSA") {
        return Some("kty is not RSA".to_owned());
    }
    if member("kid").is_none() {
        return Some("it has no kid".to_owned());
    }
    if member("alg").is_some_and(|alg| alg != "RS256") {
        return Some("alg is not RS256".to_owned());
    }
    if member("use").is_some_and(|usage| usage != "sig") {
        return Some("use is not sig".to_owned());
    }
    let modulus = BASE64_URL_SAFE_NO_PAD.decode(member("n").unwrap_or_default());
    let modulus = modulus.unwrap_or_default();
    let significant = modulus.iter().skip_while(|byte| **byte == 0).count();
    let first = modulus
        .iter()
        .find(|byte| **byte != 0)
        .copied()
        .unwrap_or_default();
    let bits = (significant * 8).saturating_sub(first.leading_zeros() as usize);
    (bits < MIN_BITS).then(|| format!("it has {bits} bits, fewer than {MIN_BITS}"))
}

fn clock(headers: &HeaderMap, now: SystemTime, report: &mut Report) {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        let remedy = "compare this machine's clock with a time server";
        report.add(warning(Check::Clock, "the issuer sends no Date", remedy));
        return;
    };
    let (difference, word) = match now.duration_since(date) {
        Ok(ahead) => (ahead.as_secs(), "ahead of"),
        Err(behind) => (behind.duration().as_secs(), "behind"),
    };
    if difference > MAX_DIFFERENCE {
        let message = format!("this machine's clock is {difference} s {word} the issuer's");
        let remedy = "synchronize the clock (NTP): beyond the leeway of 60 s, tokens are rejected \
                      as expired, not_yet_valid or issued_in_future";
        report.add(warning(Check::Clock, message, remedy));
    } else {
        report.ok(
            Check::Clock,
            format!("within {MAX_DIFFERENCE} s of the issuer's"),
        );
    }
}

fn max_age(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(CACHE_CONTROL)?.to_str().ok()?;
    let mut ages = text
        .split(',')
        .filter_map(|part| part.trim().strip_prefix("max-age="));
    ages.next()?.trim_matches('"').parse().ok()
}

/// Returns the URL of a path below the issuer.
pub(super) fn below(settings: &Settings, path: &str) -> Url {
    let mut url = settings.issuer_url().clone();
    url.set_path(&format!("{}{path}", settings.issuer_url().path()));
    url
}

fn is_custom_domain(url: &Url) -> bool {
    const OKTA: [&str; 4] = [
        ".okta.com",
        ".oktapreview.com",
        ".okta-emea.com",
        ".okta-gov.com",
    ];
    match url.host() {
        Some(Host::Domain(name)) => {
            name != "localhost" && !OKTA.iter().any(|okta| name.ends_with(okta))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    #[test]
    fn key_is_judged_by_type_use_and_size() {
        let modulus = |bytes: usize| BASE64_URL_SAFE_NO_PAD.encode(vec![0xff; bytes]);
        let key = |name: &str, value: Value| {
            let mut key = json!({"kty": "RSA", "kid": "a", "alg": "RS256", "use": "sig"});
            key["n"] = modulus(256).into();
            key[name] = value;
            problem(&key)
        };
        assert_eq!(key("e", "AQAB".into()), None);
        for (name, value, part) in [
            ("kty", json!("EC"), "kty"),
            ("kid", json!(null), "kid"),
            ("alg", json!("RS384"), "alg"),
            ("use", json!("enc"), "use"),
            ("n", modulus(128).into(), "1024 bits"),
            ("n", json!("?"), "0 bits"),
        ] {
            assert!(key(name, value).unwrap().contains(part), "{name}");
        }
    }

    #[test]
    fn clock_beyond_a_minute_is_a_warning() {
        let now = httpdate::parse_http_date("Tue, 01 Dec 2026 01:00:00 GMT").unwrap();
        let exit = |date: Option<SystemTime>| {
            let mut headers = HeaderMap::new();
            if let Some(date) = date {
                headers.insert(DATE, httpdate::fmt_http_date(date).parse().unwrap());
            }
            let mut report = Report::default();
            clock(&headers, now, &mut report);
            report.exit().code()
        };
        let (minute, more) = (Duration::from_secs(60), Duration::from_secs(61));
        assert_eq!((exit(Some(now + minute)), exit(Some(now - minute))), (0, 0));
        assert_eq!((exit(Some(now + more)), exit(Some(now - more))), (1, 1));
        assert_eq!(exit(None), 1);
    }
}
