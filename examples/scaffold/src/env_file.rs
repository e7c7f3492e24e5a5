//! Variables from a file.

use std::{fs, io};

use crate::SettingsError;

/// Adds the variables of a file to the environment, if the file exists. Variables that are already
/// set keep their values.
pub(crate) fn load_env_file(path: &str) -> Result<(), SettingsError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(SettingsError::EnvFile(path.to_owned(), error.to_string())),
    };
    dotenvy::from_read(text.as_bytes()).map_err(|error| {
        let reason = match error {
            // The line may hold a secret: report only its number.
            dotenvy::Error::LineParse(line, _) => match number_of(&line, &text) {
                Some(number) => format!("line {number} is not of the form NAME=value"),
                None => "a line is not of the form NAME=value".to_owned(),
            },
            _ => "it cannot be read".to_owned(),
        };
        SettingsError::EnvFile(path.to_owned(), reason)
    })
}

fn number_of(line: &str, text: &str) -> Option<usize> {
    let first = line.lines().next()?.trim();
    let index = text
        .lines()
        .position(|candidate| candidate.trim() == first)?;
    Some(index + 1)
}
