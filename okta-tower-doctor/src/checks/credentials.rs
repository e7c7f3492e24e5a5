//! A token for the client's own credentials, and what Okta's errors mean.

use http::StatusCode;
use okta_tower::explain::{Check, Finding, Outcome, Topic};
use serde_json::Value;
use url::Url;

use super::{failure, issuer::below};
use crate::{
    arguments::looks_secret,
    fetch::{self, Response},
    report::Report,
    settings::Settings,
};

/// What an error of the token endpoint means.
struct Meaning {
    code: &'static str,
    remedy: &'static str,
}

/// Requests a token. Returns it if there is one.
pub(super) async fn check(
    settings: &Settings,
    metadata: Option<&Value>,
    scopes: &str,
    report: &mut Report,
) -> Option<String> {
    let Some(client) = settings.client() else {
        let remedy = "set OKTA_OAUTH2_CLIENT_ID and OKTA_OAUTH2_CLIENT_SECRET";
        let message = "the settings have no client with a secret";
        report.add(failure(Check::ClientCredentials, message, remedy));
        return None;
    };
    let announced = metadata.and_then(|metadata| metadata.get("token_endpoint")?.as_str());
    let announced = announced.and_then(|url| Url::parse(url).ok());
    let url = announced.unwrap_or_else(|| below(settings, "/v1/token"));
    if !settings.is_of_issuer(&url) {
        let remedy = "the client's secret was not sent there: check the issuer's metadata";
        let message = "token_endpoint is on another host than the issuer";
        report.add(failure(Check::ClientCredentials, message, remedy));
        return None;
    }
    let form = [("grant_type", "client_credentials"), ("scope", scopes)];
    match fetch::post(settings, &url, client, &form).await {
        Err(failed) => {
            report.add(failed.finding(Check::ClientCredentials, url.as_str()));
            None
        }
        Ok(response) if response.status == StatusCode::OK => granted(&response, report),
        Ok(response) => {
            report.add(refused(&response));
            None
        }
    }
}

fn granted(response: &Response, report: &mut Report) -> Option<String> {
    let json = response.json().unwrap_or_default();
    let member = |name| json.get(name).and_then(Value::as_str);
    let Some(token) = member("access_token") else {
        let remedy = "check the issuer: the response of its token endpoint is not OAuth's";
        let message = "the response has no `access_token`";
        report.add(failure(Check::ClientCredentials, message, remedy));
        return None;
    };
    report.hide_token(token);
    if !member("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        let found = failure(
            Check::ClientCredentials,
            "the token is not a bearer token",
            DPOP,
        );
        report.add(found);
        return None;
    }
    let scopes = member("scope").unwrap_or_default();
    report.ok(
        Check::ClientCredentials,
        format!("the client got a token for: {scopes}"),
    );
    Some(token.to_owned())
}

fn refused(response: &Response) -> Finding {
    let json = response.json().unwrap_or_default();
    let member = |name| json.get(name).and_then(Value::as_str).unwrap_or_default();
    // OAuth's form (RFC 6749 section 5.2), or Okta's own.
    let (error, description) = match member("error") {
        "" => (member("errorCode"), member("errorSummary")),
        error => (error, member("error_description")),
    };
    let meaning = meaning(response.status, error, description);
    let status = response.status.as_u16();
    // A gateway may echo the request, the client's secret in `Authorization` included.
    let description = match looks_secret(description) {
        true => "(hidden)",
        false => description,
    };
    let message = format!("the token endpoint returns {status} {error}: {description}");
    let finding = Finding::new(Check::ClientCredentials, Outcome::Failure, message);
    finding
        .with_advice(Topic::TokenRequest, meaning.code)
        .with_remedy(meaning.remedy)
}

const DPOP: &str = "the application requires DPoP: turn off \"Require Demonstrating Proof of \
    Possession\" under Applications > General > Client Credentials";

/// Finds the meaning by the code, and by words of the description, whose wording may change.
fn meaning(status: StatusCode, error: &str, description: &str) -> Meaning {
    let description = description.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().all(|word| description.contains(word));
    let (code, remedy) = match error {
        "use_dpop_nonce" | "invalid_dpop_proof" => ("dpop_required", DPOP),
        _ if says(&["dpop"]) => ("dpop_required", DPOP),
        "invalid_client" => (
            "invalid_client",
            "check OKTA_OAUTH2_CLIENT_ID and OKTA_OAUTH2_CLIENT_SECRET: the secret may be of \
             another application or org, or replaced; the application must be active and use \
             \"Client secret\", not \"Public key / Private key\", under Client Credentials",
        ),
        _ if says(&["network zone"]) => (
            "network_zone",
            "the application accepts requests from some networks only: add this machine's address \
             under Security > Networks, or change the application's network restriction",
        ),
        _ if says(&["policy"]) => (
            "no_matching_policy",
            "add an access policy under Security > API > your authorization server > Access \
             Policies, assigned to this client, with a rule for the grant type Client Credentials \
             and these scopes. A new server has no policy",
        ),
        "invalid_scope" if says(&["scope", "must be provided"]) => (
            "no_default_scopes",
            "name a scope: --client-credentials SCOPE. The authorization server has no default \
             scope",
        ),
        "invalid_scope" => (
            "invalid_scope",
            "use scopes under Security > API > your authorization server > Scopes. openid, \
             profile, email and offline_access are for users only",
        ),
        "access_denied" if says(&["assigned"]) => (
            "client_not_assigned",
            "assign the client to the access policy, and the user or service to the application",
        ),
        "access_denied" => (
            "access_denied",
            "check that an access policy and one of its rules apply to this client, grant type \
             and scopes",
        ),
        "unauthorized_client" | "unsupported_grant_type" => (
            "grant_type_not_allowed",
            "turn on the grant type Client Credentials under Applications > General, for an \
             application of the type API Services or Web",
        ),
        _ if status == StatusCode::TOO_MANY_REQUESTS => (
            "rate_limited",
            "wait a minute; the org or the client is over its rate limit",
        ),
        _ if status == StatusCode::NOT_FOUND => (
            "not_found",
            "check the authorization server's ID in OKTA_OAUTH2_ISSUER",
        ),
        _ if status.is_server_error() => ("server_error", "try again; see Okta's status page"),
        _ => (
            "refused",
            "look the error up in Okta's System Log under Reports",
        ),
    };
    Meaning { code, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_of_okta_has_its_meaning() {
        for (status, error, description, code) in [
            (
                400,
                "access_denied",
                "Policy evaluation failed for this request, please check the policy.",
                "no_matching_policy",
            ),
            (
                401,
                "access_denied",
                "No matching access policy",
                "no_matching_policy",
            ),
            (
                400,
                "invalid_scope",
                "There are no configured default scopes, 'scope' must be provided.",
                "no_default_scopes",
            ),
            (
                400,
                "invalid_scope",
                "One or more scopes are not configured for the authorization server resource.",
                "invalid_scope",
            ),
            (
                400,
                "access_denied",
                "User is not assigned to the client application.",
                "client_not_assigned",
            ),
            (
                403,
                "access_denied",
                "The request is made from outside the client's permitted network zones.",
                "network_zone",
            ),
            (
                401,
                "invalid_client",
                "The client secret supplied for a confidential client is invalid.",
                "invalid_client",
            ),
            (
                400,
                "invalid_dpop_proof",
                "The DPoP proof JWT header is missing.",
                "dpop_required",
            ),
            (
                400,
                "use_dpop_nonce",
                "Authorization server requires nonce in DPoP proof.",
                "dpop_required",
            ),
            (
                400,
                "unauthorized_client",
                "The client is not authorized to use the provided grant type.",
                "grant_type_not_allowed",
            ),
            (
                429,
                "E0000047",
                "API call exceeded rate limit due to too many requests.",
                "rate_limited",
            ),
            (
                404,
                "E0000007",
                "Not found: Resource not found: x (AuthorizationServer)",
                "not_found",
            ),
            (500, "server_error", "", "server_error"),
            (400, "", "", "refused"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(
                meaning(status, error, description).code,
                code,
                "{description}"
            );
        }
    }
}
