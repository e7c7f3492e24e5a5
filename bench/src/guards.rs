//! Guards that require 20 groups, with claims of 100 groups.

use http::{Extensions, Request};
use okta_tower::{Algorithm, Require};
use tower::{Layer, Service};

use crate::{
    report::{Report, Table, nanoseconds},
    request::{Bare, now},
    rounds::{Case, interleaved},
    stage,
};

const ROUNDS: usize = 501;
/// More requirements than the layer remembers for a token.
const IN_TURN: usize = 8;

pub(crate) fn run(report: &mut Report) {
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::Rs256));
    let okta = stage::runtime().block_on(stage::okta(&issuer));
    let held: Vec<String> = (0..100)
        .map(|number| format!("department-{number:03}"))
        .collect();
    let verified = now(okta.verify(&issuer.token().groups(&held).sign())).expect("a valid token");
    let others = (0..19).map(|number| format!("elsewhere-{number:03}"));

    let requirements = [
        (
            "any of 20 groups, the last one held",
            Require::any_group(others.clone().chain([held[99].clone()])),
        ),
        (
            "all of 20 groups, all held",
            Require::all_groups(held.iter().step_by(5).cloned()),
        ),
        (
            "any of 20 groups, none held",
            Require::any_group(others.chain(["nowhere".to_owned()])),
        ),
    ];
    // A token remembers the results of the last few requirements. In turn, each is forgotten.
    let in_turn: Vec<Require> = (0..IN_TURN)
        .map(|_| Require::all_groups(held.iter().step_by(5).cloned()))
        .collect();
    let mut extensions = Extensions::new();
    extensions.insert(verified.clone());
    let mut bare = Bare::<()>::new();
    let mut cases = vec![Case::new("bare service", || {
        assert_eq!(status(&mut bare, &extensions), 200)
    })];
    for (name, require) in &requirements {
        let verified = &verified;
        cases.push(Case::new(format!("`Require::check`, {name}"), move || {
            assert_eq!(
                require.check(std::hint::black_box(verified)).is_ok(),
                !name.ends_with("none held")
            );
        }));
    }
    let (mut next, asked) = (in_turn.iter().cycle(), &verified);
    cases.push(Case::new(
        format!(
            "`Require::check`, all of 20 groups, all held, {IN_TURN} such requirements in turn"
        ),
        move || {
            let require = next.next().expect("a cycle");
            assert!(require.check(std::hint::black_box(asked)).is_ok());
        },
    ));
    for (name, require) in &requirements[..2] {
        let (mut guarded, extensions) = (
            require.clone().layer().layer(Bare::<()>::new()),
            &extensions,
        );
        cases.push(Case::new(format!("guard as a layer, {name}"), move || {
            assert_eq!(status(&mut guarded, extensions), 200)
        }));
    }
    let timed = interleaved(ROUNDS, cases);

    let mut table = Table::new(
        "guards",
        &[
            "guard",
            "median",
            "10 % to 90 %",
            "over the bare service",
            "allocations",
        ],
    );
    for case in &timed {
        let ((low, high), is_check) = (case.spread(), case.name.starts_with('`'));
        let cost = if is_check {
            case.median()
        } else {
            case.more_than(&timed[0])
        };
        table.row([
            case.name.clone(),
            nanoseconds(case.median()),
            format!("{} to {}", nanoseconds(low), nanoseconds(high)),
            if is_check {
                String::new()
            } else {
                nanoseconds(cost)
            },
            format!("{:.1}", case.allocations),
        ]);
    }
    table.note(
        "Claims of 100 groups. `Require::check` alone, and as a layer around the bare service. The \
         request's extensions hold the claims in both cases.",
    );
    report.table(table);
}

fn status<S>(service: &mut S, extensions: &Extensions) -> u16
where
    S: Service<Request<()>, Response = http::Response<()>, Error = std::convert::Infallible>,
{
    let mut request = Request::new(());
    request.extensions_mut().clone_from(extensions);
    now(service.call(request)).map_or_else(
        |never| match never {},
        |response| response.status().as_u16(),
    )
}
