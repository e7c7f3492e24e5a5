//! The page of the command agrees with the command.

use std::{fs, path::Path};

use okta_tower_doctor::Exit;

use crate::run::{File, Run};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/doctor.md");
    fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn page_names_every_option_and_exit_code() {
    let help = Run::new().arguments(&["--help"]).output().await.stdout;
    let page = page();
    let words = help
        .split([' ', '\n', ','])
        .filter(|word| word.starts_with("--"));
    for option in words.filter(|option| !matches!(*option, "--help" | "--version")) {
        assert!(page.contains(&format!("`{option}")) || page.contains(&format!(" {option} ")));
    }
    for exit in Exit::ALL {
        assert!(
            page.contains(&format!("\n| {} | ", exit.code())),
            "{exit:?}"
        );
    }
}

#[tokio::test]
async fn rules_on_the_page_are_accepted() {
    let page = page();
    let rules = page
        .split("```yaml\n")
        .nth(1)
        .and_then(|text| text.split("```").next());
    let file = File::new(rules.unwrap());
    let issuer = okta_tower_test::Issuer::start().await;
    let request = [
        "--rules",
        file.path(),
        "--path",
        "/admin/users",
        "--method",
        "POST",
    ];
    let token = issuer
        .token()
        .user("ada@example.com")
        .groups(["viewer"])
        .sign();
    let found = Run::of(&issuer)
        .arguments(&request)
        .token(&token)
        .found()
        .await;
    assert_eq!(found.exit, 6, "{}", found.text);
    // The output on the page is that of the command. `…` stands for the end of a long line.
    let shown = page
        .split("```text\n")
        .nth(2)
        .and_then(|text| text.split("\n```").next());
    for line in shown.unwrap().lines() {
        assert!(
            found.text.contains(line.trim_end_matches('…')),
            "{line}\n{}",
            found.text
        );
    }
}
