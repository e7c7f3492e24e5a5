//! What the log says of the keys, and what it does not.

mod support;

use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
};

use okta_tower_test::{Endpoint, Fault};
use support::{World, seconds, within};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Keeps this crate's events as lines: level, target, and the fields in their order.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("okta_tower") && *metadata.level() <= Level::DEBUG
    }

    fn event(&self, event: &Event<'_>) {
        struct Line(String);

        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                write!(self.0, " {}={value:?}", field.name()).unwrap();
            }
        }

        let metadata = event.metadata();
        let mut line = Line(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn the_log_says_what_happened_to_the_keys_and_nothing_of_any_token() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let world = World::warm().await;
    let [refreshed] = <[String; 1]>::try_from(lines.take()).unwrap();
    assert!(refreshed.starts_with("DEBUG okta_tower::keys message=signing keys refreshed kids=["));
    assert!(
        refreshed.contains(world.issuer.active_key().kid()),
        "{refreshed}"
    );

    world
        .issuer
        .publish_jwk(serde_json::json!({ "kty": "oct", "kid": "shared", "k": "c2VjcmV0" }));
    world.next_attempt().await;
    let skipped = lines.take();
    assert!(
        skipped[0].contains("published signing key skipped index=2 reason=private_members"),
        "{skipped:?}"
    );
    assert!(!skipped.concat().contains("c2VjcmV0"));

    world.issuer.fault(Endpoint::Keys, Fault::Garbage);
    world.next_attempt().await;
    let [failed] = <[String; 1]>::try_from(lines.take()).unwrap();
    let expected = format!(
        r#"WARN okta_tower::keys message=refreshing the signing keys failed endpoint="keys" kind="invalid_document" error={} could not be used: it is not a JSON object with each member once retry_in_seconds="#,
        world.issuer.keys_url(),
    );
    assert!(failed.starts_with(&expected), "{failed}");

    // Tokens of every sort, the last of which makes the keys be fetched.
    world.pass(seconds(1)).await;
    world.issuer.heal();
    let mut flood = support::Flood::new();
    let tokens = [world.token(), world.forged(), flood.token()];
    for token in &tokens {
        world.verdict(token);
    }
    world.pass(seconds(10)).await;
    within(world.issuer.wait_for_requests(Endpoint::Keys, 4)).await;
    until_refreshed(&world).await;
    let written = lines.take().concat() + &world.okta.metrics().to_string();
    assert!(written.contains("signing keys refreshed"), "{written}");
    for part in tokens.iter().flat_map(|token| token.split('.')) {
        assert!(!written.contains(part), "{part} in {written}");
    }
    for private in ["ada@example.com", "eve@example.com", "nobody-1"] {
        assert!(!written.contains(private), "{private} in {written}");
    }
}

async fn until_refreshed(world: &World) {
    support::until(|| !world.state().is_refreshing && world.state().failures == 0).await;
}
