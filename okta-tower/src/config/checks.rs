//! Checks that sign-in and the management API have in common.

use url::Url;

use super::{
    ConfigError, ConfigErrorKind as Kind,
    setting::{PLACEHOLDER, Setting, is_placeholder},
};

/// Parses a URL with a host. `form` says what the value must be instead.
pub(crate) fn url(setting: &Setting<String>, form: &str) -> Result<Url, ConfigError> {
    if is_placeholder(&setting.value) {
        return Err(setting.shown_address(Kind::Placeholder, PLACEHOLDER));
    }
    let url = Url::parse(&setting.value).ok().filter(Url::has_host);
    url.ok_or_else(|| setting.shown_address(Kind::NotAUrl, form.to_owned()))
}

/// Splits at spaces, as OAuth separates scopes, and at commas, as Spring's properties do.
pub(crate) fn words(setting: Setting<String>) -> Setting<Vec<String>> {
    setting.map(|text| {
        let words = text.split([' ', ',', '\t', '\n']);
        (words.filter(|word| !word.is_empty()))
            .map(str::to_owned)
            .collect()
    })
}
