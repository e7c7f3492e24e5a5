//! Verifiers with and without a cache go through the same random history. Their results must not
//! differ at any step.

use std::time::Duration;

use okta_tower::{Algorithm, Okta};
use okta_tower_test::{Issuer, ManualClock};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use super::world::{okta, settle};

#[derive(Clone, Debug)]
enum Step {
    /// Sign a token with the active key or the next one, with these times from now.
    Mint {
        by_next: bool,
        expires: i64,
        begins: i64,
    },
    /// Verify one of the tokens signed so far.
    Verify(usize),
    /// Move the clock far enough for a key refresh.
    Advance(u64),
    /// Set the wall clock forwards or backwards, without a key refresh.
    Skew(i64),
    Rotate,
    RotateInEmergency,
    Withdraw,
    Stop,
    Resume,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let mint =
        (any::<bool>(), 1_i64..2000, -100_i64..200).prop_map(|(by_next, expires, begins)| {
            Step::Mint {
                by_next,
                expires,
                begins,
            }
        });
    let step = prop_oneof![
        4 => mint,
        12 => (0_usize..64).prop_map(Step::Verify),
        3 => (60_u64..400).prop_map(Step::Advance),
        4 => (-90_i64..90).prop_map(Step::Skew),
        1 => Just(Step::Rotate),
        1 => Just(Step::RotateInEmergency),
        1 => Just(Step::Withdraw),
        1 => Just(Step::Stop),
        2 => Just(Step::Resume),
    ];
    vec(step, 40..80)
}

struct Model {
    clock: ManualClock,
    issuer: Issuer,
    is_listening: bool,
    /// With a cache, with a small cache that is always full, and without a cache.
    oktas: [Okta; 3],
    tokens: Vec<String>,
    accepted: usize,
    refused: usize,
    /// For the message of a failure.
    done: Vec<Step>,
}

impl Model {
    async fn start() -> Self {
        let clock = ManualClock::new();
        let issuer = Issuer::builder()
            .algorithm(Algorithm::Es256)
            .clock(clock.clone())
            .start()
            .await
            .unwrap();
        let okta = async |bytes: usize| {
            okta(&issuer, &clock, |okta| {
                // Each advance refreshes the keys of all three at the same moment.
                let interval = Duration::from_secs(10);
                // These are real time: a busy machine must not look like an outage.
                let (fetch, connect) = (Duration::from_secs(60), Duration::from_secs(60));
                okta.algorithms([Algorithm::Es256])
                    .refresh_interval(interval..=interval)
                    .stale_limit(Duration::from_secs(600))
                    .fetch_timeout(fetch)
                    .connect_timeout(connect)
                    .token_cache_bytes(bytes)
            })
            .await
        };
        let oktas = [okta(1 << 20).await, okta(8 * 1024).await, okta(0).await];
        Self {
            clock,
            issuer,
            is_listening: true,
            oktas,
            tokens: Vec::new(),
            accepted: 0,
            refused: 0,
            done: Vec::new(),
        }
    }

    async fn take(&mut self, step: &Step) {
        match *step {
            Step::Mint {
                by_next,
                expires,
                begins,
            } => {
                let key = if by_next {
                    self.issuer.next_key()
                } else {
                    self.issuer.active_key()
                };
                let token = self.issuer.token().key(key);
                self.tokens
                    .push(token.expires_in(expires).not_before_in(begins).sign());
            }
            Step::Verify(number) => {
                if let Some(number) = number.checked_rem(self.tokens.len()) {
                    self.compare(number).await;
                }
            }
            Step::Advance(seconds) => {
                self.clock.advance(Duration::from_secs(seconds));
                let [one, two, three] = &self.oktas;
                settle(&[one, two, three]).await;
            }
            Step::Skew(seconds) => self.clock.skew(seconds),
            Step::Rotate => self.issuer.rotate(),
            Step::RotateInEmergency => drop(self.issuer.rotate_in_emergency()),
            Step::Withdraw => drop(self.issuer.withdraw_expired_key()),
            Step::Stop if self.is_listening => {
                self.issuer.stop_listening().await;
                self.is_listening = false;
            }
            Step::Resume if !self.is_listening => {
                self.issuer.resume().await;
                self.is_listening = true;
            }
            Step::Stop | Step::Resume => {}
        }
    }

    async fn compare(&mut self, number: usize) {
        let token = &self.tokens[number];
        let mut answers = Vec::new();
        for okta in &self.oktas {
            let answer = okta.verify(token).await;
            answers.push(match &answer {
                Ok(verified) => verified.token_id().unwrap().to_owned(),
                Err(error) => error.reason().to_owned(),
            });
            *if answer.is_ok() {
                &mut self.accepted
            } else {
                &mut self.refused
            } += 1;
        }
        let [cached, small, cold] = &answers[..] else {
            panic!("{answers:?}");
        };
        assert_eq!((cached, small), (cold, cold), "after {:?}", self.done);
    }
}

#[test]
fn results_with_and_without_cache_are_equal() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config::default());
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..40 {
        let history = steps().new_tree(&mut runner).unwrap().current();
        runtime.block_on(async {
            let mut model = Model::start().await;
            for (index, step) in history.iter().enumerate() {
                model.take(step).await;
                model.done = history[..=index].to_vec();
            }
            accepted += model.accepted;
            refused += model.refused;
        });
    }
    // The histories contain enough tokens of both kinds.
    assert!(
        accepted > 300 && refused > 300,
        "{accepted} accepted, {refused} refused"
    );
}
