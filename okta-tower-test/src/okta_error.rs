//! Okta's error objects.

use http::StatusCode;
use serde_json::{Value, json};

use crate::random::random_id;

/// Returns Okta's error object for a status. Okta guarantees only `errorCode`.
pub(crate) fn for_status(status: StatusCode, path: &str) -> Value {
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
    object(code, &summary, &[])
}

/// Returns the kind of resource that Okta reports as not found.
fn kind(path: &str) -> &'static str {
    if path.starts_with("/api/v1/users") {
        "User"
    } else {
        "AuthorizationServer"
    }
}

/// Returns an error object with this code, summary and causes.
pub(crate) fn object(code: &str, summary: &str, causes: &[&str]) -> Value {
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
