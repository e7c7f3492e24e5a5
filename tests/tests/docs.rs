//! The documentation agrees with the code: variables, reason codes, metrics, links, code fences.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use okta_tower::{
    Okta, OktaBuilder, SignIn,
    explain::{Advice, Topic},
};
use okta_tower_test::Issuer;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap()
}

/// The pages directly in a folder.
fn pages_in(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    paths.filter(is_page).collect()
}

/// `README.md`, and every page of `docs/` and its folders.
fn pages() -> Vec<PathBuf> {
    let mut pages = pages_in("docs");
    pages.extend(pages_in("docs/recipes"));
    pages.extend(pages_in("docs/operations"));
    pages.push(root().join("README.md"));
    pages
}

/// Texts in backticks within the rows of tables.
fn codes_in_tables(text: &str) -> BTreeSet<String> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// The part of a page below a heading, up to the next heading of the same or a higher level.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let level = heading.bytes().take_while(|byte| *byte == b'#').count();
    let start = page.find(&format!("\n{heading}\n")).expect(heading) + heading.len() + 2;
    let rest = &page[start..];
    let is_next = |line: &str| {
        let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
        (1..=level).contains(&hashes) && line[hashes..].starts_with(' ')
    };
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if is_next(line) {
            break;
        }
        end += line.len();
    }
    &rest[..end]
}

/// The part of a section before its first subsection.
fn own_part(section: &str) -> &str {
    section.split("\n### ").next().unwrap()
}

/// Every name that the library looks up in the environment.
fn variables() -> BTreeSet<String> {
    let names = RefCell::new(BTreeSet::new());
    let record = |name: &str| {
        names.borrow_mut().insert(name.to_owned());
        // A proxy's other parts are read only if its host is set.
        name.ends_with("_PROXY_HOST")
            .then(|| OsString::from("proxy.example.com"))
    };
    // An error, because no issuer is set. The names have been recorded before.
    let _ = OktaBuilder::from_variables(record);
    names.into_inner()
}

#[test]
fn configuration_page_lists_exactly_the_variables_read() {
    let documented: BTreeSet<String> = codes_in_tables(&page("configuration.md"))
        .into_iter()
        .filter(|code| code.starts_with("OKTA_"))
        .collect();
    let read = variables();
    assert!(read.len() >= 30, "{read:?}");
    assert_eq!(documented, read);
}

/// The labels of a metric, or of all metrics.
fn labels(metric: &str) -> BTreeSet<String> {
    let builder = Okta::builder("https://dev-1234.okta.com/oauth2/default");
    let (okta, _refresher) = builder.pair().unwrap();
    let metrics = okta.metrics();
    let figures = metrics.iter().filter(|(name, ..)| *name == metric);
    figures.map(|(_, label, _)| label.to_owned()).collect()
}

/// Texts in backticks within the first cells of a section's tables.
fn first_cells(section: &str) -> BTreeSet<String> {
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

#[test]
fn troubleshooting_page_lists_exactly_the_results_of_metrics() {
    let page = page("troubleshooting.md");
    for (heading, metric) in [
        ("### Key refreshes", "okta_tower_key_refreshes_total"),
        ("### Management API", "okta_tower_api_calls_total"),
        ("### Token requests", "okta_tower_token_requests_total"),
        ("## Sign-in results", "okta_tower_sign_ins_total"),
    ] {
        let mut labels = labels(metric);
        assert!(labels.remove("success") && labels.len() >= 4, "{labels:?}");
        let mut documented = first_cells(own_part(section(&page, heading)));
        documented.remove("success");
        assert_eq!(documented, labels, "{heading}");
    }
}

/// The codes of a reason type: what its `as_str` returns, according to the source.
fn codes_in_source(file: &str) -> BTreeSet<String> {
    let source = fs::read_to_string(root().join("okta-tower/src").join(file)).unwrap();
    let arms = source.lines().filter_map(|line| line.split_once("=> \""));
    arms.map(|(_, code)| code.trim_end_matches("\",").to_owned())
        .collect()
}

/// The variants of an enum without fields, according to the source.
fn variants_in_source(file: &str, name: &str) -> BTreeSet<String> {
    let source = fs::read_to_string(root().join("okta-tower/src").join(file)).unwrap();
    let (_, rest) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
    let (body, _) = rest.split_once("\n}").unwrap();
    let variants = body
        .lines()
        .filter_map(|line| line.trim().strip_suffix(','));
    variants
        .filter(|variant| variant.chars().all(char::is_alphanumeric))
        .map(str::to_owned)
        .collect()
}

#[test]
fn troubleshooting_page_lists_exactly_the_errors_of_the_provider() {
    let documented = first_cells(section(&page("troubleshooting.md"), "### Errors of Okta"));
    let errors = labels("okta_tower_provider_errors_total");
    assert!(errors.len() >= 30, "{errors:?}");
    assert_eq!(documented, errors);
}

#[test]
fn troubleshooting_page_lists_every_reason_of_a_skipped_key() {
    let documented = first_cells(section(&page("troubleshooting.md"), "### Skipped keys"));
    let reasons = codes_in_source("keys/jwk/skip_reason.rs");
    assert!(reasons.len() >= 12, "{reasons:?}");
    assert_eq!(documented, reasons);
}

#[test]
fn troubleshooting_page_lists_every_kind_of_startup_error() {
    let documented = first_cells(section(&page("troubleshooting.md"), "## Startup"));
    let mut kinds = variants_in_source("config/error.rs", "ConfigErrorKind");
    kinds.extend(variants_in_source("okta/start.rs", "StartErrorKind"));
    assert!(kinds.len() >= 16, "{kinds:?}");
    assert_eq!(documented, kinds);
}

#[test]
fn troubleshooting_page_lists_exactly_the_reason_codes() {
    let page = page("troubleshooting.md");
    let documented: BTreeSet<String> = [
        "## Credentials",
        "## Tokens",
        "## Sessions",
        "## Authorization",
        "## The Okta account",
        "## Keys",
        "## Misconfigurations",
    ]
    .into_iter()
    .flat_map(|heading| first_cells(own_part(section(&page, heading))))
    .collect();
    let reasons = labels("okta_tower_refusals_total");
    assert!(reasons.len() >= 50, "{reasons:?}");
    assert_eq!(documented, reasons);
}

/// The tables of the page that hold the advice of `okta_tower::explain`.
const ADVICE: [(&str, Topic); 13] = [
    ("## Credentials", Topic::Rejection),
    ("## Tokens", Topic::Rejection),
    ("## Sessions", Topic::Rejection),
    ("## Authorization", Topic::Rejection),
    ("## The Okta account", Topic::Rejection),
    ("### Management API", Topic::ManagementApi),
    ("## Keys", Topic::Rejection),
    ("### Key refreshes", Topic::KeyRefresh),
    ("### Skipped keys", Topic::SkippedKey),
    ("## Misconfigurations", Topic::Rejection),
    ("## Sign-in results", Topic::SignIn),
    ("### Errors of Okta", Topic::ProviderError),
    ("### Token requests", Topic::TokenRequest),
];

/// A cell as the code has its text: the page may add links and bold type.
fn plain(cell: &str) -> String {
    let mut plain = String::new();
    let mut rest = cell;
    while let Some((before, link)) = rest.split_once('[') {
        let (text, target) = link.split_once("](").expect(cell);
        plain.push_str(before);
        plain.push_str(text);
        rest = target.split_once(')').expect(cell).1;
    }
    (plain + rest).replace('*', "")
}

/// A row with the advice of its codes, where the row says something else.
fn with_advice(row: &str, columns: &[&str], topic: Topic) -> String {
    let inner = row.strip_prefix("| ").and_then(|row| row.strip_suffix('|'));
    let mut cells: Vec<String> = (inner.expect(row).split('|'))
        .map(|cell| cell.trim().to_owned())
        .collect();
    assert_eq!(cells.len(), columns.len(), "{row}");
    let codes = cells[0].split('`').skip(1).step_by(2);
    let advice: Vec<&Advice> = codes.map(|code| topic.advice(code).expect(code)).collect();
    let text = |advice: &Advice, column| match column {
        "status" => advice.status().unwrap().to_string(),
        "cause" => advice.cause().to_owned(),
        "remedy" => advice.remedy().to_owned(),
        _ => panic!("no column {column}: {row}"),
    };
    for (cell, column) in cells.iter_mut().zip(columns).skip(1) {
        let texts: BTreeSet<String> = advice.iter().map(|one| text(one, column)).collect();
        assert_eq!(texts.len(), 1, "one row, several texts: {row}");
        let text = texts.into_iter().next().unwrap();
        if plain(cell) != text {
            *cell = text;
        }
    }
    format!("| {} |", cells.join(" | "))
}

/// `UPDATE_DOCS=1` writes the texts of the code into the page.
#[test]
fn troubleshooting_page_has_the_texts_of_the_code() {
    let page = page("troubleshooting.md");
    let (mut topic, mut columns, mut documented) = (None, Vec::new(), Vec::new());
    let mut lines = Vec::new();
    for line in page.lines() {
        if line.starts_with('#') {
            let found = ADVICE.iter().find(|(heading, _)| *heading == line);
            topic = found.map(|(_, topic)| *topic);
        } else if line.starts_with("| ") && !line.starts_with("| `") {
            columns = line.trim_matches('|').split('|').map(str::trim).collect();
        }
        let is_row = line.starts_with("| `") && !line.starts_with("| `success`");
        lines.push(match topic.filter(|_| is_row) {
            Some(topic) => {
                documented.extend(first_cells(line).into_iter().map(|code| (topic, code)));
                with_advice(line, &columns, topic)
            }
            None => line.to_owned(),
        });
    }
    for topic in Topic::ALL {
        for advice in topic.all() {
            let entry = (*topic, advice.code().to_owned());
            assert!(documented.contains(&entry), "no row: {entry:?}");
        }
    }
    let expected = lines.join("\n") + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join("docs/troubleshooting.md"), &expected).unwrap();
        return;
    }
    for (line, expected) in page.lines().zip(expected.lines()) {
        assert_eq!(
            line, expected,
            "UPDATE_DOCS=1 cargo test -p cross-tests --test docs"
        );
    }
}

#[test]
fn advice_of_another_text_is_found_in_its_row() {
    let columns = ["reason", "status", "cause", "remedy"];
    let right = with_advice("| `expired` | | | |", &columns, Topic::Rejection);
    assert_eq!(with_advice(&right, &columns, Topic::Rejection), right);
    let linked = right.replace(
        "compare the clocks",
        "compare the **[clocks](deployment.md)**",
    );
    assert_ne!(linked, right);
    assert_eq!(with_advice(&linked, &columns, Topic::Rejection), linked);
    for (old, new) in [
        ("401", "403"),
        ("a new token", "another token"),
        ("expired,", "over,"),
    ] {
        let wrong = right.replace(old, new);
        assert_ne!(wrong, right);
        assert_eq!(with_advice(&wrong, &columns, Topic::Rejection), right);
    }
}

#[test]
fn troubleshooting_page_has_a_cause_for_every_code() {
    let page = page("troubleshooting.md");
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let has_cause = cells[1..].iter().any(|cell| cell.split(' ').count() >= 2);
        assert!(has_cause || row.starts_with("| `success`"), "{row}");
    }
}

#[tokio::test]
async fn observability_page_lists_exactly_the_metrics_and_labels() {
    let page = page("observability.md");
    let documented = codes_in_tables(section(&page, "## Metrics"));
    // Some metrics are absent without keys or without sign-in.
    let issuer = Issuer::start().await;
    let builder = issuer.okta_builder().sign_in(SignIn::new());
    let okta = builder.start().await.unwrap();
    let metrics = okta.metrics();
    let names: BTreeSet<String> = metrics.iter().map(|(name, ..)| name.to_owned()).collect();
    let documented_names: BTreeSet<String> = (documented.iter())
        .filter(|code| code.starts_with("okta_tower_"))
        .cloned()
        .collect();
    assert_eq!(documented_names, names);

    // The labels of the others are in the tables of `troubleshooting.md`.
    for metric in [
        "okta_tower_requests_total",
        "okta_tower_token_cache_total",
        "okta_tower_token_requests_total",
        "okta_tower_session_refreshes_total",
        "okta_tower_cache_entries",
        "okta_tower_api_calls_total",
    ] {
        let labels = labels(metric);
        let missing: Vec<_> = labels.difference(&documented).collect();
        assert!(
            !labels.is_empty() && missing.is_empty(),
            "{metric}: {missing:?}"
        );
    }
}

#[test]
fn observability_page_repeats_the_events_of_the_rustdoc() {
    let source = root().join("okta-tower/src/base/telemetry/mod.rs");
    let source = fs::read_to_string(source).unwrap();
    let rows = |text: &str| -> Vec<String> {
        let rows = text.lines().map(|line| line.trim_start_matches("//! "));
        rows.filter(|row| row.starts_with("| `okta_tower::"))
            .map(str::to_owned)
            .collect()
    };
    let documented = rows(section(&page("observability.md"), "## Log events"));
    assert_eq!(documented, rows(&source));
}

/// The targets of a page's links and images.
fn links(text: &str) -> Vec<String> {
    let outside_code = text.split("```").step_by(2);
    let targets = outside_code.flat_map(|part| part.split("](").skip(1));
    targets
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .collect()
}

/// The anchor that GitHub gives to a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text
        .chars()
        .filter(|char| char.is_alphanumeric() || " -_".contains(*char));
    kept.map(|char| if char == ' ' { '-' } else { char })
        .collect()
}

#[test]
fn relative_links_and_anchors_resolve() {
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        for link in links(&text) {
            if link.contains("://") {
                continue;
            }
            let (file, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            assert!(target.exists(), "{}: {link}", path.display());
            if !fragment.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                let is_there = headings.any(|heading| anchor(heading) == fragment);
                assert!(is_there, "{}: {link}", path.display());
            }
        }
    }
}

#[test]
fn every_page_is_linked_from_readme_and_from_the_index() {
    let index = links(&page("README.md"));
    let readme = links(&fs::read_to_string(root().join("README.md")).unwrap());
    for path in pages_in("docs") {
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "README.md" {
            continue;
        }
        assert!(index.iter().any(|link| link == name), "index: {name}");
        let from_root = format!("docs/{name}");
        assert!(readme.contains(&from_root), "README.md: {name}");
    }
}

#[test]
fn every_recipe_is_linked_from_the_page_of_recipes() {
    let recipes = links(&page("recipes.md"));
    for path in pages_in("docs/recipes") {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(recipes.contains(&format!("recipes/{name}")), "{name}");
    }
}

#[test]
fn every_recipe_is_run_by_a_test() {
    for path in pages_in("docs/recipes") {
        let text = fs::read_to_string(&path).unwrap();
        // An excerpt is of a test: `guide.rs` compares them.
        let is_excerpt = text.contains("\n// tests/tests/recipes/");
        let is_run = text.contains("\nasync fn main()") && text.contains(" assert");
        assert!(is_excerpt || is_run, "{}", path.display());
        assert!(!text.contains("```rust,no_run"), "{}", path.display());
    }
}

#[test]
fn every_page_with_code_is_compiled() {
    let modules = fs::read_to_string(root().join("tests/src/lib.rs")).unwrap();
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        let from_root = path.strip_prefix(root()).unwrap().to_str().unwrap();
        let has_code = text.contains("```rust");
        let is_compiled = modules.contains(&format!("\"{from_root}\""));
        assert!(!has_code || is_compiled, "{from_root}");
        for fence in text.lines().filter(|line| line.starts_with("```rust")) {
            let is_known = ["```rust", "```rust,no_run", "```rust,ignore"].contains(&fence);
            assert!(is_known, "{from_root}: {fence}");
            // Excerpts of examples: `guide.rs` compares them.
            let is_excerpt = fence == "```rust,ignore";
            let has_excerpts = [
                "docs/recipes/aws-lambda.md",
                "docs/recipes/openapi.md",
                "docs/tonic.md",
                "docs/warp-and-hyper.md",
            ]
            .contains(&from_root);
            assert!(!is_excerpt || has_excerpts, "{from_root}");
        }
        let mut is_code = false;
        for line in text.lines() {
            if line.starts_with("```") {
                is_code = line.starts_with("```rust");
            }
            let is_hidden = is_code && (line == "#" || line.trim_start().starts_with("# "));
            assert!(!is_hidden, "{from_root} has a hidden line: {line}");
        }
    }
}

#[test]
fn readme_lists_every_feature() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let documented = codes_in_tables(section(&readme, "## Crates and features"));
    for package in ["okta-tower", "okta-tower-axum"] {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        let (_, features) = manifest.split_once("\n[features]\n").unwrap();
        let (features, _) = features.split_once("\n[").unwrap();
        let names = features.lines().filter_map(|line| line.split_once(" = "));
        for (name, _) in names.filter(|(name, _)| *name != "default") {
            assert!(documented.contains(name), "{package}: {name}");
        }
    }
}

#[test]
fn readme_has_at_most_9_kb() {
    let readme = fs::metadata(root().join("README.md")).unwrap();
    assert!(readme.len() <= 9 * 1024, "{}", readme.len());
}

#[test]
fn lines_have_at_most_100_columns() {
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            let is_exempt = line.starts_with('|') || line.contains("](") || line.contains("://");
            assert!(
                is_exempt || line.chars().count() <= 100,
                "{}: {line}",
                path.display()
            );
        }
    }
}

/// The messages of a file's events: the last string of each `tracing` macro.
fn messages(source: &str) -> BTreeSet<String> {
    let events = source.split("tracing::").skip(1);
    let is_event = |text: &&str| {
        ["debug!(", "info!(", "warn!(", "error!("]
            .iter()
            .any(|level| text.starts_with(level))
    };
    events
        .filter(is_event)
        .map(|event| {
            let call = event.split(");").next().unwrap();
            let text = call.rsplit('"').nth(1).expect(call);
            // A line that ends with `\\` goes on at the next word.
            let lines: Vec<_> = text.split("\\\n").map(str::trim_start).collect();
            lines.concat()
        })
        .collect()
}

#[test]
fn event_table_has_the_exact_messages() {
    let telemetry = root().join("okta-tower/src/base/telemetry/mod.rs");
    let logged = messages(&fs::read_to_string(telemetry).unwrap());
    assert!(
        logged.contains("signing keys refreshed") && logged.len() > 20,
        "{logged:?}"
    );
    let page = page("observability.md");
    let rows = section(&page, "## Log events").lines();
    let rows = rows.filter(|row| row.starts_with("| `okta_tower::"));
    let cells = rows.map(|row| row.split('|').nth(3).unwrap());
    let listed: BTreeSet<String> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned))
        .collect();
    assert_eq!(listed, logged);
}
