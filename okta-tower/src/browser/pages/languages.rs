//! The languages that a browser prefers. Pure.

use http::{HeaderMap, header::ACCEPT_LANGUAGE};

/// How many languages are kept, and how many are looked at.
const MAX_KEPT: usize = 8;
const MAX_READ: usize = 32;

/// Returns the tags of `Accept-Language` (RFC 9110 section 12.5.4), the preferred one first.
pub(crate) fn preferred(headers: &HeaderMap) -> Vec<String> {
    let fields = headers.get_all(ACCEPT_LANGUAGE).iter();
    let ranges = fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
        .take(MAX_READ);
    let mut found: Vec<(u16, &str)> = ranges.filter_map(weighted).collect();
    // Stable: languages of the same weight stay in order.
    found.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let tags = found.into_iter().map(|(_, tag)| tag.to_owned());
    tags.take(MAX_KEPT).collect()
}

/// Parses a range such as `de-AT;q=0.8` into thousandths and the tag. A weight of 0 means "not
/// acceptable".
fn weighted(range: &str) -> Option<(u16, &str)> {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, "q=1"));
    let tag = tag.trim();
    let is_tag = (1..=35).contains(&tag.len())
        && (tag.bytes()).all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let weight: f32 = parameters.trim().strip_prefix("q=")?.parse().ok()?;
    let is_weight = weight > 0.0 && weight <= 1.0;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1000"
    )]
    (is_tag && is_weight).then_some(((weight * 1000.0) as u16, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(field: &str) -> Vec<String> {
        preferred(&HeaderMap::from_iter([(
            ACCEPT_LANGUAGE,
            field.parse().unwrap(),
        )]))
    }

    #[test]
    fn languages_are_ordered_by_weight() {
        assert_eq!(of("de-AT, en;q=0.5,fr;q=0.8"), ["de-AT", "fr", "en"]);
        assert_eq!(of("da, sv"), ["da", "sv"]);
        assert!(preferred(&HeaderMap::new()).is_empty());
    }

    #[test]
    fn invalid_ranges_are_dropped() {
        for field in ["*", "<script>", "de;q=0", "de;q=NaN", "de;q=2", "", "de_AT"] {
            assert!(of(field).is_empty(), "{field}");
        }
        assert_eq!(of(&vec!["de"; 100].join(",")).len(), MAX_KEPT);
    }
}
