//! Settings as they were found in the environment or a file, on their way to being checked. Features `sign-in` and `api`.

/// A value and the name that it was given under.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) text: String,
    pub(crate) setting: &'static str,
}

/// Scopes in one text: separated by spaces as in OAuth, or by commas as in Spring's properties.
pub(crate) fn split_scopes(text: &str) -> Vec<String> {
    (text
        .split([' ', ',', '\t', '\n'])
        .filter(|scope| !scope.is_empty()))
    .map(str::to_owned)
    .collect()
}
