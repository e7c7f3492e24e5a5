//! A driver for stable Rust: mutates seeds with a fixed seed, without coverage.

use std::{
    fs, io,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{TARGETS, Target};

/// The longest input, in bytes.
const MAX_BYTES: usize = 4096;

/// Runs one target for a time.
///
/// # Errors
///
/// If there is no such target, its seeds are missing, or a finding cannot be written. A finding is
/// an error too: it names the file.
pub fn fuzz(name: &str, time: Duration, seed: u64, findings: &Path) -> io::Result<()> {
    let target = target(name)?;
    let seeds = seeds(name)?;
    let began = Instant::now();
    let mut random = Random(seed | 1);
    let mut count = 0_u64;
    for input in &seeds {
        check(name, target, input, findings)?;
    }
    while began.elapsed() < time {
        let input = mutate(&seeds, &mut random);
        check(name, target, &input, findings)?;
        count += 1;
    }
    println!(
        "{name}: {count} inputs from {} seeds, no finding",
        seeds.len()
    );
    Ok(())
}

/// Runs a target on the content of one file.
///
/// # Errors
///
/// As [`fuzz`].
pub fn reproduce(name: &str, file: &Path) -> io::Result<()> {
    target(name)?(&fs::read(file)?);
    Ok(())
}

fn target(name: &str) -> io::Result<Target> {
    let found = TARGETS.iter().find(|(target, _)| *target == name);
    found.map(|(_, target)| *target).ok_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        io::Error::other(format!(
            "no target {name}; the targets are: {}",
            names.join(" ")
        ))
    })
}

fn seeds(name: &str) -> io::Result<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(name);
    let files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files: Vec<PathBuf> = files.collect::<io::Result<_>>()?;
    // Folders have no order, and a run must be repeatable.
    files.sort();
    files.iter().map(fs::read).collect()
}

fn check(name: &str, target: Target, input: &[u8], findings: &Path) -> io::Result<()> {
    if panic::catch_unwind(AssertUnwindSafe(|| target(input))).is_ok() {
        return Ok(());
    }
    fs::create_dir_all(findings)?;
    let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
    let hash = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let file = findings.join(format!("{name}-{hash:016x}"));
    fs::write(&file, input)?;
    let file = file.display();
    Err(io::Error::other(format!(
        "{name}: a finding, in hexadecimal: {hex}\nreproduce it: .ci/fuzz {name} {file}"
    )))
}

/// xorshift64: repeatable, and good enough to choose mutations.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit.max(1)
    }
}

/// Bytes that mean something to a parser.
const TOKENS: [&[u8]; 40] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"1e400",
    b"-0",
    b"\\u0061",
    b"/",
    b"//",
    b"\\/",
    b"..",
    b"%2e",
    b"%2F",
    b"%5c",
    b"%00",
    b"@",
    b"?",
    b"#",
    b"&",
    b"=",
    b"+",
    b";",
    b"<",
    b">",
    b" ",
    b"\t",
    b"\n",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
    b".",
    b"=;",
    b"{*a}",
    b"https://evil.example",
];

fn mutate(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let (from, to) = (random.below(input.len() + 1), random.below(input.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        match random.below(8) {
            0 if from < input.len() => input[from] ^= 1 << random.below(8),
            1 if from < input.len() => input[from] = random.next() as u8,
            2 => drop(input.drain(from..to)),
            3 => {
                let part = input[from..to].to_vec();
                input.splice(to..to, part);
            }
            4 => input.truncate(from),
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let start = random.below(other.len() + 1);
                let end = start + random.below(other.len() + 1 - start);
                input.splice(from..from, other[start..end].iter().copied());
            }
            6 => drop(input.splice(from..to, TOKENS[random.below(TOKENS.len())].iter().copied())),
            _ => drop(input.splice(
                from..from,
                TOKENS[random.below(TOKENS.len())].iter().copied(),
            )),
        }
    }
    input.truncate(MAX_BYTES);
    input
}
