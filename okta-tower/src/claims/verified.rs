//! The claims of one verified token.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    fmt,
    sync::Arc,
    time::SystemTime,
};

use serde_json::Value;

use super::{
    Groups, Names, Scopes,
    claim_type::{ClaimType, TypedValues},
    members::ReadMembers,
    span::Span,
};
use crate::base::{cache::ALLOCATION, clock::from_unix_seconds};

/// How the caller authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Via {
    /// An access token in the `Authorization` header (RFC 6750).
    Bearer,
    /// A session cookie: the user signed in with a browser. Feature `sign-in`.
    Session,
}

/// An authenticated caller, whose token passed every check. The layer puts one into the request's
/// extensions.
///
/// Cheap to clone: one reference count. It has no public constructor: tests sign a token with
/// `okta-tower-test` and run the real verification. In Axum, use the extractor
/// `okta_tower_axum::Claims`, which dereferences to it.
///
/// # Security
/// ([`identity_issuer`](Self::identity_issuer), [`user_id`](Self::user_id)) identifies a user. The
/// [`subject`](Self::subject) is a login in an access token and an ID in an ID token; logins and
/// e-mail addresses may be given to another user later.
#[derive(Clone)]
pub struct Verified {
    inner: Arc<Inner>,
    /// The claim type of the layer that accepted the caller. Other layers that share `inner` may
    /// have others.
    extra: Option<&'static ClaimType>,
}

/// What another module keeps with a caller: the session, if there is one.
pub(crate) type Attachment = Arc<dyn Any + Send + Sync>;

struct Inner {
    core: Core,
    /// The payload, followed by the strings that it holds only with escapes.
    text: Box<str>,
    payload_bytes: usize,
    members: ReadMembers,
    extras: TypedValues,
    attachment: Option<Attachment>,
}

impl Inner {
    fn new(core: Core, payload: String, behind: &str) -> Self {
        Self {
            core,
            payload_bytes: payload.len(),
            text: (payload + behind).into(),
            members: ReadMembers::default(),
            extras: TypedValues::default(),
            attachment: None,
        }
    }
}

/// The claims that this crate itself uses. Created only after the last check.
pub(crate) struct Core {
    pub(crate) via: Via,
    pub(crate) issuer: Arc<str>,
    pub(crate) identity_issuer: Arc<str>,
    pub(crate) subject: Span,
    pub(crate) user_id: Option<Span>,
    pub(crate) client_id: Option<Span>,
    pub(crate) token_id: Option<Span>,
    pub(crate) acr: Option<Span>,
    pub(crate) lists: Lists,
    pub(crate) expires_at: i64,
    pub(crate) not_before: Option<i64>,
    pub(crate) issued_at: Option<i64>,
    pub(crate) auth_time: Option<i64>,
}

/// The claims that are lists, in one piece of memory.
pub(crate) struct Lists {
    spans: Box<[Span]>,
    /// Where the first three lists end. The fourth ends with the spans.
    ends: [usize; 3],
}

impl Lists {
    /// Returns the lists of the audience, the scopes, the groups and `amr`.
    pub(crate) fn new(lists: [&[Cow<'_, str>]; 4], mut place: impl FnMut(&str) -> Span) -> Self {
        let mut spans = Vec::with_capacity(lists.iter().map(|list| list.len()).sum());
        let [audience, scopes, groups, _] = lists.map(|list| {
            spans.extend(list.iter().map(|string| place(string)));
            spans.len()
        });
        Self {
            spans: spans.into(),
            ends: [audience, scopes, groups],
        }
    }

    fn audience(&self) -> &[Span] {
        &self.spans[..self.ends[0]]
    }

    fn scopes(&self) -> &[Span] {
        &self.spans[self.ends[0]..self.ends[1]]
    }

    fn groups(&self) -> &[Span] {
        &self.spans[self.ends[1]..self.ends[2]]
    }

    fn amr(&self) -> &[Span] {
        &self.spans[self.ends[2]..]
    }
}

impl Verified {
    /// Returns a caller. `behind` is the text that the spans of `core` need behind the payload.
    pub(crate) fn new(core: Core, payload: String, behind: &str) -> Self {
        Self::of(Inner::new(core, payload, behind))
    }

    /// Returns a caller with a value for the module that knows its type.
    pub(crate) fn with_attachment(
        core: Core,
        payload: String,
        behind: &str,
        attachment: Option<Attachment>,
    ) -> Self {
        Self::of(Inner {
            attachment,
            ..Inner::new(core, payload, behind)
        })
    }

    fn of(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
            extra: None,
        }
    }

    fn string(&self, span: Span) -> &str {
        span.of(&self.inner.text)
    }

    /// Returns how the caller authenticated.
    #[must_use]
    pub fn via(&self) -> Via {
        self.inner.core.via
    }

    /// Returns `sub`: in Okta's access tokens usually the login, for a service the client ID; in a
    /// session the stable ID.
    ///
    /// For display. Not a stable key: see [`user_id`](Self::user_id).
    #[must_use]
    pub fn subject(&self) -> &str {
        self.string(self.inner.core.subject)
    }

    /// Returns Okta's stable user ID (`00u…`): an access token's `uid`, or the `sub` of a session's
    /// ID token. `None` for a service.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.inner.core.user_id.map(|span| self.string(span))
    }

    /// Returns `cid` (Okta) or `client_id` (RFC 9068): the client that requested the token. For a
    /// session, this application.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.inner.core.client_id.map(|span| self.string(span))
    }

    /// Returns whether the token was issued to a service (client credentials), without a user.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.inner.core.user_id.is_none()
    }

    /// Returns `iss`, exactly as in the token.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.inner.core.issuer
    }

    /// Returns the issuer as configured. With the user ID, use it to key local data.
    ///
    /// It differs from [`issuer`](Self::issuer) only if one authorization server has several names
    /// (custom domains).
    #[must_use]
    pub fn identity_issuer(&self) -> &str {
        &self.inner.core.identity_issuer
    }

    /// Returns `aud`. At least one element is a configured audience; for a session, it is the
    /// client ID.
    #[must_use]
    pub fn audience(&self) -> Names<'_> {
        Names::new(&self.inner.text, self.inner.core.lists.audience())
    }

    /// Returns the granted scopes: for a session, those of its access token.
    #[must_use]
    pub fn scopes(&self) -> Scopes<'_> {
        Scopes::new(&self.inner.text, self.inner.core.lists.scopes())
    }

    /// Returns the caller's groups.
    #[must_use]
    pub fn groups(&self) -> Groups<'_> {
        Groups::new(&self.inner.text, self.inner.core.lists.groups())
    }

    /// Returns `jti`, the token's own ID.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.inner.core.token_id.map(|span| self.string(span))
    }

    /// Returns `acr`, the level of assurance of the sign-in.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.inner.core.acr.map(|span| self.string(span))
    }

    /// Returns `amr`, the authentication methods of the sign-in (RFC 8176), such as `pwd` or `mfa`.
    #[must_use]
    pub fn amr(&self) -> Names<'_> {
        Names::new(&self.inner.text, self.inner.core.lists.amr())
    }

    /// Returns `exp`, rounded down to a whole second. For a session: when it ends, unless it is
    /// used or refreshed before.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        from_unix_seconds(self.inner.core.expires_at)
    }

    /// Returns `nbf`, rounded up to a whole second.
    #[must_use]
    pub fn not_before(&self) -> Option<SystemTime> {
        self.inner.core.not_before.map(from_unix_seconds)
    }

    /// Returns `iat`, rounded up to a whole second.
    #[must_use]
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.inner.core.issued_at.map(from_unix_seconds)
    }

    /// Returns `auth_time`: when the user last signed in.
    #[must_use]
    pub fn auth_time(&self) -> Option<SystemTime> {
        self.inner.core.auth_time.map(from_unix_seconds)
    }

    /// Returns the token's whole payload as JSON text. For a session: that of the ID token, and
    /// what `userinfo` added.
    ///
    /// # Security
    /// It holds all claims. Keep it out of logs.
    #[must_use]
    pub fn raw_json(&self) -> &str {
        self.inner
            .text
            .get(..self.inner.payload_bytes)
            .unwrap_or_default()
    }

    /// Returns one member of the payload by name. It is read at the first call and kept with the
    /// token.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.inner.members.get(name, self.raw_json())
    }

    /// Returns the caller's name for display: `name`, else `preferred_username`.
    ///
    /// Sessions have it if the scope `profile` was granted, tokens only if the authorization server
    /// adds it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let text = |claim| self.claim(claim).and_then(Value::as_str);
        text("name").or_else(|| text("preferred_username"))
    }

    /// Returns the caller's e-mail address for display: `email`.
    ///
    /// Sessions have it if the scope `email` was granted, tokens only if the authorization server
    /// adds it.
    ///
    /// # Security
    /// Addresses change hands, and not every provider confirms them. Identify a user by
    /// (`identity_issuer()`, `user_id()`) alone.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.claim("email").and_then(Value::as_str)
    }

    /// Reads the payload as the layer's claim type, unless it was read before. `None` if it does
    /// not fit.
    pub(crate) fn with_extra(mut self, kind: &'static ClaimType) -> Option<Self> {
        let fits = self.inner.extras.ensure(kind, self.raw_json());
        self.extra = Some(kind);
        fits.then_some(self)
    }

    /// Returns how many bytes of memory it takes beyond the handle itself.
    ///
    /// Claims that an application reads later (by name, or as its own type) are not included.
    pub(crate) fn weight(&self) -> usize {
        let spans = size_of_val(&*self.inner.core.lists.spans);
        // Three allocations: the shared part with its two counts, the text, the spans.
        size_of::<Inner>() + 2 * size_of::<usize>() + self.inner.text.len() + spans + 3 * ALLOCATION
    }

    /// Returns a reference to the value that is kept with the caller, if it has this type.
    pub(crate) fn attached<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.inner.attachment.as_deref()?.downcast_ref()
    }

    /// Returns the value that is kept with the caller, if it has this type.
    pub(crate) fn attachment<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        Arc::clone(self.inner.attachment.as_ref()?).downcast().ok()
    }

    /// Returns the payload as `id`'s type, if that is the layer's claim type.
    pub(super) fn extra(&self, id: TypeId) -> Option<&Arc<dyn Any + Send + Sync>> {
        let is_layers = self.extra.is_some_and(|kind| kind.id() == id);
        self.inner.extras.get(id).filter(|_| is_layers)
    }
}

/// Prints nothing from the token.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("via", &self.via())
            .field("service", &self.is_service())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Verified {
    /// Returns claims for unit tests, from an unsigned payload with Okta's names.
    pub(crate) fn for_test(payload: &str) -> Self {
        let members: serde_json::Map<String, Value> = serde_json::from_str(payload).unwrap();
        let mut pieces = super::SpanBuilder::of(payload);
        // As the strict reader does: borrowed from the payload if it holds the string as it is.
        let mut take = |string: &str| {
            let quoted = format!("\"{string}\"");
            let start = payload.find(&quoted).map(|at| at + 1);
            pieces.take(start.map_or(string, |start| &payload[start..start + string.len()]))
        };
        let mut text = |name: &str| {
            let found = members.get(name).and_then(Value::as_str);
            found.map(&mut take)
        };
        let [subject, user_id, client_id, token_id, acr] =
            ["sub", "uid", "cid", "jti", "acr"].map(&mut text);
        let list = |name: &str| -> Vec<Cow<'_, str>> {
            let found = members.get(name).and_then(Value::as_array);
            let strings = found.into_iter().flatten().filter_map(Value::as_str);
            strings.map(Cow::Borrowed).collect()
        };
        let audience = ["api://default".into()];
        let lists = [&audience[..], &list("scp"), &list("groups"), &list("amr")];
        let core = Core {
            via: Via::Bearer,
            issuer: "https://example.okta.com/oauth2/default".into(),
            identity_issuer: "https://example.okta.com/oauth2/default".into(),
            subject: subject.unwrap_or_default(),
            user_id,
            client_id,
            token_id,
            acr,
            lists: Lists::new(lists, take),
            expires_at: members
                .get("exp")
                .and_then(Value::as_i64)
                .unwrap_or(i64::from(i32::MAX)),
            not_before: None,
            issued_at: None,
            auth_time: None,
        };
        Self::new(core, payload.into(), &pieces.behind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_a_claim_that_was_read() {
        let verified = Verified::for_test(r#"{"sub":"ada","groups":["a","b","c"]}"#);
        let clone = verified.clone();
        let claim = |verified: &Verified| verified.claim("sub").map(std::ptr::from_ref);
        assert_eq!(claim(&clone), claim(&verified));
        drop(verified);
        assert_eq!(clone.subject(), "ada");
        assert!(clone.groups().contains("b") && !clone.groups().contains("d"));
    }
}
