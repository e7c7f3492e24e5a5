//! The org itself: its authorization server's tokens for services, and the part of Okta's management API that sign-in needs.

mod access;
mod accounts;
mod expression;
mod groups;
mod mail;
mod paging;
mod person;
mod token;
mod users;

use std::time::Duration;

use http::{StatusCode, header};
use serde_json::json;

pub use self::mail::{Mail, MailKind};
use self::{access::Access, mail::Mails};
pub(crate) use self::{paging::set_next, person::group_id};
use crate::{
    answer::{self, Answer},
    bounded::Bounded,
    documents,
    incoming::Asked,
    routes::OrgRoute,
    shared::Shared,
    sign_in::User,
};

/// As many tokens for the API as are remembered.
const MOST: usize = 5_000;

/// How long Okta's limits last.
const LIMIT: Duration = Duration::from_secs(60);

/// What the management API knows beside the people.
#[derive(Debug)]
pub(crate) struct Org {
    /// API tokens, which are good for everything.
    api_tokens: Vec<String>,
    /// Access tokens of services.
    accesses: Bounded<Access>,
    pub(crate) mails: Mails,
}

impl Org {
    pub(crate) fn new() -> Self {
        Self {
            api_tokens: Vec::new(),
            accesses: Bounded::new(MOST),
            mails: Mails::new(),
        }
    }

    pub(crate) fn add_api_token(&mut self, token: String) {
        self.api_tokens.push(token);
    }

    /// All of them, those of services too.
    pub(crate) fn revoke_tokens(&mut self) {
        self.api_tokens.clear();
        self.accesses.clear();
    }
}

/// What is answered instead of what was asked for.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    summary: String,
    causes: Vec<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, summary: impl Into<String>) -> Self {
        Self {
            status,
            code,
            summary: summary.into(),
            causes: Vec::new(),
        }
    }

    /// 400, as Okta says of members of a body that will not do.
    fn invalid(member: &str, cause: &'static str) -> Self {
        Self {
            causes: vec![cause],
            ..Self::new(
                StatusCode::BAD_REQUEST,
                "E0000001",
                format!("Api validation failed: {member}"),
            )
        }
    }

    fn not_found(id: &str, kind: &str) -> Self {
        let summary = format!("Not found: Resource not found: {id} ({kind})");
        Self::new(StatusCode::NOT_FOUND, "E0000007", summary)
    }
}

/// Answers a request as if nothing could go wrong.
pub(crate) fn answer(shared: &Shared, route: OrgRoute, asked: &Asked, path: &str) -> Answer {
    if route == OrgRoute::Token {
        return token::answer(shared, asked);
    }
    let answered = access::check(shared, asked, route).and_then(|()| match route {
        OrgRoute::Users if asked.method == http::Method::GET => users::list(shared, asked),
        OrgRoute::Users => users::create(shared, asked),
        OrgRoute::User => users::get(shared, asked, path),
        OrgRoute::Groups => groups::of_user(shared, asked, path),
        OrgRoute::Activate => accounts::activate(shared, asked, path),
        OrgRoute::Deactivate => accounts::deactivate(shared, path),
        OrgRoute::Reactivate => accounts::reactivate(shared, asked, path),
        OrgRoute::ForgotPassword => accounts::forgot_password(shared, asked, path),
        OrgRoute::ResetPassword => accounts::reset_password(shared, asked, path),
        OrgRoute::Sessions => accounts::clear_sessions(shared, asked, path),
        OrgRoute::Token => Ok(answer::empty(StatusCode::NOT_FOUND)),
    });
    let mut answer = answered.unwrap_or_else(|refusal| {
        let causes = &refusal.causes;
        let error = documents::error_object(refusal.code, &refusal.summary, causes);
        let mut answer = answer::json(refusal.status, &error);
        if refusal.status == StatusCode::FORBIDDEN && refusal.code == "E0000006" {
            let challenge = r#"Bearer error="insufficient_scope""#;
            answer::set(&mut answer, header::WWW_AUTHENTICATE, challenge);
        }
        answer
    });
    answer::no_store(&mut answer);
    answer::set_limit(&mut answer, shared.now() + LIMIT, 599);
    answer
}

/// An answer that says nothing but yes.
fn done() -> Answer {
    answer::json(StatusCode::OK, &json!({}))
}

/// Does something with the person whose path this is.
fn with_user<T>(
    shared: &Shared,
    path: &str,
    act: impl FnOnce(&mut User) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let key = path.split('/').nth(4).unwrap_or_default();
    let key = percent_decoded(key);
    let mut state = shared.sign_in();
    let user = state.users.find_by_key(&key);
    act(user.ok_or_else(|| Refusal::not_found(&key, "User"))?)
}

/// A path's segment, decoded.
fn percent_decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| segment_byte(after)).flatten();
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn segment_byte(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_decoded_once() {
        assert_eq!(percent_decoded("ada%40example.com"), "ada@example.com");
        assert_eq!(percent_decoded("%2e%2E"), "..");
        assert_eq!(percent_decoded("a%2540b%"), "a%40b%");
    }
}
