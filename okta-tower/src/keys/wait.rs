//! The bounded wait for an attempt that may bring a key.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::runtime::Handle;

use super::shared::Shared;

/// A bounded wait for the fetch that may bring a key. Ends with the fetch or with the bound.
pub(crate) type KeyWait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Demands an attempt for a key, and returns a wait for it. Returns `None` if the token is to be
/// rejected now.
pub(super) fn request(shared: &Arc<Shared>, kid: &str) -> Option<KeyWait> {
    let clock = &shared.clock;
    // Subscribed before the request: an attempt that ends in between is seen.
    let mut ended = shared.demand.ended();
    let now = clock.uptime();
    let until = now + shared.unknown_key_wait;
    let terms = shared.demand.request(kid, now, until);
    if shared.has(kid) {
        // The key arrived between the look at the snapshot and the request.
        return Some(Box::pin(std::future::ready(())));
    }
    let terms = terms?;
    // tokio times the wait. On another runtime the request is rejected; the fetch happens.
    if Handle::try_current().is_err() {
        return None;
    }
    let (slot, before) = WaiterSlot::take(&shared.waiters, terms.slots)?;
    // Where many wait, the later ones give their connections back once the attempt is late.
    let is_crowded = before >= terms.slots.div_ceil(2);
    let until = if is_crowded {
        until.min(terms.late_at)
    } else {
        until
    };
    let bound = clock.sleep(until.saturating_sub(now));
    // A waiting request keeps no refresher alive, and a dropped one cancels nothing.
    let (shared, kid) = (Arc::clone(shared), kid.to_owned());
    Some(Box::pin(async move {
        let _slot = slot;
        let answered = async {
            // An error means that the refresher is gone: no key will come.
            while ended.changed().await.is_ok() {
                let now = shared.clock.uptime();
                // A key that was requested during one attempt is for the next one to bring.
                if shared.has(&kid) || !shared.demand.is_worth_waiting(&kid, now, until) {
                    break;
                }
            }
        };
        tokio::select! {
            () = answered => {}
            () = bound => {}
        }
    }))
}

/// One of the bounded number of slots for waiting requests. Freed when dropped.
struct WaiterSlot(Arc<AtomicUsize>);

impl WaiterSlot {
    /// Takes a slot. Returns how many were taken before as well.
    fn take(taken: &Arc<AtomicUsize>, slots: usize) -> Option<(Self, usize)> {
        let one_more = |count: usize| (count < slots).then_some(count + 1);
        let before = taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        before.ok().map(|before| (Self(Arc::clone(taken)), before))
    }
}

impl Drop for WaiterSlot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        task::{Context, Poll, Waker},
        time::Duration,
    };

    use super::*;
    use crate::{
        base::fetch::Fetcher,
        keys::{
            Keys, Refresher, Snapshot,
            jwk::{Algorithm, KeySet},
        },
        okta::builder::OktaBuilder,
    };

    /// RFC 7517 appendix A.1.
    const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1",
        "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;

    fn keys() -> (Keys, Refresher) {
        let config = OktaBuilder::new("https://a.okta.com/oauth2/default")
            .build()
            .unwrap();
        let fetcher = Fetcher::new(&config.fetch, config.urls.clone()).unwrap();
        config.keys(fetcher, &Arc::default())
    }

    fn is_over(wait: &mut KeyWait) -> bool {
        let poll = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        poll == Poll::Ready(())
    }

    #[tokio::test]
    async fn key_that_arrives_before_the_request_is_not_rejected() {
        let (keys, _refresher) = keys();
        let demand = &keys.shared.demand;
        let set = KeySet::parse(
            KEYS.as_bytes(),
            &[Algorithm::Es256].into(),
            &KeySet::default(),
        );
        keys.shared.snapshot.store(Arc::new(Snapshot {
            keys: set.unwrap().0,
            trust: None,
        }));
        let now = keys.shared.clock.uptime();
        for kid in ["a", "b", "c"] {
            demand.request(kid, now, now + Duration::from_secs(2));
            let requested = demand.begin(now);
            demand.succeeded(requested, &[], &["1"], now);
        }
        // The cool-down has just begun: a key that has not arrived is not waited for.
        assert!(is_over(&mut keys.request("1").unwrap()));
        assert!(keys.request("2").is_none());
    }

    #[tokio::test]
    async fn wait_ends_with_the_refresher() {
        let (keys, refresher) = keys();
        let mut wait = keys.request("1").unwrap();
        assert!(!is_over(&mut wait));
        drop(refresher);
        assert!(is_over(&mut wait));
        assert!(keys.request("1").is_none());
        assert_eq!(
            keys.unknown("1", Duration::ZERO).reason(),
            "key_unconfirmed"
        );
    }

    #[test]
    fn waiter_slots_are_bounded_and_freed() {
        let taken = Arc::default();
        let first = WaiterSlot::take(&taken, 2);
        let _second = WaiterSlot::take(&taken, 2).unwrap();
        assert!(first.is_some() && WaiterSlot::take(&taken, 2).is_none());
        drop(first);
        assert!(WaiterSlot::take(&taken, 2).is_some());
    }
}
