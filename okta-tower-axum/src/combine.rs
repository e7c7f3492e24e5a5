//! Requirements made of requirements.

use std::marker::PhantomData;

use okta_tower::{Require, Verified};

use crate::Requirement;

/// At least one of a tuple of requirements, one to eight: `AnyOf<(Admins, Auditors)>`. They may be combinations
/// themselves.
///
/// A refusal's challenge names the first alternative that scopes alone would open, so put the least powerful first.
#[derive(Debug)]
pub struct AnyOf<T>(PhantomData<fn() -> T>);

/// Every one of a tuple of requirements, one to eight: `AllOf<(Tellers, LedgerWrite)>`. They may be combinations
/// themselves.
///
/// A refusal's challenge names all the scopes to ask for, where nothing but scopes is lacking.
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
