//! A client's pool of connections while the key endpoint hangs: made-up `kid`s must not hold the
//! connections that good tokens need.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use okta_tower::Algorithm;
use okta_tower_test::{Endpoint, Fault, Issuer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    report::{Report, Table, nanoseconds},
    rounds::{quantile, rounds},
    stage,
    wire::{Front, start},
};

const ROUNDS: usize = 2;
const TURN: Duration = Duration::from_secs(30);
/// The beginning of a turn, and so of the outage.
const BEGINNING: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 64;
/// Requests per second.
const GOOD: u64 = 1_400;
const UNKNOWN: u64 = 75;

#[derive(Clone, Copy, PartialEq)]
enum Trouble {
    Quiet,
    Unknown,
    Hang,
}

const TROUBLES: [(Trouble, &str); 3] = [
    (Trouble::Quiet, "good tokens alone"),
    (Trouble::Unknown, "and 75 made-up `kid`s per second"),
    (Trouble::Hang, "and the key endpoint hangs"),
];

pub(crate) fn run(report: &mut Report) {
    let mut times: Vec<Vec<Vec<Timed>>> = vec![Vec::new(); TROUBLES.len()];
    for _ in 0..rounds(ROUNDS) {
        for ((trouble, _), times) in TROUBLES.iter().zip(&mut times) {
            times.push(turn(*trouble));
        }
    }
    let header = [
        "while",
        "p50",
        "p99",
        "p99 relative to the first",
        "p99 of the first 2 s",
    ];
    let mut table = Table::new("pool", &header);
    let of = |turns: &[Vec<Timed>], share, until| {
        let of_turn = |turn: &Vec<Timed>| {
            let timed = turn.iter().filter(|timed| timed.due < until);
            quantile(&timed.map(|timed| timed.took).collect::<Vec<_>>(), share)
        };
        quantile(&turns.iter().map(of_turn).collect::<Vec<_>>(), 0.5)
    };
    let at = |turns: &[Vec<Timed>], share| of(turns, share, TURN);
    let quiet = at(&times[0], 0.99);
    for ((_, name), turns) in TROUBLES.iter().zip(&times) {
        table.row([
            (*name).to_owned(),
            nanoseconds(at(turns, 0.5)),
            nanoseconds(at(turns, 0.99)),
            format!("{:.2}", at(turns, 0.99) / quiet),
            nanoseconds(of(turns, 0.99, BEGINNING)),
        ]);
    }
    table.note(format!(
        "{GOOD} requests per second with good tokens over {CONNECTIONS} kept connections to Axum, \
         timed from the moment at which each was due; turns of {} s, which begin with the outage; \
         medians of {ROUNDS} interleaved rounds.",
        TURN.as_secs()
    ));
    report.table(table);
    let ratio = at(&times[2], 0.99) / quiet;
    report.target(
        "p99 of good tokens in such a pool while the key endpoint hangs, relative to quiet",
        "at most 2",
        format!("{ratio:.2}"),
        ratio <= 2.0,
    );
}

/// A good request.
#[derive(Clone)]
struct Timed {
    /// Since the beginning of the turn.
    due: Duration,
    /// In nanoseconds.
    took: f64,
}

fn turn(trouble: Trouble) -> Vec<Timed> {
    stage::runtime().block_on(async {
        let issuer = stage::issuer(Algorithm::EdDsa).await;
        let okta = stage::okta(&issuer).await;
        let (port, _) = start(Front::Around(&okta));
        let pool = Pool::connect(port).await;
        let good = request(&stage::token(&issuer).sign());
        pool.send(&good).await;
        if trouble == Trouble::Hang {
            issuer.fault(Endpoint::Keys, Fault::Hang);
        }
        let mut sent = JoinSet::new();
        // The tokens of the turn are signed before it begins.
        let begin = Instant::now() + Duration::from_millis(500);
        if trouble != Trouble::Quiet {
            let (pool, unknown) = (Arc::clone(&pool), unknown(&issuer));
            sent.spawn(async move {
                send_all(&pool, unknown, begin).await;
                None
            });
        }
        for number in 0..GOOD * TURN.as_secs() {
            let since = Duration::from_secs(number) / u32::try_from(GOOD).expect("small");
            let due = begin + since;
            sleep_until(due).await;
            let (pool, good) = (Arc::clone(&pool), good.clone());
            sent.spawn(async move {
                pool.send(&good).await;
                Some(Timed {
                    due: since,
                    took: due.elapsed().as_secs_f64() * 1e9,
                })
            });
        }
        let times: Vec<Timed> = sent.join_all().await.into_iter().flatten().collect();
        issuer.heal();
        times
    })
}

/// Returns requests with made-up `kid`s, as many as a turn sends.
fn unknown(issuer: &Issuer) -> Vec<String> {
    let key = issuer.forged_key();
    let sign = |number| {
        let key = key.clone().with_kid(format!("unknown-{number}"));
        request(&stage::token(issuer).key(key).sign())
    };
    (0..UNKNOWN * TURN.as_secs()).map(sign).collect()
}

/// Sends each request at its moment.
async fn send_all(pool: &Arc<Pool>, requests: Vec<String>, begin: Instant) {
    let mut sent = JoinSet::new();
    for (number, text) in (0..).zip(requests) {
        let due = begin + Duration::from_secs(number) / u32::try_from(UNKNOWN).expect("small");
        sleep_until(due).await;
        let pool = Arc::clone(pool);
        sent.spawn(async move { pool.send(&text).await });
    }
    sent.join_all().await;
}

fn request(token: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// Kept connections. A request waits for a free one, in the order of arrival.
struct Pool {
    places: Semaphore,
    free: Mutex<Vec<TcpStream>>,
}

impl Pool {
    async fn connect(port: u16) -> Arc<Self> {
        let mut free = Vec::new();
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(("127.0.0.1", port)).await;
            let stream = stream.expect("a listening server");
            stream.set_nodelay(true).expect("a setting");
            free.push(stream);
        }
        Arc::new(Self {
            places: Semaphore::new(CONNECTIONS),
            free: Mutex::new(free),
        })
    }

    /// Sends a request and reads the whole response.
    async fn send(&self, request: &str) {
        let _place = self.places.acquire().await.expect("never closed");
        let stream = self.free.lock().expect("no panic").pop();
        let mut stream = stream.expect("a place means a free connection");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it is open");
        let mut read = Vec::new();
        while !is_whole(&read) {
            let more = stream.read_buf(&mut read).await.expect("it is open");
            assert!(more > 0, "the server has closed a connection");
        }
        self.free.lock().expect("no panic").push(stream);
    }
}

fn is_whole(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().expect("a number"))
}
