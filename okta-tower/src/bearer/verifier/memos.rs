//! Headers that need not be read again: nearly all tokens of an issuer have one of the same few.

use std::{sync::Arc, time::Duration};

use arc_swap::{ArcSwap, Guard};

use crate::bearer::token::{KnownHeader, Parts};

/// The headers of the last tokens, as far as they are worth remembering. Whoever comes last is remembered.
#[derive(Debug, Default)]
pub(super) struct Memos(ArcSwap<Remembered>);

#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// That of the last accepted token which had another one than those before.
    accepted: Option<Arc<KnownHeader>>,
    /// That of the last token which named a key that the issuer has said it has not.
    absent: Option<Arc<Absent>>,
}

#[derive(Debug)]
struct Absent {
    header: KnownHeader,
    /// Which edition of the keys was without the key.
    edition: u64,
    /// Until when that is believed, as uptime.
    until: Duration,
}

impl Memos {
    pub(super) fn load(&self) -> Guard<Arc<Remembered>> {
        self.0.load()
    }

    /// Remembers the header of a token that was accepted.
    pub(super) fn accepted(&self, parts: &Parts<'_>) {
        let accepted = KnownHeader::of(parts).map(Arc::new);
        self.0.rcu(|memos| Remembered {
            accepted: accepted.clone(),
            absent: memos.absent.clone(),
        });
    }

    /// Remembers the header of a token whose key this edition of the keys has not, until the uptime is this.
    pub(super) fn absent(&self, parts: &Parts<'_>, edition: u64, until: Duration) {
        let absent = KnownHeader::of(parts).map(|header| {
            Arc::new(Absent {
                header,
                edition,
                until,
            })
        });
        self.0.rcu(|memos| Remembered {
            // Not that of a key that was withdrawn: nobody is let in with it any more.
            accepted: (memos.accepted.as_ref())
                .filter(|it| !it.is_of(parts))
                .cloned(),
            absent: absent.clone(),
        });
    }
}

impl Remembered {
    /// What this token's header says, if it is one of these.
    pub(super) fn find(&self, parts: &Parts<'_>) -> Option<&KnownHeader> {
        let absent = self.absent.as_deref().map(|absent| &absent.header);
        let known = self.accepted.as_deref().into_iter().chain(absent);
        known.into_iter().find(|header| header.is_of(parts))
    }

    /// Whether this is the header of a key that there still is not.
    pub(super) fn says_absent(&self, header: &KnownHeader, edition: u64, uptime: Duration) -> bool {
        (self.absent.as_deref()).is_some_and(|absent| {
            std::ptr::eq(&raw const absent.header, header)
                && absent.edition == edition
                && uptime < absent.until
        })
    }
}
