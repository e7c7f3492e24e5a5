//! Markdown tables, for the terminal and for BENCHMARKS.md, which has a pair of markers for each.

use std::{fmt, fs, path::PathBuf};

/// The time of a bare RS256 check on the scale of the targets, in nanoseconds.
pub(crate) const REFERENCE_CHECK: f64 = 16_000.0;

/// The longest line of a paragraph in BENCHMARKS.md.
const COLUMNS: usize = 100;

/// The results of one run.
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

/// A target of the project, and whether this run met it.
struct Target {
    what: String,
    target: String,
    measured: String,
    is_met: bool,
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
        // The first column has words, the others have figures.
        let rule = (0..self.header.len()).map(|at| if at == 0 { "---" } else { "---:" });
        writeln!(f, "|{}|", rule.collect::<Vec<_>>().join("|"))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        for note in &self.notes {
            write!(f, "\n{}\n", wrapped(note))?;
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
            is_met,
        });
    }

    /// Adds a target in nanoseconds, on the scale where the bare RS256 check takes
    /// [`REFERENCE_CHECK`]. `part` is the measured time divided by that check's time in the same
    /// rounds.
    pub(crate) fn time(&mut self, what: &str, most: f64, measured: f64, part: f64) {
        let scaled = part * REFERENCE_CHECK;
        self.target(
            what,
            &format!("at most {most:.0} ns"),
            format!("{scaled:.0} ns ({} in this run)", nanoseconds(measured)),
            scaled <= most,
        );
    }

    /// Prints the targets of this run. With `keep`, also writes the tables into BENCHMARKS.md. A
    /// run of some parts replaces only its own rows in the table of targets.
    pub(crate) fn finish(mut self, keep: bool, is_whole: bool) {
        if !self.targets.is_empty() {
            let mut table = Table::new("targets", &["what", "target", "measured", "met"]);
            for Target {
                what,
                target,
                measured,
                is_met,
            } in std::mem::take(&mut self.targets)
            {
                let met = if is_met { "yes" } else { "**no**" };
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

/// Breaks a paragraph into lines of at most [`COLUMNS`].
fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

/// Returns the text with the table between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. A text
/// without these markers stays as it is.
fn replaced(text: &str, table: &Table) -> String {
    let (open, close) = (
        format!("<!-- bench:{} -->", table.name),
        format!("<!-- /bench:{} -->", table.name),
    );
    let Some((before, rest)) = text.split_once(&open) else {
        return text.to_owned();
    };
    let (_, after) = rest
        .split_once(&close)
        .unwrap_or_else(|| panic!("no marker {close}"));
    format!("{before}{open}\n{table}{close}{after}")
}

/// Returns the text with these rows in place of those with the same first cell.
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

/// Returns the folder of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("bench is in the repository")
        .to_owned()
}

/// Formats nanoseconds in a readable unit.
pub(crate) fn nanoseconds(value: f64) -> String {
    match value {
        value if value < 1e3 => format!("{value:.0} ns"),
        value if value < 1e6 => format!("{:.2} µs", value / 1e3),
        value if value < 1e9 => format!("{:.2} ms", value / 1e6),
        value => format!("{:.2} s", value / 1e9),
    }
}
