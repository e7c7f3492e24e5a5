//! The environment, under the names of Okta's own libraries.

use std::ffi::OsString;

use super::{
    ConfigError, ConfigErrorKind as Kind,
    setting::{Origin, Setting},
    variables::{Found, in_use},
};

/// Reads every variable of the table.
pub(crate) fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Found, ConfigError> {
    let mut found = Found::default();
    for row in in_use() {
        if let Some(setting) = read_spellings(&lookup, row.names)? {
            found.put(row, setting);
        }
    }
    Ok(found)
}

/// Reads one variable under any of its spellings. Templates of `.env` files are full of empty
/// values: an empty one counts as not set.
fn read_spellings(
    lookup: &impl Fn(&str) -> Option<OsString>,
    spellings: &[&'static str],
) -> Result<Option<Setting<String>>, ConfigError> {
    let mut found: Option<Setting<String>> = None;
    for name in spellings.iter().copied() {
        let Some(value) = lookup(name) else {
            continue;
        };
        // No error here shows a value: it may be a secret.
        let value = value
            .into_string()
            .map_err(|_| ConfigError::new(Kind::Invalid, name, "the value is not UTF-8 text"))?;
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        match &found {
            Some(before) if before.value != value => {
                let problem = format!(
                    "disagrees with {}, another spelling of this setting; remove one",
                    before.origin.name()
                );
                return Err(ConfigError::new(Kind::Contradiction, name, problem));
            }
            Some(_) => {}
            None => {
                found = Some(Setting {
                    value: value.to_owned(),
                    origin: Origin::Variable(name),
                });
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Found, ConfigError> {
        read(|name| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn each_spelling_of_each_row_is_read() {
        for row in in_use() {
            for name in row.names {
                let found = with(&[(name, " value ")]).unwrap();
                for other in in_use() {
                    let setting = found.get(other);
                    assert_eq!(setting.is_some(), std::ptr::eq(other, row), "{name}");
                }
                let setting = found.get(row).unwrap();
                assert_eq!((&*setting.value, setting.origin.name()), ("value", *name));
                assert!(with(&[(name, " ")]).unwrap().get(row).is_none(), "{name}");
            }
        }
    }

    #[test]
    fn disagreeing_spellings_are_rejected_without_their_values() {
        for row in in_use().filter(|row| row.names.len() > 1) {
            let [first, second] = row.names else {
                panic!("a row with more than two spellings needs more cases");
            };
            let both = |value| with(&[(first, "hunter2"), (second, value)]);
            assert_eq!(both("hunter2").unwrap().get(row).unwrap().value, "hunter2");
            assert_eq!(both("").unwrap().get(row).unwrap().value, "hunter2");
            let error = both("hunter3").err().unwrap();
            assert_eq!(
                (error.kind(), error.setting()),
                (Kind::Contradiction, *second)
            );
            assert!(error.to_string().contains(first), "{error}");
            assert!(!error.to_string().contains("hunter"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn value_that_is_not_text_is_rejected() {
        use std::os::unix::ffi::OsStringExt;
        for row in in_use() {
            for name in row.names {
                let lookup = |other: &str| (other == *name).then(|| OsString::from_vec(vec![0xff]));
                let error = read(lookup).err().unwrap();
                assert_eq!((error.kind(), error.setting()), (Kind::Invalid, *name));
            }
        }
    }
}
