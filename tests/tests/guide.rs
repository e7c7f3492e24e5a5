//! Excerpts of examples in `docs/` match the examples word for word.

use std::{fs, path::Path};

const PAGES: [&str; 4] = [
    "recipes/aws-lambda",
    "recipes/openapi",
    "tonic",
    "warp-and-hyper",
];

/// An excerpt, and the file that its first line names.
struct Excerpt {
    file: String,
    /// Runs of lines. A line `// …` stands for omitted lines between two runs.
    runs: Vec<Vec<String>>,
}

fn excerpts(page: &str) -> Vec<Excerpt> {
    let mut excerpts = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line != "```rust,ignore" {
            continue;
        }
        let file = lines.next().and_then(|line| line.strip_prefix("// "));
        let file = file.expect("the first line names a file").to_owned();
        let mut runs = vec![Vec::new()];
        for line in lines.by_ref().take_while(|line| *line != "```") {
            match line.trim() {
                "// …" => runs.push(Vec::new()),
                line => runs.last_mut().unwrap().push(line.to_owned()),
            }
        }
        runs.retain(|run| !run.is_empty());
        excerpts.push(Excerpt { file, runs });
    }
    excerpts
}

#[test]
fn excerpts_match_their_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut count = 0;
    for page in PAGES {
        let text = fs::read_to_string(root.join(format!("docs/{page}.md"))).unwrap();
        for excerpt in excerpts(&text) {
            let source = fs::read_to_string(root.join(&excerpt.file)).unwrap();
            let source: Vec<&str> = source.lines().map(str::trim).collect();
            let mut from = 0;
            for run in &excerpt.runs {
                // An excerpt may break lines differently from rustfmt: only blanks may differ.
                let rest = squeezed(&source[from..].join(" "));
                assert!(
                    rest.contains(&squeezed(&run.join(" "))),
                    "{page}.md: not in {}, or not in this order:\n{}",
                    excerpt.file,
                    run.join("\n")
                );
                from = (source.iter().position(|line| *line == run[0])).unwrap_or(from);
            }
            count += 1;
        }
    }
    assert!(count >= 15, "{count}");
}

/// Removes blanks, and the commas that rustfmt adds at the ends of lines.
fn squeezed(text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    text.replace(",)", ")")
}
