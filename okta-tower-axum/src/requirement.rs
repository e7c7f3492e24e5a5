//! Requirements on the caller as types.

use std::marker::PhantomData;

use okta_tower::{Require, Verified};

/// A requirement on the caller as a type, for [`Guard`](crate::Guard).
///
/// Types declared by [`group!`](crate::group) and [`scope!`](crate::scope) are requirements, and so
/// are [`AnyOf`](crate::AnyOf) and [`AllOf`](crate::AllOf). Implement the trait for conditions
/// other than names:
///
/// ```
/// use okta_tower::Verified;
/// use okta_tower_axum::{AllOf, Guard, Requirement, group};
///
/// group!(Tellers = "tellers");
///
/// /// Requires multi-factor authentication.
/// enum SecondFactor {}
///
/// impl Requirement for SecondFactor {
///     fn is_met_by(caller: &Verified) -> bool {
///         caller.amr().any(|method| method == "mfa")
///     }
/// }
///
/// async fn post_entry(teller: Guard<AllOf<(Tellers, SecondFactor)>>) -> String {
///     format!("posted by {}", teller.subject())
/// }
/// # let _: axum::Router = axum::Router::new().route("/", axum::routing::post(post_entry));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what a caller must have",
    label = "not a requirement",
    note = "declare groups with `okta_tower_axum::group!`, scopes with `okta_tower_axum::scope!`, \
            combine them as `AnyOf<(A, B)>` or `AllOf<(A, B)>`, or implement `Requirement`"
)]
pub trait Requirement: 'static {
    /// Returns whether the caller meets the requirement. This check alone decides, on every
    /// request, so it must be quick, and must neither block nor panic.
    fn is_met_by(caller: &Verified) -> bool;

    /// Returns the requirement as a value, which gives a rejection its reason and its challenge the
    /// scopes. The default only says that a predicate failed.
    ///
    /// The value never widens access: if [`is_met_by`](Self::is_met_by) returns `false`, the caller
    /// is rejected.
    #[must_use]
    fn require() -> Require {
        Require::predicate(Self::is_met_by)
    }
}

/// A group by name. Declare it with [`group!`](crate::group).
///
/// # Security
/// Names are compared exactly, case included. Okta's administrators decide who is in a group, and
/// `Everyone` is a group.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a group",
    label = "not a group",
    note = "declare it with `okta_tower_axum::group!({Self} = \"name-of-the-group\");`"
)]
pub trait Group: 'static {
    /// The group's name, exactly as in the token.
    const NAME: &'static str;
}

/// A scope by name. Declare it with [`scope!`](crate::scope).
///
/// No caller has a scope whose name RFC 6749 section 3.3 forbids: it allows printable ASCII without
/// space, `"` and `\`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope",
    label = "not a scope",
    note = "declare it with `okta_tower_axum::scope!({Self} = \"name:of-the-scope\");`"
)]
pub trait Scope: 'static {
    /// The scope's name, exactly as in the token.
    const NAME: &'static str;
}

/// Requires the group `G`, for groups that were not declared with [`group!`](crate::group).
#[derive(Debug)]
pub struct InGroup<G>(PhantomData<fn() -> G>);

impl<G: Group> Requirement for InGroup<G> {
    fn is_met_by(caller: &Verified) -> bool {
        caller.groups().contains(G::NAME)
    }

    fn require() -> Require {
        Require::group(G::NAME)
    }
}

/// Requires the scope `S`, for scopes that were not declared with [`scope!`](crate::scope).
#[derive(Debug)]
pub struct HasScope<S>(PhantomData<fn() -> S>);

impl<S: Scope> Requirement for HasScope<S> {
    fn is_met_by(caller: &Verified) -> bool {
        caller.scopes().contains(S::NAME)
    }

    fn require() -> Require {
        Require::scope(S::NAME)
    }
}
