//! The errors of the management API.

use http::{StatusCode, header};

use crate::{
    okta_error,
    response::{self, Response},
};

/// An error response of the management API.
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    summary: String,
    causes: Vec<&'static str>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, summary: impl Into<String>) -> Self {
        Self {
            status,
            code,
            summary: summary.into(),
            causes: Vec::new(),
        }
    }

    /// Returns a 400 for an invalid member of the body.
    pub(super) fn invalid(member: &str, cause: &'static str) -> Self {
        Self {
            causes: vec![cause],
            ..Self::new(
                StatusCode::BAD_REQUEST,
                "E0000001",
                format!("Api validation failed: {member}"),
            )
        }
    }

    pub(super) fn not_found(id: &str, kind: &str) -> Self {
        let summary = format!("Not found: Resource not found: {id} ({kind})");
        Self::new(StatusCode::NOT_FOUND, "E0000007", summary)
    }

    pub(super) fn respond(&self) -> Response {
        let error = okta_error::object(self.code, &self.summary, &self.causes);
        let mut response = response::json(self.status, &error);
        if self.status == StatusCode::FORBIDDEN && self.code == "E0000006" {
            let challenge = r#"Bearer error="insufficient_scope""#;
            response::set(&mut response, header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
