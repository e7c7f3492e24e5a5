//! HTTP/1.1 with keep-alive on loopback, with load from a second process and Envoy as the peer.

mod cpu;
mod envoy;
mod load;
mod server;

use okta_tower::Algorithm;

pub(crate) use self::server::{Front, start};

use self::{cpu::Tasks, envoy::Envoy, load::Load};
use crate::{
    plot::{self, Bar},
    report::{Report, Table, nanoseconds},
    rounds::{quantile, rounds},
    stage,
};

const ROUNDS: usize = 121;
/// Envoy has a turn in one of this many rounds. Its figures need no great precision.
const ENVOY_EVERY: usize = 3;

/// The name of the target.
const AROUND: &str = "over HTTP, layer around the router, relative to the open server's requests";

/// A listening server.
struct Place {
    name: &'static str,
    port: u16,
    /// The index of the same server without a layer.
    open: usize,
    tasks: Tasks,
}

/// One turn of one server.
struct Turn {
    load: load::Run,
    /// The server's processor time for each request, in nanoseconds.
    work: f64,
}

pub(crate) fn run(report: &mut Report) {
    let Some(load) = Load::installed() else {
        report.target(
            AROUND,
            "at least 0.95",
            "not measured: `wrk` could not be installed",
            false,
        );
        return;
    };
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::Rs256));
    let okta = stage::runtime().block_on(stage::okta(&issuer));
    let token = stage::token(&issuer).sign();
    let axum = |name, front| {
        let (port, tasks) = start(front);
        Place {
            name,
            port,
            open: 0,
            tasks,
        }
    };
    let mut places = vec![
        axum("Axum, open", Front::Nothing),
        axum("Axum, open, with a layer that does nothing", Front::Idle),
        axum(
            "Axum, open, with the baseline layer",
            Front::Baseline(&token),
        ),
        axum("okta-tower in Axum", Front::Okta(&okta)),
        axum("okta-tower around Axum's router", Front::Around(&okta)),
    ];
    let open_envoy = places.len();
    let envoy = Envoy::start(&issuer);
    match &envoy {
        Ok(envoy) => places.extend(
            [
                ("Envoy 1.39.3, open", envoy.open),
                ("Envoy 1.39.3, jwt_authn", envoy.checked),
                ("Envoy 1.39.3, jwt_authn with its token cache", envoy.cached),
            ]
            .map(|(name, port)| Place {
                name,
                port,
                open: open_envoy,
                tasks: Tasks::of_process(envoy.id()),
            }),
        ),
        Err(reason) => eprintln!("no Envoy: {reason}"),
    }
    for place in &places {
        let is_open = place.name.contains("open");
        assert_eq!(
            load::status(place.port, &stage::forged(&issuer)),
            if is_open { 200 } else { 401 },
            "{}",
            place.name
        );
    }

    let mut turns: Vec<Vec<Turn>> = places.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds(ROUNDS) {
        // Each round begins with another server.
        for step in 0..places.len() {
            let at = (round + step) % places.len();
            let (place, turns) = (&places[at], &mut turns[at]);
            if place.open != 0 && !round.is_multiple_of(ENVOY_EVERY) {
                continue;
            }
            let before = place.tasks.nanoseconds();
            let run = load.run(place.port, &token);
            turns.push(Turn {
                work: (place.tasks.nanoseconds() - before) / run.requests,
                load: run,
            });
        }
    }
    add_results(report, &places, &turns, envoy.err());
}

fn add_results(
    report: &mut Report,
    places: &[Place],
    turns: &[Vec<Turn>],
    no_envoy: Option<String>,
) {
    let header = [
        "server",
        "requests/s",
        "relative to the open server",
        "10 % to 90 %",
        "processor time of a request",
        "open server's, relative to it",
        "p99",
    ];
    let mut table = Table::new("wire", &header);
    let mut bars = Vec::new();
    for (place, own) in places.iter().zip(turns) {
        let median =
            |pick: fn(&Turn) -> f64| quantile(&own.iter().map(pick).collect::<Vec<_>>(), 0.5);
        let relative = |compare: fn((&Turn, &Turn)) -> f64, part| {
            quantile(
                &own.iter()
                    .zip(&turns[place.open])
                    .map(compare)
                    .collect::<Vec<_>>(),
                part,
            )
        };
        let of_open = |part| relative(|(own, open)| own.load.rate / open.load.rate, part);
        let share = of_open(0.5);
        let work_share = relative(|(own, open)| open.work / own.work, 0.5);
        table.row([
            place.name.to_owned(),
            format!("{:.0}", median(|turn| turn.load.rate)),
            format!("{share:.3}"),
            format!("{:.3} to {:.3}", of_open(0.1), of_open(0.9)),
            nanoseconds(median(|turn| turn.work)),
            format!("{work_share:.3}"),
            format!("{:.2} ms", median(|turn| turn.load.p99)),
        ]);
        bars.push(Bar::new(place.name, median(|turn| turn.load.rate)));
        if place.name == "okta-tower around Axum's router" {
            report.target(
                AROUND,
                "at least 0.95",
                format!("{share:.3} (by processor time: {work_share:.3})"),
                share >= 0.95,
            );
        }
    }
    if let Some(reason) = no_envoy {
        table.note(format!("Envoy was not measured: {reason}."));
    }
    table.note(format!(
        "`wrk` with one thread and {} connections for {} ms a turn, {ROUNDS} interleaved rounds, \
         Envoy in every {ENVOY_EVERY}rd. Each server has one thread. All responses were 200. Other \
         processes reduce the requests per second, but not the processor time.",
        load::CONNECTIONS,
        load::TURN.as_millis()
    ));
    report.table(table);
    plot::bars("wire", "Over HTTP/1.1, keep-alive", "requests/s", &bars);
}
