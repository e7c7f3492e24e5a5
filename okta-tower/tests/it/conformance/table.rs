//! `docs/conformance.md` is the table of these tests.

use std::{collections::BTreeSet, fs, path::Path};

/// The modules of the suite's plans, without their prefix.
const MODULES: [&str; 45] = [
    "3rd-party-init-login",
    "client-secret-basic",
    "discovery-issuer-mismatch",
    "discovery-jwks-uri-keys",
    "discovery-openid-config",
    "form-post-error",
    "idtoken-sig-none",
    "idtoken-sig-rs256",
    "invalid-athash",
    "invalid-aud",
    "invalid-chash",
    "invalid-iss",
    "invalid-sig-es256",
    "invalid-sig-hs256",
    "invalid-sig-rs256",
    "kid-absent-multiple-jwks",
    "kid-absent-single-jwks",
    "missing-athash",
    "missing-aud",
    "missing-chash",
    "missing-iat",
    "missing-sub",
    "nonce-invalid",
    "oidcc-client-test",
    "refresh-token",
    "refresh-token-invalid-issuer",
    "refresh-token-invalid-sub",
    "rp-backchannel-rpinitlogout",
    "rp-backchannel-rpinitlogout-alg-none",
    "rp-backchannel-rpinitlogout-no-event",
    "rp-backchannel-rpinitlogout-with-nonce",
    "rp-backchannel-rpinitlogout-wrong-alg",
    "rp-backchannel-rpinitlogout-wrong-aud",
    "rp-backchannel-rpinitlogout-wrong-event",
    "rp-backchannel-rpinitlogout-wrong-iss",
    "rp-init-logout",
    "rp-init-logout-no-state",
    "rp-init-logout-other-state",
    "scope-userinfo-claims",
    "signing-key-rotation",
    "signing-key-rotation-just-before-signing",
    "userinfo-bearer-body",
    "userinfo-bearer-header",
    "userinfo-invalid-sub",
    "userinfo-signed",
];

const RESULTS: [&str; 4] = ["accepted", "rejected", "not applicable", "not supported"];

struct Row {
    module: String,
    /// Empty if the module is not supported.
    test: String,
    result: String,
    remark: String,
}

/// The rows of the table.
fn rows() -> Vec<Row> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        cells
    });
    rows.filter(|cells| cells.len() == 6)
        .map(|cells| Row {
            module: cells[1].trim_matches('`').to_owned(),
            test: cells[2].trim_matches('`').to_owned(),
            result: cells[3].to_owned(),
            remark: cells[4].to_owned(),
        })
        .collect()
}

/// The tests of the suite: the name of each, and the modules that its comment names.
fn tests() -> Vec<(String, BTreeSet<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/conformance");
    let mut tests = Vec::new();
    for file in [
        "basic.rs",
        "config.rs",
        "form_post.rs",
        "logout.rs",
        "refresh.rs",
    ] {
        let source = fs::read_to_string(folder.join(file)).unwrap();
        let parts: Vec<&str> = source.split("#[tokio::test]\nasync fn ").collect();
        for (before, test) in parts.iter().zip(&parts[1..]) {
            let comment = before.rsplit("\n\n").next().unwrap();
            let codes = comment.split('`').skip(1).step_by(2);
            let modules = codes.filter_map(|code| code.strip_prefix("oidcc-client-test"));
            let modules = modules.map(|suffix| match suffix.strip_prefix('-') {
                Some(module) => module.to_owned(),
                None => "oidcc-client-test".to_owned(),
            });
            let name = test.split('(').next().unwrap();
            tests.push((name.to_owned(), modules.collect()));
        }
    }
    tests
}

#[test]
fn table_lists_each_module_once() {
    let mut modules: Vec<String> = rows().into_iter().map(|row| row.module).collect();
    modules.sort();
    assert_eq!(modules, MODULES);
}

#[test]
fn table_and_comments_name_the_same_tests() {
    let mut listed: Vec<(String, String)> = rows()
        .into_iter()
        .filter(|row| !row.test.is_empty())
        .map(|row| (row.test, row.module))
        .collect();
    listed.sort();
    let mut written: Vec<(String, String)> = tests()
        .into_iter()
        .flat_map(|(test, modules)| {
            assert!(!modules.is_empty(), "{test} names no module");
            modules
                .into_iter()
                .map(move |module| (test.clone(), module))
        })
        .collect();
    written.sort();
    assert_eq!(listed, written);
}

#[test]
fn table_has_a_test_or_a_reason_for_each_module() {
    for row in rows() {
        assert!(
            RESULTS.contains(&&*row.result),
            "{}: {}",
            row.module,
            row.result
        );
        let has_test = !row.test.is_empty();
        let is_back_channel = row.module.starts_with("rp-backchannel-");
        assert!(has_test != is_back_channel, "{}", row.module);
        let needs_remark = !["accepted", "rejected"].contains(&&*row.result);
        assert!(!needs_remark || !row.remark.is_empty(), "{}", row.module);
        // The name of a test tells its result.
        let is_rejected = row.test.ends_with("_is_rejected");
        let is_unsupported = row.module == "userinfo-signed";
        assert_eq!(
            is_rejected,
            row.result == "rejected" || is_unsupported,
            "{}",
            row.test
        );
    }
}
