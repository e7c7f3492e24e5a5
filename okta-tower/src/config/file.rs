//! Small files of settings.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use super::{ConfigError, ConfigErrorKind as Kind};

/// The longest file that is read, in bytes.
const MAX_BYTES: u64 = 256 * 1024;

/// Reads a small file. Returns `None` if the file does not exist.
pub(crate) fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let problem = format!("cannot be opened: {}", error.kind());
            return Err(file_error(path, problem));
        }
    };
    let mut text = String::new();
    (file.take(MAX_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| file_error(path, format!("cannot be read as text: {}", error.kind())))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(file_error(path, "is longer than 256 KiB"));
    }
    Ok(Some(text))
}

/// Reads a small file that must exist.
pub(crate) fn read_existing(path: &Path) -> Result<String, ConfigError> {
    read(path)?.ok_or_else(|| file_error(path, "does not exist"))
}

/// Returns an error about a file. `problem` must not quote the file, which contains secrets.
pub(super) fn file_error(path: &Path, problem: impl Into<String>) -> ConfigError {
    ConfigError::new(Kind::File, path.display().to_string(), problem.into())
}
