//! Settings files: `okta.yaml` and `client_secrets.json`.

use okta_tower::fuzzing;
use serde_json::Value;

use crate::json::unique;

/// The secret of the seeds, which no error may show.
const SECRET: &str = "s3cr3t";

/// A file, read in both ways.
pub(crate) fn settings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let json = unique(data);
    match fuzzing::yaml(text) {
        Err(error) => assert_is_discreet(&error.to_string()),
        // JSON is YAML, but for escapes of surrogates.
        Ok(found) if !text.contains("\\u") => {
            for (path, value) in found.iter().filter(|_| json.is_some()) {
                let steps = path.split('.');
                let node = steps.fold(json.as_ref(), |node, name| node?.get(name));
                let node = node.expect("a setting is in the file");
                let expected = match node {
                    Value::String(text) => text.trim().to_owned(),
                    Value::Array(all) => words(all),
                    other => other.to_string(),
                };
                assert_eq!(*value, expected, "{path}");
            }
        }
        Ok(_) => {}
    }
    match fuzzing::client_secrets(text) {
        Err(error) => assert_is_discreet(&error.to_string()),
        Ok(found) => {
            let json = json.expect("an accepted file is JSON without duplicates");
            let web = &json["web"];
            for (path, value) in found {
                let node = match path {
                    "okta.oauth2.issuer" => &web["issuer"],
                    "okta.oauth2.clientId" => &web["client_id"],
                    "okta.oauth2.clientSecret" => &web["client_secret"],
                    "okta.oauth2.redirectUri" => &web["redirect_uris"][0],
                    other => panic!("{other} is in no such file"),
                };
                assert_eq!(node.as_str().map(str::trim), Some(&*value), "{path}");
            }
        }
    }
}

fn words(all: &[Value]) -> String {
    let words: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
    words.join(" ")
}

fn assert_is_discreet(error: &str) {
    assert!(!error.contains(SECRET), "an error shows a secret");
}
