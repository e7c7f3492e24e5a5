//! Small files and standard input. No error quotes their content.

use std::{fs::File, io::Read, path::Path};

use crate::arguments::Usage;

/// The longest input, in bytes.
const MAX_BYTES: u64 = 256 * 1024;

/// Reads a small file as text. `option` names it in errors.
pub(crate) fn file(option: &str, path: &Path) -> Result<String, Usage> {
    let file = File::open(path).map_err(|error| {
        Usage::new(format!(
            "the file of {option} cannot be opened: {}",
            error.kind()
        ))
    })?;
    read(option, file)
}

/// Reads a token from a file, or from standard input if the path is `-`.
pub(crate) fn token(path: &Path, stdin: &mut dyn Read) -> Result<String, Usage> {
    let text = if path == Path::new("-") {
        read("--token -", stdin)?
    } else {
        file("--token", path)?
    };
    let token = text.trim();
    // A header that was copied from a request.
    let token = token
        .strip_prefix("Authorization:")
        .unwrap_or(token)
        .trim_start();
    let token = match token.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("bearer ") => token[7..].trim_start(),
        _ => token,
    };
    if token.is_empty() {
        return Err(Usage::new("the input of --token is empty"));
    }
    Ok(token.to_owned())
}

fn read(option: &str, input: impl Read) -> Result<String, Usage> {
    let mut text = String::new();
    input
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| {
            Usage::new(format!(
                "the input of {option} is not text: {}",
                error.kind()
            ))
        })?;
    if text.len() as u64 > MAX_BYTES {
        return Err(Usage::new(format!(
            "the input of {option} is longer than 256 KiB"
        )));
    }
    Ok(text)
}
