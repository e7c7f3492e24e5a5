//! A rate limit for each key, in a fixed amount of memory.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hash},
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The number of counters. Keys with the same hash share a counter; the hash is keyed per process,
/// so clients cannot choose to collide.
const PLACES: usize = 16_384;

#[derive(Clone, Copy)]
struct Place {
    began: Instant,
    count: u32,
}

/// A rate limit for each key.
pub(crate) struct Limit {
    most: u32,
    every: Duration,
    places: Mutex<Box<[Option<Place>]>>,
    random: RandomState,
}

impl Limit {
    /// Allows `most` uses of a key within `every`.
    pub(crate) fn new(most: u32, every: Duration) -> Self {
        Self {
            most,
            every,
            places: Mutex::new(vec![None; PLACES].into()),
            random: RandomState::new(),
        }
    }

    /// Counts a use. The error is the time until the next one is allowed.
    pub(crate) fn take(&self, key: impl Hash, now: Instant) -> Result<(), Duration> {
        let hash = self.random.hash_one(key);
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(hash % PLACES as u64).unwrap_or(0);
        let Some(place) = places.get_mut(index) else {
            return Ok(());
        };
        let fresh = Place {
            began: now,
            count: 0,
        };
        let place = place.get_or_insert(fresh);
        let passed = now.saturating_duration_since(place.began);
        if passed >= self.every {
            *place = fresh;
        }
        if place.count == self.most {
            return Err(self.every - passed);
        }
        place.count += 1;
        Ok(())
    }
}

/// Returns the network of an address. An IPv6 client can use any address of its network.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_over_the_limit_is_rejected_until_the_period_ends() {
        let limit = Limit::new(2, Duration::from_secs(60));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(limit.take("ada", at(0)), Ok(()));
        assert_eq!(limit.take("ada", at(10)), Ok(()));
        assert_eq!(limit.take("ada", at(20)), Err(Duration::from_secs(40)));
        assert_eq!(limit.take("ada", at(59)), Err(Duration::from_secs(1)));
        assert_eq!(limit.take("ada", at(60)), Ok(()));
    }

    #[test]
    fn keys_have_separate_limits() {
        let (limit, now) = (Limit::new(1, Duration::from_secs(60)), Instant::now());
        assert!(limit.take("ada", now).is_ok());
        assert!(limit.take("ada", now).is_err());
        // Some keys may share a counter.
        let passed = (0..100).filter(|key: &i32| limit.take(key, now).is_ok());
        assert!(passed.count() >= 95);
    }

    #[test]
    fn ipv6_addresses_of_one_network_share_a_limit() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_eq!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
