//! Combinations of requirements.

use std::marker::PhantomData;

use okta_tower::{Require, Verified};

use crate::Requirement;

/// Requires at least one of a tuple of one to eight requirements: `AnyOf<(Admins, Auditors)>`.
/// Combinations can be nested.
///
/// The challenge of a rejection names the first alternative that only needs scopes, so put the
/// least powerful alternative first.
#[derive(Debug)]
pub struct AnyOf<T>(PhantomData<fn() -> T>);

/// Requires all of a tuple of one to eight requirements: `AllOf<(Tellers, LedgerWrite)>`.
/// Combinations can be nested.
///
/// If only scopes are missing, the challenge of a rejection names all scopes to request.
#[derive(Debug)]
pub struct AllOf<T>(PhantomData<fn() -> T>);

macro_rules! combinations {
    ($($requirement:ident)+) => {
        impl<$($requirement: Requirement),+> Requirement for AnyOf<($($requirement,)+)> {
            fn is_met_by(caller: &Verified) -> bool {
                $($requirement::is_met_by(caller))||+
            }

            fn require() -> Require {
                Require::any([$($requirement::require()),+])
            }
        }

        impl<$($requirement: Requirement),+> Requirement for AllOf<($($requirement,)+)> {
            fn is_met_by(caller: &Verified) -> bool {
                $($requirement::is_met_by(caller))&&+
            }

            fn require() -> Require {
                Require::all([$($requirement::require()),+])
            }
        }
    };
}

combinations!(A);
combinations!(A B);
combinations!(A B C);
combinations!(A B C D);
combinations!(A B C D E);
combinations!(A B C D E F);
combinations!(A B C D E F G);
combinations!(A B C D E F G H);
