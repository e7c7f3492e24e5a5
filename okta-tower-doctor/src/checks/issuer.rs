//! The issuer's metadata, keys and clock.

use std::time::{Duration, SystemTime};

use http::{
    HeaderMap,
    header::{CACHE_CONTROL, DATE},
};
use okta_tower::{
    Okta,
    explain::{Check, Finding, Outcome, Topic},
    keys::KeyState,
};
use serde_json::Value;
use tokio::time::{sleep, timeout};
use url::{Host, Url};

use super::{difference, document, failure, warning};
use crate::{report::Report, settings::Settings};

/// The largest difference between the clocks without a warning, in seconds: the default leeway.
const MAX_DIFFERENCE: u64 = 60;
/// How long the library's first attempt may take: two documents with the default time-out.
const START_TIMEOUT: Duration = Duration::from_secs(11);

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
    if let Some((response, _)) = document(settings, Check::Keys, &keys_url, report).await {
        clock(&response.headers, SystemTime::now(), report);
        let age = match max_age(&response.headers) {
            Some(seconds) => format!("{keys_url} may be cached for {seconds} s (max-age)"),
            None => format!("{keys_url} has no max-age"),
        };
        report.ok(Check::Keys, age);
    }
    metadata
}

/// Lets the library fetch the keys as in an application, and reports which it uses.
pub(super) async fn start(settings: &Settings, report: &mut Report) -> Option<Okta> {
    let (okta, refresher) = match settings.builder().pair() {
        Ok(pair) => pair,
        Err(error) => {
            let remedy = "check the proxy and the root certificates";
            report.add(failure(Check::Settings, error.to_string(), remedy));
            return None;
        }
    };
    // Ends with the last `Okta`.
    tokio::spawn(refresher);
    let attempted = |state: &KeyState| state.last_success.is_some() || state.last_failure.is_some();
    let state = timeout(START_TIMEOUT, async {
        loop {
            let state = okta.key_state();
            if attempted(&state) {
                return state;
            }
            sleep(Duration::from_millis(5)).await;
        }
    });
    let state = state.await.unwrap_or_else(|_| okta.key_state());
    for skipped in &state.skipped {
        let message = format!("key {} of the document is not used", skipped.index);
        let finding = Finding::new(Check::Keys, Outcome::Warning, message);
        report.add(finding.with_advice(Topic::SkippedKey, skipped.reason.as_str()));
    }
    match &state.last_failure {
        None => {
            let message = format!("{} usable keys: RS256, 2048 bits or more", state.kids.len());
            report.ok(Check::Keys, message);
        }
        // The document itself has been reported.
        Some(_) if report.has_failed(&[Check::Metadata, Check::Keys]) => {}
        Some(error) => {
            let finding = Finding::new(Check::Keys, Outcome::Failure, error.to_string());
            report.add(finding.with_advice(Topic::KeyRefresh, error.kind().as_str()));
        }
    }
    Some(okta)
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
    use super::*;

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
