//! The application's own claim types, read once per token and type, then shared.

use std::{
    any::{self, Any, TypeId},
    fmt,
    sync::{Arc, OnceLock},
};

use serde::de::DeserializeOwned;

use crate::error::{AuthError, TokenErrorKind};

/// Reads a payload as one Rust type. A layer holds one of these instead of a type parameter.
pub(crate) struct ClaimType {
    /// A function: the minimum Rust version knows a type's ID only at run time.
    id: fn() -> TypeId,
    name: fn() -> &'static str,
    read: fn(&str) -> Option<Arc<dyn Any + Send + Sync>>,
}

impl ClaimType {
    /// Returns the claim type for `C`. Two of them are the same if their [`id`](Self::id) is.
    pub(crate) const fn of<C: DeserializeOwned + Send + Sync + 'static>() -> &'static Self {
        const {
            &Self {
                id: TypeId::of::<C>,
                name: any::type_name::<C>,
                read: |payload| {
                    let value: C = serde_json::from_str(payload).ok()?;
                    Some(Arc::new(value))
                },
            }
        }
    }

    pub(super) fn id(&self) -> TypeId {
        (self.id)()
    }

    /// Returns the error for a token whose payload does not fit the type, which it names.
    pub(super) fn unreadable(&self) -> AuthError {
        let error = TokenErrorKind::ClaimsUnreadable.into();
        AuthError::token(error, Some((self.name)().to_owned()))
    }
}

impl fmt::Debug for ClaimType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimType")
    }
}

/// An append-only list with one entry per claim type of the application: nearly always one. Readers
/// take no lock.
#[derive(Default)]
pub(super) struct TypedValues(OnceLock<Box<Node>>);

struct Node {
    id: TypeId,
    /// `None` if the payload does not fit the type. Kept too, so that the payload is read once.
    value: Option<Arc<dyn Any + Send + Sync>>,
    next: TypedValues,
}

impl TypedValues {
    /// Returns the value of this type, if the payload was read as it and fits.
    pub(super) fn get(&self, id: TypeId) -> Option<&Arc<dyn Any + Send + Sync>> {
        let mut list = self;
        while let Some(node) = list.0.get() {
            if node.id == id {
                return node.value.as_ref();
            }
            list = &node.next;
        }
        None
    }

    /// Reads the payload as this type, unless it was read before. Returns whether it fits.
    pub(super) fn ensure(&self, kind: &ClaimType, payload: &str) -> bool {
        let id = kind.id();
        let mut list = self;
        loop {
            let node = list.0.get_or_init(|| {
                Box::new(Node {
                    id,
                    value: (kind.read)(payload),
                    next: Self::default(),
                })
            });
            if node.id == id {
                return node.value.is_some();
            }
            list = &node.next;
        }
    }
}
