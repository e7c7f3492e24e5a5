//! The code in the library's guides stands in the examples, word for word.

use std::{fs, path::Path};

/// A block of code, and the file that it says it is from.
struct Block {
    file: String,
    /// Runs of lines; what a line `// …` stands for is left out between them.
    runs: Vec<Vec<String>>,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line != "```rust,ignore" {
            assert!(
                !line.starts_with("```rust"),
                "{line} is looked at by nobody"
            );
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
        blocks.push(Block { file, runs });
    }
    blocks
}

#[test]
fn every_block_of_code_stands_in_the_example_that_it_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut count = 0;
    for page in ["tonic", "warp", "hyper"] {
        let text =
            fs::read_to_string(root.join(format!("okta-tower/src/guide/{page}.md"))).unwrap();
        for block in blocks(&text) {
            let source = fs::read_to_string(root.join(&block.file)).unwrap();
            let source: Vec<&str> = source.lines().map(str::trim).collect();
            let mut from = 0;
            for run in &block.runs {
                // A block may break lines where rustfmt does not, and the other way round: only blanks may differ.
                let rest = source[from..].join(" ");
                let run_text = run.join(" ");
                assert!(
                    squeezed(&rest).contains(&squeezed(&run_text)),
                    "{page}.md: not in {}, or not in this order:\n{}",
                    block.file,
                    run.join("\n")
                );
                from = source
                    .iter()
                    .position(|line| *line == run[0])
                    .unwrap_or(from);
            }
            count += 1;
        }
    }
    assert!(count >= 15, "{count}");
}

/// Without blanks and without the commas that rustfmt adds at the ends of lines.
fn squeezed(text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    text.replace(",)", ")")
}
