//! The link to the next page, from the `Link` fields of a response (RFC 8288). Pure.

use http::HeaderValue;
use url::Url;

/// The reason for rejecting the link to the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkError {
    /// The link leads to another origin, or out of the API.
    Foreign,
    /// A field is malformed, or there are two targets, or the target is the current page.
    Bad,
}

/// Returns the page after `current`, or `None` on the last page. A link to another origin is an
/// error: that origin would get the credentials. So is a link to the current page or out of the
/// API.
pub(crate) fn next(fields: &[HeaderValue], current: &Url) -> Result<Option<Url>, LinkError> {
    let mut found: Option<&str> = None;
    for field in fields {
        let field = field.to_str().map_err(|_| LinkError::Bad)?;
        for link in Links(field) {
            let (target, is_next) = link.ok_or(LinkError::Bad)?;
            match found {
                _ if !is_next => {}
                Some(other) if other != target => return Err(LinkError::Bad),
                _ => found = Some(target),
            }
        }
    }
    let Some(target) = found else {
        return Ok(None);
    };
    let url = current.join(target).map_err(|_| LinkError::Bad)?;
    let is_ours = url.origin() == current.origin()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path().starts_with("/api/v1/");
    if !is_ours {
        return Err(LinkError::Foreign);
    }
    if url == *current {
        return Err(LinkError::Bad);
    }
    Ok(Some(url))
}

/// The links of one field: each target, and whether the link is to the next page. `None` for a
/// malformed link, after which the field is not read further.
struct Links<'f>(&'f str);

impl<'f> Iterator for Links<'f> {
    type Item = Option<(&'f str, bool)>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return None;
        }
        // Do not read on after a malformed link.
        self.0 = "";
        let Some((target, rest)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'))
        else {
            return Some(None);
        };
        let Some((parameters, rest)) = parameters(rest) else {
            return Some(None);
        };
        self.0 = rest;
        let relations = parameters.into_iter().find(|(name, _)| {
            // "occurrences after the first MUST be ignored by parsers" (section 3.3).
            name.eq_ignore_ascii_case("rel")
        });
        let is_next = relations.is_some_and(|(_, value)| {
            let mut relations = value.split(' ');
            relations.any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        Some(Some((target, is_next)))
    }
}

type Parameters<'f> = Vec<(&'f str, &'f str)>;

/// Parses the parameters after a target, up to the comma before the next link. Also returns the
/// rest.
fn parameters(mut rest: &str) -> Option<(Parameters<'_>, &str)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if rest.is_empty() || rest.starts_with(',') {
            return Some((found, rest));
        }
        rest = rest.strip_prefix(';')?.trim_start_matches([' ', '\t', ';']);
        let end = rest.find(['=', ';', ',']).unwrap_or(rest.len());
        let name = rest[..end].trim_end();
        rest = &rest[end..];
        let Some(value) = rest.strip_prefix('=') else {
            found.push((name, ""));
            continue;
        };
        let value = value.trim_start_matches([' ', '\t']);
        let (value, after) = match value.strip_prefix('"') {
            // Okta writes no escape in a quoted value.
            Some(quoted) => quoted
                .split_once('"')
                .filter(|(value, _)| !value.contains('\\'))?,
            None => {
                let end = value.find([';', ',', ' ', '\t']).unwrap_or(value.len());
                value.split_at(end)
            }
        };
        found.push((name, value));
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: &str = "https://a.okta.com/api/v1/users?limit=2";

    fn read(fields: &[&str]) -> Result<Option<String>, LinkError> {
        let values = fields
            .iter()
            .map(|field| HeaderValue::from_str(field).unwrap());
        let fields: Vec<HeaderValue> = values.collect();
        let found = next(&fields, &Url::parse(HERE).unwrap())?;
        Ok(found.map(String::from))
    }

    #[test]
    fn next_page_is_found_in_one_field_or_several() {
        let itself = "<https://a.okta.com/api/v1/users?limit=2>; rel=\"self\"";
        let after = "<https://a.okta.com/api/v1/users?after=00u1,x&limit=2>; rel=\"next\"";
        let expected = Ok(Some(
            "https://a.okta.com/api/v1/users?after=00u1,x&limit=2".into(),
        ));
        assert_eq!(read(&[itself, after]), expected);
        assert_eq!(read(&[&format!("{itself}, {after}")]), expected);
        assert_eq!(read(&[&format!("{after},{itself}")]), expected);
        for other in [
            "<https://a.okta.com/api/v1/users?after=00u1,x&limit=2>;rel=next",
            "<https://a.okta.com:443/api/v1/users?after=00u1,x&limit=2> ; title=\"a, b; c\" ; \
             REL = \"prefetch NEXT\"",
            "</api/v1/users?after=00u1,x&limit=2>; rel=\"next\"; rel=\"self\"",
        ] {
            assert_eq!(read(&[other]), expected, "{other}");
        }
    }

    #[test]
    fn last_page_has_no_next_page() {
        for fields in [
            &[][..],
            &[""],
            &["<https://a.okta.com/api/v1/users?limit=2>; rel=\"self\""],
            &["<https://evil.example/>; rel=\"self\""],
            &["<https://a.okta.com/api/v1/users>; rel=\"nextish\""],
            &["<https://a.okta.com/api/v1/users>; rel=\"self\"; rel=\"next\""],
            &["<https://a.okta.com/api/v1/users>; title=\"next\""],
        ] {
            assert_eq!(read(fields), Ok(None), "{fields:?}");
        }
    }

    #[test]
    fn next_page_elsewhere_is_rejected() {
        for target in [
            "https://evil.example/api/v1/users?after=1",
            "//evil.example/api/v1/users?after=1",
            "http://a.okta.com/api/v1/users?after=1",
            "https://a.okta.com:8443/api/v1/users?after=1",
            "https://a.okta.com.evil.example/api/v1/users?after=1",
            "https://a.okta.com@evil.example/api/v1/users?after=1",
            "https://ada@a.okta.com/api/v1/users?after=1",
            "https://a.okta.com/oauth2/v1/token",
            "https://a.okta.com/api/v1/../../oauth2/v1/token",
            "data:,x",
        ] {
            let refused = read(&[&format!("<{target}>; rel=\"next\"")]);
            assert_eq!(refused, Err(LinkError::Foreign), "{target}");
        }
        let good = "<https://a.okta.com/api/v1/users?after=1>; rel=\"next\"";
        assert!(read(&[good]).is_ok());
    }

    #[test]
    fn malformed_or_circular_link_is_rejected() {
        for field in [
            "https://a.okta.com/api/v1/users?after=1; rel=\"next\"",
            "<https://a.okta.com/api/v1/users?after=1; rel=\"next\"",
            "<https://a.okta.com/api/v1/users?after=1> rel=\"next\"",
            "<https://a.okta.com/api/v1/users?after=1>; rel=\"next",
            "<https://a.okta.com/api/v1/users?limit=2>; rel=\"next\"",
            "<https://a.okta.com/api/v1/users?after=1>; rel=next, \
             </api/v1/users?after=2>; rel=next",
        ] {
            assert_eq!(read(&[field]), Err(LinkError::Bad), "{field}");
        }
    }

    proptest! {
        #[test]
        fn field_never_leads_out_of_the_org(field in "[<>;,=\" a-z:/@.?]{0,60}") {
            if let Ok(Some(url)) = read(&[&field]) {
                prop_assert!(url.starts_with("https://a.okta.com/api/v1/"), "{url}");
            }
        }
    }
}
