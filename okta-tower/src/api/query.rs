//! Which people a list is to hold.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{ApiError, Expression};

/// As many as Okta puts on a page at most.
const MOST: u16 = 200;

/// Which people [`Users::list`](super::Users::list) is to find.
///
/// ```
/// use okta_tower::api::{Expression, UserQuery};
///
/// let research = UserQuery::new().search(Expression::eq("profile.department", "Research")).page_size(50);
/// ```
#[derive(Clone, Debug)]
#[must_use = "it finds nobody until it is given to `Users::list`"]
pub struct UserQuery {
    search: Option<Expression>,
    filter: Option<Expression>,
    page_size: u16,
}

impl Default for UserQuery {
    fn default() -> Self {
        Self::new()
    }
}

impl UserQuery {
    /// Everybody whose account was not deactivated.
    pub fn new() -> Self {
        Self {
            search: None,
            filter: None,
            page_size: MOST,
        }
    }

    /// Those of whom this holds, those deactivated included. Any attribute can be searched; what changed a moment ago may not
    /// be found yet.
    pub fn search(mut self, expression: Expression) -> Self {
        self.search = Some(expression);
        self
    }

    /// Those of whom this holds, by what Okta knows at the moment, and for few attributes: `status`, `lastUpdated`, `id`,
    /// `profile.login`, `profile.email`, `profile.firstName`, `profile.lastName`.
    pub fn filter(mut self, expression: Expression) -> Self {
        self.filter = Some(expression);
        self
    }

    /// How many are asked for at a time. Default: 200, which is the most that Okta gives; from 1.
    pub fn page_size(mut self, people: u16) -> Self {
        self.page_size = people.clamp(1, MOST);
        self
    }

    /// Writes it into a URL.
    pub(super) fn write(&self, url: &mut Url) -> Result<(), ApiError> {
        let mut query = format!("limit={}", self.page_size);
        for (name, expression) in [("search", &self.search), ("filter", &self.filter)] {
            if let Some(expression) = expression {
                // Not as a form would: a `+` for a space is not everywhere read as one.
                let encoded = utf8_percent_encode(expression.checked()?, NON_ALPHANUMERIC);
                query += &format!("&{name}={encoded}");
            }
        }
        url.set_query(Some(&query));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(query: &UserQuery) -> Result<String, ApiError> {
        let mut url = Url::parse("https://a.okta.com/api/v1/users").unwrap();
        query.write(&mut url).map(|()| url.to_string())
    }

    #[test]
    fn a_query_stays_within_its_parameters() {
        let plain = written(&UserQuery::new()).unwrap();
        assert_eq!(plain, "https://a.okta.com/api/v1/users?limit=200");
        let tricky = Expression::eq("profile.login", "a&limit=1#é+ \"");
        let url = written(&UserQuery::new().search(tricky).page_size(0)).unwrap();
        assert_eq!(
            url,
            "https://a.okta.com/api/v1/users?limit=1&search=profile%2Elogin%20eq%20%22a%26limit%3D1%23%C3%A9%2B%20%5C%22%22"
        );
        assert!(
            written(&UserQuery::new().page_size(201))
                .unwrap()
                .ends_with("limit=200")
        );
        assert!(written(&UserQuery::new().filter(Expression::present("a b"))).is_err());
    }
}
