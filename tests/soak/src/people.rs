//! Users with session cookies.

use std::sync::{Arc, Mutex, PoisonError};

use cross_tests::visitor::Visitor;
use reqwest::{Method, StatusCode};
use tokio::sync::RwLock;

use crate::{tally::Outcome, world::World};

/// How many users are signed in at most.
const MOST: usize = 24;

#[derive(Default)]
pub(crate) struct People(Mutex<Vec<Arc<Person>>>);

#[derive(Default)]
struct Person {
    visitor: Visitor,
    /// Requests hold it to read, the sign-out to write.
    is_signed_out: RwLock<bool>,
}

impl People {
    fn any(&self, number: u64) -> Option<Arc<Person>> {
        let people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = usize::try_from(number).ok()?.checked_rem(people.len())?;
        people.get(place).cloned()
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn add(&self, person: Arc<Person>) {
        let mut people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        people.push(person);
    }

    fn remove(&self, person: &Arc<Person>) {
        let mut people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        people.retain(|other| !Arc::ptr_eq(other, person));
    }
}

/// Uses a session. Outages are shorter than an access token lives after its refresh is due.
pub(crate) async fn use_session(world: &World, number: u64) {
    let Some(person) = world.people.any(number) else {
        return;
    };
    let is_signed_out = person.is_signed_out.read().await;
    if !*is_signed_out {
        let answer = person.visitor.ask(Method::GET, &world.url("/api/me")).await;
        let status = answer.expect("a response").status;
        let outcome = match status {
            StatusCode::OK => Outcome::Right,
            _ => Outcome::Wrong,
        };
        world.tally().add("Session", status, outcome);
    }
}

/// Signs in a user. The ID token may have a key that the quickstart has not fetched yet.
pub(crate) async fn sign_in(world: &World) {
    if world.people.count() >= MOST {
        return;
    }
    let _no_outage = world.outage.read().await;
    let keys = world.keys();
    let person = Arc::new(Person::default());
    let page = person.visitor.open(&world.url("/dashboard")).await;
    let is_back = page.url.as_str() == world.url("/dashboard");
    let outcome = if page.status == StatusCode::OK && is_back {
        world.people.add(person);
        Outcome::Right
    } else if world.keys().epoch != keys.epoch {
        Outcome::Raced
    } else if keys.may_be_unknown(page.status) {
        Outcome::KeyNotFetched
    } else {
        Outcome::Wrong
    };
    world.tally().add("SignIn", page.status, outcome);
}

/// Signs out a user. A copy of the cookies is rejected from then on.
pub(crate) async fn sign_out(world: &World, number: u64) {
    let Some(person) = world.people.any(number) else {
        return;
    };
    world.people.remove(&person);
    let mut is_signed_out = person.is_signed_out.write().await;
    if *is_signed_out {
        return;
    }
    *is_signed_out = true;
    let stolen = Visitor::with(person.visitor.cookies());
    let answer = person
        .visitor
        .ask(Method::POST, &world.url("/logout"))
        .await;
    let status = answer.expect("a response").status;
    let outcome = match status.is_success() || status.is_redirection() {
        true => Outcome::Right,
        false => Outcome::Wrong,
    };
    world.tally().add("SignOut", status, outcome);

    for (name, visitor) in [("SignedOut", &person.visitor), ("StolenCookie", &stolen)] {
        let answer = visitor.ask(Method::GET, &world.url("/api/me")).await;
        let status = answer.expect("a response").status;
        let outcome = match status {
            StatusCode::UNAUTHORIZED => Outcome::Right,
            _ => Outcome::Wrong,
        };
        world.tally().add(name, status, outcome);
    }
}
