//! The slowest requests with cached tokens, in quiet and during key rotations, floods and outages.
//!
//! One thread sends requests and times each. A second thread causes the trouble. The conditions
//! take turns.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Waker},
    thread,
    time::{Duration, Instant},
};

use http::{HeaderMap, Request};
use okta_tower::{Algorithm, Okta};
use okta_tower_test::{Endpoint, Fault, Issuer, Key};
use tower::{Layer, Service};

use crate::{
    plot::{self, Line},
    report::{Report, Table, nanoseconds},
    request::{Bare, Caller, bearer},
    rounds::{quantile, rounds},
    stage,
};

const ROUNDS: usize = 5;
const TURN: Duration = Duration::from_millis(2_500);
const TOKENS: usize = 1_000;
const SHARES: [f64; 7] = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1.0];

#[derive(Clone, Copy, PartialEq)]
enum Trouble {
    Quiet,
    Busy,
    Rotation,
    Flood,
    Hang,
}

const TROUBLES: [(Trouble, &str); 5] = [
    (Trouble::Quiet, "quiet"),
    (Trouble::Busy, "another thread that only counts (control)"),
    (Trouble::Rotation, "keys rotate every second"),
    (
        Trouble::Flood,
        "flood of unknown `kid`s from another thread",
    ),
    (Trouble::Hang, "issuer hangs, a fetch is due every second"),
];

pub(crate) fn run(report: &mut Report) {
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::EdDsa));
    // The key of the cached tokens. It stays published while the other keys rotate.
    let staying = Key::generate(Algorithm::EdDsa);
    issuer.publish_key(&staying);
    let settings =
        |builder: okta_tower::OktaBuilder| builder.unknown_key_cooldown(Duration::from_secs(1));
    let okta = stage::runtime().block_on(stage::okta_with(&issuer, settings));
    let headers: Vec<HeaderMap> = (0..TOKENS)
        .map(|_| {
            bearer(
                &stage::token(&issuer)
                    .key(staying.clone())
                    .expires_in(6 * 3600)
                    .sign(),
            )
        })
        .collect();

    let mut times: Vec<Vec<Vec<f64>>> = vec![Vec::new(); TROUBLES.len()];
    let (mut refused, fetches) = (0, issuer.requests(Endpoint::Keys));
    for _ in 0..rounds(ROUNDS) {
        for ((trouble, _), times) in TROUBLES.iter().zip(&mut times) {
            let (timed, sent) = turn(*trouble, &issuer, &okta, &headers);
            times.push(timed);
            refused += sent;
        }
    }
    let fetches = issuer.requests(Endpoint::Keys) - fetches;
    assert!(
        fetches as usize >= 3 * rounds(ROUNDS),
        "each trouble caused key fetches, {fetches} in all"
    );
    add_results(report, &times, refused, fetches);
}

/// Returns the times of the requests of one turn, and the number of requests of the flood.
fn turn(trouble: Trouble, issuer: &Issuer, okta: &Okta, headers: &[HeaderMap]) -> (Vec<f64>, u64) {
    if trouble == Trouble::Hang {
        issuer.fault(Endpoint::Keys, Fault::Hang);
    }
    let over = AtomicBool::new(false);
    let result = thread::scope(|scope| {
        let second = scope.spawn(|| cause(trouble, issuer, okta, &over));
        let times = cached(okta, headers);
        over.store(true, Ordering::Relaxed);
        (times, second.join().expect("no panic"))
    });
    issuer.heal();
    result
}

fn cached(okta: &Okta, headers: &[HeaderMap]) -> Vec<f64> {
    let mut caller = Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new()));
    headers.iter().for_each(|headers| caller.pass(headers));
    let (begin, mut times, mut each) = (
        Instant::now(),
        Vec::with_capacity(8_000_000),
        headers.iter().cycle(),
    );
    while begin.elapsed() < TURN {
        for _ in 0..100 {
            let next = each.next().expect("a cycle");
            let start = Instant::now();
            caller.pass(next);
            times.push(start.elapsed().as_secs_f64() * 1e9);
        }
    }
    times
}

fn cause(trouble: Trouble, issuer: &Issuer, okta: &Okta, over: &AtomicBool) -> u64 {
    let mut sender = Sender {
        service: okta.layer().layer(Bare::new()),
        number: 0,
    };
    let is_over = || over.load(Ordering::Relaxed);
    match trouble {
        Trouble::Quiet => {}
        Trouble::Busy => {
            let mut count = 0_u64;
            while !is_over() {
                count = std::hint::black_box(count) + 1;
            }
        }
        Trouble::Rotation => {
            while !is_over() {
                issuer.rotate();
                // The first token of the new key causes a fetch.
                sender.send(&stage::token(issuer).sign());
                thread::sleep(Duration::from_millis(1_100));
            }
        }
        Trouble::Flood => {
            let unknown = issuer.forged_key();
            let token = stage::token(issuer).key(unknown.clone()).sign();
            let (_, rest) = token.split_once('.').expect("a token");
            while !is_over() {
                sender.number += 1;
                let header = format!(r#"{{"alg":"EdDSA","kid":"unknown-{:012}"}}"#, sender.number);
                sender.send(&format!("{}.{rest}", base64url(&header)));
            }
        }
        Trouble::Hang => {
            let unknown = issuer.forged_key();
            while !is_over() {
                sender.number += 1;
                let key = unknown
                    .clone()
                    .with_kid(format!("unknown-{}", sender.number));
                sender.send(&stage::token(issuer).key(key).sign());
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
    sender.number
}

fn base64url(text: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(text)
}

/// Sends requests and ignores the responses. A pending request does not delay the next one.
struct Sender {
    service: okta_tower::auth::AuthService<Bare<()>>,
    number: u64,
}

impl Sender {
    fn send(&mut self, token: &str) {
        let mut request = Request::new(());
        *request.headers_mut() = bearer(token);
        let mut response = Box::pin(self.service.call(request));
        let mut context = Context::from_waker(Waker::noop());
        if response.as_mut().poll(&mut context).is_pending() {
            stage::runtime().spawn(response);
        }
    }
}

fn add_results(report: &mut Report, times: &[Vec<Vec<f64>>], refused: u64, fetches: u64) {
    let mut table = Table::new(
        "rotation",
        &[
            "while",
            "p50",
            "p99",
            "p99.9",
            "p99.99",
            "p99 of the quiet p99",
        ],
    );
    let quiet: Vec<f64> = times[0].iter().map(|turn| quantile(turn, 0.99)).collect();
    let mut lines = Vec::new();
    for ((_, name), turns) in TROUBLES.iter().zip(times) {
        let at = |share| {
            quantile(
                &turns
                    .iter()
                    .map(|turn| quantile(turn, share))
                    .collect::<Vec<_>>(),
                0.5,
            )
        };
        let ratios: Vec<f64> = turns
            .iter()
            .zip(&quiet)
            .map(|(turn, quiet)| quantile(turn, 0.99) / quiet)
            .collect();
        let ratio = quantile(&ratios, 0.5);
        table.row([
            name.to_string(),
            nanoseconds(at(0.5)),
            nanoseconds(at(0.99)),
            nanoseconds(at(0.999)),
            nanoseconds(at(0.9999)),
            format!("{ratio:.2}"),
        ]);
        // The slowest of 2 requests, of 10, …
        let points = SHARES[..6]
            .iter()
            .map(|share| (1.0 / (1.0 - share), at(*share)))
            .collect();
        lines.push(Line {
            name: name.replace(" (control)", ""),
            points,
        });
    }
    let requests: usize = times.iter().flatten().map(Vec::len).sum();
    table.note(format!(
        "{requests} requests, each timed alone; medians of {ROUNDS} interleaved rounds. The flood \
         sent {refused} requests. The layer fetched keys {fetches} times. The control shows the \
         effect of any busy second thread."
    ));
    report.table(table);
    plot::log_lines(
        "rotation",
        "Slowest requests with cached tokens",
        "slowest one in so many requests",
        "ns",
        &lines,
    );
}
