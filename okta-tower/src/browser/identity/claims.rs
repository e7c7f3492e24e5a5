//! The claims of a session: text that was verified when it was written, read again without being judged. Feature `sign-in`.

use std::{borrow::Cow, sync::Arc};

use super::id_payload;
use crate::bearer::token::{Policy, values::Date};
use crate::claims::{Attachment, Core, Lists, SpanBuilder, Verified, Via};

impl Verified {
    /// The claims of a session whose payload ([`merge`](crate::claims::merge)d, at the sign-in or a refresh) this process or
    /// another of the same application has verified. `None` where it is not what such a payload can be, or where its issuer is
    /// not (any longer) a configured one.
    ///
    /// The scopes are those of the token response. `ends_at`, in Unix seconds, stands in for `exp`: that of the ID token says
    /// nothing about the session.
    pub(crate) fn of_session<'s>(
        payload: String,
        scopes: impl IntoIterator<Item = &'s str>,
        client_id: &str,
        policy: &Policy,
        ends_at: i64,
        attachment: Option<Attachment>,
    ) -> Option<Self> {
        let read = id_payload::read(&payload, &policy.groups_claim).ok()?;
        let issuer = read.check_issuer(policy).ok()?;
        let mut pieces = SpanBuilder::of(&payload);
        let subject = pieces.take(read.subject().ok()?);
        let scopes: Vec<Cow<'_, str>> = scopes.into_iter().map(Cow::Borrowed).collect();
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
        drop(read);
        let behind = pieces.behind();
        Some(Self::with_attachment(core, payload, &behind, attachment))
    }
}
