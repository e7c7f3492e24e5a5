//! The JSON that Okta serves: metadata, key sets and error objects.

use http::StatusCode;
use serde_json::{Value, json};

use crate::key::random_id;

/// The two kinds of metadata that Okta publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metadata {
    /// OpenID Connect Discovery 1.0.
    OpenId,
    /// RFC 8414.
    OAuth,
}

/// The metadata of a custom authorization server, with the member names and values of Okta's reference.
pub(crate) fn metadata(kind: Metadata, origin: &str, issuer: &str, algorithm: &str) -> Value {
    let mut response_types = vec![
        "code",
        "id_token",
        "code id_token",
        "code token",
        "id_token token",
        "code id_token token",
    ];
    let mut grant_types = vec![
        "authorization_code",
        "implicit",
        "refresh_token",
        "password",
        "urn:ietf:params:oauth:grant-type:device_code",
    ];
    let client_auth = json!([
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "none"
    ]);
    let asymmetric = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];
    let request_objects: Vec<&str> = ["HS256", "HS384", "HS512"]
        .into_iter()
        .chain(asymmetric)
        .collect();
    let claims = match kind {
        Metadata::OpenId => json!([
            "iss",
            "ver",
            "sub",
            "aud",
            "iat",
            "exp",
            "jti",
            "auth_time",
            "amr",
            "idp",
            "nonce",
            "name",
            "nickname",
            "preferred_username",
            "given_name",
            "middle_name",
            "family_name",
            "email",
            "email_verified",
            "profile",
            "zoneinfo",
            "locale",
            "address",
            "phone_number",
            "picture",
            "website",
            "gender",
            "birthdate",
            "updated_at",
            "at_hash",
            "c_hash"
        ]),
        Metadata::OAuth => {
            response_types.push("token");
            grant_types.push("client_credentials");
            json!([
                "ver", "jti", "iss", "aud", "iat", "exp", "cid", "uid", "scp", "sub"
            ])
        }
    };

    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/v1/authorize"),
        "token_endpoint": format!("{issuer}/v1/token"),
        "registration_endpoint": format!("{origin}/oauth2/v1/clients"),
        "jwks_uri": format!("{issuer}/v1/keys"),
        "response_types_supported": response_types,
        "response_modes_supported": ["query", "fragment", "form_post", "okta_post_message"],
        "grant_types_supported": grant_types,
        "subject_types_supported": ["public"],
        "scopes_supported": [
            "openid", "profile", "email", "address", "phone", "offline_access", "device_sso"
        ],
        "token_endpoint_auth_methods_supported": client_auth.clone(),
        "claims_supported": claims,
        "code_challenge_methods_supported": ["S256"],
        "introspection_endpoint": format!("{issuer}/v1/introspect"),
        "introspection_endpoint_auth_methods_supported": client_auth.clone(),
        "revocation_endpoint": format!("{issuer}/v1/revoke"),
        "revocation_endpoint_auth_methods_supported": client_auth,
        "end_session_endpoint": format!("{issuer}/v1/logout"),
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": request_objects,
        "device_authorization_endpoint": format!("{issuer}/v1/device/authorize"),
        "pushed_authorization_request_endpoint": format!("{issuer}/v1/par"),
        "dpop_signing_alg_values_supported": asymmetric,
    });
    if kind == Metadata::OpenId {
        document["userinfo_endpoint"] = format!("{issuer}/v1/userinfo").into();
        document["id_token_signing_alg_values_supported"] = json!([algorithm]);
    }
    document
}

/// Okta's error object for a status. Only `errorCode` is stable at Okta; the rest is for people.
pub(crate) fn error(status: StatusCode, path: &str) -> Value {
    let (code, summary) = match status {
        StatusCode::BAD_REQUEST => ("E0000001", "Api validation failed".to_owned()),
        StatusCode::UNAUTHORIZED => ("E0000011", "Invalid token provided".to_owned()),
        StatusCode::FORBIDDEN => (
            "E0000006",
            "You do not have permission to perform the requested action".to_owned(),
        ),
        StatusCode::NOT_FOUND => (
            "E0000007",
            format!("Not found: Resource not found: {path} ({})", kind(path)),
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "E0000022",
            "The endpoint does not support the provided HTTP method".to_owned(),
        ),
        StatusCode::TOO_MANY_REQUESTS => (
            "E0000047",
            "API call exceeded rate limit due to too many requests.".to_owned(),
        ),
        StatusCode::SERVICE_UNAVAILABLE => ("E0000010", "Service is in read only mode".to_owned()),
        _ => ("E0000009", "Internal Server Error".to_owned()),
    };
    error_object(code, &summary, &[])
}

/// What Okta says it has not found.
fn kind(path: &str) -> &'static str {
    if path.starts_with("/api/v1/users") {
        "User"
    } else {
        "AuthorizationServer"
    }
}

/// Any of Okta's error objects.
pub(crate) fn error_object(code: &str, summary: &str, causes: &[&str]) -> Value {
    let causes: Vec<Value> = causes
        .iter()
        .map(|cause| json!({ "errorSummary": cause }))
        .collect();
    json!({
        "errorCode": code,
        "errorSummary": summary,
        "errorLink": code,
        "errorId": format!("oae{}", random_id(15)),
        "errorCauses": causes,
    })
}
