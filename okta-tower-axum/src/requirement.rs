//! What a caller must have, said as a type.

use std::marker::PhantomData;

use okta_tower::{Require, Verified};

/// What a caller must have, as a type: what [`Guard`](crate::Guard) asks for.
///
/// The types that [`group!`](crate::group) and [`scope!`](crate::scope) declare are requirements, and so are
/// [`AnyOf`](crate::AnyOf) and [`AllOf`](crate::AllOf) of requirements. Write your own where names are not enough:
///
/// ```
/// use okta_tower::Verified;
/// use okta_tower_axum::{AllOf, Guard, Requirement, group};
///
/// group!(Tellers = "tellers");
///
/// /// Signed in with more than a password.
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
    note = "declare groups with `okta_tower_axum::group!`, scopes with `okta_tower_axum::scope!`, combine them as `AnyOf<(A, B)>` or `AllOf<(A, B)>`, or implement `Requirement`"
)]
pub trait Requirement: 'static {
    /// Whether this caller has it. Decides alone, on every request: it should be quick, must not block, and must not
    /// panic.
    fn is_met_by(caller: &Verified) -> bool;

    /// The same as a value, asked after a caller was found wanting: it gives the refusal its reason, and the challenge
    /// its scopes. The default says no more than that the application's own check said no.
    ///
    /// It never widens access: a caller for whom [`is_met_by`](Self::is_met_by) says no is refused whatever this says.
    #[must_use]
    fn require() -> Require {
        Require::predicate(Self::is_met_by)
    }
}

/// A group, by name. Declared with [`group!`](crate::group).
///
/// # Security
/// Names are compared exactly, with case. Whoever administers Okta decides who is in a group, and `Everyone` is a group.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a group",
    label = "not a group",
    note = "declare it with `okta_tower_axum::group!({Self} = \"name-of-the-group\");`"
)]
pub trait Group: 'static {
    /// The group's name, exactly as in the token.
    const NAME: &'static str;
}

/// A scope, by name. Declared with [`scope!`](crate::scope).
///
/// A name that no authorization server can grant (RFC 6749 section 3.3: printable ASCII without space, `"` and `\`) is met
/// by nobody.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope",
    label = "not a scope",
    note = "declare it with `okta_tower_axum::scope!({Self} = \"name:of-the-scope\");`"
)]
pub trait Scope: 'static {
    /// The scope's name, exactly as in the token.
    const NAME: &'static str;
}

/// The requirement to be in the group `G`, for groups declared without [`group!`](crate::group).
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

/// The requirement to have been granted the scope `S`, for scopes declared without [`scope!`](crate::scope).
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
