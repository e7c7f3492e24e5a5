//! Sign-in, refresh and use of a session, by the number of the user's groups.
//!
//! In process, with the issuer on loopback. Sealed cookies hold as many groups as browsers accept.
//! The store holds more.

use std::time::Instant;

use http::HeaderMap;
use okta_tower::{
    Algorithm, Body, NoExtra, Okta, SignIn, Verified, session::Session, store::MemoryStore,
};
use tower::{Layer, ServiceExt, service_fn};

use crate::{
    plot::{self, Line},
    report::{Report, Table, nanoseconds},
    request::{Bare, Caller},
    rounds::quantile,
    signed_in, stage,
};

const SIZES: [usize; 6] = [0, 50, 100, 200, 400, 800];
const TIMES: usize = 41;
const STEPS: [&str; 4] = ["`/login`", "callback", "refresh", "cached request"];

pub(crate) fn run(report: &mut Report) {
    let mut table = Table::new(
        "session",
        &[
            "groups, kept in",
            "cookies",
            STEPS[0],
            STEPS[1],
            STEPS[2],
            STEPS[3],
        ],
    );
    let mut lines: Vec<Line> = Vec::new();
    for place in ["cookies", "store"] {
        let first = lines.len();
        lines.extend(STEPS.map(|step| Line {
            name: format!("{step}, in the {place}"),
            points: Vec::new(),
        }));
        for groups in SIZES {
            let Some(found) = measure(groups, place == "store") else {
                table.row(
                    [
                        format!("{groups}, {place}"),
                        "too large: rejected at sign-in".to_owned(),
                    ]
                    .into_iter()
                    .chain(vec![String::new(); 4]),
                );
                continue;
            };
            let cells = found.steps.iter().map(|step| nanoseconds(*step));
            table.row(
                [
                    format!("{groups}, {place}"),
                    format!("{} bytes", found.cookies),
                ]
                .into_iter()
                .chain(cells),
            );
            for (line, step) in lines[first..].iter_mut().zip(found.steps) {
                // A logarithmic axis has no zero.
                line.points.push((groups.max(10) as f64, step));
            }
        }
    }
    let mut worst = 0.0_f64;
    for line in &lines {
        if let [.., (half, before), (size, after)] = line.points[..] {
            worst = worst.max((after / before).ln() / (size / half).ln());
        }
    }
    table.note(format!(
        "Medians of {TIMES}. A callback fetches two tokens over loopback, which the issuer signs \
         with RSA, and verifies both. So does a refresh. Times grow at most with the size to the \
         power of {worst:.2}."
    ));
    report.table(table);
    plot::log_lines(
        "session",
        "Sessions by the number of groups",
        "groups",
        "ns",
        &lines,
    );
}

struct Found {
    cookies: usize,
    steps: [f64; 4],
}

/// Returns `None` if the session is too large for cookies.
fn measure(groups: usize, in_store: bool) -> Option<Found> {
    let (issuer, okta) = stage::runtime().block_on(async {
        let issuer = stage::issuer(Algorithm::Rs256).await;
        let adapt = |sign_in: SignIn| {
            if in_store {
                sign_in.store(MemoryStore::new())
            } else {
                sign_in.drop_id_token()
            }
        };
        let okta = signed_in::okta(&issuer, groups, adapt).await;
        (issuer, okta)
    });
    stage::runtime().block_on(async {
        let started = signed_in::started(&okta).await;
        let answer = signed_in::called_back(&issuer, &okta, &started).await;
        answer.status().is_redirection().then_some(())
    })?;

    let (mut logins, mut callbacks, mut refreshes, mut cached) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut cookies = HeaderMap::new();
    for _ in 0..TIMES {
        stage::runtime().block_on(async {
            let started = timed(&mut logins, signed_in::started(&okta)).await;
            let answer = timed(
                &mut callbacks,
                signed_in::called_back(&issuer, &okta, &started),
            )
            .await;
            cookies = signed_in::cookies(&answer);
            timed(&mut refreshes, refresh(&okta, &cookies)).await;
        });
        let fresh = stage::runtime().block_on(signed_in::headers(&issuer, &okta));
        cached.push(cached_request(&okta, &fresh));
    }
    let steps = [logins, callbacks, refreshes, cached].map(|times| quantile(&times, 0.5));
    Some(Found {
        cookies: cookies.values().map(|value| value.len()).sum(),
        steps,
    })
}

async fn timed<T>(times: &mut Vec<f64>, step: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let output = step.await;
    times.push(start.elapsed().as_secs_f64() * 1e9);
    output
}

/// Sends a request whose handler refreshes the session. The response sets the new cookies.
async fn refresh(okta: &Okta, cookies: &HeaderMap) {
    let handler = service_fn(|request: http::Request<()>| async move {
        let caller = request.extensions().get::<Verified>().expect("a session");
        Session::<NoExtra>::of(caller)
            .expect("a session")
            .refresh_now()
            .await
            .expect("a refresh");
        Ok::<_, std::convert::Infallible>(http::Response::new(Body::default()))
    });
    let mut request = http::Request::new(());
    *request.headers_mut() = cookies.clone();
    let answer = okta
        .layer()
        .layer(handler)
        .oneshot(request)
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
}

fn cached_request(okta: &Okta, cookies: &HeaderMap) -> f64 {
    let mut caller = Caller::new::<_, (), _>(okta.layer().layer(Bare::<Body>::new()));
    caller.pass(cookies);
    let start = Instant::now();
    (0..100).for_each(|_| caller.pass(cookies));
    start.elapsed().as_secs_f64() * 1e9 / 100.0
}
