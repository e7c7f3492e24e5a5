//! The metadata documents.

use serde_json::{Value, json};

/// The two kinds of metadata that Okta publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metadata {
    /// OpenID Connect Discovery 1.0.
    OpenId,
    /// RFC 8414.
    OAuth,
}

/// Returns the metadata of a custom authorization server, with the members and values of Okta's
/// reference.
pub(crate) fn document(kind: Metadata, origin: &str, issuer: &str, algorithm: &str) -> Value {
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
