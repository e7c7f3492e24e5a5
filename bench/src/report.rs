//! Tables in Markdown: printed, and kept in BENCHMARKS.md between markers.

use std::{fmt, fs, path::PathBuf};

use crate::machine::WHEN_TARGETS_WERE_SET;

const YES: &str = "yes";
const NO: &str = "**no**";

/// Everything that one run has found out.
#[derive(Default)]
pub(crate) struct Report {
    tables: Vec<Table>,
    targets: Vec<Target>,
}

pub(crate) struct Table {
    /// The name of its markers.
    pub(crate) name: &'static str,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Lines below the table.
    pub(crate) notes: Vec<String>,
}

/// A promise of the project, and whether this run has kept it.
struct Target {
    what: String,
    target: String,
    measured: String,
    met: &'static str,
}

impl Table {
    pub(crate) fn new(name: &'static str, header: &[&str]) -> Self {
        let header = header.iter().map(ToString::to_string).collect();
        Self {
            name,
            header,
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.header.join(" | "))?;
        // The first column is words, the others are figures.
        let rule = (0..self.header.len()).map(|at| if at == 0 { "---" } else { "---:" });
        writeln!(f, "|{}|", rule.collect::<Vec<_>>().join("|"))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        for note in &self.notes {
            write!(f, "\n{note}\n")?;
        }
        Ok(())
    }
}

impl Report {
    pub(crate) fn table(&mut self, table: Table) {
        println!("\n{}\n\n{table}", table.name);
        self.tables.push(table);
    }

    pub(crate) fn target(
        &mut self,
        what: &str,
        target: &str,
        measured: impl Into<String>,
        is_met: bool,
    ) {
        let (what, target) = (what.to_owned(), target.to_owned());
        self.targets.push(Target {
            what,
            target,
            measured: measured.into(),
            met: if is_met { YES } else { NO },
        });
    }

    /// A promise in nanoseconds: less than so many. They were promised on a machine of a certain speed: what the same is
    /// there is told beside it, from `part`, which is what it takes of the bare RS256 check in the same rounds.
    pub(crate) fn time(&mut self, what: &str, least_too_many: f64, measured: f64, part: f64) {
        let then = part * WHEN_TARGETS_WERE_SET;
        self.targets.push(Target {
            what: what.to_owned(),
            target: format!("under {least_too_many:.0} ns"),
            measured: format!("{} ({then:.0} ns at that speed)", nanoseconds(measured)),
            met: match (measured < least_too_many, then < least_too_many) {
                (true, _) => YES,
                (false, true) => "at that speed",
                (false, false) => NO,
            },
        });
    }

    /// A promise of what a second thread brings: at least 1.9 times as much. Where the machine has not two whole cores to give, `of`
    /// says what it gave in the same rounds to threads that share nothing.
    pub(crate) fn second_thread(&mut self, what: &str, gain: f64, of: f64) {
        self.targets.push(Target {
            what: what.to_owned(),
            target: "at least 1.9".to_owned(),
            measured: format!("{gain:.2} (the bare service: {of:.2})"),
            met: match (gain >= 1.9, gain / of >= 0.95) {
                (true, _) => YES,
                (false, true) => "of what there was",
                (false, false) => NO,
            },
        });
    }

    /// Prints the targets that this run has looked at. With `keep`, puts the tables into BENCHMARKS.md; of the targets, those
    /// that this run has looked at.
    pub(crate) fn finish(mut self, keep: bool, is_whole: bool) {
        if !self.targets.is_empty() {
            let mut table = Table::new("targets", &["what", "target", "measured", "met"]);
            for Target {
                what,
                target,
                measured,
                met,
            } in std::mem::take(&mut self.targets)
            {
                table.row([what, target, measured, met.to_owned()]);
            }
            self.table(table);
        }
        if keep {
            let path = root().join("BENCHMARKS.md");
            let mut text = fs::read_to_string(&path).expect("BENCHMARKS.md");
            for table in &self.tables {
                text = if is_whole || table.name != "targets" {
                    replaced(&text, table)
                } else {
                    with_rows(&text, table)
                };
            }
            fs::write(&path, text).expect("BENCHMARKS.md can be written");
        }
    }
}

/// The text with the table between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.
fn replaced(text: &str, table: &Table) -> String {
    let (open, close) = (
        format!("<!-- bench:{} -->", table.name),
        format!("<!-- /bench:{} -->", table.name),
    );
    let (before, rest) = text
        .split_once(&open)
        .unwrap_or_else(|| panic!("no marker {open}"));
    let (_, after) = rest
        .split_once(&close)
        .unwrap_or_else(|| panic!("no marker {close}"));
    format!("{before}{open}\n{table}{close}{after}")
}

/// The text with these rows in the place of those that begin alike.
fn with_rows(text: &str, table: &Table) -> String {
    let fresh = |line: &str| {
        let row = (table.rows.iter()).find(|row| line.starts_with(&format!("| {} |", row[0])))?;
        Some(format!("| {} |", row.join(" | ")))
    };
    let lines = text
        .lines()
        .map(|line| fresh(line).unwrap_or_else(|| line.to_owned()));
    lines.map(|line| line + "\n").collect()
}

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("bench is in the repository")
        .to_owned()
}

/// Nanoseconds, readable.
pub(crate) fn nanoseconds(value: f64) -> String {
    match value {
        value if value < 1e3 => format!("{value:.0} ns"),
        value if value < 1e6 => format!("{:.2} µs", value / 1e3),
        value if value < 1e9 => format!("{:.2} ms", value / 1e6),
        value => format!("{:.2} s", value / 1e9),
    }
}
