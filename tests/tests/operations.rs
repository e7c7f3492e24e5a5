//! The alert rules and the dashboard of `docs/operations/`, against the metrics of the code and
//! against Prometheus.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cross_tests::tools::{require, skip};
use okta_tower::SignIn;
use okta_tower_test::Issuer;
use serde_json::Value;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn read(path: &str) -> String {
    fs::read_to_string(docs().join(path)).unwrap()
}

/// The values of a key in a YAML file of one key per line.
fn values<'y>(yaml: &'y str, key: &str) -> Vec<&'y str> {
    let lines = yaml
        .lines()
        .map(|line| line.trim().trim_start_matches("- "));
    lines
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
        .collect()
}

/// Every expression of the dashboard's panels.
fn panels() -> Vec<(String, Vec<String>)> {
    let dashboard: Value = serde_json::from_str(&read("operations/dashboard.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    panels
        .map(|panel| {
            let targets = panel["targets"].as_array().unwrap().iter();
            let expressions = targets.map(|target| text(&target["expr"])).collect();
            (text(&panel["title"]), expressions)
        })
        .collect()
}

/// The metrics that an expression names, each with its label matchers.
fn metrics_in(expression: &str) -> Vec<(String, Vec<(String, String)>)> {
    let pieces = expression.split("okta_tower_").skip(1);
    let named = pieces.map(|piece| {
        let is_of_name = |c: char| c.is_ascii_lowercase() || c == '_';
        let end = piece.find(|c| !is_of_name(c)).unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        let matchers = rest
            .strip_prefix('{')
            .map_or("", |rest| rest.split('}').next().unwrap());
        let matchers = matchers.split(',').filter_map(|matcher| {
            let (label, values) = matcher.split_once('=')?;
            let values = values.trim_start_matches('~').trim_matches('"');
            Some((label.trim().to_owned(), values.to_owned()))
        });
        (format!("okta_tower_{name}"), matchers.collect())
    });
    named.collect()
}

/// The text that Prometheus reads, of an `Okta` with sign-in.
async fn exposition() -> String {
    let issuer = Issuer::start().await;
    let okta = issuer
        .okta_builder()
        .sign_in(SignIn::new())
        .start()
        .await
        .unwrap();
    okta.verify(&issuer.token().sign()).await.unwrap();
    okta.metrics().to_string()
}

/// A value of a label, whatever the metric. `name` and `label` select the series.
fn has_value(exposition: &str, name: &str, label: &str, value: &str) -> bool {
    exposition.contains(&format!("\n{name}{{{label}=\"{value}\"}} "))
}

#[tokio::test]
async fn alerts_and_dashboard_name_only_existing_metrics() {
    let exposition = exposition().await;
    let alerts = read("operations/alerts.yml");
    // Long expressions go over two lines.
    let mut expressions: Vec<String> = alerts
        .lines()
        .filter(|line| line.contains("okta_tower_"))
        .map(str::to_owned)
        .collect();
    expressions.extend(
        panels()
            .into_iter()
            .flat_map(|(_, expressions)| expressions),
    );
    let mut checked = 0;
    for (name, matchers) in expressions.iter().flat_map(|one| metrics_in(one)) {
        // A feature's metrics are in the list even while nothing is counted.
        assert!(exposition.contains(&format!("# TYPE {name} ")), "{name}");
        for (label, values) in matchers {
            if ["job", "instance"].contains(&&*label) {
                continue;
            }
            for value in values.split('|') {
                assert!(
                    has_value(&exposition, &name, &label, value),
                    "{name} {value}"
                );
                checked += 1;
            }
        }
    }
    assert!(checked >= 15, "{checked}");
}

#[tokio::test]
async fn dashboard_shows_every_metric() {
    let exposition = exposition().await;
    let types = exposition
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let all: BTreeSet<String> = types
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    let expressions = panels()
        .into_iter()
        .flat_map(|(_, expressions)| expressions);
    let shown: BTreeSet<String> = expressions
        .flat_map(|one| metrics_in(&one))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(shown, all);
}

#[test]
fn each_alert_links_to_a_section_and_is_on_the_page() {
    let alerts = read("operations/alerts.yml");
    let (names, links) = (values(&alerts, "alert"), values(&alerts, "runbook_url"));
    assert!(names.len() >= 10 && names.len() == links.len());
    let troubleshooting = read("troubleshooting.md");
    let headings: BTreeSet<String> = troubleshooting
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' '))
        .map(|heading| heading.to_lowercase().replace(' ', "-"))
        .collect();
    let page = read("observability.md");
    for (name, link) in names.iter().zip(links) {
        let (file, anchor) = link.split_once('#').unwrap();
        assert!(file.ends_with("/docs/troubleshooting.md"), "{link}");
        assert!(headings.contains(anchor), "{link}");
        let row = format!("| [`{name}`](troubleshooting.md#{anchor}) |");
        assert!(page.contains(&row), "{row}");
    }
    assert_eq!(page.matches("| [`OktaTower").count(), names.len());
}

/// Runs `promtool` in `docs/operations/`. `None` without it.
fn promtool(arguments: &[&str], input: &str) -> Option<()> {
    if let Err(why) = require(&["promtool"]) {
        skip("promtool", &why);
        return None;
    }
    let mut child = Command::new("promtool")
        .args(arguments)
        .current_dir(docs().join("operations"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success(), "{arguments:?}: {text}");
    Some(())
}

#[test]
fn each_alert_fires_and_does_not_fire_one_point_below() {
    let (alerts, tests) = (
        read("operations/alerts.yml"),
        read("operations/alerts_test.yml"),
    );
    for name in values(&alerts, "alert") {
        let tested = values(&tests, "alertname")
            .into_iter()
            .filter(|tested| *tested == name);
        assert_eq!(tested.count(), 2, "{name}");
    }
    if promtool(&["check", "rules", "alerts.yml"], "").is_some() {
        promtool(&["test", "rules", "alerts_test.yml"], "");
    }
}

#[tokio::test]
async fn metrics_pass_the_checks_of_promtool() {
    promtool(&["check", "metrics"], &exposition().await);
}
