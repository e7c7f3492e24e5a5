//! How often: so many in a while for each key, in memory that does not grow.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hash},
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// As many keys can be told apart, more or less. Two that share a place share its limit; which do is a secret of this process.
const PLACES: usize = 16_384;

#[derive(Clone, Copy)]
struct Place {
    began: Instant,
    count: u32,
}

/// A limit for each key.
pub(crate) struct Limit {
    most: u32,
    every: Duration,
    places: Mutex<Box<[Option<Place>]>>,
    random: RandomState,
}

impl Limit {
    /// So many, and no more until this time has passed.
    pub(crate) fn new(most: u32, every: Duration) -> Self {
        Self {
            most,
            every,
            places: Mutex::new(vec![None; PLACES].into()),
            random: RandomState::new(),
        }
    }

    /// Counts one more. An error says after how long there may be another.
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

/// Whom an address counts for: in IPv6 whoever has one has as many as they like that begin alike.
pub(crate) fn neighbourhood(address: IpAddr) -> IpAddr {
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
    fn so_many_pass_and_the_next_does_when_its_time_has_come() {
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
    fn another_key_has_a_limit_of_its_own() {
        let (limit, now) = (Limit::new(1, Duration::from_secs(60)), Instant::now());
        assert!(limit.take("ada", now).is_ok());
        assert!(limit.take("ada", now).is_err());
        // One of them may share the place of another.
        let passed = (0..100).filter(|key: &i32| limit.take(key, now).is_ok());
        assert!(passed.count() >= 95);
    }

    #[test]
    fn neighbours_in_ipv6_count_as_one() {
        let of = |text: &str| neighbourhood(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_eq!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
