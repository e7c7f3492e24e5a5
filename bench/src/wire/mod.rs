//! Over the wire: HTTP/1.1 with keep-alive on loopback, load from a second process, Envoy as the peer.

mod envoy;
mod load;
mod server;

use okta_tower::Algorithm;

use self::{envoy::Envoy, load::Load};
use crate::{
    plot::{self, Bar},
    report::{Report, Table},
    rounds::quantile,
    stage,
};

const ROUNDS: usize = 7;

/// Something that listens, and beside which of them it is to be seen.
struct Place {
    name: &'static str,
    port: u16,
    open: usize,
}

pub(crate) fn run(report: &mut Report) {
    let Some(load) = Load::found() else {
        report.target("the wire", "measured", "not measured: there is no `wrk`, and it could not be installed", false);
        return;
    };
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::Rs256));
    let okta = stage::runtime().block_on(stage::okta(&issuer));
    let token = stage::token(&issuer).sign();
    let mut places = vec![
        Place { name: "Axum, open", port: server::start(None), open: 0 },
        Place { name: "okta-tower in Axum", port: server::start(Some(&okta)), open: 0 },
    ];
    let envoy = Envoy::start(&issuer);
    match &envoy {
        Ok(envoy) => places.extend([
            Place { name: "Envoy 1.39.3, open", port: envoy.open, open: 2 },
            Place { name: "Envoy 1.39.3, jwt_authn", port: envoy.checked, open: 2 },
            Place { name: "Envoy 1.39.3, jwt_authn with its token cache", port: envoy.cached, open: 2 },
        ]),
        Err(reason) => eprintln!("no Envoy: {reason}"),
    }
    for place in &places {
        let is_open = places[place.open].port == place.port;
        assert_eq!(load::status(place.port, &stage::forged(&issuer)), if is_open { 200 } else { 401 }, "{}", place.name);
    }

    let mut runs: Vec<Vec<load::Run>> = places.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (place, runs) in places.iter().zip(&mut runs) {
            runs.push(load.run(place.port, &token));
        }
    }
    tell(report, &places, &runs, envoy.err());
}

fn tell(report: &mut Report, places: &[Place], runs: &[Vec<load::Run>], no_envoy: Option<String>) {
    let mut table = Table::new("wire", &["server", "requests/s", "of the same server, open", "p99"]);
    let mut bars = Vec::new();
    for (place, own) in places.iter().zip(runs) {
        let median = |pick: fn(&load::Run) -> f64| quantile(&own.iter().map(pick).collect::<Vec<_>>(), 0.5);
        let shares: Vec<f64> = own.iter().zip(&runs[place.open]).map(|(own, open)| own.rate / open.rate).collect();
        let (rate, share, slowest) = (median(|run| run.rate), quantile(&shares, 0.5), median(|run| run.p99));
        table.row([place.name.to_owned(), format!("{rate:.0}"), format!("{share:.3}"), format!("{slowest:.2} ms")]);
        bars.push(Bar::new(place.name, rate));
        if place.name.starts_with("okta-tower") {
            report.target("Axum over HTTP/1.1, warm, of the same server without the layer", "at least 0.95", format!("{share:.3}"), share >= 0.95);
        }
    }
    if let Some(reason) = no_envoy {
        table.note(format!("Envoy was not measured: {reason}."));
    }
    table.note(format!(
        "`wrk` with one thread and {} connections for {} s a turn, {ROUNDS} interleaved rounds. Each server has one thread. All answers \
         were 200, and each server that checks tokens has first refused a forged one.",
        load::CONNECTIONS,
        load::SECONDS
    ));
    report.table(table);
    plot::bars("wire", "Over HTTP/1.1, keep-alive", "requests/s", &bars);
}
