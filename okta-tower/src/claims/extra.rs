//! The user's own claim types, read once per token and type, then shared.

use std::{
    any::{Any, TypeId},
    fmt,
    sync::{Arc, OnceLock},
};

use serde::de::DeserializeOwned;

/// Reads a payload as one Rust type. A layer holds one of these instead of a type parameter.
#[derive(Clone, Copy)]
pub(crate) struct ExtraKind {
    id: TypeId,
    read: fn(&str) -> Option<Arc<dyn Any + Send + Sync>>,
}

impl ExtraKind {
    pub(crate) fn of<C: DeserializeOwned + Send + Sync + 'static>() -> Self {
        Self {
            id: TypeId::of::<C>(),
            read: |payload| {
                let value: C = serde_json::from_str(payload).ok()?;
                Some(Arc::new(value))
            },
        }
    }
}

impl ExtraKind {
    pub(super) fn id(self) -> TypeId {
        self.id
    }
}

impl fmt::Debug for ExtraKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExtraKind")
    }
}

/// An append-only list with one entry per type asked for: as long as the program has claim types, which
/// is nearly always one. Readers take no lock.
#[derive(Default)]
pub(super) struct Extras(OnceLock<Box<Node>>);

struct Node {
    id: TypeId,
    /// `None` when the payload does not fit the type: remembered too, so that it is read once.
    value: Option<Arc<dyn Any + Send + Sync>>,
    next: Extras,
}

impl Extras {
    /// The value of this type, if it has been read before and fits.
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

    /// Reads the payload as this type unless that was done before. Whether it fits.
    pub(super) fn ensure(&self, kind: ExtraKind, payload: &str) -> bool {
        let mut list = self;
        loop {
            let node = list.0.get_or_init(|| {
                Box::new(Node {
                    id: kind.id,
                    value: (kind.read)(payload),
                    next: Self::default(),
                })
            });
            if node.id == kind.id {
                return node.value.is_some();
            }
            list = &node.next;
        }
    }
}
