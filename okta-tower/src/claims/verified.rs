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

/// How the caller proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Via {
    /// An access token in the `Authorization` header (RFC 6750).
    Bearer,
    /// A session, by its cookie: the person signed in with a browser. Feature `sign-in`.
    Session,
}

/// A caller whose token passed every check. The layer puts one of these into the request's extensions.
///
/// Cheap to clone: one reference count. It has no public constructor; tests sign a token with
/// `okta-tower-test` and run the real verification. It is not an Axum extractor: in Axum take
/// `okta_tower_axum::Claims`, which dereferences to it.
///
/// # Security
/// Who a person is, is ([`identity_issuer`](Self::identity_issuer), [`user_id`](Self::user_id)). The
/// [`subject`](Self::subject) is a login in an access token and an id in an ID token, and may be given to
/// someone else later; the same goes for e-mail addresses.
#[derive(Clone)]
pub struct Verified {
    inner: Arc<Inner>,
    /// The claim type of the layer that let the caller in. Other layers that share `inner` may have others.
    extra: Option<&'static ClaimType>,
}

/// What another room keeps with a caller: the session, where there is one.
#[cfg(feature = "sign-in")]
pub(crate) type Attachment = Arc<dyn Any + Send + Sync>;

struct Inner {
    core: Core,
    /// The payload, and behind it the strings that it holds only with escapes.
    text: Box<str>,
    payload_bytes: usize,
    members: ReadMembers,
    extras: TypedValues,
    #[cfg(feature = "sign-in")]
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
            #[cfg(feature = "sign-in")]
            attachment: None,
        }
    }
}

/// The claims that this crate itself works with. Made by `token` alone, after the last check.
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
    /// Where the first three lists end, one not before the other; the fourth ends with the spans.
    ends: [usize; 3],
}

impl Lists {
    /// From the audience, the scopes, the groups and the `amr`.
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
    /// `behind` is what the spans of `core` need behind the payload.
    pub(crate) fn new(core: Core, payload: String, behind: &str) -> Self {
        Self::of(Inner::new(core, payload, behind))
    }

    /// The same, with a value that is kept for the room that knows its type.
    #[cfg(feature = "sign-in")]
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

    /// How the caller proved who they are.
    #[must_use]
    pub fn via(&self) -> Via {
        self.inner.core.via
    }

    /// `sub`. In Okta's access tokens usually the login, for a service the client id; in a session the stable id. For display;
    /// not a stable key (see [`user_id`](Self::user_id)).
    #[must_use]
    pub fn subject(&self) -> &str {
        self.string(self.inner.core.subject)
    }

    /// Okta's stable id of the person (`00u…`): an access token's `uid`, or the `sub` of a session's ID token. `None` for a
    /// service's token.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.inner.core.user_id.map(|span| self.string(span))
    }

    /// `cid` (Okta) or `client_id` (RFC 9068): the application that asked for the token. For a session this one.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.inner.core.client_id.map(|span| self.string(span))
    }

    /// Whether the token was issued to a service (client credentials) and no person stands behind it.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.inner.core.user_id.is_none()
    }

    /// `iss`, exactly as the token has it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.inner.core.issuer
    }

    /// The issuer as configured. Differs from [`issuer`](Self::issuer) only where one authorization server
    /// goes by several names (custom domains); use this one, with the user id, to key local data.
    #[must_use]
    pub fn identity_issuer(&self) -> &str {
        &self.inner.core.identity_issuer
    }

    /// `aud`: whom the token is for. At least one of these is a configured audience; for a session it is the client id.
    #[must_use]
    pub fn audience(&self) -> Names<'_> {
        Names::new(&self.inner.text, self.inner.core.lists.audience())
    }

    /// The scopes granted: for a session those of its access token.
    #[must_use]
    pub fn scopes(&self) -> Scopes<'_> {
        Scopes::new(&self.inner.text, self.inner.core.lists.scopes())
    }

    /// The groups held.
    #[must_use]
    pub fn groups(&self) -> Groups<'_> {
        Groups::new(&self.inner.text, self.inner.core.lists.groups())
    }

    /// `jti`: the token's own id.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.inner.core.token_id.map(|span| self.string(span))
    }

    /// `acr`: the level of assurance of the sign-in.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.inner.core.acr.map(|span| self.string(span))
    }

    /// `amr`: the means of the sign-in (RFC 8176), such as `pwd` or `mfa`.
    #[must_use]
    pub fn amr(&self) -> Names<'_> {
        Names::new(&self.inner.text, self.inner.core.lists.amr())
    }

    /// `exp`, rounded down to a whole second. For a session: when it ends, unless it is used or refreshed before.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        from_unix_seconds(self.inner.core.expires_at)
    }

    /// `nbf`, rounded up to a whole second.
    #[must_use]
    pub fn not_before(&self) -> Option<SystemTime> {
        self.inner.core.not_before.map(from_unix_seconds)
    }

    /// `iat`, rounded up to a whole second.
    #[must_use]
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.inner.core.issued_at.map(from_unix_seconds)
    }

    /// `auth_time`: when the person last signed in.
    #[must_use]
    pub fn auth_time(&self) -> Option<SystemTime> {
        self.inner.core.auth_time.map(from_unix_seconds)
    }

    /// The token's whole payload as JSON text. For a session: the ID token's, and what `userinfo` added to it.
    ///
    /// # Security
    /// Everything the token says is in it. Keep it out of logs.
    #[must_use]
    pub fn raw_json(&self) -> &str {
        self.inner
            .text
            .get(..self.inner.payload_bytes)
            .unwrap_or_default()
    }

    /// One member of the payload by name. The payload is read into a map at the first call and kept.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.inner.members.get(name, self.raw_json())
    }

    /// What the caller is called, for showing: `name`, and where there is none `preferred_username`. Sessions have one if
    /// the scope `profile` was granted, tokens only where the authorization server adds it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let text = |claim| self.claim(claim).and_then(Value::as_str);
        text("name").or_else(|| text("preferred_username"))
    }

    /// The caller's e-mail address, for showing: `email`. Sessions have one if the scope `email` was granted, tokens only
    /// where the authorization server adds it.
    ///
    /// # Security
    /// Addresses change hands, and not every provider confirms them: people are recognised by (`identity_issuer()`,
    /// `user_id()`) alone.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.claim("email").and_then(Value::as_str)
    }

    /// Reads the payload as the layer's claim type, unless that was done before. `None` where it does not fit.
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

    /// A look at the value that is kept with the caller, where there is one of this type.
    #[cfg(feature = "sign-in")]
    pub(crate) fn attached<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.inner.attachment.as_deref()?.downcast_ref()
    }

    /// The value that is kept with the caller, where there is one of this type.
    #[cfg(feature = "sign-in")]
    pub(crate) fn attachment<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        Arc::clone(self.inner.attachment.as_ref()?).downcast().ok()
    }

    /// The payload as `id`'s type, where that is the layer's claim type.
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
        let mut pieces = super::Pieces::of(payload);
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
    fn clones_share_what_was_read_once() {
        let verified = Verified::for_test(r#"{"sub":"ada","groups":["a","b","c"]}"#);
        let clone = verified.clone();
        let claim = |verified: &Verified| verified.claim("sub").map(std::ptr::from_ref);
        assert_eq!(claim(&clone), claim(&verified));
        drop(verified);
        assert_eq!(clone.subject(), "ada");
        assert!(clone.groups().contains("b") && !clone.groups().contains("d"));
    }
}
