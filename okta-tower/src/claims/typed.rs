//! The core claims and the application's own type.

use std::{any::TypeId, fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, de::DeserializeOwned};

use super::{Verified, Via, claim_type::ClaimType};
use crate::error::{AuthError, SessionError};

/// No claims beyond the core ones: the default type of [`Claims`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct NoExtra {}

/// A verified token's claims: the core ones by dereference to [`Verified`], and your own type by
/// [`extra`](Self::extra).
///
/// Cheap to clone. Returned by [`Verified::typed`] or an extractor; it has no constructor. In Axum,
/// use the extractor `okta_tower_axum::Claims`, which dereferences to it.
///
/// ```
/// use okta_tower::{Claims, Verified};
///
/// #[derive(serde::Deserialize)]
/// struct Employee {
///     department: String,
/// }
///
/// fn greeting(user: &Claims<Employee>) -> String {
///     format!("{} of {}", user.subject(), user.extra().department)
/// }
/// ```
pub struct Claims<C = NoExtra> {
    verified: Verified,
    extra: Arc<C>,
}

impl<C> Claims<C> {
    /// Returns your own type, as read from the token's payload.
    #[must_use]
    pub fn extra(&self) -> &C {
        &self.extra
    }

    /// Returns the core claims alone, for code that does not know `C`.
    #[must_use]
    pub fn verified(&self) -> &Verified {
        &self.verified
    }
}

impl Verified {
    /// Returns the claims with your own type `C`.
    ///
    /// `None` means that the layer was not configured with `.claims::<C>()`: a misconfiguration,
    /// never the caller's fault. [`NoExtra`] always succeeds. Without a layer, use
    /// [`Okta::verify_as`](crate::Okta::verify_as).
    #[must_use]
    pub fn typed<C: Send + Sync + 'static>(&self) -> Option<Claims<C>> {
        let extra = match self.extra(TypeId::of::<C>()) {
            Some(value) => Arc::clone(value).downcast::<C>().ok()?,
            None => {
                let nothing: Arc<dyn std::any::Any + Send + Sync> = Arc::new(NoExtra {});
                nothing.downcast::<C>().ok()?
            }
        };
        Some(Claims {
            verified: self.clone(),
            extra,
        })
    }
}

impl Verified {
    /// Reads the payload as this type.
    pub(crate) fn read(self, claim_type: &'static ClaimType) -> Result<Self, AuthError> {
        let via = self.via();
        self.with_extra(claim_type).ok_or_else(|| match via {
            // Not as for a token: 401 would send the user to sign in, again and again.
            Via::Session => SessionError::ClaimsUnreadable.into(),
            Via::Bearer => claim_type.unreadable(),
        })
    }

    /// Reads the payload as `C`, and returns the claims with it.
    pub(crate) fn read_as<C>(self) -> Result<Claims<C>, AuthError>
    where
        C: DeserializeOwned + Send + Sync + 'static,
    {
        let claim_type = ClaimType::of::<C>();
        let claims = self.read(claim_type)?.typed();
        claims.ok_or_else(|| claim_type.unreadable())
    }
}

impl<C> Deref for Claims<C> {
    type Target = Verified;

    fn deref(&self) -> &Verified {
        &self.verified
    }
}

impl<C> Clone for Claims<C> {
    fn clone(&self) -> Self {
        Self {
            verified: self.verified.clone(),
            extra: Arc::clone(&self.extra),
        }
    }
}

/// Prints nothing from the token.
impl<C> fmt::Debug for Claims<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Employee {
        department: String,
    }

    #[derive(Debug, Deserialize)]
    struct Tenant {
        tenant: u32,
    }

    #[test]
    fn only_the_claim_type_of_the_layer_is_found() {
        let verified = Verified::for_test(r#"{"sub":"ada","department":"eng","tenant":7}"#);
        assert!(verified.typed::<Employee>().is_none());
        let employee = verified
            .clone()
            .with_extra(ClaimType::of::<Employee>())
            .unwrap();
        assert_eq!(
            employee.typed::<Employee>().unwrap().extra().department,
            "eng"
        );
        assert!(employee.typed::<Tenant>().is_none());
        let tenant = verified
            .clone()
            .with_extra(ClaimType::of::<Tenant>())
            .unwrap();
        assert_eq!(tenant.typed::<Tenant>().unwrap().extra().tenant, 7);
        // Another layer's type for the same token is not this one's.
        assert!(tenant.typed::<Employee>().is_none());
        assert!(verified.typed::<Employee>().is_none());
        assert!(tenant.typed::<NoExtra>().is_some());
    }

    #[test]
    fn payload_that_does_not_fit_the_type_is_rejected() {
        let verified = Verified::for_test(r#"{"sub":"ada","tenant":"seven"}"#);
        for _ in 0..2 {
            assert!(
                verified
                    .clone()
                    .with_extra(ClaimType::of::<Tenant>())
                    .is_none()
            );
        }
        assert!(verified.typed::<Tenant>().is_none());
    }

    #[test]
    fn claims_without_a_type_always_exist() {
        let verified = Verified::for_test(r#"{"sub":"ada"}"#);
        let claims: Claims = verified.typed().unwrap();
        assert_eq!(claims.subject(), "ada");
    }

    #[test]
    fn debug_prints_nothing_from_the_token() {
        let verified = Verified::for_test(r#"{"sub":"ada@example.com","department":"eng"}"#);
        let verified = verified.with_extra(ClaimType::of::<Employee>()).unwrap();
        let text = format!("{:?}", verified.typed::<Employee>().unwrap());
        assert!(!text.contains("ada") && !text.contains("eng"), "{text}");
    }
}
