//! The user's own claim types, read once per token and type, then shared.

use std::{
    any::{Any, TypeId},
    fmt,
    sync::{Arc, OnceLock},
};

use serde::de::DeserializeOwned;

/// Reads a payload as one Rust type. A layer holds one of these instead of a type parameter.
pub(crate) struct ExtraKind {
    /// Not the id itself: compilers of our minimum version know it only when the program runs.
    id: fn() -> TypeId,
    read: fn(&str) -> Option<Arc<dyn Any + Send + Sync>>,
}

impl ExtraKind {
    /// That of a type. There may be several of one: what counts is their [`id`](Self::id).
    pub(crate) const fn of<C: DeserializeOwned + Send + Sync + 'static>() -> &'static Self {
        const {
            &Self {
                id: TypeId::of::<C>,
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
    pub(super) fn ensure(&self, kind: &ExtraKind, payload: &str) -> bool {
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
