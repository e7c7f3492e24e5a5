//! The claims of a session: text that was verified when it was written. Feature `sign-in`.

use std::{borrow::Cow, sync::Arc};

use super::id_payload;
use crate::{
    bearer::token::{Policy, values::Date},
    claims::{Attachment, Core, Lists, SpanBuilder, Verified, Via},
};

/// Returns the caller of a session. This process or another one of the application verified the
/// claims at the sign-in or a refresh, and [`merge`](super::merge)d them. `None` if they cannot be
/// such claims, if their audience is another client, or if their issuer is not configured
/// (anymore).
///
/// The scopes are those of the token response, separated by spaces. `ends_at`, in Unix seconds,
/// replaces `exp`, because the end of the ID token is not that of the session.
pub(crate) fn session_claims(
    claims: &str,
    scopes: &str,
    client_id: &str,
    policy: &Policy,
    ends_at: i64,
    attachment: Option<Attachment>,
) -> Option<Verified> {
    let read = id_payload::read(claims, &policy.groups_claim).ok()?;
    let issuer = policy.check_issuer(read.iss.as_deref()).ok()?;
    // Whatever a cookie or a store has: a session of another client is none of this application.
    if !read.aud.as_deref()?.iter().any(|aud| aud == client_id) {
        return None;
    }
    let mut pieces = SpanBuilder::of(claims);
    let subject = pieces.take(read.subject().ok()?);
    let scopes = scopes.split(' ').filter(|scope| !scope.is_empty());
    let scopes: Vec<Cow<'_, str>> = scopes.map(Cow::Borrowed).collect();
    let lists = [
        read.aud.as_deref().unwrap_or_default(),
        &scopes,
        read.groups.as_deref().unwrap_or_default(),
        &read.amr,
    ];
    let lists = Lists::new(lists, |string| pieces.take(string));
    let mut place = |string: Option<&str>| string.map(|string| pieces.take(string));
    let core = Core {
        via: Via::Session,
        issuer,
        identity_issuer: Arc::clone(&policy.issuer),
        subject,
        user_id: Some(subject),
        client_id: place(Some(client_id)),
        token_id: place(read.jti.as_deref()),
        acr: place(read.acr.as_deref()),
        lists,
        expires_at: ends_at,
        not_before: None,
        issued_at: read.iat.map(Date::rounded_up),
        auth_time: read.auth_time.map(Date::rounded_down),
    };
    let behind = pieces.behind();
    Some(Verified::with_attachment(
        core,
        claims.to_owned(),
        &behind,
        attachment,
    ))
}
