//! Two threads compared with one, with cached tokens: 10,000 tokens, and one hot token.
//!
//! The threads clone the service as servers do. The accepting thread clones the original once for
//! each connection. The serving thread clones the connection's clone once for each request.

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
    baseline::Baseline,
    plot::{self, Bar},
    report::{Report, Table},
    request::{Bare, Caller, bearer},
    rounds::{quantile, rounds},
    stage,
};

const ROUNDS: usize = 45;
const TURN: Duration = Duration::from_millis(100);
const TOKENS: usize = 10_000;

/// The layer in front of the bare service.
enum Front<'o> {
    Bare,
    Baseline,
    Layer(&'o Okta),
}

pub(crate) fn run(report: &mut Report) {
    // The algorithm of a cached token does not matter. EdDSA signs fast.
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::EdDsa));
    let okta = stage::runtime().block_on(stage::okta(&issuer));
    let many: Vec<String> = (0..TOKENS).map(|_| stage::token(&issuer).sign()).collect();
    let hot = &many[..1];
    let mut first = Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new()));
    many.iter().for_each(|token| first.pass(&bearer(token)));

    let cases: [(&str, Front<'_>, &[String]); 5] = [
        ("bare service, 10,000 headers", Front::Bare, &many),
        ("bare service, one header", Front::Bare, hot),
        ("baseline layer, one token", Front::Baseline, hot),
        ("layer, 10,000 tokens", Front::Layer(&okta), &many),
        ("layer, one hot token", Front::Layer(&okta), hot),
    ];
    let mut rates = vec![(Vec::new(), Vec::new()); cases.len()];
    for _ in 0..rounds(ROUNDS) {
        for ((_, front, headers), (one, two)) in cases.iter().zip(&mut rates) {
            one.push(rate(1, front, headers));
            two.push(rate(2, front, headers));
        }
    }

    let mut table = Table::new(
        "threads",
        &[
            "cached",
            "1 thread, requests/s",
            "2 threads, requests/s",
            "2 threads relative to 1",
        ],
    );
    let (mut bars, mut gains) = (Vec::new(), Vec::new());
    for ((name, ..), (one, two)) in cases.iter().zip(&rates) {
        let each: Vec<f64> = one.iter().zip(two).map(|(one, two)| two / one).collect();
        let (one, two, gain) = (quantile(one, 0.5), quantile(two, 0.5), quantile(&each, 0.5));
        table.row([
            name.to_string(),
            format!("{one:.0}"),
            format!("{two:.0}"),
            format!("{gain:.2}"),
        ]);
        bars.push(Bar::new(format!("{name}, 1 thread"), one));
        bars.push(Bar::new(format!("{name}, 2 threads"), two));
        gains.push(gain);
    }
    table.note(format!(
        "{ROUNDS} interleaved rounds. The bare service shows the gain of a second thread on this \
         machine. The threads share the one `Arc` of the baseline layer."
    ));
    report.table(table);
    let [machine, _, baseline, many, hot] = gains[..] else {
        unreachable!("the cases above")
    };
    report.target(
        "two threads relative to one, as servers clone, 10,000 tokens",
        "at least 1.3",
        format!("{many:.2} (bare {machine:.2}; one hot token {hot:.2}, baseline {baseline:.2})"),
        many >= 1.3,
    );
    plot::bars(
        "threads",
        "Requests per second with cached tokens, by threads",
        "requests/s",
        &bars,
    );
}

fn rate(threads: usize, front: &Front<'_>, tokens: &[String]) -> f64 {
    let bare = Bare::<()>::new();
    match front {
        Front::Bare => rate_of(threads, &bare, tokens),
        Front::Baseline => rate_of(threads, &Baseline::new(&tokens[0], bare), tokens),
        Front::Layer(okta) => rate_of(threads, &okta.layer().layer(bare), tokens),
    }
}

/// Returns the requests per second of all threads. Each thread has one connection, and headers of
/// its own.
fn rate_of<S>(threads: usize, service: &S, tokens: &[String]) -> f64
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible> + Clone + Send,
{
    let start = Barrier::new(threads);
    thread::scope(|scope| {
        let serve = |thread: usize| {
            let (start, connection) = (&start, service.clone());
            move || {
                let by_clones = service_fn(|request| connection.clone().call(request));
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
            .map(|thread| scope.spawn(serve(thread)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("each response is 200"))
            .sum()
    })
}
