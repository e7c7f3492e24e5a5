//! One pattern of a table, parsed, and only in its plainest spelling.

use super::RuleError;

/// A pattern that matchit accepts, unless another one conflicts.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
    /// The text without names, so that patterns for the same paths are equal.
    shape: String,
    /// Where the catch-all begins in `text`.
    catch_all: Option<usize>,
}

/// The marks of a parameter and a catch-all in a shape. No pattern may hold these characters.
const PARAMETER: char = '\u{1}';
const CATCH_ALL: char = '\u{2}';

/// matchit names the parameters of a route `a` to `z`, and panics when it runs out of letters.
const MOST_PARAMETERS: usize = 24;

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, RuleError> {
        let bad = |reason| RuleError::BadPattern {
            pattern: text.to_owned(),
            reason,
        };
        let odd = |reason| RuleError::NotCanonical {
            pattern: text.to_owned(),
            reason,
        };
        if !text.starts_with('/') {
            return Err(bad("it does not begin with a slash"));
        }
        let mut shape = String::with_capacity(text.len());
        let mut catch_all = None;
        let mut parameters = 0;
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if catch_all.is_some() {
                return Err(bad("a catch-all is not at its end"));
            }
            if let Some(after) = (rest.strip_prefix("{{")).or_else(|| rest.strip_prefix("}}")) {
                shape.push(next);
                rest = after;
                continue;
            }
            match next {
                '{' => {
                    let Some((name, after)) = rest[1..].split_once('}') else {
                        return Err(bad("a brace is not closed"));
                    };
                    let (name, kind) = match name.strip_prefix('*') {
                        Some(name) => (name, CATCH_ALL),
                        None => (name, PARAMETER),
                    };
                    if name.is_empty() || !name.bytes().all(is_name_byte) {
                        return Err(bad(
                            "a parameter's name is not made of letters, digits, `_` and `-`",
                        ));
                    }
                    // Within a segment, matchit's releases differ in what they accept and match.
                    if !shape.ends_with('/') || !(after.is_empty() || after.starts_with('/')) {
                        return Err(bad("a parameter is not a whole segment"));
                    }
                    if kind == CATCH_ALL {
                        catch_all = Some(text.len() - rest.len());
                    }
                    parameters += 1;
                    if parameters > MOST_PARAMETERS {
                        return Err(bad("there are more than 24 parameters"));
                    }
                    shape.push(kind);
                    rest = after;
                    continue;
                }
                '}' => return Err(bad("a brace is not opened")),
                '*' | ':' if shape.ends_with('/') => {
                    return Err(bad(
                        "parameters are written `{name}` and catch-alls `{*name}`, \
                         not `:name` and `*name`",
                    ));
                }
                '%' => {
                    return Err(odd(
                        "it holds a percent sign: write the character itself, or `{name}`",
                    ));
                }
                '?' | '#' => {
                    return Err(odd("it holds a query or a fragment: rules are for paths"));
                }
                ';' | '\\' => return Err(odd("it holds `;` or a backslash")),
                _ if !next.is_ascii() => {
                    return Err(odd(
                        "it holds a character beyond ASCII: use `{name}` in its place",
                    ));
                }
                _ if !is_path_char(next) => {
                    return Err(odd("it holds a character that no path may hold"));
                }
                _ => {}
            }
            shape.push(next);
            rest = &rest[1..];
        }
        if shape.contains("//") {
            return Err(odd("it holds two slashes in a row"));
        }
        if shape
            .split('/')
            .any(|segment| matches!(segment, "." | ".."))
        {
            return Err(odd("it holds a dot segment"));
        }
        Ok(Self {
            text: text.to_owned(),
            shape,
            catch_all,
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn shape(&self) -> &str {
        &self.shape
    }

    /// Returns the pattern as a service reads it that ignores case and a trailing slash.
    pub(super) fn folded(&self) -> Self {
        Self {
            text: without_slash(&self.text).to_ascii_lowercase(),
            shape: without_slash(&self.shape).to_ascii_lowercase(),
            catch_all: self.catch_all,
        }
    }

    /// For a catch-all `/a/{*rest}`, returns `/a/` and `/a`, which it covers unless they have
    /// rules.
    pub(super) fn covered(&self) -> Vec<Self> {
        let Some(at) = self.catch_all else {
            return Vec::new();
        };
        let with_slash = Self {
            text: self.text[..at].to_owned(),
            shape: self.shape[..self.shape.len() - CATCH_ALL.len_utf8()].to_owned(),
            catch_all: None,
        };
        let without_slash = Self {
            text: without_slash(&with_slash.text).to_owned(),
            shape: without_slash(&with_slash.shape).to_owned(),
            catch_all: None,
        };
        if with_slash.shape == without_slash.shape {
            return vec![with_slash];
        }
        vec![with_slash, without_slash]
    }

    /// Returns whether the two differ only in a trailing slash.
    pub(super) fn differs_only_in_slash(&self, other: &Self) -> bool {
        without_slash(&self.shape) == without_slash(&other.shape)
    }
}

/// Returns the text without a trailing slash. The root stays unchanged.
fn without_slash(text: &str) -> &str {
    match text.strip_suffix('/') {
        None | Some("") => text,
        Some(shorter) => shorter,
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// `pchar` of RFC 3986 without `;` and percent-encoding, and the slash.
fn is_path_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || "-._~!$&'()*+,=:@/".contains(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        Pattern::parse(text).unwrap().shape
    }

    #[test]
    fn patterns_for_the_same_paths_have_one_shape() {
        assert_eq!(shape("/a/{b}/{*c}"), shape("/a/{x-1}/{*y_2}"));
        assert_ne!(shape("/{a}"), shape("/{*a}"));
        assert_ne!(shape("/{a}"), shape("/{{a}}"));
        assert_ne!(shape("/{a}"), shape("/a"));
        assert_eq!(shape("/{{a}}"), "/{a}");
    }

    #[test]
    fn malformed_patterns_are_rejected() {
        for (bad, good) in [
            ("a", "/a"),
            ("", "/"),
            ("/{a", "/{a}"),
            ("/a}", "/a}}"),
            ("/{}", "/{a}"),
            ("/{*}", "/{*a}"),
            ("/{a*}", "/{a-}"),
            ("/{a b}", "/{a_b}"),
            ("/{a{b}", "/{ab}"),
            ("/{a}{b}", "/{a}/{b}"),
            ("/{a}-{b}", "/a-/{b}"),
            ("/{*a}/b", "/b/{*a}"),
            ("/{a}b", "/{a}/b"),
            ("/b{a}", "/b/{a}"),
            ("/{a}.png/b", "/{a}/b.png"),
            ("/b{*a}", "/b/{a}"),
            ("/:a", "/a:a"),
            ("/*a", "/a*a"),
            ("/b/*", "/b/{*a}"),
        ] {
            let refused = Pattern::parse(bad).unwrap_err();
            assert!(
                matches!(&refused, RuleError::BadPattern { pattern, .. } if pattern == bad),
                "{bad}"
            );
            assert!(Pattern::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn patterns_in_odd_spellings_are_rejected() {
        for (odd, plain) in [
            ("/a//b", "/a/b"),
            ("//", "/"),
            ("/a/./b", "/a/.b"),
            ("/a/..", "/a/..."),
            ("/..", "/..a"),
            ("/a%20b", "/a+b"),
            ("/a?b", "/a=b"),
            ("/a#b", "/a@b"),
            ("/a;b", "/a,b"),
            ("/a\\b", "/a!b"),
            ("/caf\u{e9}", "/cafe"),
            ("/a b", "/a~b"),
            ("/a\u{1}", "/a"),
            ("/a\u{7f}", "/a"),
        ] {
            let refused = Pattern::parse(odd).unwrap_err();
            assert!(
                matches!(&refused, RuleError::NotCanonical { pattern, .. } if pattern == odd),
                "{odd}"
            );
            assert!(Pattern::parse(plain).is_ok(), "{plain}");
        }
    }

    #[test]
    fn parameters_are_limited_to_what_matchit_takes() {
        let many = |count| "/{a}".repeat(count);
        let widest = Pattern::parse(&many(MOST_PARAMETERS)).unwrap();
        matchit::Router::new().insert(widest.text(), ()).unwrap();
        assert!(Pattern::parse(&many(MOST_PARAMETERS + 1)).is_err());
    }

    #[test]
    fn catch_all_covers_its_own_root() {
        let covered = |text| -> Vec<String> {
            let covered = Pattern::parse(text).unwrap().covered();
            assert!(
                (covered.iter()).all(|one| one.shape == Pattern::parse(&one.text).unwrap().shape)
            );
            covered.into_iter().map(|one| one.text).collect()
        };
        assert_eq!(covered("/a/{*rest}"), ["/a/", "/a"]);
        assert_eq!(covered("/{b}/{*rest}"), ["/{b}/", "/{b}"]);
        assert_eq!(covered("/{*rest}"), ["/"]);
        assert!(covered("/a/{b}").is_empty());
    }

    #[test]
    fn folding_removes_case_and_one_slash() {
        let folded = |text| Pattern::parse(text).unwrap().folded().text;
        assert_eq!(folded("/A/b/"), "/a/b");
        assert_eq!(folded("/"), "/");
        let [a, b, c] = ["/a/", "/a", "/b"].map(|text| Pattern::parse(text).unwrap());
        assert!(a.differs_only_in_slash(&b) && !a.differs_only_in_slash(&c));
    }
}
