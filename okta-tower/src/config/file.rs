//! Small files of settings.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use super::{ConfigError, ConfigErrorKind as Kind};

/// The longest file that is read, in bytes.
const MAX_BYTES: u64 = 256 * 1024;

/// A small file's text; `None` where there is no file.
pub(crate) fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(file_error(
                path,
                &format!("it cannot be opened: {}", error.kind()),
            ));
        }
    };
    let mut text = String::new();
    (file.take(MAX_BYTES + 1).read_to_string(&mut text)).map_err(|error| {
        file_error(
            path,
            &format!("it cannot be read as text: {}", error.kind()),
        )
    })?;
    if text.len() as u64 > MAX_BYTES {
        return Err(file_error(path, "it is over 256 KiB long"));
    }
    Ok(Some(text))
}

/// What is wrong with a file. `problem` must not quote it.
pub(crate) fn file_error(path: &Path, problem: &str) -> ConfigError {
    ConfigError::new(Kind::File, path.display().to_string(), problem.to_owned())
}
