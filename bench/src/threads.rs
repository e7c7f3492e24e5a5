//! Two threads against one, warm: with 10,000 tokens, and with a single hot one.

use std::{
    convert::Infallible,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use http::{HeaderMap, Request, Response};
use okta_tower::{Algorithm, Okta};
use tower::{Layer, Service, service_fn};

use crate::{
    plot::{self, Bar},
    report::{Report, Table},
    request::{Bare, Caller, bearer},
    rounds::quantile,
    stage,
};

const ROUNDS: usize = 45;
const TURN: Duration = Duration::from_millis(100);
const TOKENS: usize = 10_000;

pub(crate) fn run(report: &mut Report) {
    // Once a token is in the cache its algorithm is of no importance. These are quick to sign.
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::EdDsa));
    let okta = stage::runtime().block_on(stage::okta(&issuer));
    let many: Vec<String> = (0..TOKENS).map(|_| stage::token(&issuer).sign()).collect();
    let hot = &many[..1];
    let mut first = Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new()));
    many.iter().for_each(|token| first.pass(&bearer(token)));

    let cases: [(&str, Option<&Okta>, &[String]); 4] = [
        ("bare service, 10,000 headers", None, &many),
        ("bare service, one header", None, hot),
        ("layer, 10,000 tokens", Some(&okta), &many),
        ("layer, one hot token", Some(&okta), hot),
    ];
    let mut rates = vec![(Vec::new(), Vec::new()); cases.len()];
    for _ in 0..ROUNDS {
        for ((_, okta, headers), (one, two)) in cases.iter().zip(&mut rates) {
            one.push(rate(1, *okta, headers));
            two.push(rate(2, *okta, headers));
        }
    }

    // What the machine gives to a second thread that shares nothing.
    let machine: Vec<f64> = rates[1]
        .0
        .iter()
        .zip(&rates[1].1)
        .map(|(one, two)| two / one)
        .collect();
    let machine = quantile(&machine, 0.5);
    let mut table = Table::new(
        "threads",
        &[
            "warm",
            "1 thread, requests/s",
            "2 threads, requests/s",
            "2 threads against 1",
        ],
    );
    let mut bars = Vec::new();
    for ((name, okta, _), (one, two)) in cases.iter().zip(&rates) {
        let gains: Vec<f64> = one.iter().zip(two).map(|(one, two)| two / one).collect();
        let (one, two, gain) = (
            quantile(one, 0.5),
            quantile(two, 0.5),
            quantile(&gains, 0.5),
        );
        table.row([
            name.to_string(),
            format!("{one:.0}"),
            format!("{two:.0}"),
            format!("{gain:.2}"),
        ]);
        bars.push(Bar::new(format!("{name}, 1 thread"), one));
        bars.push(Bar::new(format!("{name}, 2 threads"), two));
        if okta.is_some() {
            report.second_thread(&format!("2 threads against 1, {name}"), gain, machine);
        }
    }
    table.note(format!("{ROUNDS} interleaved rounds. The bare service shows what the machine itself gives to a second thread: anything else that runs on its two cores takes from it."));
    report.table(table);
    plot::bars(
        "threads",
        "Requests a second, warm, by threads",
        "requests/s",
        &bars,
    );
}

/// Requests a second, all threads together, each with headers of its own, to one service that is cloned for each request, as servers
/// do.
fn rate(threads: usize, okta: Option<&Okta>, tokens: &[String]) -> f64 {
    match okta {
        Some(okta) => rate_of(threads, &okta.layer().layer(Bare::<()>::new()), tokens),
        None => rate_of(threads, &Bare::<()>::new(), tokens),
    }
}

fn rate_of<S>(threads: usize, service: &S, tokens: &[String]) -> f64
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible> + Clone + Sync,
{
    let start = Barrier::new(threads);
    thread::scope(|scope| {
        let work = |thread: usize| {
            let start = &start;
            move || {
                let by_clones = service_fn(|request| service.clone().call(request));
                let mut caller = Caller::new::<_, (), _>(by_clones);
                let headers: Vec<HeaderMap> = tokens.iter().map(|token| bearer(token)).collect();
                let mut each = headers
                    .iter()
                    .cycle()
                    .skip(thread * headers.len() / threads);
                start.wait();
                let (begin, mut requests) = (Instant::now(), 0_u32);
                while begin.elapsed() < TURN {
                    for _ in 0..500 {
                        caller.pass(each.next().expect("a cycle"));
                    }
                    requests += 500;
                }
                f64::from(requests) / begin.elapsed().as_secs_f64()
            }
        };
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(work(thread)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("no answer was wrong"))
            .sum()
    })
}
