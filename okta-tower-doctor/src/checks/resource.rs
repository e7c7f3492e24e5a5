//! The protected resource metadata (RFC 9728) of the application's API.

use okta_tower::explain::Check;
use serde_json::Value;
use url::Url;

use super::{difference, document, failure};
use crate::{report::Report, settings::Settings};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Checks that the document is there, and names this resource and the configured issuer.
pub(super) async fn check(settings: &Settings, resource: &str, report: &mut Report) {
    let Ok(resource_url) = Url::parse(resource) else {
        let remedy = "give the resource's identifier, such as https://api.example.com/mcp";
        report.add(failure(
            Check::ResourceMetadata,
            "--resource is not a URL",
            remedy,
        ));
        return;
    };
    // The path follows the well-known part (RFC 9728 section 3.1).
    let mut url = resource_url.clone();
    url.set_path(&format!(
        "{WELL_KNOWN}{}",
        resource_url.path().trim_end_matches('/')
    ));
    let fetched = document(settings, Check::ResourceMetadata, &url, report).await;
    let Some((_, metadata)) = fetched else {
        return;
    };
    let named = metadata
        .get("resource")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_named = named == resource;
    if !is_named {
        let message = format!(
            "`resource` is {named:?}, expected is {resource}{}",
            difference(named, resource)
        );
        let remedy = "serve the identifier exactly as clients use it: they compare the two \
                      character by character";
        report.add(failure(Check::ResourceMetadata, message, remedy));
    }
    let servers = metadata
        .get("authorization_servers")
        .and_then(Value::as_array);
    let servers = servers.map(Vec::as_slice).unwrap_or_default();
    let servers: Vec<&str> = servers.iter().filter_map(Value::as_str).collect();
    let issuer = settings.issuer();
    let is_listed = servers.contains(&issuer);
    if !is_listed {
        let mut reasons = servers.iter().map(|server| difference(server, issuer));
        let reason = reasons
            .find(|reason| !reason.is_empty())
            .unwrap_or_default();
        let message = format!("`authorization_servers` does not list {issuer}{reason}");
        let remedy = "list the issuer exactly as OKTA_OAUTH2_ISSUER has it";
        report.add(failure(Check::ResourceMetadata, message, remedy));
    }
    if is_named && is_listed {
        report.ok(
            Check::ResourceMetadata,
            format!("{url} names the resource and the issuer"),
        );
    }
}
